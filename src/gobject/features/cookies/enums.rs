//! The enumerations of cookies and their jars.

use crate::gobject::enums::enumeration;
use crate::proto::cookies::{Policy, SameSite};

enumeration! {
    /// Whether a cookie goes with requests that another site causes.
    SameSitePolicy, SoupSameSitePolicy = "SoupSameSitePolicy" {
        /// With all of them.
        None = 0, "SOUP_SAME_SITE_POLICY_NONE", "none";
        /// With top-level navigations by safe methods.
        Lax = 1, "SOUP_SAME_SITE_POLICY_LAX", "lax";
        /// With none.
        Strict = 2, "SOUP_SAME_SITE_POLICY_STRICT", "strict";
    }
}

enumeration! {
    /// Whose cookies a jar takes.
    #[derive(Default)]
    AcceptPolicy, SoupCookieJarAcceptPolicy = "SoupCookieJarAcceptPolicy" {
        /// Everybody's.
        #[default]
        Always = 0, "SOUP_COOKIE_JAR_ACCEPT_ALWAYS", "always";
        /// Nobody's.
        Never = 1, "SOUP_COOKIE_JAR_ACCEPT_NEVER", "never";
        /// Those of the site that the user sees.
        NoThirdParty = 2, "SOUP_COOKIE_JAR_ACCEPT_NO_THIRD_PARTY", "no-third-party";
        /// Those too of who has set one before.
        GrandfatheredThirdParty = 3, "SOUP_COOKIE_JAR_ACCEPT_GRANDFATHERED_THIRD_PARTY", "grandfathered-third-party";
    }
}

impl From<SameSitePolicy> for SameSite {
    fn from(policy: SameSitePolicy) -> SameSite {
        match policy {
            SameSitePolicy::None => SameSite::None,
            SameSitePolicy::Lax => SameSite::Lax,
            SameSitePolicy::Strict => SameSite::Strict,
        }
    }
}

impl From<SameSite> for SameSitePolicy {
    fn from(policy: SameSite) -> SameSitePolicy {
        match policy {
            SameSite::None => SameSitePolicy::None,
            SameSite::Lax => SameSitePolicy::Lax,
            SameSite::Strict => SameSitePolicy::Strict,
        }
    }
}

impl From<AcceptPolicy> for Policy {
    fn from(policy: AcceptPolicy) -> Policy {
        match policy {
            AcceptPolicy::Always => Policy::Always,
            AcceptPolicy::Never => Policy::Never,
            AcceptPolicy::NoThirdParty => Policy::NoThirdParty,
            AcceptPolicy::GrandfatheredThirdParty => Policy::GrandfatheredThirdParty,
        }
    }
}

enumeration! {
    /// What a `SOUP_COOKIE_JAR_ERROR` says.
    CookieJarError, SoupCookieJarError = "SoupCookieJarError" {
        /// The database could not be opened, read or written.
        Db = 0, "SOUP_COOKIE_JAR_ERROR_DB", "db";
    }
}

impl glib::error::ErrorDomain for CookieJarError {
    fn domain() -> glib::Quark {
        static QUARK: std::sync::OnceLock<glib::Quark> = std::sync::OnceLock::new();
        *QUARK.get_or_init(|| glib::Quark::from_str("soup-cookie-jar-error-quark"))
    }

    fn code(self) -> i32 {
        self as i32
    }

    fn from(_code: i32) -> Option<Self> {
        Some(CookieJarError::Db)
    }
}
