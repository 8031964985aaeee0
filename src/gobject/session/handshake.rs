//! One attempt of a session's WebSocket over a connected stream: the request out, the answer in, then the frame layer or
//! what `session_redirect` makes of the answer.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{self, IoSlice};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use gio::prelude::*;
use glib::translate::*;

use crate::gobject::Message;
use crate::gobject::enums::{HttpVersion, SessionError, WebsocketConnectionType, WebsocketError};
use crate::gobject::message::RequestBody;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::connect::{Ending, QueueItem, io_error};
use crate::gobject::session::queue::Stage;
use crate::gobject::websocket::{Opening, Place, WebsocketConnection, WebsocketExtension, handshake};
use crate::proto::http1::exchange::{ClientEvent, ClientExchange};
use crate::proto::http1::head::{RequestHead, ResponseHead, Version};
use crate::proto::http1::violation::Violation;
use crate::proto::limits;
use crate::reactor::{Handler, Link, Progress, Reactor, Transport};

/// One attempt: a connection of its own, one request, one answer.
pub(crate) struct Http1Exchange {
    /// Whose attempt it is; the item holds the hop.
    item: Weak<QueueItem>,
    link: OnceCell<Rc<Link>>,
    exchange: RefCell<ClientExchange>,
    /// What is still to be written of the request.
    output: RefCell<Vec<u8>>,
    /// How much of the body of a refusal has come.
    received: Cell<u64>,
}

impl QueueItem {
    /// Registers the transport over `socket`, and begins to write the request.
    pub(in crate::gobject) fn talk(
        self: &Rc<Self>,
        transport: Option<Transport>,
        socket: &gio::Socket,
    ) -> Result<(), glib::Error> {
        let transport = transport
            .ok_or_else(|| io_error(gio::IOErrorEnum::NotSupported, "The connection cannot be polled"))?;
        // Small frames leave at once. A Unix socket does not know the option, and does not need it.
        let _ = socket.set_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
        self.message.emit_by_name::<()>("starting", &[]);
        if self.is_over() {
            return Ok(());
        }
        let hop = Rc::new(Http1Exchange {
            item: Rc::downgrade(self),
            link: OnceCell::new(),
            exchange: RefCell::default(),
            output: RefCell::default(),
            received: Cell::default(),
        });
        hop.compose(&self.message)?;
        let handler: Weak<Http1Exchange> = Rc::downgrade(&hop);
        let link = Reactor::of(&self.context)
            .register(transport, handler)
            .map_err(transport_error)?;
        let link = hop.link.get_or_init(|| link);
        hop.push_deadline(self, link);
        link.request_flush();
        self.enter(Stage::Talking(hop));
        Ok(())
    }
}

impl Http1Exchange {
    /// Closes the connection.
    pub(in crate::gobject) fn close(&self) {
        if let Some(link) = self.link.get() {
            link.close();
        }
    }

    /// Whose attempt this is, as long as it goes on: a handler that we have just called may have ended it, or cancelled it,
    /// which ends it in a later turn.
    fn item(self: &Rc<Self>) -> Option<Rc<QueueItem>> {
        let item = self.item.upgrade()?;
        (item.is_at(self) && !item.is_cancelled()).then_some(item)
    }

    /// Puts the request into the output.
    fn compose(&self, message: &Message) -> Result<(), glib::Error> {
        let misused = |text: &str| io_error(gio::IOErrorEnum::InvalidArgument, text);
        let uri = message.uri().ok_or_else(|| misused("The message has no URI"))?;
        let method = message
            .method()
            .ok_or_else(|| misused("The message has no method"))?;
        let headers = message.request_headers();
        if !headers.list().contains("Host")
            && let Some(host) = message_uri::host_header(&uri)
        {
            headers
                .append("Host", host)
                .map_err(|refused| misused(&refused.to_string()))?;
        }
        let head = RequestHead {
            method: method.to_string(),
            target: message_uri::request_target(&uri),
            version: Version::Http11,
            headers: headers.lend(),
        };
        let (mut exchange, mut output) = (self.exchange.borrow_mut(), self.output.borrow_mut());
        let begun = exchange.request(&head, &mut output);
        headers.give_back(head.headers);
        let mut write = || {
            begun?;
            if let RequestBody::Bytes(bytes) = message.request_body() {
                exchange.write_body(&bytes, &mut output)?;
            }
            exchange.finish_body(&mut output)
        };
        write().map_err(|misuse| misused(&misuse.to_string()))
    }

    /// Gives the server another `timeout`; only what it says as a whole counts, so that a drop now and then does not.
    fn push_deadline(&self, item: &QueueItem, link: &Link) {
        let timeout = Duration::from_secs(item.session.timeout().into());
        let deadline = link.reactor().now().checked_add(timeout);
        link.set_deadline(deadline.filter(|_| !timeout.is_zero()));
    }

    /// Writes what the transport takes; whether all is written.
    fn write(&self, link: &Rc<Link>) -> io::Result<bool> {
        loop {
            // A stream may run code of somebody else's: nothing is borrowed.
            let mut output = self.output.take();
            if output.is_empty() {
                return Ok(true);
            }
            let written = link.write_vectored(&[IoSlice::new(&output)]);
            if let Ok(count) = written {
                output.drain(..count.min(output.len()));
            }
            self.output.replace(output);
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
    }

    /// Takes the bytes of one read.
    fn feed(self: &Rc<Self>, link: &Rc<Link>, mut input: &[u8]) {
        while let Some(item) = self.item() {
            // The event borrows from the input alone.
            let event = self.exchange.borrow_mut().receive(&mut input);
            match event {
                Ok(Some(event)) => {
                    self.push_deadline(&item, link);
                    self.take_event(&item, link, event, input);
                }
                Ok(None) => return,
                Err(violation) => return item.fail(not_http(violation)),
            }
        }
    }

    fn take_event(
        self: &Rc<Self>,
        item: &Rc<QueueItem>,
        link: &Rc<Link>,
        event: ClientEvent<'_>,
        rest: &[u8],
    ) {
        match event {
            ClientEvent::Informational(head) => item.take_head(head, "got-informational"),
            ClientEvent::Switched(head) => {
                item.take_head(head, "got-informational");
                if item.is_at(self) {
                    item.switch(link, rest);
                }
            }
            ClientEvent::Head(head) => item.take_head(head, "got-headers"),
            ClientEvent::BodyData(data) => {
                let received = self.received.get().saturating_add(data.len() as u64);
                self.received.set(received);
                if received > limits::REFUSAL_BYTES {
                    return item.answered();
                }
                let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
                item.message.emit_by_name::<()>("got-body-data", &[&count]);
            }
            ClientEvent::BodyEnd(_) => self.take_body_end(item),
        }
    }

    fn take_body_end(self: &Rc<Self>, item: &Rc<QueueItem>) {
        item.message.emit_by_name::<()>("got-body", &[]);
        if item.is_at(self) {
            item.answered();
        }
    }

    /// The connection ended in the middle of the handshake, or with the body of a refusal.
    fn take_end(self: &Rc<Self>, item: &Rc<QueueItem>) {
        let in_head = self.exchange.borrow().is_in_head();
        let event = self.exchange.borrow_mut().handle_eof();
        match event {
            Ok(Some(ClientEvent::BodyEnd(_))) => self.take_body_end(item),
            Err(violation) if in_head || violation != Violation::Truncated => item.fail(not_http(violation)),
            _ => {
                let text = "The server closed the connection during the WebSocket handshake";
                item.fail(io_error(gio::IOErrorEnum::PartialInput, text));
            }
        }
    }
}

impl QueueItem {
    fn take_head(&self, head: ResponseHead, signal: &str) {
        let version = match head.version {
            Version::Http10 => HttpVersion::Http10,
            Version::Http11 => HttpVersion::Http11,
        };
        self.message.response_headers().assign(head.headers);
        self.message.set_response(version, head.status, &head.reason);
        self.message.emit_by_name::<()>(signal, &[]);
    }

    /// The server has answered with something else than a WebSocket, and sends us nowhere else.
    pub(in crate::gobject) fn refuse(self: &Rc<Self>) {
        let status = self.message.status();
        let text = format!("The server answered the WebSocket handshake with status {status}");
        self.fail(glib::Error::new(WebsocketError::NotWebsocket, &text));
    }

    /// The server has switched: checks how, and makes the connection.
    fn switch(self: &Rc<Self>, link: &Rc<Link>, rest: &[u8]) {
        match handshake::verify_client(&self.message, &self.asked.protocols, &self.asked.offer) {
            Ok(extensions) => {
                link.set_deadline(None);
                let connection = WebsocketConnection::for_link(link.clone(), self.opening(extensions, rest));
                self.succeed(&connection);
            }
            Err(error) => self.end(error, Ending::BadHandshake),
        }
    }

    fn opening(&self, extensions: Vec<WebsocketExtension>, rest: &[u8]) -> Opening {
        let headers = self.message.response_headers().list();
        Opening {
            kind: WebsocketConnectionType::Client,
            place: self.message.uri().map_or(Place::Unknown, Place::Uri),
            origin: self.asked.origin.clone(),
            protocol: headers
                .field("Sec-WebSocket-Protocol")
                .map(|field| field.value_c().to_owned()),
            extensions,
            leftover: rest.to_vec(),
        }
    }
}

impl Handler for Http1Exchange {
    fn ready(self: Rc<Self>) -> Progress {
        let Some(link) = self.link.get() else {
            return Progress::Drained;
        };
        while let Some(item) = self.item() {
            let mut scratch = link.reactor().scratch();
            match link.read(&mut scratch) {
                Ok(0) => self.take_end(&item),
                Ok(count) => self.feed(link, scratch.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => item.fail(transport_error(error)),
            }
        }
        Progress::Drained
    }

    fn flush(self: Rc<Self>) {
        let (Some(link), Some(item)) = (self.link.get(), self.item()) else {
            return;
        };
        if self.output.borrow().is_empty() {
            return;
        }
        match self.write(link) {
            Ok(true) => {
                item.message.emit_by_name::<()>("wrote-headers", &[]);
                if item.is_at(&self) {
                    item.message.emit_by_name::<()>("wrote-body", &[]);
                }
            }
            Ok(false) => {}
            Err(error) => item.fail(transport_error(error)),
        }
    }

    fn timeout(self: Rc<Self>, _now: Instant) {
        if let Some(item) = self.item() {
            item.fail(io_error(
                gio::IOErrorEnum::TimedOut,
                "The server did not answer the WebSocket handshake in time",
            ));
        }
    }
}

fn not_http(violation: Violation) -> glib::Error {
    let text = format!("The server's answer is not valid HTTP: {violation}");
    glib::Error::new(SessionError::Parsing, &text)
}

/// What a transport says, as GIO's error.
fn transport_error(error: io::Error) -> glib::Error {
    let text = error.to_string();
    if let Some(code) = error.raw_os_error() {
        // SAFETY: a function of numbers.
        let kind: gio::IOErrorEnum = unsafe { from_glib(gio::ffi::g_io_error_from_errno(code)) };
        return io_error(kind, &text);
    }
    error
        .downcast::<glib::Error>()
        .unwrap_or_else(|_| io_error(gio::IOErrorEnum::Failed, &text))
}
