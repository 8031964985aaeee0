//! The server's side of Digest: the challenge, and whether an Authorization answers it.
//!
//! Whether its nonce is ours, and used for the first time, is for [`nonce::Book`](crate::proto::auth::nonce::Book) to say.

use super::{Algorithm, Asked, response};
use crate::proto::auth::challenge::Challenge;
use crate::proto::auth::same_secret;
use crate::proto::http1::params::{append_param_quoted, percent_decode};

/// The value of WWW-Authenticate. `stale` tells a client whose response was right that only its nonce was not.
pub fn challenge(realm: &str, nonce: &str, algorithm: Algorithm, stale: bool) -> String {
    let mut value = b"Digest ".to_vec();
    append_param_quoted(&mut value, b"realm", realm.as_bytes());
    let mut value = String::from_utf8_lossy(&value).into_owned();
    value += &format!(
        ", nonce=\"{nonce}\", qop=\"auth\", algorithm={}",
        algorithm.name()
    );
    if stale {
        value += ", stale=true";
    }
    value
}

/// What an Authorization header says, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The nonce that the client took from a challenge.
    pub nonce: String,
    /// How many requests it has made with that nonce, this one too: at least 1.
    pub count: u32,
    /// The algorithm.
    pub algorithm: Algorithm,
    realm: Vec<u8>,
    uri: String,
    cnonce: Vec<u8>,
    count_text: [u8; 8],
    response: Vec<u8>,
}

impl Credentials {
    /// Reads an Authorization header. `None` for another scheme, if something is missing or written in another way than it must be,
    /// and for a quality of protection other than `auth`.
    pub fn read(credentials: &Challenge<'_>) -> Option<Credentials> {
        if !credentials.is("Digest") {
            return None;
        }
        let param = |name: &str| credentials.param(name);
        let text = |name: &str| param(name).and_then(|value| String::from_utf8(value.to_vec()).ok());
        if param("qop") != Some(b"auth") {
            return None;
        }
        let count_text: [u8; 8] = param("nc")?.try_into().ok()?;
        let count = count_text.iter().try_fold(0, |count, &digit| {
            Some(count << 4 | char::from(digit).to_digit(16)?)
        })?;
        let algorithm = match param("algorithm") {
            Some(name) => Algorithm::named(name)?,
            None => Algorithm::Md5,
        };
        let all = Credentials {
            user: text("username")?,
            nonce: text("nonce")?,
            count,
            algorithm,
            realm: param("realm")?.to_vec(),
            uri: text("uri")?,
            cnonce: param("cnonce")?.to_vec(),
            count_text,
            response: param("response")?.to_ascii_lowercase(),
        };
        (count > 0 && !all.cnonce.is_empty()).then_some(all)
    }

    /// Whether they are for this realm and this request: `target` as it stands in the start line.
    pub fn are_for(&self, realm: &str, target: &str) -> bool {
        self.realm == realm.as_bytes() && same_resource(&self.uri, target)
    }

    /// Whether they were made by who knows the password, given as
    /// [`encode_password`](Algorithm::encode_password) gives it.
    pub fn prove(&self, encoded: &str, method: &str) -> bool {
        let wanted = response(
            encoded,
            Asked {
                algorithm: self.algorithm,
                nonce: self.nonce.as_bytes(),
                cnonce: &self.cnonce,
                count: Some(&self.count_text),
                method,
                uri: self.uri.as_bytes(),
            },
        );
        same_secret(wanted.as_bytes(), &self.response)
    }
}

/// Whether two targets name the same: some clients write the whole URI into one of them, or escape it differently.
fn same_resource(one: &str, other: &str) -> bool {
    let parts = |target: &str| {
        let target = match target.split_once("://") {
            Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => rest
                .find('/')
                .and_then(|slash| rest.get(slash..))
                .unwrap_or("/")
                .to_owned(),
            _ => target.to_owned(),
        };
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&*target, None),
        };
        let decoded = |text: &str| percent_decode(text.as_bytes());
        Some((decoded(path)?, query.map(decoded)))
    };
    one == other || parts(one).is_some_and(|one| Some(one) == parts(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::auth::challenge::{parse, parse_credentials};
    use crate::proto::auth::digest::Client;

    fn read(header: &str) -> Option<Credentials> {
        Credentials::read(&parse_credentials(header.as_bytes())?)
    }

    const GOOD: [(&str, &str); 9] = [
        ("username", "\"u\""),
        ("realm", "\"re\\\"alm\""),
        ("nonce", "\"n\""),
        ("uri", "\"/d\""),
        ("algorithm", "MD5"),
        ("response", "\"ab\""),
        ("cnonce", "\"cn\""),
        ("nc", "00000001"),
        ("qop", "auth"),
    ];

    /// The good header with one parameter in another way, or without it.
    fn with(name: &str, value: Option<&str>) -> String {
        let params: Vec<String> = GOOD
            .iter()
            .filter_map(|&(known, good)| match value {
                _ if known != name => Some(format!("{known}={good}")),
                Some(value) => Some(format!("{known}={value}")),
                None => None,
            })
            .collect();
        format!("Digest {}", params.join(", "))
    }

    #[test]
    fn what_must_be_there() {
        assert!(read(&with("", None)).is_some());
        for (name, value) in [
            ("username", None),
            ("realm", None),
            ("nonce", None),
            ("uri", None),
            ("response", None),
            ("cnonce", None),
            ("cnonce", Some("\"\"")),
            ("nc", None),
            ("nc", Some("1")),
            ("nc", Some("0000000g")),
            ("nc", Some("+0000001")),
            ("nc", Some("00000000")),
            ("nc", Some("000000001")),
            ("qop", None),
            ("qop", Some("auth-int")),
            ("algorithm", Some("SHA-1")),
            ("username", Some("\"\u{0}\"")),
        ] {
            let header = with(name, value);
            assert_eq!(
                read(&header).is_none(),
                name != "username" || value.is_none(),
                "{header}"
            );
        }
        for (name, value) in [
            ("algorithm", None),
            ("qop", Some("\"auth\"")),
            ("nc", Some("FFFFFFFF")),
        ] {
            assert!(read(&with(name, value)).is_some(), "{name}");
        }
        assert_eq!(read("Basic dTpw"), None);
    }

    #[test]
    fn what_a_client_of_ours_answers_proves_the_password() {
        for algorithm in [
            Algorithm::Md5,
            Algorithm::Md5Session,
            Algorithm::Sha256,
            Algorithm::Sha256Session,
        ] {
            let header = challenge("re\"alm", "0123", algorithm, false);
            let mut client = Client::new(parse(header.as_bytes()).first().unwrap()).unwrap();
            client.authenticate("jürgen", "p");
            for count in 1..3 {
                let value = client.authorization("GET", "/d", "cn").unwrap();
                let credentials = read(&value).unwrap();
                assert_eq!((&*credentials.user, credentials.count), ("jürgen", count));
                assert!(credentials.are_for("re\"alm", "/d") && !credentials.are_for("x", "/d"));
                let encoded = |password: &str| {
                    algorithm.encode_password("jürgen".as_bytes(), b"re\"alm", password.as_bytes())
                };
                assert!(credentials.prove(&encoded("p"), "GET"), "{value}");
                assert!(!credentials.prove(&encoded("q"), "GET"));
                assert!(!credentials.prove(&encoded("p"), "POST"));
                assert!(!credentials.prove("", "GET"));
            }
        }
    }

    #[test]
    fn challenges() {
        assert_eq!(
            challenge("re\"alm", "0a", Algorithm::Md5, false),
            "Digest realm=\"re\\\"alm\", nonce=\"0a\", qop=\"auth\", algorithm=MD5"
        );
        assert!(challenge("r", "n", Algorithm::Sha256, true).ends_with("algorithm=SHA-256, stale=true"));
    }

    #[test]
    fn targets() {
        for (one, other, same) in [
            ("/d", "/d", true),
            ("http://x/d", "/d", true),
            ("/d", "https://x:1/d", true),
            ("http://x", "/", true),
            ("/%64", "/d", true),
            ("/d?a=b", "/d?a=b", true),
            ("/d", "/d?a=b", false),
            ("/d%3Fa", "/d?a", false),
            ("/d/x", "/d", false),
            ("/%zz", "/%zz", true),
            ("/%zz", "/d", false),
            ("*", "*", true),
        ] {
            assert_eq!(same_resource(one, other), same, "{one} {other}");
        }
    }
}
