//! `soup_hsts_enforcer_*`: who asks hosts over TLS only.

use std::ffi::{CStr, c_char};
use std::ptr;

use glib::ffi::{GList, GType, g_list_prepend, gboolean};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{hold, is, text};
use crate::gobject::features::cookies::cookie::now;
use crate::gobject::features::hsts::policy::unicode;
use crate::gobject::features::hsts::{HstsEnforcer, HstsEnforcerDb, SoupHSTSEnforcer, SoupHSTSPolicy};
use crate::gobject::http::params;
use crate::proto::hsts::Policy;

/// The GType of `SoupHSTSEnforcer`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_hsts_enforcer_get_type() -> GType {
    HstsEnforcer::static_type().into_glib()
}

/// The GType of `SoupHSTSEnforcerDB`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_hsts_enforcer_db_get_type() -> GType {
    HstsEnforcerDb::static_type().into_glib()
}

/// Makes an enforcer that keeps policies in memory. It is a session feature.
///
/// Returns: (transfer full): the enforcer
#[unsafe(no_mangle)]
pub extern "C" fn soup_hsts_enforcer_new() -> *mut SoupHSTSEnforcer {
    HstsEnforcer::new().into_glib_ptr()
}

/// @filename: the database, which need not exist
///
/// Makes an enforcer that keeps policies in a SQLite database. libsoup's databases have the same tables.
///
/// Returns: (transfer full): the enforcer
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_enforcer_db_new(filename: *const c_char) -> *mut SoupHSTSEnforcer {
    require! { soup_hsts_enforcer_db_new => ptr::null_mut(); "filename != NULL": !filename.is_null() }
    // SAFETY: checked above.
    let enforcer = HstsEnforcerDb::new(unsafe { CStr::from_ptr(filename) });
    enforcer.upcast::<HstsEnforcer>().into_glib_ptr()
}

/// @hsts_enforcer: the enforcer
///
/// Returns whether policies outlive the program.
///
/// Returns: whether they do
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_enforcer_is_persistent(hsts_enforcer: *mut SoupHSTSEnforcer) -> gboolean {
    require! { soup_hsts_enforcer_is_persistent => 0;
        "SOUP_IS_HSTS_ENFORCER (hsts_enforcer)": is::<HstsEnforcer>(hsts_enforcer),
    }
    // SAFETY: checked above.
    unsafe { hold::<HstsEnforcer>(hsts_enforcer) }
        .is_persistent()
        .into_glib()
}

/// @hsts_enforcer: the enforcer
/// @domain: a host's name
///
/// Returns whether @domain itself has a policy that has not ended.
///
/// Returns: whether it has
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_enforcer_has_valid_policy(
    hsts_enforcer: *mut SoupHSTSEnforcer,
    domain: *const c_char,
) -> gboolean {
    require! { soup_hsts_enforcer_has_valid_policy => 0;
        "SOUP_IS_HSTS_ENFORCER (hsts_enforcer)": is::<HstsEnforcer>(hsts_enforcer),
        "domain != NULL": !domain.is_null(),
    }
    // SAFETY: checked above.
    let (this, domain) = unsafe { (hold::<HstsEnforcer>(hsts_enforcer), text(domain)) };
    domain
        .is_some_and(|domain| this.has_valid_policy(domain))
        .into_glib()
}

/// @hsts_enforcer: the enforcer
/// @domain: a host's name, which is no IP address
/// @include_subdomains: whether the hosts below are meant too
///
/// Sets a policy that holds as long as the enforcer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_enforcer_set_session_policy(
    hsts_enforcer: *mut SoupHSTSEnforcer,
    domain: *const c_char,
    include_subdomains: gboolean,
) {
    require! { soup_hsts_enforcer_set_session_policy;
        "SOUP_IS_HSTS_ENFORCER (hsts_enforcer)": is::<HstsEnforcer>(hsts_enforcer),
        "domain != NULL": !domain.is_null(),
    }
    // SAFETY: checked above.
    let (this, domain) = unsafe { (hold::<HstsEnforcer>(hsts_enforcer), text(domain)) };
    let policy =
        domain.and_then(|domain| Policy::new(&unicode(domain), None, include_subdomains != 0, now()));
    require! { soup_hsts_enforcer_set_session_policy; "domain is a host's name": policy.is_some() }
    if let Some(policy) = policy {
        this.set_policy(policy);
    }
}

/// @hsts_enforcer: the enforcer
/// @policy: (transfer none): a policy
///
/// Sets a policy. One that has ended takes back what its host said before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_enforcer_set_policy(
    hsts_enforcer: *mut SoupHSTSEnforcer,
    policy: *mut SoupHSTSPolicy,
) {
    require! { soup_hsts_enforcer_set_policy;
        "SOUP_IS_HSTS_ENFORCER (hsts_enforcer)": is::<HstsEnforcer>(hsts_enforcer),
        "policy != NULL": !policy.is_null(),
    }
    // SAFETY: checked above. A copy: a handler may free the caller's.
    let (this, policy) = unsafe { (hold::<HstsEnforcer>(hsts_enforcer), (*policy).policy().clone()) };
    this.set_policy(policy);
}

/// @hsts_enforcer: the enforcer
/// @session_policies: whether those that hold as long as the enforcer are wanted too
///
/// Gets the hosts whose policies are known.
///
/// Returns: (element-type utf8) (transfer full): the hosts' names
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_enforcer_get_domains(
    hsts_enforcer: *mut SoupHSTSEnforcer,
    session_policies: gboolean,
) -> *mut GList {
    require! { soup_hsts_enforcer_get_domains => ptr::null_mut();
        "SOUP_IS_HSTS_ENFORCER (hsts_enforcer)": is::<HstsEnforcer>(hsts_enforcer),
    }
    // SAFETY: checked above.
    unsafe {
        list_of(hsts_enforcer, session_policies, |policy| {
            params::string(policy.domain.as_bytes()).cast()
        })
    }
}

/// @hsts_enforcer: the enforcer
/// @session_policies: whether those that hold as long as the enforcer are wanted too
///
/// Gets the policies that are known.
///
/// Returns: (element-type SoupHSTSPolicy) (transfer full): copies of the policies
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_enforcer_get_policies(
    hsts_enforcer: *mut SoupHSTSEnforcer,
    session_policies: gboolean,
) -> *mut GList {
    require! { soup_hsts_enforcer_get_policies => ptr::null_mut();
        "SOUP_IS_HSTS_ENFORCER (hsts_enforcer)": is::<HstsEnforcer>(hsts_enforcer),
    }
    // SAFETY: checked above.
    unsafe {
        list_of(hsts_enforcer, session_policies, |policy| {
            SoupHSTSPolicy::new(policy).into_raw().cast()
        })
    }
}

/// What `make` makes of each policy of an enforcer, which the caller has checked.
unsafe fn list_of(
    enforcer: *mut SoupHSTSEnforcer,
    with_session: gboolean,
    make: impl Fn(Policy) -> glib::ffi::gpointer,
) -> *mut GList {
    // SAFETY: the caller has checked it.
    let policies = unsafe { hold::<HstsEnforcer>(enforcer) }.policies(with_session != 0);
    policies.into_iter().rev().fold(ptr::null_mut(), |list, policy| {
        // SAFETY: a valid list, or NULL.
        unsafe { g_list_prepend(list, make(policy)) }
    })
}
