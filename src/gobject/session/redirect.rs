//! Sending a message again: where the server redirects it to, because a feature wants it, or on another connection.
//!
//! | status | method | goes on with (RFC 9110, section 15.4; what is not there ends it) |
//! |---|---|---|
//! | 303 | HEAD | HEAD, without a body |
//! | 303 | any other | GET, without a body |
//! | 301, 302, 307, 308 | a safe one | the same |
//! | 301 | POST | GET, without a body |
//! | 302 | an unsafe one | GET, without a body |
//!
//! Law: what a program has said to one origin is not said to another, and what was asked for over TLS never goes without.

use std::ffi::CStr;
use std::rc::Rc;

use glib::Uri;

use crate::gobject::Message;
use crate::gobject::enums::{MessageFlags, SessionError};
use crate::gobject::message::RequestBody;
use crate::gobject::message::uri as message_uri;
use crate::gobject::session::item::QueueItem;
use crate::gobject::session::stage::Stage;
use crate::gobject::websocket::handshake;
use crate::proto::limits;

/// What an item does about redirects. It is decided when it is queued, as in libsoup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gobject) enum Redirects {
    /// A redirect is a refusal like any other.
    Ignored,
    /// They are followed; so many have been.
    Followed(u32),
}

impl Redirects {
    /// What a message's flags say.
    pub(in crate::gobject) fn for_message(message: &Message) -> Redirects {
        match message.flags().contains(MessageFlags::NO_REDIRECT) {
            true => Redirects::Ignored,
            false => Redirects::Followed(0),
        }
    }
}

impl QueueItem {
    /// Where the response redirects the message to, if it does and redirects are followed.
    pub(super) fn redirect(&self) -> Result<Option<Redirect>, glib::Error> {
        match self.redirects.get() {
            Redirects::Ignored => Ok(None),
            Redirects::Followed(_) => Redirect::of(&self.message),
        }
    }

    /// Makes the message another request, and goes back to the queue with it.
    pub(super) fn follow_redirect(self: &Rc<Self>, redirect: &Redirect) {
        self.keep_connection();
        self.enter(Stage::Restarting);
        redirect.apply(&self.message);
        let count = match self.redirects.get() {
            Redirects::Followed(count) => count,
            Redirects::Ignored => 0,
        };
        if count >= limits::REDIRECTS {
            let text = "The server redirects the message again and again";
            return self.fail(glib::Error::new(SessionError::TooManyRedirects, text));
        }
        self.redirects.set(Redirects::Followed(count.saturating_add(1)));
        self.send_again();
    }

    /// Sends the message again as it is.
    pub(super) fn restart(self: &Rc<Self>) {
        if self.is_tunnel() {
            return self.ask_proxy_again();
        }
        self.keep_connection();
        self.enter(Stage::Restarting);
        // The next attempt writes the Host that belongs to it.
        self.message.request_headers().remove("Host");
        self.send_again();
    }

    /// Counts a restart that an answer has asked for; a server could ask for ever.
    pub(super) fn may_restart(self: &Rc<Self>) -> bool {
        self.restarts.set(self.restarts.get().saturating_add(1));
        let may = self.restarts.get() <= limits::RESTARTS;
        if !may {
            let text = "The message was restarted too many times";
            self.fail(glib::Error::new(SessionError::TooManyRestarts, text));
        }
        may
    }

    /// The connection to a proxy was lost before it led anywhere: begins again with another.
    pub(super) fn begin_again(self: &Rc<Self>) {
        if self.may_restart() {
            self.send_again();
        }
    }

    /// Whether the request may be sent twice (RFC 9110, section 9.2.2).
    fn is_idempotent(&self) -> bool {
        let method = self.message.method();
        let method = method.as_ref().map_or("", |method| method.as_str());
        matches!(
            method,
            "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PROPFIND" | "PUT" | "DELETE"
        ) || self.message.flags().contains(MessageFlags::IDEMPOTENT)
    }

    /// Whether the request may be sent twice, and can be.
    pub(super) fn may_repeat(&self) -> bool {
        self.is_idempotent() && !matches!(self.message.request_body(), RequestBody::Stream(..))
    }

    /// Whether the request goes over a connection of its own: a kept one may end just when the request has been sent, and one
    /// that is not idempotent is not sent again.
    pub(super) fn wants_new_connection(&self) -> bool {
        self.message.flags().contains(MessageFlags::NEW_CONNECTION) || !self.is_idempotent()
    }

    /// The kept connection had ended: tries again, unseen, on another one.
    pub(super) fn retry(self: &Rc<Self>) {
        self.hang_up();
        self.enter(Stage::Restarting);
        self.fresh.set(true);
        self.queue_again();
    }

    fn send_again(self: &Rc<Self>) {
        if !self.is_over() {
            self.session.restarting(&self.message);
        }
        if !self.is_over() {
            self.message.clear_attempt();
        }
        if !self.is_over() {
            self.fresh.set(self.wants_new_connection());
            self.queue_again();
        }
    }

    fn queue_again(self: &Rc<Self>) {
        self.prepared.set(false);
        self.take_ticket();
        self.wake();
    }
}

/// Where a server redirects a request to.
#[derive(Debug)]
pub(super) struct Redirect {
    uri: Uri,
    next: Next,
    /// Whether that is another origin than the one that has answered.
    leaves_origin: bool,
}

/// What a redirect makes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The same.
    Same,
    /// One with this method, and without a body.
    Bodiless(&'static CStr),
}

impl Redirect {
    /// What a message's response says: `None` if it is no redirect that can be followed.
    fn of(message: &Message) -> Result<Option<Redirect>, glib::Error> {
        let (Some(method), Some(base)) = (message.method(), message.uri()) else {
            return Ok(None);
        };
        let Some(next) = next(message.status(), method) else {
            return Ok(None);
        };
        let headers = message.response_headers().list();
        let Some(location) = headers.one("Location") else {
            return Ok(None);
        };
        let location = String::from_utf8_lossy(location);
        if location.is_empty() {
            let text = "The server redirects the message without saying where to";
            return Err(glib::Error::new(SessionError::RedirectNoLocation, text));
        }
        let Some(uri) = message_uri::resolved(&base, &location) else {
            return Ok(None);
        };
        if let Some(text) = objection(&base, &uri) {
            return Err(glib::Error::new(SessionError::RedirectBadUri, text));
        }
        Ok(Some(Redirect {
            leaves_origin: origin(&base) != origin(&uri),
            uri,
            next,
        }))
    }

    /// Makes the message the request that is to be sent there.
    fn apply(&self, message: &Message) {
        let headers = message.request_headers();
        // The next attempt writes the Host that belongs to it.
        headers.remove("Host");
        if self.leaves_origin {
            for name in CREDENTIALS {
                headers.remove(name);
            }
        }
        if message.request_headers().list().contains("Sec-WebSocket-Key") {
            handshake::renew_key(message);
        }
        if let Next::Bodiless(method) = self.next {
            message.set_request_body(None, RequestBody::None);
            message.set_method(method);
        }
        message.set_uri(&self.uri);
    }
}

/// What a status makes of a request with this method; `None` if it does not redirect it.
fn next(status: u32, method: &str) -> Option<Next> {
    let safe = matches!(method, "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "TRACE");
    match (status, method) {
        (303, "HEAD") => Some(Next::Bodiless(c"HEAD")),
        (301 | 302 | 307 | 308, _) if safe => Some(Next::Same),
        (301, "POST") | (302 | 303, _) => Some(Next::Bodiless(c"GET")),
        _ => None,
    }
}

/// What speaks against a redirect from one URI to another.
fn objection(from: &Uri, to: &Uri) -> Option<&'static str> {
    if !message_uri::is_served(&to.scheme()) || !message_uri::is_valid(to) {
        return Some("The server redirects the message to what is no address of a server");
    }
    (is_secret(from) && !is_secret(to))
        .then_some("The server redirects the message from TLS to a place without")
}

/// Whether a request goes there over TLS.
fn is_secret(uri: &Uri) -> bool {
    message_uri::has_tls(&uri.scheme())
}

/// Whom a program that sends credentials there trusts: scheme, host and port (RFC 9110, section 4.3.1).
fn origin(uri: &Uri) -> (String, Option<String>, u16) {
    let scheme = uri.scheme().to_string();
    let port = u16::try_from(uri.port()).unwrap_or_else(|_| message_uri::default_port(&scheme));
    (scheme, uri.host().map(|host| host.to_ascii_lowercase()), port)
}

/// What a program says to the origin that it knows, and to no other (CVE-2025-46421, CVE-2026-1539; RFC 9110, section 15.4).
const CREDENTIALS: [&str; 3] = ["Authorization", "Cookie", "Proxy-Authorization"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gobject::enums::HttpVersion;

    fn redirected(
        from: &str,
        status: u16,
        location: &str,
    ) -> (Message, Result<Option<Redirect>, glib::Error>) {
        let message = Message::new(c"GET", &message_uri::parse(from).unwrap());
        message.set_response(HttpVersion::Http11, status, "");
        message.response_headers().append("Location", location).unwrap();
        let redirect = Redirect::of(&message);
        (message, redirect)
    }

    #[test]
    fn methods_go_on_as_libsoup_s_do() {
        let get = Some(Next::Bodiless(c"GET"));
        for method in ["GET", "HEAD", "OPTIONS", "PROPFIND", "TRACE"] {
            for status in [301, 302, 307, 308] {
                assert_eq!(next(status, method), Some(Next::Same), "{status} {method}");
            }
        }
        for method in ["GET", "OPTIONS", "POST", "PUT", "X"] {
            assert_eq!(next(303, method), get, "{method}");
        }
        assert_eq!(next(303, "HEAD"), Some(Next::Bodiless(c"HEAD")));
        assert_eq!(next(301, "POST"), get);
        for method in ["PUT", "DELETE", "X", "get"] {
            assert_eq!(next(301, method), None, "{method}");
            assert_eq!(next(302, method), get, "{method}");
            assert_eq!(next(307, method), None, "{method}");
            assert_eq!(next(308, method), None, "{method}");
        }
        for status in [0, 101, 200, 201, 300, 304, 305, 306, 309, 401] {
            assert_eq!(next(status, "GET"), None, "{status}");
        }
    }

    #[test]
    fn what_was_asked_for_over_tls_never_goes_without() {
        for (from, to, followed) in [
            ("wss://a/", "ws://a/", false),
            ("wss://a/", "http://a/", false),
            ("https://a/", "ws://b/", false),
            ("https://a/", "http://a:443/", false),
            ("wss://a/", "https://a/", true),
            ("wss://a/", "//b/", true),
            ("ws://a/", "wss://a/", true),
            ("ws://a/", "http://a/", true),
            ("http://a/", "https://a/", true),
        ] {
            let (_, redirect) = redirected(from, 302, to);
            match followed {
                true => assert!(redirect.unwrap().is_some(), "{from} {to}"),
                false => assert!(
                    redirect.unwrap_err().matches(SessionError::RedirectBadUri),
                    "{from} {to}"
                ),
            }
        }
    }

    proptest! {
        #[test]
        fn any_location_leads_to_a_server_or_nowhere(location in "(ws|http|file|[a-z]{0,3})?:?/{0,3}[ -~]{0,12}(%[0-9a-f]{2}){0,2}\\PC{0,6}") {
            for from in ["wss://a:1/b?c", "http://[::1]/"] {
                if let (_, Ok(Some(redirect))) = redirected(from, 302, &location) {
                    let uri = &redirect.uri;
                    prop_assert!(["ws", "wss", "http", "https"].contains(&&uri.scheme()[..]));
                    prop_assert!(message_uri::is_valid(uri));
                    prop_assert!(is_secret(uri) || from.starts_with("http:"));
                    let target = message_uri::request_target(uri);
                    prop_assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()));
                }
            }
        }
    }

    #[test]
    fn cve_2025_46421_and_cve_2026_1539_credentials_stay_with_their_origin() {
        for (from, to, stay) in [
            ("ws://a/x", "/y", true),
            ("ws://a/x", "//A:80/y", true),
            ("wss://a/x", "wss://a:443/", true),
            ("ws://a/x", "//a:8080/y", false),
            ("ws://a/x", "//b/y", false),
            ("ws://a/x", "//a.b/y", false),
            ("ws://a/x", "//a./y", false),
            ("ws://a/x", "wss://a/x", false),
            ("ws://a/x", "http://a/x", false),
        ] {
            let (message, redirect) = redirected(from, 307, to);
            for name in CREDENTIALS {
                message.request_headers().append(name, "secret").unwrap();
            }
            message.request_headers().append("X-Own", "own").unwrap();
            redirect.unwrap().unwrap().apply(&message);
            let headers = message.request_headers().list();
            for name in CREDENTIALS {
                assert_eq!(headers.contains(name), stay, "{from} {to} {name}");
            }
            assert!(headers.contains("X-Own"));
        }
    }
}
