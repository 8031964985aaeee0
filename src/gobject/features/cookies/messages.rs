//! Cookies in the headers of messages: Cookie and Set-Cookie.

use crate::gobject::Message;
use crate::gobject::features::cookies::cookie::now;
use crate::gobject::message::uri as message_uri;
use crate::proto::cookies::{self, Cookie, Origin};

/// The cookies that the response to a message sets.
pub fn from_response(message: &Message) -> Vec<Cookie> {
    let Some(uri) = message.uri() else {
        return Vec::new();
    };
    with_origin(&uri, |origin| {
        let list = message.response_headers().list();
        let headers = list.values("Set-Cookie");
        let now = now();
        headers
            .filter_map(|header| Cookie::parse(header, Some(origin), now))
            .collect()
    })
    .unwrap_or_default()
}

/// The cookies of a request: names and values only.
pub fn from_request(message: &Message) -> Vec<Cookie> {
    let list = message.request_headers().list();
    let headers = list.values("Cookie");
    let cookies = headers.flat_map(cookies::parse_request);
    cookies.map(|cookie| Cookie { path: None, ..cookie }).collect()
}

/// Has the response to a message set cookies.
pub fn to_response<'a>(cookies: impl IntoIterator<Item = &'a Cookie>, message: &Message) {
    for cookie in cookies {
        // What no header can hold is left out.
        let _ = message
            .response_headers()
            .append("Set-Cookie", cookie.to_set_cookie_header());
    }
}

/// Adds cookies to those that a request sends.
pub fn to_request<'a>(cookies: impl IntoIterator<Item = &'a Cookie>, message: &Message) {
    let headers = message.request_headers();
    let mut value = cookies::to_cookie_header(cookies);
    if value.is_empty() {
        return;
    }
    let before = headers.list().one("Cookie").map(<[u8]>::to_vec);
    if let Some(before) = before {
        value = format!("{}; {value}", String::from_utf8_lossy(&before));
    }
    // What no header can hold is left out.
    let _ = headers.replace("Cookie", value);
}

/// What `uri` says of where a request goes; `None` for a URI without a host.
pub fn with_origin<T>(uri: &glib::Uri, use_it: impl FnOnce(Origin<'_>) -> T) -> Option<T> {
    let host = uri.host()?;
    let path = uri.path();
    Some(use_it(Origin {
        host: &host,
        path: &path,
        secure: message_uri::has_tls(&uri.scheme()),
    }))
}
