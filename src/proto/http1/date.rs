//! Dates in headers: the three forms of RFC 9110, section 5.6.7, and the dates of cookies (RFC 6265, section 4.1.1).

/// A date as a header gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31, and no more than the month has.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Minutes east of Greenwich, less than a day.
    pub offset: i16,
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    Http,
    /// `Sun, 06-Nov-1994 08:49:37 GMT`
    Cookie,
}

impl Date {
    /// Reads a date in any of the usual forms. The name of the weekday does not count; what follows the time zone
    /// does not either.
    pub fn parse(text: &[u8]) -> Option<Date> {
        let text = text.trim_ascii();
        let day_name = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (name, rest) = text.split_at_checked(day_name)?;
        match rest {
            [b',', rest @ ..] if !name.is_empty() => Date::day_first(rest),
            [b' ', rest @ ..] if !name.is_empty() => match rest.trim_ascii_start().first() {
                Some(byte) if byte.is_ascii_digit() => Date::day_first(rest),
                _ => Date::month_first(rest),
            },
            _ if name.is_empty() => Date::day_first(rest),
            _ => None,
        }
    }

    /// `06 Nov 1994 08:49:37 GMT`, or with hyphens for the first two blanks; or with any number of them, as libsoup reads it.
    fn day_first(text: &[u8]) -> Option<Date> {
        let mut cursor = Cursor { rest: text };
        cursor.blanks();
        let day = cursor.number(2)?;
        cursor.separators();
        let month = cursor.month()?;
        cursor.separators();
        let year = cursor.year()?;
        let (hour, minute, second) = cursor.time()?;
        let offset = cursor.zone();
        Date::checked(year, month, day, hour, minute, second, offset)
    }

    /// `Nov  6 08:49:37 1994`: what C's asctime() makes.
    fn month_first(text: &[u8]) -> Option<Date> {
        let mut cursor = Cursor { rest: text };
        cursor.blanks();
        let month = cursor.month()?;
        cursor.blanks();
        let day = cursor.number(2)?;
        let (hour, minute, second) = cursor.time()?;
        cursor.blanks();
        let year = cursor.year()?;
        Date::checked(year, month, day, hour, minute, second, 0)
    }

    fn checked(
        year: u16,
        month: u8,
        day: u16,
        hour: u16,
        minute: u16,
        second: u16,
        offset: i16,
    ) -> Option<Date> {
        let valid = (1..=9999).contains(&year)
            && (1..=days_in(year, month)).contains(&day)
            && hour <= 23
            && minute <= 59
            && second <= 59;
        let small = |value: u16| u8::try_from(value).ok();
        valid.then_some(Date {
            year,
            month,
            day: small(day)?,
            hour: small(hour)?,
            minute: small(minute)?,
            second: small(second)?,
            offset,
        })
    }

    /// The seconds since 1970-01-01 00:00:00 UTC.
    pub fn to_unix(self) -> i64 {
        let days = days_from_epoch(i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let minutes = i64::from(self.hour) * 60 + i64::from(self.minute) - i64::from(self.offset);
        days * 86_400 + minutes * 60 + i64::from(self.second)
    }
}

/// The last second of the year 9999, which is the last that a date can say.
pub const LAST: i64 = 253_402_300_799;

/// Writes the time that is `unix` seconds after 1970-01-01 00:00:00 UTC.
pub fn write(unix: i64, format: Format) -> String {
    let days = unix.div_euclid(86_400);
    let seconds = unix.rem_euclid(86_400);
    let (year, month, day) = civil(days);
    let weekday = name(&WEEKDAYS, (days + 4).rem_euclid(7));
    let month = name(&MONTHS, month - 1);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match format {
        Format::Http => {
            format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
        }
        Format::Cookie => {
            format!("{weekday}, {day:02}-{month}-{year:04} {hour:02}:{minute:02}:{second:02} GMT")
        }
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn separators(&mut self) {
        let count = self
            .rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'-'))
            .count();
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        bytes.contains(first).then(|| self.rest = rest)
    }

    /// At least one digit, and `most` at the most (of which no more than four fit).
    fn number(&mut self, most: usize) -> Option<u16> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > most {
            return None;
        }
        let (digits, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        digits.iter().try_fold(0u16, |value, digit| {
            value.checked_mul(10)?.checked_add(u16::from(digit - b'0'))
        })
    }

    /// Two digits count from 1970 to 2069; three, which old systems wrote after 1999, from 1900.
    fn year(&mut self) -> Option<u16> {
        let before = self.rest.len();
        let year = self.number(4)?;
        match before - self.rest.len() {
            4 => Some(year),
            3 => Some(1900 + year),
            2 if year < 70 => Some(2000 + year),
            2 => Some(1900 + year),
            _ => None,
        }
    }

    fn month(&mut self) -> Option<u8> {
        let (word, rest) = self.rest.split_at_checked(3)?;
        let index = MONTHS
            .iter()
            .position(|month| month.as_bytes().eq_ignore_ascii_case(word))?;
        self.rest = rest;
        u8::try_from(index + 1).ok()
    }

    fn time(&mut self) -> Option<(u16, u16, u16)> {
        self.one_of(b" ")?;
        self.blanks();
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        self.one_of(b":")?;
        Some((hour, minute, self.number(2)?))
    }

    /// The time zone in minutes east of Greenwich; 0 for one that is missing, unknown or out of range
    /// (CVE-2025-4945, CVE-2025-11021).
    fn zone(&mut self) -> i16 {
        self.blanks();
        match self.rest {
            [sign @ (b'+' | b'-'), digits @ ..] => {
                let sign = if *sign == b'-' { -1 } else { 1 };
                let mut digits = Cursor { rest: digits };
                let value = digits.number(4).and_then(|value| i16::try_from(value).ok());
                match value.map(|value| (value / 100, value % 100)) {
                    Some((hours @ 0..=23, minutes @ 0..=59)) => sign * (hours * 60 + minutes),
                    _ => 0,
                }
            }
            word => {
                let length = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                let word = word.get(..length).unwrap_or_default();
                let known = ZONES
                    .iter()
                    .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word));
                known.map_or(0, |(_, hours)| hours * 60)
            }
        }
    }
}

fn name(names: &[&'static str], index: i64) -> &'static str {
    usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index))
        .copied()
        .unwrap_or_default()
}

fn days_in(year: u16, month: u8) -> u16 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar. The year begins in March, so that the leap day
/// ends it.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The year, month and day that are `days` after 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year + era * 400 + carry, month, day)
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The zones that mail knew by name (RFC 5322, section 4.3), in hours.
const ZONES: [(&str, i16); 8] = [
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: i64 = 784_111_777;

    #[test]
    fn the_three_forms_and_their_relatives() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 8:49:37 GMT",
            "06 Nov 1994 08:49:37",
            "Sun, 06 nov 1994 08:49:37 gmt",
            "Sun,06 Nov 1994 08:49:37 Z",
            "Sun, 06 Nov 1994 09:49:37 +0100",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun, 06   Nov  1994 08:49:37 GMT",
            "Sun, 06Nov1994 08:49:37 GMT",
            "Sun, 06--Nov -1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 07:19:37 -0130",
            "Sun, 06 Nov 1994 01:49:37 PDT",
            " Sun Nov 06 08:49:37 94 ",
        ] {
            assert_eq!(
                Date::parse(text.as_bytes()).map(Date::to_unix),
                Some(EXAMPLE),
                "{text}"
            );
        }
        assert_eq!(write(EXAMPLE, Format::Http), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(write(EXAMPLE, Format::Cookie), "Sun, 06-Nov-1994 08:49:37 GMT");
    }

    #[test]
    fn years_of_two_and_three_digits() {
        let year =
            |text: &str| Date::parse(format!("06 Nov {text} 08:49:37 GMT").as_bytes()).map(|date| date.year);
        assert_eq!(year("70"), Some(1970));
        assert_eq!(year("69"), Some(2069));
        assert_eq!(year("100"), Some(2000));
        assert_eq!(year("9"), None);
        assert_eq!(year("12345"), None);
        assert_eq!(year("0000"), None);
    }

    #[test]
    fn no_dates() {
        for text in [
            "",
            "garbage",
            "Sun, 06 Nov 1994",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 23:59:60 GMT",
            "Sun, 06 Nov 1994 23:60:00 GMT",
            "Thu, 30 Feb 2020 00:00:00 GMT",
            "Fri, 29 Feb 2019 00:00:00 GMT",
            "1994-11-06T08:49:37Z",
            "784111777",
            "Sun, 06 November 1994 08:49:37 GMT",
        ] {
            assert_eq!(Date::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn cve_2025_4945_overflowing_fields() {
        assert_eq!(Date::parse(b"3Mar9    999:9:9+ 999999999-age=main=gne="), None);
        assert_eq!(
            Date::parse(b"Sun, 06 Nov 99999999999999999999 08:49:37 GMT"),
            None
        );
        assert_eq!(Date::parse(b"Sun, 06 Nov 1994 99999999999:49:37 GMT"), None);
    }

    #[test]
    fn cve_2025_11021_time_zones_out_of_range() {
        for zone in [
            "+9999",
            "+2400",
            "-2400",
            "+0060",
            "+99999999999999999999",
            "+",
            "-x",
        ] {
            let text = format!("Sun, 06 Nov 1994 08:49:37 {zone}");
            assert_eq!(
                Date::parse(text.as_bytes()).map(Date::to_unix),
                Some(EXAMPLE),
                "{zone}"
            );
        }
    }

    #[test]
    fn every_day_of_a_long_time_is_read_as_it_was_written() {
        for days in (-719_162i64..2_932_896)
            .step_by(97)
            .chain([-719_162, 0, 2_932_896])
        {
            let unix = days * 86_400 + days.rem_euclid(86_400);
            let text = write(unix, Format::Http);
            assert_eq!(
                Date::parse(text.as_bytes()).map(Date::to_unix),
                Some(unix),
                "{text}"
            );
        }
        assert_eq!(
            write(-62_135_596_800, Format::Http),
            "Mon, 01 Jan 0001 00:00:00 GMT"
        );
        assert_eq!(
            write(253_402_300_799, Format::Http),
            "Fri, 31 Dec 9999 23:59:59 GMT"
        );
    }
}
