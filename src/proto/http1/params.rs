//! Parameters of header values: plain, quoted (RFC 9110, section 5.6.6) and encoded (RFC 8187).
//!
//! Nothing here fails on what a peer sent: what is no parameter is left out, and the strict form says `None`.

use std::borrow::Cow;

use super::grammar::{is_token_byte, split, trim};
use crate::proto::limits;

/// One parameter of a header value: `name`, `name=value`, `name="value"` or `name*=charset'language'value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as written, without the `*` of an encoded value.
    pub name: &'a [u8],
    /// The value, with quotes and encodings undone; `None` where there was no `=`. It holds no NUL.
    pub value: Option<Cow<'a, [u8]>>,
}

impl Param<'_> {
    /// Whether this is the parameter called `name`, without regard to case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// What separates parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// As in WWW-Authenticate.
    Comma,
    /// As in Content-Type.
    Semicolon,
}

/// The parameters of a header value. Of two of one name the first stays, but an encoded one goes before a plain one
/// (RFC 6266, section 4.3); a name may be given again only in another case.
pub fn parse(header: &[u8], separator: Separator) -> Vec<Param<'_>> {
    collect(header, separator).0
}

/// Like `parse`; `None` if a name, without regard to case, comes twice.
pub fn parse_strict(header: &[u8], separator: Separator) -> Option<Vec<Param<'_>>> {
    match collect(header, separator) {
        (params, false) => Some(params),
        (_, true) => None,
    }
}

fn collect(header: &[u8], separator: Separator) -> (Vec<Param<'_>>, bool) {
    let separator = match separator {
        Separator::Comma => b',',
        Separator::Semicolon => b';',
    };
    let mut params: Vec<Param<'_>> = Vec::new();
    let mut duplicate = false;
    for element in split(header, separator) {
        if params.len() >= limits::PARAM_COUNT {
            break;
        }
        let Some((param, encoded)) = param(element) else {
            continue;
        };
        match params
            .iter_mut()
            .find(|other| other.name.eq_ignore_ascii_case(param.name))
        {
            None => params.push(param),
            Some(other) => {
                duplicate = true;
                if encoded {
                    *other = param;
                }
            }
        }
    }
    (params, duplicate)
}

/// One parameter, and whether its value was encoded.
fn param(element: &[u8]) -> Option<(Param<'_>, bool)> {
    let Some(equals) = element.iter().position(|&byte| byte == b'=') else {
        return Some((
            Param {
                name: element,
                value: None,
            },
            false,
        ));
    };
    let (name, value) = (trim(element.get(..equals)?), trim(element.get(equals + 1..)?));
    match name {
        [] => None,
        [name @ .., b'*'] if !name.is_empty() => {
            let value = decode_encoded(value)?;
            Some((
                Param {
                    name,
                    value: Some(Cow::Owned(value)),
                },
                true,
            ))
        }
        _ => Some((
            Param {
                name,
                value: Some(unquote(value)),
            },
            false,
        )),
    }
}

/// The text of a quoted string (RFC 9110, section 5.6.4), or the value itself if it is none. What follows the
/// closing quote is dropped, and a missing one is forgiven.
pub fn unquote(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(rest) = value.strip_prefix(b"\"") else {
        return Cow::Borrowed(value);
    };
    let Some(end) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
        return Cow::Borrowed(rest);
    };
    if rest.get(end) == Some(&b'"') {
        return Cow::Borrowed(rest.get(..end).unwrap_or_default());
    }
    let mut text = Vec::with_capacity(rest.len());
    let mut bytes = rest.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => text.push(bytes.next().unwrap_or(b'\\')),
            _ => text.push(byte),
        }
    }
    Cow::Owned(text)
}

/// `charset'language'percent-encoded` (RFC 8187, section 3.2) as UTF-8. `None` for another charset than UTF-8 and
/// ISO-8859-1, for bad percent encoding, and for a NUL. Bytes that are not UTF-8 become U+FFFD (CVE-2024-52531). A beginning
/// of a charset's name stands for the whole, as in libsoup.
pub fn decode_encoded(value: &[u8]) -> Option<Vec<u8>> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let decoded = percent_decode(text)?;
    if decoded.contains(&0) {
        return None;
    }
    let begins = |name: &[u8]| {
        let beginning = name.get(..charset.len());
        beginning.is_some_and(|beginning| charset.eq_ignore_ascii_case(beginning))
    };
    if begins(b"UTF-8") {
        Some(match String::from_utf8(decoded) {
            Ok(text) => text.into_bytes(),
            Err(error) => String::from_utf8_lossy(error.as_bytes())
                .into_owned()
                .into_bytes(),
        })
    } else if begins(b"ISO-8859-1") {
        Some(
            decoded
                .into_iter()
                .map(char::from)
                .collect::<String>()
                .into_bytes(),
        )
    } else {
        None
    }
}

/// Undoes percent encoding (RFC 3986, section 2.1); `None` if a `%` is not followed by two hexadecimal digits.
pub fn percent_decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            _ => byte,
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Appends `name=value`: as a token where the value is one, else quoted, else (not ASCII) encoded; only `name`
/// without a value.
pub fn append_param(out: &mut Vec<u8>, name: &[u8], value: Option<&[u8]>) {
    match value {
        None => out.extend_from_slice(name),
        Some(value) if value.iter().all(|&byte| is_token_byte(byte)) => {
            out.extend_from_slice(name);
            out.push(b'=');
            out.extend_from_slice(value);
        }
        Some(value) => append_param_quoted(out, name, value),
    }
}

/// Appends `name="value"`, or `name*=UTF-8''value` where the value is not ASCII.
pub fn append_param_quoted(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    if !value.is_ascii() && std::str::from_utf8(value).is_ok() {
        out.extend_from_slice(b"*=UTF-8''");
        append_percent_encoded(out, value);
        return;
    }
    out.extend_from_slice(b"=\"");
    for &byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn append_percent_encoded(out: &mut Vec<u8>, value: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in value {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(byte);
        } else {
            let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn pairs(header: &str, separator: Separator) -> Vec<(String, Option<String>)> {
        parse(header.as_bytes(), separator)
            .iter()
            .map(|param| (text(param.name), param.value.as_deref().map(text)))
            .collect()
    }

    #[test]
    fn params_plain_quoted_encoded() {
        use Separator::*;
        let some = |name: &str, value: &str| (name.to_string(), Some(value.to_string()));
        let none = |name: &str| (name.to_string(), None);
        assert_eq!(
            pairs("a, b=\"c d\", e= f", Comma),
            [none("a"), some("b", "c d"), some("e", "f")]
        );
        assert_eq!(pairs("a=\"x\\\"y\\\\z\"", Comma), [some("a", "x\"y\\z")]);
        assert_eq!(pairs("a=b; A=c", Semicolon), [some("a", "b")]);
        assert_eq!(pairs("a=z; a*=UTF-8'en'x%20y", Semicolon), [some("a", "x y")]);
        assert_eq!(pairs("a*=ISO-8859-1''%e9t%e9", Comma), [some("a", "été")]);
        assert_eq!(
            pairs("a*=i''%e9, b*=''x", Comma),
            [some("a", "é"), some("b", "x")]
        );
        assert_eq!(pairs("a*=KOI8-R''%e9", Comma), []);
        assert_eq!(pairs("a=\"b\"c, d=\"e", Comma), [some("a", "b"), some("d", "e")]);
        assert_eq!(pairs("*=UTF-8''x", Comma), [some("*", "UTF-8''x")]);
        assert!(parse_strict(b"a=b, A=c", Comma).is_none());
        assert!(parse_strict(b"a=b; c", Semicolon).is_some());
    }

    #[test]
    fn cve_2024_52531_invalid_utf8_in_encoded_params() {
        assert_eq!(
            decode_encoded(b"UTF-8''%ff").as_deref(),
            Some("\u{fffd}".as_bytes())
        );
        assert_eq!(
            decode_encoded(b"UTF-8''%c3%28%ff%e2%82").map(|value| String::from_utf8(value).is_ok()),
            Some(true)
        );
        for bad in ["bogus''x", "UTF-8''x%0", "x", "UTF-8''a%00b", "", "'", "UTF-8'x"] {
            assert_eq!(decode_encoded(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn cve_2025_32050_long_quoted_params() {
        let mut out = Vec::new();
        let value = "\"\\".repeat(100_000);
        append_param_quoted(&mut out, b"n", value.as_bytes());
        assert_eq!(out.len(), 4 + 2 * value.len());
        assert_eq!(
            parse(&out, Separator::Comma)
                .first()
                .and_then(|param| param.value.clone())
                .as_deref(),
            Some(value.as_bytes())
        );
    }

    #[test]
    fn very_many_names_are_not_compared_with_each_other() {
        let header: String = (0..100_000).map(|number| format!("p{number};")).collect();
        let found = parse(header.as_bytes(), Separator::Semicolon).len();
        assert_eq!(found, limits::PARAM_COUNT);
    }

    #[test]
    fn appended_params() {
        let written = |value: Option<&str>| {
            let mut out = Vec::new();
            append_param(&mut out, b"n", value.map(str::as_bytes));
            text(&out)
        };
        assert_eq!(written(None), "n");
        assert_eq!(written(Some("")), "n=");
        assert_eq!(written(Some("b c")), "n=\"b c\"");
        assert_eq!(written(Some("b\"c\\")), "n=\"b\\\"c\\\\\"");
        assert_eq!(written(Some("é")), "n*=UTF-8''%C3%A9");
    }
}
