//! What a server's properties say: certificate, database, the Server header, raw paths.

use glib::prelude::*;
use glib::subclass::prelude::*;

use super::Server;

impl Server {
    /// The certificate of the HTTPS that the server speaks.
    pub fn tls_certificate(&self) -> Option<gio::TlsCertificate> {
        self.imp().tls_certificate.borrow().clone()
    }

    /// Sets the certificate of the HTTPS that the server speaks, for connections that come from now on.
    pub fn set_tls_certificate(&self, certificate: Option<gio::TlsCertificate>) {
        if *self.imp().tls_certificate.borrow() != certificate {
            let before = self.imp().tls_certificate.replace(certificate);
            self.forget_tls_way();
            drop(before);
            self.notify("tls-certificate");
        }
    }

    /// Whether the server can speak HTTPS.
    pub fn is_https(&self) -> bool {
        self.imp().tls_certificate.borrow().is_some()
    }

    /// What certificates of clients are checked with.
    pub fn tls_database(&self) -> Option<gio::TlsDatabase> {
        self.imp().tls_database.borrow().clone()
    }

    /// Sets what certificates of clients are checked with.
    pub fn set_tls_database(&self, database: Option<gio::TlsDatabase>) {
        if *self.imp().tls_database.borrow() != database {
            let before = self.imp().tls_database.replace(database);
            drop(before);
            self.notify("tls-database");
        }
    }

    /// Whether clients shall have a certificate.
    pub fn tls_auth_mode(&self) -> gio::TlsAuthenticationMode {
        self.imp().tls_auth_mode.get()
    }

    /// Says whether clients shall have a certificate.
    pub fn set_tls_auth_mode(&self, mode: gio::TlsAuthenticationMode) {
        if self.imp().tls_auth_mode.replace(mode) != mode {
            self.forget_tls_way();
            self.notify("tls-auth-mode");
        }
    }

    /// The value of the Server header, if responses have one.
    pub fn server_header(&self) -> Option<String> {
        self.imp().server_header.borrow().clone()
    }

    /// Sets the Server header: with the name and version of the library behind one that ends in a space or is empty.
    pub fn set_server_header(&self, header: Option<&str>) {
        let header = header.map(|header| match header {
            "" => PRODUCT.to_owned(),
            header if header.ends_with(' ') => format!("{header}{PRODUCT}"),
            header => header.to_owned(),
        });
        if *self.imp().server_header.borrow() != header {
            self.imp().server_header.replace(header);
            self.notify("server-header");
        }
    }

    /// Whether a path comes to handlers as it stands in the request, with its escapes.
    pub fn raw_paths(&self) -> bool {
        self.imp().raw_paths.get()
    }
}

/// What the Server header says about this library.
const PRODUCT: &str = concat!("libsoup/", "3.8.0", " bisque/", env!("CARGO_PKG_VERSION"));
