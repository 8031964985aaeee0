//! What serves which path: the longest registered prefix of a request's path, as in libsoup character by character.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_void};
use std::rc::Rc;

use super::{Server, SoupServer};
use crate::gobject::Callback;
use crate::gobject::multipart::FormTable;
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
    pub(super) fn call(
        &self,
        server: &Server,
        message: &ServerMessage,
        path: &CStr,
        query: Option<&FormTable>,
    ) {
        let Some(function) = self.function else { return };
        let query = query.map_or(std::ptr::null_mut(), FormTable::as_ptr);
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
}
