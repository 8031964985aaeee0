//! When a stored response answers a request (RFC 9111): freshness, validation, what is stored and what makes it invalid.
//!
//! Times are seconds since 1970, and `now` is an argument.

use super::http1::date::Date;
use super::http1::grammar::{list, trim};
use super::http1::headers::{HeaderList, Kind};
use super::http1::params::unquote;

/// Who uses a cache (SoupCacheType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One user: private responses may be stored.
    Private,
    /// Several: what is private to one may not (RFC 9111, section 3).
    Shared,
}

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
fn seconds(value: &[u8]) -> Option<i64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok()?;
    digits.then(|| text.parse().unwrap_or(i64::MAX))
}

/// What a request and its response do to a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storability {
    /// It is stored.
    Store,
    /// It is not stored, and changes nothing.
    Ignore,
    /// It confirms what is stored.
    Validate,
    /// What is stored for its URI is not valid any more.
    Invalidate,
}

/// What is to be done with a response (sections 3 and 4.4). Parts of a body are never stored.
pub fn storability(
    method: &str,
    request: &HeaderList,
    status: u16,
    response: &HeaderList,
    scope: Scope,
) -> Storability {
    match method {
        "GET" => {}
        "HEAD" | "OPTIONS" | "TRACE" => return Storability::Ignore,
        _ if (200..400).contains(&status) => return Storability::Invalidate,
        _ => return Storability::Ignore,
    }
    if status == 304 {
        return Storability::Validate;
    }
    let (asked, said) = (Directives::of(request), Directives::of(response));
    let shared = scope == Scope::Shared;
    let authorized = shared
        && request.contains("Authorization")
        && !(said.public || said.must_revalidate || said.s_maxage.is_some());
    let forbidden = asked.no_store
        || said.no_store
        || (shared && said.private)
        || authorized
        || request.contains("Range")
        || response.contains("Content-Range")
        || response.elements("Vary").any(|name| name == b"*");
    let explicit = said.public
        || said.max_age.is_some()
        || response.contains("Expires")
        || (shared && said.s_maxage.is_some());
    let useful = explicit || response.contains("ETag") || response.contains("Last-Modified");
    match status {
        _ if forbidden => Storability::Ignore,
        200 | 203 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501 if useful => Storability::Store,
        206 => Storability::Ignore,
        200..=599 if explicit && status != 204 => Storability::Store,
        _ => Storability::Ignore,
    }
}

/// A response as it was stored, as far as its age goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// When its request was sent.
    pub request_time: i64,
    /// When its head came.
    pub response_time: i64,
}

impl Stored {
    /// How old the response is (section 4.2.3).
    pub fn age(self, response: &HeaderList, now: i64) -> i64 {
        let date = date_of(response, "Date").unwrap_or(self.response_time);
        let apparent = self.response_time.saturating_sub(date).max(0);
        let said = response
            .one("Age")
            .and_then(|age| seconds(trim(age)))
            .unwrap_or(0);
        let delay = self.response_time.saturating_sub(self.request_time).max(0);
        let initial = apparent.max(said.saturating_add(delay));
        initial.saturating_add(now.saturating_sub(self.response_time).max(0))
    }

    /// For how long the response is fresh (section 4.2.1); without a word of the server's a tenth of the time since it was changed
    /// (section 4.2.2), a day at the most.
    pub fn lifetime(self, status: u16, response: &HeaderList, scope: Scope) -> i64 {
        let said = Directives::of(response);
        let shared = said.s_maxage.filter(|_| scope == Scope::Shared);
        if let Some(age) = shared.or(said.max_age) {
            return age;
        }
        let date = date_of(response, "Date").unwrap_or(self.response_time);
        if response.contains("Expires") {
            // A bad date, such as 0, has passed (section 5.3).
            return date_of(response, "Expires").map_or(0, |expires| expires.saturating_sub(date).max(0));
        }
        match (status, date_of(response, "Last-Modified")) {
            (200 | 203 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501, Some(modified)) => {
                (date.saturating_sub(modified).max(0) / 10).min(DAY)
            }
            _ => 0,
        }
    }
}

fn date_of(headers: &HeaderList, name: &str) -> Option<i64> {
    headers.one(name).and_then(Date::parse).map(Date::to_unix)
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// By what is stored.
    Use,
    /// By what is stored, if the server confirms it.
    Validate,
    /// By the server.
    Miss,
    /// By 504: the request wants what is stored or nothing, and nothing is.
    Unavailable,
}

/// How a request is answered while `stored` is there, of the same URI and [variant](same_variant).
pub fn verdict(
    request: &HeaderList,
    stored: Option<(Stored, u16, &HeaderList)>,
    scope: Scope,
    now: i64,
) -> Verdict {
    let asked = Directives::of(request);
    let otherwise = |verdict| match asked.only_if_cached {
        true => Verdict::Unavailable,
        false => verdict,
    };
    // What the program asks under its own conditions, or in part, is between it and the server.
    let own = [
        "Range",
        "If-Match",
        "If-Unmodified-Since",
        "If-None-Match",
        "If-Modified-Since",
        "If-Range",
    ];
    let Some((stored, status, response)) = stored.filter(|_| !own.iter().any(|name| request.contains(name)))
    else {
        return otherwise(Verdict::Miss);
    };
    let validate = match response.contains("ETag") || response.contains("Last-Modified") {
        true => Verdict::Validate,
        false => Verdict::Miss,
    };
    if asked.no_store {
        return otherwise(Verdict::Miss);
    }
    let said = Directives::of(response);
    if asked.no_cache || said.no_cache {
        return otherwise(validate);
    }
    let age = stored.age(response, now);
    let left = stored.lifetime(status, response, scope).saturating_sub(age);
    let young = asked.max_age.is_none_or(|limit| age <= limit);
    let fresh = left > 0 && asked.min_fresh.is_none_or(|least| left >= least);
    let strict = said.must_revalidate
        || (scope == Scope::Shared && (said.proxy_revalidate || said.s_maxage.is_some()));
    let stale = !strict && asked.max_stale.is_some_and(|most| left.saturating_neg() <= most);
    match young && (fresh || stale) {
        true => Verdict::Use,
        false => otherwise(validate),
    }
}

/// Whether a request would have got this response too: every header that Vary names is the same in both (section 4.1; CVE-2025-9901).
pub fn same_variant(response: &HeaderList, stored_request: &HeaderList, request: &HeaderList) -> bool {
    response.elements("Vary").all(|name| {
        let Ok(name) = std::str::from_utf8(name) else {
            return false;
        };
        let values = |headers: &HeaderList| {
            let all = headers.list(name)?;
            Some(list(&all).map(<[u8]>::to_vec).collect::<Vec<_>>())
        };
        name != "*" && values(stored_request) == values(request)
    })
}

/// The headers that ask whether what is stored still holds (section 4.3.1).
pub fn conditions(response: &HeaderList) -> Vec<(&'static str, Vec<u8>)> {
    let pair = |name, from| response.one(from).map(|value| (name, value.to_vec()));
    let both = [
        pair("If-None-Match", "ETag"),
        pair("If-Modified-Since", "Last-Modified"),
    ];
    both.into_iter().flatten().collect()
}

/// Puts the headers of a 304 in the place of those stored (section 3.2). Those that say how long the body is, and how it is coded, stay.
pub fn update(stored: &mut HeaderList, fresh: &HeaderList) {
    let kept = |name: &str| {
        let fixed = [
            "Content-Length",
            "Content-Encoding",
            "Content-Range",
            "Content-Type",
            "Transfer-Encoding",
            "Trailer",
        ];
        let of_hop = [
            "Connection",
            "Keep-Alive",
            "Proxy-Authenticate",
            "Proxy-Authentication-Info",
            "Upgrade",
            "TE",
        ];
        fixed
            .iter()
            .chain(&of_hop)
            .any(|other| other.eq_ignore_ascii_case(name))
            || fresh.contains_token("Connection", name)
    };
    let mut newer = HeaderList::with_room(stored.kind(), fresh.len());
    for (name, value) in fresh.iter().filter(|(name, _)| !kept(name)) {
        // It is a field of a list already, and no request's.
        let _ = newer.append(name, value);
    }
    stored.merge(newer);
}

const DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 784_111_777;
    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const TEN_DAYS_BEFORE: &str = "Thu, 27 Oct 1994 08:49:37 GMT";
    const STORED: Stored = Stored {
        request_time: NOW,
        response_time: NOW,
    };

    fn headers(kind: Kind, fields: &[(&str, &str)]) -> HeaderList {
        let mut list = HeaderList::new(kind);
        for (name, value) in fields {
            list.append(name, value).unwrap();
        }
        list
    }

    fn request(fields: &[(&str, &str)]) -> HeaderList {
        headers(Kind::Request, fields)
    }

    fn response(fields: &[(&str, &str)]) -> HeaderList {
        headers(Kind::Response, fields)
    }

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

    #[test]
    fn what_is_stored() {
        use Storability::*;
        let tag = ("ETag", "\"x\"");
        let age = |value| ("Cache-Control", value);
        for (method, asked, status, said, private, shared) in [
            ("GET", &[][..], 200, &[tag][..], Store, Store),
            ("GET", &[], 200, &[], Ignore, Ignore),
            ("GET", &[], 200, &[age("max-age=1")], Store, Store),
            ("GET", &[], 200, &[age("private, max-age=1")], Store, Ignore),
            ("GET", &[], 200, &[age("no-store, max-age=1")], Ignore, Ignore),
            ("GET", &[age("no-store")], 200, &[tag], Ignore, Ignore),
            ("GET", &[("Authorization", "x")], 200, &[tag], Store, Ignore),
            (
                "GET",
                &[("Authorization", "x")],
                200,
                &[tag, age("public")],
                Store,
                Store,
            ),
            ("GET", &[("Range", "bytes=0-1")], 200, &[tag], Ignore, Ignore),
            ("GET", &[], 206, &[tag, age("max-age=1")], Ignore, Ignore),
            ("GET", &[], 200, &[tag, ("Vary", "Accept, *")], Ignore, Ignore),
            ("GET", &[], 302, &[tag], Ignore, Ignore),
            ("GET", &[], 302, &[age("max-age=1")], Store, Store),
            ("GET", &[], 404, &[tag], Store, Store),
            ("GET", &[], 304, &[], Validate, Validate),
            ("HEAD", &[], 200, &[tag], Ignore, Ignore),
            ("POST", &[], 200, &[tag], Invalidate, Invalidate),
            ("DELETE", &[], 204, &[], Invalidate, Invalidate),
            ("PUT", &[], 500, &[], Ignore, Ignore),
        ] {
            for (scope, wanted) in [(Scope::Private, private), (Scope::Shared, shared)] {
                let got = storability(method, &request(asked), status, &response(said), scope);
                assert_eq!(got, wanted, "{method} {asked:?} {status} {said:?} {scope:?}");
            }
        }
    }

    #[test]
    fn ages() {
        for (fields, stored, now, age) in [
            (&[("Date", DATE)][..], STORED, NOW, 0),
            (&[("Date", DATE)], STORED, NOW + 7, 7),
            (&[("Date", DATE), ("Age", "5")], STORED, NOW + 7, 12),
            (&[("Date", DATE), ("Age", "x")], STORED, NOW, 0),
            (&[("Date", TEN_DAYS_BEFORE)], STORED, NOW, 10 * DAY),
            (
                &[("Age", "5")],
                Stored {
                    request_time: NOW - 3,
                    response_time: NOW,
                },
                NOW,
                8,
            ),
            (&[], STORED, NOW - 100, 0),
            (&[("Age", "9223372036854775807")], STORED, NOW + 1, i64::MAX),
        ] {
            assert_eq!(stored.age(&response(fields), now), age, "{fields:?}");
        }
    }

    #[test]
    fn lifetimes() {
        let date = ("Date", DATE);
        let old = ("Last-Modified", TEN_DAYS_BEFORE);
        for (status, fields, private, shared) in [
            (200, &[("Cache-Control", "max-age=10, s-maxage=20")][..], 10, 20),
            (200, &[date, ("Expires", "Sun, 06 Nov 1994 08:50:37 GMT")], 60, 60),
            (
                200,
                &[
                    date,
                    ("Expires", "Sun, 06 Nov 1994 08:50:37 GMT"),
                    ("Cache-Control", "max-age=0"),
                ],
                0,
                0,
            ),
            (200, &[date, ("Expires", "0")], 0, 0),
            (200, &[date, ("Expires", TEN_DAYS_BEFORE), old], 0, 0),
            (200, &[date, old], DAY, DAY),
            (
                200,
                &[date, ("Last-Modified", "Sun, 06 Nov 1994 08:39:37 GMT")],
                60,
                60,
            ),
            (302, &[date, old], 0, 0),
            (200, &[], 0, 0),
        ] {
            let lifetime = |scope| STORED.lifetime(status, &response(fields), scope);
            assert_eq!(
                (lifetime(Scope::Private), lifetime(Scope::Shared)),
                (private, shared),
                "{fields:?}"
            );
        }
    }

    #[test]
    fn verdicts() {
        use Verdict::*;
        let control = |value| ("Cache-Control", value);
        let (minute, tag) = (control("max-age=60"), ("ETag", "\"x\""));
        for (asked, said, later, wanted) in [
            (&[][..], &[minute, tag][..], 59, Use),
            (&[], &[minute, tag], 60, Validate),
            (&[], &[minute], 60, Miss),
            (&[control("max-age=10")], &[minute, tag], 11, Validate),
            (&[control("min-fresh=10")], &[minute, tag], 51, Validate),
            (&[control("min-fresh=10")], &[minute, tag], 50, Use),
            (&[control("max-stale=10")], &[minute, tag], 70, Use),
            (&[control("max-stale=10")], &[minute, tag], 71, Validate),
            (&[control("max-stale")], &[minute, tag], 10_000, Use),
            (
                &[control("max-stale")],
                &[control("max-age=60, must-revalidate"), tag],
                70,
                Validate,
            ),
            (&[control("no-cache")], &[minute, tag], 0, Validate),
            (&[("Pragma", "no-cache")], &[minute, tag], 0, Validate),
            (&[], &[control("no-cache, max-age=60"), tag], 0, Validate),
            (&[control("no-store")], &[minute, tag], 0, Miss),
            (&[control("only-if-cached")], &[minute, tag], 59, Use),
            (&[control("only-if-cached")], &[minute, tag], 60, Unavailable),
            (&[("Range", "bytes=0-1")], &[minute, tag], 0, Miss),
            (&[("If-None-Match", "\"y\"")], &[minute, tag], 0, Miss),
        ] {
            let said = response(said);
            let got = verdict(
                &request(asked),
                Some((STORED, 200, &said)),
                Scope::Private,
                NOW + later,
            );
            assert_eq!(got, wanted, "{asked:?} {said:?} {later}");
        }
        assert_eq!(verdict(&request(&[]), None, Scope::Private, NOW), Miss);
        let only = request(&[control("only-if-cached")]);
        assert_eq!(verdict(&only, None, Scope::Private, NOW), Unavailable);
        let shared = response(&[control("s-maxage=60"), tag]);
        let stale = request(&[control("max-stale")]);
        assert_eq!(
            verdict(&stale, Some((STORED, 200, &shared)), Scope::Shared, NOW + 70),
            Validate
        );
    }

    #[test]
    fn cve_2025_9901_vary() {
        let stored = request(&[("Accept", "a,b"), ("Accept-Language", "de")]);
        for (vary, fields, same) in [
            ("Accept", &[("Accept", "a, b")][..], true),
            (
                "accept, Accept-Language",
                &[("Accept", "a"), ("Accept", "b"), ("Accept-Language", "de")],
                true,
            ),
            ("Accept", &[("Accept", "b, a")], false),
            ("Accept", &[], false),
            ("Accept-Language", &[("Accept-Language", "en")], false),
            ("X", &[], true),
            ("X", &[("X", "")], false),
            ("*", &[("Accept", "a,b"), ("Accept-Language", "de")], false),
            ("", &[], true),
        ] {
            let said = response(&[("Vary", vary)]);
            assert_eq!(
                same_variant(&said, &stored, &request(fields)),
                same,
                "{vary} {fields:?}"
            );
        }
    }

    #[test]
    fn validation() {
        let mut stored = response(&[
            ("ETag", "\"x\""),
            ("Last-Modified", DATE),
            ("Content-Length", "5"),
            ("A", "1"),
        ]);
        assert_eq!(
            conditions(&stored),
            [
                ("If-None-Match", b"\"x\"".to_vec()),
                ("If-Modified-Since", DATE.as_bytes().to_vec())
            ]
        );
        let fresh = response(&[
            ("Content-Length", "0"),
            ("A", "2"),
            ("Connection", "B"),
            ("B", "3"),
            ("Date", DATE),
        ]);
        update(&mut stored, &fresh);
        let names: Vec<&str> = stored.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ETag", "Last-Modified", "Content-Length", "A", "Date"]);
        assert_eq!(
            (stored.one("Content-Length"), stored.one("A")),
            (Some(&b"5"[..]), Some(&b"2"[..]))
        );
        assert!(conditions(&response(&[])).is_empty());
    }
}
