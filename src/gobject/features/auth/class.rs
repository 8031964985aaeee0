//! `SoupAuth`: one realm of one server, and how its challenges are answered. C programs derive schemes of their own.
//!
//! Law: threads share an auth. What it holds sits behind a lock, and the lock is released before a slot or a notification runs.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use glib::ffi::{GHashTable, GSList, gboolean};
use glib::gobject_ffi;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::connection::ConnectionAuth;
use crate::gobject::Message;
use crate::gobject::http::params;
use crate::gobject::message::SoupMessage;
use crate::gobject::message::uri as message_uri;
use crate::proto::auth::challenge::{self, Challenge};
use crate::proto::http1::params::Param;

/// The instance struct.
#[repr(C)]
pub struct SoupAuth {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct, slot by slot libsoup's.
#[repr(C)]
pub struct SoupAuthClass {
    parent_class: gobject_ffi::GObjectClass,
    /// The scheme's name, as it stands in WWW-Authenticate.
    pub scheme_name: *const c_char,
    /// Of several challenges, the one whose class has the highest is answered.
    pub strength: u32,
    /// Takes a challenge; the table holds its parameters.
    pub update: Option<unsafe extern "C" fn(*mut SoupAuth, *mut SoupMessage, *mut GHashTable) -> gboolean>,
    /// The paths that the credentials are for.
    pub get_protection_space:
        Option<unsafe extern "C" fn(*mut SoupAuth, *mut glib::ffi::GUri) -> *mut GSList>,
    /// Takes a user and a password.
    pub authenticate: Option<unsafe extern "C" fn(*mut SoupAuth, *const c_char, *const c_char)>,
    /// Whether it has a user and a password that are not known to be wrong.
    pub is_authenticated: Option<unsafe extern "C" fn(*mut SoupAuth) -> gboolean>,
    /// Makes the value of Authorization.
    pub get_authorization: Option<unsafe extern "C" fn(*mut SoupAuth, *mut SoupMessage) -> *mut c_char>,
    /// Whether that message can be sent with what is known now.
    pub is_ready: Option<unsafe extern "C" fn(*mut SoupAuth, *mut SoupMessage) -> gboolean>,
    /// Whether a user and a password would help.
    pub can_authenticate: Option<unsafe extern "C" fn(*mut SoupAuth) -> gboolean>,
    padding: [*mut c_void; 6],
}

const _: () = assert!(size_of::<SoupAuth>() == 24);
const _: () = assert!(size_of::<SoupAuthClass>() == 256);

glib::wrapper! {
    /// One realm of one server, and how its challenges are answered.
    pub struct Auth(ObjectSubclass<imp::Auth>);
}

impl Auth {
    /// An auth of that class for the challenge that `message` has met: `None` where the class is no (concrete) auth, and where it
    /// does not know what to do with the challenge.
    pub fn of_type(type_: glib::Type, message: &Message, challenge: &Challenge<'_>) -> Option<Auth> {
        // SAFETY: asks the type system about a valid GType.
        let is_abstract = unsafe {
            gobject_ffi::g_type_test_flags(type_.into_glib(), gobject_ffi::G_TYPE_FLAG_ABSTRACT) != 0
        };
        if is_abstract || !type_.is_a(Auth::static_type()) {
            return None;
        }
        let auth: Auth = glib::Object::with_type(type_).downcast().ok()?;
        {
            let mut state = auth.state();
            state.is_for_proxy = message.status() == PROXY_AUTHENTICATION_REQUIRED;
            let asker = match state.is_for_proxy {
                true => proxy_uri(message),
                false => message.uri(),
            };
            state.authority = asker.and_then(|uri| authority(&uri));
        }
        auth.update(message, challenge).then_some(auth)
    }

    /// The name and the strength of a class of auths.
    pub fn scheme_of(type_: glib::Type) -> Option<(String, u32)> {
        let class = glib::Class::<Auth>::from_type(type_)?;
        let class: &SoupAuthClass = class.as_ref();
        Some((name_of(class)?.to_str().ok()?.to_owned(), class.strength))
    }

    /// Takes another challenge of the same scheme and realm; `false` for any other, and when it was cancelled. Call with nothing
    /// borrowed.
    pub fn update(&self, message: &Message, challenge: &Challenge<'_>) -> bool {
        let is_scheme = self.scheme_name_c().and_then(|name| name.to_str().ok());
        if self.is_cancelled() || !is_scheme.is_some_and(|name| challenge.is(name)) {
            return false;
        }
        {
            // What a header holds has no NUL.
            let realm = challenge
                .realm()
                .and_then(|realm| CString::new(realm.as_bytes()).ok());
            let mut state = self.state();
            if state.realm.is_some() && state.realm != realm {
                return false;
            }
            state.realm = realm;
        }
        let Some(update) = self.slots().update else {
            return false;
        };
        let was_authenticated = self.is_authenticated();
        let table = new_table(challenge);
        // SAFETY: the class promises the slot's contract; all arguments live through the call, and the table is ours to drop.
        let updated = unsafe {
            let updated = update(self.as_ptr(), message.as_ptr(), table) != 0;
            glib::ffi::g_hash_table_unref(table);
            updated
        };
        if updated && was_authenticated != self.is_authenticated() {
            self.notify("is-authenticated");
        }
        updated
    }

    /// Takes a challenge as it stands in a header, the first where there are several.
    pub fn update_from(&self, message: &Message, header: &[u8]) -> bool {
        let challenges = challenge::parse(header);
        challenges
            .first()
            .is_some_and(|challenge| self.update(message, challenge))
    }

    /// Gives it a user and a password, unless it was cancelled. Call with nothing borrowed.
    pub fn authenticate(&self, user: &CStr, password: &CStr) {
        let Some(authenticate) = self.slots().authenticate else {
            return;
        };
        if self.is_cancelled() {
            return;
        }
        let was_authenticated = self.is_authenticated();
        self.state().answers += 1;
        // SAFETY: the class promises the slot's contract; all arguments live through the call.
        unsafe { authenticate(self.as_ptr(), user.as_ptr(), password.as_ptr()) };
        if was_authenticated != self.is_authenticated() {
            self.notify("is-authenticated");
        }
    }

    /// How often it was given a user and a password.
    pub fn answers(&self) -> u32 {
        self.state().answers
    }

    /// Whether messages wait until the program answers it.
    pub(super) fn is_waited_for(&self) -> bool {
        self.state().waiting > 0
    }

    /// One more message waits for the program's answer, or one less.
    pub(super) fn count_waiting(&self, more: bool) {
        let mut state = self.state();
        state.waiting = match more {
            true => state.waiting.saturating_add(1),
            false => state.waiting.saturating_sub(1),
        };
    }

    /// Gives it up: the messages that wait for it are answered as they are.
    pub fn cancel(&self) {
        let was = std::mem::replace(&mut self.state().is_cancelled, true);
        if !was {
            self.notify("is-cancelled");
        }
    }

    /// Whether it was given up.
    pub fn is_cancelled(&self) -> bool {
        self.state().is_cancelled
    }

    /// Whether it has a user and a password that are not known to be wrong.
    pub fn is_authenticated(&self) -> bool {
        let slot = self.slots().is_authenticated;
        // SAFETY: the class promises the slot's contract.
        !self.is_cancelled() && slot.is_some_and(|slot| unsafe { slot(self.as_ptr()) != 0 })
    }

    /// Whether `message` can be sent with what is known now.
    pub fn is_ready(&self, message: &Message) -> bool {
        match self.slots().is_ready {
            _ if self.is_cancelled() => false,
            // SAFETY: the class promises the slot's contract; both objects live through the call.
            Some(slot) => unsafe { slot(self.as_ptr(), message.as_ptr()) != 0 },
            None => self.is_authenticated(),
        }
    }

    /// Whether a user and a password would help.
    pub fn can_authenticate(&self) -> bool {
        let slot = self.slots().can_authenticate;
        // SAFETY: the class promises the slot's contract.
        !self.is_cancelled() && slot.is_some_and(|slot| unsafe { slot(self.as_ptr()) != 0 })
    }

    /// The value of Authorization for `message`. Call with nothing borrowed.
    pub fn authorization(&self, message: &Message) -> Option<glib::GString> {
        let slot = self.slots().get_authorization?;
        // SAFETY: the class promises the slot's contract: NULL or a string of our own.
        unsafe { from_glib_full(slot(self.as_ptr(), message.as_ptr())) }
    }

    /// The paths that the credentials are for, as a list of strings of our own.
    pub fn protection_space_c(&self, uri: &glib::Uri) -> *mut GSList {
        let slot = self.slots().get_protection_space;
        // SAFETY: the class promises the slot's contract: a list of strings of our own.
        slot.map_or(ptr::null_mut(), |slot| unsafe {
            slot(self.as_ptr(), uri.to_glib_none().0)
        })
    }

    /// The paths that the credentials are for.
    pub fn protection_space(&self, uri: &glib::Uri) -> Vec<String> {
        let list = self.protection_space_c(uri);
        // SAFETY: a list of strings that is ours.
        let paths: Vec<glib::GString> = unsafe { FromGlibPtrContainer::from_glib_full(list) };
        paths.into_iter().map(String::from).collect()
    }

    /// What tells it from the other auths of a server: scheme and realm.
    pub fn info(&self) -> String {
        let scheme = self
            .scheme_name_c()
            .map(CStr::to_string_lossy)
            .unwrap_or_default();
        if self.is::<ConnectionAuth>() {
            return scheme.into_owned();
        }
        let state = self.state();
        let realm = state.realm.as_deref().map(CStr::to_string_lossy);
        format!("{scheme}:{}", realm.unwrap_or_default())
    }

    /// The scheme's name, for C; it lives as long as the class.
    pub fn scheme_name_c(&self) -> Option<&CStr> {
        name_of(self.slots())
    }

    /// The realm, for C; it lives until another is set.
    pub fn realm_c(&self) -> *const c_char {
        self.state().realm.as_deref().map_or(ptr::null(), CStr::as_ptr)
    }

    /// Host and port of the server, for C; it lives until another is set.
    pub fn authority_c(&self) -> *const c_char {
        self.state()
            .authority
            .as_deref()
            .map_or(ptr::null(), CStr::as_ptr)
    }

    /// Whether a proxy has asked.
    pub fn is_for_proxy(&self) -> bool {
        self.state().is_for_proxy
    }

    pub(super) fn as_ptr(&self) -> *mut SoupAuth {
        self.as_object_ref().to_glib_none().0.cast()
    }

    fn slots(&self) -> &SoupAuthClass {
        self.class().as_ref()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.imp().state()
    }
}

fn name_of(class: &SoupAuthClass) -> Option<&CStr> {
    // SAFETY: the class struct's contract: NULL or a string as static as the class.
    (!class.scheme_name.is_null()).then(|| unsafe { CStr::from_ptr(class.scheme_name) })
}

/// The URI of the proxy that a message goes through.
pub(super) fn proxy_uri(message: &Message) -> Option<glib::Uri> {
    let address = message.remote_address()?;
    let proxy = address.downcast_ref::<gio::ProxyAddress>()?;
    message_uri::parse(&proxy.property::<Option<String>>("uri")?)
}

/// Host and port, as libsoup writes them.
fn authority(uri: &glib::Uri) -> Option<CString> {
    let port = u16::try_from(uri.port()).unwrap_or_else(|_| message_uri::default_port(&uri.scheme()));
    CString::new(format!("{}:{port}", uri.host()?)).ok()
}

/// Whether the challenges of a scheme are tokens: one that is padded with a single sign looks like a parameter without a value.
fn speaks_in_tokens(challenge: &Challenge<'_>) -> bool {
    challenge.is("NTLM") || challenge.is("Negotiate")
}

/// The parameters of a challenge as slots get them. A challenge of one word (NTLM's messages) is a name without a value.
fn new_table(challenge: &Challenge<'_>) -> *mut GHashTable {
    match challenge.token68 {
        Some(token) if challenge.params.is_empty() || speaks_in_tokens(challenge) => {
            params::new_table(&[Param {
                name: token.as_bytes(),
                value: None,
            }])
        }
        _ => params::new_table(&challenge.params),
    }
}

/// What an auth knows whatever its scheme.
#[derive(Default)]
pub struct State {
    realm: Option<CString>,
    authority: Option<CString>,
    is_for_proxy: bool,
    is_cancelled: bool,
    answers: u32,
    waiting: u32,
}

const PROXY_AUTHENTICATION_REQUIRED: u32 = 407;

unsafe extern "C" fn can_always(_auth: *mut SoupAuth) -> gboolean {
    glib::ffi::GTRUE
}

pub(super) mod imp {
    use super::*;

    /// What an auth holds.
    #[derive(Default)]
    pub struct Auth(Mutex<State>);

    impl Auth {
        pub(super) fn state(&self) -> MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Auth {
        const NAME: &'static str = "SoupAuth";
        const ABSTRACT: bool = true;
        type Type = super::Auth;
        type Instance = SoupAuth;
        type Class = SoupAuthClass;

        fn class_init(class: &mut Self::Class) {
            class.can_authenticate = Some(can_always);
        }
    }

    impl ObjectImpl for Auth {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: std::sync::OnceLock<[glib::ParamSpec; 6]> = std::sync::OnceLock::new();
            PROPERTIES.get_or_init(|| {
                let read = |name| glib::ParamSpecBoolean::builder(name).read_only().build();
                [
                    glib::ParamSpecString::builder("scheme-name").read_only().build(),
                    glib::ParamSpecString::builder("realm").build(),
                    glib::ParamSpecString::builder("authority").build(),
                    glib::ParamSpecBoolean::builder("is-for-proxy").build(),
                    read("is-authenticated"),
                    read("is-cancelled"),
                ]
            })
        }

        fn set_property(&self, _id: usize, value: &glib::Value, spec: &glib::ParamSpec) {
            let text = || {
                let text: Option<&str> = value.get().ok().flatten();
                text.and_then(|text| CString::new(text).ok())
            };
            match spec.name() {
                "realm" => self.state().realm = text(),
                "authority" => self.state().authority = text(),
                _ => self.state().is_for_proxy = value.get().unwrap_or_default(),
            }
        }

        fn property(&self, _id: usize, spec: &glib::ParamSpec) -> glib::Value {
            let auth = self.obj();
            let text = |text: Option<&CStr>| text.and_then(|text| text.to_str().ok()).to_value();
            match spec.name() {
                "scheme-name" => text(auth.scheme_name_c()),
                "realm" => text(self.state().realm.as_deref()),
                "authority" => text(self.state().authority.as_deref()),
                "is-for-proxy" => self.state().is_for_proxy.to_value(),
                "is-authenticated" => auth.is_authenticated().to_value(),
                _ => auth.is_cancelled().to_value(),
            }
        }
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupAuth {
    type Type = imp::Auth;
}

// SAFETY: repr(C), and the parent's struct comes first. GLib zeroes a class: all slots begin as NULL.
unsafe impl ClassStruct for SoupAuthClass {
    type Type = imp::Auth;
}

/// What a Rust class of auths says about itself; its slots are those of [`Scheme`](super::scheme::Scheme).
pub trait AuthImpl: ObjectImpl {}

// SAFETY: the class struct of every subclass begins with ours.
unsafe impl<T: AuthImpl> IsSubclassable<T> for Auth {}
