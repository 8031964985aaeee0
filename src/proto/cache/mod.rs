//! When a stored response answers a request (RFC 9111), and which responses are stored.
//!
//! Times are seconds since 1970, and `now` is an argument.

mod directives;
mod entry;
mod freshness;
mod index;
mod storing;
mod validation;

pub use directives::Directives;
pub use entry::{Damage, Head};
pub use freshness::{Stored, Verdict, verdict};
pub use index::{Body, Entry, Index, Leaving};
pub use storing::{Storability, storability};
pub use validation::{conditions, same_variant, update};

/// Who uses a cache (SoupCacheType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One user: private responses may be stored.
    Private,
    /// Several: what is private to one may not (RFC 9111, section 3).
    Shared,
}

#[cfg(test)]
mod tests {
    use crate::proto::http1::headers::{HeaderList, Kind};

    pub const NOW: i64 = 784_111_777;
    pub const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    pub const TEN_DAYS_BEFORE: &str = "Thu, 27 Oct 1994 08:49:37 GMT";

    fn headers(kind: Kind, fields: &[(&str, &str)]) -> HeaderList {
        let mut list = HeaderList::new(kind);
        for (name, value) in fields {
            list.append(name, value).unwrap();
        }
        list
    }

    pub fn request(fields: &[(&str, &str)]) -> HeaderList {
        headers(Kind::Request, fields)
    }

    pub fn response(fields: &[(&str, &str)]) -> HeaderList {
        headers(Kind::Response, fields)
    }
}
