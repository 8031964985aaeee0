//! What a cache does for one message, from its queueing to its end.
//!
//! | hook | what |
//! |---|---|
//! | `find_response` | a fresh response answers; a body in a file is read, and the message waits for it; of a stale one the server is asked |
//! | `will_send` | notes the time |
//! | `revise_head` | a 304 becomes the stored head, before anybody sees it |
//! | `got_head` | decides what is stored, and what is not valid any more |
//! | `wrap_body` | copies the body as it comes ([`super::body`]) |

use std::sync::{Arc, Mutex};

use gio::prelude::*;

use super::body::StoreFilter;
use super::disk::{Disk, ReadBody};
use super::enums::Cacheability;
use super::state::{State, key, lock};
use super::stored_body::StoredBody;
use crate::gobject::enums::HttpVersion;
use crate::gobject::features::body_filter::FilteredBody;
use crate::gobject::features::cookies::cookie::now;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::dispatcher::Waker;
use crate::gobject::{Message, Verdict};
use crate::proto::cache::{self, Body, Head, Scope, Storability, Stored, Verdict as Answer};
use crate::proto::http1::body::content_length;
use crate::proto::http1::head::ResponseHead;
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::limits;

/// What a message is waiting for, or will need.
#[derive(Default)]
pub(super) struct Exchange {
    /// The stored response whose body is being read.
    reading: Option<(u64, Arc<Head>, ReadBody)>,
    /// The stored response that the server is asked about.
    asked_about: Option<AskedAbout>,
    /// When the request was sent.
    request_time: i64,
    /// The body of the response that the server has confirmed.
    confirmed: Option<glib::Bytes>,
    /// What the body that comes belongs to.
    store: Option<Head>,
}

/// A stored response by its number, and its body.
type AskedAbout = (u64, Arc<Head>, glib::Bytes);

/// What a cache's messages share, one per `SoupCache`.
pub(super) struct Core {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) disk: Disk,
    pub(super) scope: Scope,
}

impl Core {
    /// Looks for what is stored.
    pub(super) fn find(&self, message: &Message, headers: &dyn Fn() -> HeaderList, waker: Waker) -> Verdict {
        self.tell();
        let Some(uri) = request_uri(message).filter(|_| is_get(message)) else {
            return Verdict::Continue;
        };
        // The attempt before this one may have got no answer.
        self.take_back(message);
        let mut state = lock(&self.state);
        // A cache that has come since the message was queued begins with it here.
        let exchange = state.exchanges.entry(key(message)).or_default();
        if let Some((id, head, place)) = exchange.reading.take() {
            let read = place.lock().map_or(Some(None), |mut read| read.take());
            match read {
                None => {
                    exchange.reading = Some((id, head, place));
                    return Verdict::Wait;
                }
                Some(Some(body)) => {
                    drop(state);
                    return self.answer(message, &headers(), id, &head, body);
                }
                // It has gone meanwhile: there may be another one.
                Some(None) => {}
            }
        }
        if state.loading > 0 {
            state.waiting.push(waker);
            return Verdict::Wait;
        }
        drop(state);
        let request = headers();
        let found = lock(&self.state).index.find(&uri, &request).cloned();
        let stored = found
            .as_ref()
            .map(|entry| (entry.head.times, entry.head.status, &entry.head.response));
        match (cache::verdict(&request, stored, self.scope, now()), found) {
            (Answer::Unavailable, _) => {
                message.response_headers().assign(HeaderList::new(Kind::Response));
                message.set_response(HttpVersion::Http11, 504, "Gateway Timeout");
                Verdict::AnswerFrom(StoredBody::new(&glib::Bytes::from_static(b"")).upcast())
            }
            (Answer::Miss, _) | (_, None) => Verdict::Continue,
            (_, Some(entry)) => match entry.body {
                Body::Memory(body) => {
                    let body = glib::Bytes::from_owned(body);
                    self.answer(message, &request, entry.id, &entry.head, body)
                }
                Body::File => {
                    let place = self.disk.read(entry.id, entry.head.clone(), waker);
                    self.with(message, |exchange| {
                        exchange.reading = Some((entry.id, entry.head, place))
                    });
                    Verdict::Wait
                }
            },
        }
    }

    /// Answers with what is stored, or keeps it at hand until the server has been asked.
    fn answer(
        &self,
        message: &Message,
        request: &HeaderList,
        id: u64,
        head: &Arc<Head>,
        body: glib::Bytes,
    ) -> Verdict {
        let now = now();
        let stored = Some((head.times, head.status, &head.response));
        match cache::verdict(request, stored, self.scope, now) {
            Answer::Use => {
                lock(&self.state).index.touch(id);
                let mut response = head.response.clone();
                // A number is a value (RFC 9111, section 5.1).
                let _ = response.replace("Age", head.times.age(&head.response, now).to_string());
                message.response_headers().assign(response);
                message.set_response(HttpVersion::Http11, head.status, &head.reason);
                Verdict::AnswerFrom(StoredBody::new(&body).upcast())
            }
            Answer::Validate => {
                for (name, value) in cache::conditions(&head.response) {
                    // They are values of a list already.
                    let _ = message.request_headers().replace(name, value);
                }
                self.with(message, |exchange| {
                    exchange.asked_about = Some((id, head.clone(), body));
                });
                Verdict::Continue
            }
            Answer::Miss | Answer::Unavailable => Verdict::Continue,
        }
    }

    /// The request is about to be written.
    pub(super) fn note_request(&self, message: &Message) {
        self.with(message, |exchange| exchange.request_time = now());
    }

    /// Takes back what the server was to be asked; returns what it was asked about.
    pub(super) fn take_back(&self, message: &Message) -> Option<(i64, AskedAbout)> {
        let asked = self.with(message, |exchange| {
            let asked = exchange.asked_about.take();
            asked.map(|asked| (exchange.request_time, asked))
        });
        let asked = asked.flatten()?;
        for name in ["If-None-Match", "If-Modified-Since"] {
            message.request_headers().remove(name);
        }
        Some(asked)
    }

    /// The head of the response has come.
    pub(super) fn revise(&self, message: &Message, head: &mut ResponseHead) {
        let Some((request_time, (id, stored, body))) = self.take_back(message) else {
            return;
        };
        if head.status != 304 {
            // It is another resource now, or none; a server in trouble, or that wants a password, says nothing about it.
            if matches!(head.status, 200..=399 | 404 | 410) {
                let leaving = lock(&self.state).index.remove(id);
                self.disk.remove(leaving.into_iter().collect());
            }
            return;
        }
        let mut confirmed = Head::clone(&stored);
        cache::update(&mut confirmed.response, &head.headers);
        confirmed.times = Stored {
            request_time,
            response_time: now(),
        };
        let mut headers = confirmed.response.clone();
        for value in head.headers.values("Set-Cookie") {
            // It is a value of a list already.
            let _ = headers.append("Set-Cookie", value);
        }
        head.status = confirmed.status;
        head.reason = confirmed.reason.clone().into();
        head.headers = headers;
        let is_there = lock(&self.state).index.get(id).is_some();
        if is_there {
            self.store(confirmed, body.to_vec());
        }
        self.with(message, |exchange| exchange.confirmed = Some(body));
    }

    /// The head of the response has been shown. `cacheability` is what the cache's class has said about it.
    pub(super) fn decide(&self, message: &Message, cacheability: Cacheability) -> Verdict {
        let asked = self.with(message, |exchange| {
            exchange.store = None;
            (exchange.confirmed.take(), exchange.request_time)
        });
        let (confirmed, request_time) = asked.unwrap_or_default();
        if let Some(body) = confirmed {
            return Verdict::AnswerFrom(StoredBody::new(&body).upcast());
        }
        if cacheability.contains(Cacheability::INVALIDATES) {
            self.invalidate(message);
        }
        // Who accepts a bad certificate once does not accept what came with it for ever.
        let is_stored = cacheability.contains(Cacheability::CACHEABLE)
            && is_get(message)
            && message.tls_peer_certificate_errors().is_empty();
        if let Some(uri) = request_uri(message).filter(|_| is_stored) {
            let head = head_of(message, &uri, request_time);
            let head = Some(head).filter(|head| head.size() <= limits::CACHE_HEAD);
            self.with(message, |exchange| exchange.store = head);
        }
        Verdict::Continue
    }

    /// The body of the response is handed to the program.
    pub(super) fn copy(self: &Arc<Self>, message: &Message, body: &gio::InputStream) -> Option<FilteredBody> {
        let head = self.with(message, |exchange| exchange.store.take()).flatten()?;
        let length = content_length(&message.response_headers().list()).ok()?;
        let most = lock(&self.state).index.max_body();
        let length = length.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if length.is_some_and(|length| length > most) {
            return None;
        }
        Some(FilteredBody::new(
            body,
            StoreFilter::new(self.clone(), head, length, most),
        ))
    }

    /// Stores a response whose body is complete.
    pub(super) fn store(&self, head: Head, body: Vec<u8>) {
        let mut state = lock(&self.state);
        let length = body.len() as u64;
        let (id, leaving) = state.index.insert(head, Body::Memory(body.into()), length);
        drop(state);
        self.disk.remove(leaving);
        self.disk.write(id);
    }

    /// What is stored of the message's URI, and of those that the response names, is not valid any more (RFC 9111, section 4.4).
    fn invalidate(&self, message: &Message) {
        let Some(base) = message.uri() else { return };
        let mut uris: Vec<String> = key_of(&base).into_iter().collect();
        let headers = message.response_headers().list();
        for name in ["Location", "Content-Location"] {
            let value = headers.one_str(name);
            let named = value.and_then(|value| message_uri::resolved(&base, value));
            // Nobody says anything about another's resources.
            let same = named.filter(|uri| origin(uri) == origin(&base));
            uris.extend(same.as_ref().and_then(key_of));
        }
        drop(headers);
        let mut state = lock(&self.state);
        let leaving = uris.iter().flat_map(|uri| state.index.remove_uri(uri)).collect();
        drop(state);
        self.disk.remove(leaving);
    }

    /// Calls `work` with what is done for a message of a session's queue; not for the CONNECT message of a tunnel.
    fn with<T>(&self, message: &Message, work: impl FnOnce(&mut Exchange) -> T) -> Option<T> {
        let mut state = lock(&self.state);
        state.exchanges.get_mut(&key(message)).map(work)
    }

    /// Tells the log what has gone wrong, once.
    pub(super) fn tell(&self) {
        let trouble = lock(&self.state).take_trouble();
        if let Some(trouble) = trouble {
            glib::g_warning!("libsoup", "{trouble}");
        }
    }
}

/// What a response does to a cache, by the rules.
pub(super) fn cacheability(message: &Message, scope: Scope) -> Cacheability {
    let status = u16::try_from(message.status()).unwrap_or_default();
    let storability = cache::storability(
        message.method().as_ref().map_or("", |method| method.as_str()),
        &message.request_headers().list(),
        status,
        &message.response_headers().list(),
        scope,
    );
    match storability {
        // A session follows it, and asks again each time.
        Storability::Store if (300..400).contains(&status) => Cacheability::UNCACHEABLE,
        storability => storability.into(),
    }
}

fn head_of(message: &Message, uri: &str, request_time: i64) -> Head {
    let times = Stored {
        request_time,
        response_time: now(),
    };
    let reason = message.with_reason(|reason| {
        let reason = reason.map(|reason| reason.to_string_lossy().into_owned());
        reason.unwrap_or_default()
    });
    Head::new(
        uri,
        &message.request_headers().list(),
        u16::try_from(message.status()).unwrap_or_default(),
        &reason,
        &message.response_headers().list(),
        times,
    )
}

fn is_get(message: &Message) -> bool {
    message.method().is_some_and(|method| method == "GET")
}

fn request_uri(message: &Message) -> Option<String> {
    message.uri().as_ref().and_then(key_of)
}

/// What responses are stored under: the URI without fragment, user and password.
fn key_of(uri: &glib::Uri) -> Option<String> {
    let (scheme, host) = (uri.scheme(), message_uri::host_header(uri)?.to_ascii_lowercase());
    let target = message_uri::request_target(uri);
    matches!(&*scheme, "http" | "https").then(|| format!("{scheme}://{host}{target}"))
}

fn origin(uri: &glib::Uri) -> (glib::GString, Option<String>) {
    let host = message_uri::host_header(uri).map(|host| host.to_ascii_lowercase());
    (uri.scheme(), host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_responses_are_stored_under() {
        for (uri, key) in [
            (
                "http://user:secret@Example.com/a?b#c",
                Some("http://example.com/a?b"),
            ),
            ("http://example.com:80", Some("http://example.com/")),
            ("https://example.com:8443/", Some("https://example.com:8443/")),
            ("ws://example.com/", None),
        ] {
            let parsed = message_uri::parse(uri).unwrap();
            assert_eq!(key_of(&parsed).as_deref(), key, "{uri}");
        }
    }
}
