//! The stream of one part of a body that is still coming.

use std::sync::{Arc, OnceLock};

use gio::prelude::*;
use gio::subclass::prelude::*;

use super::input_stream::error_of;
use super::reader::{Reader, Step};
use crate::gobject::glue::streams::{append_polled, closes_at_once, pollable, source_of};
use crate::reactor::{PollableInput, Room, implement_pollable_input};

glib::wrapper! {
    /// The stream of one part. It ends with the part, and when the next one is asked for.
    pub struct PartStream(ObjectSubclass<imp::PartStream>)
        @extends gio::InputStream, @implements gio::PollableInputStream;
}

impl PartStream {
    /// The stream of part `number` of what `base` gives. `whole` lives as long as this.
    pub(super) fn new(
        base: gio::InputStream,
        reader: Arc<Reader>,
        number: u64,
        whole: &impl IsA<gio::InputStream>,
    ) -> PartStream {
        let part: PartStream = glib::Object::new();
        // The object is new.
        let _ = part.imp().source.set(Source {
            base,
            reader,
            number,
            _whole: whole.clone().upcast(),
        });
        part
    }
}

/// How much is read at once.
const READ: usize = 16 * 1024;

/// Where a part comes from.
pub(super) struct Source {
    base: gio::InputStream,
    reader: Arc<Reader>,
    number: u64,
    _whole: gio::InputStream,
}

impl Source {
    /// Copies what there is, and has `read` get more where that is nothing.
    fn read(
        &self,
        into: &mut [u8],
        mut read: impl FnMut() -> Result<Vec<u8>, glib::Error>,
    ) -> Result<usize, glib::Error> {
        loop {
            match self.reader.data(self.number, into).map_err(error_of)? {
                Step::Done(count) => return Ok(count.unwrap_or_default()),
                Step::NeedsInput => self.reader.feed(&read()?),
            }
        }
    }
}

mod imp {
    use super::*;

    /// Where the part comes from.
    #[derive(Default)]
    pub struct PartStream {
        pub(super) source: OnceLock<Source>,
    }

    // SAFETY: GIO's streams count their references atomically, and who shares one takes turns, as GIO demands.
    unsafe impl Send for PartStream {}

    #[glib::object_subclass]
    impl ObjectSubclass for PartStream {
        const NAME: &'static str = "BisqueMultipartPart";
        type Type = super::PartStream;
        type ParentType = gio::InputStream;
        type Interfaces = (gio::PollableInputStream,);

        fn class_init(class: &mut Self::Class) {
            // SAFETY: the class of an input stream's subclass begins with GInputStreamClass.
            closes_at_once(unsafe { &mut *std::ptr::from_mut(class).cast() });
        }
    }

    impl ObjectImpl for PartStream {}

    impl InputStreamImpl for PartStream {
        fn read(
            &self,
            into: &mut [u8],
            cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            let Some(source) = self.source.get() else {
                return Ok(0);
            };
            source.read(into, || {
                let bytes = source.base.read_bytes(READ, cancellable)?;
                Ok(bytes.to_vec())
            })
        }

        // The stream below goes on with the next part.
        fn close(&self, _cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            Ok(())
        }
    }
}

impl PollableInput for imp::PartStream {
    fn can_poll(&self) -> bool {
        self.source
            .get()
            .is_some_and(|source| pollable(&source.base).is_some())
    }

    fn is_readable(&self) -> bool {
        self.source.get().is_none_or(|source| {
            source.reader.has_data(source.number)
                || pollable(&source.base).is_some_and(|base| base.is_readable())
        })
    }

    fn source_below(&self) -> Option<glib::Source> {
        source_of(&self.source.get()?.base)
    }

    fn source_of_rest(&self) -> Option<glib::Source> {
        let source = self.source.get()?;
        let (reader, number) = (source.reader.clone(), source.number);
        reader.has_data(number).then(|| {
            glib::timeout_source_new(
                std::time::Duration::ZERO,
                None,
                glib::Priority::DEFAULT,
                move || match reader.has_data(number) {
                    true => glib::ControlFlow::Continue,
                    false => glib::ControlFlow::Break,
                },
            )
        })
    }

    fn read_nonblocking(&self, into: Room<'_>) -> Result<usize, glib::Error> {
        let Some(source) = self.source.get() else {
            return Ok(0);
        };
        source.read(into.cleared(), || {
            let mut more = Vec::new();
            let base = pollable(&source.base).ok_or_else(|| {
                glib::Error::new(gio::IOErrorEnum::NotSupported, "The stream cannot be polled")
            })?;
            append_polled(base, &mut more, READ)?;
            Ok(more)
        })
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::PartStream> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        implement_pollable_input::<imp::PartStream>(interface);
    }
}
