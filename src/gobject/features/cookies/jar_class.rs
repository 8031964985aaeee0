//! The class of `SoupCookieJar`: its C struct, which programs derive from, its properties and its signal.

use std::ffi::c_void;
use std::mem::offset_of;
use std::sync::OnceLock;

use glib::ffi::gboolean;
use glib::gobject_ffi;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{ParamSpec, ParamSpecBoolean, ParamSpecEnum, Value};

use super::SoupCookie;
use super::cookie::cookie_type;
use super::enums::AcceptPolicy;
use super::jar::{CookieJar, Parts};
use crate::gobject::{Message, Session, SessionFeature, SessionFeatureImpl, Verdict};
use crate::proto::http1::headers::HeaderList;

/// The instance struct.
#[repr(C)]
pub struct SoupCookieJar {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct, slot by slot libsoup's.
#[repr(C)]
pub struct SoupCookieJarClass {
    parent_class: gobject_ffi::GObjectClass,
    /// Nobody calls it; subclasses from before "changed" have it.
    pub save: Option<unsafe extern "C" fn(*mut SoupCookieJar)>,
    /// Whether cookies outlive the program.
    pub is_persistent: Option<unsafe extern "C" fn(*mut SoupCookieJar) -> gboolean>,
    /// The default handler of "changed".
    pub changed: Option<unsafe extern "C" fn(*mut SoupCookieJar, *mut SoupCookie, *mut SoupCookie)>,
    padding: [*mut c_void; 6],
}

const _: () = assert!(size_of::<SoupCookieJar>() == 24);
const _: () = assert!(size_of::<SoupCookieJarClass>() == 208);

pub(super) mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct CookieJar(pub(in super::super) Parts);

    #[glib::object_subclass]
    impl ObjectSubclass for CookieJar {
        const NAME: &'static str = "SoupCookieJar";
        type Type = super::CookieJar;
        type Instance = SoupCookieJar;
        type Class = SoupCookieJarClass;
        type Interfaces = (SessionFeature,);

        fn class_init(class: &mut SoupCookieJarClass) {
            class.is_persistent = Some(never);
            super::install_signal(class);
        }
    }

    impl ObjectImpl for CookieJar {
        fn properties() -> &'static [ParamSpec] {
            static PROPERTIES: OnceLock<[ParamSpec; 2]> = OnceLock::new();
            PROPERTIES.get_or_init(|| {
                [
                    ParamSpecBoolean::builder("read-only").construct_only().build(),
                    ParamSpecEnum::builder_with_default("accept-policy", AcceptPolicy::Always).build(),
                ]
            })
        }

        fn set_property(&self, _id: usize, value: &Value, spec: &ParamSpec) {
            let mut state = self.0.lock();
            match spec.name() {
                "read-only" => state.read_only = value.get().unwrap_or_default(),
                _ => state.policy = value.get().unwrap_or(AcceptPolicy::Always),
            }
        }

        fn property(&self, _id: usize, spec: &ParamSpec) -> Value {
            let state = self.0.lock();
            match spec.name() {
                "read-only" => state.read_only.to_value(),
                _ => state.policy.to_value(),
            }
        }
    }

    impl SessionFeatureImpl for CookieJar {
        fn will_send(&self, _session: &Session, message: &Message) {
            // A proxy has no business with the cookies of who lies behind it (CVE-2026-5119).
            if message.method().is_none_or(|method| method != "CONNECT") {
                self.obj().fill_request(message);
            }
        }

        fn foresee(&self, message: &Message, headers: &mut HeaderList) {
            match self.obj().cookies_of(message) {
                None => {}
                Some(cookies) if cookies.is_empty() => _ = headers.remove("Cookie"),
                // What no header can hold is left out.
                Some(cookies) => _ = headers.replace("Cookie", cookies),
            }
        }

        fn got_head(&self, _session: &Session, message: &Message) -> Verdict {
            if message.method().is_none_or(|method| method != "CONNECT") {
                self.obj().take_response(message);
            }
            Verdict::Continue
        }
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupCookieJar {
    type Type = imp::CookieJar;
}

// SAFETY: repr(C), and the parent's struct comes first. GLib zeroes a class: all slots begin as NULL.
unsafe impl ClassStruct for SoupCookieJarClass {
    type Type = imp::CookieJar;
}

/// What a Rust class of jars says about itself.
pub trait CookieJarImpl: ObjectImpl {
    /// Whether cookies outlive the program.
    const PERSISTENT: bool;
}

// SAFETY: the class struct of every subclass begins with ours.
unsafe impl<T: CookieJarImpl> IsSubclassable<T> for CookieJar {
    fn class_init(class: &mut glib::Class<Self>) {
        Self::parent_class_init::<T>(class);
        class.as_mut().is_persistent = Some(if T::PERSISTENT { always } else { never });
    }
}

/// "changed" has a class handler at an offset in the class struct, which only GObject's own function takes.
fn install_signal(class: &mut SoupCookieJarClass) {
    // SAFETY: the class is being initialized; the slot takes what the signal says.
    unsafe {
        gobject_ffi::g_signal_new(
            c"changed".as_ptr(),
            class.parent_class.g_type_class.g_type,
            gobject_ffi::G_SIGNAL_RUN_FIRST,
            // The struct has 208 bytes.
            offset_of!(SoupCookieJarClass, changed) as u32,
            None,
            std::ptr::null_mut(),
            None,
            gobject_ffi::G_TYPE_NONE,
            2,
            cookie_type(),
            cookie_type(),
        );
    }
}

unsafe extern "C" fn never(_jar: *mut SoupCookieJar) -> gboolean {
    false.into_glib()
}

unsafe extern "C" fn always(_jar: *mut SoupCookieJar) -> gboolean {
    true.into_glib()
}
