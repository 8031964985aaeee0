//! Reading Set-Cookie (RFC 6265, section 5.2, with the limits of 6265bis, section 5.6).

use super::{Cookie, Origin, SameSite, default_path, domain_matches};
use crate::proto::http1::date::{Date, LAST};
use crate::proto::limits;
use crate::proto::tld::is_ip_address;

impl Cookie {
    /// Reads the value of one Set-Cookie header. `origin` is what sent it: its host and path stand where the cookie names none.
    ///
    /// `None` if the cookie is too long, has control characters, or claims a domain that its origin is not in. Whether it keeps what its
    /// name promises is for the jar to say.
    pub fn parse(header: &[u8], origin: Option<Origin<'_>>, now: i64) -> Option<Cookie> {
        if header
            .iter()
            .any(|&byte| byte.is_ascii_control() && byte != b'\t')
        {
            return None;
        }
        let text = String::from_utf8_lossy(header);
        let mut parts = text.split(';').map(str::trim);
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let (name, value) = (name.trim_end(), value.trim_start());
        if name.len() + value.len() > limits::COOKIE_BYTES {
            return None;
        }
        let mut cookie = Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            ..Cookie::default()
        };
        let mut max_age = None;
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (name.trim_end(), value.trim_start());
            if value.len() <= limits::COOKIE_ATTRIBUTE_BYTES {
                cookie.take_attribute(name, value, &mut max_age);
            }
        }
        if let Some(seconds) = max_age {
            cookie.set_max_age(seconds, now);
        }
        cookie.settle(origin)?;
        Some(cookie)
    }

    fn take_attribute(&mut self, name: &str, value: &str, max_age: &mut Option<i64>) {
        match &*name.to_ascii_lowercase() {
            "expires" => {
                if let Some(date) = Date::parse(value.as_bytes()) {
                    self.expires = Some(date.to_unix().min(LAST));
                }
            }
            "max-age" => *max_age = seconds(value).or(*max_age),
            "domain" if !value.is_empty() => {
                let domain = value.strip_prefix('.').unwrap_or(value);
                self.domain = Some(format!(".{}", domain.to_ascii_lowercase()));
            }
            "path" => self.path = value.starts_with('/').then(|| value.to_owned()),
            "secure" => self.secure = true,
            "httponly" => self.http_only = true,
            "samesite" => {
                self.same_site = match &*value.to_ascii_lowercase() {
                    "lax" => SameSite::Lax,
                    "strict" => SameSite::Strict,
                    _ => SameSite::None,
                };
            }
            _ => {}
        }
    }

    /// Fills in what the cookie does not say; `None` if it is not its origin's to set.
    fn settle(&mut self, origin: Option<Origin<'_>>) -> Option<()> {
        let path = origin.map_or("/", |origin| default_path(origin.path));
        self.path.get_or_insert_with(|| path.to_owned());
        let Some(origin) = origin else {
            return Some(());
        };
        match &self.domain {
            // An address has no domain: if it names itself, it alone is meant.
            Some(domain) if is_ip_address(origin.host) => {
                let itself = domain.get(1..) == Some(origin.host);
                itself.then(|| self.domain = Some(origin.host.to_owned()))
            }
            Some(domain) => domain_matches(domain, origin.host).then_some(()),
            None => {
                self.domain = Some(origin.host.to_ascii_lowercase());
                Some(())
            }
        }
    }
}

/// A Max-Age. All that has passed is 0, and what is too large for a number is far away.
fn seconds(value: &str) -> Option<i64> {
    let (negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(if negative {
        0
    } else {
        digits.parse().unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000_000;

    fn origin(host: &str) -> Option<Origin<'_>> {
        Some(Origin {
            host,
            path: "/dir/page.html",
            secure: false,
        })
    }

    fn shown(header: &str) -> Option<String> {
        let cookie = Cookie::parse(header.as_bytes(), origin("www.example.com"), NOW)?;
        Some(cookie.to_set_cookie_header())
    }

    /// What libsoup makes of the same headers, from the same URI.
    #[test]
    fn as_libsoup_reads_them() {
        let d = "path=/dir; domain=www.example.com";
        for (header, wanted) in [
            ("a=b", format!("a=b; {d}")),
            ("a", format!("=a; {d}")),
            ("=b", format!("=b; {d}")),
            ("", String::new()),
            ("a=", format!("a=; {d}")),
            ("; a=b", String::new()),
            (" a = b ", format!("a=b; {d}")),
            ("a=\"b c\"", format!("a=\"b c\"; {d}")),
            (
                "a=\"b;c\"; path=/",
                "a=\"b; path=/; domain=www.example.com".into(),
            ),
            ("a=b;;secure", format!("a=b; {d}; secure")),
            ("a=b; Path=/x", "a=b; path=/x; domain=www.example.com".into()),
            ("a=b; path=x", format!("a=b; {d}")),
            ("a=b; path=", format!("a=b; {d}")),
            ("a=b; path=\"/q\"", format!("a=b; {d}")),
            (
                "a=b; domain=example.com",
                "a=b; path=/dir; domain=.example.com".into(),
            ),
            (
                "a=b; domain=.example.com",
                "a=b; path=/dir; domain=.example.com".into(),
            ),
            ("a=b; domain=", format!("a=b; {d}")),
            ("a=b; Secure=1; HttpOnly=0", format!("a=b; {d}; secure; HttpOnly")),
            ("a=b; samesite=lax", format!("a=b; {d}; SameSite=Lax")),
            ("a=b; SameSite=Strict", format!("a=b; {d}; SameSite=Strict")),
            ("a=b; samesite=none", format!("a=b; {d}")),
            ("a=b; samesite=foo", format!("a=b; {d}")),
            (
                "a=b; max-age=10",
                format!("a=b; expires=Sun, 09-Sep-2001 01:46:50 GMT; {d}"),
            ),
            (
                "a=b; max-age=0",
                format!("a=b; expires=Thu, 01-Jan-1970 00:00:00 GMT; {d}"),
            ),
            (
                "a=b; max-age=-5",
                format!("a=b; expires=Thu, 01-Jan-1970 00:00:00 GMT; {d}"),
            ),
            ("a=b; max-age=x", format!("a=b; {d}")),
            ("a=b; max-age=10x", format!("a=b; {d}")),
            (
                "a=b; expires=Sun, 06 Nov 1994 08:49:37 GMT",
                format!("a=b; expires=Sun, 06-Nov-1994 08:49:37 GMT; {d}"),
            ),
            (
                "a=b; expires=Sun, 06-Nov-2094 08:49:37 GMT",
                format!("a=b; expires=Sat, 06-Nov-2094 08:49:37 GMT; {d}"),
            ),
            ("a=b; expires=bad", format!("a=b; {d}")),
            ("a=b,c=d", format!("a=b,c=d; {d}")),
            ("a=b=c; x=y", format!("a=b=c; {d}")),
            (
                "a=b; path=/x; path=/y",
                "a=b; path=/y; domain=www.example.com".into(),
            ),
            (
                "a=b; domain=a.example.com; domain=example.com",
                "a=b; path=/dir; domain=.example.com".into(),
            ),
            (
                "a=b; SECURE ; PATH = /z",
                "a=b; path=/z; domain=www.example.com; secure".into(),
            ),
            ("a b=c d", format!("a b=c d; {d}")),
        ] {
            assert_eq!(shown(header), Some(wanted), "{header}");
        }
        for refused in ["a=b; domain=.", "a=b; domain=other.com", "a=b; domain=xample.com"] {
            assert_eq!(shown(refused), None, "{refused}");
        }
    }

    /// Where the standard says something else than libsoup.
    #[test]
    fn as_the_standard_reads_them() {
        let expires =
            |header: &str| Cookie::parse(header.as_bytes(), None, NOW).and_then(|cookie| cookie.expires);
        assert_eq!(expires("a=b; max-age="), None);
        assert_eq!(expires("a=b; max-age=99999999999999999999"), Some(LAST));
        assert_eq!(expires("a=b; max-age=2147483648"), Some(NOW + 2_147_483_648));
        let both = "a=b; max-age=100; expires=Sun, 06 Nov 2094 08:49:37 GMT";
        assert_eq!(expires(both), Some(NOW + 100));
        assert_eq!(shown("a=b; Domain=EXAMPLE.COM"), shown("a=b; domain=example.com"));
        assert!(shown("a=b; Domain=EXAMPLE.COM").is_some());
        for control in ["a=b\0c", "a=\u{1}", "a\r=b", "a=b\u{7f}", "a=b; path=/\u{8}"] {
            assert_eq!(shown(control), None, "{control:?}");
        }
        assert_eq!(
            shown("a=b\tc").as_deref(),
            Some("a=b\tc; path=/dir; domain=www.example.com")
        );
    }

    #[test]
    fn names_that_promise_something() {
        for (header, kept) in [
            ("__Host-a=b", false),
            ("__Secure-a=b", false),
            ("__SECURE-a=b", false),
            ("__Secure-a=b; secure", true),
            ("__Host-a=b; secure; path=/", true),
            ("__host-a=b; secure", false),
            ("__Host-a=b; secure; path=/; domain=example.com", false),
            ("__Hosta=b", true),
            ("=__Secure-a; secure", false),
            ("__host-a=b=c; secure; path=/", true),
            ("__Host-a", false),
        ] {
            let cookie = Cookie::parse(header.as_bytes(), origin("www.example.com"), NOW).unwrap();
            assert_eq!(cookie.is_false(), !kept, "{header}");
        }
    }

    #[test]
    fn lengths() {
        let kept = |name: usize, value: usize| {
            shown(&format!("{}={}", "n".repeat(name), "v".repeat(value))).is_some()
        };
        assert!(kept(2, 4094) && !kept(2, 4095) && !kept(4097, 0));
        let path = |length: usize| {
            let header = format!("n=v; path=/{}", "p".repeat(length - 1));
            Cookie::parse(header.as_bytes(), origin("h"), NOW)?
                .path
                .map(|path| path.len())
        };
        assert_eq!(path(1024), Some(1024));
        assert_eq!(path(1025), Some("/dir".len()));
    }

    #[test]
    fn addresses_have_no_domains() {
        let domain = |header: &str, host: &str| Cookie::parse(header.as_bytes(), origin(host), NOW)?.domain;
        assert_eq!(domain("a=b", "192.168.0.1").as_deref(), Some("192.168.0.1"));
        assert_eq!(domain("a=b; domain=168.0.1", "192.168.0.1"), None);
        assert_eq!(
            domain("a=b; domain=192.168.0.1", "192.168.0.1").as_deref(),
            Some("192.168.0.1")
        );
        assert_eq!(domain("a=b", "::1").as_deref(), Some("::1"));
        assert_eq!(
            domain("a=b", "WWW.Example.com").as_deref(),
            Some("www.example.com")
        );
    }

    #[test]
    fn cve_2025_4945_and_11021_dates_out_of_range() {
        assert_eq!(
            shown("a=b; Age=1;expires=3Mar9    999:9:9+ 999999999-age=main=gne="),
            shown("a=b")
        );
        assert!(shown("a=b; expires=Sun, 06 Nov 1994 08:49:37 +9999999").is_some());
    }

    proptest::proptest! {
        #[test]
        fn anything_is_parsed_and_what_is_kept_can_be_written(header: Vec<u8>) {
            if let Some(cookie) = Cookie::parse(&header, origin("h"), NOW) {
                let written = cookie.to_set_cookie_header();
                proptest::prop_assert!(!written.contains(['\r', '\n', '\0']));
            }
        }
    }
}
