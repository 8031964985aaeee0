//! What a session knows by heart: which auth belongs to which path of which server, and to which proxy (RFC 9110, section 11.5).
//!
//! Law: no code of anybody else's runs here. What is replaced is handed back, for the caller to drop when it has let go of its lock.

use std::collections::HashMap;
use std::fmt;

use crate::gobject::message::uri as message_uri;
use crate::proto::auth::space::Spaces;
use crate::proto::limits;

/// A server, as credentials belong to it. WebSockets share those of HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    secure: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// The server that a URI leads to.
    pub fn of(uri: &glib::Uri) -> Option<Origin> {
        let scheme = uri.scheme();
        Some(Origin {
            secure: message_uri::has_tls(&scheme),
            host: uri.host()?.to_ascii_lowercase(),
            port: u16::try_from(uri.port()).unwrap_or_else(|_| message_uri::default_port(&scheme)),
        })
    }

    /// Whether TLS says who it is.
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

/// As the beginning of a URI, without the scheme's own port.
impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let (open, close) = if self.host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        write!(out, "{scheme}://{open}{}{close}", self.host)?;
        match self.port == message_uri::default_port(scheme) {
            true => Ok(()),
            false => write!(out, ":{}", self.port),
        }
    }
}

/// Where a request goes, as far as credentials care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A path of a server.
    Server(Origin, String),
    /// The address of a proxy.
    Proxy(String),
}

/// Auths of type `T` by place.
pub struct Cache<T> {
    servers: HashMap<Origin, Realms<T>>,
    /// Each with its scheme and realm.
    proxies: HashMap<String, (String, T)>,
}

/// The realms of a server.
struct Realms<T> {
    /// Which realm a path belongs to.
    spaces: Spaces<String>,
    auths: HashMap<String, T>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Cache {
            servers: HashMap::new(),
            proxies: HashMap::new(),
        }
    }
}

impl<T: Clone + PartialEq> Cache<T> {
    /// The auth for a place.
    pub fn lookup(&self, place: &Place) -> Option<T> {
        match place {
            Place::Server(origin, path) => {
                let realms = self.servers.get(origin)?;
                realms.auths.get(realms.spaces.lookup(path)?).cloned()
            }
            Place::Proxy(address) => self.proxies.get(address).map(|(_, auth)| auth.clone()),
        }
    }

    /// The auth of a place with this scheme and realm.
    pub fn known(&self, place: &Place, info: &str) -> Option<T> {
        match place {
            Place::Server(origin, _) => self.servers.get(origin)?.auths.get(info).cloned(),
            Place::Proxy(address) => {
                let (known, auth) = self.proxies.get(address)?;
                (known == info).then(|| auth.clone())
            }
        }
    }

    /// Keeps the auth of a realm for these paths of the place. Gives back the one that it replaces.
    pub fn record(&mut self, place: &Place, paths: &[String], info: &str, auth: T) -> Option<T> {
        match place {
            Place::Server(origin, _) => {
                if !self.has_room(origin) {
                    // Of these only the realms are known, and no credentials.
                    self.servers.retain(|_, realms| !realms.auths.is_empty());
                }
                if !self.has_room(origin) {
                    return Some(auth);
                }
                let realms = self.servers.entry(origin.clone()).or_insert_with(|| Realms {
                    spaces: Spaces::default(),
                    auths: HashMap::new(),
                });
                for path in paths {
                    realms.spaces.insert(path, info.to_owned());
                }
                realms.auths.insert(info.to_owned(), auth)
            }
            Place::Proxy(address) => {
                let old = self.proxies.insert(address.clone(), (info.to_owned(), auth));
                old.map(|(_, auth)| auth)
            }
        }
    }

    fn has_room(&self, origin: &Origin) -> bool {
        self.servers.len() < limits::AUTH_ORIGINS || self.servers.contains_key(origin)
    }

    /// Forgets an auth wherever it is; gives back what was kept. Which paths belong to its realm stays known: another realm's
    /// credentials are not sent there.
    pub fn forget(&mut self, auth: &T) -> Vec<T> {
        let mut gone = Vec::new();
        for realms in self.servers.values_mut() {
            let infos: Vec<String> = realms
                .auths
                .iter()
                .filter(|(_, other)| *other == auth)
                .map(|(info, _)| info.clone())
                .collect();
            for info in infos {
                gone.extend(realms.auths.remove(&info));
            }
        }
        let addresses: Vec<String> = self
            .proxies
            .iter()
            .filter(|(_, (_, other))| other == auth)
            .map(|(address, _)| address.clone())
            .collect();
        gone.extend(
            addresses
                .iter()
                .filter_map(|address| self.proxies.remove(address))
                .map(|(_, auth)| auth),
        );
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(uri: &str) -> Place {
        let uri = message_uri::parse(uri).unwrap();
        Place::Server(Origin::of(&uri).unwrap(), uri.path().to_string())
    }

    fn paths(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|&path| path.to_owned()).collect()
    }

    #[test]
    fn origins() {
        for (uri, origin) in [
            ("http://A/x", "http://a"),
            ("ws://a:80", "http://a"),
            ("wss://a", "https://a"),
            ("https://a:8443", "https://a:8443"),
            ("http://[::1]:443", "http://[::1]:443"),
        ] {
            assert_eq!(
                Origin::of(&message_uri::parse(uri).unwrap()).unwrap().to_string(),
                origin
            );
        }
    }

    #[test]
    fn credentials_are_for_their_space_alone() {
        let mut cache = Cache::default();
        cache.record(&place("http://a/x/y"), &paths(&["/x"]), "Basic:r", 1);
        cache.record(&place("http://a/z"), &paths(&["/z/"]), "Basic:s", 2);
        for (uri, auth) in [
            ("http://a/x", Some(1)),
            ("ws://A:80/x/other", Some(1)),
            ("http://a/z/1", Some(2)),
            ("http://a/", None),
            ("http://a/xy", None),
            ("https://a/x", None),
            ("http://a:8080/x", None),
            ("http://b/x", None),
            ("http://a.b/x", None),
        ] {
            assert_eq!(cache.lookup(&place(uri)), auth, "{uri}");
        }
        assert_eq!(cache.known(&place("http://a/"), "Basic:s"), Some(2));
        assert_eq!(cache.known(&place("http://b/"), "Basic:s"), None);
        assert_eq!(cache.record(&place("http://a/x"), &[], "Basic:r", 3), Some(1));
        assert_eq!(cache.lookup(&place("http://a/x")), Some(3));
        assert_eq!(cache.forget(&3), [3]);
        assert_eq!(cache.lookup(&place("http://a/x")), None);
        assert_eq!(cache.lookup(&place("http://a/z/")), Some(2));
        // The realm is known still, and what is below another's path is not sent there.
        cache.record(&place("http://a/z/w/"), &paths(&["/z/w"]), "Basic:r", 4);
        assert_eq!(cache.lookup(&place("http://a/x")), Some(4));
        assert_eq!(cache.forget(&4), [4]);
        assert_eq!(cache.lookup(&place("http://a/z/w/")), None);
    }

    #[test]
    fn a_proxys_credentials_are_for_that_proxy() {
        let mut cache = Cache::default();
        let (one, other) = (Place::Proxy("1".into()), Place::Proxy("2".into()));
        assert_eq!(cache.record(&one, &[], "Basic:r", 1), None);
        assert_eq!((cache.lookup(&one), cache.lookup(&other)), (Some(1), None));
        assert_eq!(cache.known(&one, "Digest:r"), None);
        assert_eq!(cache.record(&one, &[], "Digest:r", 2), Some(1));
        assert_eq!(cache.forget(&2), [2]);
        assert_eq!(cache.lookup(&one), None);
    }

    #[test]
    fn servers_cannot_fill_it() {
        let mut cache = Cache::default();
        for number in 0..limits::AUTH_ORIGINS {
            assert_eq!(
                cache.record(&place(&format!("http://h{number}/")), &paths(&["/"]), "i", 0),
                None
            );
        }
        assert_eq!(
            cache.record(&place("http://one.more/"), &paths(&["/"]), "i", 7),
            Some(7)
        );
        assert_eq!(cache.lookup(&place("http://one.more/")), None);
        // Those without credentials make room.
        assert_eq!(cache.forget(&0).len(), limits::AUTH_ORIGINS);
        assert_eq!(
            cache.record(&place("http://one.more/"), &paths(&["/"]), "i", 7),
            None
        );
        assert_eq!(cache.lookup(&place("http://one.more/")), Some(7));
        assert_eq!(cache.servers.len(), 1);
    }
}
