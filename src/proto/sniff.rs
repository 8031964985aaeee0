//! What a body is, by its first bytes (mimesniff.spec.whatwg.org, as far as libsoup's SoupContentSniffer goes).
//!
//! Every pattern is looked for within what is there: a body of no byte, or of blanks only, is one too.

use super::http1::grammar::{is_token, trim};

/// How many bytes of a body are looked at.
pub const SNIFFED: usize = 512;

/// The type of a body that begins with `start`. `declared` is the value of Content-Type, if there is one; `nosniff` says that
/// X-Content-Type-Options forbids to doubt it. Only the type itself: parameters are the caller's to take over.
pub fn sniff(declared: Option<&[u8]>, nosniff: bool, start: &[u8]) -> String {
    let start = start.get(..SNIFFED).unwrap_or(start);
    let Some(declared) = declared.and_then(essence) else {
        return unknown(start, !nosniff).to_owned();
    };
    let sniffed = match &*declared {
        _ if nosniff => None,
        "application/unknown" | "unknown/unknown" | "*/*" => Some(unknown(start, true)),
        "application/xml" | "text/xml" => None,
        declared if declared.ends_with("+xml") => None,
        "text/plain" => Some(text_or_binary(start)),
        "text/html" => Some(feed_or_html(start)),
        declared if declared.starts_with("image/") => matched(IMAGES, start),
        declared if declared.starts_with("audio/") || declared.starts_with("video/") => media(start),
        "application/ogg" => media(start),
        _ => None,
    };
    sniffed.map_or(declared, str::to_owned)
}

/// The type of a Content-Type without its parameters, in lower case; `None` for one that is none.
fn essence(declared: &[u8]) -> Option<String> {
    let end = declared
        .iter()
        .position(|&byte| byte == b';')
        .unwrap_or(declared.len());
    let text = trim(declared.get(..end)?);
    let slash = text.iter().position(|&byte| byte == b'/')?;
    let valid = is_token(text.get(..slash)?) && is_token(text.get(slash + 1..)?);
    valid.then(|| String::from_utf8_lossy(text).to_ascii_lowercase())
}

/// A body without a type (section 7.1).
fn unknown(start: &[u8], scriptable: bool) -> &'static str {
    let scripts = || {
        scriptable
            .then(|| markup(start).or_else(|| matched(SCRIPTABLE, start)))
            .flatten()
    };
    scripts()
        .or_else(|| matched(PLAIN, start))
        .or_else(|| matched(IMAGES, start))
        .or_else(|| media(start))
        .unwrap_or(if is_binary(start) {
            "application/octet-stream"
        } else {
            "text/plain"
        })
}

/// A body that says it is text (section 7.2). Never a type that runs scripts unless it is binary.
fn text_or_binary(start: &[u8]) -> &'static str {
    let has_mark = BYTE_ORDER_MARKS.iter().any(|mark| start.starts_with(mark));
    if has_mark || !is_binary(start) {
        return "text/plain";
    }
    matched(&PLAIN[..1], start)
        .or_else(|| matched(IMAGES, start))
        .or_else(|| media(start))
        .unwrap_or("application/octet-stream")
}

/// A body that says it is HTML may be a feed (section 7.3). What is cut off within the search is HTML.
fn feed_or_html(start: &[u8]) -> &'static str {
    feed(start).unwrap_or("text/html")
}

fn feed(start: &[u8]) -> Option<&'static str> {
    let mut rest = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    loop {
        rest = rest.trim_ascii_start().strip_prefix(b"<")?;
        rest = if let Some(comment) = rest.strip_prefix(b"!--") {
            after(comment, b"-->")?
        } else if let Some(declaration) = rest.strip_prefix(b"!") {
            after(declaration, b">")?
        } else if let Some(instruction) = rest.strip_prefix(b"?") {
            after(instruction, b"?>")?
        } else if rest.starts_with(b"rss") {
            return Some("application/rss+xml");
        } else if rest.starts_with(b"feed") {
            return Some("application/atom+xml");
        } else {
            let names = rest.strip_prefix(b"rdf:RDF")?;
            let both = after(names, b"http://purl.org/rss/1.0/").is_some()
                && after(names, b"http://www.w3.org/1999/02/22-rdf-syntax-ns#").is_some();
            return both.then_some("application/rss+xml");
        };
    }
}

/// What follows `mark`.
fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    text.get(at + mark.len()..)
}

/// HTML and XML, by the tag that they begin with.
fn markup(start: &[u8]) -> Option<&'static str> {
    let text = start.trim_ascii_start();
    let is_tag = |tag: &&str| {
        let Some((name, rest)) = text.split_at_checked(tag.len()) else {
            return false;
        };
        name.eq_ignore_ascii_case(tag.as_bytes()) && matches!(rest.first(), Some(b' ' | b'>'))
    };
    if TAGS.iter().any(is_tag) {
        return Some("text/html");
    }
    // As in libsoup, a byte must follow.
    text.strip_prefix(b"<?xml")
        .is_some_and(|rest| matches!(rest.first(), Some(b' ' | b'>')))
        .then_some("text/xml")
}

/// Sounds and films (section 6.2).
fn media(start: &[u8]) -> Option<&'static str> {
    matched(MEDIA, start).or_else(|| is_mp4(start).then_some("video/mp4"))
}

/// A box `ftyp` whose brands name a form of MP4 (section 6.2.1).
fn is_mp4(start: &[u8]) -> bool {
    let Some(&[a, b, c, d, b'f', b't', b'y', b'p']) = start.first_chunk::<8>() else {
        return false;
    };
    let length = u32::from_be_bytes([a, b, c, d]);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let Some(brands) = start.get(8..length) else {
        return false;
    };
    // The second word is the version, and no brand.
    let words = brands.as_chunks::<4>().0.iter().enumerate();
    length.is_multiple_of(4)
        && words
            .filter(|(index, _)| *index != 1)
            .any(|(_, brand)| brand.starts_with(b"mp4"))
}

/// Bytes that no text has.
fn is_binary(start: &[u8]) -> bool {
    start
        .iter()
        .any(|byte| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
}

/// A pattern: what stands at the front, what stands at an offset, and the type.
type Pattern = (&'static [u8], Option<(usize, &'static [u8])>, &'static str);

fn matched(patterns: &[Pattern], start: &[u8]) -> Option<&'static str> {
    let fits = |(front, inner, _): &&Pattern| {
        start.starts_with(front)
            && inner.is_none_or(|(at, bytes)| start.get(at..).is_some_and(|rest| rest.starts_with(bytes)))
    };
    patterns.iter().find(fits).map(|&(_, _, name)| name)
}

const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf"];

const TAGS: [&str; 17] = [
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
    "<!--",
];

const SCRIPTABLE: &[Pattern] = &[(b"%PDF-", None, "application/pdf")];

const PLAIN: &[Pattern] = &[
    (b"%!PS-Adobe-", None, "application/postscript"),
    (b"\xfe\xff", None, "text/plain"),
    (b"\xff\xfe", None, "text/plain"),
    (b"\xef\xbb\xbf", None, "text/plain"),
];

const IMAGES: &[Pattern] = &[
    (b"\0\0\x01\0", None, "image/x-icon"),
    (b"\0\0\x02\0", None, "image/x-icon"),
    (b"BM", None, "image/bmp"),
    (b"GIF87a", None, "image/gif"),
    (b"GIF89a", None, "image/gif"),
    (b"RIFF", Some((8, b"WEBPVP")), "image/webp"),
    (b"\x89PNG\r\n\x1a\n", None, "image/png"),
    (b"\xff\xd8\xff", None, "image/jpeg"),
];

const MEDIA: &[Pattern] = &[
    (b"\x1a\x45\xdf\xa3", None, "video/webm"),
    (b".snd", None, "audio/basic"),
    (b"FORM", Some((8, b"AIFF")), "audio/aiff"),
    (b"ID3", None, "audio/mpeg"),
    (b"OggS\0", None, "application/ogg"),
    (b"MThd\0\0\0\x06", None, "audio/midi"),
    (b"RIFF", Some((8, b"AVI ")), "video/avi"),
    (b"RIFF", Some((8, b"WAVE")), "audio/wave"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(declared: &str, start: &[u8]) -> String {
        let declared = (!declared.is_empty()).then_some(declared.as_bytes());
        sniff(declared, false, start)
    }

    #[test]
    fn bodies_without_a_type() {
        for (start, wanted) in [
            (&b""[..], "text/plain"),
            (b"<", "text/plain"),
            (b"<html>", "text/html"),
            (b"<HTML ", "text/html"),
            (b"<html", "text/plain"),
            (b"  \n<!DOCTYPE html>", "text/html"),
            (b"<!doctype html", "text/plain"),
            (b"<!-- ", "text/html"),
            (b"<!--", "text/plain"),
            (b"<bx>", "text/plain"),
            (b"<b>", "text/html"),
            (b"<?xml", "text/plain"),
            (b" <?xml version", "text/xml"),
            (b"%PDF-", "application/pdf"),
            (b"%!PS-Adobe-", "application/postscript"),
            (b"\xfe\xff\0x", "text/plain"),
            (b"\xef\xbb\xbf", "text/plain"),
            (b"GIF87a", "image/gif"),
            (b"GIF89", "text/plain"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"\xff\xd8\xff", "image/jpeg"),
            (b"BM", "image/bmp"),
            (b"RIFFxxxxWEBPVP", "image/webp"),
            (b"RIFFxxxxWAVE", "audio/wave"),
            (b"\0\0\x01\0", "image/x-icon"),
            (b"\x1a\x45\xdf\xa3", "video/webm"),
            (b"OggS\0", "application/ogg"),
            (b"OggS", "text/plain"),
            (b"MThd\0\0\0\x06", "audio/midi"),
            (b"ID3", "audio/mpeg"),
            (b".snd", "audio/basic"),
            (b"FORMxxxxAIFF", "audio/aiff"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4"),
            (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", "video/mp4"),
            (b"\0\0\0\x18ftypqt  \0\0\0\0qt  qt  ", "application/octet-stream"),
            (b"\0\0\0\x10ftypisommp42", "application/octet-stream"),
            (b"PK\x03\x04", "application/octet-stream"),
            (b"hello", "text/plain"),
            (b"hel\x1blo", "text/plain"),
            (b"\x0b", "application/octet-stream"),
            (b"\x80", "text/plain"),
        ] {
            assert_eq!(sniffed("", start), wanted, "{}", start.escape_ascii());
        }
    }

    #[test]
    fn bodies_with_a_type() {
        for (declared, start, wanted) in [
            ("text/plain", &b"hel\0lo"[..], "application/octet-stream"),
            ("text/plain; charset=UTF-8", b"he\0", "application/octet-stream"),
            ("text/plain", b"", "text/plain"),
            ("text/plain", b"\xfe\xff\0\x01", "text/plain"),
            ("text/plain", b"GIF89a\0", "image/gif"),
            ("text/plain", b"%!PS-Adobe-\0", "application/postscript"),
            ("text/plain", b"<html>", "text/plain"),
            ("text/html", b"<rss", "application/rss+xml"),
            ("TEXT/HTML", b"<rss>", "application/rss+xml"),
            ("text/html", b"<feed", "application/atom+xml"),
            ("text/html", b" \n<!-- c --><rss>", "application/rss+xml"),
            (
                "text/html",
                b"<?xml version=\"1.0\"?><rss version",
                "application/rss+xml",
            ),
            ("text/html", b"<!DOCTYPE x><feed ", "application/atom+xml"),
            ("text/html", b"\xef\xbb\xbf<rss>", "application/rss+xml"),
            ("text/html", b"<html><rss>", "text/html"),
            ("text/html", b"plain", "text/html"),
            ("image/png", b"GIF89a", "image/gif"),
            ("image/png", b"<html>", "image/png"),
            ("image/svg+xml", b"GIF89a", "image/svg+xml"),
            ("audio/mpeg", b"OggS\0", "application/ogg"),
            ("video/mp4", b"\x1a\x45\xdf\xa3", "video/webm"),
            ("application/ogg", b"MThd\0\0\0\x06", "audio/midi"),
            ("application/xml", b"<html>", "application/xml"),
            ("application/octet-stream", b"GIF89a", "application/octet-stream"),
            ("application/unknown", b"<html>", "text/html"),
            ("unknown/unknown", b"GIF89a", "image/gif"),
            ("*/*", b"<html>", "text/html"),
            ("foo", b"<html>", "text/html"),
            ("text/css", b"<html>", "text/css"),
        ] {
            assert_eq!(
                sniffed(declared, start),
                wanted,
                "{declared} {}",
                start.escape_ascii()
            );
        }
    }

    #[test]
    fn a_script_is_not_made_of_text() {
        assert_eq!(sniffed("text/plain", b"<html>\0"), "application/octet-stream");
        assert_eq!(sniffed("text/plain", b"%PDF-\0"), "application/octet-stream");
    }

    #[test]
    fn nosniff() {
        assert_eq!(sniff(Some(b"text/plain"), true, b"GIF89a\0"), "text/plain");
        assert_eq!(sniff(Some(b"text/html"), true, b"<rss>"), "text/html");
        assert_eq!(sniff(None, true, b"<html>"), "text/plain");
        assert_eq!(sniff(None, true, b"GIF89a"), "image/gif");
    }

    #[test]
    fn cve_2025_2784_32052_and_32053_bodies_of_blanks_and_cut_feeds() {
        let whole = b"\xef\xbb\xbf \n<!-- c --><?xml v?><!D x><rdf:RDF a=\"http://purl.org/rss/1.0/\" \
            b=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">";
        for length in 0..whole.len() - 2 {
            assert_eq!(sniffed("text/html", &whole[..length]), "text/html", "{length}");
        }
        assert_eq!(sniffed("text/html", whole), "application/rss+xml");
        for start in [
            &b" "[..],
            b"\n\n\n",
            &[b' '; SNIFFED],
            b"  <",
            b"<!",
            b"<!-",
            b"<!--",
            b"<!--->",
            b"<?",
            b"<?>",
        ] {
            assert_eq!(sniffed("", start), "text/plain", "{}", start.escape_ascii());
            assert_eq!(
                sniffed("text/html", start),
                "text/html",
                "{}",
                start.escape_ascii()
            );
        }
    }

    #[test]
    fn cve_2025_32909_and_2026_2369_bodies_of_less_than_four_bytes() {
        let mp4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
        for length in 0..mp4.len() {
            let _ = sniffed("video/mp4", &mp4[..length]);
            assert_ne!(sniffed("", &mp4[..length]), "video/mp4", "{length}");
        }
        for bytes in [
            &b"\0\0\0\0ftypmp42"[..],
            b"\0\0\0\x04ftypmp42",
            b"\xff\xff\xff\xffftypmp42",
        ] {
            assert_eq!(sniffed("video/x", bytes), "video/x");
        }
        for declared in ["", "text/plain", "text/html", "image/x", "video/x", "*/*"] {
            let _ = sniffed(declared, b"");
        }
    }

    #[test]
    fn only_the_front_counts() {
        let at = |blanks: usize| sniffed("", &[&vec![b' '; blanks][..], b"<html>"].concat());
        assert_eq!(at(506), "text/html");
        assert_eq!(at(507), "text/plain");
    }

    proptest::proptest! {
        #[test]
        fn anything_is_sniffed(declared: Vec<u8>, start: Vec<u8>) {
            let _ = sniff(Some(&declared), false, &start);
            for declared in ["text/html", "text/plain", "video/x", "*/*"] {
                let _ = sniff(Some(declared.as_bytes()), false, &start);
            }
        }
    }
}
