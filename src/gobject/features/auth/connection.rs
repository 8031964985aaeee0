//! `SoupConnectionAuth`: the parent of schemes that authenticate a connection, not a request. libsoup keeps its header to itself.

use std::ffi::c_void;

use glib::subclass::prelude::*;

use super::class::{Auth, AuthImpl, SoupAuth, SoupAuthClass};

/// The instance struct.
#[repr(C)]
pub struct SoupConnectionAuth {
    parent_instance: SoupAuth,
}

/// The class struct, of libsoup's size.
#[repr(C)]
pub struct SoupConnectionAuthClass {
    pub(super) parent_class: SoupAuthClass,
    slots: [*mut c_void; 5],
}

const _: () = assert!(size_of::<SoupConnectionAuthClass>() == 296);

glib::wrapper! {
    /// An auth whose credentials are for a connection.
    pub struct ConnectionAuth(ObjectSubclass<imp::ConnectionAuth>) @extends Auth;
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
