//! A response's body through a filter: a stream around another, pollable if the other is.
//!
//! Law: the filter is taken out of its cell while it works, because the stream below calls handlers of the program's, which may
//! read or close this very stream. A read within a read fails with `PENDING`.

use std::cell::RefCell;

use gio::prelude::*;
use gio::subclass::prelude::*;

use crate::gobject::glue::errors::io_error;
use crate::gobject::glue::streams::{pollable, read_nonblocking, reads_by_itself, source_of};
use crate::reactor::{PollableInput, Room, at_once, implement_pollable_input};

glib::wrapper! {
    /// A body through a filter.
    pub struct FilteredBody(ObjectSubclass<imp::FilteredBody>)
        @extends gio::FilterInputStream, gio::InputStream, @implements gio::PollableInputStream;
}

/// Reads from the stream below: into the buffer, at most as much as it holds; 0 is the end.
pub type Below<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<usize, glib::Error>;

/// What happens to the bytes of a body.
pub trait BodyFilter {
    /// Reads into `into`, which is not empty; 0 is the end. `below` may fail with `WOULD_BLOCK`: the filter passes that on, and
    /// goes on from there when it is called again.
    fn read(&mut self, into: &mut [u8], below: Below<'_>) -> Result<usize, glib::Error>;

    /// Whether the filter can give something, or fail, without reading from below.
    fn has_rest(&self) -> bool {
        false
    }

    /// Reads what has to be known before the body is handed to the program. Returns whether it is; `false` means that `below`
    /// would block.
    fn look_ahead(&mut self, _below: Below<'_>) -> bool {
        true
    }
}

impl FilteredBody {
    /// What `base` gives, through `filter`.
    pub fn new(base: &gio::InputStream, filter: impl BodyFilter + 'static) -> FilteredBody {
        let stream: FilteredBody = glib::Object::builder().property("base-stream", base).build();
        stream.imp().filter.replace(Some(Box::new(filter)));
        stream
    }

    /// Has the filter look ahead: whether it is done.
    pub fn look_ahead(&self) -> bool {
        let imp = self.imp();
        let polls = imp.can_poll();
        imp.with(|filter, base| {
            let mut below = |buffer: &mut [u8]| match polls {
                true => read_nonblocking(base, Room::of(buffer)),
                false => base.read(buffer, gio::Cancellable::NONE),
            };
            Ok(filter.look_ahead(&mut below))
        })
        .unwrap_or(true)
    }
}

mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct FilteredBody {
        pub(super) filter: RefCell<Option<Box<dyn BodyFilter>>>,
    }

    // SAFETY: GIO's streams count their references atomically, and who shares one takes turns, as GIO demands.
    unsafe impl Send for FilteredBody {}

    #[glib::object_subclass]
    impl ObjectSubclass for FilteredBody {
        const NAME: &'static str = "SoupFilteredBody";
        type Type = super::FilteredBody;
        type ParentType = gio::FilterInputStream;
        type Interfaces = (gio::PollableInputStream,);

        fn class_init(class: &mut Self::Class) {
            // SAFETY: the class of an input stream's subclass begins with GInputStreamClass.
            reads_by_itself(unsafe { &mut *std::ptr::from_mut(class).cast() });
        }
    }

    impl ObjectImpl for FilteredBody {}

    impl InputStreamImpl for FilteredBody {
        fn read(
            &self,
            into: &mut [u8],
            cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            if let Some(cancellable) = cancellable {
                // What the filter holds is not read from below, where that is asked too.
                cancellable.set_error_if_cancelled()?;
            }
            self.filtered(into, &mut |base, buffer| base.read(buffer, cancellable))
        }

        fn close(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            self.obj().base_stream().close(cancellable)
        }
    }

    /// Reads from the body below, waiting or not.
    type ReadBase<'a> = dyn FnMut(&gio::InputStream, &mut [u8]) -> Result<usize, glib::Error> + 'a;

    impl FilteredBody {
        /// Calls `work` with the filter, which nobody else sees meanwhile.
        pub(super) fn with<T>(
            &self,
            work: impl FnOnce(&mut dyn BodyFilter, &gio::InputStream) -> Result<T, glib::Error>,
        ) -> Result<T, glib::Error> {
            let pending = || io_error(gio::IOErrorEnum::Pending, "The body is being read");
            let base = self.obj().base_stream();
            let mut filter = self.filter.take().ok_or_else(pending)?;
            let outcome = work(&mut *filter, &base);
            self.filter.replace(Some(filter));
            outcome
        }

        fn filtered(&self, into: &mut [u8], read: &mut ReadBase<'_>) -> Result<usize, glib::Error> {
            if into.is_empty() {
                return Ok(0);
            }
            self.with(|filter, base| filter.read(into, &mut |buffer| read(base, buffer)))
        }

        fn has_rest(&self) -> bool {
            let filter = self.filter.borrow();
            filter.as_ref().is_some_and(|filter| filter.has_rest())
        }
    }

    impl PollableInput for FilteredBody {
        fn can_poll(&self) -> bool {
            pollable(&self.obj().base_stream()).is_some()
        }

        fn is_readable(&self) -> bool {
            self.has_rest() || pollable(&self.obj().base_stream()).is_some_and(|base| base.is_readable())
        }

        fn source_below(&self) -> Option<glib::Source> {
            source_of(&self.obj().base_stream())
        }

        fn source_of_rest(&self) -> Option<glib::Source> {
            self.has_rest().then(at_once)
        }

        fn read_nonblocking(&self, into: Room<'_>) -> Result<usize, glib::Error> {
            self.filtered(into.cleared(), &mut |base, into| {
                read_nonblocking(base, Room::of(into))
            })
        }
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::FilteredBody> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        implement_pollable_input::<imp::FilteredBody>(interface);
    }
}

// SAFETY: the parent's class is initialized first, and adds nothing to be filled.
unsafe impl IsSubclassable<imp::FilteredBody> for gio::FilterInputStream {}
