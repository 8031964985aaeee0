//! Protection spaces: which credentials belong to which path of a server (RFC 9110, section 11.5; RFC 7617, section 2.2).

use crate::proto::http1::params::percent_decode;
use crate::proto::limits;

/// A value for each path and what lies below it; the longest path that holds a request's decides.
#[derive(Clone, Debug)]
pub struct Spaces<T> {
    /// Sorted by path.
    entries: Vec<(String, T)>,
}

impl<T> Default for Spaces<T> {
    fn default() -> Self {
        Spaces { entries: Vec::new() }
    }
}

impl<T> Spaces<T> {
    /// Sets the value of a path, without a slash at its end, and of what lies below it; the empty path is all of the server.
    /// Gives back what could not stay: the value before, or, where a server names more paths than we keep, the new one.
    pub fn insert(&mut self, path: &str, value: T) -> Option<T> {
        let path = path.trim_end_matches('/');
        match self.find(path) {
            Ok(at) => {
                let (_, old) = self.entries.get_mut(at)?;
                Some(std::mem::replace(old, value))
            }
            Err(_) if self.entries.len() >= limits::AUTH_SPACES => Some(value),
            Err(at) => {
                self.entries.insert(at, (path.to_owned(), value));
                None
            }
        }
    }

    /// Removes a path.
    pub fn remove(&mut self, path: &str) -> Option<T> {
        let at = self.find(path.trim_end_matches('/')).ok()?;
        Some(self.entries.remove(at).1)
    }

    /// Removes the paths whose value is not wanted any more.
    pub fn retain(&mut self, mut wanted: impl FnMut(&T) -> bool) {
        self.entries.retain(|(_, value)| wanted(value));
    }

    /// The value of the longest path that `path`, without a query, lies in.
    pub fn lookup(&self, path: &str) -> Option<&T> {
        let mut part = path;
        loop {
            if let Ok(at) = self.find(part) {
                return self.entries.get(at).map(|(_, value)| value);
            }
            part = part.get(..part.rfind('/')?)?;
        }
    }

    /// Paths and values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(path, value)| (&**path, value))
    }

    fn find(&self, path: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|(known, _)| known.as_str().cmp(path))
    }
}

/// The path up to its last slash, without it: Basic's protection space.
pub fn directory(path: &str) -> &str {
    path.rfind('/')
        .and_then(|slash| path.get(..slash))
        .unwrap_or_default()
}

/// The paths that the `domain` of a Digest challenge names: those of this origin (`scheme://host[:port]`, the port only where it is
/// not the scheme's own), sorted, once each. What is no URI, or on another server, is left out (CVE-2025-4476).
pub fn paths_of(domain: &[u8], origin: &str) -> Vec<String> {
    let mut paths: Vec<String> = domain
        .split(u8::is_ascii_whitespace)
        .filter_map(|uri| path_of(std::str::from_utf8(uri).ok()?, origin))
        .take(limits::AUTH_SPACES)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn path_of(uri: &str, origin: &str) -> Option<String> {
    let path = if uri.starts_with('/') && !uri.starts_with("//") {
        uri
    } else {
        let (scheme, rest) = uri.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let default = match &*scheme.to_ascii_lowercase() {
            "http" => ":80",
            "https" => ":443",
            _ => return None,
        };
        let authority = authority.strip_suffix(default).unwrap_or(authority);
        if !format!("{scheme}://{authority}").eq_ignore_ascii_case(origin) {
            return None;
        }
        path
    };
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = path.get(..end)?;
    percent_decode(path.as_bytes())?;
    Some(path.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_decides() {
        let mut spaces = Spaces::default();
        for (path, value) in [("/a", 1), ("/a/b/", 2), ("/ab", 3)] {
            assert_eq!(spaces.insert(path, value), None);
        }
        for (path, value) in [
            ("/a", Some(1)),
            ("/a/", Some(1)),
            ("/a/x", Some(1)),
            ("/a/b", Some(2)),
            ("/a/b/c/d", Some(2)),
            ("/a/bc", Some(1)),
            ("/abc", None),
            ("/ab", Some(3)),
            ("/", None),
            ("", None),
            ("*", None),
        ] {
            assert_eq!(spaces.lookup(path).copied(), value, "{path}");
        }
        assert_eq!(spaces.insert("/", 0), None);
        assert_eq!(spaces.lookup("/x").copied(), Some(0));
        assert_eq!(spaces.insert("/a/", 5), Some(1));
        assert_eq!(
            spaces.iter().map(|(path, _)| path).collect::<Vec<_>>(),
            ["", "/a", "/a/b", "/ab"]
        );
        assert_eq!(spaces.remove("/a"), Some(5));
        assert_eq!(spaces.lookup("/a/x").copied(), Some(0));
        spaces.retain(|&value| value == 2);
        assert_eq!(spaces.iter().count(), 1);
    }

    #[test]
    fn a_server_cannot_fill_the_table() {
        let mut spaces = Spaces::default();
        for number in 0..limits::AUTH_SPACES {
            assert_eq!(spaces.insert(&format!("/{number}"), number), None);
        }
        assert_eq!(spaces.insert("/x", 77), Some(77));
        assert_eq!(spaces.lookup("/x"), None);
    }

    #[test]
    fn cve_2025_4476_domains_with_bad_uris() {
        let origin = "http://h.example";
        for (domain, paths) in [
            (
                "/a /b http://other/x http://h.example/c /dir/",
                &["/a", "/b", "/c", "/dir"][..],
            ),
            ("/a b%zz :// http://[ /%zz http:// //x/y", &["/a"]),
            ("", &[]),
            (" \t\r\n ", &[]),
            ("http://h.example", &[""]),
            ("HTTP://H.EXAMPLE:80/x?q#f", &["/x"]),
            (
                "https://h.example/x http://h.example:8080/y ftp://h.example/z",
                &[],
            ),
            ("/a /a/ /a?x", &["/a"]),
            ("/\u{0}", &["/\u{0}"]),
        ] {
            assert_eq!(paths_of(domain.as_bytes(), origin), paths, "{domain}");
        }
        assert!(paths_of(b"\xff /a", origin).len() == 1);
        assert_eq!(paths_of("/a ".repeat(100_000).as_bytes(), origin), ["/a"]);
    }

    #[test]
    fn directories() {
        for (path, directory) in [
            ("/dir/page.html", "/dir"),
            ("/dir/", "/dir"),
            ("/x", ""),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(super::directory(path), directory, "{path}");
        }
    }
}
