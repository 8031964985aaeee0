//! Digest authentication (RFC 7616 and RFC 2617): the hashes, which both sides compute alike.

pub mod client;
pub mod server;

pub use client::Client;
pub use server::Credentials;

use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::hex;

/// Which hash, and whether it is bound to the first nonces of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `MD5`, which is meant where none is named.
    Md5,
    /// `MD5-sess`
    Md5Session,
    /// `SHA-256`
    Sha256,
    /// `SHA-256-sess`
    Sha256Session,
}

impl Algorithm {
    /// The algorithm called `name`.
    pub fn named(name: &[u8]) -> Option<Algorithm> {
        let all = [Self::Md5, Self::Md5Session, Self::Sha256, Self::Sha256Session];
        all.into_iter()
            .find(|algorithm| algorithm.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Its name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Session => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Session => "SHA-256-sess",
        }
    }

    /// The hash of what stands between colons.
    fn hash(self, parts: &[&[u8]]) -> String {
        let text = parts.join(&b':');
        match self {
            Self::Md5 | Self::Md5Session => hex(&Md5::digest(&text)),
            Self::Sha256 | Self::Sha256Session => hex(&Sha256::digest(&text)),
        }
    }

    /// What a server keeps of a password: the hash of user, realm and password.
    pub fn encode_password(self, user: &[u8], realm: &[u8], password: &[u8]) -> String {
        self.hash(&[user, realm, password])
    }
}

/// What a response is computed from, beside the password (RFC 7616, section 3.4).
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    algorithm: Algorithm,
    nonce: &'a [u8],
    cnonce: &'a [u8],
    /// The count as it is written; `None` in the way of RFC 2069, without a quality of protection.
    count: Option<&'a [u8]>,
    method: &'a str,
    uri: &'a [u8],
}

/// The response for who has the encoded password.
fn response(encoded: &str, asked: Asked<'_>) -> String {
    let algorithm = asked.algorithm;
    let session = match algorithm {
        Algorithm::Md5Session | Algorithm::Sha256Session => {
            Some(algorithm.hash(&[encoded.as_bytes(), asked.nonce, asked.cnonce]))
        }
        _ => None,
    };
    let secret = session.as_deref().unwrap_or(encoded).as_bytes();
    let request = algorithm.hash(&[asked.method.as_bytes(), asked.uri]);
    match asked.count {
        Some(count) => algorithm.hash(&[
            secret,
            asked.nonce,
            count,
            asked.cnonce,
            b"auth",
            request.as_bytes(),
        ]),
        None => algorithm.hash(&[secret, asked.nonce, request.as_bytes()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616, section 3.9.1, and RFC 2617, section 3.5.
    #[test]
    fn the_examples_of_the_standards() {
        let asked = |algorithm| Asked {
            algorithm,
            nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            cnonce: b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            count: Some(b"00000001"),
            method: "GET",
            uri: b"/dir/index.html",
        };
        let secret = |algorithm: Algorithm| {
            algorithm.encode_password(b"Mufasa", b"http-auth@example.org", b"Circle of Life")
        };
        assert_eq!(
            response(&secret(Algorithm::Md5), asked(Algorithm::Md5)),
            "8ca523f5e9506fed4657c9700eebdbec"
        );
        assert_eq!(
            response(&secret(Algorithm::Sha256), asked(Algorithm::Sha256)),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
        let old = Asked {
            algorithm: Algorithm::Md5,
            nonce: b"dcd98b7102dd2f0e8b11d0f600bfb0c093",
            cnonce: b"0a4f113b",
            ..asked(Algorithm::Md5)
        };
        let encoded = Algorithm::Md5.encode_password(b"Mufasa", b"testrealm@host.com", b"Circle Of Life");
        assert_eq!(encoded, "939e7578ed9e3c518a452acee763bce9");
        assert_eq!(response(&encoded, old), "6629fae49393a05397450978507c4ef1");
        let oldest = Asked { count: None, ..old };
        assert_eq!(response(&encoded, oldest), "670fd8c2df070c60b045671b8b24ff02");
    }

    #[test]
    fn algorithms() {
        for algorithm in [
            Algorithm::Md5,
            Algorithm::Md5Session,
            Algorithm::Sha256,
            Algorithm::Sha256Session,
        ] {
            let name = algorithm.name().to_ascii_lowercase();
            assert_eq!(Algorithm::named(name.as_bytes()), Some(algorithm));
        }
        assert_eq!(Algorithm::named(b"SHA-512-256"), None);
        assert_eq!(Algorithm::named(b""), None);
    }
}
