//! The shapes of header values: lists, qualities, parameters, quoted strings, encodings (RFC 9110, section 5.6).
//!
//! Nothing here fails on what a peer sent: what is no parameter is left out, and the strict forms say `None`.

use std::borrow::Cow;

/// Whether `text` is a token (RFC 9110, section 5.6.2).
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_token_byte(byte))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// `text` without the blanks around it.
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// The elements of a comma-separated list (RFC 9110, section 5.6.1): trimmed, empty ones left out; a comma in a
/// quoted string does not separate.
pub fn list(header: &[u8]) -> Elements<'_> {
    split(header, b',')
}

/// Like `list`, with another separator.
pub fn split(header: &[u8], separator: u8) -> Elements<'_> {
    Elements {
        rest: header,
        separator,
    }
}

/// The iterator that `list` and `split` return.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
    separator: u8,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = element_length(self.rest, self.separator);
            let (element, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest.get(1..).unwrap_or_default();
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

/// Where the first separator outside a quoted string stands, or the end.
fn element_length(text: &[u8], separator: u8) -> usize {
    enum In {
        Plain,
        Quotes,
        Escape,
    }
    let mut place = In::Plain;
    for (index, &byte) in text.iter().enumerate() {
        place = match (place, byte) {
            (In::Plain, byte) if byte == separator => return index,
            (In::Plain, b'"') => In::Quotes,
            (In::Plain, _) | (In::Quotes, b'"') => In::Plain,
            (In::Quotes, b'\\') => In::Escape,
            (In::Quotes | In::Escape, _) => In::Quotes,
        };
    }
    text.len()
}

/// A list with qualities (RFC 9110, section 12.4.2), told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QualityList<'a> {
    /// What is acceptable, best first.
    pub acceptable: Vec<&'a [u8]>,
    /// What has a quality of 0, the last one first (libsoup's order).
    pub unacceptable: Vec<&'a [u8]>,
}

/// Sorts the elements of a list by their "q" parameters, and takes those off.
pub fn quality_list(header: &[u8]) -> QualityList<'_> {
    let mut acceptable = Vec::new();
    let mut unacceptable = Vec::new();
    for element in list(header) {
        match quality(element) {
            (item, 0) => unacceptable.push(item),
            (item, quality) => acceptable.push((quality, item)),
        }
    }
    acceptable.sort_by_key(|&(quality, _)| std::cmp::Reverse(quality));
    unacceptable.reverse();
    QualityList {
        acceptable: acceptable.into_iter().map(|(_, item)| item).collect(),
        unacceptable,
    }
}

/// An element without its quality, and that in thousandths. What is no quality belongs to the element.
fn quality(element: &[u8]) -> (&[u8], u16) {
    for (index, _) in element.iter().enumerate().filter(|(_, byte)| **byte == b';') {
        let parameter = trim(element.get(index + 1..).unwrap_or_default());
        let Some(value) = parameter
            .strip_prefix(b"q")
            .map(trim)
            .and_then(|rest| rest.strip_prefix(b"="))
        else {
            continue;
        };
        if let Some(quality) = thousandths(trim(value)) {
            return (trim(element.get(..index).unwrap_or_default()), quality);
        }
    }
    (element, 1000)
}

/// `0.123` or `1.000` in thousandths; digits past the third do not count.
fn thousandths(value: &[u8]) -> Option<u16> {
    let digit = |byte: Option<&u8>| {
        byte.filter(|byte| byte.is_ascii_digit())
            .map(|byte| u16::from(byte - b'0'))
    };
    let whole = match digit(value.first())? {
        0 => 0,
        1 => return Some(1000),
        _ => return None,
    };
    let mut quality = whole;
    if value.get(1) == Some(&b'.') {
        for (index, weight) in [(2, 100), (3, 10), (4, 1)] {
            match digit(value.get(index)) {
                Some(digit) => quality += digit * weight,
                None => break,
            }
        }
    }
    Some(quality)
}

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
pub fn params(header: &[u8], separator: Separator) -> Vec<Param<'_>> {
    collect_params(header, separator).0
}

/// Like `params`; `None` if a name, without regard to case, comes twice.
pub fn params_strict(header: &[u8], separator: Separator) -> Option<Vec<Param<'_>>> {
    match collect_params(header, separator) {
        (params, false) => Some(params),
        (_, true) => None,
    }
}

fn collect_params(header: &[u8], separator: Separator) -> (Vec<Param<'_>>, bool) {
    let separator = match separator {
        Separator::Comma => b',',
        Separator::Semicolon => b';',
    };
    let mut params: Vec<Param<'_>> = Vec::new();
    let mut duplicate = false;
    for element in split(header, separator) {
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
/// ISO-8859-1, for bad percent encoding, and for a NUL. Bytes that are not UTF-8 become U+FFFD (CVE-2024-52531).
pub fn decode_encoded(value: &[u8]) -> Option<Vec<u8>> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let decoded = percent_decode(text)?;
    if decoded.contains(&0) {
        return None;
    }
    if charset.is_empty() || charset.eq_ignore_ascii_case(b"UTF-8") {
        Some(match String::from_utf8(decoded) {
            Ok(text) => text.into_bytes(),
            Err(error) => String::from_utf8_lossy(error.as_bytes())
                .into_owned()
                .into_bytes(),
        })
    } else if charset.eq_ignore_ascii_case(b"ISO-8859-1") {
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

/// Whether a list has the element `token`, without regard to case.
pub fn contains(header: &[u8], token: &[u8]) -> bool {
    list(header).any(|element| element.eq_ignore_ascii_case(token))
}

/// Whether a list has the element `token`, just so.
pub fn contains_case_sensitive(header: &[u8], token: &[u8]) -> bool {
    list(header).any(|element| element == token)
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

    fn listed(header: &str) -> Vec<String> {
        list(header.as_bytes()).map(text).collect()
    }

    fn pairs(header: &str, separator: Separator) -> Vec<(String, Option<String>)> {
        params(header.as_bytes(), separator)
            .iter()
            .map(|param| (text(param.name), param.value.as_deref().map(text)))
            .collect()
    }

    #[test]
    fn lists() {
        assert_eq!(listed("a, b,c ,,  d"), ["a", "b", "c", "d"]);
        assert_eq!(listed("\"a, b\", c"), ["\"a, b\"", "c"]);
        assert_eq!(listed("a \"x\\\", y\" z, b"), ["a \"x\\\", y\" z", "b"]);
        assert_eq!(listed("\"unterminated, b"), ["\"unterminated, b"]);
        assert_eq!(listed(" , a\t,\tb c , "), ["a", "b c"]);
        assert!(listed(",").is_empty() && listed("").is_empty());
    }

    #[test]
    fn quality_lists() {
        let sorted = |header: &'static str| {
            let list = quality_list(header.as_bytes());
            let texts = |items: Vec<&[u8]>| items.into_iter().map(text).collect::<Vec<_>>();
            (texts(list.acceptable), texts(list.unacceptable))
        };
        let strings = |items: &[&str]| items.iter().map(|item| item.to_string()).collect::<Vec<_>>();
        for (header, acceptable, unacceptable) in [
            ("a;q=0.5, b, c;q=0.8", &["b", "c", "a"][..], &[][..]),
            ("a;q=0, b;q=0.0, c;q=1", &["c"], &["b", "a"]),
            ("a;q=0;level=1, b; q = 0.3", &["b"], &["a"]),
            (
                "text/html;level=1;q=0.7, */*;q=x",
                &["*/*;q=x", "text/html;level=1"],
                &[],
            ),
            ("a;q=0.5,b;q=0.5,c;q=0.5,d", &["d", "a", "b", "c"], &[]),
            ("a;q=0.12345, b;q=.5,c;q=1.", &["b;q=.5", "c", "a"], &[]),
            ("a;q=0001,b;q=1.5,c;q=0.9999", &["b", "c"], &["a"]),
        ] {
            assert_eq!(
                sorted(header),
                (strings(acceptable), strings(unacceptable)),
                "{header}"
            );
        }
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
        assert_eq!(pairs("a=\"b\"c, d=\"e", Comma), [some("a", "b"), some("d", "e")]);
        assert_eq!(pairs("*=UTF-8''x", Comma), [some("*", "UTF-8''x")]);
        assert!(params_strict(b"a=b, A=c", Comma).is_none());
        assert!(params_strict(b"a=b; c", Semicolon).is_some());
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
            params(&out, Separator::Comma)
                .first()
                .and_then(|param| param.value.clone())
                .as_deref(),
            Some(value.as_bytes())
        );
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
