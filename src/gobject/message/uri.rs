//! The URIs of messages: parsed as HTTP parses them, and refused where a host could say more than a name.

use gio::prelude::*;
use glib::{Uri, UriFlags};

/// Parses a URI as HTTP's (RFC 9110, section 4.2): path, query and fragment stay encoded. `None` for what is no URI.
pub(crate) fn parse(text: &str) -> Option<Uri> {
    Uri::parse(text, flags()).ok()
}

/// The URI that a reference means beside another (RFC 9110, section 10.2.2). `None` for what is no reference.
pub(crate) fn resolved(base: &Uri, reference: &str) -> Option<Uri> {
    base.parse_relative(reference, flags()).ok()
}

/// The same URI with HTTP's way of being encoded: this one if it has it already.
pub(crate) fn normalized(uri: &Uri) -> Uri {
    if uri.flags().contains(flags()) {
        return uri.clone();
    }
    parse(&uri.to_str()).unwrap_or_else(|| uri.clone())
}

/// Whether a message can go there: there is a host, and it is one (CVE-2026-1467, CVE-2026-3632). A decoded host may
/// hold line breaks and other bytes that would mean something in a Host header or to a proxy.
pub(crate) fn is_valid(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| is_host(&host))
}

/// The value of the Host header: the port only where it is not the scheme's (RFC 9110, section 7.2).
pub(crate) fn host_header(uri: &Uri) -> Option<String> {
    let host = uri.host()?;
    let brackets = if host.contains(':') { ("[", "]") } else { ("", "") };
    // A scope says something on this machine only (RFC 6874, section 1).
    let address = host.split('%').next().unwrap_or_default();
    let mut value = format!("{}{address}{}", brackets.0, brackets.1);
    if let Ok(port @ 1..) = u16::try_from(uri.port())
        && port != default_port(&uri.scheme())
    {
        value.push_str(&format!(":{port}"));
    }
    Some(value)
}

/// Host and port, both always there: what CONNECT asks for (RFC 9112, section 3.2.3).
pub(crate) fn authority(uri: &Uri) -> Option<String> {
    let host = uri.host()?;
    let address = host.split('%').next().unwrap_or_default();
    let port = u16::try_from(uri.port()).unwrap_or_else(|_| default_port(&uri.scheme()));
    Some(match address.contains(':') {
        true => format!("[{address}]:{port}"),
        false => format!("{address}:{port}"),
    })
}

/// The request target for a server itself: path and query (RFC 9112, section 3.2.1).
pub(crate) fn request_target(uri: &Uri) -> String {
    let path = uri.path();
    let mut target = if path.is_empty() {
        "/".to_owned()
    } else {
        path.to_string()
    };
    if let Some(query) = uri.query() {
        target.push('?');
        target.push_str(&query);
    }
    // GLib leaves what it does not know as it is; a request line has no room for blanks and control characters.
    if target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return target;
    }
    let escape = |byte: u8| match byte {
        _ if byte.is_ascii_graphic() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    target.bytes().map(escape).collect()
}

/// The request target for a proxy: scheme, host, path and query (RFC 9112, sections 3.2.2 and 3.2.4), without what is said to
/// nobody: user, password, fragment.
pub(crate) fn absolute_target(uri: &Uri, is_ping: bool) -> String {
    let host = host_header(uri).unwrap_or_default();
    let target = if is_ping {
        String::new()
    } else {
        request_target(uri)
    };
    format!("{}://{host}{target}", uri.scheme())
}

/// The port of a scheme.
pub(crate) fn default_port(scheme: &str) -> u16 {
    match has_tls(scheme) {
        true => 443,
        false => 80,
    }
}

/// Whether a scheme is one of those that HTTP and WebSocket servers have.
pub(crate) fn is_served(scheme: &str) -> bool {
    matches!(scheme, "http" | "ws") || has_tls(scheme)
}

/// Whether it is one of them over TLS.
pub(crate) fn has_tls(scheme: &str) -> bool {
    matches!(scheme, "https" | "wss")
}

fn is_host(host: &str) -> bool {
    if host.contains(':') {
        let address = host.split('%').next().unwrap_or_default();
        return gio::InetAddress::from_string(address)
            .is_some_and(|address| address.family() == gio::SocketFamily::Ipv6);
    }
    let forbidden = |byte: u8| byte <= b' ' || byte == 0x7f || b"#%/:<>?@[\\]^|".contains(&byte);
    !host.is_empty() && !host.bytes().any(forbidden)
}

fn flags() -> UriFlags {
    UriFlags::HAS_PASSWORD
        | UriFlags::ENCODED_PATH
        | UriFlags::ENCODED_QUERY
        | UriFlags::ENCODED_FRAGMENT
        | UriFlags::SCHEME_NORMALIZE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid(text: &str) -> bool {
        parse(text).is_some_and(|uri| is_valid(&uri))
    }

    #[test]
    fn cve_2026_1467_and_cve_2026_3632_hosts_that_say_more() {
        for host in [
            "a",
            "a.example",
            "127.0.0.1",
            "[::1]",
            "ex%C3%A4mple",
            "a_b",
            "[fe80::1%25eth0]",
        ] {
            assert!(valid(&format!("http://{host}/")), "{host}");
        }
        for host in [
            "",
            "a%09b",
            "a%0Ab",
            "a%0D%0Ab",
            "a%20b",
            "a%3Ab",
            "%3C",
            "%3E",
            "%5B",
            "%5D",
            "%5E",
            "%7C",
            "a%00b",
            "a b",
            "[012x:1]",
            "[::1%0D%0A]x",
        ] {
            assert!(!valid(&format!("http://{host}/")), "{host}");
        }
        for text in [
            "",
            "relative",
            "foo:bar",
            "data:text/plain,hi",
            "http:///x",
            "ws:foo",
            "http://a:99999/",
        ] {
            assert!(!valid(text), "{text}");
        }
    }

    #[test]
    fn the_host_header_names_only_ports_that_are_not_the_schemes() {
        for (text, host) in [
            ("ws://a/", "a"),
            ("ws://a:80/", "a"),
            ("ws://a:8080/", "a:8080"),
            ("https://a:443/", "a"),
            ("http://a:443/", "a:443"),
            ("ws://[::1]:9/", "[::1]:9"),
            ("ws://[fe80::1%25eth0]/", "[fe80::1]"),
        ] {
            assert_eq!(host_header(&parse(text).unwrap()).unwrap(), host, "{text}");
        }
    }

    #[test]
    fn a_proxy_is_told_where_the_request_goes_and_no_secret() {
        for (text, target) in [
            ("http://a", "http://a/"),
            ("http://u:p@a:80/b?c#d", "http://a/b?c"),
            ("http://[::1]:81/b", "http://[::1]:81/b"),
        ] {
            assert_eq!(absolute_target(&parse(text).unwrap(), false), target, "{text}");
        }
        assert_eq!(absolute_target(&parse("http://a/b").unwrap(), true), "http://a");
        assert_eq!(authority(&parse("wss://a/b").unwrap()).unwrap(), "a:443");
        assert_eq!(authority(&parse("ws://[::1]:9/").unwrap()).unwrap(), "[::1]:9");
    }

    #[test]
    fn the_target_is_path_and_query() {
        for (text, target) in [
            ("ws://a", "/"),
            ("ws://a?b=c", "/?b=c"),
            ("ws://a/b%20c/?d%0D#e", "/b%20c/?d%0D"),
            ("ws://a/\u{e4}", "/%C3%A4"),
        ] {
            assert_eq!(request_target(&parse(text).unwrap()), target, "{text}");
        }
    }
}
