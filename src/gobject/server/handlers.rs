//! What serves which path: the longest registered prefix of a request's path, as in libsoup character by character.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::rc::Rc;

use super::{Server, SoupServer};
use crate::gobject::Callback;
use crate::gobject::server_message::{ServerMessage, SoupServerMessage};
use crate::gobject::websocket::{SoupWebsocketConnection, WebsocketConnection};
use glib::ffi::GHashTable;
use glib::prelude::*;

/// A handler of requests, as C passes it. The path is NUL-terminated, the query NULL or a table of strings.
pub type SoupServerCallback = Option<
    unsafe extern "C" fn(
        *mut SoupServer,
        *mut SoupServerMessage,
        *const c_char,
        *mut GHashTable,
        *mut c_void,
    ),
>;

/// A handler of WebSocket connections, as C passes it.
pub type SoupServerWebsocketCallback = Option<
    unsafe extern "C" fn(
        *mut SoupServer,
        *mut SoupServerMessage,
        *const c_char,
        *mut SoupWebsocketConnection,
        *mut c_void,
    ),
>;

impl Callback<SoupServerCallback> {
    /// Calls the handler of requests. Nothing may be borrowed.
    pub(super) fn call(&self, server: &Server, message: &ServerMessage, path: &CStr, query: Option<&Query>) {
        let Some(function) = self.function else { return };
        let query = query.map_or(std::ptr::null_mut(), |query| query.0);
        // SAFETY: the C contract of the callback; both objects are referenced by our caller.
        unsafe { function(server.as_ptr(), message.as_ptr(), path.as_ptr(), query, self.data) };
    }
}

impl Callback<SoupServerWebsocketCallback> {
    /// Calls the handler of a WebSocket connection. Nothing may be borrowed.
    pub(super) fn call(
        &self,
        server: &Server,
        message: &ServerMessage,
        path: &CStr,
        connection: &WebsocketConnection,
    ) {
        let Some(function) = self.function else { return };
        // SAFETY: the C contract of the callback; the objects are referenced by our caller.
        unsafe {
            function(
                server.as_ptr(),
                message.as_ptr(),
                path.as_ptr(),
                connection.as_ptr(),
                self.data,
            )
        };
    }
}

/// A WebSocket handler and what it asks of a client.
pub(super) struct WebsocketHandler {
    pub(super) origin: Option<Vec<u8>>,
    pub(super) protocols: Option<Vec<String>>,
    pub(super) callback: Callback<SoupServerWebsocketCallback>,
}

/// What is registered for one path.
#[derive(Clone, Default)]
pub(super) struct Handlers {
    pub(super) early: Option<Rc<Callback<SoupServerCallback>>>,
    pub(super) request: Option<Rc<Callback<SoupServerCallback>>>,
    pub(super) websocket: Option<Rc<WebsocketHandler>>,
}

/// The registered paths. Whatever is replaced or removed is dropped by the caller of the method, outside the borrow:
/// its destroy notify may come back here.
#[derive(Default)]
pub(super) struct Paths(RefCell<Vec<(Vec<u8>, Handlers)>>);

impl Paths {
    /// Puts `change` into what is registered for exactly `path`; gives back what stood there before.
    #[must_use]
    pub(super) fn change(&self, path: &[u8], change: impl FnOnce(&mut Handlers)) -> Option<Handlers> {
        let mut paths = self.0.borrow_mut();
        if let Some((_, handlers)) = paths.iter_mut().find(|(registered, _)| registered == path) {
            let before = handlers.clone();
            change(handlers);
            return Some(before);
        }
        let mut handlers = Handlers::default();
        change(&mut handlers);
        paths.push((path.to_owned(), handlers));
        // The longest prefix is found first.
        paths.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        None
    }

    /// Takes out what is registered for exactly `path`.
    #[must_use]
    pub(super) fn remove(&self, path: &[u8]) -> Option<Handlers> {
        let mut paths = self.0.borrow_mut();
        let index = paths.iter().position(|(registered, _)| registered == path)?;
        Some(paths.remove(index).1)
    }

    /// What serves `path`.
    pub(super) fn find(&self, path: &[u8]) -> Option<Handlers> {
        let paths = self.0.borrow();
        paths
            .iter()
            .find(|(registered, _)| path.starts_with(registered))
            .map(|(_, handlers)| handlers.clone())
    }

    /// Takes everything out.
    pub(super) fn take(&self) -> Vec<(Vec<u8>, Handlers)> {
        std::mem::take(&mut *self.0.borrow_mut())
    }
}

/// The fields of a URI's query, for C: a table of strings.
pub(super) struct Query(*mut GHashTable);

impl Query {
    /// Decodes `application/x-www-form-urlencoded` text. Of a name that comes twice the last one counts; a field
    /// without "=" or with a broken escape is left out.
    pub(super) fn decode(query: &str) -> Query {
        use glib::ffi;
        // SAFETY: keys and values are strings of our own, which the table frees.
        let table = unsafe {
            ffi::g_hash_table_new_full(
                Some(ffi::g_str_hash),
                Some(ffi::g_str_equal),
                Some(ffi::g_free),
                Some(ffi::g_free),
            )
        };
        for field in query.split('&') {
            let Some((name, value)) = field.split_once('=') else {
                continue;
            };
            if let (Some(name), Some(value)) = (form_decoded(name), form_decoded(value)) {
                // SAFETY: the table takes both strings.
                unsafe {
                    ffi::g_hash_table_replace(table, name.to_glib_full().cast(), value.to_glib_full().cast())
                };
            }
        }
        Query(table)
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        // SAFETY: the reference of `decode`.
        unsafe { glib::ffi::g_hash_table_unref(self.0) };
    }
}

/// "+" as a space and percent escapes; `None` for a broken escape or a NUL.
fn form_decoded(text: &str) -> Option<Text> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (hex(bytes.next()?)?, hex(bytes.next()?)?);
                high << 4 | low
            }
            other => other,
        });
    }
    CString::new(decoded).ok().map(Text)
}

/// Decoded text, which GLib gets a copy of.
struct Text(CString);

impl Text {
    fn to_glib_full(&self) -> *mut c_char {
        // SAFETY: a NUL-terminated string.
        unsafe { glib::ffi::g_strdup(self.0.as_ptr()) }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(mark: usize) -> impl FnOnce(&mut Handlers) {
        move |handlers| handlers.request = Some(Rc::new(Callback::new(None, mark as *mut c_void, None)))
    }

    fn found(paths: &Paths, path: &str) -> usize {
        paths
            .find(path.as_bytes())
            .and_then(|handlers| handlers.request)
            .map_or(0, |callback| callback.data as usize)
    }

    #[test]
    fn the_longest_prefix_serves() {
        let paths = Paths::default();
        for (path, mark) in [("/", 1), ("/foo", 2), ("/bar/", 3), ("/foo/baz", 4)] {
            assert!(paths.change(path.as_bytes(), marked(mark)).is_none());
        }
        for (path, mark) in [
            ("/", 1),
            ("/foo", 2),
            ("/foobar", 2),
            ("/bar", 1),
            ("/bar/x", 3),
            ("/foo/baz/q", 4),
            ("*", 0),
        ] {
            assert_eq!(found(&paths, path), mark, "{path}");
        }
    }

    #[test]
    fn destroy_is_called_once() {
        thread_local!(static CALLS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });
        unsafe extern "C" fn destroy(_: *mut c_void) {
            CALLS.set(CALLS.get() + 1);
        }
        let paths = Paths::default();
        let register = |handlers: &mut Handlers| {
            handlers.request = Some(Rc::new(Callback::new(None, std::ptr::null_mut(), Some(destroy))));
        };
        drop(paths.change(b"/", register));
        assert_eq!(CALLS.get(), 0);
        drop(paths.change(b"/", register));
        assert_eq!(CALLS.get(), 1);
        drop(paths.remove(b"/"));
        assert_eq!(CALLS.get(), 2);
        drop(paths.remove(b"/"));
        assert_eq!(CALLS.get(), 2);
    }

    #[test]
    fn forms_are_decoded() {
        for (text, decoded) in [
            ("d+e%20f", Some("d e f")),
            ("%4", None),
            ("%zz", None),
            ("%00", None),
            ("", Some("")),
        ] {
            let found = form_decoded(text).map(|found| found.0.into_string().unwrap());
            assert_eq!(found.as_deref(), decoded, "{text}");
        }
    }
}
