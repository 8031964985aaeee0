//! `SoupHSTSPolicy`: a host's policy that C owns.

use std::borrow::Cow;
use std::ffi::CString;
use std::sync::OnceLock;

use glib::translate::*;

use crate::gobject::Message;
use crate::gobject::features::cookies::cookie::now;
use crate::proto::hsts::Policy;

glib::wrapper! {
    /// A policy of our own in C's form; its clone is a copy.
    pub struct BoxedPolicy(Boxed<SoupHSTSPolicy>);

    match fn {
        copy => |ptr| copy(ptr.cast_mut().cast()).cast(),
        free => |ptr| free(ptr.cast()),
        type_ => || policy_type(),
    }
}

/// What a `SoupHSTSPolicy *` points to.
#[derive(Clone, Debug)]
pub struct SoupHSTSPolicy {
    policy: Policy,
    domain: CString,
    expires: Option<glib::DateTime>,
}

impl BoxedPolicy {
    /// A policy for C.
    pub fn new(policy: Policy) -> BoxedPolicy {
        // SAFETY: a box of our own, which the wrapper frees.
        unsafe { from_glib_full(SoupHSTSPolicy::new(policy).into_raw()) }
    }
}

impl SoupHSTSPolicy {
    /// A policy with its texts for C.
    pub fn new(policy: Policy) -> SoupHSTSPolicy {
        SoupHSTSPolicy {
            domain: CString::new(policy.domain.as_str()).unwrap_or_default(),
            expires: policy
                .expires
                .and_then(|expires| glib::DateTime::from_unix_utc(expires).ok()),
            policy,
        }
    }

    /// Hands the policy over to C, which frees it with `soup_hsts_policy_free()`.
    pub fn into_raw(self) -> *mut SoupHSTSPolicy {
        Box::into_raw(Box::new(self))
    }

    /// The policy itself.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The host, for C.
    pub fn domain(&self) -> &CString {
        &self.domain
    }

    /// When it ends.
    pub fn expires(&self) -> Option<&glib::DateTime> {
        self.expires.as_ref()
    }
}

/// The policy that the response to a message asks for: that of its first header.
pub fn from_response(message: &Message) -> Option<Policy> {
    let host = message.uri()?.host()?;
    let list = message.response_headers().list();
    let header = list.values("Strict-Transport-Security").next()?;
    Policy::parse(header, &unicode(&host), now())
}

/// A host's name with its encoded labels in Unicode, as policies have it. A label that is not what its Unicode encodes to stays: it
/// would be another host's policy.
pub fn unicode(host: &str) -> Cow<'_, str> {
    if !glib::hostname_is_ascii_encoded(host) {
        return Cow::Borrowed(host);
    }
    let back = |name: &str| glib::hostname_to_ascii(name).is_some_and(|back| back.eq_ignore_ascii_case(host));
    match glib::hostname_to_unicode(host).filter(|name| back(name)) {
        Some(name) => Cow::Owned(name.into()),
        None => Cow::Borrowed(host),
    }
}

/// The boxed type of that name.
pub fn policy_type() -> glib::ffi::GType {
    static TYPE: OnceLock<glib::ffi::GType> = OnceLock::new();
    *TYPE.get_or_init(|| {
        // SAFETY: both functions take what `into_raw` gives, which is all that a SoupHSTSPolicy can be.
        unsafe {
            glib::gobject_ffi::g_boxed_type_register_static(
                c"SoupHSTSPolicy".as_ptr(),
                Some(copy),
                Some(free),
            )
        }
    })
}

unsafe extern "C" fn copy(policy: glib::ffi::gpointer) -> glib::ffi::gpointer {
    // SAFETY: the C contract: a live policy, which `into_raw` gave.
    let policy = unsafe { &*policy.cast::<SoupHSTSPolicy>() };
    policy.clone().into_raw().cast()
}

unsafe extern "C" fn free(policy: glib::ffi::gpointer) {
    // SAFETY: the C contract: a policy that `into_raw` gave, and that nobody uses any more.
    drop(unsafe { Box::from_raw(policy.cast::<SoupHSTSPolicy>()) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_encodes_back_is_decoded() {
        for (host, wanted) in [
            ("example.com", "example.com"),
            ("xn--mnchen-3ya.de", "m\u{fc}nchen.de"),
            ("www.XN--mnchen-3ya.de", "www.m\u{fc}nchen.de"),
            ("m\u{fc}nchen.de", "m\u{fc}nchen.de"),
            ("xn--alice-.example.com", "xn--alice-.example.com"),
            ("xn--\u{fc}.com", "xn--\u{fc}.com"),
        ] {
            assert_eq!(unicode(host), wanted, "{host}");
        }
    }
}
