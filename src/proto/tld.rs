//! Base domains and public suffixes, by the list of publicsuffix.org that the psl crate compiles in.

use std::fmt;
use std::str::FromStr;

use core::net::IpAddr;

/// Why a host has no base domain. The order is that of libsoup's SoupTLDError.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TldError {
    /// The name begins with a dot, or has two in a row.
    InvalidHostname,
    /// It is an IP address.
    IsIpAddress,
    /// It is a public suffix itself.
    NotEnoughDomains,
    /// It ends in no suffix that the list knows.
    NoBaseDomain,
}

impl fmt::Display for TldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidHostname => "the host name is not valid",
            Self::IsIpAddress => "the host is an IP address",
            Self::NotEnoughDomains => "the host is a public suffix",
            Self::NoBaseDomain => "the host ends in no known public suffix",
        })
    }
}

impl std::error::Error for TldError {}

/// The part of a host's name that one owner registered: the public suffix and one label more.
pub fn base_domain(host: &str) -> Result<&str, TldError> {
    if host.starts_with('.') || host.contains("..") {
        return Err(TldError::InvalidHostname);
    }
    if is_ip_address(host) {
        return Err(TldError::IsIpAddress);
    }
    let length = suffix_length(host).ok_or(TldError::NoBaseDomain)?;
    let before = host.len().checked_sub(length).and_then(|end| host.get(..end));
    let label = before.unwrap_or_default().trim_end_matches('.');
    if label.is_empty() {
        return Err(TldError::NotEnoughDomains);
    }
    let start = label.rfind('.').map_or(0, |dot| dot + 1);
    host.get(start..).ok_or(TldError::NoBaseDomain)
}

/// Whether a domain, with or without a dot before it, is a public suffix.
pub fn is_public_suffix(domain: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    suffix_length(domain) == Some(domain.len())
}

/// Whether two hosts are of one site: they have the same base domain, or, without one, the same name.
pub fn same_site(one: &str, other: &str) -> bool {
    let site = |host: &str| base_domain(host).map(str::to_ascii_lowercase);
    match (site(one), site(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one.eq_ignore_ascii_case(other),
    }
}

/// Whether a host, as a URI gives it, is an IP address.
pub fn is_ip_address(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    IpAddr::from_str(inner.unwrap_or(host)).is_ok()
}

/// How many bytes the suffix of a name has. Upper case is no way around the list (CVE-2025-4035).
fn suffix_length(host: &str) -> Option<usize> {
    let lower = host.to_ascii_lowercase();
    let known = |name: &str| {
        psl::suffix(name.as_bytes())
            .filter(psl::Suffix::is_known)
            .map(|suffix| suffix.as_bytes().len())
    };
    known(&lower).or_else(|| {
        // `*.ck` makes `ck` a suffix too, which the crate does not say.
        let below = format!("x.{lower}");
        (!lower.is_empty() && known(&below) == Some(below.len())).then_some(lower.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As libsoup has them, but for upper case and for names with empty labels.
    #[test]
    fn base_domains() {
        use TldError::*;
        for (host, wanted) in [
            ("example.com", Ok("example.com")),
            ("www.example.com", Ok("example.com")),
            ("com", Err(NotEnoughDomains)),
            ("co.uk", Err(NotEnoughDomains)),
            ("b.a.co.uk", Ok("a.co.uk")),
            ("localhost", Err(NoBaseDomain)),
            ("192.168.1.1", Err(IsIpAddress)),
            ("::1", Err(IsIpAddress)),
            ("[::1]", Err(IsIpAddress)),
            ("", Err(NoBaseDomain)),
            (".com", Err(InvalidHostname)),
            (".example.com", Err(InvalidHostname)),
            ("a..com", Err(InvalidHostname)),
            ("foo.unknowntld", Err(NoBaseDomain)),
            ("www.EXAMPLE.Com", Ok("EXAMPLE.Com")),
            ("bücher.de", Ok("bücher.de")),
            ("xn--bcher-kva.de", Ok("xn--bcher-kva.de")),
            ("公司.cn", Err(NotEnoughDomains)),
            ("xn--55qx5d.cn", Err(NotEnoughDomains)),
            ("ck", Err(NotEnoughDomains)),
            ("www.ck", Ok("www.ck")),
            ("a.www.ck", Ok("www.ck")),
            ("x.ck", Err(NotEnoughDomains)),
            ("y.x.ck", Ok("y.x.ck")),
            ("github.io", Err(NotEnoughDomains)),
            ("b.a.github.io", Ok("a.github.io")),
            ("1.2.3", Err(NoBaseDomain)),
            ("a.city.kawasaki.jp", Ok("city.kawasaki.jp")),
            ("k.kawasaki.jp", Err(NotEnoughDomains)),
        ] {
            assert_eq!(base_domain(host), wanted, "{host}");
        }
    }

    #[test]
    fn cve_2025_4035_public_suffixes_in_any_case() {
        for suffix in ["com", ".com", "CO.UK", ".Co.Uk", "github.io", "x.ck", "公司.cn"] {
            assert!(is_public_suffix(suffix), "{suffix}");
        }
        for other in [
            "example.com",
            "localhost",
            "",
            ".",
            "www.ck",
            "192.168.1.1",
            "unknowntld",
        ] {
            assert!(!is_public_suffix(other), "{other}");
        }
    }

    #[test]
    fn sites() {
        for (one, other, same) in [
            ("a.example.com", "B.EXAMPLE.com", true),
            ("a.co.uk", "b.co.uk", false),
            ("localhost", "LOCALHOST", true),
            ("localhost", "x.localhost", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "1.0.0.1", false),
        ] {
            assert_eq!(same_site(one, other), same, "{one} {other}");
        }
    }
}
