//! `data:` URIs, which hold what they name (RFC 2397).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::params::percent_decode;

/// What a `data:` URI holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataUri {
    /// The type, `text/plain;charset=US-ASCII` where the URI leaves it out. It has no control characters.
    pub content_type: String,
    /// The data.
    pub data: Vec<u8>,
}

/// Reads a `data:` URI. `None` if it is none, has an authority (CVE-2025-32051), or is badly encoded.
pub fn parse(uri: &[u8]) -> Option<DataUri> {
    let (scheme, rest) = uri.split_at_checked(SCHEME.len())?;
    if !scheme.eq_ignore_ascii_case(SCHEME) || rest.starts_with(b"//") {
        return None;
    }
    let (description, data) = match rest.iter().position(|&byte| byte == b',') {
        Some(comma) => (rest.get(..comma)?, rest.get(comma + 1..)?),
        None => (&[][..], rest),
    };
    let description = String::from_utf8(percent_decode(description)?).ok()?;
    if description.contains(char::is_control) {
        return None;
    }
    let data = percent_decode(data)?;
    let (content_type, data) = match strip_base64(&description) {
        Some(content_type) => (content_type, decode_base64(data)?),
        None => (&*description, data),
    };
    let content_type = match content_type {
        "" => "text/plain;charset=US-ASCII".to_owned(),
        parameters if parameters.starts_with(';') => format!("text/plain{parameters}"),
        content_type => content_type.to_owned(),
    };
    Some(DataUri { content_type, data })
}

fn strip_base64(description: &str) -> Option<&str> {
    let at = description.len().checked_sub(BASE64.len())?;
    let (content_type, end) = description.split_at_checked(at)?;
    end.eq_ignore_ascii_case(BASE64).then_some(content_type)
}

/// Base64 in which blanks do not count and the padding may be missing.
fn decode_base64(mut text: Vec<u8>) -> Option<Vec<u8>> {
    text.retain(|byte| !byte.is_ascii_whitespace());
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, config).decode(text).ok()
}

const SCHEME: &[u8] = b"data:";
const BASE64: &str = ";base64";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(uri: &str) -> Option<(String, String)> {
        let DataUri { content_type, data } = parse(uri.as_bytes())?;
        Some((content_type, String::from_utf8_lossy(&data).into_owned()))
    }

    #[test]
    fn plain_and_base64() {
        let default = "text/plain;charset=US-ASCII";
        for (uri, content_type, data) in [
            ("data:text/plain,foo%20bar", "text/plain", "foo bar"),
            ("data:text/plain;base64,Zm9v", "text/plain", "foo"),
            ("data:,x", default, "x"),
            ("DATA:;BASE64,Zm9v", default, "foo"),
            ("data:", default, ""),
            (
                "data:text/html;charset=UTF-8;base64,PGI+",
                "text/html;charset=UTF-8",
                "<b>",
            ),
            ("data:;charset=utf-8,x", "text/plain;charset=utf-8", "x"),
            ("data:,a?b#c", default, "a?b#c"),
            ("data:;base64,Zm%39v%0AZm9", default, "foofo"),
            ("data:base64,x", "base64", "x"),
        ] {
            assert_eq!(parsed(uri), Some((content_type.into(), data.into())), "{uri}");
        }
    }

    #[test]
    fn cve_2025_32051_malformed() {
        for uri in [
            "data://foo,x",
            "data://",
            "data:%",
            "data:,%",
            "data:,%zz",
            "data:;base64,!!!",
            "http://x/",
            "dat",
            "data",
            "data:a%0d%0ab,x",
            "data:;base64,A",
        ] {
            assert_eq!(parsed(uri), None, "{uri}");
        }
    }

    #[test]
    fn cve_2026_102555_nul_in_base64() {
        assert_eq!(parsed("data:;base64,Zm9v%00Zm9v"), None);
        assert_eq!(
            parsed("data:,a%00b"),
            Some(("text/plain;charset=US-ASCII".into(), "a\0b".into()))
        );
    }
}
