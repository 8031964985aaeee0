//! The `GIOStream` of a server's TLS connection: for `io-stream`, and for whoever takes the connection away.

use std::sync::{Arc, OnceLock};

use gio::prelude::*;
use gio::subclass::prelude::*;

use super::wire::Wire;
use crate::reactor::scratch::Buffers;
use crate::reactor::tls_streams::{Duct, DuctInput, DuctOutput};

glib::wrapper! {
    /// A TLS connection that has shaken hands. It is no `GTlsConnection`: GIO knows of no such thing that it has not made.
    pub struct ServerTlsStream(ObjectSubclass<imp::ServerTlsStream>) @extends gio::IOStream;
}

impl ServerTlsStream {
    pub(super) fn over(wire: &Arc<Wire>) -> ServerTlsStream {
        let stream: ServerTlsStream = glib::Object::new();
        let duct: Arc<dyn Duct> = wire.clone();
        let (input, output) = (DuctInput::over(duct.clone()), DuctOutput::over(duct));
        // The object is new.
        let _ = stream.imp().parts.set((wire.clone(), input, output));
        stream
    }
}

mod imp {
    use super::*;

    /// The connection and its two halves.
    #[derive(Default)]
    pub struct ServerTlsStream {
        pub(super) parts: OnceLock<(Arc<Wire>, DuctInput, DuctOutput)>,
    }

    // SAFETY: GIO's streams count their references atomically, and the rest sits behind a lock.
    unsafe impl Send for ServerTlsStream {}

    #[glib::object_subclass]
    impl ObjectSubclass for ServerTlsStream {
        const NAME: &'static str = "BisqueServerTlsStream";
        type Type = super::ServerTlsStream;
        type ParentType = gio::IOStream;
    }

    impl ObjectImpl for ServerTlsStream {}

    impl IOStreamImpl for ServerTlsStream {
        fn input_stream(&self) -> gio::InputStream {
            match self.parts.get() {
                Some((_, input, _)) => input.clone().upcast(),
                None => self.parent_input_stream(),
            }
        }

        fn output_stream(&self) -> gio::OutputStream {
            match self.parts.get() {
                Some((_, _, output)) => output.clone().upcast(),
                None => self.parent_output_stream(),
            }
        }

        fn close(&self, _cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            if let Some((wire, _, _)) = self.parts.get() {
                wire.lock().close(&Buffers::default());
            }
            Ok(())
        }
    }
}
