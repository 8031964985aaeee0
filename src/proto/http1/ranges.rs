//! Range and Content-Range: parts of a body, counted in bytes (RFC 9110, section 14).

use super::grammar::{list, trim};
use crate::proto::limits;

/// A part of a body, from its first to its last byte.
///
/// While the length of the body is not known, a negative `first` counts from the end (and `last` is -1), and a
/// `last` of -1 is the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The first byte.
    pub first: i64,
    /// The last byte.
    pub last: i64,
}

/// What a Content-Range says: the part, and the length of the whole where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The part that the body holds.
    pub range: Range,
    /// The length of the whole.
    pub total: Option<i64>,
}

/// The ranges that a Range header asks for; `None` for one that is to be ignored.
///
/// With a `total`, open ends are closed, and the ranges are sorted, those that overlap as one (CVE-2025-32907); a
/// range may still lie beyond the end: see `satisfiable`.
pub fn parse(header: &[u8], total: Option<i64>) -> Option<Vec<Range>> {
    let (unit, set) = split_once(header, b'=')?;
    if !trim(unit).eq_ignore_ascii_case(b"bytes") {
        return None;
    }
    let mut ranges = Vec::new();
    for (count, spec) in list(set).enumerate() {
        if count >= limits::RANGE_COUNT {
            return None;
        }
        ranges.extend(self::spec(spec, total)?);
    }
    if total.is_some() {
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let overlaps = next.first <= kept.last;
            if overlaps {
                kept.last = kept.last.max(next.last);
            }
            overlaps
        });
    }
    (!ranges.is_empty()).then_some(ranges)
}

/// The ranges cut to a body of `total` bytes; those beyond its end are left out (CVE-2026-2443).
pub fn satisfiable(ranges: &[Range], total: i64) -> Vec<Range> {
    let cut = |range: &Range| Range {
        first: range.first.max(0),
        last: range.last.min(total.saturating_sub(1)),
    };
    ranges
        .iter()
        .map(cut)
        .filter(|range| range.first <= range.last)
        .collect()
}

/// How a server answers a Range header for a body of `total` bytes (RFC 9110, section 14.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200, with all of it: there is no valid range.
    Whole,
    /// 206 with one part, which Content-Range names.
    One(Range),
    /// 206 with a multipart/byteranges body.
    Several(Vec<Range>),
    /// 416, with the Content-Range that [`write_unsatisfied`] makes.
    Unsatisfiable,
}

/// Decides how a Range header is answered. Ranges that overlap are one, and none goes beyond the end, so that the answer is never much
/// longer than the body.
pub fn answer(header: &[u8], total: i64) -> Answer {
    let Some(ranges) = parse(header, Some(total)) else {
        return Answer::Whole;
    };
    match &*satisfiable(&ranges, total) {
        [] => Answer::Unsatisfiable,
        [one] => Answer::One(*one),
        several => Answer::Several(several.to_vec()),
    }
}

/// The Content-Range of a 416 for a body of `total` bytes.
pub fn write_unsatisfied(total: i64) -> String {
    format!("bytes */{total}")
}

/// One range; `Some(None)` for the last 0 bytes, which is a range of nothing.
fn spec(spec: &[u8], total: Option<i64>) -> Option<Option<Range>> {
    let (first, last) = split_once(spec, b'-')?;
    if first.is_empty() {
        let length = decimal(last)?;
        let range = match total {
            _ if length == 0 => return Some(None),
            // More than there is means all of it (CVE-2026-12549).
            Some(total) => Range {
                first: total.saturating_sub(length).max(0),
                last: total.saturating_sub(1),
            },
            None => Range {
                first: -length,
                last: -1,
            },
        };
        return Some(Some(range));
    }
    let first = decimal(first)?;
    if last.is_empty() {
        // An open range that begins beyond the end stays one byte long, so that it is not mistaken for one.
        let last = total.map_or(-1, |total| total.saturating_sub(1).max(first));
        return Some(Some(Range { first, last }));
    }
    let last = decimal(last)?;
    (first <= last).then_some(Some(Range { first, last }))
}

/// What a Content-Range says; `None` for one that is invalid or says only that a range cannot be had.
pub fn parse_content_range(header: &[u8]) -> Option<ContentRange> {
    let header = trim(header);
    let (unit, rest) = split_once(header, b' ')?;
    if !unit.eq_ignore_ascii_case(b"bytes") {
        return None;
    }
    let (range, total) = split_once(trim(rest), b'/')?;
    let (first, last) = split_once(range, b'-')?;
    let range = Range {
        first: decimal(first)?,
        last: decimal(last)?,
    };
    let total = match total {
        b"*" => None,
        total => Some(decimal(total)?),
    };
    let valid = range.first <= range.last && total.is_none_or(|total| range.last < total);
    valid.then_some(ContentRange { range, total })
}

/// The value of a Range header that asks for these ranges, in the shape that a range has while the length is not
/// known.
pub fn write(ranges: &[Range]) -> String {
    let specs: Vec<String> = ranges
        .iter()
        .map(|range| match range {
            Range { first, last: -1 } if *first >= 0 => format!("{first}-"),
            Range { first, last: -1 } => format!("{first}"),
            Range { first, last } => format!("{first}-{last}"),
        })
        .collect();
    format!("bytes={}", specs.join(","))
}

/// The value of a Content-Range header.
pub fn write_content_range(content: ContentRange) -> String {
    let Range { first, last } = content.range;
    match content.total {
        Some(total) => format!("bytes {first}-{last}/{total}"),
        None => format!("bytes {first}-{last}/*"),
    }
}

fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Digits and nothing else, no more than a signed 64-bit number holds.
fn decimal(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    digits.iter().try_fold(0i64, |value, digit| {
        value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(header: &str, total: Option<i64>) -> Option<Vec<(i64, i64)>> {
        let ranges = parse(header.as_bytes(), total)?;
        Some(ranges.iter().map(|range| (range.first, range.last)).collect())
    }

    #[test]
    fn ranges() {
        for (header, closed, open) in [
            ("bytes=0-49", Some(vec![(0, 49)]), Some(vec![(0, 49)])),
            ("bytes=50-", Some(vec![(50, 99)]), Some(vec![(50, -1)])),
            ("bytes=-10", Some(vec![(90, 99)]), Some(vec![(-10, -1)])),
            (
                "bytes= 0-1, 5-6 ,",
                Some(vec![(0, 1), (5, 6)]),
                Some(vec![(0, 1), (5, 6)]),
            ),
            (
                "bytes=30-40,0-10",
                Some(vec![(0, 10), (30, 40)]),
                Some(vec![(30, 40), (0, 10)]),
            ),
            (
                "bytes=10-20,15-30",
                Some(vec![(10, 30)]),
                Some(vec![(10, 20), (15, 30)]),
            ),
            (
                "bytes=10-20,21-30",
                Some(vec![(10, 20), (21, 30)]),
                Some(vec![(10, 20), (21, 30)]),
            ),
            ("bytes=200-300", Some(vec![(200, 300)]), Some(vec![(200, 300)])),
            ("bytes=20-10", None, None),
            ("bytes=-0", None, None),
            ("items=0-1", None, None),
            ("bytes=", None, None),
            ("bytes=-", None, None),
            ("bytes=1", None, None),
            ("bytes=--5", None, None),
            ("bytes=+1-2", None, None),
            ("bytes=0-1;x", None, None),
            ("bytes=0-99999999999999999999", None, None),
            ("bytes=-99999999999999999999", None, None),
        ] {
            assert_eq!(parsed(header, Some(100)), closed, "{header}");
            assert_eq!(parsed(header, None), open, "{header}");
        }
    }

    #[test]
    fn cve_2025_32907_many_identical_ranges() {
        let header = format!("bytes={}", vec!["0-5"; limits::RANGE_COUNT].join(","));
        assert_eq!(parsed(&header, Some(100)), Some(vec![(0, 5)]));
        let header = format!("bytes={}", vec!["0-5"; limits::RANGE_COUNT + 1].join(","));
        assert_eq!(parsed(&header, Some(100)), None);
    }

    #[test]
    fn cve_2026_2443_ranges_beyond_the_end() {
        let cut = |header: &str, total| {
            let ranges = parse(header.as_bytes(), Some(total)).unwrap_or_default();
            satisfiable(&ranges, total)
                .iter()
                .map(|range| (range.first, range.last))
                .collect::<Vec<_>>()
        };
        assert_eq!(cut("bytes=0-200", 100), [(0, 99)]);
        assert_eq!(cut("bytes=100-", 100), []);
        assert_eq!(cut("bytes=100-200,99-", 100), [(99, 99)]);
        assert_eq!(cut("bytes=0-0", 0), []);
        assert_eq!(cut("bytes=9223372036854775807-", 100), []);
        assert_eq!(cut("bytes=0-9223372036854775807", 100), [(0, 99)]);
    }

    #[test]
    fn cve_2026_12549_suffix_longer_than_the_body() {
        assert_eq!(parsed("bytes=-101", Some(100)), Some(vec![(0, 99)]));
        assert_eq!(
            parsed("bytes=-9223372036854775807", Some(100)),
            Some(vec![(0, 99)])
        );
        assert_eq!(
            satisfiable(&parse(b"bytes=-5", Some(0)).unwrap_or_default(), 0),
            []
        );
    }

    #[test]
    fn answers() {
        let range = |first, last| Range { first, last };
        for (header, total, wanted) in [
            ("bytes=0-4", 10, Answer::One(range(0, 4))),
            ("bytes=0-", 10, Answer::One(range(0, 9))),
            ("bytes=-3", 10, Answer::One(range(7, 9))),
            ("bytes=-30", 10, Answer::One(range(0, 9))),
            (
                "bytes=0-1,5-6",
                10,
                Answer::Several(vec![range(0, 1), range(5, 6)]),
            ),
            ("bytes=0-1,1-6", 10, Answer::One(range(0, 6))),
            ("bytes=0-1,50-60", 10, Answer::One(range(0, 1))),
            ("bytes=50-60", 10, Answer::Unsatisfiable),
            ("bytes=0-", 0, Answer::Unsatisfiable),
            ("bytes=-5", 0, Answer::Unsatisfiable),
            ("bytes=x", 10, Answer::Whole),
            ("items=0-1", 10, Answer::Whole),
            ("", 10, Answer::Whole),
        ] {
            assert_eq!(answer(header.as_bytes(), total), wanted, "{header} of {total}");
        }
        assert_eq!(write_unsatisfied(10), "bytes */10");
    }

    #[test]
    fn content_ranges() {
        let parsed = |header: &str| {
            let content = parse_content_range(header.as_bytes())?;
            Some((content.range.first, content.range.last, content.total))
        };
        assert_eq!(parsed("bytes 0-49/100"), Some((0, 49, Some(100))));
        assert_eq!(parsed("bytes 0-49/*"), Some((0, 49, None)));
        for bad in [
            "bytes */100",
            "items 0-4/10",
            "bytes 5-2/10",
            "bytes 0-49",
            "bytes 0-100/50",
            "bytes 0-1/",
            "bytes 0-1/2x",
            "bytes -1-2/3",
            "bytes 99999999999999999999-1/2",
            "",
            "bytes=0-1/2",
            "bytes 0 - 1/2",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn written_as_parsed() {
        for header in ["bytes=0-49", "bytes=5-", "bytes=-7", "bytes=1-2,5-,-7"] {
            assert_eq!(write(&parse(header.as_bytes(), None).unwrap_or_default()), header);
        }
        let content = ContentRange {
            range: Range { first: 1, last: 2 },
            total: None,
        };
        assert_eq!(write_content_range(content), "bytes 1-2/*");
    }
}
