//! How old a stored response is, and whether it answers a request (RFC 9111, sections 4.2 and 5.2.1).

use super::Scope;
use super::directives::{Directives, seconds};
use crate::proto::http1::date::Date;
use crate::proto::http1::grammar::trim;
use crate::proto::http1::headers::HeaderList;

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

const DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::cache::tests::{DATE, NOW, TEN_DAYS_BEFORE, request, response};

    const STORED: Stored = Stored {
        request_time: NOW,
        response_time: NOW,
    };

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
}
