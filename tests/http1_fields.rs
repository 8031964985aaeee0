//! Header lists and header values under arbitrary input: no panic, no loss, and what is written is read back.

use bisque::proto::http1::date::{Date, Format, write};
use bisque::proto::http1::grammar::{is_token, list, quality_list, trim};
use bisque::proto::http1::headers::{HeaderList, Kind, Refused};
use bisque::proto::http1::params::{Separator, append_param, append_param_quoted, parse, parse_strict};
use bisque::proto::http1::{data_uri, ranges};
use proptest::prelude::*;

/// Bytes that mean something in headers, more often than others.
fn header_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => prop::sample::select(&b" \t,;=\"\\*'%/-:q0159abcGMT+.&\r\n\0"[..]),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..80)
}

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'+.^_`|~0-9A-Za-z-]{1,12}"
}

#[derive(Clone, Debug)]
enum Change {
    Append(String, Vec<u8>),
    Replace(String, Vec<u8>),
    Remove(String),
}

fn change() -> impl Strategy<Value = Change> {
    let name = prop::sample::select(vec![
        "Host", "host", "X-A", "x-a", "X-AB", "Cookie", "bad name", "",
    ]);
    let name = name.prop_map(str::to_owned);
    prop_oneof![
        4 => (name.clone(), header_bytes()).prop_map(|(name, value)| Change::Append(name, value)),
        2 => (name.clone(), header_bytes()).prop_map(|(name, value)| Change::Replace(name, value)),
        1 => name.prop_map(Change::Remove),
    ]
}

/// What a list is to be after a change, said in the simplest way.
fn apply(model: &mut Vec<(String, Vec<u8>)>, kind: Kind, change: &Change) -> Result<(), Refused> {
    let of = |name: &str| {
        let name = name.to_owned();
        move |(other, _): &(String, Vec<u8>)| other.eq_ignore_ascii_case(&name)
    };
    let check = |name: &str, value: &[u8]| {
        if !is_token(name.as_bytes()) {
            Err(Refused::Name)
        } else if value.iter().any(|byte| b"\r\n\0".contains(byte)) {
            Err(Refused::Value)
        } else {
            Ok(())
        }
    };
    match change {
        Change::Append(name, value) => {
            check(name, value)?;
            let host = name.eq_ignore_ascii_case("host") && model.iter().any(of("host"));
            if kind == Kind::Request && host {
                return Err(Refused::SecondHost);
            }
            model.push((name.clone(), value.clone()));
        }
        Change::Replace(name, value) => {
            check(name, value)?;
            let is = of(name);
            model.retain(|field| !is(field));
            model.push((name.clone(), value.clone()));
        }
        Change::Remove(name) => {
            let is = of(name);
            model.retain(|field| !is(field));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_header_list_is_what_a_simple_one_is(
        kind in prop::sample::select(vec![Kind::Request, Kind::Response, Kind::Multipart]),
        changes in prop::collection::vec(change(), 0..40),
    ) {
        let mut model = Vec::new();
        let mut headers = HeaderList::new(kind);
        for change in &changes {
            let expected = apply(&mut model, kind, change);
            let found = match change {
                Change::Append(name, value) => headers.append(name, value),
                Change::Replace(name, value) => headers.replace(name, value),
                Change::Remove(name) => {
                    headers.remove(name);
                    Ok(())
                }
            };
            prop_assert_eq!(found, expected);
        }
        let all: Vec<_> = headers.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
        prop_assert_eq!(&all, &model);
        for (name, _) in &model {
            let values: Vec<&[u8]> =
                model.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..]).collect();
            prop_assert_eq!(headers.one(name), values.last().copied());
            let joined = values.join(&b", "[..]);
            let found = headers.list(name);
            prop_assert_eq!(found.as_deref(), Some(&joined[..]));
        }
        for field in headers.fields() {
            prop_assert_eq!(field.name_c().to_bytes(), field.name().as_bytes());
            prop_assert_eq!(field.value_c().to_bytes(), field.value());
        }
    }

    #[test]
    fn elements_are_trimmed_and_are_their_own_list(header in header_bytes()) {
        for element in list(&header) {
            prop_assert!(!element.is_empty() && trim(element) == element);
            // Only an unfinished escape or string swallows what follows it; alone, each element is one.
            prop_assert_eq!(list(element).collect::<Vec<_>>(), vec![element]);
        }
        let sorted = quality_list(&header);
        prop_assert_eq!(sorted.acceptable.len() + sorted.unacceptable.len(), list(&header).count());
    }

    #[test]
    fn parameters_of_anything(header in header_bytes(), semicolon: bool) {
        let separator = if semicolon { Separator::Semicolon } else { Separator::Comma };
        let params = parse(&header, separator);
        for (index, param) in params.iter().enumerate() {
            prop_assert!(!param.name.is_empty());
            let same = params.iter().skip(index + 1).any(|other| other.name.eq_ignore_ascii_case(param.name));
            prop_assert!(!same, "{:?} comes twice", param.name);
        }
        if let Some(strict) = parse_strict(&header, separator) {
            prop_assert_eq!(strict, params);
        }
    }

    #[test]
    fn parameters_are_read_as_they_were_written(
        params in prop::collection::vec((token(), prop::option::of("[^\0]{0,20}")), 1..6),
        quoted: bool,
    ) {
        let mut header = Vec::new();
        for (name, value) in &params {
            if !header.is_empty() {
                header.extend_from_slice(b"; ");
            }
            match value {
                Some(value) if quoted => append_param_quoted(&mut header, name.as_bytes(), value.as_bytes()),
                value => append_param(&mut header, name.as_bytes(), value.as_deref().map(str::as_bytes)),
            }
        }
        let read = parse(&header, Separator::Semicolon);
        for param in &read {
            let name = String::from_utf8_lossy(param.name).into_owned();
            let written: Vec<_> = params.iter().filter(|(other, _)| other.eq_ignore_ascii_case(&name)).collect();
            let value = param.value.as_deref().map(String::from_utf8_lossy);
            prop_assert!(written.iter().any(|(_, other)| other.as_deref() == value.as_deref()), "{name}: {value:?}");
        }
        let mut names: Vec<_> = params.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(read.len(), names.len());
    }

    #[test]
    fn ranges_lie_within_the_body(specs in header_bytes(), total in 0..1000i64) {
        let header = [b"bytes=", &specs[..]].concat();
        for range in ranges::parse(&header, None).unwrap_or_default() {
            prop_assert!(range.last == -1 || (0..=range.last).contains(&range.first));
        }
        let found = ranges::parse(&header, Some(total)).unwrap_or_default();
        prop_assert!(found.windows(2).all(|pair| pair[0].last < pair[1].first));
        for range in ranges::satisfiable(&found, total) {
            prop_assert!(0 <= range.first && range.first <= range.last && range.last < total);
        }
        let _ = ranges::parse_content_range(&[b"bytes ", &specs[..]].concat());
    }

    #[test]
    fn a_date_is_read_as_it_was_written(unix in -62_135_596_800i64..=253_402_300_799, cookie: bool) {
        let format = if cookie { Format::Cookie } else { Format::Http };
        let text = write(unix, format);
        prop_assert_eq!(Date::parse(text.as_bytes()).map(Date::to_unix), Some(unix), "{}", text);
    }

    #[test]
    fn any_bytes_are_a_date_and_a_data_uri_or_none(bytes in header_bytes()) {
        let _ = Date::parse(&bytes);
        let _ = Date::parse(&[b"Sun, 06 Nov 1994 ", &bytes[..]].concat());
        let _ = Date::parse(&[b"Sun, 06 Nov 1994 08:49:37 ", &bytes[..]].concat()).map(Date::to_unix);
        if let Some(found) = data_uri::parse(&[b"data:", &bytes[..]].concat()) {
            prop_assert!(!found.content_type.contains(char::is_control));
        }
    }
}
