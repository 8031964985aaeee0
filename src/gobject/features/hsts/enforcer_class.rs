//! The class of `SoupHSTSEnforcer`: its C struct, which programs derive from, and its signal.

use std::ffi::{CStr, c_char, c_void};
use std::mem::offset_of;

use glib::ffi::gboolean;
use glib::gobject_ffi;
use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::SoupHSTSPolicy;
use super::enforcer::{HstsEnforcer, Parts};
use super::policy::policy_type;
use crate::gobject::{Message, Session, SessionFeature, SessionFeatureImpl, Verdict};

/// The instance struct.
#[repr(C)]
pub struct SoupHSTSEnforcer {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct, slot by slot libsoup's.
#[repr(C)]
pub struct SoupHSTSEnforcerClass {
    parent_class: gobject_ffi::GObjectClass,
    /// Whether policies outlive the program.
    pub is_persistent: Option<unsafe extern "C" fn(*mut SoupHSTSEnforcer) -> gboolean>,
    /// Whether a host has a policy of its own.
    pub has_valid_policy: Option<unsafe extern "C" fn(*mut SoupHSTSEnforcer, *const c_char) -> gboolean>,
    /// The default handler of "changed".
    pub changed:
        Option<unsafe extern "C" fn(*mut SoupHSTSEnforcer, *mut SoupHSTSPolicy, *mut SoupHSTSPolicy)>,
    padding: [*mut c_void; 4],
}

const _: () = assert!(size_of::<SoupHSTSEnforcer>() == 24);
const _: () = assert!(size_of::<SoupHSTSEnforcerClass>() == 192);

pub(super) mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct HstsEnforcer(pub(in super::super) Parts);

    #[glib::object_subclass]
    impl ObjectSubclass for HstsEnforcer {
        const NAME: &'static str = "SoupHSTSEnforcer";
        type Type = super::HstsEnforcer;
        type Instance = SoupHSTSEnforcer;
        type Class = SoupHSTSEnforcerClass;
        type Interfaces = (SessionFeature,);

        fn class_init(class: &mut SoupHSTSEnforcerClass) {
            class.is_persistent = Some(never);
            class.has_valid_policy = Some(has_valid_policy);
            super::install_signal(class);
        }
    }

    impl ObjectImpl for HstsEnforcer {}

    impl HstsEnforcer {
        fn enforce(&self, message: &Message) {
            if message.method().is_none_or(|method| method != "CONNECT") {
                self.obj().enforce(message);
            }
        }
    }

    impl SessionFeatureImpl for HstsEnforcer {
        fn request_queued(&self, _session: &Session, message: &Message) {
            self.enforce(message);
        }

        fn restarting(&self, _session: &Session, message: &Message) {
            self.enforce(message);
        }

        // Handlers of "request-queued" and "restarted" may have set another URI.
        fn prepare(&self, _session: &Session, message: &Message) {
            self.enforce(message);
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
unsafe impl InstanceStruct for SoupHSTSEnforcer {
    type Type = imp::HstsEnforcer;
}

// SAFETY: repr(C), and the parent's struct comes first. GLib zeroes a class: all slots begin as NULL.
unsafe impl ClassStruct for SoupHSTSEnforcerClass {
    type Type = imp::HstsEnforcer;
}

/// What a Rust class of enforcers says about itself.
pub trait HstsEnforcerImpl: ObjectImpl {
    /// Whether policies outlive the program.
    const PERSISTENT: bool;
}

// SAFETY: the class struct of every subclass begins with ours.
unsafe impl<T: HstsEnforcerImpl> IsSubclassable<T> for HstsEnforcer {
    fn class_init(class: &mut glib::Class<Self>) {
        Self::parent_class_init::<T>(class);
        class.as_mut().is_persistent = Some(if T::PERSISTENT { always } else { never });
    }
}

/// "changed" has a class handler at an offset in the class struct, which only GObject's own function takes.
fn install_signal(class: &mut SoupHSTSEnforcerClass) {
    // SAFETY: the class is being initialized; the slot takes what the signal says.
    unsafe {
        gobject_ffi::g_signal_new(
            c"changed".as_ptr(),
            class.parent_class.g_type_class.g_type,
            gobject_ffi::G_SIGNAL_RUN_FIRST,
            // The struct has 192 bytes.
            offset_of!(SoupHSTSEnforcerClass, changed) as u32,
            None,
            std::ptr::null_mut(),
            None,
            gobject_ffi::G_TYPE_NONE,
            2,
            policy_type(),
            policy_type(),
        );
    }
}

unsafe extern "C" fn never(_enforcer: *mut SoupHSTSEnforcer) -> gboolean {
    false.into_glib()
}

unsafe extern "C" fn always(_enforcer: *mut SoupHSTSEnforcer) -> gboolean {
    true.into_glib()
}

unsafe extern "C" fn has_valid_policy(enforcer: *mut SoupHSTSEnforcer, domain: *const c_char) -> gboolean {
    // SAFETY: the slot is called on instances of the class, with a string.
    let (enforcer, domain) = unsafe {
        let object: Borrowed<glib::Object> = from_glib_borrow(enforcer.cast::<gobject_ffi::GObject>());
        (object, CStr::from_ptr(domain))
    };
    let knows = enforcer
        .downcast_ref::<HstsEnforcer>()
        .is_some_and(|enforcer| enforcer.knows(&domain.to_string_lossy()));
    knows.into_glib()
}
