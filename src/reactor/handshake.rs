//! The handshake of TLS, in threads, and the questions that come up in it, which the connection's context answers.
//!
//! Law: nothing of a context's is touched in another thread. GIO calls back in whatever thread can get hold of a context
//! that nobody runs just then; so the handshake has a thread and a context of its own, and asks with a source.

use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use gio::prelude::*;

use super::CipherSocket;
use crate::proto::limits;

/// Whether a certificate is taken that has these faults.
pub type Accept = Box<dyn Fn(&gio::TlsCertificate, gio::TlsCertificateFlags) -> bool>;

/// Who answers for a connection, in its context.
pub struct HandshakeCallbacks {
    /// Whether a certificate is taken that is not trusted.
    pub accept: Accept,
    /// Takes the outcome.
    pub done: Box<dyn FnOnce(Result<(), glib::Error>)>,
}

/// Shakes hands over `tls` without keeping `context` waiting. The callbacks run from its loop: `accept` any number of
/// times, then `done` once.
pub fn shake_hands(
    tls: &gio::TlsConnection,
    cancellable: &gio::Cancellable,
    context: &glib::MainContext,
    callbacks: HandshakeCallbacks,
) -> Result<(), glib::Error> {
    let callbacks = Arc::new(Mutex::new(Some(AtHome(ManuallyDrop::new(Rc::new(callbacks))))));
    let (asked, asks, unused) = (context.clone(), callbacks.clone(), callbacks.clone());
    let ask = move |certificate: &gio::TlsCertificate, errors| {
        let (callbacks, certificate) = (asks.clone(), Anywhere(certificate.clone()));
        ask(&asked, false, move |question| {
            let certificate = certificate;
            // Not locked while code of somebody else's runs.
            let callbacks = lock(&callbacks).as_ref().map(|callbacks| Rc::clone(&callbacks.0));
            question.answer(callbacks.is_some_and(|callbacks| (callbacks.accept)(&certificate.0, errors)));
        })
    };
    let (home, job) = (context.clone(), Anywhere((tls.clone(), cancellable.clone())));
    tls.connect_accept_certificate(move |_, certificate, errors| ask(certificate, errors));
    let shake = move || {
        let job = job;
        let (tls, cancellable) = &job.0;
        let socket = tls.base_io_stream().and_downcast::<CipherSocket>();
        if let Some(socket) = &socket {
            socket.begin_handshake();
        }
        let outcome = tls.handshake(Some(cancellable));
        if let Some(socket) = &socket {
            socket.end_handshake();
        }
        run_in(&home, move || {
            let callbacks = lock(&callbacks).take();
            if let Some(callbacks) = callbacks.and_then(AtHome::take) {
                (callbacks.done)(outcome);
            }
        });
    };
    let begun = pool().map(|pool| pool.push(shake));
    if let Some(Ok(_)) = begun {
        return Ok(());
    }
    drop(lock(&unused).take().and_then(AtHome::take));
    Err(glib::Error::new(gio::IOErrorEnum::Failed, "There are no threads"))
}

/// Asks in `context`, and waits in this thread, which is none that runs it. A question that nobody takes, and one that is
/// dropped, has the answer `otherwise`.
pub fn ask<T: Copy + Send + 'static>(
    context: &glib::MainContext,
    otherwise: T,
    ask: impl FnOnce(Question<T>) + Send + 'static,
) -> T {
    let slot = Arc::new((Mutex::new(None), Condvar::new()));
    let question = Question {
        slot: slot.clone(),
        otherwise,
    };
    run_in(context, move || ask(question));
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

/// Calls `work` from the loop of `context`; never here, as `g_main_context_invoke()` would where nobody runs the loop.
fn run_in(context: &glib::MainContext, work: impl FnOnce() + Send + 'static) {
    let mut work = Some(work);
    let source = glib::idle_source_new(None, glib::Priority::DEFAULT, move || {
        if let Some(work) = work.take() {
            work();
        }
        glib::ControlFlow::Break
    });
    source.attach(Some(context));
}

/// What belongs to a context, and is opened, and dropped, by whoever runs it: another thread only carries it. Where the
/// context is gone before, it is never dropped.
struct AtHome(ManuallyDrop<Rc<HandshakeCallbacks>>);

// SAFETY: used and dropped only in sources of the context.
unsafe impl Send for AtHome {}

impl AtHome {
    /// The callbacks, when nobody asks it any more.
    fn take(self) -> Option<HandshakeCallbacks> {
        Rc::into_inner(ManuallyDrop::into_inner(self.0))
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
