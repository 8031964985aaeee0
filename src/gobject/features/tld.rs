//! Why a host has no base domain, as libsoup's error domain says it.

use std::sync::OnceLock;

use crate::gobject::enums::enumeration;
use crate::proto::tld;

enumeration! {
    /// What a `SOUP_TLD_ERROR` says.
    TldError, SoupTLDError = "SoupTLDError" {
        /// The name is none.
        InvalidHostname = 0, "SOUP_TLD_ERROR_INVALID_HOSTNAME", "invalid-hostname";
        /// It is an IP address.
        IsIpAddress = 1, "SOUP_TLD_ERROR_IS_IP_ADDRESS", "is-ip-address";
        /// It is a public suffix itself.
        NotEnoughDomains = 2, "SOUP_TLD_ERROR_NOT_ENOUGH_DOMAINS", "not-enough-domains";
        /// It ends in no suffix that the list knows.
        NoBaseDomain = 3, "SOUP_TLD_ERROR_NO_BASE_DOMAIN", "no-base-domain";
        /// There is no list: it never happens here, where the list is compiled in.
        NoPslData = 4, "SOUP_TLD_ERROR_NO_PSL_DATA", "no-psl-data";
    }
}

impl From<tld::TldError> for TldError {
    fn from(error: tld::TldError) -> TldError {
        match error {
            tld::TldError::InvalidHostname => TldError::InvalidHostname,
            tld::TldError::IsIpAddress => TldError::IsIpAddress,
            tld::TldError::NotEnoughDomains => TldError::NotEnoughDomains,
            tld::TldError::NoBaseDomain => TldError::NoBaseDomain,
        }
    }
}

impl glib::error::ErrorDomain for TldError {
    fn domain() -> glib::Quark {
        static QUARK: OnceLock<glib::Quark> = OnceLock::new();
        *QUARK.get_or_init(|| glib::Quark::from_str("soup-tld-error-quark"))
    }

    fn code(self) -> i32 {
        self as i32
    }

    fn from(code: i32) -> Option<Self> {
        TldError::try_from(code).ok()
    }
}
