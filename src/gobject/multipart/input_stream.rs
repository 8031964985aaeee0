//! `SoupMultipartInputStream`: the parts of a response's body as they come, each a stream of its own.

use std::cell::{OnceCell, RefCell};
use std::sync::{Arc, OnceLock};

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::translate::*;

use super::part::PartStream;
use super::reader::{Reader, Step};
use crate::gobject::glue::streams::{pollable, read_polled, source_of};
use crate::gobject::{Message, MessageHeaders};
use crate::proto::multipart::Violation;
use crate::reactor::{PollableInput, Room, implement_pollable_input};

/// The instance struct.
#[repr(C)]
pub struct SoupMultipartInputStream {
    parent_instance: gio::ffi::GFilterInputStream,
}

/// The class struct.
#[repr(C)]
pub struct SoupMultipartInputStreamClass {
    parent_class: gio::ffi::GFilterInputStreamClass,
}

const _: () = assert!(size_of::<SoupMultipartInputStream>() == 40);
const _: () = assert!(size_of::<SoupMultipartInputStreamClass>() == 272);

glib::wrapper! {
    /// The parts of a response's body as they come.
    pub struct MultipartInputStream(ObjectSubclass<imp::MultipartInputStream>)
        @extends gio::FilterInputStream, gio::InputStream, @implements gio::PollableInputStream;
}

/// What the next part is waited for with.
pub type PartCallback = Box<dyn FnOnce(Result<Option<gio::InputStream>, glib::Error>)>;

/// How much is read at once.
const READ: usize = 16 * 1024;

impl MultipartInputStream {
    /// The parts of the body of `message`, which `base` gives.
    pub fn new(message: &Message, base: &gio::InputStream) -> MultipartInputStream {
        glib::Object::builder()
            .property("message", message)
            .property("base-stream", base)
            .build()
    }

    /// The headers of the current part; `None` before the first and behind the last.
    pub fn headers(&self) -> Option<MessageHeaders> {
        self.imp().headers.borrow().clone()
    }

    /// Waits for the next part; `None` behind the last one.
    pub fn next_part(
        &self,
        cancellable: Option<&gio::Cancellable>,
    ) -> Result<Option<gio::InputStream>, glib::Error> {
        loop {
            let reader = self.reader()?;
            if let Some(part) = self.take_part(&reader)? {
                return Ok(part);
            }
            let bytes = self.base_stream().read_bytes(READ, cancellable)?;
            reader.feed(&bytes);
        }
    }

    /// The same without blocking: `done` is called from the thread's main context.
    pub fn next_part_async(
        &self,
        priority: glib::Priority,
        cancellable: Option<gio::Cancellable>,
        done: PartCallback,
    ) {
        let outcome = self
            .reader()
            .and_then(|reader| self.take_part(&reader).map(|part| (reader, part)));
        let reader = match outcome {
            Ok((reader, None)) => reader,
            Ok((_, Some(part))) => return done(Ok(part)),
            Err(error) => return done(Err(error)),
        };
        let (this, again) = (self.clone(), cancellable.clone());
        self.base_stream()
            .read_bytes_async(READ, priority, cancellable.as_ref(), move |read| match read {
                Ok(bytes) => {
                    reader.feed(&bytes);
                    this.next_part_async(priority, again, done);
                }
                Err(error) => done(Err(error)),
            });
    }

    /// The next part, as far as it has come; the outer `None` where more must be read.
    fn take_part(&self, reader: &Arc<Reader>) -> Result<Option<Option<gio::InputStream>>, glib::Error> {
        let part = match reader.next_part().map_err(error_of)? {
            Step::NeedsInput => return Ok(None),
            Step::Done(part) => part,
        };
        let (headers, number) = part.map_or((None, 0), |(headers, number)| {
            (Some(MessageHeaders::from_list(headers)), number)
        });
        let old = self.imp().headers.replace(headers.clone());
        drop(old);
        Ok(Some(headers.map(|_| {
            PartStream::new(self.base_stream(), reader.clone(), number, self).upcast()
        })))
    }

    fn reader(&self) -> Result<Arc<Reader>, glib::Error> {
        self.imp().reader.get().cloned().ok_or_else(|| {
            glib::Error::new(
                gio::IOErrorEnum::InvalidData,
                "The message has no Content-Type of a multipart body with a boundary",
            )
        })
    }
}

/// What a violation is for programs.
pub(super) fn error_of(violation: Violation) -> glib::Error {
    let kind = match violation {
        Violation::Truncated => gio::IOErrorEnum::PartialInput,
        _ => gio::IOErrorEnum::InvalidData,
    };
    glib::Error::new(kind, &violation.to_string())
}

mod imp {
    use super::*;

    /// What the stream holds.
    #[derive(Default)]
    pub struct MultipartInputStream {
        pub(super) message: OnceCell<Message>,
        pub(super) reader: OnceCell<Arc<Reader>>,
        pub(super) headers: RefCell<Option<MessageHeaders>>,
    }

    // SAFETY: GIO's streams count their references atomically, and who shares one takes turns, as GIO demands.
    unsafe impl Send for MultipartInputStream {}

    #[glib::object_subclass]
    impl ObjectSubclass for MultipartInputStream {
        const NAME: &'static str = "SoupMultipartInputStream";
        const FINAL: bool = true;
        type Type = super::MultipartInputStream;
        type ParentType = gio::FilterInputStream;
        type Instance = SoupMultipartInputStream;
        type Class = SoupMultipartInputStreamClass;
        type Interfaces = (gio::PollableInputStream,);
    }

    impl ObjectImpl for MultipartInputStream {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: OnceLock<[glib::ParamSpec; 1]> = OnceLock::new();
            PROPERTIES.get_or_init(|| {
                [glib::ParamSpecObject::builder::<Message>("message")
                    .construct_only()
                    .build()]
            })
        }

        fn set_property(&self, _id: usize, value: &glib::Value, _spec: &glib::ParamSpec) {
            if let Some(message) = value.get().ok().flatten() {
                // Set once, when the object is made.
                let _ = self.message.set(message);
            }
        }

        fn property(&self, _id: usize, _spec: &glib::ParamSpec) -> glib::Value {
            self.message.get().to_value()
        }

        fn constructed(&self) {
            self.parent_constructed();
            let headers = self.message.get().map(|message| message.response_headers());
            let reader = headers.and_then(|headers| Reader::new(headers.list().one("Content-Type")?));
            match reader {
                Some(reader) => {
                    // Set here only.
                    let _ = self.reader.set(Arc::new(reader));
                }
                None => glib::g_warning!("libsoup", "A message without a boundary is no multipart message"),
            }
        }
    }

    // What is read from the stream itself comes from the stream below.
    impl InputStreamImpl for MultipartInputStream {}
}

impl PollableInput for imp::MultipartInputStream {
    fn can_poll(&self) -> bool {
        pollable(&self.obj().base_stream()).is_some()
    }

    fn is_readable(&self) -> bool {
        pollable(&self.obj().base_stream()).is_some_and(|base| base.is_readable())
    }

    fn source_below(&self) -> Option<glib::Source> {
        source_of(&self.obj().base_stream())
    }

    fn read_nonblocking(&self, into: Room<'_>) -> Result<usize, glib::Error> {
        let base = self.obj().base_stream();
        pollable(&base).map_or(Ok(0), |base| read_polled(base, into))
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::MultipartInputStream> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        implement_pollable_input::<imp::MultipartInputStream>(interface);
    }
}

// SAFETY: the parent's class is initialized first; nothing of its own is overridden.
unsafe impl IsSubclassable<imp::MultipartInputStream> for gio::FilterInputStream {}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupMultipartInputStream {
    type Type = imp::MultipartInputStream;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupMultipartInputStreamClass {
    type Type = imp::MultipartInputStream;
}
