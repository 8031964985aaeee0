//! `soup_tld_*`: base domains and public suffixes.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::{GError, GQuark, GType, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{empty, text};
use crate::gobject::features::tld::TldError;
use crate::proto::tld;

/// The GType of `SoupTLDError`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_tld_error_get_type() -> GType {
    TldError::static_type().into_glib()
}

/// The domain of the errors of soup_tld_get_base_domain(): see #SoupTLDError.
///
/// Returns: the quark
#[unsafe(no_mangle)]
pub extern "C" fn soup_tld_error_quark() -> GQuark {
    <TldError as glib::error::ErrorDomain>::domain().into_glib()
}

/// @hostname: a host's name, in UTF-8 or as ASCII
/// @error: where an error goes
///
/// Finds the part of @hostname that one owner registered: the public suffix and one label more. For "www.example.co.uk" that is
/// "example.co.uk".
///
/// Returns: (transfer none) (nullable): the end of @hostname, or %NULL with an error of the domain %SOUP_TLD_ERROR
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_tld_get_base_domain(
    hostname: *const c_char,
    error: *mut *mut GError,
) -> *const c_char {
    require! { soup_tld_get_base_domain => ptr::null();
        "hostname != NULL": !hostname.is_null(),
        "error == NULL || *error == NULL": empty(error),
    }
    // SAFETY: checked above.
    let found = match unsafe { text(hostname) } {
        Some(host) => tld::base_domain(host).map(|base| host.len() - base.len()),
        None => Err(tld::TldError::InvalidHostname),
    };
    match found {
        // SAFETY: the base domain is the end of the name.
        Ok(start) => unsafe { hostname.add(start) },
        Err(reason) => {
            let reason_c: TldError = reason.into();
            let failure = glib::Error::new(reason_c, &reason.to_string());
            if !error.is_null() {
                // SAFETY: the C contract: room for an error.
                unsafe { error.write(failure.into_glib_ptr()) };
            }
            ptr::null()
        }
    }
}

/// @domain: a domain
///
/// Returns whether @domain is one under which everybody can register names, such as "co.uk".
///
/// Returns: whether it is
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_tld_domain_is_public_suffix(domain: *const c_char) -> gboolean {
    require! { soup_tld_domain_is_public_suffix => 0; "domain != NULL": !domain.is_null() }
    // SAFETY: checked above.
    unsafe { text(domain) }
        .is_some_and(tld::is_public_suffix)
        .into_glib()
}
