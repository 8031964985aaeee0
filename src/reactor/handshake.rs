//! Handshakes of TLS: the words for them, and those that GIO makes, in threads, with the questions that come up in them, which the
//! connection's context answers.
//!
//! Law: nothing of a context's is touched in another thread. GIO calls back in whatever thread can get hold of a context
//! that nobody runs just then; so the handshake has a thread and a context of its own, and asks with a source.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use gio::prelude::*;

use super::descriptors::Claim;
use super::{CipherSocket, Home};
use crate::proto::limits;

/// How far a handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It waits for the peer.
    UnderWay,
    /// It is over, and what comes is data.
    Done,
}

/// What is asked of clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Nothing.
    #[default]
    Ignored,
    /// A certificate, if they have one.
    Requested,
    /// A certificate.
    Required,
}

/// Whether a certificate is taken that has these faults.
pub type Accept = Box<dyn Fn(&gio::TlsCertificate, gio::TlsCertificateFlags) -> bool>;

/// Who answers for a connection, in its context.
pub struct HandshakeCallbacks {
    /// Whether a certificate is taken that is not trusted.
    pub accept: Accept,
    /// Takes the outcome.
    pub done: Box<dyn FnOnce(Result<(), glib::Error>)>,
}

/// Shakes hands over `tls` without keeping the loop of `home` waiting. The callbacks run from that loop: `accept` any number of
/// times, then `done` once. They never leave home: where the context is freed meanwhile they are dropped, and the socket is closed.
pub fn shake_hands(
    tls: &gio::TlsConnection,
    cancellable: &gio::Cancellable,
    home: &Home,
    callbacks: HandshakeCallbacks,
) -> Result<(), glib::Error> {
    let claim = Claim::new()?;
    let callbacks = Arc::new(Mutex::new(Some(home.deposit(callbacks))));
    let (home, asked) = (home.clone(), callbacks.clone());
    tls.connect_accept_certificate(move |_, certificate, errors| {
        let (asked, certificate) = (asked.clone(), Anywhere(certificate.clone()));
        ask(&home, false, move |question| {
            let answer = move |callbacks: &HandshakeCallbacks| {
                let certificate = certificate;
                question.answer((callbacks.accept)(&certificate.0, errors));
            };
            if let Some(callbacks) = &*lock(&asked) {
                callbacks.visit(answer);
            }
        })
    });
    let job = Anywhere((tls.clone(), cancellable.clone()));
    let (given, unused) = (callbacks.clone(), callbacks);
    let shake = move || {
        let job = job;
        let (tls, cancellable) = &job.0;
        let base = tls.base_io_stream();
        let socket = base.as_ref().and_then(|base| base.downcast_ref::<CipherSocket>());
        if let Some(socket) = socket {
            socket.begin_handshake();
        }
        let outcome = tls.handshake(Some(cancellable));
        if let Some(socket) = socket {
            socket.end_handshake();
        }
        drop(claim);
        let callbacks = lock(&given).take();
        let told =
            callbacks.is_some_and(|callbacks| callbacks.collect(|callbacks| (callbacks.done)(outcome)));
        if let (false, Some(base)) = (told, base) {
            // Nobody is left who would. What fails to close is closed.
            let _ = base.close(gio::Cancellable::NONE);
        }
    };
    let begun = pool().map(|pool| pool.push(shake));
    if let Some(Ok(_)) = begun {
        return Ok(());
    }
    drop(lock(&unused).take());
    Err(glib::Error::new(gio::IOErrorEnum::Failed, "There are no threads"))
}

/// Asks at home, and waits in this thread, which is elsewhere. A question that nobody takes, and one that is dropped, has the
/// answer `otherwise`.
pub fn ask<T: Copy + Send + 'static>(
    home: &Home,
    otherwise: T,
    ask: impl FnOnce(Question<T>) + Send + 'static,
) -> T {
    let slot = Arc::new((Mutex::new(None), Condvar::new()));
    let question = Question {
        slot: slot.clone(),
        otherwise,
    };
    home.send(move || ask(question));
    let (answer, answered) = &*slot;
    let mut answer = lock(answer);
    loop {
        if let Some(answer) = *answer {
            return answer;
        }
        answer = answered.wait(answer).unwrap_or_else(PoisonError::into_inner);
    }
}

/// A thread waits for the answer.
pub struct Question<T: Copy> {
    slot: Arc<(Mutex<Option<T>>, Condvar)>,
    otherwise: T,
}

impl<T: Copy> Question<T> {
    /// Answers. The first answer counts.
    pub fn answer(self, answer: T) {
        self.set_answer(answer);
    }

    fn set_answer(&self, answer: T) {
        lock(&self.slot.0).get_or_insert(answer);
        self.slot.1.notify_all();
    }
}

impl<T: Copy> Drop for Question<T> {
    fn drop(&mut self) {
        self.set_answer(self.otherwise);
    }
}

/// Objects of GIO's whose references are counted atomically, and which this thread alone uses now.
struct Anywhere<T>(T);

// SAFETY: GIO's TLS objects may be used from any thread, one at a time.
unsafe impl<T> Send for Anywhere<T> {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The threads; none if the system gives none.
fn pool() -> Option<&'static glib::ThreadPool> {
    static POOL: OnceLock<Option<glib::ThreadPool>> = OnceLock::new();
    POOL.get_or_init(|| glib::ThreadPool::shared(Some(limits::TLS_HANDSHAKES)).ok())
        .as_ref()
}
