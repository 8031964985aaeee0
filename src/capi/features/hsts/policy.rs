//! `soup_hsts_policy_*`: what a host asks for.

use std::ffi::{c_char, c_ulong};
use std::ptr;

use glib::ffi::{GDateTime, GType, gboolean};
use glib::translate::*;

use crate::capi::guard::{hold, is, text};
use crate::gobject::Message;
use crate::gobject::features::cookies::cookie::now;
use crate::gobject::features::hsts::SoupHSTSPolicy;
use crate::gobject::features::hsts::policy::{from_response, policy_type, unicode};
use crate::gobject::message::SoupMessage;
use crate::proto::hsts::Policy;

/// The GType of `SoupHSTSPolicy`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_hsts_policy_get_type() -> GType {
    policy_type()
}

/// @domain: the host's name, which is no IP address
/// @max_age: for how many seconds from now; 0 takes a policy back
/// @include_subdomains: whether the hosts below are meant too
///
/// Makes a policy.
///
/// Returns: (transfer full) (nullable): the policy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_new(
    domain: *const c_char,
    max_age: c_ulong,
    include_subdomains: gboolean,
) -> *mut SoupHSTSPolicy {
    // SAFETY: the C contract: NULL or a string.
    let policy = unsafe { policy_of(domain, Some(max_age), include_subdomains) };
    require! { soup_hsts_policy_new => ptr::null_mut(); "domain is a host's name": policy.is_some() }
    policy.map_or(ptr::null_mut(), |policy| SoupHSTSPolicy::new(policy).into_raw())
}

/// @domain: the host's name, which is no IP address
/// @max_age: for how many seconds the host wants it
/// @expires: (nullable): when it ends; %NULL for never
/// @include_subdomains: whether the hosts below are meant too
///
/// Makes a policy that began earlier.
///
/// Returns: (transfer full) (nullable): the policy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_new_full(
    domain: *const c_char,
    max_age: c_ulong,
    expires: *mut GDateTime,
    include_subdomains: gboolean,
) -> *mut SoupHSTSPolicy {
    // SAFETY: the C contract: NULL or a string.
    let policy = unsafe { policy_of(domain, Some(max_age), include_subdomains) };
    require! { soup_hsts_policy_new_full => ptr::null_mut(); "domain is a host's name": policy.is_some() }
    // SAFETY: the C contract: NULL or a live time.
    let expires = (!expires.is_null()).then(|| unsafe { glib::ffi::g_date_time_to_unix(expires) });
    let policy = policy.map(|policy| Policy { expires, ..policy });
    policy.map_or(ptr::null_mut(), |policy| SoupHSTSPolicy::new(policy).into_raw())
}

/// @domain: the host's name, which is no IP address
/// @include_subdomains: whether the hosts below are meant too
///
/// Makes a policy that holds as long as the enforcer it is given to.
///
/// Returns: (transfer full) (nullable): the policy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_new_session_policy(
    domain: *const c_char,
    include_subdomains: gboolean,
) -> *mut SoupHSTSPolicy {
    // SAFETY: the C contract: NULL or a string.
    let policy = unsafe { policy_of(domain, None, include_subdomains) };
    require! { soup_hsts_policy_new_session_policy => ptr::null_mut(); "domain is a host's name": policy.is_some() }
    policy.map_or(ptr::null_mut(), |policy| SoupHSTSPolicy::new(policy).into_raw())
}

/// @msg: a message whose response has headers
///
/// Reads the Strict-Transport-Security header of a response. Whether it came over TLS is not looked at.
///
/// Returns: (transfer full) (nullable): the policy, or %NULL if there is none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_new_from_response(msg: *mut SoupMessage) -> *mut SoupHSTSPolicy {
    require! { soup_hsts_policy_new_from_response => ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above.
    from_response(&unsafe { hold::<Message>(msg) })
        .map_or(ptr::null_mut(), |policy| SoupHSTSPolicy::new(policy).into_raw())
}

/// @policy: a policy
///
/// Copies a policy.
///
/// Returns: (transfer full): the copy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_copy(policy: *mut SoupHSTSPolicy) -> *mut SoupHSTSPolicy {
    require! { soup_hsts_policy_copy => ptr::null_mut(); "policy != NULL": !policy.is_null() }
    // SAFETY: checked above.
    unsafe { &*policy }.clone().into_raw()
}

/// @policy: (transfer full): a policy
///
/// Frees a policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_free(policy: *mut SoupHSTSPolicy) {
    require! { soup_hsts_policy_free; "policy != NULL": !policy.is_null() }
    // SAFETY: checked above; the C contract: nobody uses it any more.
    drop(unsafe { Box::from_raw(policy) });
}

/// @policy1: a policy
/// @policy2: another one
///
/// Compares all that policies say.
///
/// Returns: whether they are the same
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_equal(
    policy1: *mut SoupHSTSPolicy,
    policy2: *mut SoupHSTSPolicy,
) -> gboolean {
    require! { soup_hsts_policy_equal => 0;
        "policy1 != NULL": !policy1.is_null(),
        "policy2 != NULL": !policy2.is_null(),
    }
    // SAFETY: checked above.
    unsafe { (*policy1).policy() == (*policy2).policy() }.into_glib()
}

/// @policy: a policy
///
/// Gets the host, in lower case.
///
/// Returns: the host's name
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_get_domain(policy: *mut SoupHSTSPolicy) -> *const c_char {
    require! { soup_hsts_policy_get_domain => ptr::null(); "policy != NULL": !policy.is_null() }
    // SAFETY: checked above.
    unsafe { &*policy }.domain().as_ptr()
}

/// @policy: a policy
///
/// Gets when a policy ends.
///
/// Returns: (transfer none) (nullable): the time; %NULL for never, and for a session's policy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_get_expires(policy: *mut SoupHSTSPolicy) -> *mut GDateTime {
    require! { soup_hsts_policy_get_expires => ptr::null_mut(); "policy != NULL": !policy.is_null() }
    // SAFETY: checked above; the policy holds the time.
    unsafe { (*policy).expires().to_glib_none().0 }
}

/// @policy: a policy
///
/// Gets for how long the host wants it.
///
/// Returns: the time in seconds, 0 for a session's policy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_get_max_age(policy: *mut SoupHSTSPolicy) -> c_ulong {
    require! { soup_hsts_policy_get_max_age => 0; "policy != NULL": !policy.is_null() }
    // SAFETY: checked above.
    let age = unsafe { &*policy }.policy().max_age.unwrap_or_default();
    c_ulong::try_from(age).unwrap_or(c_ulong::MAX)
}

/// @policy: a policy
///
/// Returns whether a policy has ended.
///
/// Returns: whether it has
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_is_expired(policy: *mut SoupHSTSPolicy) -> gboolean {
    require! { soup_hsts_policy_is_expired => 1; "policy != NULL": !policy.is_null() }
    // SAFETY: checked above.
    unsafe { &*policy }.policy().is_expired(now()).into_glib()
}

/// @policy: a policy
///
/// Returns whether the hosts below are meant too.
///
/// Returns: whether they are
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_includes_subdomains(policy: *mut SoupHSTSPolicy) -> gboolean {
    require! { soup_hsts_policy_includes_subdomains => 0; "policy != NULL": !policy.is_null() }
    // SAFETY: checked above.
    unsafe { &*policy }.policy().subdomains.into_glib()
}

/// @policy: a policy
///
/// Returns whether a policy holds as long as its enforcer.
///
/// Returns: whether it does
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_hsts_policy_is_session_policy(policy: *mut SoupHSTSPolicy) -> gboolean {
    require! { soup_hsts_policy_is_session_policy => 0; "policy != NULL": !policy.is_null() }
    // SAFETY: checked above.
    unsafe { &*policy }.policy().is_session_policy().into_glib()
}

/// The policy that begins now; `None` for what is no host.
unsafe fn policy_of(domain: *const c_char, max_age: Option<c_ulong>, subdomains: gboolean) -> Option<Policy> {
    #[allow(clippy::useless_conversion, reason = "a long has 32 bits elsewhere")]
    let max_age = max_age.map(u64::from);
    // SAFETY: the caller's promise: NULL or a string.
    let domain = unsafe { text(domain) }?;
    Policy::new(&unicode(domain), max_age, subdomains != 0, now())
}
