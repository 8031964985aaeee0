//! Values of header fields: lists, parameters, ranges, dates, URIs. What is understood means the same when it is written again.

use bisque::proto::http1::date::{self, Date, Format};
use bisque::proto::http1::headers::{HeaderList, Kind};
use bisque::proto::http1::params::{self, Separator};
use bisque::proto::http1::target::Target;
use bisque::proto::http1::{data_uri, grammar, ranges};

/// One value, read in every way that a header may be read.
pub fn header_fields(bytes: &[u8]) {
    list(bytes);
    for separator in [Separator::Comma, Separator::Semicolon] {
        parameters(bytes, separator);
    }
    for total in [None, Some(0), Some(1), Some(1000), Some(i64::MAX)] {
        range(bytes, total);
    }
    if let Some(content) = ranges::parse_content_range(bytes) {
        let written = ranges::write_content_range(content);
        assert_eq!(ranges::parse_content_range(written.as_bytes()), Some(content));
    }
    header_list(bytes);
}

/// A date, and the same instant in both forms.
pub fn dates(bytes: &[u8]) {
    let Some(date) = Date::parse(bytes) else { return };
    let unix = date.to_unix();
    for format in [Format::Http, Format::Cookie] {
        let written = date::write(unix, format);
        // A zone may lead out of the years that a date can say.
        if let Some(again) = Date::parse(written.as_bytes()) {
            assert_eq!(again.to_unix(), unix, "{written}");
        } else {
            assert!(!(FIRST_YEAR..LAST_YEAR).contains(&unix), "{written}");
        }
    }
}

/// A request's target, and a `data:` URI.
pub fn uris(bytes: &[u8]) {
    if let Some(found) = data_uri::parse(bytes) {
        assert!(!found.content_type.contains(char::is_control));
    }
    _ = params::percent_decode(bytes).map(|decoded| assert!(decoded.len() <= bytes.len()));
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for method in ["GET", "CONNECT"] {
        for raw in [true, false] {
            let Ok(target) = Target::parse(method, text, "http", "example.org", raw) else {
                continue;
            };
            assert!(!target.host.is_empty() && !target.path.contains(&0));
            assert!(!target.path.windows(4).any(|four| four == b"/../"));
            if target.encoded_path == "*" {
                continue;
            }
            let again = Target::parse("GET", &target.to_text("http"), "http", "other.example", raw);
            assert_eq!(again.as_ref(), Ok(&target), "{text:?}");
        }
    }
    // Nor may Host say what a target may not.
    _ = Target::parse("GET", "/", "http", text, false).map(|target| assert!(!target.host.contains('/')));
}

fn list(bytes: &[u8]) {
    let elements: Vec<&[u8]> = grammar::list(bytes).collect();
    assert!(
        elements
            .iter()
            .all(|element| !element.is_empty() && grammar::trim(element) == *element)
    );
    let joined = elements.join(&b", "[..]);
    assert!(grammar::list(&joined).eq(elements.iter().copied()));
    let sorted = grammar::quality_list(bytes);
    assert_eq!(
        sorted.acceptable.len() + sorted.unacceptable.len(),
        elements.len()
    );
    for element in &elements {
        assert!(grammar::contains(bytes, element) && grammar::contains_case_sensitive(bytes, element));
    }
}

fn parameters(bytes: &[u8], separator: Separator) {
    let found = params::parse(bytes, separator);
    if let Some(strict) = params::parse_strict(bytes, separator) {
        assert_eq!(strict, found);
    }
    for param in &found {
        if let Some(value) = &param.value {
            assert!(
                value.len() <= bytes.len() * 3,
                "a Latin-1 byte becomes two, a bad one three"
            );
        }
    }
}

fn range(bytes: &[u8], total: Option<i64>) {
    let Some(found) = ranges::parse(bytes, total) else {
        return;
    };
    match total {
        None => assert_eq!(ranges::parse(ranges::write(&found).as_bytes(), None), Some(found)),
        Some(total) => {
            let good = ranges::satisfiable(&found, total);
            assert!(
                good.iter()
                    .all(|range| 0 <= range.first && range.first <= range.last && range.last < total)
            );
            assert!(good.is_sorted() && good.windows(2).all(|two| two[0].last < two[1].first));
        }
    }
}

/// The first line is a name, the rest a value: what a list takes, it gives back.
fn header_list(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |&byte| byte == b':');
    let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut list = HeaderList::new(Kind::Request);
    let Ok(()) = list.append(name, value) else { return };
    let field = &list.fields()[0];
    assert_eq!(
        (field.name_c().to_bytes(), field.value_c().to_bytes()),
        (name, value)
    );
    assert_eq!(list.one(field.name()), Some(value));
    assert!(list.remove(&String::from_utf8_lossy(name).to_ascii_uppercase()) && list.is_empty());
}

/// The second years that a date can say, from both ends: zones are less than a day.
const FIRST_YEAR: i64 = -62_135_596_800 + 86_400;
const LAST_YEAR: i64 = 253_402_300_800 - 86_400;
