//! What a message has tried to be let in, by a server and by a proxy, and how it waits for a program that answers later.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use gio::prelude::*;
use glib::SignalHandlerId;

use super::cache::{Origin, Place};
use super::class::{self, Auth};
use super::connection::{ConnectionAuth, Work, in_thread};
use super::negotiate::Negotiation;
use crate::gobject::{Message, Verdict};
use crate::reactor::{Deposit, Home};

/// What a message has tried; one per `SoupMessage`.
#[derive(Default)]
pub(in crate::gobject) struct Attempt {
    server: Side,
    proxy: Side,
    waiting: RefCell<Option<Waiting>>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// The server, with 401.
    Server,
    /// A proxy, with 407.
    Proxy,
}

#[derive(Default)]
struct Side {
    /// What is tried, and where.
    tried: RefCell<Option<(Place, Auth)>>,
    /// The header in the request is ours.
    is_ours: Cell<bool>,
    /// The credentials that stand in a URI have been used.
    given_used: Cell<bool>,
    /// How often the auth had been answered when the header was written.
    answers: Cell<u32>,
    /// How far Negotiate is.
    negotiation: RefCell<Negotiation>,
}

/// What a message waits for.
enum Waiting {
    /// The program, which answers the auth later.
    Answer(Answer),
    /// A thread.
    Work(
        #[expect(
            dead_code,
            reason = "held: what the thread has done is wanted as long as this lives"
        )]
        Rc<()>,
    ),
}

/// An auth that the program answers later.
struct Answer {
    auth: Auth,
    handlers: Vec<SignalHandlerId>,
    then: Box<dyn Fn(&Message) -> Verdict>,
}

/// What becomes of a message when a thread has done its work.
struct Errand<F> {
    message: glib::WeakRef<Message>,
    wanted: Weak<()>,
    then: F,
}

impl Asker {
    /// Both.
    pub(super) const ALL: [Asker; 2] = [Asker::Server, Asker::Proxy];

    /// Who asks with challenges for that auth.
    pub(super) fn of(auth: &Auth) -> Asker {
        match auth.is_for_proxy() {
            true => Asker::Proxy,
            false => Asker::Server,
        }
    }

    /// The URI of whoever asks.
    pub(super) fn uri(self, message: &Message) -> Option<glib::Uri> {
        match self {
            Asker::Server => message.uri(),
            Asker::Proxy => class::proxy_uri(message),
        }
    }

    /// The header that asks.
    pub(super) fn challenge(self) -> &'static str {
        match self {
            Asker::Server => "WWW-Authenticate",
            Asker::Proxy => "Proxy-Authenticate",
        }
    }

    /// The header that answers.
    pub(super) fn authorization(self) -> &'static str {
        match self {
            Asker::Server => "Authorization",
            Asker::Proxy => "Proxy-Authorization",
        }
    }

    /// The header that follows an answer.
    pub(super) fn info(self) -> &'static str {
        match self {
            Asker::Server => "Authentication-Info",
            Asker::Proxy => "Proxy-Authentication-Info",
        }
    }

    /// Where the message goes, as far as this one's credentials care; `None` where it may not ask: a server in a CONNECT, a proxy
    /// inside of a tunnel.
    pub(super) fn place(self, message: &Message) -> Option<Place> {
        let uri = message.uri()?;
        let connects = message.method().is_some_and(|method| method == "CONNECT");
        match self {
            Asker::Server if connects => None,
            Asker::Server => Some(Place::Server(Origin::of(&uri)?, uri.path().to_string())),
            Asker::Proxy if connects || uri.scheme() == "http" => {
                // Anybody can answer 407: only a proxy gets what is for a proxy.
                let address = message.remote_address()?;
                let proxy = address.downcast_ref::<gio::ProxyAddress>()?;
                Some(Place::Proxy(format!(
                    "{} {}",
                    proxy.address().to_str(),
                    proxy.port()
                )))
            }
            Asker::Proxy => None,
        }
    }
}

impl Attempt {
    fn side(&self, asker: Asker) -> &Side {
        match asker {
            Asker::Server => &self.server,
            Asker::Proxy => &self.proxy,
        }
    }

    /// What was tried at that place.
    pub(super) fn tried_at(&self, asker: Asker, place: &Place) -> Option<Auth> {
        let tried = self.side(asker).tried.borrow();
        let (_, auth) = tried.as_ref().filter(|(known, _)| known == place)?;
        Some(auth.clone())
    }

    /// Whether the auth was answered anew since this message was sent with it: what was refused is not what it knows now. (Auths
    /// of connections see for themselves.)
    pub(super) fn is_outdated(&self, asker: Asker, auth: &Auth) -> bool {
        auth.answers() != self.side(asker).answers.get() && !auth.is::<ConnectionAuth>()
    }

    /// What was tried, wherever that was.
    pub(super) fn tried(&self, asker: Asker) -> Option<Auth> {
        let tried = self.side(asker).tried.borrow();
        tried.as_ref().map(|(_, auth)| auth.clone())
    }

    /// What is tried now.
    pub(super) fn try_auth(&self, asker: Asker, tried: Option<(Place, Auth)>) {
        let side = self.side(asker);
        side.answers
            .set(tried.as_ref().map_or(0, |(_, auth)| auth.answers()));
        let old = side.tried.replace(tried);
        drop(old);
    }

    /// Writes a header, or none. Where there is one of the program's own it stays until we have another.
    pub(super) fn write(&self, message: &Message, asker: Asker, value: Option<glib::GString>) {
        let headers = message.request_headers();
        let name = asker.authorization();
        if self.side(asker).is_ours.replace(false) {
            headers.remove(name);
        }
        // A class of the program's may give what no header can hold.
        let written = value.is_some_and(|value| headers.replace(name, value.as_bytes()).is_ok());
        self.side(asker).is_ours.set(written);
    }

    /// User and password of the message's URI, where none is an empty one, or of the proxy's, once.
    pub(super) fn take_given(
        &self,
        asker: Asker,
        message: &Message,
    ) -> Option<(glib::GString, glib::GString)> {
        let credentials = match asker {
            Asker::Server => {
                let uri = message.uri()?;
                (uri.user()?, uri.password().unwrap_or_default())
            }
            Asker::Proxy => {
                let address = message.remote_address()?;
                let proxy = address.downcast_ref::<gio::ProxyAddress>()?;
                (proxy.username()?, proxy.password()?)
            }
        };
        (!self.side(asker).given_used.replace(true)).then_some(credentials)
    }

    /// How far Negotiate is.
    pub(super) fn negotiation(&self, asker: Asker) -> &RefCell<Negotiation> {
        &self.side(asker).negotiation
    }

    /// The server or the proxy is content: whatever it asks next is a new question.
    pub(super) fn end_negotiation(&self, asker: Asker) {
        let old = self.negotiation(asker).take();
        drop(old);
    }

    /// Begins anew: the message is queued.
    pub(super) fn begin(&self) {
        self.end();
        for asker in Asker::ALL {
            self.side(asker).given_used.set(false);
            self.try_auth(asker, None);
            self.end_negotiation(asker);
        }
    }

    /// Waits no more.
    pub(super) fn end(&self) {
        let waiting = self.waiting.take();
        drop(waiting);
    }

    /// Has the message resumed in its context with what `then` says, when the program answers, or says that if it has meanwhile.
    pub(super) fn wait(
        &self,
        message: &Message,
        auth: &Auth,
        then: impl Fn(&Message) -> Verdict + 'static,
    ) -> Verdict {
        let Some(context) = message.context() else {
            return Verdict::Continue;
        };
        // The auth may be answered in any thread.
        let deposit: Arc<Deposit<glib::WeakRef<Message>>> =
            Arc::new(Home::of(&context).deposit(message.downgrade()));
        let handlers = ["is-authenticated", "is-cancelled"].map(|property| {
            let deposit = deposit.clone();
            auth.connect_notify(Some(property), move |_, _| deposit.visit(answered))
        });
        auth.count_waiting(true);
        let answer = Answer {
            auth: auth.clone(),
            handlers: handlers.into(),
            then: Box::new(then),
        };
        self.waiting.replace(Some(Waiting::Answer(answer)));
        if !auth.is_authenticated() && !auth.is_cancelled() {
            return Verdict::Wait;
        }
        self.take_answer()
            .map_or(Verdict::Continue, |answer| (answer.then)(message))
    }

    /// The auth that was waited for, if that is what was waited for.
    fn take_answer(&self) -> Option<Answer> {
        match self.waiting.take() {
            Some(Waiting::Answer(answer)) => Some(answer),
            other => {
                self.waiting.replace(other);
                None
            }
        }
    }

    /// Has a thread do the work, and then the message resumed in its context with what `then` says. Whoever ends the attempt does not
    /// wait for the thread.
    pub(super) fn wait_for_work(
        &self,
        message: &Message,
        work: Work,
        then: impl Fn(&Message) -> Verdict + 'static,
    ) -> Verdict {
        let Some(context) = message.context() else {
            return Verdict::Continue;
        };
        let wanted = Rc::new(());
        let errand = Errand {
            message: message.downgrade(),
            wanted: Rc::downgrade(&wanted),
            then,
        };
        let deposit = Home::of(&context).deposit(errand);
        self.waiting.replace(Some(Waiting::Work(wanted)));
        let done = move || {
            work();
            deposit.collect(Errand::end);
        };
        if !in_thread(Box::new(done)) {
            self.end();
            return Verdict::Continue;
        }
        Verdict::Wait
    }
}

/// The program has answered.
fn answered(message: &glib::WeakRef<Message>) {
    let Some(message) = message.upgrade() else { return };
    let answer = message.attempt().take_answer();
    if let Some(answer) = answer {
        let verdict = (answer.then)(&message);
        drop(answer);
        resume(&message, verdict);
    }
}

/// Goes on, unless it waits again.
fn resume(message: &Message, verdict: Verdict) {
    match verdict {
        Verdict::Wait => {}
        verdict => message.resume(verdict),
    }
}

impl<F: Fn(&Message) -> Verdict> Errand<F> {
    /// The thread is done.
    fn end(self) {
        if let (Some(message), Some(_)) = (self.message.upgrade(), self.wanted.upgrade()) {
            message.attempt().end();
            resume(&message, (self.then)(&message));
        }
    }
}

/// What an auth that was answered means for a message.
pub(super) fn verdict(auth: &Auth, message: &Message) -> Verdict {
    match auth.is_authenticated() && auth.is_ready(message) {
        true => Verdict::Restart,
        false => Verdict::Continue,
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.auth.count_waiting(false);
        for handler in self.handlers.drain(..) {
            self.auth.disconnect(handler);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(asker: Asker, method: &std::ffi::CStr, uri: &str, proxy: bool) -> Option<Place> {
        let message = Message::new(method, &crate::gobject::message::parse_uri(uri).unwrap());
        let address = gio::InetAddress::from_string("127.0.0.1").unwrap();
        let address: gio::SocketAddress = match proxy {
            true => gio::ProxyAddress::new(&address, 8080, "http", "h", 80, None, None).upcast(),
            false => gio::InetSocketAddress::new(&address, 8080).upcast(),
        };
        message.set_remote_address(Some(address));
        asker.place(&message)
    }

    #[test]
    fn a_proxy_is_believed_where_it_can_read_the_request() {
        for (method, uri, proxy, asks) in [
            (c"GET", "http://h/", true, true),
            (c"CONNECT", "https://h/", true, true),
            (c"GET", "https://h/", true, false),
            (c"GET", "ws://h/", true, false),
            (c"GET", "http://h/", false, false),
            (c"CONNECT", "https://h/", false, false),
        ] {
            let expected = asks.then(|| Place::Proxy("127.0.0.1 8080".into()));
            assert_eq!(
                place(Asker::Proxy, method, uri, proxy),
                expected,
                "{method:?} {uri} {proxy}"
            );
        }
        assert_eq!(place(Asker::Server, c"CONNECT", "https://h/", true), None);
        assert!(place(Asker::Server, c"GET", "https://h/x?y", true).is_some());
    }
}
