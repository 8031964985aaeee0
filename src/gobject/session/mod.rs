//! `SoupSession`: what one program's requests have in common.
//!
//! Law: what C gets without a reference lives in the session until its setter replaces it; no borrow is held while a
//! signal, a notification or a feature runs.

mod class;
mod connect;
pub mod feature;
mod handshake;
mod language;
mod queue;
mod redirect;
mod tls;

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};
use std::rc::Rc;

use gio::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use crate::gobject::session::class::imp;
use crate::gobject::session::connect::QueueItem;
use crate::gobject::{Message, SessionFeature};

pub use crate::gobject::session::class::SoupSessionClass;

glib::wrapper! {
    /// What one program's requests have in common.
    pub struct Session(ObjectSubclass<imp::Session>);
}

/// What C's `SoupSession *` points to.
pub type SoupSession = <imp::Session as ObjectSubclass>::Instance;

/// What a session is made of.
pub(crate) struct Parts {
    proxy_resolver: RefCell<Choice<gio::ProxyResolver>>,
    tls_database: RefCell<Choice<gio::TlsDatabase>>,
    pub(in crate::gobject) tls_interaction: RefCell<Option<gio::TlsInteraction>>,
    pub(in crate::gobject) max_conns: Cell<i32>,
    pub(in crate::gobject) max_conns_per_host: Cell<i32>,
    pub(in crate::gobject) timeout: Cell<u32>,
    pub(in crate::gobject) idle_timeout: Cell<u32>,
    pub(in crate::gobject) user_agent: RefCell<Option<CString>>,
    pub(in crate::gobject) accept_language: RefCell<Option<CString>>,
    pub(in crate::gobject) accept_language_auto: Cell<bool>,
    pub(in crate::gobject) remote_connectable: RefCell<Option<gio::SocketConnectable>>,
    pub(in crate::gobject) local_address: RefCell<Option<gio::InetSocketAddress>>,
    features: RefCell<Vec<SessionFeature>>,
    /// What is under way. Each holds the session until it is done.
    pub(in crate::gobject) items: RefCell<Vec<Rc<QueueItem>>>,
}

/// An object of the caller's, or the one that GIO has for everybody.
enum Choice<T> {
    Default,
    Set(Option<T>),
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            proxy_resolver: RefCell::new(Choice::Default),
            tls_database: RefCell::new(Choice::Default),
            tls_interaction: RefCell::default(),
            max_conns: Cell::new(10),
            max_conns_per_host: Cell::new(2),
            timeout: Cell::new(60),
            idle_timeout: Cell::new(60),
            user_agent: RefCell::default(),
            accept_language: RefCell::default(),
            accept_language_auto: Cell::default(),
            remote_connectable: RefCell::default(),
            local_address: RefCell::default(),
            features: RefCell::default(),
            items: RefCell::default(),
        }
    }
}

impl Parts {
    pub(in crate::gobject) fn proxy_resolver(&self) -> Option<gio::ProxyResolver> {
        match &*self.proxy_resolver.borrow() {
            Choice::Default => Some(gio::ProxyResolver::default()),
            Choice::Set(resolver) => resolver.clone(),
        }
    }

    /// Whether that is another one.
    pub(in crate::gobject) fn set_proxy_resolver(&self, resolver: Option<gio::ProxyResolver>) -> bool {
        let new =
            self.proxy_resolver() != resolver || matches!(&*self.proxy_resolver.borrow(), Choice::Default);
        let old = self.proxy_resolver.replace(Choice::Set(resolver));
        drop(old);
        new
    }

    /// The database of trusted certificates; the system's is looked up once.
    pub(in crate::gobject) fn tls_database(&self) -> Option<gio::TlsDatabase> {
        if matches!(&*self.tls_database.borrow(), Choice::Default) {
            let default = gio::TlsBackend::default().default_database();
            self.tls_database.replace(Choice::Set(Some(default)));
        }
        match &*self.tls_database.borrow() {
            Choice::Default => None,
            Choice::Set(database) => database.clone(),
        }
    }

    /// The database that the program has set or seen: GIO takes the system's by itself.
    fn own_tls_database(&self) -> Option<Option<gio::TlsDatabase>> {
        match &*self.tls_database.borrow() {
            Choice::Default => None,
            Choice::Set(database) => Some(database.clone()),
        }
    }

    /// Whether that is another one.
    pub(in crate::gobject) fn set_tls_database(&self, database: Option<gio::TlsDatabase>) -> bool {
        let new = match &*self.tls_database.borrow() {
            Choice::Default => database.is_some(),
            Choice::Set(old) => *old != database,
        };
        let old = self.tls_database.replace(Choice::Set(database));
        drop(old);
        new
    }

    /// A name that ends in a blank, or an empty one, gets this library's behind it. Whether that is another one.
    pub(in crate::gobject) fn set_user_agent(&self, name: Option<&str>) -> bool {
        let name = name.map(|name| match name {
            "" => LIBRARY.to_owned(),
            _ if name.ends_with(' ') => format!("{name}{LIBRARY}"),
            _ => name.to_owned(),
        });
        let name = name.map(c_string);
        let old = self.user_agent.replace(name);
        old != *self.user_agent.borrow()
    }

    /// Whether that are others.
    pub(in crate::gobject) fn set_accept_language(&self, languages: Option<&str>) -> bool {
        let languages = languages.map(|languages| c_string(languages.to_owned()));
        let old = self.accept_language.replace(languages);
        self.accept_language_auto.set(false);
        old != *self.accept_language.borrow()
    }

    pub(in crate::gobject) fn set_accept_language_auto(&self, auto: bool) {
        self.accept_language_auto.set(auto);
        let languages = auto.then(language::from_environment);
        self.accept_language.replace(languages.map(c_string));
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A session with the default properties.
    pub fn new() -> Session {
        glib::Object::new()
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.imp().0
    }

    /// Where proxies are looked up: GIO's own resolver as long as no other is set.
    pub fn proxy_resolver(&self) -> Option<gio::ProxyResolver> {
        self.parts().proxy_resolver()
    }

    /// Sets where proxies are looked up; `None` for no proxies.
    pub fn set_proxy_resolver(&self, resolver: Option<gio::ProxyResolver>) {
        if self.parts().set_proxy_resolver(resolver) {
            self.notify("proxy-resolver");
        }
    }

    /// Which certificates are trusted.
    pub fn tls_database(&self) -> Option<gio::TlsDatabase> {
        self.parts().tls_database()
    }

    /// The database that connections have to be told about.
    pub(in crate::gobject) fn own_tls_database(&self) -> Option<Option<gio::TlsDatabase>> {
        self.parts().own_tls_database()
    }

    /// Sets which certificates are trusted.
    pub fn set_tls_database(&self, database: Option<gio::TlsDatabase>) {
        if self.parts().set_tls_database(database) {
            self.notify("tls-database");
        }
    }

    /// Who asks the user about certificates.
    pub fn tls_interaction(&self) -> Option<gio::TlsInteraction> {
        self.parts().tls_interaction.borrow().clone()
    }

    /// Sets who asks the user about certificates.
    pub fn set_tls_interaction(&self, interaction: Option<gio::TlsInteraction>) {
        let old = self.parts().tls_interaction.replace(interaction);
        if old != self.tls_interaction() {
            self.notify("tls-interaction");
        }
    }

    /// How many connections there may be at once.
    pub fn max_conns(&self) -> u32 {
        self.parts().max_conns.get().unsigned_abs()
    }

    /// How many connections to one host there may be at once.
    pub fn max_conns_per_host(&self) -> u32 {
        self.parts().max_conns_per_host.get().unsigned_abs()
    }

    /// How many seconds a connection may make no progress; 0 for ever.
    pub fn timeout(&self) -> u32 {
        self.parts().timeout.get()
    }

    /// Sets how many seconds a connection may make no progress.
    pub fn set_timeout(&self, seconds: u32) {
        if self.parts().timeout.replace(seconds) != seconds {
            self.notify("timeout");
        }
    }

    /// How many seconds an idle connection is kept.
    pub fn idle_timeout(&self) -> u32 {
        self.parts().idle_timeout.get()
    }

    /// Sets how many seconds an idle connection is kept.
    pub fn set_idle_timeout(&self, seconds: u32) {
        if self.parts().idle_timeout.replace(seconds) != seconds {
            self.notify("idle-timeout");
        }
    }

    /// The User-Agent header of all requests.
    pub fn with_user_agent<T>(&self, look: impl FnOnce(Option<&CStr>) -> T) -> T {
        look(self.parts().user_agent.borrow().as_deref())
    }

    /// Sets the User-Agent header of all requests. To a name that ends in a blank this library's is added.
    pub fn set_user_agent(&self, name: Option<&str>) {
        if self.parts().set_user_agent(name) {
            self.notify("user-agent");
        }
    }

    /// The Accept-Language header of all requests.
    pub fn with_accept_language<T>(&self, look: impl FnOnce(Option<&CStr>) -> T) -> T {
        look(self.parts().accept_language.borrow().as_deref())
    }

    /// Sets the Accept-Language header of all requests.
    pub fn set_accept_language(&self, languages: Option<&str>) {
        if self.parts().set_accept_language(languages) {
            self.notify("accept-language-auto");
            self.notify("accept-language");
        }
    }

    /// Whether the Accept-Language header is made from the user's languages.
    pub fn accept_language_auto(&self) -> bool {
        self.parts().accept_language_auto.get()
    }

    /// Says whether the Accept-Language header is made from the user's languages.
    pub fn set_accept_language_auto(&self, auto: bool) {
        if self.accept_language_auto() != auto {
            self.parts().set_accept_language_auto(auto);
            self.notify("accept-language-auto");
            self.notify("accept-language");
        }
    }

    /// Where all requests go instead of the host of their URI.
    pub fn remote_connectable(&self) -> Option<gio::SocketConnectable> {
        self.parts().remote_connectable.borrow().clone()
    }

    /// From where connections are made.
    pub fn local_address(&self) -> Option<gio::InetSocketAddress> {
        self.parts().local_address.borrow().clone()
    }

    /// Adds a feature. A second one of a class is refused.
    pub fn add_feature(&self, feature: &SessionFeature) {
        if self
            .features()
            .iter()
            .any(|other| other.type_() == feature.type_())
        {
            let name = feature.type_().name();
            glib::g_warning!(
                "libsoup",
                "SoupSession already has a {name}, ignoring new feature"
            );
            return;
        }
        self.parts().features.borrow_mut().push(feature.clone());
        feature.hooks().attach(self);
    }

    /// Adds a new feature of this class; a class that is none becomes part of a feature that manages such.
    pub fn add_feature_by_type(&self, type_: glib::Type) {
        if type_.is_a(SessionFeature::static_type()) {
            if self.features().iter().any(|other| other.type_() == type_) {
                let name = type_.name();
                glib::g_warning!(
                    "libsoup",
                    "SoupSession already has a {name}, ignoring new feature"
                );
                return;
            }
            let feature = glib::Object::with_type(type_);
            if let Ok(feature) = feature.downcast::<SessionFeature>() {
                self.add_feature(&feature);
            }
        } else if !self
            .features()
            .iter()
            .any(|feature| feature.hooks().add_part(type_))
        {
            warn_unmanaged(type_);
        }
    }

    /// Removes a feature.
    pub fn remove_feature(&self, feature: &SessionFeature) {
        let mut features = self.parts().features.borrow_mut();
        let removed = features
            .iter()
            .position(|other| other == feature)
            .map(|at| features.remove(at));
        drop(features);
        // Dropped with nothing borrowed: it may be the last reference.
        if let Some(removed) = removed {
            removed.hooks().detach(self);
        }
    }

    /// Removes all features of this class; of a class that is none, the part of the feature that manages such.
    pub fn remove_feature_by_type(&self, type_: glib::Type) {
        if type_.is_a(SessionFeature::static_type()) {
            for feature in self
                .features()
                .iter()
                .filter(|feature| feature.type_().is_a(type_))
            {
                self.remove_feature(feature);
            }
        } else if !self
            .features()
            .iter()
            .any(|feature| feature.hooks().remove_part(type_))
        {
            warn_unmanaged(type_);
        }
    }

    /// Whether there is a feature of this class, or a part of one.
    pub fn has_feature(&self, type_: glib::Type) -> bool {
        match type_.is_a(SessionFeature::static_type()) {
            true => self.feature(type_).is_some(),
            false => self
                .features()
                .iter()
                .any(|feature| feature.hooks().has_part(type_)),
        }
    }

    /// The first feature of this class.
    pub fn feature(&self, type_: glib::Type) -> Option<SessionFeature> {
        self.features()
            .into_iter()
            .find(|feature| feature.type_().is_a(type_))
    }

    /// The first feature of this class, unless the message keeps it away.
    pub fn feature_for_message(&self, type_: glib::Type, message: &Message) -> Option<SessionFeature> {
        let feature = self.feature(type_)?;
        (!message.is_feature_disabled(feature.type_())).then_some(feature)
    }

    /// Cancels everything that is under way.
    pub fn abort(&self) {
        let items = self.parts().items.borrow().clone();
        for item in items {
            item.cancel();
        }
    }

    /// The features as they are now: no borrow is held while one of them runs.
    fn features(&self) -> Vec<SessionFeature> {
        self.parts().features.borrow().clone()
    }

    /// The features whose hooks a message may meet.
    pub(in crate::gobject) fn features_for(&self, message: &Message) -> Vec<SessionFeature> {
        let mut features = self.features();
        features.retain(|feature| !message.is_feature_disabled(feature.type_()));
        features
    }

    /// Tells features and program that a message has entered the queue.
    fn request_queued(&self, message: &Message) {
        for feature in self.features_for(message) {
            feature.hooks().request_queued(self, message);
        }
        self.emit_by_name::<()>("request-queued", &[message]);
    }

    /// Tells features and program that a message has left the queue.
    fn request_unqueued(&self, message: &Message) {
        for feature in self.features_for(message) {
            feature.hooks().request_unqueued(self, message);
        }
        self.emit_by_name::<()>("request-unqueued", &[message]);
    }
}

/// Says that no feature knows what to do with a class.
fn warn_unmanaged(type_: glib::Type) {
    let name = type_.name();
    glib::g_warning!("libsoup", "No feature manager for feature of type '{name}'");
}

/// C's text; an embedded NUL ends it there.
fn c_string(text: String) -> CString {
    let bytes = text.into_bytes();
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    CString::new(bytes.get(..end).unwrap_or_default()).unwrap_or_default()
}

/// What this library calls itself: libsoup's name and the version whose interface this is.
const LIBRARY: &str = "libsoup/3.8.0";
