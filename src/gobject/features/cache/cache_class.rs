//! The class of `SoupCache`: its C struct, which programs derive from, its properties, and what its functions do.

use std::ffi::{CStr, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use gio::prelude::*;
use glib::gobject_ffi;
use glib::subclass::prelude::*;
use glib::translate::*;
use glib::{ParamSpec, ParamSpecEnum, ParamSpecString, Value};

use super::disk::Disk;
use super::enums::{CacheType, Cacheability, SoupCacheability};
use super::exchange::{Core, cacheability};
use super::state::{State, key, lock};
use crate::gobject::features::file_name::{file_of, file_value, value_of};
use crate::gobject::message::SoupMessage;
use crate::gobject::session::dispatcher::Waker;
use crate::gobject::session::feature::BodyStage;
use crate::gobject::{Message, Session, SessionFeature, SessionFeatureImpl, Verdict};
use crate::proto::http1::head::ResponseHead;
use crate::proto::http1::headers::HeaderList;

/// The instance struct.
#[repr(C)]
pub struct SoupCache {
    parent_instance: gobject_ffi::GObject,
}

/// The class struct, slot by slot libsoup's.
#[repr(C)]
pub struct SoupCacheClass {
    parent_class: gobject_ffi::GObjectClass,
    /// What the response to a message does to the cache.
    pub get_cacheability: Option<unsafe extern "C" fn(*mut SoupCache, *mut SoupMessage) -> SoupCacheability>,
    padding: [*mut c_void; 4],
}

const _: () = assert!(size_of::<SoupCache>() == 24);
const _: () = assert!(size_of::<SoupCacheClass>() == 176);

glib::wrapper! {
    /// Keeps responses, and answers requests with them.
    pub struct Cache(ObjectSubclass<imp::Cache>) @implements SessionFeature;
}

impl Cache {
    /// A cache in that folder, which need not exist yet; `None` for the user's.
    pub fn new(place: Option<&CStr>, kind: CacheType) -> Cache {
        let place = place.map_or_else(|| None::<&str>.to_value(), file_value);
        glib::Object::builder()
            .property("cache-dir", place)
            .property("cache-type", kind)
            .build()
    }

    fn core(&self) -> &Arc<Core> {
        self.imp().core()
    }

    /// What the response to a message does to the cache. The class decides: call with nothing borrowed.
    fn cacheability(&self, message: &Message) -> Cacheability {
        let slot = self.class().as_ref().get_cacheability;
        let cache: *mut gobject_ffi::GObject = self.as_object_ref().to_glib_none().0;
        // SAFETY: the class promises the slot's contract.
        let flags = slot.map_or(0, |slot| unsafe { slot(cache.cast(), message.as_ptr()) });
        Cacheability::from_bits_truncate(flags)
    }

    /// How many bytes it is for.
    pub fn max_size(&self) -> u32 {
        u32::try_from(lock(&self.core().state).index.max()).unwrap_or(u32::MAX)
    }

    /// Changes how many bytes it is for.
    pub fn set_max_size(&self, size: u32) {
        let core = self.core();
        let leaving = lock(&core.state).index.set_max(size.into());
        core.disk.remove(leaving);
    }

    /// Has what is stored in files taken in.
    pub fn load(&self) {
        self.core().disk.load();
    }

    /// Waits until all that is stored is in files.
    pub fn flush(&self) {
        self.core().disk.wait();
        self.core().tell();
    }

    /// Forgets everything.
    pub fn clear(&self) {
        lock(&self.core().state).index.clear();
        self.core().disk.clear();
    }
}

mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct Cache {
        place: OnceLock<PathBuf>,
        kind: OnceLock<CacheType>,
        core: OnceLock<Arc<Core>>,
    }

    impl Cache {
        /// It is made when the properties are set.
        pub(super) fn core(&self) -> &Arc<Core> {
            self.core.get_or_init(|| {
                let state = Arc::new(Mutex::new(State::new()));
                let place = self.place.get().cloned().unwrap_or_default();
                // The program may go elsewhere before the folder is opened.
                let place = std::path::absolute(&place).unwrap_or(place);
                Arc::new(Core {
                    disk: Disk::new(place, state.clone()),
                    state,
                    scope: self.kind.get().copied().unwrap_or_default().into(),
                })
            })
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Cache {
        const NAME: &'static str = "SoupCache";
        type Type = super::Cache;
        type Instance = SoupCache;
        type Class = SoupCacheClass;
        type Interfaces = (SessionFeature,);

        fn class_init(class: &mut SoupCacheClass) {
            class.get_cacheability = Some(super::get_cacheability);
        }
    }

    impl ObjectImpl for Cache {
        fn properties() -> &'static [ParamSpec] {
            static PROPERTIES: OnceLock<[ParamSpec; 2]> = OnceLock::new();
            PROPERTIES.get_or_init(|| {
                [
                    ParamSpecString::builder("cache-dir").construct_only().build(),
                    ParamSpecEnum::builder_with_default("cache-type", CacheType::SingleUser)
                        .construct_only()
                        .build(),
                ]
            })
        }

        fn set_property(&self, _id: usize, value: &Value, spec: &ParamSpec) {
            // Set once, when the object is made.
            match spec.name() {
                "cache-dir" => {
                    let users = || glib::user_cache_dir().join("httpcache");
                    let _ = self.place.set(file_of(value).unwrap_or_else(users));
                }
                _ => {
                    let _ = self.kind.set(value.get().unwrap_or_default());
                }
            }
        }

        fn property(&self, _id: usize, spec: &ParamSpec) -> Value {
            match spec.name() {
                "cache-dir" => value_of(self.place.get().map(Path::new)),
                _ => self.kind.get().copied().unwrap_or_default().to_value(),
            }
        }
    }

    impl SessionFeatureImpl for Cache {
        fn request_queued(&self, _session: &Session, message: &Message) {
            let old = lock(&self.core().state)
                .exchanges
                .insert(key(message), Default::default());
            drop(old);
        }

        fn request_unqueued(&self, _session: &Session, message: &Message) {
            // Without an answer the request's headers are still ours.
            self.core().take_back(message);
            let old = lock(&self.core().state).exchanges.remove(&key(message));
            drop(old);
        }

        fn find_response(
            &self,
            _session: &Session,
            message: &Message,
            headers: &dyn Fn() -> HeaderList,
            waker: Waker,
        ) -> Verdict {
            self.core().find(message, headers, waker)
        }

        fn will_send(&self, _session: &Session, message: &Message) {
            if message.method().is_some_and(|method| method == "GET") {
                self.core().note_request(message);
            }
        }

        fn revise_head(&self, _session: &Session, message: &Message, head: &mut ResponseHead) {
            self.core().revise(message, head);
        }

        fn got_head(&self, _session: &Session, message: &Message) -> Verdict {
            let cacheability = self.obj().cacheability(message);
            self.core().decide(message, cacheability)
        }

        fn body_stage(&self) -> BodyStage {
            BodyStage::Encoded
        }

        fn wrap_body(
            &self,
            _session: &Session,
            message: &Message,
            body: &gio::InputStream,
        ) -> Option<gio::InputStream> {
            self.core().copy(message, body).map(Cast::upcast)
        }
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupCache {
    type Type = imp::Cache;
}

// SAFETY: repr(C), and the parent's struct comes first. GLib zeroes a class: all slots begin as NULL.
unsafe impl ClassStruct for SoupCacheClass {
    type Type = imp::Cache;
}

unsafe extern "C" fn get_cacheability(cache: *mut SoupCache, message: *mut SoupMessage) -> SoupCacheability {
    // SAFETY: the slot is called on instances of the class, with a message.
    let (cache, message) = unsafe {
        let cache: Borrowed<glib::Object> = from_glib_borrow(cache.cast::<gobject_ffi::GObject>());
        let message: Borrowed<Message> = from_glib_borrow(message);
        (cache, message)
    };
    let scope = cache.downcast_ref::<Cache>().map(|cache| cache.core().scope);
    scope.map_or(0, |scope| cacheability(&message, scope).bits())
}
