//! Which header names libsoup knows: programs that walk over headers see these first.

/// The names, in lower case and sorted.
const NAMES: [&[u8]; 76] = [
    b"accept",
    b"accept-charset",
    b"accept-encoding",
    b"accept-language",
    b"accept-ranges",
    b"access-control-allow-credentials",
    b"access-control-allow-headers",
    b"access-control-allow-methods",
    b"access-control-allow-origin",
    b"access-control-expose-headers",
    b"access-control-max-age",
    b"access-control-request-headers",
    b"access-control-request-method",
    b"age",
    b"authentication-info",
    b"authorization",
    b"cache-control",
    b"connection",
    b"content-disposition",
    b"content-encoding",
    b"content-language",
    b"content-length",
    b"content-location",
    b"content-range",
    b"content-security-policy",
    b"content-security-policy-report-only",
    b"content-type",
    b"cookie",
    b"cookie2",
    b"date",
    b"default-style",
    b"dnt",
    b"etag",
    b"expect",
    b"expires",
    b"host",
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"keep-alive",
    b"last-modified",
    b"link",
    b"location",
    b"origin",
    b"pragma",
    b"proxy-authenticate",
    b"proxy-authentication-info",
    b"proxy-authorization",
    b"range",
    b"referer",
    b"referrer-policy",
    b"refresh",
    b"sec-websocket-accept",
    b"sec-websocket-extensions",
    b"sec-websocket-key",
    b"sec-websocket-protocol",
    b"sec-websocket-version",
    b"server",
    b"set-cookie",
    b"set-cookie2",
    b"sourcemap",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"upgrade-insecure-requests",
    b"user-agent",
    b"vary",
    b"via",
    b"www-authenticate",
    b"x-content-type-options",
    b"x-dns-prefetch-control",
    b"x-frame-options",
    b"x-xss-protection",
];

/// Whether this is one of them, in any case.
pub fn is_known(name: &[u8]) -> bool {
    let lowered = name.iter().map(u8::to_ascii_lowercase);
    NAMES
        .binary_search_by(|known| known.iter().copied().cmp(lowered.clone()))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_in_any_case() {
        assert!(NAMES.is_sorted());
        assert!(is_known(b"Host") && is_known(b"x-xss-PROTECTION") && is_known(b"accept"));
        assert!(!is_known(b"X-Known") && !is_known(b"Hos") && !is_known(b"Hosts") && !is_known(b""));
    }
}
