//! The body of a response as it comes from the network: a `GInputStream` that reads as it is read. What a program gets lies over it
//! (`client_stream`).
//!
//! Law: the item behind it belongs to a context. A thread that does not run it gets there if nobody else does (synchronous
//! calls leave a context behind that nobody runs), and asks the thread that does otherwise.

use std::rc::Rc;
use std::sync::{OnceLock, mpsc};

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::ffi;
use glib::translate::*;

use crate::gobject::glue::InContext;
use crate::gobject::glue::errors::{io_error, transport_error};
use crate::gobject::glue::streams::closes_at_once;
use crate::gobject::session::item::QueueItem;
use crate::reactor::{PollableInput, Room, at_once, implement_pollable_input};

glib::wrapper! {
    /// The body of a response.
    pub struct BodyStream(ObjectSubclass<imp::BodyStream>)
        @extends gio::InputStream, @implements gio::PollableInputStream;
}

impl BodyStream {
    /// The body that the item's exchange reads.
    pub(super) fn of(item: &Rc<QueueItem>) -> BodyStream {
        let stream: BodyStream = glib::Object::new();
        // A new object's cell is empty.
        let _ = stream
            .imp()
            .item
            .set(InContext::new(item.context(), item.clone()));
        stream
    }
}

impl QueueItem {
    /// Reads from the body without waiting.
    fn read(self: &Rc<Self>, into: Room<'_>) -> Result<usize, glib::Error> {
        if let Some(error) = &*self.broken.borrow() {
            return Err(error.clone());
        }
        self.cancellable.set_error_if_cancelled()?;
        let Some(exchange) = self.exchange() else {
            return Ok(0);
        };
        let count = exchange.read_body(into).map_err(transport_error)?;
        self.note_received();
        Ok(count)
    }

    /// Runs a turn of the item's own context: until there may be something to read, or the session or the caller gives up.
    fn wait_in_context(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
        let Some(cancellable) = cancellable else {
            self.context().iteration(true);
            return Ok(());
        };
        let context = self.context().clone();
        let handler = cancellable.connect_cancelled(move |_| context.wakeup());
        if let Some(handler) = handler {
            self.context().iteration(true);
            cancellable.disconnect_cancelled(handler);
        }
        cancellable.set_error_if_cancelled()
    }

    fn is_body_readable(&self) -> bool {
        self.broken.borrow().is_some()
            || self.is_cancelled()
            || self.exchange().is_none_or(|exchange| exchange.is_readable())
    }
}

mod imp {
    use super::*;

    /// Where the body comes from.
    #[derive(Default)]
    pub struct BodyStream {
        pub(super) item: OnceLock<InContext<Rc<QueueItem>>>,
    }

    // SAFETY: the item is used only at home (the law above), and GIO has the streams' users take turns.
    unsafe impl Send for BodyStream {}

    #[glib::object_subclass]
    impl ObjectSubclass for BodyStream {
        const NAME: &'static str = "SoupBodyInputStream";
        type Type = super::BodyStream;
        type ParentType = gio::InputStream;
        type Interfaces = (gio::PollableInputStream,);

        fn class_init(class: &mut Self::Class) {
            // SAFETY: the class of an input stream's subclass begins with GInputStreamClass.
            closes_at_once(unsafe { &mut *std::ptr::from_mut(class).cast() });
        }
    }

    impl ObjectImpl for BodyStream {}

    impl InputStreamImpl for BodyStream {
        fn read(
            &self,
            into: &mut [u8],
            cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            loop {
                match self.try_read(Room::of(into)) {
                    Err(error) if error.matches(gio::IOErrorEnum::WouldBlock) => self.wait(cancellable)?,
                    outcome => return outcome,
                }
            }
        }

        // The message ends with the stream over this one.
        fn close(&self, _cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            Ok(())
        }
    }

    impl BodyStream {
        /// Calls `work` with the item, if this thread may touch it.
        pub(super) fn visit<T>(&self, work: impl FnOnce(&Rc<QueueItem>) -> T) -> Option<T> {
            visit(self.item.get()?, work)
        }

        pub(super) fn try_read(&self, mut into: Room<'_>) -> Result<usize, glib::Error> {
            let here = self.visit(|item| item.read(into.first(usize::MAX)));
            match here {
                Some(outcome) => outcome,
                None => self.read_elsewhere(into),
            }
        }

        /// Another thread runs the item's context: it reads for this one.
        fn read_elsewhere(&self, mut into: Room<'_>) -> Result<usize, glib::Error> {
            let most = into.len().min(64 * 1024);
            let bytes = self.send(move |item| {
                let mut bytes = vec![0; most];
                let count = item.read(Room::of(&mut bytes))?;
                bytes.truncate(count);
                Ok(bytes)
            })?;
            Ok(into.put(&bytes))
        }

        /// Has the thread that runs the context call `work`, and waits for it.
        fn send<T: Send + 'static>(
            &self,
            work: impl FnOnce(&Rc<QueueItem>) -> Result<T, glib::Error> + Send + 'static,
        ) -> Result<T, glib::Error> {
            let gone = || io_error(gio::IOErrorEnum::Closed, "The response's main context is gone");
            let item = self.item.get().ok_or_else(gone)?;
            let stream = self.obj().clone();
            // A reference is carried, and dropped where it is used.
            let carried = InContext::new(item.context(), stream);
            let (sender, receiver) = mpsc::channel();
            let mut work = Some(work);
            let source = glib::idle_source_new(None, glib::Priority::DEFAULT, move || {
                if let (Some(work), Some(item)) = (work.take(), carried.imp().item.get()) {
                    let _ = sender.send(work(item));
                }
                glib::ControlFlow::Break
            });
            source.attach(Some(item.context()));
            receiver.recv().unwrap_or_else(|_| Err(gone()))
        }

        /// Waits until there may be something to read.
        fn wait(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            let here = self.visit(|item| match item.exchange() {
                // The call has left a context behind that has nothing in it but this message: its end is told there.
                Some(_) if item.is_alone() => item.wait_in_context(cancellable),
                Some(exchange) => exchange.wait_readable(cancellable),
                None => Ok(()),
            });
            // Elsewhere the loop runs, and the next attempt asks it again.
            here.unwrap_or_else(|| {
                std::thread::sleep(std::time::Duration::from_millis(1));
                Ok(())
            })
        }
    }
}

impl PollableInput for imp::BodyStream {
    fn is_readable(&self) -> bool {
        self.visit(|item| item.is_body_readable()).unwrap_or(true)
    }

    fn source_below(&self) -> Option<glib::Source> {
        self.visit(|item| item.exchange().and_then(|exchange| exchange.readable_source()))
            .flatten()
    }

    fn source_of_rest(&self) -> Option<glib::Source> {
        self.is_readable().then(at_once)
    }

    fn read_nonblocking(&self, into: Room<'_>) -> Result<usize, glib::Error> {
        self.try_read(into)
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::BodyStream> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        implement_pollable_input::<imp::BodyStream>(interface);
    }
}

/// Calls `work` with an item of a context, if this thread runs it or may: nobody else does.
pub(super) fn visit<T>(item: &InContext<Rc<QueueItem>>, work: impl FnOnce(&Rc<QueueItem>) -> T) -> Option<T> {
    let context = item.context();
    if context.is_owner() {
        return Some(work(item));
    }
    // SAFETY: the context is alive; what was acquired is released.
    unsafe {
        if ffi::g_main_context_acquire(context.to_glib_none().0) != 0 {
            let outcome = work(item);
            ffi::g_main_context_release(context.to_glib_none().0);
            return Some(outcome);
        }
    }
    None
}
