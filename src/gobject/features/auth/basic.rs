//! `SoupAuthBasic`: a user and a password as they are (RFC 7617).

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use glib::subclass::prelude::*;

use super::class::{Auth, AuthImpl, SoupAuth, SoupAuthClass};
use super::scheme::{self, Scheme};
use super::secret::Secret;
use crate::gobject::Message;
use crate::proto::auth::basic;
use crate::proto::auth::challenge::{self, Challenge};

/// The class struct.
#[repr(C)]
pub struct SoupAuthBasicClass {
    parent_class: SoupAuthClass,
}

/// The instance struct.
#[repr(C)]
pub struct SoupAuthBasic {
    parent_instance: SoupAuth,
}

glib::wrapper! {
    /// A realm of Basic authentication.
    pub struct AuthBasic(ObjectSubclass<imp::AuthBasic>) @extends Auth;
}

#[derive(Default)]
struct State {
    /// Whether the server reads UTF-8.
    utf8: bool,
    /// The value of Authorization.
    authorization: Option<Secret>,
}

impl Scheme for imp::AuthBasic {
    const SCHEME: &'static CStr = c"Basic";
    const STRENGTH: u32 = 1;

    fn update(&self, _message: &Message, challenge: &Challenge<'_>) -> bool {
        let charset = challenge.param("charset");
        let mut state = self.state();
        state.utf8 = charset.is_some_and(|charset| charset.eq_ignore_ascii_case(b"UTF-8"));
        // Who is challenged again has sent what was wrong.
        state.authorization = None;
        true
    }

    fn authenticate(&self, user: &str, password: &str) {
        let mut state = self.state();
        let header: &[u8] = match state.utf8 {
            true => b"Basic charset=UTF-8",
            false => b"Basic",
        };
        let challenges = challenge::parse(header);
        let value = basic::authorization(user, password, challenges.first());
        state.authorization = Some(Secret::new(value));
    }

    fn is_authenticated(&self) -> bool {
        self.state().authorization.is_some()
    }

    fn authorization(&self, _message: &Message) -> Option<String> {
        let state = self.state();
        state
            .authorization
            .as_ref()
            .map(|value| value.expose().to_owned())
    }
}

mod imp {
    use super::*;

    /// What an auth of Basic holds.
    #[derive(Default)]
    pub struct AuthBasic(Mutex<State>);

    impl AuthBasic {
        pub(super) fn state(&self) -> MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for AuthBasic {
        const NAME: &'static str = "SoupAuthBasic";
        const FINAL: bool = true;
        type Type = super::AuthBasic;
        type ParentType = Auth;
        type Instance = SoupAuthBasic;
        type Class = SoupAuthBasicClass;

        fn class_init(class: &mut Self::Class) {
            scheme::install::<Self>(&mut class.parent_class);
        }
    }

    impl ObjectImpl for AuthBasic {}
    impl AuthImpl for AuthBasic {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthBasic {
    type Type = imp::AuthBasic;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupAuthBasicClass {
    type Type = imp::AuthBasic;
}
