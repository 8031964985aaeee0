//! The properties of a session that are not limits on its connections.
//!
//! Law: what C gets without a reference lives in here until its setter replaces it.

use std::ffi::CString;

use gio::prelude::*;

use crate::gobject::session::language;

/// The properties of a session.
pub(in crate::gobject) struct Settings {
    proxy_resolver: Choice<gio::ProxyResolver>,
    tls_database: Choice<gio::TlsDatabase>,
    pub(super) tls_interaction: Option<gio::TlsInteraction>,
    /// Seconds; 0 for ever.
    pub(super) timeout: u32,
    /// Seconds; 0 for ever.
    pub(super) idle_timeout: u32,
    pub(super) user_agent: Option<CString>,
    pub(super) accept_language: Option<CString>,
    pub(super) accept_language_auto: bool,
    pub(super) remote_connectable: Option<gio::SocketConnectable>,
    pub(super) local_address: Option<gio::InetSocketAddress>,
}

// SAFETY: references are counted atomically, and the objects are only handed on, from behind a lock.
unsafe impl Send for Settings {}

/// An object of the caller's, or the one that GIO has for everybody.
enum Choice<T> {
    Default,
    Set(Option<T>),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            proxy_resolver: Choice::Default,
            tls_database: Choice::Default,
            tls_interaction: None,
            timeout: 60,
            idle_timeout: 60,
            user_agent: None,
            accept_language: None,
            accept_language_auto: false,
            remote_connectable: None,
            local_address: None,
        }
    }
}

impl Settings {
    pub(super) fn proxy_resolver(&self) -> Option<gio::ProxyResolver> {
        match &self.proxy_resolver {
            Choice::Default => Some(gio::ProxyResolver::default()),
            Choice::Set(resolver) => resolver.clone(),
        }
    }

    /// Returns whether the value changed.
    pub(super) fn set_proxy_resolver(&mut self, resolver: Option<gio::ProxyResolver>) -> bool {
        let new = self.proxy_resolver() != resolver || matches!(&self.proxy_resolver, Choice::Default);
        self.proxy_resolver = Choice::Set(resolver);
        new
    }

    /// The database of trusted certificates; the system's is looked up once.
    pub(super) fn tls_database(&mut self) -> Option<gio::TlsDatabase> {
        if matches!(&self.tls_database, Choice::Default) {
            let default = gio::TlsBackend::default().default_database();
            self.tls_database = Choice::Set(Some(default));
        }
        match &self.tls_database {
            Choice::Default => None,
            Choice::Set(database) => database.clone(),
        }
    }

    /// The database that the program has set or seen: GIO takes the system's by itself.
    pub(super) fn own_tls_database(&self) -> Option<Option<gio::TlsDatabase>> {
        match &self.tls_database {
            Choice::Default => None,
            Choice::Set(database) => Some(database.clone()),
        }
    }

    /// Returns whether the value changed.
    pub(super) fn set_tls_database(&mut self, database: Option<gio::TlsDatabase>) -> bool {
        let new = match &self.tls_database {
            Choice::Default => database.is_some(),
            Choice::Set(old) => *old != database,
        };
        self.tls_database = Choice::Set(database);
        new
    }

    /// A name that ends in a blank, or an empty one, gets this library's behind it. Returns whether the value changed.
    pub(super) fn set_user_agent(&mut self, name: Option<&str>) -> bool {
        let name = name.map(|name| match name {
            "" => LIBRARY.to_owned(),
            _ if name.ends_with(' ') => format!("{name}{LIBRARY}"),
            _ => name.to_owned(),
        });
        let name = name.map(c_string);
        let changed = name != self.user_agent;
        self.user_agent = name;
        changed
    }

    /// Returns whether the value changed.
    pub(super) fn set_accept_language(&mut self, languages: Option<&str>) -> bool {
        let languages = languages.map(|languages| c_string(languages.to_owned()));
        let changed = languages != self.accept_language;
        self.accept_language = languages;
        self.accept_language_auto = false;
        changed
    }

    pub(super) fn set_accept_language_auto(&mut self, auto: bool) {
        self.accept_language_auto = auto;
        self.accept_language = auto.then(language::from_environment).map(c_string);
    }
}

/// C's text; an embedded NUL ends it there.
fn c_string(text: String) -> CString {
    let bytes = text.into_bytes();
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    CString::new(bytes.get(..end).unwrap_or_default()).unwrap_or_default()
}

/// What this library calls itself: libsoup's name and the version whose interface this is.
const LIBRARY: &str = "libsoup/3.8.0";
