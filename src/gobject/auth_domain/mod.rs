//! `SoupAuthDomain`: a part of a server that asks for a user and a password. C programs derive schemes of their own.

mod basic;
mod digest;
mod hook;
mod paths;

use std::cell::{Cell, OnceCell};
use std::ffi::{CStr, CString, c_char, c_void};

use glib::ffi::gboolean;
use glib::gobject_ffi;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

pub use basic::{AuthDomainBasic, SoupAuthDomainBasic, SoupAuthDomainBasicAuthCallback};
pub use digest::{AuthDomainDigest, SoupAuthDomainDigest, SoupAuthDomainDigestAuthCallback};
use hook::Hook;
use paths::CoveredPaths;

use super::ServerMessage;
use super::server_message::SoupServerMessage;

/// The instance struct.
#[repr(C)]
pub struct SoupAuthDomain {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct, slot by slot libsoup's.
#[repr(C)]
pub struct SoupAuthDomainClass {
    parent_class: gobject_ffi::GObjectClass,
    /// Reads an Authorization header; returns the user if it is good.
    pub accepts: Option<
        unsafe extern "C" fn(*mut SoupAuthDomain, *mut SoupServerMessage, *const c_char) -> *mut c_char,
    >,
    /// Makes the value of a WWW-Authenticate header.
    pub challenge: Option<unsafe extern "C" fn(*mut SoupAuthDomain, *mut SoupServerMessage) -> *mut c_char>,
    /// Whether the request was made by who knows that password.
    pub check_password: Option<
        unsafe extern "C" fn(
            *mut SoupAuthDomain,
            *mut SoupServerMessage,
            *const c_char,
            *const c_char,
        ) -> gboolean,
    >,
    padding: [*mut c_void; 6],
}

const _: () = assert!(size_of::<SoupAuthDomain>() == 24);
const _: () = assert!(size_of::<SoupAuthDomainClass>() == 208);

/// Says whether a domain protects a request, as C passes it.
pub type SoupAuthDomainFilter =
    Option<unsafe extern "C" fn(*mut SoupAuthDomain, *mut SoupServerMessage, *mut c_void) -> gboolean>;

/// Says whether a user's request is good, whatever the scheme, as C passes it.
pub type SoupAuthDomainGenericAuthCallback = Option<
    unsafe extern "C" fn(*mut SoupAuthDomain, *mut SoupServerMessage, *const c_char, *mut c_void) -> gboolean,
>;

glib::wrapper! {
    /// A part of a server that asks for a user and a password.
    pub struct AuthDomain(ObjectSubclass<imp::AuthDomain>);
}

impl AuthDomain {
    /// The realm, for C.
    pub fn realm_c(&self) -> *const c_char {
        let realm = self.imp().realm.get().and_then(Option::as_ref);
        realm.map_or(std::ptr::null(), |realm| realm.as_ptr())
    }

    /// The realm.
    pub fn realm(&self) -> String {
        let realm = self.imp().realm.get().and_then(Option::as_ref);
        realm.map_or_else(String::new, |realm| realm.to_string_lossy().into_owned())
    }

    /// Whether it is a proxy's: it asks with 407, and for every request.
    pub fn is_proxy(&self) -> bool {
        self.imp().proxy.get()
    }

    /// Protects `path` and what begins with it.
    pub fn add_path(&self, path: &str) {
        self.imp().paths.set(path, true);
    }

    /// Leaves `path` and what begins with it open.
    pub fn remove_path(&self, path: &str) {
        self.imp().paths.set(path, false);
    }

    /// Sets who is asked whether a request of a protected path needs a password.
    pub fn set_filter(
        &self,
        filter: SoupAuthDomainFilter,
        data: *mut c_void,
        destroy: glib::ffi::GDestroyNotify,
    ) {
        self.imp().filter.set(filter, data, destroy);
        self.notify("filter");
        self.notify("filter-data");
    }

    /// Sets who is asked about users where the scheme's own callback is not set.
    pub fn set_generic_auth_callback(
        &self,
        callback: SoupAuthDomainGenericAuthCallback,
        data: *mut c_void,
        destroy: glib::ffi::GDestroyNotify,
    ) {
        self.imp().generic.set(callback, data, destroy);
        self.notify("generic-auth-callback");
        self.notify("generic-auth-data");
    }

    /// Whether a request needs a password of this domain. Call with nothing borrowed.
    pub fn covers(&self, message: &ServerMessage) -> bool {
        if !self.is_proxy() {
            let path = match message.is_options_ping() {
                true => c"/",
                false => message.path(),
            };
            if !self.imp().paths.cover(path.to_bytes()) {
                return false;
            }
        }
        let filter = self.imp().filter.get();
        // SAFETY: the C contract of the callback; both objects are referenced by our caller.
        filter
            .function
            .is_none_or(|function| unsafe { function(self.as_ptr(), message.as_ptr(), filter.data) != 0 })
    }

    /// The user, if the request comes with good credentials. Call with nothing borrowed.
    pub fn accepts(&self, message: &ServerMessage) -> Option<glib::GString> {
        let header = CString::new(self.header_of(message)?).ok()?;
        let accepts = self.slots().accepts?;
        // SAFETY: the class promises the slot's contract: NULL or a string of our own.
        unsafe { from_glib_full(accepts(self.as_ptr(), message.as_ptr(), header.as_ptr())) }
    }

    /// Asks for credentials: sets the status, and adds the header. Call with nothing borrowed.
    pub fn challenge(&self, message: &ServerMessage) {
        let (status, name) = match self.is_proxy() {
            true => (407, "Proxy-Authenticate"),
            false => (401, "WWW-Authenticate"),
        };
        let slot = self.slots().challenge;
        // SAFETY: the class promises the slot's contract: a string of our own.
        let value: Option<glib::GString> =
            slot.and_then(|slot| unsafe { from_glib_full(slot(self.as_ptr(), message.as_ptr())) });
        message.set_status(status, None);
        // A value with a line break in it is the class's mistake: the status still keeps the request out.
        let _ = value.map(|value| message.response_headers().append(name, value.as_bytes()));
    }

    /// Whether the request was made by who knows `password`. Call with nothing borrowed.
    pub fn check_password(&self, message: &ServerMessage, user: &CStr, password: &CStr) -> bool {
        let Some(check) = self.slots().check_password else {
            return false;
        };
        // SAFETY: the class promises the slot's contract; all arguments live through the call.
        unsafe { check(self.as_ptr(), message.as_ptr(), user.as_ptr(), password.as_ptr()) != 0 }
    }

    /// Asks the generic callback about a user; without one nobody is let in.
    fn ask_generic(&self, message: &ServerMessage, user: &CStr) -> bool {
        let hook = self.imp().generic.get();
        // SAFETY: the C contract of the callback; both objects are referenced by our caller.
        hook.function.is_some_and(|function| unsafe {
            function(self.as_ptr(), message.as_ptr(), user.as_ptr(), hook.data) != 0
        })
    }

    /// The value of the header that this domain reads.
    fn header_of(&self, message: &ServerMessage) -> Option<Vec<u8>> {
        let name = if self.is_proxy() {
            "Proxy-Authorization"
        } else {
            "Authorization"
        };
        message.request_headers().list().one(name).map(<[u8]>::to_vec)
    }

    fn as_ptr(&self) -> *mut SoupAuthDomain {
        self.as_object_ref().to_glib_none().0.cast()
    }

    fn slots(&self) -> &SoupAuthDomainClass {
        self.class().as_ref()
    }
}

/// What the domains of a server say to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No domain covers it.
    Open,
    /// A domain knows the user.
    Accepted,
    /// It was challenged.
    Refused,
}

/// Asks the domains of a server, in their order, about a request, and challenges it if none accepts it. Each may run code of the
/// application's: call with nothing borrowed.
pub fn admit(domains: &[AuthDomain], message: &ServerMessage) -> Access {
    let mut access = Access::Open;
    for domain in domains {
        if domain.covers(message) {
            if domain.accepts(message).is_some() {
                return Access::Accepted;
            }
            access = Access::Refused;
        }
    }
    if access == Access::Refused {
        for domain in domains {
            if domain.covers(message) {
                domain.challenge(message);
            }
        }
        if message.status() == 0 {
            // The filters have changed their minds.
            message.set_status(403, None);
        }
    }
    access
}

mod imp {
    use super::*;

    /// What a domain holds.
    #[derive(Default)]
    pub struct AuthDomain {
        pub(super) realm: OnceCell<Option<CString>>,
        pub(super) proxy: Cell<bool>,
        pub(super) paths: CoveredPaths,
        pub(super) filter: Hook<SoupAuthDomainFilter>,
        pub(super) generic: Hook<SoupAuthDomainGenericAuthCallback>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for AuthDomain {
        const NAME: &'static str = "SoupAuthDomain";
        const ABSTRACT: bool = true;
        type Type = super::AuthDomain;
        type Instance = SoupAuthDomain;
        type Class = SoupAuthDomainClass;
    }

    impl ObjectImpl for AuthDomain {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: std::sync::OnceLock<[glib::ParamSpec; 6]> = std::sync::OnceLock::new();
            PROPERTIES.get_or_init(|| {
                let pointer = |name| glib::ParamSpecPointer::builder(name).build();
                [
                    glib::ParamSpecString::builder("realm").construct_only().build(),
                    glib::ParamSpecBoolean::builder("proxy").construct_only().build(),
                    pointer("filter"),
                    pointer("filter-data"),
                    pointer("generic-auth-callback"),
                    pointer("generic-auth-data"),
                ]
            })
        }

        fn set_property(&self, _id: usize, value: &glib::Value, spec: &glib::ParamSpec) {
            match spec.name() {
                "realm" => {
                    let realm: Option<&str> = value.get().ok().flatten();
                    // Set once, when the object is made.
                    let _ = self.realm.set(realm.and_then(|realm| CString::new(realm).ok()));
                }
                "proxy" => self.proxy.set(value.get().unwrap_or_default()),
                "filter" => self.filter.set_function_value(value),
                "filter-data" => self.filter.set_data_value(value),
                "generic-auth-callback" => self.generic.set_function_value(value),
                _ => self.generic.set_data_value(value),
            }
        }

        fn property(&self, _id: usize, spec: &glib::ParamSpec) -> glib::Value {
            match spec.name() {
                "realm" => {
                    let realm = self.realm.get().and_then(Option::as_ref);
                    realm.and_then(|realm| realm.to_str().ok()).to_value()
                }
                "proxy" => self.proxy.get().to_value(),
                "filter" => self.filter.function_value(),
                "filter-data" => self.filter.data_value(),
                "generic-auth-callback" => self.generic.function_value(),
                _ => self.generic.data_value(),
            }
        }

        fn dispose(&self) {
            self.filter.clear();
            self.generic.clear();
        }
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthDomain {
    type Type = imp::AuthDomain;
}

// SAFETY: repr(C), and the parent's struct comes first. GLib zeroes a class: all slots begin as NULL.
unsafe impl ClassStruct for SoupAuthDomainClass {
    type Type = imp::AuthDomain;
}

/// What a Rust class of domain says about itself; its slots are set in its `class_init`.
pub trait AuthDomainImpl: ObjectImpl {}

// SAFETY: the class struct of every subclass begins with ours.
unsafe impl<T: AuthDomainImpl> IsSubclassable<T> for AuthDomain {}
