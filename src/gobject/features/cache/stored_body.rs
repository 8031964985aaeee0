//! A stored body on its way to the program: a `GFileInputStream`, as libsoup's caches give, over bytes whose digest was right.

use std::cell::{Cell, OnceCell};

use gio::subclass::prelude::*;

use crate::reactor::{PollableInput, Room, at_once, implement_pollable_input};

glib::wrapper! {
    /// A stored body.
    pub struct StoredBody(ObjectSubclass<imp::StoredBody>)
        @extends gio::FileInputStream, gio::InputStream, @implements gio::PollableInputStream, gio::Seekable;
}

impl StoredBody {
    /// The stream of a body.
    pub fn new(body: &glib::Bytes) -> StoredBody {
        let stream: StoredBody = glib::Object::new();
        // A new object's cell is empty.
        let _ = stream.imp().body.set(body.clone());
        stream
    }
}

mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct StoredBody {
        pub(super) body: OnceCell<glib::Bytes>,
        /// How much of it was read.
        at: Cell<usize>,
    }

    // SAFETY: GIO's streams count their references atomically, and who shares one takes turns, as GIO demands.
    unsafe impl Send for StoredBody {}

    #[glib::object_subclass]
    impl ObjectSubclass for StoredBody {
        const NAME: &'static str = "SoupStoredBody";
        type Type = super::StoredBody;
        type ParentType = gio::FileInputStream;
        type Interfaces = (gio::PollableInputStream,);
    }

    impl ObjectImpl for StoredBody {}

    impl InputStreamImpl for StoredBody {
        fn read(
            &self,
            into: &mut [u8],
            _cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            Ok(self.take(Room::of(into)))
        }
    }

    impl StoredBody {
        pub(super) fn take(&self, mut into: Room<'_>) -> usize {
            let rest = self.body.get().and_then(|body| body.get(self.at.get()..));
            let count = into.put(rest.unwrap_or_default());
            self.at.set(self.at.get() + count);
            count
        }
    }
}

// A file could not be polled; what lies in memory is always there.
impl PollableInput for imp::StoredBody {
    fn is_readable(&self) -> bool {
        true
    }

    fn source_below(&self) -> Option<glib::Source> {
        None
    }

    fn source_of_rest(&self) -> Option<glib::Source> {
        Some(at_once())
    }

    fn read_nonblocking(&self, into: Room<'_>) -> Result<usize, glib::Error> {
        Ok(self.take(into))
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::StoredBody> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        implement_pollable_input::<imp::StoredBody>(interface);
    }
}

// SAFETY: the parent's class is initialized first; what it adds is optional.
unsafe impl IsSubclassable<imp::StoredBody> for gio::FileInputStream {}
