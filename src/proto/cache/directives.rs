//! Cache-Control, and the Pragma of before (RFC 9111, sections 5.2 and 5.4).

use crate::proto::http1::grammar::trim;
use crate::proto::http1::headers::{HeaderList, Kind};
use crate::proto::http1::params::unquote;

/// The directives of a Cache-Control header that count here (RFC 9111, section 5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `no-store`
    pub no_store: bool,
    /// `no-cache`
    pub no_cache: bool,
    /// `private`
    pub private: bool,
    /// `public`
    pub public: bool,
    /// `must-revalidate`
    pub must_revalidate: bool,
    /// `proxy-revalidate`
    pub proxy_revalidate: bool,
    /// `only-if-cached`
    pub only_if_cached: bool,
    /// `max-age`
    pub max_age: Option<i64>,
    /// `s-maxage`
    pub s_maxage: Option<i64>,
    /// `min-fresh`
    pub min_fresh: Option<i64>,
    /// `max-stale`; without a value, any age.
    pub max_stale: Option<i64>,
}

impl Directives {
    /// The directives of a message; without Cache-Control, `Pragma: no-cache` of a request counts (section 5.4). Of two values of one
    /// directive the smaller counts, and one that is no number is 0: stale.
    pub fn of(headers: &HeaderList) -> Directives {
        let mut all = Directives::default();
        for element in headers.elements("Cache-Control") {
            let equals = element.iter().position(|&byte| byte == b'=');
            let (name, value) = match equals.and_then(|at| element.split_at_checked(at)) {
                Some((name, value)) => (trim(name), value.get(1..).map(trim)),
                None => (element, None),
            };
            let number = value.map(|value| seconds(&unquote(value)).unwrap_or(0));
            let least = |old: Option<i64>, new: i64| Some(old.map_or(new, |old| old.min(new)));
            match &*name.to_ascii_lowercase() {
                b"no-store" => all.no_store = true,
                b"no-cache" => all.no_cache = true,
                b"private" => all.private = true,
                b"public" => all.public = true,
                b"must-revalidate" => all.must_revalidate = true,
                b"proxy-revalidate" => all.proxy_revalidate = true,
                b"only-if-cached" => all.only_if_cached = true,
                b"max-age" => all.max_age = least(all.max_age, number.unwrap_or(0)),
                b"s-maxage" => all.s_maxage = least(all.s_maxage, number.unwrap_or(0)),
                b"min-fresh" => all.min_fresh = Some(number.unwrap_or(0)),
                b"max-stale" => all.max_stale = Some(number.unwrap_or(i64::MAX)),
                _ => {}
            }
        }
        let pragma = headers.kind() == Kind::Request && !headers.contains("Cache-Control");
        all.no_cache |= pragma && headers.contains_token("Pragma", "no-cache");
        all
    }
}

/// A number of seconds; one that is too large is very long (section 1.2.2).
pub(super) fn seconds(value: &[u8]) -> Option<i64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok()?;
    digits.then(|| text.parse().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::cache::tests::{request, response};

    #[test]
    fn directives() {
        let of = |value: &str| Directives::of(&response(&[("Cache-Control", value)]));
        assert_eq!(of("max-age=10, PRIVATE, no-cache=\"a, b\"").max_age, Some(10));
        assert!(of("max-age=10, PRIVATE").private && of("no-cache=\"a, b\"").no_cache);
        assert_eq!(of("max-age=\"10\", max-age=5").max_age, Some(5));
        assert_eq!(of("max-age=x").max_age, Some(0));
        assert_eq!(of("max-age").max_age, Some(0));
        assert_eq!(of("max-age=99999999999999999999").max_age, Some(i64::MAX));
        assert_eq!(of("max-stale").max_stale, Some(i64::MAX));
        assert_eq!(of("foo=\"no-store\", bar"), Directives::default());
        assert!(Directives::of(&request(&[("Pragma", "no-cache")])).no_cache);
        assert!(!Directives::of(&response(&[("Pragma", "no-cache")])).no_cache);
        assert!(
            !Directives::of(&request(&[
                ("Pragma", "no-cache"),
                ("Cache-Control", "max-age=1")
            ]))
            .no_cache
        );
    }
}
