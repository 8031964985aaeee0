//! What WWW-Authenticate and Authorization say: a scheme, and parameters or one token (RFC 9110, section 11).
//!
//! Nothing here fails on what a peer sent: what is no challenge is left out.

use std::borrow::Cow;

use crate::proto::http1::grammar::{is_token, list, trim};
use crate::proto::http1::params::{self, Param, Separator};
use crate::proto::limits;

/// One challenge, or the credentials that answer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The scheme as written; it is compared without regard to case.
    pub scheme: &'a str,
    /// What follows the scheme, where that is one word: NTLM's and Negotiate's messages, Basic's credentials.
    pub token68: Option<&'a str>,
    /// The parameters; of two of one name only the first.
    pub params: Vec<Param<'a>>,
}

impl Challenge<'_> {
    /// Whether this is a challenge of `scheme`.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&[u8]> {
        let param = self.params.iter().find(|param| param.is(name))?;
        param.value.as_deref()
    }

    /// The realm as text, with U+FFFD for what is not UTF-8.
    pub fn realm(&self) -> Option<Cow<'_, str>> {
        self.param("realm").map(String::from_utf8_lossy)
    }
}

/// The challenges of a WWW-Authenticate or Proxy-Authenticate header, or of several joined by commas.
pub fn parse(header: &[u8]) -> Vec<Challenge<'_>> {
    let mut challenges: Vec<Challenge<'_>> = Vec::new();
    for element in list(header) {
        match opening(element) {
            Some(_) if challenges.len() >= limits::AUTH_CHALLENGES => break,
            Some((scheme, rest)) => {
                let mut challenge = Challenge {
                    scheme,
                    token68: token68(rest),
                    params: Vec::new(),
                };
                // Two signs in a row are padding, and no parameter.
                if !rest.ends_with(b"==") {
                    add_param(&mut challenge.params, rest);
                }
                challenges.push(challenge);
            }
            None => {
                if let Some(challenge) = challenges.last_mut() {
                    add_param(&mut challenge.params, element);
                }
            }
        }
    }
    challenges
}

/// The credentials of an Authorization or Proxy-Authorization header; `None` if it holds anything but those of one scheme.
pub fn parse_credentials(header: &[u8]) -> Option<Challenge<'_>> {
    let mut all = parse(header);
    let first = all.pop()?;
    all.is_empty().then_some(first)
}

/// The scheme that an element of the list begins with, and what follows it; `None` for an element that is a
/// parameter of the challenge before it.
fn opening(element: &[u8]) -> Option<(&str, &[u8])> {
    let end = element
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t'))
        .unwrap_or(element.len());
    let (word, rest) = element.split_at_checked(end)?;
    let rest = trim(rest);
    let opens = is_token(word) && rest.first() != Some(&b'=');
    opens.then_some((std::str::from_utf8(word).ok()?, rest))
}

/// `text` if it is a token68 (RFC 9110, section 11.2).
fn token68(text: &[u8]) -> Option<&str> {
    let end = text.iter().rposition(|&byte| byte != b'=')?;
    let is_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    let valid = text.get(..=end)?.iter().all(is_byte);
    valid.then(|| std::str::from_utf8(text).ok()).flatten()
}

fn add_param<'a>(params: &mut Vec<Param<'a>>, element: &'a [u8]) {
    if params.len() >= limits::AUTH_PARAMS {
        return;
    }
    for param in params::parse(element, Separator::Comma) {
        let known = params
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(param.name));
        if param.value.is_some() && is_token(param.name) && !known {
            params.push(param);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: &str) -> Vec<String> {
        parse(header.as_bytes())
            .iter()
            .map(|challenge| {
                let mut text = challenge.scheme.to_owned();
                if let Some(token) = challenge.token68 {
                    text += &format!(" <{token}>");
                }
                for param in &challenge.params {
                    let value = param.value.as_deref().unwrap_or_default();
                    text += &format!(
                        " {}=[{}]",
                        String::from_utf8_lossy(param.name),
                        String::from_utf8_lossy(value)
                    );
                }
                text
            })
            .collect()
    }

    #[test]
    fn one_and_several_challenges() {
        for (header, wanted) in [
            ("Basic realm=\"a\"", &["Basic realm=[a]"][..]),
            (
                "basic realm=a, charset=\"UTF-8\"",
                &["basic realm=[a] charset=[UTF-8]"],
            ),
            ("Basic  realm = a", &["Basic realm=[a]"]),
            ("Basic", &["Basic"]),
            ("NTLM", &["NTLM"]),
            ("NTLM TlRMTVNTUAAC==", &["NTLM <TlRMTVNTUAAC==>"]),
            (
                "Negotiate, NTLM, Basic realm=\"x, y\"",
                &["Negotiate", "NTLM", "Basic realm=[x, y]"],
            ),
            (
                "Basic realm=\"a\", Digest realm=\"b\", nonce=\"c, Basic realm=d\" , qop=\"auth,auth-int\"",
                &[
                    "Basic realm=[a]",
                    "Digest realm=[b] nonce=[c, Basic realm=d] qop=[auth,auth-int]",
                ],
            ),
            (
                "Negotiate YWJj, Basic realm=a",
                &["Negotiate <YWJj>", "Basic realm=[a]"],
            ),
            ("Digest realm=\"a\\\"b\", realm=c", &["Digest realm=[a\"b]"]),
            ("Digest REALM=a,realm=b", &["Digest REALM=[a]"]),
            ("Basic realm=\"open", &["Basic realm=[open]"]),
            ("Basic realm=", &["Basic <realm=> realm=[]"]),
            (", ,Basic realm=a,,", &["Basic realm=[a]"]),
            ("realm=a", &[]),
            ("realm=a, Basic realm=b", &["Basic realm=[b]"]),
            ("\"Basic\" realm=a", &[]),
            ("", &[]),
            ("B@sic realm=a", &[]),
        ] {
            assert_eq!(shown(header), wanted, "{header}");
        }
    }

    #[test]
    fn cve_2025_32910_and_32912_challenges_without_their_parameters() {
        let challenges = parse(b"Digest qop=\"auth\"");
        let challenge = challenges.first().unwrap();
        assert_eq!((challenge.realm(), challenge.param("nonce")), (None, None));
        assert_eq!(challenge.param("qop"), Some(&b"auth"[..]));
    }

    #[test]
    fn credentials_are_of_one_scheme() {
        let credentials = parse_credentials(b"Basic dTpw").unwrap();
        assert_eq!(credentials.token68, Some("dTpw"));
        assert!(credentials.is("BASIC") && !credentials.is("Basi"));
        assert_eq!(parse_credentials(b"Basic dTpw, foo"), None);
        assert_eq!(parse_credentials(b"Basic dTpw, Basic dTpw"), None);
        assert_eq!(parse_credentials(b""), None);
    }

    #[test]
    fn what_a_peer_can_make_us_hold_is_bounded() {
        let header = "A a=b, ".repeat(10_000);
        assert_eq!(parse(header.as_bytes()).len(), limits::AUTH_CHALLENGES);
        let header: String = (0..10_000).map(|number| format!("p{number}=x, ")).collect();
        let header = format!("Digest {header}");
        assert_eq!(
            parse(header.as_bytes())
                .first()
                .map(|challenge| challenge.params.len()),
            Some(limits::AUTH_PARAMS)
        );
    }

    proptest::proptest! {
        #[test]
        fn anything_is_parsed(header: Vec<u8>) {
            let _ = (parse(&header), parse_credentials(&header));
        }
    }
}
