//! `SoupHSTSEnforcer`: asks the hosts that want it over TLS only.
//!
//! Law: the hosts and the store are behind one lock, so that the database sees changes in their order; "changed" is emitted, vfuncs are
//! called and warnings are logged with nothing locked.

use std::ffi::CString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gio::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::enforcer_class::{SoupHSTSEnforcer, imp};
use super::policy::{BoxedPolicy, from_response, unicode};
use crate::gobject::features::cookies::cookie::now;
use crate::gobject::message::uri as message_uri;
use crate::gobject::{Message, SessionFeature};
use crate::proto::hsts::{Change, KnownHosts, Policy};
use crate::proto::tld::is_ip_address;

glib::wrapper! {
    /// Asks the hosts that want it over TLS only.
    pub struct HstsEnforcer(ObjectSubclass<imp::HstsEnforcer>) @implements SessionFeature;
}

/// A database behind an enforcer. It is called under the enforcer's lock, in the order of the changes.
pub(super) trait Store: Send {
    /// Writes what has changed. The error says what happened, for the log: the enforcer goes on in memory.
    fn write(&mut self, changes: &[Change]) -> Result<(), String>;
}

/// What an enforcer holds, one per `SoupHSTSEnforcer`.
#[derive(Default)]
pub(super) struct Parts(Mutex<State>);

#[derive(Default)]
struct State {
    known: KnownHosts,
    store: Option<Box<dyn Store>>,
    /// What the log is told at the first opportunity.
    trouble: Option<String>,
    /// Whether the log has been told: once is enough.
    warned: bool,
}

impl Default for HstsEnforcer {
    fn default() -> Self {
        Self::new()
    }
}

impl HstsEnforcer {
    /// An enforcer in memory.
    pub fn new() -> HstsEnforcer {
        glib::Object::new()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.imp().0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether policies outlive the program. The class decides: call with nothing borrowed.
    pub fn is_persistent(&self) -> bool {
        let slot = self.class().as_ref().is_persistent;
        // SAFETY: the class promises the slot's contract.
        slot.is_some_and(|slot| unsafe { slot(self.as_ptr()) != 0 })
    }

    /// Whether a host has a policy of its own. The class decides: call with nothing borrowed.
    pub fn has_valid_policy(&self, host: &str) -> bool {
        let (slot, host) = (self.class().as_ref().has_valid_policy, CString::new(host));
        match (slot, host) {
            // SAFETY: the class promises the slot's contract; the string lives through the call.
            (Some(slot), Ok(host)) => unsafe { slot(self.as_ptr(), host.as_ptr()) != 0 },
            _ => false,
        }
    }

    /// Whether a host has a policy of its own among those that were set here.
    pub(super) fn knows(&self, host: &str) -> bool {
        self.lock().known.has_valid_policy(&unicode(host), now())
    }

    /// Takes a policy; one that has ended takes back what the host said before.
    pub fn set_policy(&self, policy: Policy) {
        self.change(|known, now| known.set(policy, now));
    }

    /// The policies, those of the session where they are wanted.
    pub fn policies(&self, with_session: bool) -> Vec<Policy> {
        self.lock().known.policies(with_session).cloned().collect()
    }

    /// Takes what a database held, when the enforcer is made, and the database itself.
    pub(super) fn open(&self, policies: Vec<Policy>, store: Option<Box<dyn Store>>, trouble: Option<String>) {
        let now = now();
        let mut state = self.lock();
        for policy in policies {
            state.known.set(policy, now);
        }
        (state.store, state.trouble) = (store, trouble);
    }

    /// What went wrong when the database was opened, for who wants to say it.
    pub(super) fn take_trouble(&self) -> Option<String> {
        let mut state = self.lock();
        state.warned |= state.trouble.is_some();
        state.trouble.take()
    }

    /// Sends a message over TLS if its host wants that.
    pub(super) fn enforce(&self, message: &Message) {
        let Some(uri) = message.uri() else { return };
        let Some(host) = uri.host().filter(|host| !is_ip_address(host)) else {
            return;
        };
        let Some(secure) = secured(&uri) else { return };
        // Its own lock, let go before the class is asked.
        let demanded = self.lock().known.demands_tls(&unicode(&host), now());
        if demanded || self.has_valid_policy(&host) {
            message.set_uri(&secure);
            message.emit_by_name::<()>("hsts-enforced", &[]);
        }
    }

    /// Takes the policy of a response, which counts only if it came over TLS, from who the certificate says (RFC 6797, section 8.1).
    pub(super) fn take_response(&self, message: &Message) {
        let over_tls = message
            .uri()
            .is_some_and(|uri| message_uri::has_tls(&uri.scheme()));
        if over_tls
            && message.tls_peer_certificate().is_some()
            && message.tls_peer_certificate_errors().is_empty()
            && let Some(policy) = from_response(message)
        {
            self.set_policy(policy);
        }
    }

    fn change(&self, work: impl FnOnce(&mut KnownHosts, i64) -> Vec<Change>) {
        let mut state = self.lock();
        let changes = work(&mut state.known, now());
        if changes.is_empty() {
            return;
        }
        let written = state.store.as_mut().map(|store| store.write(&changes));
        if let Some(Err(trouble)) = written {
            state.trouble = Some(trouble);
        }
        let trouble = state.trouble.take().filter(|_| !state.warned);
        state.warned |= trouble.is_some();
        drop(state);
        if let Some(trouble) = trouble {
            glib::g_warning!("libsoup", "{trouble}: HSTS policies are kept in memory only");
        }
        for (old, new) in changes {
            let (old, new) = (old.map(BoxedPolicy::new), new.map(BoxedPolicy::new));
            self.emit_by_name::<()>("changed", &[&old, &new]);
        }
    }

    fn as_ptr(&self) -> *mut SoupHSTSEnforcer {
        self.as_object_ref().to_glib_none().0.cast()
    }
}

/// The same URI over TLS; `None` for one that needs no change. The port 80 becomes that of TLS, any other stays (RFC 6797, section 8.3).
fn secured(uri: &glib::Uri) -> Option<glib::Uri> {
    let scheme = match uri.scheme().as_str() {
        "http" => "https",
        "ws" => "wss",
        _ => return None,
    };
    let port = match uri.port() {
        80 => -1,
        port => port,
    };
    Some(glib::Uri::build_with_user(
        uri.flags(),
        scheme,
        uri.user().as_deref(),
        uri.password().as_deref(),
        uri.auth_params().as_deref(),
        uri.host().as_deref(),
        port,
        &uri.path(),
        uri.query().as_deref(),
        uri.fragment().as_deref(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_scheme_changes() {
        for (uri, wanted) in [
            (
                "http://example.com/a%20b?q#f",
                Some("https://example.com/a%20b?q#f"),
            ),
            ("http://example.com:80/", Some("https://example.com/")),
            ("http://example.com:8080/", Some("https://example.com:8080/")),
            ("ws://example.com/chat", Some("wss://example.com/chat")),
            ("https://example.com/", None),
            ("wss://example.com/", None),
        ] {
            let uri = message_uri::parse(uri).unwrap();
            let secure = secured(&uri).map(|uri| uri.to_str());
            assert_eq!(secure.as_deref(), wanted);
        }
    }
}
