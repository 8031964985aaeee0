//! `SoupAuthManager`: the session feature that answers 401 and 407.
//!
//! Law: several threads send on one session. What they share sits behind a lock, and the lock is released before anything of an auth's
//! runs: its class may be the program's.

use std::ffi::CString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use glib::prelude::*;
use glib::subclass::prelude::*;

use super::attempt::{Asker, verdict};
use super::cache::{Cache, Origin, Place};
use super::class::Auth;
use super::connection::ConnectionAuth;
use super::digest::AuthDigest;
use crate::gobject::enums::MessageFlags;
use crate::gobject::{Message, Session, SessionFeature, SessionFeatureImpl, Verdict};
use crate::proto::auth::challenge::{self, Challenge};

glib::wrapper! {
    /// Answers servers and proxies that ask for credentials.
    pub struct AuthManager(ObjectSubclass<imp::AuthManager>) @implements SessionFeature;
}

/// The instance struct.
pub type SoupAuthManager = <imp::AuthManager as ObjectSubclass>::Instance;

/// What the messages of a session share.
#[derive(Default)]
struct Shared {
    /// The classes of auths, the strongest first.
    types: Vec<(u32, glib::Type)>,
    cache: Cache<Auth>,
}

impl AuthManager {
    /// Uses `auth` for `uri` and what belongs to its protection space, as if the server had asked.
    pub fn use_auth(&self, uri: &glib::Uri, auth: &Auth) {
        if let Some(origin) = Origin::of(uri) {
            let place = Place::Server(origin, uri.path().to_string());
            self.record(&place, uri, auth);
        }
    }

    /// Forgets all credentials.
    pub fn clear_cached_credentials(&self) {
        let cache = std::mem::take(&mut self.shared().cache);
        drop(cache);
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.imp().shared()
    }

    fn record(&self, place: &Place, uri: &glib::Uri, auth: &Auth) {
        let (paths, info) = (auth.protection_space(uri), auth.info());
        let old = self.shared().cache.record(place, &paths, &info, auth.clone());
        drop(old);
    }

    fn forget(&self, auth: &Auth) {
        let old = self.shared().cache.forget(auth);
        drop(old);
    }

    /// Writes the header for the server or the proxy, as far as its credentials are known.
    fn add_header(&self, message: &Message, asker: Asker) {
        let attempt = message.attempt();
        let tried = asker.place(message).and_then(|place| {
            let auth = self.auth_for(message, asker, &place)?;
            Some((place, auth))
        });
        let value = tried.as_ref().and_then(|(_, auth)| auth.authorization(message));
        attempt.try_auth(asker, tried);
        attempt.write(message, asker, value);
    }

    /// The auth for a place: the one that has just been answered there, or what the session knows.
    fn auth_for(&self, message: &Message, asker: Asker, place: &Place) -> Option<Auth> {
        let attempt = message.attempt();
        let answered = attempt.tried_at(asker, place);
        if let Some(auth) = answered.filter(|auth| auth.is_ready(message)) {
            return Some(auth);
        }
        if uses_no_cache(message) {
            return None;
        }
        let auth = self.shared().cache.lookup(place)?;
        if asker == Asker::Server {
            self.use_given_credentials(message, asker, &auth);
        }
        auth.is_ready(message).then_some(auth)
    }

    /// Uses what stands in the URI of the message, or of the proxy.
    fn use_given_credentials(&self, message: &Message, asker: Asker, auth: &Auth) {
        if auth.can_authenticate()
            && let Some((user, password)) = message.attempt().take_given(asker, message)
            // A percent-encoded NUL is in neither.
            && let (Ok(user), Ok(password)) = (CString::new(user.as_str()), CString::new(password.as_str()))
        {
            auth.authenticate(&user, &password);
        }
    }

    /// The server or the proxy asks.
    fn challenged(&self, message: &Message, asker: Asker) -> Verdict {
        let Some(place) = asker.place(message) else {
            return Verdict::Continue;
        };
        let header = message
            .response_headers()
            .list()
            .list(asker.challenge())
            .map(|header| header.into_owned());
        let challenges = challenge::parse(header.as_deref().unwrap_or_default());
        let attempt = message.attempt();
        let tried = attempt.tried_at(asker, &place);
        if let Some(auth) = &tried
            && attempt.is_outdated(asker, auth)
            && auth.is_ready(message)
        {
            return Verdict::Restart;
        }
        let was_answered = tried
            .as_ref()
            .is_some_and(|auth| !asks_later(auth) || auth.is_authenticated() && auth.answers() > 0);
        let tried = tried.filter(|auth| update(auth, message, &challenges));
        let retrying = tried.is_some() && was_answered;
        let auth = match tried {
            // A stale nonce, or the next step of a scheme that has several.
            Some(auth) if auth.is_ready(message) => return Verdict::Restart,
            Some(auth) => auth,
            None => match self.choose(message, &place, &challenges) {
                Some(auth) => auth,
                None => return Verdict::Continue,
            },
        };
        attempt.try_auth(asker, Some((place, auth.clone())));
        self.use_given_credentials(message, asker, &auth);
        if auth.is_authenticated() || !auth.can_authenticate() {
            return self.answered(message, asker, &auth);
        }
        let handled: bool = message
            .principal()
            .emit_by_name("authenticate", &[&auth, &retrying]);
        if !handled || auth.is_authenticated() || auth.is_cancelled() {
            return self.answered(message, asker, &auth);
        }
        let (manager, asked) = (self.downgrade(), auth.clone());
        attempt.wait(message, &auth, move |message| {
            let manager = manager.upgrade();
            manager.map_or(Verdict::Continue, |manager| {
                manager.answered(message, asker, &asked)
            })
        })
    }

    /// The auth has what it can have, or nothing. What else has to be done for it before it is ready is done in a thread, and then the
    /// challenge is looked at again.
    fn answered(&self, message: &Message, asker: Asker, auth: &Auth) -> Verdict {
        let connection = auth.downcast_ref::<ConnectionAuth>();
        let Some(work) = connection.and_then(|auth| auth.work(message)) else {
            return verdict(auth, message);
        };
        let manager = self.downgrade();
        message.attempt().wait_for_work(message, work, move |message| {
            let manager = manager.upgrade();
            manager.map_or(Verdict::Continue, |manager| manager.challenged(message, asker))
        })
    }

    /// An auth for the strongest challenge that a class of ours can answer: the one that the session has for that realm, or a new one.
    fn choose(&self, message: &Message, place: &Place, challenges: &[Challenge<'_>]) -> Option<Auth> {
        let types = self.shared().types.clone();
        let auth = types.into_iter().find_map(|(_, type_)| {
            let (scheme, _) = Auth::scheme_of(type_)?;
            // Of several, the first whose algorithm it knows.
            let mut of_scheme = challenges.iter().filter(|challenge| challenge.is(&scheme));
            of_scheme.find_map(|challenge| Auth::of_type(type_, message, challenge))
        })?;
        if uses_no_cache(message) {
            return Some(auth);
        }
        let known = self.shared().cache.known(place, &auth.info());
        let auth = known.filter(|known| !known.is_cancelled()).unwrap_or(auth);
        self.record(place, &message.uri()?, &auth);
        Some(auth)
    }

    /// The server or the proxy was content with what it was sent, or has never asked.
    fn accepted(&self, message: &Message, asker: Asker) {
        message.attempt().end_negotiation(asker);
        let tried = message.attempt().tried(asker).and_downcast::<AuthDigest>();
        let info = message
            .response_headers()
            .list()
            .list(asker.info())
            .map(|info| info.into_owned());
        if let (Some(auth), Some(info)) = (tried, info) {
            auth.take_info(&info);
        }
    }
}

/// Whether an auth is used before anybody is asked for credentials: a connection's begins without.
fn asks_later(auth: &Auth) -> bool {
    auth.is::<ConnectionAuth>()
}

/// Gives an auth its next challenge.
fn update(auth: &Auth, message: &Message, challenges: &[Challenge<'_>]) -> bool {
    let scheme = auth.scheme_name_c().and_then(|name| name.to_str().ok());
    let is_of_scheme = |challenge: &&Challenge<'_>| scheme.is_some_and(|scheme| challenge.is(scheme));
    let mut of_scheme = challenges.iter().filter(is_of_scheme).peekable();
    if let (None, Some(auth)) = (of_scheme.peek(), auth.downcast_ref::<ConnectionAuth>()) {
        auth.forget(message);
    }
    of_scheme.any(|challenge| auth.update(message, challenge))
}

fn uses_no_cache(message: &Message) -> bool {
    message.flags().contains(MessageFlags::DO_NOT_USE_AUTH_CACHE)
}

mod imp {
    use super::*;

    /// What the manager holds.
    #[derive(Default)]
    pub struct AuthManager(Mutex<Shared>);

    impl AuthManager {
        pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for AuthManager {
        const NAME: &'static str = "SoupAuthManager";
        const FINAL: bool = true;
        type Type = super::AuthManager;
        type Interfaces = (SessionFeature,);
    }

    impl ObjectImpl for AuthManager {}

    impl SessionFeatureImpl for AuthManager {
        fn request_queued(&self, _session: &Session, message: &Message) {
            message.attempt().begin();
        }

        fn request_unqueued(&self, _session: &Session, message: &Message) {
            let attempt = message.attempt();
            attempt.end();
            for asker in Asker::ALL {
                // What was never answered, or not well, is not worth knowing, unless it is still to be answered. That a server wants
                // connections authenticated is.
                let tried = attempt.tried(asker);
                let tried = tried.filter(|auth| !asks_later(auth) && !auth.is_waited_for());
                if let Some(auth) = tried.filter(|auth| !auth.is_authenticated()) {
                    self.obj().forget(&auth);
                }
            }
        }

        fn add_part(&self, type_: glib::Type) -> bool {
            if !type_.is_a(Auth::static_type()) {
                return false;
            }
            let strength = Auth::scheme_of(type_).map_or(0, |(_, strength)| strength);
            let mut shared = self.shared();
            if !shared.types.iter().any(|(_, known)| *known == type_) {
                shared.types.push((strength, type_));
                shared
                    .types
                    .sort_by_key(|(strength, _)| std::cmp::Reverse(*strength));
            }
            true
        }

        fn remove_part(&self, type_: glib::Type) -> bool {
            let mut shared = self.shared();
            let before = shared.types.len();
            shared.types.retain(|(_, known)| *known != type_);
            shared.types.len() != before
        }

        fn has_part(&self, type_: glib::Type) -> bool {
            self.shared().types.iter().any(|(_, known)| *known == type_)
        }

        fn will_send(&self, _session: &Session, message: &Message) {
            for asker in Asker::ALL {
                self.obj().add_header(message, asker);
            }
        }

        fn got_head(&self, _session: &Session, message: &Message) -> Verdict {
            let asker = match message.status() {
                401 => Some(Asker::Server),
                407 => Some(Asker::Proxy),
                _ => None,
            };
            for content in Asker::ALL.into_iter().filter(|each| Some(*each) != asker) {
                self.obj().accepted(message, content);
            }
            asker.map_or(Verdict::Continue, |asker| self.obj().challenged(message, asker))
        }
    }
}
