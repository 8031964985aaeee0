//! `SoupAuthDomainBasic`: a user and a password as they are (RFC 7617).

use std::ffi::{CStr, CString, c_char, c_void};

use glib::ffi::gboolean;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::hook::{Hook, auth_properties};
use super::{AuthDomain, AuthDomainImpl, SoupAuthDomain, SoupAuthDomainClass};
use crate::gobject::ServerMessage;
use crate::gobject::http::params;
use crate::gobject::server_message::SoupServerMessage;
use crate::proto::auth::basic::{self, Credentials};
use crate::proto::auth::challenge::parse_credentials;
use crate::proto::auth::same_secret;

/// The instance struct.
#[repr(C)]
pub struct SoupAuthDomainBasic {
    parent_instance: SoupAuthDomain,
}

/// The class struct.
#[repr(C)]
pub struct SoupAuthDomainBasicClass {
    parent_class: SoupAuthDomainClass,
}

/// Says whether a user has that password, as C passes it.
pub type SoupAuthDomainBasicAuthCallback = Option<
    unsafe extern "C" fn(
        *mut SoupAuthDomain,
        *mut SoupServerMessage,
        *const c_char,
        *const c_char,
        *mut c_void,
    ) -> gboolean,
>;

glib::wrapper! {
    /// A domain of Basic authentication.
    pub struct AuthDomainBasic(ObjectSubclass<imp::AuthDomainBasic>) @extends AuthDomain;
}

impl AuthDomainBasic {
    /// Sets who is asked about users and passwords.
    pub fn set_auth_callback(
        &self,
        callback: SoupAuthDomainBasicAuthCallback,
        data: *mut c_void,
        destroy: glib::ffi::GDestroyNotify,
    ) {
        self.imp().callback.set(callback, data, destroy);
        self.notify("auth-callback");
        self.notify("auth-data");
    }

    fn knows(&self, message: &ServerMessage, user: &CStr, password: &CStr) -> bool {
        let hook = self.imp().callback.get();
        let Some(function) = hook.function else {
            return self.upcast_ref::<AuthDomain>().ask_generic(message, user);
        };
        let domain = self.upcast_ref::<AuthDomain>().as_ptr();
        // SAFETY: the C contract of the callback; both objects are referenced by our caller.
        unsafe {
            function(
                domain,
                message.as_ptr(),
                user.as_ptr(),
                password.as_ptr(),
                hook.data,
            ) != 0
        }
    }
}

fn read(header: &[u8]) -> Option<Credentials> {
    basic::credentials(&parse_credentials(header)?)
}

unsafe extern "C" fn accepts(
    domain: *mut SoupAuthDomain,
    message: *mut SoupServerMessage,
    header: *const c_char,
) -> *mut c_char {
    // SAFETY: the slot's contract: live objects of these classes, and a string.
    let (domain, message, header) = unsafe {
        let domain: AuthDomain = from_glib_none(domain);
        let message: ServerMessage = from_glib_none(message);
        (
            domain.unsafe_cast::<AuthDomainBasic>(),
            message,
            CStr::from_ptr(header),
        )
    };
    let Some(credentials) = read(header.to_bytes()) else {
        return std::ptr::null_mut();
    };
    // Neither has a NUL in it.
    let (Ok(user), Ok(password)) = (CString::new(credentials.user), CString::new(credentials.password))
    else {
        return std::ptr::null_mut();
    };
    match domain.knows(&message, &user, &password) {
        true => params::string(user.to_bytes()),
        false => std::ptr::null_mut(),
    }
}

unsafe extern "C" fn challenge(domain: *mut SoupAuthDomain, _message: *mut SoupServerMessage) -> *mut c_char {
    // SAFETY: the slot's contract: a live domain.
    let domain: AuthDomain = unsafe { from_glib_none(domain) };
    params::string(basic::challenge(&domain.realm()).as_bytes())
}

unsafe extern "C" fn check_password(
    domain: *mut SoupAuthDomain,
    message: *mut SoupServerMessage,
    user: *const c_char,
    password: *const c_char,
) -> gboolean {
    // SAFETY: the slot's contract: live objects of these classes, and strings.
    let (domain, message, user, password) = unsafe {
        let domain: AuthDomain = from_glib_none(domain);
        let message: ServerMessage = from_glib_none(message);
        (domain, message, CStr::from_ptr(user), CStr::from_ptr(password))
    };
    let Some(credentials) = domain.header_of(&message).and_then(|header| read(&header)) else {
        return 0;
    };
    // Both always: the time must not say which of them was wrong.
    let known = same_secret(credentials.user.as_bytes(), user.to_bytes());
    let right = same_secret(credentials.password.as_bytes(), password.to_bytes());
    gboolean::from(known & right)
}

mod imp {
    use super::*;

    /// What a domain of Basic holds.
    #[derive(Default)]
    pub struct AuthDomainBasic {
        pub(super) callback: Hook<SoupAuthDomainBasicAuthCallback>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for AuthDomainBasic {
        const NAME: &'static str = "SoupAuthDomainBasic";
        const FINAL: bool = true;
        type Type = super::AuthDomainBasic;
        type ParentType = AuthDomain;
        type Instance = SoupAuthDomainBasic;
        type Class = SoupAuthDomainBasicClass;

        fn class_init(class: &mut Self::Class) {
            class.parent_class.accepts = Some(accepts);
            class.parent_class.challenge = Some(challenge);
            class.parent_class.check_password = Some(check_password);
        }
    }

    impl ObjectImpl for AuthDomainBasic {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: std::sync::OnceLock<[glib::ParamSpec; 2]> = std::sync::OnceLock::new();
            PROPERTIES.get_or_init(auth_properties)
        }

        fn set_property(&self, _id: usize, value: &glib::Value, spec: &glib::ParamSpec) {
            self.callback.set_property(value, spec);
        }

        fn property(&self, _id: usize, spec: &glib::ParamSpec) -> glib::Value {
            self.callback.property(spec)
        }

        fn dispose(&self) {
            self.callback.clear();
        }
    }

    impl AuthDomainImpl for AuthDomainBasic {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthDomainBasic {
    type Type = imp::AuthDomainBasic;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupAuthDomainBasicClass {
    type Type = imp::AuthDomainBasic;
}
