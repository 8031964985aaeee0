//! Strict-Transport-Security (RFC 6797): the header, a policy, and the hosts whose policies are known.

use std::collections::BTreeMap;

use super::limits;
use crate::proto::http1::date::LAST;
use crate::proto::http1::grammar::{split, trim};
use crate::proto::http1::params::unquote;
use crate::proto::tld::is_ip_address;

/// What a host asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The host, in lower case, without a dot at its end.
    pub domain: String,
    /// For how many seconds; 0 takes it back. `None` for the length of the session.
    pub max_age: Option<u64>,
    /// When it ends, in seconds since 1970; `None` for never, and for a session's.
    pub expires: Option<i64>,
    /// Whether the hosts below are meant too.
    pub subdomains: bool,
}

impl Policy {
    /// A policy that begins at `now`, or, without `max_age`, one for the session. `None` for an IP address and a host without a name.
    pub fn new(domain: &str, max_age: Option<u64>, subdomains: bool, now: i64) -> Option<Policy> {
        let domain = canonical(domain)?;
        let expires = max_age.and_then(|seconds| match seconds {
            0 => Some(0),
            _ => now
                .checked_add(i64::try_from(seconds).ok()?)
                .filter(|end| *end <= LAST),
        });
        Some(Policy {
            domain,
            max_age,
            expires,
            subdomains,
        })
    }

    /// The policy of a response's header, which counts only if it came over TLS without errors; of several headers only the first
    /// (RFC 6797, section 8.1). `None` for a header that is not valid (section 6.1).
    pub fn parse(header: &[u8], host: &str, now: i64) -> Option<Policy> {
        let (mut max_age, mut subdomains) = (None, false);
        let mut seen: Vec<&[u8]> = Vec::new();
        for directive in split(header, b';') {
            let equals = directive.iter().position(|&byte| byte == b'=');
            let (name, value) = match equals {
                Some(at) => (trim(directive.get(..at)?), Some(trim(directive.get(at + 1..)?))),
                None => (directive, None),
            };
            let again = seen.iter().any(|other| other.eq_ignore_ascii_case(name));
            if again || seen.len() >= limits::HSTS_DIRECTIVES {
                return None;
            }
            seen.push(name);
            if name.eq_ignore_ascii_case(b"max-age") {
                max_age = Some(seconds(&unquote(value?))?);
            } else if name.eq_ignore_ascii_case(b"includeSubDomains") {
                if value.is_some() {
                    return None;
                }
                subdomains = true;
            }
        }
        Policy::new(host, Some(max_age?), subdomains, now)
    }

    /// Whether it holds until the session ends.
    pub fn is_session_policy(&self) -> bool {
        self.max_age.is_none()
    }

    /// Whether it has ended at `now`.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// Digits only; what does not fit is very long.
fn seconds(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok()?;
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// A host's name as it is compared (RFC 6797, section 8.2). IP addresses have no policy (section 8.1.1).
fn canonical(host: &str) -> Option<String> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let named = !host.is_empty() && !host.starts_with('.') && !is_ip_address(host);
    named.then(|| host.to_ascii_lowercase())
}

/// The hosts whose policies are known. A session's policy goes before one that is kept.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    kept: BTreeMap<String, Policy>,
    session: BTreeMap<String, Policy>,
}

/// What has changed: the policy before, and the one now.
pub type Change = (Option<Policy>, Option<Policy>);

impl KnownHosts {
    /// Takes a policy; one that has ended takes back what the host said before. Says what has changed.
    pub fn set(&mut self, policy: Policy, now: i64) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.kept.len() >= limits::HSTS_HOSTS && !policy.is_session_policy() {
            changes.extend(self.expire(now));
        }
        let map = match policy.is_session_policy() {
            true => &mut self.session,
            false => &mut self.kept,
        };
        if policy.is_expired(now) {
            changes.extend(map.remove(&policy.domain).map(|old| (Some(old), None)));
            return changes;
        }
        if map.len() >= limits::HSTS_HOSTS && !map.contains_key(&policy.domain) {
            // The one that would have ended first.
            let first = map
                .values()
                .min_by_key(|policy| policy.expires.unwrap_or(i64::MAX));
            let first = first.map(|policy| policy.domain.clone());
            changes.extend(
                first
                    .and_then(|domain| map.remove(&domain))
                    .map(|old| (Some(old), None)),
            );
        }
        let old = map.insert(policy.domain.clone(), policy.clone());
        if old.as_ref() != Some(&policy) {
            changes.push((old, Some(policy)));
        }
        changes
    }

    /// Removes what has ended.
    pub fn expire(&mut self, now: i64) -> Vec<Change> {
        let ended: Vec<String> = self
            .kept
            .values()
            .filter(|policy| policy.is_expired(now))
            .map(|policy| policy.domain.clone())
            .collect();
        ended
            .iter()
            .filter_map(|domain| self.kept.remove(domain))
            .map(|old| (Some(old), None))
            .collect()
    }

    /// Whether a host has a policy of its own.
    pub fn has_valid_policy(&self, host: &str, now: i64) -> bool {
        canonical(host).is_some_and(|host| self.of(&host, now).next().is_some())
    }

    /// Whether a host is to be asked over TLS only: by its own policy, or that of a host above it (RFC 6797, section 8.3).
    pub fn demands_tls(&self, host: &str, now: i64) -> bool {
        let Some(host) = canonical(host) else {
            return false;
        };
        let above = host.match_indices('.').filter_map(|(dot, _)| host.get(dot + 1..));
        self.of(&host, now).next().is_some()
            || above
                .flat_map(|parent| self.of(parent, now))
                .any(|policy| policy.subdomains)
    }

    /// The policies that are known, those of the session where they are wanted.
    pub fn policies(&self, with_session: bool) -> impl Iterator<Item = &Policy> {
        let session = self.session.values().filter(move |_| with_session);
        self.kept.values().chain(session)
    }

    fn of(&self, host: &str, now: i64) -> impl Iterator<Item = &Policy> {
        let both = self.session.get(host).into_iter().chain(self.kept.get(host));
        both.filter(move |policy| !policy.is_expired(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn parsed(header: &str) -> Option<(u64, bool)> {
        let policy = Policy::parse(header.as_bytes(), "example.com", NOW)?;
        Some((policy.max_age?, policy.subdomains))
    }

    #[test]
    fn headers() {
        for (header, wanted) in [
            ("max-age=31536000", Some((31_536_000, false))),
            ("max-age=31536000; includeSubDomains", Some((31_536_000, true))),
            ("includesubdomains; max-age=10", Some((10, true))),
            ("max-age=\"10\"", Some((10, false))),
            ("max-age=0", Some((0, false))),
            ("max-age=10; foo=bar; baz", Some((10, false))),
            (" max-age=10 ;", Some((10, false))),
            ("; max-age=10", Some((10, false))),
            ("max-age = 10", Some((10, false))),
            ("MAX-AGE=10", Some((10, false))),
            ("max-age=99999999999999999999", Some((u64::MAX, false))),
            ("max-age=-1", None),
            ("max-age=", None),
            ("max-age", None),
            ("includeSubDomains", None),
            ("max-age=10; max-age=20", None),
            ("max-age=10; includeSubDomains; includesubdomains", None),
            ("max-age=10; includeSubDomains=x", None),
            ("max-age=10x", None),
            ("max-age=10,includeSubDomains", None),
            ("max-age='10'", None),
            ("", None),
        ] {
            assert_eq!(parsed(header), wanted, "{header}");
        }
        assert_eq!(parsed(&format!("max-age=1;{}", "a;".repeat(10))), None);
        let many: String = (0..100_000).map(|number| format!("d{number};")).collect();
        assert_eq!(parsed(&many), None);
    }

    #[test]
    fn hosts() {
        let domain = |host: &str| Policy::parse(b"max-age=5", host, NOW).map(|policy| policy.domain);
        for (host, wanted) in [
            ("EXAMPLE.com", Some("example.com")),
            ("example.com.", Some("example.com")),
            ("localhost", Some("localhost")),
            ("127.0.0.1", None),
            ("::1", None),
            ("[::1]", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(domain(host).as_deref(), wanted, "{host}");
        }
    }

    #[test]
    fn ends() {
        let policy = |age| Policy::new("h", age, false, NOW).unwrap();
        assert!(policy(Some(0)).is_expired(NOW) && !policy(Some(1)).is_expired(NOW));
        assert!(policy(Some(1)).is_expired(NOW + 1));
        assert!(!policy(None).is_expired(i64::MAX) && policy(None).is_session_policy());
        assert!(!policy(Some(u64::MAX)).is_expired(i64::MAX));
    }

    #[test]
    fn known_hosts() {
        let mut known = KnownHosts::default();
        let policy = |domain, age, subdomains| Policy::new(domain, age, subdomains, NOW).unwrap();
        let one = policy("example.com", Some(10), true);
        assert_eq!(known.set(one.clone(), NOW), [(None, Some(one.clone()))]);
        assert_eq!(known.set(one.clone(), NOW), []);
        known.set(policy("a.org", Some(10), false), NOW);
        for (host, own, demanded) in [
            ("example.com", true, true),
            ("Example.COM.", true, true),
            ("www.example.com", false, true),
            ("a.b.example.com", false, true),
            ("badexample.com", false, false),
            ("a.org", true, true),
            ("x.a.org", false, false),
            ("127.0.0.1", false, false),
            ("com", false, false),
            ("", false, false),
        ] {
            assert_eq!(known.has_valid_policy(host, NOW), own, "{host}");
            assert_eq!(known.demands_tls(host, NOW), demanded, "{host}");
            assert!(!known.demands_tls(host, NOW + 10), "{host}");
        }
        let back = policy("example.com", Some(0), false);
        assert_eq!(known.set(back.clone(), NOW), [(Some(one), None)]);
        assert_eq!(known.set(back, NOW), []);
        let session = policy("s.org", None, false);
        known.set(session, NOW);
        assert!(known.demands_tls("s.org", i64::MAX));
        assert_eq!(
            (known.policies(true).count(), known.policies(false).count()),
            (2, 1)
        );
        assert_eq!(known.expire(NOW + 10).len(), 1);
    }

    #[test]
    fn very_many_hosts() {
        let mut known = KnownHosts::default();
        for number in 0..limits::HSTS_HOSTS {
            let policy = Policy::new(&format!("h{number}"), Some(100 + number as u64), false, NOW).unwrap();
            known.set(policy, NOW);
        }
        let changes = known.set(Policy::new("last", Some(5), false, NOW).unwrap(), NOW);
        assert_eq!(changes.len(), 2);
        assert!(!known.has_valid_policy("h0", NOW) && known.has_valid_policy("last", NOW));
        assert_eq!(known.policies(true).count(), limits::HSTS_HOSTS);
    }
}
