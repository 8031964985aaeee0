//! `SoupConnectionAuth`: the parent of schemes that authenticate a connection, not a request. libsoup keeps its header to itself.
//!
//! Their next step may take a while, because somebody else than the server is asked: it is [`Work`] for a thread.

use std::ffi::c_void;
use std::sync::OnceLock;

use glib::prelude::*;
use glib::subclass::prelude::*;

use super::class::{Auth, AuthImpl, SoupAuth, SoupAuthClass};
use super::scheme::{self, Scheme};
use crate::gobject::Message;
use crate::proto::limits;

/// The instance struct.
#[repr(C)]
pub struct SoupConnectionAuth {
    parent_instance: SoupAuth,
}

/// The class struct, of libsoup's size.
#[repr(C)]
pub struct SoupConnectionAuthClass {
    pub(super) parent_class: SoupAuthClass,
    /// What has to be done before a message can be sent again.
    work: Option<fn(&Auth, &Message) -> Option<Work>>,
    /// The server wants another scheme.
    forget: Option<fn(&Auth, &Message)>,
    slots: [*mut c_void; 3],
}

/// A step of a scheme that blocks: a thread does it, and then the challenge is looked at again.
pub type Work = Box<dyn FnOnce() + Send>;

const _: () = assert!(size_of::<SoupConnectionAuthClass>() == 296);

glib::wrapper! {
    /// An auth whose credentials are for a connection.
    pub struct ConnectionAuth(ObjectSubclass<imp::ConnectionAuth>) @extends Auth;
}

/// Has a thread do it; without threads it is dropped, and `false`.
pub(super) fn in_thread(work: Work) -> bool {
    static POOL: OnceLock<Option<glib::ThreadPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| glib::ThreadPool::shared(Some(limits::AUTH_THREADS)).ok());
    pool.as_ref().is_some_and(|pool| pool.push(work).is_ok())
}

/// What a scheme for connections is, beside what every scheme is.
pub(super) trait ConnectionScheme: Scheme {
    /// What has to be done before `message`, which was challenged, can be sent again.
    fn work(&self, message: &Message) -> Option<Work>;

    /// The server wants another scheme on the connection of `message`.
    fn forget(&self, _message: &Message) {}
}

impl ConnectionAuth {
    /// What has to be done before `message`, which was challenged, can be sent again.
    pub(super) fn work(&self, message: &Message) -> Option<Work> {
        let class: &SoupConnectionAuthClass = self.class().as_ref();
        let work = class.work.filter(|_| !self.upcast_ref::<Auth>().is_cancelled())?;
        work(self.upcast_ref(), message)
    }

    /// The server wants another scheme on the connection of `message`, which is like new then.
    pub(super) fn forget(&self, message: &Message) {
        let class: &SoupConnectionAuthClass = self.class().as_ref();
        if let Some(forget) = class.forget {
            forget(self.upcast_ref(), message);
        }
    }
}

impl SoupConnectionAuthClass {
    /// Makes a class one of this scheme.
    pub(super) fn install<T: ConnectionScheme>(&mut self) {
        scheme::install::<T>(&mut self.parent_class);
        self.work = Some(|auth, message| auth.downcast_ref::<T::Type>()?.imp().work(message));
        self.forget = Some(|auth, message| {
            if let Some(auth) = auth.downcast_ref::<T::Type>() {
                auth.imp().forget(message);
            }
        });
    }
}

pub(super) mod imp {
    use super::*;

    /// Nothing: the classes below hold all.
    #[derive(Default)]
    pub struct ConnectionAuth;

    #[glib::object_subclass]
    impl ObjectSubclass for ConnectionAuth {
        const NAME: &'static str = "SoupConnectionAuth";
        const ABSTRACT: bool = true;
        type Type = super::ConnectionAuth;
        type ParentType = Auth;
        type Instance = SoupConnectionAuth;
        type Class = SoupConnectionAuthClass;
    }

    impl ObjectImpl for ConnectionAuth {}
    impl AuthImpl for ConnectionAuth {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupConnectionAuth {
    type Type = imp::ConnectionAuth;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupConnectionAuthClass {
    type Type = imp::ConnectionAuth;
}

// SAFETY: the class struct of every subclass begins with ours.
unsafe impl<T: AuthImpl> IsSubclassable<T> for ConnectionAuth {}
