//! Which paths a domain protects: of all added and removed prefixes the longest one decides.

use std::cell::RefCell;

/// Added and removed prefixes.
#[derive(Default)]
pub(super) struct CoveredPaths(RefCell<Vec<(String, bool)>>);

impl CoveredPaths {
    /// Says whether paths that begin with `path` are protected, unless a longer prefix says otherwise.
    pub(super) fn set(&self, path: &str, covered: bool) {
        let mut paths = self.0.borrow_mut();
        match paths.iter_mut().find(|(known, _)| known == path) {
            Some(known) => known.1 = covered,
            None => paths.push((path.to_owned(), covered)),
        }
    }

    /// Whether `path` is protected.
    pub(super) fn cover(&self, path: &[u8]) -> bool {
        let paths = self.0.borrow();
        paths
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix.as_bytes()))
            .max_by_key(|(prefix, _)| prefix.len())
            .is_some_and(|(_, covered)| *covered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        let paths = CoveredPaths::default();
        assert!(!paths.cover(b"/"));
        paths.set("/a", true);
        paths.set("/a/open", false);
        paths.set("/a/open/secret", true);
        for (path, covered) in [
            ("/", false),
            ("/a", true),
            ("/ab", true),
            ("/a/x", true),
            ("/a/open", false),
            ("/a/opened", false),
            ("/a/open/secret/x", true),
        ] {
            assert_eq!(paths.cover(path.as_bytes()), covered, "{path}");
        }
        paths.set("/a", false);
        assert!(!paths.cover(b"/a/x"));
    }
}
