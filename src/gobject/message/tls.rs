//! What a message knows about the TLS of its connection.
//!
//! Law: what C gets without a reference lives in the message until the next connection; nothing is borrowed while a
//! notification runs.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};

use gio::prelude::*;

use crate::gobject::Message;

/// What is known.
pub(in crate::gobject) struct Security {
    certificate: RefCell<Option<gio::TlsCertificate>>,
    errors: Cell<gio::TlsCertificateFlags>,
    version: Cell<gio::TlsProtocolVersion>,
    ciphersuite: RefCell<Option<CString>>,
}

impl Default for Security {
    fn default() -> Security {
        Security {
            certificate: RefCell::default(),
            errors: Cell::new(gio::TlsCertificateFlags::empty()),
            version: Cell::new(gio::TlsProtocolVersion::Unknown),
            ciphersuite: RefCell::default(),
        }
    }
}

impl Message {
    /// The server's certificate.
    pub fn tls_peer_certificate(&self) -> Option<gio::TlsCertificate> {
        self.parts().security.certificate.borrow().clone()
    }

    /// What is wrong with that certificate.
    pub fn tls_peer_certificate_errors(&self) -> gio::TlsCertificateFlags {
        self.parts().security.errors.get()
    }

    /// The version of TLS.
    pub fn tls_protocol_version(&self) -> gio::TlsProtocolVersion {
        self.parts().security.version.get()
    }

    /// The name of the cipher suite.
    pub fn with_tls_ciphersuite_name<T>(&self, look: impl FnOnce(Option<&CStr>) -> T) -> T {
        look(self.parts().security.ciphersuite.borrow().as_deref())
    }

    /// Takes over what `tls` says about itself when its handshake is over, or has failed.
    pub(in crate::gobject) fn take_tls(&self, tls: &gio::TlsConnection) {
        let security = &self.parts().security;
        if let Some(certificate) = tls.peer_certificate() {
            let old = security.certificate.replace(Some(certificate));
            drop(old);
            security.errors.set(tls.peer_certificate_errors());
            self.notify("tls-peer-certificate");
            self.notify("tls-peer-certificate-errors");
        }
        let version = tls.protocol_version();
        if security.version.replace(version) != version {
            self.notify("tls-protocol-version");
        }
        if let Some(name) = tls.ciphersuite_name() {
            security.ciphersuite.replace(CString::new(name.as_bytes()).ok());
            self.notify("tls-ciphersuite-name");
        }
    }

    /// Forgets the TLS of an earlier connection.
    pub(in crate::gobject) fn clear_tls(&self) {
        let security = &self.parts().security;
        let certificate = security.certificate.take();
        let errors = security.errors.replace(gio::TlsCertificateFlags::empty());
        let version = security.version.replace(gio::TlsProtocolVersion::Unknown);
        let ciphersuite = security.ciphersuite.take();
        let changes = [
            (ciphersuite.is_some(), "tls-ciphersuite-name"),
            (
                version != gio::TlsProtocolVersion::Unknown,
                "tls-protocol-version",
            ),
            (!errors.is_empty(), "tls-peer-certificate-errors"),
            (certificate.is_some(), "tls-peer-certificate"),
        ];
        for (_, name) in changes.iter().filter(|(changed, _)| *changed) {
            self.notify(name);
        }
    }
}
