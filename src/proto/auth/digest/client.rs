//! The client's side of Digest: what a challenge asks, and the Authorization that answers it.
//!
//! As in libsoup, the quality of protection is `auth` or none; `auth-int` is not offered, and the server's `rspauth` not checked.

use super::{Algorithm, Asked, response};
use crate::proto::auth::challenge::Challenge;
use crate::proto::http1::grammar;
use crate::proto::http1::params::{self, Separator, append_param_quoted};

/// What a server's challenge asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Demand {
    realm: Vec<u8>,
    nonce: Vec<u8>,
    opaque: Option<Vec<u8>>,
    algorithm: Algorithm,
    /// Whether `auth` is asked for; without it the response is that of RFC 2069.
    auth: bool,
    stale: bool,
    domain: Option<Vec<u8>>,
}

impl Demand {
    fn new(challenge: &Challenge<'_>) -> Option<Demand> {
        if !challenge.is("Digest") {
            return None;
        }
        let owned = |name: &str| challenge.param(name).map(<[u8]>::to_vec);
        let algorithm = match challenge.param("algorithm") {
            Some(name) => Algorithm::named(name)?,
            None => Algorithm::Md5,
        };
        let auth = match challenge.param("qop") {
            Some(offered) => {
                if !grammar::contains(offered, b"auth") {
                    return None;
                }
                true
            }
            None => false,
        };
        Some(Demand {
            realm: owned("realm")?,
            nonce: owned("nonce")?,
            opaque: owned("opaque"),
            algorithm,
            auth,
            stale: challenge
                .param("stale")
                .is_some_and(|stale| stale.eq_ignore_ascii_case(b"true")),
            domain: owned("domain"),
        })
    }
}

/// Who answers, and with what.
#[derive(Clone, Debug)]
struct Secret {
    user: String,
    encoded: String,
    /// Chosen once for each nonce.
    cnonce: Option<String>,
    count: u32,
}

/// One realm of one server, and how it is answered.
#[derive(Clone, Debug)]
pub struct Client {
    demand: Demand,
    secret: Option<Secret>,
}

impl Client {
    /// What answers this challenge; `None` for one of another scheme, without a realm or a nonce (CVE-2025-32910,
    /// CVE-2025-32912), or with an algorithm or a quality of protection that we do not have.
    pub fn new(challenge: &Challenge<'_>) -> Option<Client> {
        let demand = Demand::new(challenge)?;
        Some(Client { demand, secret: None })
    }

    /// Takes the server's next challenge. `false`, and nothing changed, for one of another realm or that is none. What it
    /// does not call stale are wrong credentials, which are forgotten.
    pub fn update(&mut self, challenge: &Challenge<'_>) -> bool {
        let Some(demand) = Demand::new(challenge).filter(|demand| demand.realm == self.demand.realm) else {
            return false;
        };
        // The encoded password belongs to an algorithm: with another one nothing is left of it.
        if !demand.stale || demand.algorithm != self.demand.algorithm {
            self.secret = None;
        }
        self.demand = demand;
        self.begin_count();
        true
    }

    /// The realm, as it was sent.
    pub fn realm(&self) -> &[u8] {
        &self.demand.realm
    }

    /// The URIs that the challenge gives for its protection space; see [`paths_of`](crate::proto::auth::space::paths_of).
    pub fn domain(&self) -> Option<&[u8]> {
        self.demand.domain.as_deref()
    }

    /// Whether there are credentials.
    pub fn is_authenticated(&self) -> bool {
        self.secret.is_some()
    }

    /// Gives the credentials. The password itself is not kept.
    pub fn authenticate(&mut self, user: &str, password: &str) {
        let demand = &self.demand;
        let encoded = demand
            .algorithm
            .encode_password(user.as_bytes(), &demand.realm, password.as_bytes());
        self.secret = Some(Secret {
            user: user.to_owned(),
            encoded,
            cnonce: None,
            count: 0,
        });
    }

    /// Forgets the credentials.
    pub fn forget(&mut self) {
        self.secret = None;
    }

    /// Takes the nonce that an Authentication-Info header gives for the next request (RFC 7616, section 3.5).
    pub fn take_info(&mut self, header: &[u8]) {
        let params = params::parse(header, Separator::Comma);
        let next = params.iter().find(|param| param.is("nextnonce"));
        if let Some(nonce) = next.and_then(|param| param.value.as_deref())
            && nonce != self.demand.nonce
        {
            self.demand.nonce = nonce.to_vec();
            self.begin_count();
        }
    }

    /// The value of Authorization for one request for `uri`, the target as it stands in the request. `cnonce`, text without quotes
    /// that the server cannot predict, is taken once for each nonce of the server's.
    ///
    /// `None` without credentials, and for a user that no header can hold.
    pub fn authorization(&mut self, method: &str, uri: &str, cnonce: &str) -> Option<String> {
        let demand = &self.demand;
        let secret = self.secret.as_mut()?;
        secret.count = secret.count.checked_add(1)?;
        let cnonce: &str = secret.cnonce.get_or_insert_with(|| cnonce.to_owned());
        let count = format!("{:08x}", secret.count);
        let response = response(
            &secret.encoded,
            Asked {
                algorithm: demand.algorithm,
                nonce: &demand.nonce,
                cnonce: cnonce.as_bytes(),
                count: demand.auth.then_some(count.as_bytes()),
                method,
                uri: uri.as_bytes(),
            },
        );
        let mut value = b"Digest ".to_vec();
        append_param_quoted(&mut value, b"username", secret.user.as_bytes());
        for (name, text) in [("realm", &demand.realm[..]), ("nonce", &demand.nonce)] {
            append_quoted(&mut value, name, text);
        }
        append_quoted(&mut value, "uri", uri.as_bytes());
        append_plain(&mut value, "algorithm", demand.algorithm.name());
        append_quoted(&mut value, "response", response.as_bytes());
        if let Some(opaque) = &demand.opaque {
            append_quoted(&mut value, "opaque", opaque);
        }
        let is_session = matches!(demand.algorithm, Algorithm::Md5Session | Algorithm::Sha256Session);
        if demand.auth || is_session {
            append_quoted(&mut value, "cnonce", cnonce.as_bytes());
        }
        if demand.auth {
            append_plain(&mut value, "nc", &count);
            append_plain(&mut value, "qop", "auth");
        }
        let valid = !value.iter().any(u8::is_ascii_control);
        valid.then(|| String::from_utf8(value).ok()).flatten()
    }

    /// A nonce has a count and a client nonce of its own.
    fn begin_count(&mut self) {
        if let Some(secret) = &mut self.secret {
            secret.count = 0;
            secret.cnonce = None;
        }
    }
}

/// A quoted string always: what the server sent goes back as it came.
fn append_quoted(value: &mut Vec<u8>, name: &str, text: &[u8]) {
    value.extend_from_slice(b", ");
    value.extend_from_slice(name.as_bytes());
    value.extend_from_slice(b"=\"");
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            value.push(b'\\');
        }
        value.push(byte);
    }
    value.push(b'"');
}

fn append_plain(value: &mut Vec<u8>, name: &str, text: &str) {
    value.extend_from_slice(format!(", {name}={text}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::auth::challenge::parse;

    const URI: &str = "/dir/page.html?q=a%20b";

    fn client(header: &str) -> Option<Client> {
        Client::new(parse(header.as_bytes()).first()?)
    }

    fn answered(header: &str) -> Option<String> {
        let mut client = client(header)?;
        client.authenticate("us\"er", "pä:ss");
        client.authorization("GET", URI, "MHg1")
    }

    fn update(client: &mut Client, header: &str) -> bool {
        parse(header.as_bytes())
            .first()
            .is_some_and(|challenge| client.update(challenge))
    }

    /// The responses are libsoup's, to the same challenges.
    #[test]
    fn the_shapes_of_libsoup() {
        let start =
            "Digest username=\"us\\\"er\", realm=\"r\", nonce=\"n\", uri=\"/dir/page.html?q=a%20b\", ";
        assert_eq!(
            answered("Digest realm=\"r\", nonce=\"n\""),
            Some(format!(
                "{start}algorithm=MD5, response=\"cb15a76c923a9a90ff7cce773cb09a5f\""
            ))
        );
        let mut client = client("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"").unwrap();
        client.authenticate("us\"er", "pä:ss");
        let cnonce = "MHg1NjBmMzk4NGQxODA6OTI1MzoxNzk1Mjc4MjY1";
        for (count, response) in [
            (1, "8ff63f64c29d63701dbd8564b94af151"),
            (2, "19d89462bc4235a8e9fe672b3dbc669c"),
        ] {
            assert_eq!(
                client.authorization("GET", URI, cnonce),
                Some(format!(
                    "{start}algorithm=MD5, response=\"{response}\", cnonce=\"{cnonce}\", nc=0000000{count}, qop=auth"
                ))
            );
        }
        let opaque = answered("Digest realm=\"r\", nonce=\"n\", qop=\"auth,auth-int\", opaque=\"o\\\"p\"");
        assert!(opaque.unwrap().contains(", opaque=\"o\\\"p\", cnonce="));
        let mut session =
            self::client("Digest realm=\"r\", nonce=\"n\", algorithm=md5-sess, qop=auth").unwrap();
        session.authenticate("us\"er", "pä:ss");
        let value = session.authorization("GET", URI, "MHg1NjBmMzk4NGQ1NDA6OTI1MzoxNzk1Mjc4MjY1");
        assert!(
            value
                .unwrap()
                .contains("response=\"c1298a160e4eed2e2a62d77efec0878d\"")
        );
    }

    #[test]
    fn cve_2025_32910_and_32912_odd_challenges() {
        for header in [
            "Digest qop=\"auth\"",
            "Digest realm=\"r\", qop=\"auth\"",
            "Digest nonce=\"n\"",
            "Digest realm=\"r\", nonce",
            "Digest",
            "Basic realm=\"r\", nonce=\"n\"",
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
            "Digest realm=\"r\", nonce=\"n\", qop=\"x\"",
            "Digest realm=\"r\", nonce=\"n\", qop=\"\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=foo",
            "Digest realm=\"r\", nonce=\"n\", algorithm=\"\"",
        ] {
            assert_eq!(answered(header), None, "{header}");
        }
        assert!(answered("Digest realm=\"\", nonce=\"\"").is_some());
    }

    #[test]
    fn the_session_forms_send_the_nonce_that_they_hash() {
        let value = answered("Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess").unwrap();
        assert!(
            value.contains("cnonce=\"MHg1\"") && !value.contains("nc="),
            "{value}"
        );
    }

    #[test]
    fn a_stale_nonce_keeps_the_credentials_and_another_refusal_does_not() {
        let mut client = client("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"").unwrap();
        assert_eq!(client.authorization("GET", "/", "c"), None);
        client.authenticate("u", "p");
        client.authorization("GET", "/", "c").unwrap();
        assert!(update(
            &mut client,
            "Digest realm=\"r\", nonce=\"n2\", stale=true"
        ));
        let value = client.authorization("GET", "/", "d").unwrap();
        assert!(value.contains("3450a3dd7490231c74f88b7f88e85ee3"), "{value}");
        assert!(update(
            &mut client,
            "Digest realm=\"r\", nonce=\"n2\", stale=TRUE, qop=\"auth\""
        ));
        let value = client.authorization("GET", "/", "d").unwrap();
        assert!(value.contains("cnonce=\"d\", nc=00000001"), "{value}");
        assert!(!update(
            &mut client,
            "Digest realm=\"other\", nonce=\"n3\", qop=\"auth\""
        ));
        assert!(!update(&mut client, "Digest realm=\"r\", qop=\"auth\""));
        assert!(client.is_authenticated());
        assert!(update(
            &mut client,
            "Digest realm=\"r\", nonce=\"n3\", qop=\"auth\""
        ));
        assert!(!client.is_authenticated());
    }

    #[test]
    fn the_next_nonce_of_authentication_info() {
        let mut client = client("Digest realm=\"r\", nonce=\"n\", qop=\"auth\"").unwrap();
        client.authenticate("u", "p");
        client.authorization("GET", "/", "c").unwrap();
        client.take_info(b"rspauth=\"x\", nextnonce=\"m\"");
        let value = client.authorization("GET", "/", "d").unwrap();
        assert!(value.contains("nonce=\"m\"") && value.contains("cnonce=\"d\", nc=00000001"));
        client.take_info(b"nonsense");
        client.take_info(b"nextnonce=\"m\"");
        assert!(
            client
                .authorization("GET", "/", "e")
                .unwrap()
                .contains("nc=00000002")
        );
    }

    #[test]
    fn users_that_no_header_can_hold() {
        let mut client = client("Digest realm=\"r\", nonce=\"n\"").unwrap();
        client.authenticate("a\r\nX: y", "p");
        assert_eq!(client.authorization("GET", "/", "c"), None);
        client.authenticate("jürgen", "p");
        let value = client.authorization("GET", "/", "c").unwrap();
        assert!(
            value.starts_with("Digest username*=UTF-8''j%C3%BCrgen, "),
            "{value}"
        );
    }
}
