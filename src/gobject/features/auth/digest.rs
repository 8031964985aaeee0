//! `SoupAuthDigest`: a password that is proved and not sent (RFC 7616). The rules are those of `proto::auth::digest`.

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use glib::subclass::prelude::*;

use super::cache::Origin;
use super::class::{Auth, AuthImpl, SoupAuth, SoupAuthClass};
use super::scheme::{self, Scheme};
use crate::gobject::Message;
use crate::gobject::message::uri as message_uri;
use crate::proto::Entropy;
use crate::proto::auth::challenge::Challenge;
use crate::proto::auth::digest::Client;
use crate::proto::auth::space;
use crate::reactor::Reactor;

/// The class struct.
#[repr(C)]
pub struct SoupAuthDigestClass {
    parent_class: SoupAuthClass,
}

/// The instance struct.
#[repr(C)]
pub struct SoupAuthDigest {
    parent_instance: SoupAuth,
}

glib::wrapper! {
    /// A realm of Digest authentication.
    pub struct AuthDigest(ObjectSubclass<imp::AuthDigest>) @extends Auth;
}

impl AuthDigest {
    /// Takes an Authentication-Info header.
    pub(super) fn take_info(&self, header: &[u8]) {
        if let Some(client) = &mut *self.imp().client() {
            client.take_info(header);
        }
    }
}

impl Scheme for imp::AuthDigest {
    const SCHEME: &'static CStr = c"Digest";
    const STRENGTH: u32 = 5;

    fn update(&self, _message: &Message, challenge: &Challenge<'_>) -> bool {
        let mut client = self.client();
        match &mut *client {
            Some(client) => client.update(challenge),
            none => {
                *none = Client::new(challenge);
                none.is_some()
            }
        }
    }

    fn authenticate(&self, user: &str, password: &str) {
        if let Some(client) = &mut *self.client() {
            client.authenticate(user, password);
        }
    }

    fn is_authenticated(&self) -> bool {
        self.client().as_ref().is_some_and(Client::is_authenticated)
    }

    fn authorization(&self, message: &Message) -> Option<String> {
        let (method, uri) = (message.method()?, message.uri()?);
        let target = match method.as_str() {
            "CONNECT" => message_uri::authority(&uri)?,
            _ if message.is_options_ping() => "*".to_owned(),
            _ => message_uri::request_target(&uri),
        };
        let mut random = [0; 16];
        Reactor::current().entropy().fill(&mut random);
        let cnonce = format!("{:032x}", u128::from_ne_bytes(random));
        self.client().as_mut()?.authorization(method, &target, &cnonce)
    }

    fn protection_space(&self, uri: &glib::Uri) -> Vec<String> {
        let client = self.client();
        match (client.as_ref().and_then(Client::domain), Origin::of(uri)) {
            (Some(domain), Some(origin)) => space::paths_of(domain, &origin.to_string()),
            _ => vec![String::new()],
        }
    }
}

mod imp {
    use super::*;

    /// What an auth of Digest holds: nothing before its first challenge.
    #[derive(Default)]
    pub struct AuthDigest(Mutex<Option<Client>>);

    impl AuthDigest {
        pub(super) fn client(&self) -> MutexGuard<'_, Option<Client>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for AuthDigest {
        const NAME: &'static str = "SoupAuthDigest";
        const FINAL: bool = true;
        type Type = super::AuthDigest;
        type ParentType = Auth;
        type Instance = SoupAuthDigest;
        type Class = SoupAuthDigestClass;

        fn class_init(class: &mut Self::Class) {
            scheme::install::<Self>(&mut class.parent_class);
        }
    }

    impl ObjectImpl for AuthDigest {}
    impl AuthImpl for AuthDigest {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthDigest {
    type Type = imp::AuthDigest;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupAuthDigestClass {
    type Type = imp::AuthDigest;
}
