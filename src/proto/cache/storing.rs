//! Which responses are stored, and which make invalid what is (RFC 9111, sections 3 and 4.4).

use super::Scope;
use super::directives::Directives;
use crate::proto::http1::headers::HeaderList;

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
        // An error may have come when half was done; asking again costs little.
        _ => return Storability::Invalidate,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::cache::tests::{request, response};

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
            ("PUT", &[], 500, &[], Invalidate, Invalidate),
        ] {
            for (scope, wanted) in [(Scope::Private, private), (Scope::Shared, shared)] {
                let got = storability(method, &request(asked), status, &response(said), scope);
                assert_eq!(got, wanted, "{method} {asked:?} {status} {said:?} {scope:?}");
            }
        }
    }
}
