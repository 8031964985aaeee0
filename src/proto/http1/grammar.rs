//! The shapes of header values: tokens, lists, lists with qualities (RFC 9110, section 5.6).

/// Whether `text` is a token (RFC 9110, section 5.6.2).
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && classes_of(text) & NO_TOKEN == 0
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    class_of(byte) & NO_TOKEN == 0
}

/// Whether `text` has none of the bytes that would end a header's value: CR, LF and NUL (RFC 9110, section 5.5).
pub(super) fn is_value(text: &[u8]) -> bool {
    classes_of(text) & ENDS_VALUE == 0
}

/// The classes of all bytes of `text` together, without a branch for each.
fn classes_of(text: &[u8]) -> u8 {
    text.iter().fold(0, |all, &byte| all | class_of(byte))
}

fn class_of(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

/// Bytes that no token has.
const NO_TOKEN: u8 = 1;
/// Bytes that no header's value has.
const ENDS_VALUE: u8 = 2;

/// The classes of each byte.
static CLASSES: [u8; 256] = {
    let mut classes = [NO_TOKEN; 256];
    let mut byte = 0;
    while byte < 256 {
        if matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'z' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'|' | b'~')
        {
            classes[byte] = 0;
        }
        if matches!(byte as u8, b'\r' | b'\n' | 0) {
            classes[byte] |= ENDS_VALUE;
        }
        byte += 1;
    }
    classes
};

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
    let first = text.iter().position(|&byte| byte == separator || byte == b'"');
    match first.map(|index| (index, text.get(index))) {
        None => text.len(),
        Some((quote, Some(b'"'))) => {
            quote + quoted_element_length(text.get(quote..).unwrap_or_default(), separator)
        }
        Some((index, _)) => index,
    }
}

/// The same for an element that begins with a quoted string.
fn quoted_element_length(text: &[u8], separator: u8) -> usize {
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

/// Whether a list has the element `token`, without regard to case.
pub fn contains(header: &[u8], token: &[u8]) -> bool {
    list(header).any(|element| element.eq_ignore_ascii_case(token))
}

/// Whether a list has the element `token`, just so.
pub fn contains_case_sensitive(header: &[u8], token: &[u8]) -> bool {
    list(header).any(|element| element == token)
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

    #[test]
    fn tokens() {
        let others = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        for byte in 0..=u8::MAX {
            assert_eq!(is_token(&[byte]), others(&byte), "{byte:#x}");
        }
        assert!(!is_token(b"") && is_token(b"Sec-WebSocket-Key") && !is_token(b"a b"));
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
}
