//! A stolen connection whose client had sent more than the request: the stream that gives those bytes first.
//!
//! Law: what was left over sits behind a lock, because GIO may read and close in worker threads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::translate::*;

use crate::gobject::glue::streams::{read_polled, source_of};
use crate::reactor::{PollableInput, Room, implement_pollable_input};

glib::wrapper! {
    /// The connection's stream, with an input that begins with the bytes left over.
    pub struct StolenStream(ObjectSubclass<imp::StolenStream>) @extends gio::IOStream;
}

glib::wrapper! {
    /// The input of a [`StolenStream`].
    pub struct StolenInput(ObjectSubclass<imp::StolenInput>)
        @extends gio::InputStream, @implements gio::PollableInputStream;
}

/// `base` itself where nothing is left over, otherwise a stream over it that gives `leftover` first.
pub(super) fn stream_behind(leftover: Vec<u8>, base: gio::IOStream) -> gio::IOStream {
    if leftover.is_empty() {
        return base;
    }
    let input: StolenInput = glib::Object::new();
    *input.imp().leftover.lock() = leftover.into();
    let stream: StolenStream = glib::Object::new();
    // Both objects are new.
    let _ = input.imp().base.set(base.input_stream());
    let _ = stream.imp().parts.set((base, input));
    stream.upcast()
}

/// The bytes that come before those of the connection, shared with the sources that tell about them.
#[derive(Clone, Default)]
struct Leftover(Arc<Mutex<VecDeque<u8>>>);

impl Leftover {
    fn lock(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Takes as many bytes as `into` has room for; `None` when none is left.
    fn take(&self, into: &mut Room<'_>) -> Option<usize> {
        let mut bytes = self.lock();
        if bytes.is_empty() {
            return None;
        }
        let count = into.put(bytes.as_slices().0);
        bytes.drain(..count);
        if bytes.is_empty() {
            *bytes = VecDeque::new();
        }
        Some(count)
    }

    /// A source that is ready for as long as bytes are left, and then is gone.
    fn source(&self) -> glib::Source {
        let leftover = self.clone();
        glib::timeout_source_new(
            Duration::ZERO,
            None,
            glib::Priority::DEFAULT,
            move || match leftover.is_empty() {
                true => glib::ControlFlow::Break,
                false => glib::ControlFlow::Continue,
            },
        )
    }
}

mod imp {
    use super::*;

    /// The connection and our input.
    #[derive(Default)]
    pub struct StolenStream {
        pub(super) parts: OnceLock<(gio::IOStream, super::StolenInput)>,
    }

    // SAFETY: GIO's streams count their references atomically, and who shares one takes turns, as GIO demands.
    unsafe impl Send for StolenStream {}

    #[glib::object_subclass]
    impl ObjectSubclass for StolenStream {
        const NAME: &'static str = "BisqueStolenStream";
        type Type = super::StolenStream;
        type ParentType = gio::IOStream;
    }

    impl ObjectImpl for StolenStream {}

    impl IOStreamImpl for StolenStream {
        fn input_stream(&self) -> gio::InputStream {
            match self.parts.get() {
                Some((_, input)) => input.clone().upcast(),
                None => self.parent_input_stream(),
            }
        }

        fn output_stream(&self) -> gio::OutputStream {
            match self.parts.get() {
                Some((base, _)) => base.output_stream(),
                None => self.parent_output_stream(),
            }
        }

        fn close(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            let Some((base, input)) = self.parts.get() else {
                return Ok(());
            };
            // As GSocketConnection does: a read under way does not keep the connection open.
            let _ = input.close(cancellable);
            base.close(cancellable)
        }
    }

    /// The bytes left over, and the connection's input behind them.
    #[derive(Default)]
    pub struct StolenInput {
        pub(super) leftover: Leftover,
        pub(super) base: OnceLock<gio::InputStream>,
    }

    // SAFETY: as for the stream.
    unsafe impl Send for StolenInput {}

    #[glib::object_subclass]
    impl ObjectSubclass for StolenInput {
        const NAME: &'static str = "BisqueStolenInput";
        type Type = super::StolenInput;
        type ParentType = gio::InputStream;
        type Interfaces = (gio::PollableInputStream,);
    }

    impl ObjectImpl for StolenInput {}

    impl InputStreamImpl for StolenInput {
        fn read(
            &self,
            into: &mut [u8],
            cancellable: Option<&gio::Cancellable>,
        ) -> Result<usize, glib::Error> {
            match (self.leftover.take(&mut Room::of(into)), self.base.get()) {
                (Some(count), _) => Ok(count),
                (None, Some(base)) => base.read(into, cancellable),
                (None, None) => Ok(0),
            }
        }

        fn close(&self, cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            self.base.get().map_or(Ok(()), |base| base.close(cancellable))
        }
    }

    impl StolenInput {
        /// The connection's input. The reactor takes none that cannot be polled.
        pub(super) fn pollable(&self) -> Option<&gio::PollableInputStream> {
            self.base.get()?.dynamic_cast_ref()
        }
    }
}

impl PollableInput for imp::StolenInput {
    fn can_poll(&self) -> bool {
        self.pollable().is_some_and(|base| base.can_poll())
    }

    fn is_readable(&self) -> bool {
        !self.leftover.is_empty() || self.pollable().is_some_and(|base| base.is_readable())
    }

    fn source_below(&self) -> Option<glib::Source> {
        self.base.get().and_then(source_of)
    }

    fn source_of_rest(&self) -> Option<glib::Source> {
        (!self.leftover.is_empty()).then(|| self.leftover.source())
    }

    fn read_nonblocking(&self, mut into: Room<'_>) -> Result<usize, glib::Error> {
        if let Some(count) = self.leftover.take(&mut into) {
            return Ok(count);
        }
        self.pollable().map_or(Ok(0), |base| read_polled(base, into))
    }
}

// SAFETY: every slot that GIO needs is filled, with a function of the slot's type.
unsafe impl IsImplementable<imp::StolenInput> for gio::PollableInputStream {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        implement_pollable_input::<imp::StolenInput>(interface);
    }
}
