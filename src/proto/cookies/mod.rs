//! Cookies (RFC 6265 and its successor, called 6265bis below): one cookie, and where it is sent.

pub mod jar;
pub mod netscape;
mod parse;

pub use jar::{Jar, Policy};

use crate::proto::http1::date::{self, Format, LAST};
use crate::proto::tld::is_ip_address;

/// Whether a cookie goes with requests that another site causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// With all of them.
    #[default]
    None,
    /// With top-level navigations by safe methods.
    Lax,
    /// With none.
    Strict,
}

/// One cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// The name; it may be empty.
    pub name: String,
    /// The value, with its quotes where it has any.
    pub value: String,
    /// The one host that gets it, or, after a dot, the domain whose hosts all get it. `None` only while nobody has set one.
    pub domain: Option<String>,
    /// The path that it belongs to.
    pub path: Option<String>,
    /// When it ends, in seconds since 1970; `None` for the end of the session.
    pub expires: Option<i64>,
    /// Whether it goes over TLS only.
    pub secure: bool,
    /// Whether it is hidden from scripts.
    pub http_only: bool,
    /// Its policy for requests from other sites.
    pub same_site: SameSite,
}

/// Where a response came from, or a request goes to.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The host, without brackets.
    pub host: &'a str,
    /// The path, without a query.
    pub path: &'a str,
    /// Whether it is asked over TLS.
    pub secure: bool,
}

impl Cookie {
    /// Whether it has ended at `now`.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Ends it `seconds` after `now`: 0 at once, and with -1 when the session ends.
    pub fn set_max_age(&mut self, seconds: i64, now: i64) {
        self.expires = match seconds {
            ..0 => None,
            0 => Some(0),
            _ => Some(now.saturating_add(seconds).min(LAST)),
        };
    }

    /// Whether requests to `host` get it (RFC 6265, section 5.1.3).
    pub fn domain_matches(&self, host: &str) -> bool {
        self.domain
            .as_deref()
            .is_some_and(|domain| domain_matches(domain, host))
    }

    /// Whether a request to `origin` gets it.
    pub fn applies_to(&self, origin: Origin<'_>) -> bool {
        (!self.secure || origin.secure)
            && self.domain_matches(origin.host)
            && path_matches(self.path.as_deref().unwrap_or_default(), origin.path)
    }

    /// The value of a Set-Cookie header.
    pub fn to_set_cookie_header(&self) -> String {
        if self.name.is_empty() && self.value.is_empty() {
            return String::new();
        }
        let mut header = format!("{}={}", self.name, self.value);
        let mut attribute = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                header += &format!("; {name}={value}");
            }
        };
        let expires = self.expires.map(|expires| date::write(expires, Format::Cookie));
        attribute("expires", expires.as_deref());
        attribute("path", self.path.as_deref());
        attribute("domain", self.domain.as_deref());
        attribute(
            "SameSite",
            match self.same_site {
                SameSite::None => None,
                SameSite::Lax => Some("Lax"),
                SameSite::Strict => Some("Strict"),
            },
        );
        if self.secure {
            header += "; secure";
        }
        if self.http_only {
            header += "; HttpOnly";
        }
        header
    }

    /// What a Cookie header says of it.
    pub fn to_cookie_header(&self) -> String {
        match &*self.name {
            "" => self.value.clone(),
            name => format!("{name}={}", self.value),
        }
    }

    /// Whether it is the same cookie as another, with whatever value (RFC 6265, section 5.3).
    pub fn replaces(&self, other: &Cookie) -> bool {
        self.name == other.name && self.domain == other.domain && self.path == other.path
    }

    /// Whether its name promises what it does not keep (6265bis, section 4.1.3), its value would be read as such a name, or it
    /// holds what no header can.
    fn is_false(&self) -> bool {
        // In a Cookie header, what has no name is a value alone.
        let shown = if self.name.is_empty() {
            &self.value
        } else {
            &self.name
        };
        let begins = |prefix: &str| {
            let start = shown.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let texts = [
            Some(&self.name),
            Some(&self.value),
            self.domain.as_ref(),
            self.path.as_ref(),
        ];
        let is_control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
        let host_only = self
            .domain
            .as_deref()
            .is_none_or(|domain| !domain.starts_with('.'));
        (self.name.is_empty() && (begins("__Secure-") || begins("__Host-")))
            || (begins("__Secure-") && !self.secure)
            || (begins("__Host-") && !(self.secure && host_only && self.path.as_deref() == Some("/")))
            || texts
                .into_iter()
                .flatten()
                .any(|text| text.bytes().any(is_control))
    }
}

/// The value of a Cookie header.
pub fn to_cookie_header<'a>(cookies: impl IntoIterator<Item = &'a Cookie>) -> String {
    let all: Vec<String> = cookies.into_iter().map(Cookie::to_cookie_header).collect();
    all.join("; ")
}

/// The cookies of a request's Cookie header: names and values only.
pub fn parse_request(header: &[u8]) -> Vec<Cookie> {
    let pairs = header.split(|&byte| byte == b';').filter_map(|pair| {
        let pair = pair.trim_ascii();
        (!pair.is_empty()).then(|| Cookie::parse(pair, None, 0)).flatten()
    });
    pairs.take(crate::proto::limits::COOKIES_PER_DOMAIN).collect()
}

/// Whether a host is in a cookie's domain: it alone, or, where the domain begins with a dot, all of its names. Names are compared without
/// regard to case; an IP address has no subdomains.
pub fn domain_matches(domain: &str, host: &str) -> bool {
    let Some(parent) = domain.strip_prefix('.') else {
        return !domain.is_empty() && domain.eq_ignore_ascii_case(host);
    };
    if parent.is_empty() {
        return false;
    }
    if host.eq_ignore_ascii_case(parent) {
        return true;
    }
    let tail = host.len().checked_sub(domain.len()).and_then(|at| host.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(domain)) && !is_ip_address(host)
}

/// Whether a request's path lies in a cookie's (RFC 6265, section 5.1.4).
pub fn path_matches(cookie: &str, request: &str) -> bool {
    let request = if request.is_empty() { "/" } else { request };
    match request.strip_prefix(cookie) {
        Some(rest) => cookie.is_empty() || cookie.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

/// The path of a cookie that names none (RFC 6265, section 5.1.4).
pub fn default_path(request: &str) -> &str {
    let up = request.rfind('/').and_then(|slash| request.get(..slash));
    up.filter(|path| path.starts_with('/') && *path != "/")
        .unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in libsoup, but for upper case and IP addresses.
    #[test]
    fn domains() {
        for (domain, host, matches) in [
            ("example.com", "example.com", true),
            (".example.com", "example.com", true),
            (".example.com", "www.example.com", true),
            ("example.com", "www.example.com", false),
            (".example.com", "badexample.com", false),
            (".EXAMPLE.com", "www.example.COM", true),
            (".com", "example.com", true),
            (".0.0.1", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            (".example.com", "a.b.example.com", true),
            ("", "x", false),
            ("", "", false),
            (".", "x", false),
            (".", "", false),
            (".é.de", "x.é.de", true),
        ] {
            assert_eq!(domain_matches(domain, host), matches, "{domain} {host}");
        }
    }

    #[test]
    fn paths() {
        for (cookie, request, matches) in [
            ("/", "/x", true),
            ("/x", "/x", true),
            ("/x", "/xy", false),
            ("/x", "/x/y", true),
            ("/x/", "/x", false),
            ("/x/", "/x/y", true),
            ("", "/x", true),
            ("/X", "/x", false),
            ("/", "", true),
            ("x", "/x", false),
        ] {
            assert_eq!(path_matches(cookie, request), matches, "{cookie} {request}");
        }
        for (request, default) in [
            ("/", "/"),
            ("", "/"),
            ("/a", "/"),
            ("/a/", "/a"),
            ("/a/b", "/a"),
            ("//x", "/"),
            ("/a%20b/c", "/a%20b"),
            ("x", "/"),
            ("x/y", "/"),
        ] {
            assert_eq!(default_path(request), default, "{request}");
        }
    }

    #[test]
    fn written() {
        let mut cookie = Cookie {
            name: "n".into(),
            value: "v".into(),
            domain: Some(".e.com".into()),
            path: Some("/p".into()),
            secure: true,
            http_only: true,
            same_site: SameSite::Lax,
            ..Cookie::default()
        };
        cookie.set_max_age(3600, 784_111_777);
        assert_eq!(
            cookie.to_set_cookie_header(),
            "n=v; expires=Sun, 06-Nov-1994 09:49:37 GMT; path=/p; domain=.e.com; SameSite=Lax; secure; HttpOnly"
        );
        assert_eq!(cookie.to_cookie_header(), "n=v");
        let read = Cookie::parse(cookie.to_set_cookie_header().as_bytes(), None, 0);
        assert_eq!(read, Some(cookie));
        let unnamed = Cookie {
            value: "v".into(),
            ..Cookie::default()
        };
        assert_eq!(unnamed.to_set_cookie_header(), "=v");
        assert_eq!(unnamed.to_cookie_header(), "v");
        assert_eq!(Cookie::default().to_set_cookie_header(), "");
        assert_eq!(to_cookie_header([&unnamed, &unnamed]), "v; v");
    }

    #[test]
    fn ages() {
        let mut cookie = Cookie::default();
        for (age, expires) in [(-1, None), (0, Some(0)), (5, Some(15)), (i64::MAX, Some(LAST))] {
            cookie.set_max_age(age, 10);
            assert_eq!(cookie.expires, expires);
        }
        cookie.set_max_age(5, 10);
        assert!(!cookie.is_expired(14) && cookie.is_expired(15));
    }

    #[test]
    fn requests() {
        let shown = |header: &str| {
            let cookies = parse_request(header.as_bytes());
            cookies
                .into_iter()
                .map(|cookie| (cookie.name, cookie.value))
                .collect::<Vec<_>>()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            shown("a=b; c = d ;; e; path=/x"),
            [pair("a", "b"), pair("c", "d"), pair("", "e"), pair("path", "/x")]
        );
        assert_eq!(shown(""), []);
        assert_eq!(
            shown(&"a=b;".repeat(10_000)).len(),
            crate::proto::limits::COOKIES_PER_DOMAIN
        );
    }
}
