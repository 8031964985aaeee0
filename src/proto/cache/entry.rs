//! A stored response as a file: its head, the digest that finds damage, and the body.
//!
//! ```text
//! bisque-cache 1 DIGEST BODY-LENGTH
//! URI
//! REQUEST-TIME RESPONSE-TIME STATUS REASON
//! the fields of the request that Vary names
//!
//! the fields of the response
//!
//! the body
//! ```
//!
//! Law: the file says itself whose response it is, and the digest covers all behind the first line. Whatever has become of a folder, a
//! response is what was stored or is not there.

use std::fmt;

use sha1::{Digest, Sha1};

use super::freshness::Stored;
use super::validation::{is_of_hop, varied};
use crate::proto::http1::headers::{HeaderList, Kind};

/// What is stored of a request and its response, beside the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Where the response came from, without fragment, user and password.
    pub uri: String,
    /// The fields of the request that Vary names.
    pub request: HeaderList,
    /// The response's status.
    pub status: u16,
    /// Its reason phrase.
    pub reason: String,
    /// Its fields, without those that belong to the connection, and without cookies, which are set once.
    pub response: HeaderList,
    /// When it was asked for, and when it came.
    pub times: Stored,
}

/// A file is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage;

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the file is damaged")
    }
}

impl std::error::Error for Damage {}

impl Head {
    /// What is stored of a response.
    pub fn new(
        uri: &str,
        request: &HeaderList,
        status: u16,
        reason: &str,
        response: &HeaderList,
        times: Stored,
    ) -> Head {
        let mut kept = HeaderList::with_room(Kind::Response, response.len());
        for (name, value) in response.iter().filter(|(name, _)| !is_of_hop(response, name)) {
            // It is a field of a list already.
            let _ = kept.append(name, value);
        }
        Head {
            uri: uri.to_owned(),
            request: varied(response, request),
            status,
            reason: reason.replace(|letter: char| letter.is_control(), " "),
            response: kept,
            times,
        }
    }

    /// The name of its file: that of any response that takes its place.
    pub fn file_name(&self) -> String {
        let mut digest = Sha1::new();
        digest.update(self.uri.as_bytes());
        for (name, value) in self.request.iter() {
            digest.update([0]);
            digest.update(name.to_ascii_lowercase().as_bytes());
            digest.update([0]);
            digest.update(value);
        }
        hex(&digest.finalize())
    }

    /// The file up to the body, for a body that will have this digest and length.
    fn text(&self) -> Vec<u8> {
        let Stored {
            request_time,
            response_time,
        } = self.times;
        let mut text = format!(
            "{}\n{request_time} {response_time} {} {}\n",
            self.uri, self.status, self.reason
        )
        .into_bytes();
        for list in [&self.request, &self.response] {
            for (name, value) in list.iter() {
                text.extend_from_slice(name.as_bytes());
                text.extend_from_slice(b": ");
                text.extend_from_slice(value);
                text.push(b'\n');
            }
            text.push(b'\n');
        }
        text
    }

    /// How long the file is up to the body, about.
    pub fn size(&self) -> usize {
        self.text().len() + FIRST_LINE
    }

    /// The file.
    pub fn encode(&self, body: &[u8]) -> Vec<u8> {
        let text = self.text();
        let digest = hex(&Sha1::new().chain_update(&text).chain_update(body).finalize());
        let mut file = format!("{MAGIC} {digest} {}\n", body.len()).into_bytes();
        file.extend_from_slice(&text);
        file.extend_from_slice(body);
        file
    }

    /// Reads the head of a file of that length, of which `start` is the first part. Only [`Head::decode`] sees that it is undamaged.
    pub fn decode_start(start: &[u8], length: u64) -> Result<Head, Damage> {
        let (_, body, rest) = first_line(start)?;
        let (head, text) = Head::parse(rest)?;
        let before = start.len() - rest.len() + text;
        let whole = u64::try_from(before)
            .ok()
            .and_then(|before| before.checked_add(body));
        match whole == Some(length) {
            true => Ok(head),
            false => Err(Damage),
        }
    }

    /// Reads a whole file: the head, and where the body begins.
    pub fn decode(file: &[u8]) -> Result<(Head, usize), Damage> {
        let (digest, body, rest) = first_line(file)?;
        let (head, text) = Head::parse(rest)?;
        let found = hex(&Sha1::digest(rest));
        let length = rest
            .len()
            .checked_sub(text)
            .and_then(|length| u64::try_from(length).ok());
        match digest == found.as_bytes() && length == Some(body) {
            true => Ok((head, file.len() - rest.len() + text)),
            false => Err(Damage),
        }
    }

    /// Reads what follows the first line: the head, and how long it is.
    fn parse(text: &[u8]) -> Result<(Head, usize), Damage> {
        let mut rest = text;
        let uri = utf8(line(&mut rest)?)?.to_owned();
        let status_line = utf8(line(&mut rest)?)?;
        let mut words = status_line.splitn(4, ' ');
        let mut word = || words.next().ok_or(Damage);
        let times = Stored {
            request_time: word()?.parse().map_err(|_| Damage)?,
            response_time: word()?.parse().map_err(|_| Damage)?,
        };
        let status = word()?.parse().map_err(|_| Damage)?;
        let reason = word()?.to_owned();
        let request = fields(Kind::Request, &mut rest)?;
        let response = fields(Kind::Response, &mut rest)?;
        let head = Head {
            uri,
            request,
            status,
            reason,
            response,
            times,
        };
        Ok((head, text.len() - rest.len()))
    }
}

/// The digest, the length of the body, and what follows.
fn first_line(file: &[u8]) -> Result<(&[u8], u64, &[u8]), Damage> {
    let mut rest = file;
    let line = line(&mut rest)?;
    let words = line.strip_prefix(MAGIC.as_bytes()).ok_or(Damage)?;
    let words = words.strip_prefix(b" ").ok_or(Damage)?;
    let (digest, length) = words.split_at_checked(40).ok_or(Damage)?;
    let length = utf8(length.strip_prefix(b" ").ok_or(Damage)?)?;
    Ok((digest, length.parse().map_err(|_| Damage)?, rest))
}

fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Damage> {
    let end = rest.iter().position(|&byte| byte == b'\n').ok_or(Damage)?;
    let (line, behind) = rest.split_at_checked(end).ok_or(Damage)?;
    *rest = behind.get(1..).unwrap_or_default();
    Ok(line)
}

fn fields(kind: Kind, rest: &mut &[u8]) -> Result<HeaderList, Damage> {
    let mut list = HeaderList::new(kind);
    loop {
        let field = line(rest)?;
        if field.is_empty() {
            return Ok(list);
        }
        let colon = field.windows(2).position(|pair| pair == b": ").ok_or(Damage)?;
        let (name, value) = field.split_at_checked(colon).ok_or(Damage)?;
        let value = value.get(2..).unwrap_or_default();
        list.append(name, value).map_err(|_| Damage)?;
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Damage> {
    std::str::from_utf8(bytes).map_err(|_| Damage)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a file begins with; another version is another file.
const MAGIC: &str = "bisque-cache 1";

/// How long the first line is, about.
const FIRST_LINE: usize = MAGIC.len() + 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::cache::tests::{NOW, request, response};

    fn head() -> Head {
        let times = Stored {
            request_time: NOW - 1,
            response_time: NOW,
        };
        Head::new(
            "http://example.com/a?b",
            &request(&[
                ("Accept", "x, y"),
                ("Cookie", "secret=1"),
                ("Accept-Language", "de"),
            ]),
            200,
            "Fine\r\n",
            &response(&[
                ("Vary", "accept, Accept-Language"),
                ("ETag", "\"x\""),
                ("Connection", "close, X"),
                ("X", "1"),
                ("Set-Cookie", "a=b"),
                ("A", ""),
            ]),
            times,
        )
    }

    #[test]
    fn only_what_is_needed_is_kept() {
        let head = head();
        let names = |list: &HeaderList| list.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        // As Vary spells them.
        assert_eq!(names(&head.request), ["accept", "Accept-Language"]);
        assert_eq!(names(&head.response), ["Vary", "ETag", "A"]);
        assert_eq!(head.reason, "Fine  ");
    }

    #[test]
    fn what_is_written_is_read() {
        let head = head();
        for body in [&b""[..], b"hello\nworld", &[0, 255, 10]] {
            let file = head.encode(body);
            let (read, start) = Head::decode(&file).unwrap();
            assert_eq!((&read, &file[start..]), (&head, body));
            assert_eq!(Head::decode_start(&file[..start], file.len() as u64), Ok(read));
            assert!(head.size() >= start);
        }
    }

    #[test]
    fn any_damage_is_found() {
        let file = head().encode(b"hello");
        for length in 0..file.len() {
            assert_eq!(Head::decode(&file[..length]), Err(Damage), "{length}");
            assert_eq!(Head::decode_start(&file, length as u64), Err(Damage), "{length}");
        }
        for place in 0..file.len() {
            for bit in 0..8 {
                let mut other = file.clone();
                other[place] ^= 1 << bit;
                assert_eq!(Head::decode(&other), Err(Damage), "{place}");
            }
        }
        let longer = [&file[..], b"x"].concat();
        assert_eq!(Head::decode(&longer), Err(Damage));
    }

    #[test]
    fn a_name_belongs_to_a_variant() {
        let (one, mut other) = (head(), head());
        other.response.append("B", "1").unwrap();
        other.times.response_time += 1;
        assert_eq!(one.file_name(), other.file_name());
        assert_eq!(one.file_name().len(), 40);
        other.request.replace("Accept", "z").unwrap();
        assert_ne!(one.file_name(), other.file_name());
        other.request = one.request.clone();
        other.uri.push('c');
        assert_ne!(one.file_name(), other.file_name());
    }
}
