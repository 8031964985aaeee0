//! What a program reads a response from: a `GFilterInputStream` over the body, as libsoup's is. Its close finishes the message.
//!
//! | over | when |
//! |---|---|
//! | the body from the network, or from a cache | always, at the end of the chain |
//! | the filters of features | between them, where a feature has something to do |
//!
//! Law: the item behind it belongs to a context; a thread that may not touch it asks the one that does.

use std::rc::Rc;
use std::sync::OnceLock;

use gio::prelude::*;
use gio::subclass::prelude::*;

use crate::gobject::glue::InContext;
use crate::gobject::glue::streams::{pollable, read_nonblocking, reads_by_itself, source_of};
use crate::gobject::message::signals::Signal;
use crate::gobject::session::body_stream::visit;
use crate::gobject::session::item::QueueItem;
use crate::reactor::{PollableInput, Room, implement_pollable_input};

glib::wrapper! {
    /// What a program reads a response from.
    pub struct ClientStream(ObjectSubclass<imp::ClientStream>)
        @extends gio::FilterInputStream, gio::InputStream, @implements gio::PollableInputStream;
}

impl ClientStream {
    /// The stream over `body`, whose close finishes the item's message.
    pub(super) fn over(item: &Rc<QueueItem>, body: &gio::InputStream) -> ClientStream {
        let stream: ClientStream = glib::Object::builder().property("base-stream", body).build();
        // A new object's cell is empty.
        let _ = stream
            .imp()
            .item
            .set(InContext::new(item.context(), item.clone()));
        stream
    }
}

impl QueueItem {
    /// The body was closed: the message is over. Not in a later turn, because the program may let none follow.
    fn close_body(self: &Rc<Self>) {
        if self.is_over() {
            return;
        }
        let complete = self.exchange().is_none_or(|exchange| exchange.is_complete());
        if complete && !self.got_body.replace(true) {
            self.note_received();
            // A message that a handler sends now finds the connection.
            self.keep_connection();
            if !self.is_over() {
                self.message.emit(Signal::GotBody);
            }
        }
        self.finish();
    }
}

mod imp {
    use super::*;

    /// Whose response it is.
    #[derive(Default)]
    pub struct ClientStream {
        pub(super) item: OnceLock<InContext<Rc<QueueItem>>>,
    }

    // SAFETY: the item is used only at home (the law above), and GIO has the streams' users take turns.
    unsafe impl Send for ClientStream {}

    #[glib::object_subclass]
    impl ObjectSubclass for ClientStream {
        const NAME: &'static str = "SoupClientInputStream";
        type Type = super::ClientStream;
        type ParentType = gio::FilterInputStream;
        type Interfaces = (gio::PollableInputStream,);

        fn class_init(class: &mut Self::Class) {
            // SAFETY: the class of an input stream's subclass begins with GInputStreamClass.
            reads_by_itself(unsafe { &mut *std::ptr::from_mut(class).cast() });
        }
    }

    impl ObjectImpl for ClientStream {
        fn dispose(&self) {
            // The last reference of a stream that nobody has closed.
            self.close_item();
        }
    }

    impl InputStreamImpl for ClientStream {
        fn read(
            &self,
            into: &mut [u8],
            cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            if let Some(cancellable) = cancellable {
                cancellable.set_error_if_cancelled()?;
            }
            self.obj().base_stream().read(into, cancellable)
        }

        fn close(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            let closed = self.obj().base_stream().close(cancellable);
            self.close_item();
            closed
        }
    }

    impl ClientStream {
        fn close_item(&self) {
            let Some(item) = self.item.get() else { return };
            if visit(item, QueueItem::close_body).is_some() {
                return;
            }
            let item = InContext::new(item.context(), Rc::clone(item));
            let context = item.context().clone();
            let source = glib::idle_source_new(None, glib::Priority::DEFAULT, move || {
                item.close_body();
                glib::ControlFlow::Break
            });
            source.attach(Some(&context));
        }
    }
}

impl PollableInput for imp::ClientStream {
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
        read_nonblocking(&self.obj().base_stream(), into)
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::ClientStream> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        implement_pollable_input::<imp::ClientStream>(interface);
    }
}

// SAFETY: the parent's class is initialized first, and adds nothing to be filled.
unsafe impl IsSubclassable<imp::ClientStream> for gio::FilterInputStream {}
