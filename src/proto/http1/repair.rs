//! What libsoup's parsing functions forgive in a head that a program has in hand: the text is put right for the strict parser.
//!
//! Law: connections do not come by here. A head that another parser on the way may have read otherwise is refused there
//! (RFC 9112, sections 2.2, 3 and 5). A NUL is forgiven nowhere (CVE-2024-52530).

use super::grammar;

/// A request's head: any blanks between the words of its first line, zeros before the digits of its version, and fields as
/// [`fields`] has them.
pub fn request(text: &[u8]) -> Vec<u8> {
    head(text, request_line)
}

/// A response's head: the same for its first line, in which no blank need stand behind the status.
pub fn response(text: &[u8]) -> Vec<u8> {
    head(text, status_line)
}

/// Field lines: folded ones become one, a CR inside a value a space, and those without a name that may be one are left out.
pub fn fields(text: &[u8]) -> Vec<u8> {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    let mut previous_is_kept = false;
    for line in text.split(|&byte| byte == b'\n') {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if previous_is_kept && let Some(field) = fields.last_mut() {
                field.push(b' ');
                field.extend(without_returns(line));
            }
            continue;
        }
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        previous_is_kept = name.len() < line.len() && (grammar::is_token(name) || name.contains(&0));
        if previous_is_kept {
            let (name, value) = line.split_at(name.len() + 1);
            let mut field = name.to_vec();
            field.extend(without_returns(value));
            fields.push(field);
        }
    }
    let mut text = Vec::new();
    for field in fields {
        text.extend_from_slice(&field);
        text.extend_from_slice(b"\r\n");
    }
    text
}

fn head(text: &[u8], first_line: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let start = text.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
    let (before, text) = text.split_at(start.unwrap_or(text.len()));
    let end = text
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len(), |end| end + 1);
    let (line, rest) = text.split_at(end);
    let mut whole = before.to_vec();
    match first_line(line) {
        Some(line) => {
            whole.extend_from_slice(&line);
            whole.extend_from_slice(b"\r\n");
        }
        None => whole.extend_from_slice(line),
    }
    whole.extend(fields(rest));
    whole.extend_from_slice(b"\r\n");
    whole
}

/// The line with its words where they belong; `None` for one that is to be refused as it stands.
fn request_line(line: &[u8]) -> Option<Vec<u8>> {
    let mut words = words(line);
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let whole = words.next().is_none() && line.starts_with(method);
    whole.then_some([method, target, version_of(version)?].join(&b' '))
}

fn status_line(line: &[u8]) -> Option<Vec<u8>> {
    let version = line.split(|byte| is_blank(*byte)).next()?;
    let rest = line.get(version.len()..)?.trim_ascii();
    let (status, reason) = rest.split_at_checked(3)?;
    if !status.iter().all(u8::is_ascii_digit) || reason.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let version = match version {
        b"ICY" => version,
        _ => version_of(version)?,
    };
    Some([version, status, reason.trim_ascii()].join(&b' '))
}

/// The version, without zeros before its digits; one that is refused for its number and not for its form, if it is no 1.0 or 1.1.
fn version_of(word: &[u8]) -> Option<&'static [u8]> {
    let number = word.strip_prefix(b"HTTP/")?;
    let mut parts = number.split(|&byte| byte == b'.').map(|digits| {
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        is_number.then(|| {
            digits
                .iter()
                .skip_while(|&&digit| digit == b'0')
                .collect::<Vec<_>>()
        })
    });
    let (major, minor) = (parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    match (&*major, &*minor) {
        ([b'1'], []) => Some(b"HTTP/1.0"),
        ([b'1'], [b'1']) => Some(b"HTTP/1.1"),
        _ => Some(b"HTTP/9.9"),
    }
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.trim_ascii_end()
        .split(|byte| is_blank(*byte))
        .filter(|word| !word.is_empty())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The text without blanks and CRs at its ends, and with spaces for the CRs within.
fn without_returns(text: &[u8]) -> impl Iterator<Item = u8> {
    let text = text.trim_ascii().iter();
    text.map(|&byte| if byte == b'\r' { b' ' } else { byte })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> String {
        String::from_utf8(request(text.as_bytes())).unwrap()
    }

    #[test]
    fn first_lines() {
        assert_eq!(
            repaired("\r\nGET \t/x  HTTP/01.001 \r\n"),
            "\r\nGET /x HTTP/1.1\r\n\r\n"
        );
        assert_eq!(repaired("GET / HTTP/2000.0\r\n"), "GET / HTTP/9.9\r\n\r\n");
        for refused in [
            "GET /\r\n",
            "GET / HTTP/1.\r\n",
            "GET / HTTP/1.1 x\r\n",
            " GET / HTTP/1.1\r\n",
        ] {
            assert_eq!(repaired(refused), format!("{refused}\r\n"));
        }
        let status = |line: &str| status_line(line.as_bytes()).map(|line| String::from_utf8(line).unwrap());
        assert_eq!(status("HTTP/1.1\t 200ok \r\n").unwrap(), "HTTP/1.1 200 ok");
        assert_eq!(status("ICY 200 OK\r\n").unwrap(), "ICY 200 OK");
        for refused in [
            "HTTP/1.1 2000 x",
            "HTTP/1.1 20",
            "HTTP/1.1 1a1 x",
            " HTTP/1.1 200 OK",
            "FOO 200 OK",
        ] {
            assert_eq!(status(refused), None);
        }
    }

    #[test]
    fn field_lines() {
        let lines =
            "a: b\r\n c\r\n\td\r\nno colon\r\n lost\r\n: lost\r\ne f: lost\r\ng\rh: lost\r\ni: \rj\rk\r\r\n";
        assert_eq!(
            fields(format!(" lost\r\n{lines}").as_bytes()),
            b"a:b c d\r\ni:j k\r\n"
        );
        assert_eq!(fields(b"a\0: b\nc: d\0\n"), b"a\0:b\r\nc:d\0\r\n");
    }
}
