//! `application/x-www-form-urlencoded`: names and values of a form (url.spec.whatwg.org, section 5, as libsoup writes it).

use super::limits;
use crate::proto::http1::params::percent_decode;

/// Names and values, in order.
pub type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Reads a form. A pair without `=`, or with a bad escape, is left out; a NUL, which C would take for the end, too.
pub fn decode(text: &[u8]) -> Fields {
    let pairs = text.split(|&byte| byte == b'&').filter_map(|pair| {
        let equals = pair.iter().position(|&byte| byte == b'=')?;
        Some((part(pair.get(..equals)?)?, part(pair.get(equals + 1..)?)?))
    });
    pairs.take(limits::FORM_FIELDS).collect()
}

fn part(text: &[u8]) -> Option<Vec<u8>> {
    let blanks: Vec<u8> = text
        .iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    percent_decode(&blanks).filter(|text| !text.contains(&0))
}

/// Writes a form.
pub fn encode<'a>(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        append(&mut text, name);
        text.push('=');
        append(&mut text, value);
    }
    text
}

fn append(text: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b' ' => text.push('+'),
            b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => text.push(char::from(byte)),
            _ => *text += &format!("%{byte:02X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, String)> {
        let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        decode(text.as_bytes())
            .into_iter()
            .map(|(name, value)| (lossy(name), lossy(value)))
            .collect()
    }

    #[test]
    fn read() {
        for (text, wanted) in [
            ("a=b&c=d", &[("a", "b"), ("c", "d")][..]),
            ("a=b;c=d", &[("a", "b;c=d")]),
            ("a", &[]),
            ("a=", &[("a", "")]),
            ("=b", &[("", "b")]),
            ("", &[]),
            ("&&", &[]),
            ("a=%41+b", &[("a", "A b")]),
            ("a=%zz", &[]),
            ("a=%", &[]),
            ("a=b&a=c", &[("a", "b"), ("a", "c")]),
            ("a=%00b&c=d", &[("c", "d")]),
            ("a=%c3%a9", &[("a", "é")]),
            ("a=b=c", &[("a", "b=c")]),
            ("%zz=b&c=d", &[("c", "d")]),
            ("a+b=c%2Bd", &[("a b", "c+d")]),
        ] {
            let wanted: Vec<_> = wanted
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn written() {
        let fields = [
            (&b"a b"[..], &b"c&d=e"[..]),
            (b"k", b"l1\nl2\r\n"),
            (b"~", "-._*é".as_bytes()),
        ];
        assert_eq!(encode(fields), "a+b=c%26d%3De&k=l1%0Al2%0D%0A&%7E=-._%2A%C3%A9");
        assert_eq!(encode([]), "");
    }

    #[test]
    fn a_form_of_very_many_fields() {
        assert_eq!(
            decode("a=&".repeat(limits::FORM_FIELDS + 5).as_bytes()).len(),
            limits::FORM_FIELDS
        );
    }

    proptest::proptest! {
        #[test]
        fn read_as_written(fields: Vec<(Vec<u8>, Vec<u8>)>) {
            let clean = |bytes: &Vec<u8>| !bytes.contains(&0);
            let fields: Fields = fields.into_iter().filter(|(name, value)| clean(name) && clean(value)).collect();
            let text = encode(fields.iter().map(|(name, value)| (&name[..], &value[..])));
            proptest::prop_assert_eq!(decode(text.as_bytes()), fields);
        }
    }
}
