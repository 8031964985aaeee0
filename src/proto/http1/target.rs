//! What a request's target says, taken apart without a `GUri`, which is made only when somebody asks (RFC 9112, section 3.2).
//!
//! Law: what passes here is a valid URI; a path may hold any bytes but NUL once it is decoded.

use core::net::Ipv6Addr;

/// The target of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host, an IPv6 address without its brackets.
    pub host: String,
    /// The port, where one is named.
    pub port: Option<u16>,
    /// The path as handlers see it: decoded unless the server leaves paths raw, without dot segments.
    pub path: Vec<u8>,
    /// The path as it came, without dot segments.
    pub encoded_path: String,
    /// The query as it came.
    pub query: Option<String>,
}

/// Why a target is answered with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTarget {
    /// It cannot be read: the connection ends with the answer.
    Malformed,
    /// It can be read, but is none of ours: another scheme, a NUL, a way out of the tree.
    Refused,
}

impl Target {
    /// Reads a request's target. `authority` is the value of Host, or the address that the client connected to.
    /// `own` is the scheme of the connection.
    pub fn parse(
        method: &str,
        target: &str,
        own: &str,
        authority: &str,
        raw_paths: bool,
    ) -> Result<Target, BadTarget> {
        // The header counts even beside a target that says the host itself (RFC 9112, section 3.2).
        let (host, port) = split_authority(authority)?;
        if target == "*" {
            return Ok(Target {
                host,
                port,
                path: b"*".to_vec(),
                encoded_path: "*".to_owned(),
                query: None,
            });
        }
        let mut refused = false;
        let (named, rest) = if target.starts_with('/') {
            (None, target)
        } else if let Some((scheme, rest)) = target.split_once("://") {
            refused = !scheme.eq_ignore_ascii_case(own);
            let (named, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            (Some(named), rest)
        } else if method == "CONNECT" {
            (Some(target), "/")
        } else {
            return Err(BadTarget::Malformed);
        };
        let (host, port) = match named {
            Some(named) => split_authority(named)?,
            None => (host, port),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        if !escapes_are_valid(path) || !query.is_none_or(escapes_are_valid) {
            return Err(BadTarget::Malformed);
        }
        let encoded_path = without_dot_segments(path);
        let path = if raw_paths {
            encoded_path.clone().into_bytes()
        } else {
            decoded(&encoded_path)
        };
        // What was hidden from the segments by an escape must not come out behind them.
        let hides =
            path.contains(&0) || path.ends_with(b"/..") || path.windows(4).any(|four| four == b"/../");
        if refused || hides {
            return Err(BadTarget::Refused);
        }
        Ok(Target {
            host,
            port,
            path,
            encoded_path,
            query: query.map(str::to_owned),
        })
    }

    /// The text of the URI, with this scheme.
    pub fn to_text(&self, scheme: &str) -> String {
        let (open, close) = match self.host.contains(':') {
            true => ("[", "]"),
            false => ("", ""),
        };
        let (colon, port) = match self.port {
            Some(port) => (":", port.to_string()),
            None => ("", String::new()),
        };
        let (mark, query) = match &self.query {
            Some(query) => ("?", query.as_str()),
            None => ("", ""),
        };
        let path = &self.encoded_path;
        [
            scheme, "://", open, &self.host, close, colon, &port, path, mark, query,
        ]
        .concat()
    }
}

/// Host and port (RFC 3986, section 3.2), with no user and nothing that is not a host (CVE-2026-1467).
fn split_authority(authority: &str) -> Result<(String, Option<u16>), BadTarget> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or(BadTarget::Malformed)?;
        address.parse::<Ipv6Addr>().map_err(|_| BadTarget::Malformed)?;
        (
            address,
            port.strip_prefix(':')
                .or(port.is_empty().then_some(""))
                .ok_or(BadTarget::Malformed)?,
        )
    } else {
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte);
        if host.is_empty() || !host.bytes().all(valid) || !escapes_are_valid(host) {
            return Err(BadTarget::Malformed);
        }
        (host, port)
    };
    let port = match port {
        "" => None,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().map_err(|_| BadTarget::Malformed)?)
        }
        _ => return Err(BadTarget::Malformed),
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// Whether every "%" is followed by two hexadecimal digits.
fn escapes_are_valid(text: &str) -> bool {
    let mut parts = text.as_bytes().split(|&byte| byte == b'%');
    parts.next();
    parts.all(|rest| {
        let digits = rest.get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// The bytes of `text` with its escapes resolved; they have been checked.
fn decoded(text: &str) -> Vec<u8> {
    // A NUL comes behind it.
    let mut bytes = Vec::with_capacity(text.len() + 1);
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

/// The path without "." and ".." segments (RFC 3986, section 5.2.4).
fn without_dot_segments(path: &str) -> String {
    if path.is_empty() {
        return "/".to_owned();
    }
    if !path.contains("/.") {
        return path.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." if last => kept.push(""),
            "." => (),
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    kept.iter()
        .fold(String::with_capacity(path.len()), |path, segment| {
            path + "/" + segment
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(target: &str) -> Result<Vec<u8>, BadTarget> {
        Target::parse("GET", target, "http", "host", false).map(|target| target.path)
    }

    #[test]
    fn paths() {
        for (target, expected) in [
            ("/", &b"/"[..]),
            ("/foo?a=b", b"/foo"),
            ("/%66oo#frag", b"/foo"),
            ("/a/../b", b"/b"),
            ("/a/./b/..", b"/a/"),
            ("/../../x", b"/x"),
            ("//a/b", b"//a/b"),
            ("/%ff", b"/\xff"),
            ("http://other:8/foo", b"/foo"),
            ("http://other", b"/"),
            ("*", b"*"),
        ] {
            assert_eq!(path(target).as_deref(), Ok(expected), "{target}");
        }
    }

    #[test]
    fn refusals() {
        for target in [
            "https://other/foo",
            "/a%2f..%2fb",
            "/a%00b",
            "/%2e%2e/x",
            "/x/%2e%2e",
        ] {
            assert_eq!(path(target), Err(BadTarget::Refused), "{target}");
        }
        for target in ["foo", "/%zz", "/%4", "", "/x?%q", "http://a@b/"] {
            assert_eq!(path(target), Err(BadTarget::Malformed), "{target}");
        }
    }

    #[test]
    fn authorities() {
        assert_eq!(split_authority("Host"), Ok(("host".to_owned(), None)));
        assert_eq!(split_authority("h:80"), Ok(("h".to_owned(), Some(80))));
        assert_eq!(split_authority("[::1]:8"), Ok(("::1".to_owned(), Some(8))));
        for bad in [
            "", "a b", "a\tb", "a:b", "a:70000", "<x>", "a^b", "[012x:1]", "[::1", "[::1]x", "a/b", "u@h",
            "a|b",
        ] {
            assert_eq!(split_authority(bad), Err(BadTarget::Malformed), "{bad}");
        }
    }

    #[test]
    fn texts() {
        let target = Target::parse("GET", "/a%20b?c", "http", "[::1]:8080", false).unwrap();
        assert_eq!(target.to_text("http"), "http://[::1]:8080/a%20b?c");
    }
}
