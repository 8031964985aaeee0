//! The ways to send a message: for the body as a stream, as bytes, or into a stream; without waiting, and waiting.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gio::prelude::*;

use crate::gobject::glue::errors::io_error;
use crate::gobject::glue::streams::append_polled;
use crate::gobject::glue::task::Task;
use crate::gobject::session::item::{Outcome, Purpose, QueueItem, Reply};
use crate::gobject::{Message, Session};
use crate::proto::http1::body::content_length;
use crate::reactor::descriptors::new_context;

/// Takes what a whole body came to.
type Done<T> = Box<dyn FnOnce(Result<T, glib::Error>)>;

impl Session {
    /// Sends `message`; `task` is answered with the stream of the response's body when its head has come.
    pub fn send_async(
        &self,
        message: &Message,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        task: Task,
    ) {
        task.set_message(message);
        let reply: Reply = Box::new(move |outcome| match outcome {
            Ok(Outcome::Body(stream)) => task.succeed(&stream),
            Ok(_) => drop(task),
            Err(error) => task.fail(error),
        });
        self.queue(
            message,
            Purpose::Send {
                now: false,
                whole: false,
            },
            priority,
            cancellable,
            reply,
        );
    }

    /// Sends `message`, and answers `task` with the bytes of the whole body.
    pub fn send_and_read_async(
        &self,
        message: &Message,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        task: Task,
    ) {
        task.set_message(message);
        let done: Done<glib::Bytes> = Box::new(move |outcome| match outcome {
            Ok(bytes) => task.succeed_bytes(bytes),
            Err(error) => task.fail(error),
        });
        let purpose = Purpose::Send {
            now: false,
            whole: true,
        };
        self.collect(message, purpose, priority, cancellable, done);
    }

    /// Sends `message`, and writes the body into `output`; `task` is answered with its length.
    pub fn send_and_splice_async(
        &self,
        message: &Message,
        output: &gio::OutputStream,
        flags: gio::OutputStreamSpliceFlags,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        task: Task,
    ) {
        task.set_message(message);
        let done: Done<isize> = Box::new(move |outcome| match outcome {
            Ok(count) => task.succeed_size(count),
            Err(error) => task.fail(error),
        });
        self.splice(
            message,
            output,
            flags,
            Purpose::Send {
                now: false,
                whole: true,
            },
            priority,
            cancellable,
            done,
        );
    }

    /// Makes a connection for `message`, which is not sent.
    pub fn preconnect_async(
        &self,
        message: &Message,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        task: Task,
    ) {
        task.set_message(message);
        let reply: Reply = Box::new(move |outcome| match outcome {
            Ok(_) => task.succeed_boolean(),
            Err(error) => task.fail(error),
        });
        self.queue(message, Purpose::Connect, priority, cancellable, reply);
    }

    /// Sends `message` and waits for the response's head; the stream of the body.
    pub fn send(
        &self,
        message: &Message,
        cancellable: Option<&gio::Cancellable>,
    ) -> Result<gio::InputStream, glib::Error> {
        wait(|answer| {
            let reply: Reply = Box::new(move |outcome| {
                answer(match outcome {
                    Ok(Outcome::Body(stream)) => Ok(stream),
                    Ok(_) => Err(crate::gobject::session::item::misused("There is no body")),
                    Err(error) => Err(error),
                });
            });
            let purpose = Purpose::Send {
                now: true,
                whole: false,
            };
            self.queue(message, purpose, glib::Priority::DEFAULT, cancellable, reply);
        })
    }

    /// Sends `message` and waits for the whole body.
    pub fn send_and_read(
        &self,
        message: &Message,
        cancellable: Option<&gio::Cancellable>,
    ) -> Result<glib::Bytes, glib::Error> {
        wait(|answer| {
            let purpose = Purpose::Send {
                now: true,
                whole: true,
            };
            self.collect(message, purpose, glib::Priority::DEFAULT, cancellable, answer);
        })
    }

    /// Sends `message`, writes the body into `output`, and waits for the end; its length.
    pub fn send_and_splice(
        &self,
        message: &Message,
        output: &gio::OutputStream,
        flags: gio::OutputStreamSpliceFlags,
        cancellable: Option<&gio::Cancellable>,
    ) -> Result<isize, glib::Error> {
        wait(|answer| {
            let purpose = Purpose::Send {
                now: true,
                whole: true,
            };
            let priority = glib::Priority::DEFAULT;
            self.splice(message, output, flags, purpose, priority, cancellable, answer);
        })
    }

    /// Queues a message whose body is read to its end.
    fn collect(
        &self,
        message: &Message,
        purpose: Purpose,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        done: Done<glib::Bytes>,
    ) {
        let sink = Sink::Bytes {
            bytes: Vec::new(),
            done,
        };
        self.queue_reader(message, purpose, priority, cancellable, sink);
    }

    fn splice(
        &self,
        message: &Message,
        output: &gio::OutputStream,
        flags: gio::OutputStreamSpliceFlags,
        purpose: Purpose,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        done: Done<isize>,
    ) {
        let sink = Sink::Stream {
            output: output.clone(),
            flags,
            count: 0,
            done,
        };
        self.queue_reader(message, purpose, priority, cancellable, sink);
    }

    /// Queues a message whose body goes into a sink.
    fn queue_reader(
        &self,
        message: &Message,
        purpose: Purpose,
        priority: glib::Priority,
        cancellable: Option<&gio::Cancellable>,
        sink: Sink,
    ) {
        let reader = Rc::new(BodyReader {
            item: RefCell::default(),
            stream: RefCell::default(),
            sink: RefCell::new(Some(sink)),
            is_reading: Cell::new(false),
        });
        let own = reader.clone();
        let reply: Reply = Box::new(move |outcome| match outcome {
            Ok(Outcome::Body(stream)) => own.begin(stream),
            Ok(_) => {}
            Err(error) => own.fail(error),
        });
        let item = self.queue(message, purpose, priority, cancellable, reply);
        if let Some(item) = item.filter(|item| !item.is_over()) {
            reader.item.replace(Rc::downgrade(&item));
        }
    }
}

/// Reads a response's body to its end.
struct BodyReader {
    item: RefCell<Weak<QueueItem>>,
    stream: RefCell<Option<gio::InputStream>>,
    sink: RefCell<Option<Sink>>,
    is_reading: Cell<bool>,
}

/// Where a body goes.
enum Sink {
    Bytes {
        bytes: Vec<u8>,
        done: Done<glib::Bytes>,
    },
    Stream {
        output: gio::OutputStream,
        flags: gio::OutputStreamSpliceFlags,
        count: usize,
        done: Done<isize>,
    },
}

/// How much is read at once.
const PIECE: usize = 64 * 1024;

impl BodyReader {
    fn begin(self: &Rc<Self>, stream: gio::InputStream) {
        let item = self.item.borrow().upgrade();
        let Some(item) = item else { return };
        self.stream.replace(Some(stream));
        // The item lets go of the reader when it is over.
        let reader = self.clone();
        item.reader.replace(Some(Rc::new(move || reader.read())));
        self.read();
    }

    /// Reads what there is.
    fn read(self: &Rc<Self>) {
        if self.is_reading.replace(true) {
            return;
        }
        let pollable = self.stream.borrow().as_ref().and_then(|stream| {
            let stream = stream.dynamic_cast_ref::<gio::PollableInputStream>()?;
            stream.can_poll().then(|| stream.clone())
        });
        let is_stream = matches!(&*self.sink.borrow(), Some(Sink::Stream { .. }));
        match (pollable, is_stream) {
            (Some(stream), false) => self.read_polled(&stream),
            _ => self.read_later(),
        }
    }

    /// Reads into memory, without sources: the exchange tells when there is more.
    fn read_polled(self: &Rc<Self>, stream: &gio::PollableInputStream) {
        // The program's handlers run while it reads: nothing is borrowed.
        let Some(Sink::Bytes { mut bytes, done }) = self.sink.take() else {
            return;
        };
        let outcome = loop {
            let more = match bytes.len() {
                0 => self.expected(),
                // It grows only as far as something has come.
                length => length.clamp(1024, PIECE),
            };
            match append_polled(stream, &mut bytes, more) {
                Ok(0) => break Ok(()),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        let would_block = matches!(&outcome, Err(error) if error.matches(gio::IOErrorEnum::WouldBlock));
        self.sink.replace(Some(Sink::Bytes { bytes, done }));
        match outcome {
            Err(_) if would_block => self.is_reading.set(false),
            Ok(()) => self.succeed(),
            Err(error) => self.fail(error),
        }
    }

    /// Reads as GIO does, which works for any stream.
    fn read_later(self: &Rc<Self>) {
        let Some(stream) = self.stream.borrow().clone() else {
            return;
        };
        let this = self.clone();
        let priority = glib::Priority::DEFAULT;
        stream.read_bytes_async(PIECE, priority, gio::Cancellable::NONE, move |read| match read {
            Ok(piece) if piece.is_empty() => this.succeed(),
            Ok(piece) => this.take(piece),
            Err(error) => this.fail(error),
        });
    }

    /// Takes a piece of the body.
    fn take(self: &Rc<Self>, piece: glib::Bytes) {
        let output = match &mut *self.sink.borrow_mut() {
            Some(Sink::Bytes { bytes, .. }) => {
                bytes.extend_from_slice(&piece);
                None
            }
            Some(Sink::Stream { output, count, .. }) => {
                *count += piece.len();
                Some(output.clone())
            }
            None => return,
        };
        let Some(output) = output else {
            return self.read_later();
        };
        let this = self.clone();
        let priority = glib::Priority::DEFAULT;
        output.write_all_async(
            piece,
            priority,
            gio::Cancellable::NONE,
            move |written| match written {
                Ok((_, _, None)) => this.read_later(),
                Ok((_, _, Some(error))) | Err((_, error)) => this.fail(error),
            },
        );
    }

    /// How much there will be, as far as it is worth believing, and one byte for the end.
    fn expected(&self) -> usize {
        let Some(item) = self.item.borrow().upgrade() else {
            return PIECE;
        };
        let headers = item.message.response_headers().list();
        let length = content_length(&headers).ok().flatten();
        let length = length.and_then(|length| usize::try_from(length).ok());
        length.map_or(8 * 1024, |length| length.saturating_add(1).min(PIECE))
    }

    /// The whole body has been read.
    fn succeed(&self) {
        let sink = self.end();
        match sink {
            Some(Sink::Bytes { bytes, done }) => done(Ok(glib::Bytes::from_owned(bytes))),
            Some(Sink::Stream {
                output,
                flags,
                count,
                done,
            }) => {
                let closed = match flags.contains(gio::OutputStreamSpliceFlags::CLOSE_TARGET) {
                    true => output.close(gio::Cancellable::NONE),
                    false => Ok(()),
                };
                done(closed.map(|()| isize::try_from(count).unwrap_or(isize::MAX)));
            }
            None => {}
        }
    }

    fn fail(&self, error: glib::Error) {
        match self.end() {
            Some(Sink::Bytes { done, .. }) => done(Err(error)),
            Some(Sink::Stream {
                output, flags, done, ..
            }) => {
                if flags.contains(gio::OutputStreamSpliceFlags::CLOSE_TARGET) {
                    let _ = output.close(gio::Cancellable::NONE);
                }
                done(Err(error));
            }
            None => {}
        }
    }

    /// Closes the body, with which the message is over; what is left to be answered.
    fn end(&self) -> Option<Sink> {
        let sink = self.sink.take();
        let stream = self.stream.take();
        if let Some(stream) = stream {
            let _ = stream.close(gio::Cancellable::NONE);
        }
        let item = self.item.borrow().upgrade();
        if let Some(item) = item {
            // The reader's own reference goes with it.
            let reader = item.reader.take();
            item.finish();
            drop(reader);
        }
        sink
    }
}

/// Has `begin` called in a context of its own, which runs until the answer is there.
fn wait<T: 'static>(begin: impl FnOnce(Done<T>)) -> Result<T, glib::Error> {
    let context = new_context()?;
    let place: Rc<RefCell<Option<Result<T, glib::Error>>>> = Rc::default();
    let answer = place.clone();
    let waited = context.with_thread_default(|| {
        begin(Box::new(move |outcome| _ = answer.replace(Some(outcome))));
        loop {
            if let Some(outcome) = place.take() {
                return outcome;
            }
            context.iteration(true);
        }
    });
    waited.unwrap_or_else(|error| Err(io_error(gio::IOErrorEnum::Failed, &error.to_string())))
}
