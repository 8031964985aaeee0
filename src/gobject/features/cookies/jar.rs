//! `SoupCookieJar`: the cookies that a session keeps and sends.
//!
//! Law: the jar and its store are behind one lock, so that the file sees changes in their order; "changed" is emitted, and warnings are
//! logged, with nothing locked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::translate::*;

use super::cookie::now;
use super::enums::AcceptPolicy;
use super::jar_class::imp;
use super::messages::{self, with_origin};
use super::store::Store;
use super::{BoxedCookie, SoupCookieJar};
use crate::gobject::{Message, SessionFeature};
use crate::proto::cookies::jar::{Asked, Change, Setter};
use crate::proto::cookies::{Cookie, Jar, Policy, to_cookie_header};

glib::wrapper! {
    /// The cookies that a session keeps and sends.
    pub struct CookieJar(ObjectSubclass<imp::CookieJar>) @implements SessionFeature;
}

/// What a jar holds, one per `SoupCookieJar`.
#[derive(Default)]
pub(super) struct Parts(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    jar: Jar,
    pub(super) policy: AcceptPolicy,
    pub(super) read_only: bool,
    store: Option<Box<dyn Store>>,
    /// What the log is told at the first opportunity.
    trouble: Option<String>,
    /// Whether the log has been told: once is enough.
    warned: bool,
}

/// For whom cookies are looked up.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    /// The page that the user sees.
    pub top_level: Option<&'a glib::Uri>,
    /// The site that decides whether the request is a same-site one.
    pub site_for_cookies: Option<&'a glib::Uri>,
    /// Whether it is a request, and not a script.
    pub for_http: bool,
    /// Whether the method is safe.
    pub safe_method: bool,
    /// Whether the request replaces what the user sees.
    pub top_level_navigation: bool,
}

impl Parts {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for CookieJar {
    fn default() -> Self {
        Self::new()
    }
}

impl CookieJar {
    /// A jar in memory.
    pub fn new() -> CookieJar {
        glib::Object::new()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.imp().0.lock()
    }

    /// Whose cookies it takes.
    pub fn accept_policy(&self) -> AcceptPolicy {
        self.lock().policy
    }

    /// Says whose cookies it takes.
    pub fn set_accept_policy(&self, policy: AcceptPolicy) {
        let old = std::mem::replace(&mut self.lock().policy, policy);
        if old != policy {
            self.notify("accept-policy");
        }
    }

    /// Whether nothing is written, and nobody told of changes.
    pub fn is_read_only(&self) -> bool {
        self.lock().read_only
    }

    /// Whether cookies outlive the program. The class decides: call with nothing borrowed.
    pub fn is_persistent(&self) -> bool {
        let slot = self.class().as_ref().is_persistent;
        // SAFETY: the class promises the slot's contract.
        slot.is_some_and(|slot| unsafe { slot(self.as_ptr()) != 0 })
    }

    /// Takes a cookie from `uri`, which may be unknown. Without a first party the program itself adds it, and the policy has no say.
    pub fn add(&self, cookie: Cookie, uri: Option<&glib::Uri>, first_party: Option<&glib::Uri>) {
        self.add_all(vec![cookie], uri, first_party);
    }

    /// Takes the cookie that a Set-Cookie header from `uri` says.
    pub fn set(&self, uri: &glib::Uri, first_party: Option<&glib::Uri>, header: &[u8]) {
        let cookie = with_origin(uri, |origin| Cookie::parse(header, Some(origin), now())).flatten();
        if let Some(cookie) = cookie
            && self.accept_policy() != AcceptPolicy::Never
        {
            self.add(cookie, Some(uri), first_party);
        }
    }

    /// Takes what the response to a message sets. Where the program has named no first party, only
    /// [`AcceptPolicy::Never`] refuses, as in libsoup.
    pub(super) fn take_response(&self, message: &Message) {
        let cookies = messages::from_response(message);
        if !cookies.is_empty() && self.accept_policy() != AcceptPolicy::Never {
            let first_party = message.first_party();
            self.add_all(cookies, message.uri().as_ref(), first_party.as_ref());
        }
    }

    fn add_all(&self, cookies: Vec<Cookie>, uri: Option<&glib::Uri>, first_party: Option<&glib::Uri>) {
        let policy = match first_party {
            Some(_) => self.accept_policy().into(),
            None => Policy::Always,
        };
        let site = first_party.map(|uri| uri.host().unwrap_or_default());
        let setter = Setter {
            secure: uri.map(|uri| crate::gobject::message::uri::has_tls(&uri.scheme())),
            first_party: site.as_deref(),
            script: false,
        };
        let now = now();
        self.change(|jar| {
            let changes = cookies
                .into_iter()
                .map(|cookie| jar.add(cookie, setter, policy, now));
            changes.flatten().collect()
        });
    }

    /// Removes a cookie, if it still has that value.
    pub fn remove(&self, cookie: &Cookie) {
        self.change(|jar| {
            let is_there = |kept: &&Cookie| kept.replaces(cookie) && kept.value == cookie.value;
            let found = jar.all().into_iter().any(|kept| is_there(&kept));
            found.then(|| jar.remove(cookie)).flatten().into_iter().collect()
        });
    }

    /// All cookies, the oldest first.
    pub fn all(&self) -> Vec<Cookie> {
        self.lock().jar.all().into_iter().cloned().collect()
    }

    /// The cookies for a request to `uri`, in the order in which they are sent. Those that have ended go now.
    pub fn cookies_for(&self, uri: &glib::Uri, lookup: Lookup<'_>) -> Vec<Cookie> {
        let host_of = |uri: &glib::Uri| uri.host().unwrap_or_default();
        let site = lookup.top_level.map(|top_level| match lookup.site_for_cookies {
            Some(site) => host_of(site),
            // A navigation replaces the page: without a word of who causes it, nobody's site is the same.
            None if lookup.top_level_navigation => Default::default(),
            None => host_of(top_level),
        });
        let now = now();
        let mut found = Vec::new();
        self.change(|jar| {
            let changes = jar.expire(now);
            let cookies = with_origin(uri, |origin| {
                let asked = Asked {
                    origin,
                    site: site.as_deref(),
                    safe_method: lookup.safe_method || !lookup.for_http,
                    top_level_navigation: lookup.top_level_navigation,
                    script: !lookup.for_http,
                };
                jar.cookies_for(asked, now)
            });
            found = cookies.unwrap_or_default();
            changes
        });
        found
    }

    /// Puts the cookies into a request that is about to be sent, in the place of those of an earlier attempt.
    pub(super) fn fill_request(&self, message: &Message) {
        let Some(cookies) = self.cookies_of(message) else {
            return;
        };
        let headers = message.request_headers();
        if cookies.is_empty() {
            headers.remove("Cookie");
        } else {
            // The parser lets in nothing that a header cannot hold; what a program added is left out then.
            let _ = headers.replace("Cookie", cookies);
        }
    }

    /// The Cookie header that a message is sent with, empty for none; `None` if that is not known.
    pub(super) fn cookies_of(&self, message: &Message) -> Option<String> {
        let uri = message.uri()?;
        let (first_party, site) = (message.first_party(), message.site_for_cookies());
        let lookup = Lookup {
            top_level: first_party.as_ref(),
            site_for_cookies: site.as_ref(),
            for_http: true,
            safe_method: message.method().is_some_and(|method| is_safe(method.as_str())),
            top_level_navigation: message.is_top_level_navigation(),
        };
        Some(to_cookie_header(&self.cookies_for(&uri, lookup)))
    }

    /// Takes what a store held, when the jar is made, and the store itself.
    pub(super) fn open(&self, cookies: Vec<Cookie>, store: Option<Box<dyn Store>>, trouble: Option<String>) {
        let now = now();
        let mut state = self.lock();
        for cookie in cookies {
            state.jar.add(cookie, Setter::default(), Policy::Always, now);
        }
        state.store = store.filter(|_| !state.read_only);
        state.trouble = trouble;
    }

    /// What went wrong when the store was opened, for who wants to say it.
    pub(super) fn take_trouble(&self) -> Option<String> {
        let mut state = self.lock();
        state.warned |= state.trouble.is_some();
        state.trouble.take()
    }

    /// Does something with the store, if there is one.
    pub(super) fn with_store<T>(&self, work: impl FnOnce(&mut (dyn Store + 'static)) -> T) -> Option<T> {
        let mut state = self.lock();
        state.store.as_deref_mut().map(work)
    }

    /// Changes the jar and what lies behind it, then tells of it.
    fn change(&self, work: impl FnOnce(&mut Jar) -> Vec<Change>) {
        let mut state = self.lock();
        let state_now = &mut *state;
        let changes = work(&mut state_now.jar);
        if changes.is_empty() || state_now.read_only {
            return;
        }
        if let Some(store) = &mut state_now.store
            && let Err(trouble) = store.write(&state_now.jar, &changes)
        {
            state_now.trouble = Some(trouble);
        }
        let trouble = state_now.trouble.take().filter(|_| !state_now.warned);
        state_now.warned |= trouble.is_some();
        drop(state);
        if let Some(trouble) = trouble {
            glib::g_warning!("libsoup", "{trouble}: cookies are kept in memory only");
        }
        for change in changes {
            let (old, new) = match change {
                Change::Added(new) => (None, Some(new)),
                Change::Replaced { old, new } => (Some(old), Some(new)),
                Change::Removed(old) => (Some(old), None),
            };
            let (old, new) = (old.map(BoxedCookie::new), new.map(BoxedCookie::new));
            self.emit_by_name::<()>("changed", &[&old, &new]);
        }
    }

    fn as_ptr(&self) -> *mut SoupCookieJar {
        self.as_object_ref().to_glib_none().0.cast()
    }
}

/// RFC 9110, section 9.2.1.
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PROPFIND")
}
