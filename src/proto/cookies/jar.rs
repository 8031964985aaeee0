//! A jar of cookies in memory: what goes in, what comes out, and which goes first when it is full (RFC 6265, sections 5.3 and 5.4).

use std::collections::BTreeMap;

use super::{Cookie, Origin, SameSite};
use crate::proto::limits;
use crate::proto::tld::{is_ip_address, is_public_suffix, same_site};

/// Whose cookies are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Everybody's.
    #[default]
    Always,
    /// Nobody's.
    Never,
    /// Those of the site that the user sees.
    NoThirdParty,
    /// Those too of who has set one before.
    GrandfatheredThirdParty,
}

/// Who sets a cookie.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setter<'a> {
    /// Whether it came over TLS, as far as that is known.
    pub secure: Option<bool>,
    /// The host of the site that the user sees.
    pub first_party: Option<&'a str>,
    /// Whether a script sets it, which may not touch what is hidden from scripts.
    pub script: bool,
}

/// What a request gets cookies for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Where it goes.
    pub origin: Origin<'a>,
    /// The host of the site that causes it, if that is known.
    pub site: Option<&'a str>,
    /// Whether its method is safe (RFC 9110, section 9.2.1).
    pub safe_method: bool,
    /// Whether it replaces what the user sees.
    pub top_level_navigation: bool,
    /// Whether a script asks.
    pub script: bool,
}

/// What has changed in a jar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new cookie.
    Added(Cookie),
    /// A cookie in the place of another.
    Replaced {
        /// What was there.
        old: Cookie,
        /// What is there now.
        new: Cookie,
    },
    /// A cookie that is gone.
    Removed(Cookie),
}

/// Cookies by their domains.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    domains: BTreeMap<String, Vec<Stored>>,
    /// Numbers creations and uses.
    clock: u64,
    count: usize,
}

#[derive(Clone, Debug)]
struct Stored {
    cookie: Cookie,
    created: u64,
    used: u64,
}

impl Jar {
    /// Takes a cookie, if the policy and the rules allow it, and says all that has changed: one that has ended removes what was there, and
    /// a full jar lets others go.
    pub fn add(&mut self, cookie: Cookie, setter: Setter<'_>, policy: Policy, now: i64) -> Vec<Change> {
        let Some(domain) = cookie.domain.as_deref().map(str::to_ascii_lowercase) else {
            return Vec::new();
        };
        if !self.allows(&cookie, &domain, setter, policy) {
            return Vec::new();
        }
        self.clock += 1;
        let clock = self.clock;
        let list = self.domains.entry(domain.clone()).or_default();
        let mut changes = Vec::new();
        match list.iter().position(|stored| stored.cookie.replaces(&cookie)) {
            Some(at) if cookie.is_expired(now) => {
                changes.push(Change::Removed(list.remove(at).cookie));
                self.count -= 1;
            }
            Some(at) => {
                // It keeps its age, and with it its place (RFC 6265, section 5.3, step 11).
                if let Some(stored) = list.get_mut(at) {
                    let old = std::mem::replace(&mut stored.cookie, cookie.clone());
                    stored.used = clock;
                    changes.push(Change::Replaced { old, new: cookie });
                }
            }
            None if cookie.is_expired(now) => {}
            None => {
                list.push(Stored {
                    cookie: cookie.clone(),
                    created: clock,
                    used: clock,
                });
                self.count += 1;
                changes.push(Change::Added(cookie));
            }
        }
        if self.domains.get(&domain).is_some_and(Vec::is_empty) {
            self.domains.remove(&domain);
        }
        self.make_room(&domain, now, &mut changes);
        changes
    }

    /// Removes a cookie.
    pub fn remove(&mut self, cookie: &Cookie) -> Option<Change> {
        let domain = cookie.domain.as_deref()?.to_ascii_lowercase();
        let list = self.domains.get_mut(&domain)?;
        let at = list.iter().position(|stored| stored.cookie.replaces(cookie))?;
        let removed = list.remove(at).cookie;
        self.count -= 1;
        if list.is_empty() {
            self.domains.remove(&domain);
        }
        Some(Change::Removed(removed))
    }

    /// Removes what has ended.
    pub fn expire(&mut self, now: i64) -> Vec<Change> {
        self.take_out(|stored| stored.cookie.is_expired(now))
    }

    /// The cookies that a request gets: those with longer paths first, of these the older first (RFC 6265, section 5.4).
    pub fn cookies_for(&mut self, asked: Asked<'_>, now: i64) -> Vec<Cookie> {
        self.clock += 1;
        let clock = self.clock;
        let same_site = asked.site.is_none_or(|site| same_site(site, asked.origin.host));
        let mut found = Vec::new();
        for domain in domains_of(asked.origin.host) {
            for stored in self.domains.get_mut(&domain).into_iter().flatten() {
                let cookie = &stored.cookie;
                let goes = !cookie.is_expired(now)
                    && cookie.applies_to(asked.origin)
                    && !(cookie.http_only && asked.script)
                    && match cookie.same_site {
                        SameSite::None => true,
                        SameSite::Lax => same_site || (asked.safe_method && asked.top_level_navigation),
                        SameSite::Strict => same_site,
                    };
                if goes {
                    stored.used = clock;
                    found.push((stored.created, cookie.clone()));
                }
            }
        }
        let length = |cookie: &Cookie| cookie.path.as_ref().map_or(0, String::len);
        found.sort_by_key(|(created, cookie)| (std::cmp::Reverse(length(cookie)), *created));
        found.into_iter().map(|(_, cookie)| cookie).collect()
    }

    /// All cookies, the oldest first.
    pub fn all(&self) -> Vec<&Cookie> {
        let mut all: Vec<&Stored> = self.domains.values().flatten().collect();
        all.sort_by_key(|stored| stored.created);
        all.into_iter().map(|stored| &stored.cookie).collect()
    }

    /// How many cookies there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn allows(&self, cookie: &Cookie, domain: &str, setter: Setter<'_>, policy: Policy) -> bool {
        let host = domain.strip_prefix('.').unwrap_or(domain);
        let nameless = cookie.name.is_empty() && cookie.value.is_empty();
        // What all of a suffix's sites would get belongs to none of them.
        let everybodys = !is_ip_address(host) && is_public_suffix(host);
        if nameless || everybodys || cookie.is_false() {
            return false;
        }
        let first_party = setter.first_party.map(|site| same_site(site, host));
        let policy_allows = match policy {
            Policy::Always => true,
            Policy::Never => false,
            Policy::NoThirdParty => first_party == Some(true),
            Policy::GrandfatheredThirdParty => first_party == Some(true) || self.domains.contains_key(domain),
        };
        let insecure = setter.secure == Some(false);
        let refused = [
            first_party == Some(false) && cookie.same_site != SameSite::None,
            cookie.http_only && setter.script,
            cookie.secure && insecure,
            self.covers(cookie, domain, insecure, setter.script),
        ];
        policy_allows && !refused.contains(&true)
    }

    /// Whether a cookie would take the place of one that its setter may not touch: a secure one (6265bis, section 5.7), or
    /// one hidden from scripts.
    fn covers(&self, cookie: &Cookie, domain: &str, insecure: bool, script: bool) -> bool {
        let mut all = self.domains.get(domain).into_iter().flatten();
        all.any(|stored| {
            let old = &stored.cookie;
            (insecure && old.secure && old.name == cookie.name && old.path == cookie.path)
                || (script && old.http_only && old.replaces(cookie))
        })
    }

    /// Lets cookies go until the limits are kept: what has ended, then of the domain, then of all, the one unused for longest; a domain gives
    /// up its insecure ones first.
    fn make_room(&mut self, domain: &str, now: i64, changes: &mut Vec<Change>) {
        let full = |jar: &Jar| {
            let of_domain = jar.domains.get(domain).map_or(0, Vec::len);
            (
                of_domain > limits::COOKIES_PER_DOMAIN,
                jar.count > limits::COOKIES,
            )
        };
        if full(self) != (false, false) {
            changes.extend(self.expire(now));
        }
        while full(self).0 {
            let Some(list) = self.domains.get_mut(domain) else {
                break;
            };
            let oldest = (0..list.len())
                .min_by_key(|&at| list.get(at).map(|stored| (stored.cookie.secure, stored.used)));
            let Some(at) = oldest else { break };
            changes.push(Change::Removed(list.remove(at).cookie));
            self.count -= 1;
        }
        if full(self).1 {
            // Some at a time: to look for the oldest costs a walk over all.
            let mut uses: Vec<u64> = self
                .domains
                .values()
                .flatten()
                .map(|stored| stored.used)
                .collect();
            uses.sort_unstable();
            let excess = self.count - limits::COOKIES;
            if let Some(&last) = uses.get(excess - 1) {
                changes.extend(self.take_out(|stored| stored.used <= last));
            }
        }
    }

    fn take_out(&mut self, gone: impl Fn(&Stored) -> bool) -> Vec<Change> {
        let mut changes = Vec::new();
        self.domains.retain(|_, list| {
            changes.extend(
                list.extract_if(.., |stored| gone(stored))
                    .map(|stored| Change::Removed(stored.cookie)),
            );
            !list.is_empty()
        });
        self.count -= changes.len();
        changes
    }
}

/// The domains whose cookies a host gets: its own name, and after a dot that and each of its parents.
fn domains_of(host: &str) -> Vec<String> {
    let host = host.to_ascii_lowercase();
    let mut domains = vec![host.clone(), format!(".{host}")];
    if !is_ip_address(&host) {
        domains.extend(
            host.match_indices('.')
                .filter_map(|(dot, _)| host.get(dot..).map(str::to_owned)),
        );
    }
    domains
}

#[cfg(test)]
#[path = "jar_tests.rs"]
mod tests;
