//! Whether a stored response is the one that a request wants, and what a 304 does to it (RFC 9111, sections 3.2, 4.1 and 4.3).

use crate::proto::http1::grammar::list;
use crate::proto::http1::headers::{HeaderList, Kind};

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
    const FIXED: [&str; 4] = [
        "Content-Length",
        "Content-Encoding",
        "Content-Range",
        "Content-Type",
    ];
    let kept = |name: &str| {
        let is_fixed = FIXED.iter().any(|other| other.eq_ignore_ascii_case(name));
        is_fixed || is_of_hop(fresh, name)
    };
    let mut newer = HeaderList::with_room(stored.kind(), fresh.len());
    for (name, value) in fresh.iter().filter(|(name, _)| !kept(name)) {
        // It is a field of a list already, and no request's.
        let _ = newer.append(name, value);
    }
    stored.merge(newer);
}

/// Whether a field of `headers` is about this connection alone (section 3.1), or sets a cookie, which is not to happen again each time
/// that the response is used.
pub fn is_of_hop(headers: &HeaderList, name: &str) -> bool {
    const OF_HOP: [&str; 10] = [
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Connection",
        "Set-Cookie",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ];
    OF_HOP.iter().any(|other| other.eq_ignore_ascii_case(name)) || headers.contains_token("Connection", name)
}

/// The fields of a request that the response's Vary names.
pub fn varied(response: &HeaderList, request: &HeaderList) -> HeaderList {
    let mut list = HeaderList::new(Kind::Request);
    for name in response.elements("Vary") {
        let Ok(name) = std::str::from_utf8(name) else {
            continue;
        };
        for value in request
            .values(name)
            .filter(|_| !list.contains(name))
            .collect::<Vec<_>>()
        {
            // It is a field of a list already.
            let _ = list.append(name, value);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::cache::tests::{DATE, request, response};

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
