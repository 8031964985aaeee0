//! Who sent a request: socket and addresses, made when somebody asks. The addresses are kept for later.

use std::cell::OnceCell;
use std::ffi::{CString, c_char};
use std::rc::Rc;

use gio::prelude::*;
use glib::subclass::prelude::*;

use super::ServerMessage;
use crate::reactor::{AtHome, Link};

/// What has been asked for.
#[derive(Default)]
pub(super) struct Peer {
    /// The connection, beyond the exchange: a websocket handler asks for the socket.
    link: OnceCell<AtHome<Rc<Link>>>,
    /// TLS, if the connection has it.
    tls: OnceCell<PeerTls>,
    local: OnceCell<gio::SocketAddress>,
    remote: OnceCell<gio::SocketAddress>,
    remote_host: OnceCell<Option<CString>>,
}

/// What TLS says about the client.
#[derive(Clone)]
pub(in crate::gobject) enum PeerTls {
    /// GIO's connection says it.
    Gio(gio::TlsConnection),
    /// The certificate that it has shown, if it has.
    Shown(Option<ShownCertificate>),
}

/// The certificate that a client has shown, and what is wrong with it.
#[derive(Clone)]
pub(in crate::gobject) struct ShownCertificate {
    pub(in crate::gobject) certificate: gio::TlsCertificate,
    pub(in crate::gobject) errors: gio::TlsCertificateFlags,
}

impl ServerMessage {
    /// Says over which link the request came.
    pub(in super::super) fn came_over(&self, link: &Rc<Link>) {
        // A message comes over one link, once.
        let link = AtHome::new(&link.reactor().home(), link.clone());
        let _ = self.imp().peer.link.set(link);
    }

    /// Says between which addresses the connection is, where somebody else has accepted it.
    pub(in super::super) fn came_between(
        &self,
        local: Option<gio::SocketAddress>,
        remote: Option<gio::SocketAddress>,
    ) {
        let peer = &self.imp().peer;
        let _ = local.map(|local| peer.local.set(local));
        let _ = remote.map(|remote| peer.remote.set(remote));
    }

    /// Says that the connection has TLS.
    pub(in super::super) fn is_secured_by(&self, tls: PeerTls) {
        // A connection has one TLS.
        let _ = self.imp().peer.tls.set(tls);
    }

    /// Whether the connection has TLS.
    pub(super) fn is_secured(&self) -> bool {
        self.imp().peer.tls.get().is_some()
    }

    /// The certificate that the client has shown. TLS keeps it as long as the message does.
    pub fn tls_peer_certificate(&self) -> Option<gio::TlsCertificate> {
        match self.imp().peer.tls.get()? {
            PeerTls::Gio(tls) => tls.peer_certificate(),
            PeerTls::Shown(shown) => shown.as_ref().map(|shown| shown.certificate.clone()),
        }
    }

    /// What is wrong with that certificate.
    pub fn tls_peer_certificate_errors(&self) -> gio::TlsCertificateFlags {
        match self.imp().peer.tls.get() {
            Some(PeerTls::Gio(tls)) => tls.peer_certificate_errors(),
            Some(PeerTls::Shown(Some(shown))) => shown.errors,
            Some(PeerTls::Shown(None)) | None => gio::TlsCertificateFlags::empty(),
        }
    }

    /// The socket under the connection. It lives as long as the message does, or, when the connection was stolen, as
    /// long as the thief's stream.
    pub fn socket(&self) -> Option<gio::Socket> {
        self.imp().peer.link.get()?.socket()
    }

    /// The address that the client connected to.
    pub fn local_address(&self) -> Option<&gio::SocketAddress> {
        let peer = &self.imp().peer;
        if peer.local.get().is_none() {
            let _ = peer.local.set(peer.link.get()?.local_address().ok()?);
        }
        peer.local.get()
    }

    /// The address of the client.
    pub fn remote_address(&self) -> Option<&gio::SocketAddress> {
        let peer = &self.imp().peer;
        if peer.remote.get().is_none() {
            let _ = peer.remote.set(peer.link.get()?.remote_address().ok()?);
        }
        peer.remote.get()
    }

    /// Asks for both addresses while there is a connection to ask: they are the message's for as long as it lives.
    pub(super) fn keep_addresses(&self) {
        let _ = (self.local_address(), self.remote_address());
    }

    /// The client's IP address as text, for C; NULL for a client that has none.
    pub fn remote_host_c(&self) -> *const c_char {
        let host = self.imp().peer.remote_host.get_or_init(|| {
            let address = self
                .remote_address()?
                .downcast_ref::<gio::InetSocketAddress>()?
                .address();
            CString::new(address.to_str().as_str()).ok()
        });
        host.as_ref().map_or(std::ptr::null(), |host| host.as_ptr())
    }
}
