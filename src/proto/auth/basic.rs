//! Basic authentication (RFC 7617): a user and a password in base64.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::challenge::Challenge;
use crate::proto::http1::params;

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user, without a colon.
    pub user: String,
    /// The password.
    pub password: String,
}

/// The value of Authorization for `user` and `password`.
///
/// Without `charset="UTF-8"` in the challenge the encoding is nobody's: as libsoup does, ISO-8859-1 where both can be written in
/// it, else UTF-8.
pub fn authorization(user: &str, password: &str, challenge: Option<&Challenge<'_>>) -> String {
    let both = format!("{user}:{password}");
    let utf8 = challenge
        .and_then(|challenge| challenge.param("charset"))
        .is_some_and(|charset| charset.eq_ignore_ascii_case(b"UTF-8"));
    let latin: Option<Vec<u8>> = both.chars().map(|char| u8::try_from(char).ok()).collect();
    let bytes = match latin {
        Some(latin) if !utf8 => latin,
        _ => both.into_bytes(),
    };
    format!("Basic {}", STANDARD.encode(bytes))
}

/// The challenge of a server's `realm`.
pub fn challenge(realm: &str) -> String {
    let mut value = b"Basic ".to_vec();
    params::append_param_quoted(&mut value, b"realm", realm.as_bytes());
    String::from_utf8_lossy(&value).into_owned()
}

/// What an Authorization header says; bytes that are not UTF-8 are read as ISO-8859-1. `None` for another scheme, bad base64, no
/// colon, and control characters.
pub fn credentials(credentials: &Challenge<'_>) -> Option<Credentials> {
    if !credentials.is("Basic") {
        return None;
    }
    let decoded = lenient().decode(credentials.token68?).ok()?;
    let text = String::from_utf8(decoded)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    if text.contains(|char: char| char.is_ascii_control()) {
        return None;
    }
    let (user, password) = text.split_once(':')?;
    Some(Credentials {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

/// Base64 whose padding may be missing: some clients leave it out.
fn lenient() -> GeneralPurpose {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::auth::challenge::{parse, parse_credentials};

    fn read(header: &str) -> Option<(String, String)> {
        let credentials = credentials(&parse_credentials(header.as_bytes())?)?;
        Some((credentials.user, credentials.password))
    }

    #[test]
    fn written() {
        let header = "Basic realm=a, charset=\"utf-8\"";
        let utf8 = parse(header.as_bytes());
        assert_eq!(
            authorization("Aladdin", "open sesame", None),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert_eq!(authorization("us\"er", "pä:ss", None), "Basic dXMiZXI6cOQ6c3M=");
        assert_eq!(
            authorization("test", "123£", utf8.first()),
            "Basic dGVzdDoxMjPCow=="
        );
        assert_eq!(authorization("u", "€", None), "Basic dTrigqw=");
        assert_eq!(challenge("a\"b\\"), "Basic realm=\"a\\\"b\\\\\"");
    }

    #[test]
    fn read_as_written() {
        for (user, password) in [
            ("u", "p"),
            ("", ""),
            ("u", "p:q"),
            ("u", ""),
            ("ü", "€"),
            ("ü", "ß"),
        ] {
            let header = authorization(user, password, None);
            assert_eq!(read(&header), Some((user.into(), password.into())), "{header}");
        }
    }

    #[test]
    fn credentials_that_are_none() {
        for header in [
            "Basic",
            "Basic ",
            "Basic dQ==",
            "Basicx dTpw",
            "Digest dTpw",
            "Basic dTpw dTpw",
            "Basic !!dTpw",
            "Basic dTpw, foo",
            "Basic dQB4OnA=",
            "Basic dTpwAHg=",
            "Basic dTpwCg==",
            "Basic dTpwO",
            "Basic user=dTpw",
        ] {
            assert_eq!(read(header), None, "{header}");
        }
        assert_eq!(read("basic  dTpw"), Some(("u".into(), "p".into())));
        assert_eq!(read("Basic dTpwcA"), Some(("u".into(), "pp".into())));
    }
}
