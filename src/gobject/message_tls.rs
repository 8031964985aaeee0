//! What a message knows about the TLS of its connection.
//!
//! Law: what C gets without a reference lives in the message until the next connection; nothing is borrowed while a
//! notification runs.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};

use gio::prelude::*;

use super::Message;

/// What is known.
pub(super) struct Security {
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

    /// Takes over what `tls` says about itself in its property `name`.
    pub(super) fn take_tls_property(&self, tls: &gio::TlsConnection, name: &str) {
        let security = &self.parts().security;
        match name {
            "peer-certificate" => {
                let old = security.certificate.replace(tls.peer_certificate());
                drop(old);
                self.notify("tls-peer-certificate");
            }
            "peer-certificate-errors" => {
                security.errors.set(tls.peer_certificate_errors());
                self.notify("tls-peer-certificate-errors");
            }
            "protocol-version" => {
                security.version.set(tls.protocol_version());
                self.notify("tls-protocol-version");
            }
            "ciphersuite-name" => {
                let name = tls.ciphersuite_name().and_then(|name| CString::new(name).ok());
                security.ciphersuite.replace(name);
                self.notify("tls-ciphersuite-name");
            }
            _ => {}
        }
    }

    /// Forgets the TLS of an earlier connection.
    pub(super) fn clear_tls(&self) {
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
