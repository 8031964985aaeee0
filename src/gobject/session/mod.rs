//! `SoupSession`: what one program's requests have in common.
//!
//! Law: what C gets without a reference lives in the session until its setter replaces it; no borrow is held while a
//! signal, a notification or a feature runs.

pub(in crate::gobject) mod body_stream;
mod class;
mod client_stream;
mod connect;
mod connection;
pub(in crate::gobject) mod dispatcher;
mod ending;
mod exchange;
pub mod feature;
mod http1_exchange;
mod item;
mod keeper;
mod language;
mod measure;
mod pool;
mod redirect;
mod response;
mod running;
mod send;
mod settings;
mod stage;
mod tls;
mod tunnel;
mod websocket;

use std::ffi::CStr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gio::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use crate::gobject::features::auth::{AuthBasic, AuthDigest, AuthManager};
use crate::gobject::features::decoder::ContentDecoder;
use crate::gobject::message::signals::Signal;
use crate::gobject::session::class::imp;
use crate::gobject::session::dispatcher::Dispatchers;
use crate::gobject::session::keeper::Keeper;
use crate::gobject::session::pool::Pool;
use crate::gobject::session::settings::Settings;
use crate::gobject::{Message, SessionFeature};

pub use crate::gobject::session::class::SoupSessionClass;
pub(in crate::gobject) use crate::gobject::session::feature::Verdict;
pub(in crate::gobject) use crate::gobject::session::item::QueueItem;

glib::wrapper! {
    /// What one program's requests have in common.
    pub struct Session(ObjectSubclass<imp::Session>);
}

/// What C's `SoupSession *` points to.
pub type SoupSession = <imp::Session as ObjectSubclass>::Instance;

/// The state of a session, one per `SoupSession`; any thread may use it.
#[derive(Default)]
pub(crate) struct Parts {
    settings: Mutex<Settings>,
    features: Mutex<Vec<SessionFeature>>,
    /// The connections, and who waits for one.
    pub(in crate::gobject) pool: Arc<Pool>,
    /// What is under way, by context. Each item holds the session until it is done.
    pub(in crate::gobject) dispatchers: Dispatchers,
    /// Where idle connections are looked after.
    keeper: Arc<Keeper>,
    /// How many connections have been begun.
    connections: AtomicU64,
}

impl Parts {
    /// The properties. Let go of it before anything of GIO's or of the program's runs.
    pub(in crate::gobject) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn features(&self) -> MutexGuard<'_, Vec<SessionFeature>> {
        self.features.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.parts().settings().proxy_resolver()
    }

    /// Sets where proxies are looked up; `None` for no proxies.
    pub fn set_proxy_resolver(&self, resolver: Option<gio::ProxyResolver>) {
        let changed = self.parts().settings().set_proxy_resolver(resolver);
        if changed {
            self.notify("proxy-resolver");
        }
    }

    /// Which certificates are trusted.
    pub fn tls_database(&self) -> Option<gio::TlsDatabase> {
        self.parts().settings().tls_database()
    }

    /// The database that connections have to be told about.
    pub(in crate::gobject) fn own_tls_database(&self) -> Option<Option<gio::TlsDatabase>> {
        self.parts().settings().own_tls_database()
    }

    /// Sets which certificates are trusted.
    pub fn set_tls_database(&self, database: Option<gio::TlsDatabase>) {
        let changed = self.parts().settings().set_tls_database(database);
        if changed {
            self.notify("tls-database");
        }
    }

    /// Who asks the user about certificates.
    pub fn tls_interaction(&self) -> Option<gio::TlsInteraction> {
        self.parts().settings().tls_interaction.clone()
    }

    /// Sets who asks the user about certificates.
    pub fn set_tls_interaction(&self, interaction: Option<gio::TlsInteraction>) {
        let new = interaction.clone();
        let old = std::mem::replace(&mut self.parts().settings().tls_interaction, interaction);
        if old != new {
            self.notify("tls-interaction");
        }
    }

    /// How many connections there may be at once.
    pub fn max_conns(&self) -> u32 {
        u32::try_from(self.parts().pool.max()).unwrap_or(u32::MAX)
    }

    /// How many connections to one host there may be at once.
    pub fn max_conns_per_host(&self) -> u32 {
        u32::try_from(self.parts().pool.max_each()).unwrap_or(u32::MAX)
    }

    /// How many seconds a connection may make no progress; 0 for ever.
    pub fn timeout(&self) -> u32 {
        self.parts().settings().timeout
    }

    /// Sets how many seconds a connection may make no progress.
    pub fn set_timeout(&self, seconds: u32) {
        let old = std::mem::replace(&mut self.parts().settings().timeout, seconds);
        if old != seconds {
            self.notify("timeout");
        }
    }

    /// How many seconds an idle connection is kept.
    pub fn idle_timeout(&self) -> u32 {
        self.parts().settings().idle_timeout
    }

    /// Sets how many seconds an idle connection is kept.
    pub fn set_idle_timeout(&self, seconds: u32) {
        let old = std::mem::replace(&mut self.parts().settings().idle_timeout, seconds);
        if old != seconds {
            self.notify("idle-timeout");
        }
    }

    /// The User-Agent header of all requests.
    pub fn with_user_agent<T>(&self, look: impl FnOnce(Option<&CStr>) -> T) -> T {
        look(self.parts().settings().user_agent.as_deref())
    }

    /// Sets the User-Agent header of all requests. To a name that ends in a blank this library's is added.
    pub fn set_user_agent(&self, name: Option<&str>) {
        let changed = self.parts().settings().set_user_agent(name);
        if changed {
            self.notify("user-agent");
        }
    }

    /// The Accept-Language header of all requests.
    pub fn with_accept_language<T>(&self, look: impl FnOnce(Option<&CStr>) -> T) -> T {
        look(self.parts().settings().accept_language.as_deref())
    }

    /// Sets the Accept-Language header of all requests.
    pub fn set_accept_language(&self, languages: Option<&str>) {
        let changed = self.parts().settings().set_accept_language(languages);
        if changed {
            self.notify("accept-language-auto");
            self.notify("accept-language");
        }
    }

    /// Whether the Accept-Language header is made from the user's languages.
    pub fn accept_language_auto(&self) -> bool {
        self.parts().settings().accept_language_auto
    }

    /// Says whether the Accept-Language header is made from the user's languages.
    pub fn set_accept_language_auto(&self, auto: bool) {
        if self.accept_language_auto() != auto {
            self.parts().settings().set_accept_language_auto(auto);
            self.notify("accept-language-auto");
            self.notify("accept-language");
        }
    }

    /// Where all requests go instead of the host of their URI.
    pub fn remote_connectable(&self) -> Option<gio::SocketConnectable> {
        self.parts().settings().remote_connectable.clone()
    }

    /// From where connections are made.
    pub fn local_address(&self) -> Option<gio::InetSocketAddress> {
        self.parts().settings().local_address.clone()
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
        self.parts().features().push(feature.clone());
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

    /// Adds what a new session has.
    fn add_default_features(&self) {
        let types = [
            AuthManager::static_type(),
            AuthBasic::static_type(),
            AuthDigest::static_type(),
            ContentDecoder::static_type(),
        ];
        for type_ in types {
            self.add_feature_by_type(type_);
        }
    }

    /// Removes a feature.
    pub fn remove_feature(&self, feature: &SessionFeature) {
        let mut features = self.parts().features();
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

    /// Cancels everything that is under way, and closes the idle connections.
    pub fn abort(&self) {
        let parts = self.parts();
        parts
            .dispatchers
            .for_each(QueueItem::abort, |mailbox| mailbox.wake(dispatcher::ALL));
        parts.pool.clear();
    }

    /// The features as they are now: no borrow is held while one of them runs.
    fn features(&self) -> Vec<SessionFeature> {
        self.parts().features().clone()
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
        self.emit_request_queued(message);
    }

    /// Tells features and program that a message will be sent again.
    fn restarting(&self, message: &Message) {
        for feature in self.features_for(message) {
            feature.hooks().restarting(self, message);
        }
        message.emit(Signal::Restarted);
    }

    /// Tells features and program that a message has left the queue.
    fn request_unqueued(&self, message: &Message) {
        for feature in self.features_for(message) {
            feature.hooks().request_unqueued(self, message);
        }
        self.emit_request_unqueued(message);
    }
}

/// Says that no feature knows what to do with a class.
fn warn_unmanaged(type_: glib::Type) {
    let name = type_.name();
    glib::g_warning!("libsoup", "No feature manager for feature of type '{name}'");
}
