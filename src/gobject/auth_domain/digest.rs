//! `SoupAuthDomainDigest`: passwords that are proved and not sent (RFC 7616). A nonce is ours, young, and used once a count.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_void};
use std::time::Instant;

use glib::ffi::gboolean;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::hook::{Hook, auth_properties};
use super::{AuthDomain, AuthDomainImpl, SoupAuthDomain, SoupAuthDomainClass};
use crate::gobject::ServerMessage;
use crate::gobject::http::params;
use crate::gobject::server_message::SoupServerMessage;
use crate::proto::Entropy;
use crate::proto::auth::challenge::parse_credentials;
use crate::proto::auth::digest::{Algorithm, Credentials, server};
use crate::proto::auth::nonce::{Book, Ticket};
use crate::reactor::Reactor;

/// The instance struct.
#[repr(C)]
pub struct SoupAuthDomainDigest {
    parent_instance: SoupAuthDomain,
}

/// The class struct.
#[repr(C)]
pub struct SoupAuthDomainDigestClass {
    parent_class: SoupAuthDomainClass,
}

/// Gives the encoded password of a user, or NULL, as C passes it.
pub type SoupAuthDomainDigestAuthCallback = Option<
    unsafe extern "C" fn(
        *mut SoupAuthDomain,
        *mut SoupServerMessage,
        *const c_char,
        *mut c_void,
    ) -> *mut c_char,
>;

glib::wrapper! {
    /// A domain of Digest authentication.
    pub struct AuthDomainDigest(ObjectSubclass<imp::AuthDomainDigest>) @extends AuthDomain;
}

impl AuthDomainDigest {
    /// Sets who gives the encoded passwords of users.
    pub fn set_auth_callback(
        &self,
        callback: SoupAuthDomainDigestAuthCallback,
        data: *mut c_void,
        destroy: glib::ffi::GDestroyNotify,
    ) {
        self.imp().callback.set(callback, data, destroy);
        self.notify("auth-callback");
        self.notify("auth-data");
    }

    /// What a server keeps of a password.
    pub fn encode_password(user: &[u8], realm: &[u8], password: &[u8]) -> String {
        Algorithm::Md5.encode_password(user, realm, password)
    }

    /// The credentials of a request, if they are for this realm and this request.
    fn read(&self, message: &ServerMessage, header: &[u8]) -> Option<Credentials> {
        let credentials = Credentials::read(&parse_credentials(header)?)?;
        let realm = self.upcast_ref::<AuthDomain>().realm();
        credentials
            .are_for(&realm, &message.target_text())
            .then_some(credentials)
    }

    /// Whether the credentials prove the user's password.
    fn knows(&self, message: &ServerMessage, credentials: &Credentials, user: &CStr) -> bool {
        let domain = self.upcast_ref::<AuthDomain>();
        let hook = self.imp().callback.get();
        let Some(function) = hook.function else {
            return domain.ask_generic(message, user);
        };
        // SAFETY: the C contract of the callback: NULL or a string of our own; both objects are referenced by our caller.
        let encoded: Option<glib::GString> = unsafe {
            from_glib_full(function(
                domain.as_ptr(),
                message.as_ptr(),
                user.as_ptr(),
                hook.data,
            ))
        };
        encoded.is_some_and(|encoded| credentials.prove(&encoded, &message.method().to_string_lossy()))
    }

    /// Uses up the nonce of a request whose password was right; whether it was good. Asked again about the same message it
    /// says the same.
    fn spend(&self, message: &ServerMessage, ticket: Option<Ticket>, count: u32) -> bool {
        let address = self.as_ptr() as usize;
        if message.nonce_spent_by() == address {
            return true;
        }
        let spent =
            ticket.is_some_and(|ticket| self.with_book(|book, _| book.spend(ticket, count, Instant::now())));
        if spent {
            message.set_nonce_spent_by(address);
        } else {
            self.imp().stale.set(message.as_ptr() as usize);
        }
        spent
    }

    fn with_book<T>(&self, use_it: impl FnOnce(&mut Book, [u8; 8]) -> T) -> T {
        let (mut key, mut random) = ([0; 32], [0; 8]);
        let reactor = Reactor::current();
        reactor.entropy().fill(&mut random);
        let mut book = self.imp().book.borrow_mut();
        let book = book.get_or_insert_with(|| {
            reactor.entropy().fill(&mut key);
            Book::new(key, Instant::now())
        });
        use_it(book, random)
    }
}

unsafe extern "C" fn accepts(
    domain: *mut SoupAuthDomain,
    message: *mut SoupServerMessage,
    header: *const c_char,
) -> *mut c_char {
    // SAFETY: the slot's contract: live objects of these classes, and a string.
    let (domain, message, header) = unsafe { (this(domain), message_of(message), CStr::from_ptr(header)) };
    domain.imp().stale.set(0);
    let Some(credentials) = domain.read(&message, header.to_bytes()) else {
        return std::ptr::null_mut();
    };
    let ticket = domain.with_book(|book, _| book.examine(&credentials.nonce, Instant::now()));
    let Ok(user) = CString::new(credentials.user.as_str()) else {
        return std::ptr::null_mut();
    };
    // The password first: only who knows it hears that a nonce is stale.
    match domain.knows(&message, &credentials, &user) && domain.spend(&message, ticket, credentials.count) {
        true => params::string(user.to_bytes()),
        false => std::ptr::null_mut(),
    }
}

unsafe extern "C" fn challenge(domain: *mut SoupAuthDomain, message: *mut SoupServerMessage) -> *mut c_char {
    // SAFETY: the slot's contract: a live domain.
    let domain = unsafe { this(domain) };
    let stale = domain.imp().stale.replace(0) == message as usize;
    let nonce = domain.with_book(|book, random| book.issue(random, Instant::now()));
    let realm = domain.upcast_ref::<AuthDomain>().realm();
    params::string(server::challenge(&realm, &nonce, Algorithm::Md5, stale).as_bytes())
}

unsafe extern "C" fn check_password(
    domain: *mut SoupAuthDomain,
    message: *mut SoupServerMessage,
    user: *const c_char,
    password: *const c_char,
) -> gboolean {
    // SAFETY: the slot's contract: live objects of these classes, and strings.
    let (domain, message, user, password) = unsafe {
        (
            this(domain),
            message_of(message),
            CStr::from_ptr(user).to_bytes(),
            CStr::from_ptr(password).to_bytes(),
        )
    };
    let base = domain.upcast_ref::<AuthDomain>();
    let Some(credentials) = base
        .header_of(&message)
        .and_then(|header| domain.read(&message, &header))
    else {
        return 0;
    };
    let encoded = credentials
        .algorithm
        .encode_password(user, base.realm().as_bytes(), password);
    let proved = credentials.prove(&encoded, &message.method().to_string_lossy());
    gboolean::from(credentials.user.as_bytes() == user && proved)
}

unsafe fn this(domain: *mut SoupAuthDomain) -> AuthDomainDigest {
    // SAFETY: the caller's promise: a live domain whose class has these slots, and this class is final.
    unsafe {
        let domain: AuthDomain = from_glib_none(domain);
        domain.unsafe_cast()
    }
}

unsafe fn message_of(message: *mut SoupServerMessage) -> ServerMessage {
    // SAFETY: the caller's promise.
    unsafe { from_glib_none(message) }
}

mod imp {
    use super::*;

    /// What a domain of Digest holds.
    #[derive(Default)]
    pub struct AuthDomainDigest {
        pub(super) callback: Hook<SoupAuthDomainDigestAuthCallback>,
        /// The nonces, from the first challenge on.
        pub(super) book: RefCell<Option<Book>>,
        /// The address of the message whose password was right, and whose nonce was not.
        pub(super) stale: Cell<usize>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for AuthDomainDigest {
        const NAME: &'static str = "SoupAuthDomainDigest";
        const FINAL: bool = true;
        type Type = super::AuthDomainDigest;
        type ParentType = AuthDomain;
        type Instance = SoupAuthDomainDigest;
        type Class = SoupAuthDomainDigestClass;

        fn class_init(class: &mut Self::Class) {
            class.parent_class.accepts = Some(accepts);
            class.parent_class.challenge = Some(challenge);
            class.parent_class.check_password = Some(check_password);
        }
    }

    impl ObjectImpl for AuthDomainDigest {
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

    impl AuthDomainImpl for AuthDomainDigest {}
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuthDomainDigest {
    type Type = imp::AuthDomainDigest;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupAuthDomainDigestClass {
    type Type = imp::AuthDomainDigest;
}
