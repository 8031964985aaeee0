//! The response of a message: what a session writes into it, attempt by attempt.

use std::ffi::CString;

use glib::prelude::*;

use crate::gobject::Message;
use crate::gobject::enums::HttpVersion;

impl Message {
    /// The body of the response that has refused a WebSocket, as far as it was kept.
    pub fn refusal(&self) -> Option<glib::Bytes> {
        self.parts().refusal.borrow().clone()
    }

    pub(in crate::gobject) fn set_refusal(&self, body: Option<glib::Bytes>) {
        self.parts().refusal.replace(body);
    }

    /// Forgets the response of an earlier attempt.
    pub(crate) fn clear_response(&self) {
        let changed = self.take_response();
        self.notify_each(&changed);
    }

    /// Forgets the connection of an earlier attempt with its TLS, and the response.
    pub(crate) fn clear_attempt(&self) {
        let parts = self.parts();
        parts.connection_id.set(0);
        let address = parts.remote_address.replace(None);
        let changed = self.take_response();
        if address.is_some() {
            self.notify("remote-address");
        }
        self.clear_tls();
        self.notify_each(&changed);
    }

    /// The response comes from a cache: no connection's peer has sent its body.
    pub(crate) fn set_filled(&self) {
        self.metrics_filled();
        let address = self.parts().remote_address.replace(None);
        if address.is_some() {
            self.notify("remote-address");
        }
    }

    /// Takes the response out; which properties have changed with that.
    fn take_response(&self) -> [Option<&'static str>; 2] {
        let parts = self.parts();
        parts.response_headers.clear();
        parts.http_version.set(HttpVersion::Http11);
        let reason = parts.reason.replace(None).is_some();
        let status = parts.status.replace(0) != 0;
        [reason.then_some("reason-phrase"), status.then_some("status-code")]
    }

    fn notify_each(&self, properties: &[Option<&'static str>]) {
        for property in properties.iter().flatten() {
            self.notify(property);
        }
    }

    /// Takes a status line.
    pub(crate) fn set_response(&self, version: HttpVersion, status: u16, reason: &str) {
        let parts = self.parts();
        parts.http_version.set(version);
        parts
            .reason
            .replace(Some(CString::new(reason).unwrap_or_default()));
        parts.status.set(status.into());
        self.notify("reason-phrase");
        self.notify("status-code");
    }

    /// Takes the address of the peer that the connection leads to.
    pub(crate) fn set_remote_address(&self, address: Option<gio::SocketAddress>) {
        let old = self.parts().remote_address.replace(address);
        drop(old);
        self.notify("remote-address");
    }

    pub(crate) fn set_connection_id(&self, id: u64) {
        self.parts().connection_id.set(id);
    }
}
