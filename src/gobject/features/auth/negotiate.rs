//! `SoupAuthNegotiate`: Kerberos by way of GSSAPI, which this build does not have: the class is there, and declines all challenges.

use std::ffi::CStr;

use glib::subclass::prelude::*;

use super::class::{Auth, AuthImpl};
use super::connection::{ConnectionAuth, SoupConnectionAuth, SoupConnectionAuthClass};
use super::scheme::{self, Scheme};
use crate::gobject::Message;
use crate::proto::auth::challenge::Challenge;

/// The class struct.
#[repr(C)]
pub struct SoupAuthNegotiateClass {
    parent_class: SoupConnectionAuthClass,
}

/// The instance struct.
#[repr(C)]
pub struct SoupAuthNegotiate {
    parent_instance: SoupConnectionAuth,
}

glib::wrapper! {
    /// A server of Negotiate.
    pub struct AuthNegotiate(ObjectSubclass<imp::AuthNegotiate>) @extends ConnectionAuth, Auth;
}

impl AuthNegotiate {
    /// Whether challenges of Negotiate can be answered.
    pub const SUPPORTED: bool = false;
}

impl Scheme for imp::AuthNegotiate {
    const SCHEME: &'static CStr = c"Negotiate";
    const STRENGTH: u32 = 7;

    fn update(&self, _message: &Message, _challenge: &Challenge<'_>) -> bool {
        AuthNegotiate::SUPPORTED
    }

    fn authenticate(&self, _user: &str, _password: &str) {}

    fn is_authenticated(&self) -> bool {
        false
    }

    fn can_authenticate(&self) -> bool {
        false
    }

    fn authorization(&self, _message: &Message) -> Option<String> {
        None
    }
}

mod imp {
    use super::*;

    /// Nothing.
    #[derive(Default)]
    pub struct AuthNegotiate;

    #[glib::object_subclass]
    impl ObjectSubclass for AuthNegotiate {
        const NAME: &'static str = "SoupAuthNegotiate";
        const FINAL: bool = true;
        type Type = super::AuthNegotiate;
        type ParentType = ConnectionAuth;
        type Instance = SoupAuthNegotiate;
        type Class = SoupAuthNegotiateClass;

        fn class_init(class: &mut Self::Class) {
            scheme::install::<Self>(&mut class.parent_class.parent_class);
        }
    }

    impl ObjectImpl for AuthNegotiate {}
    impl AuthImpl for AuthNegotiate {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthNegotiate {
    type Type = imp::AuthNegotiate;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupAuthNegotiateClass {
    type Type = imp::AuthNegotiate;
}
