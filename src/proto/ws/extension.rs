//! The grammar of Sec-WebSocket-Extensions (RFC 6455, section 9.1), strict, with quoted values.

use std::borrow::Cow;
use std::fmt;

use crate::proto::fallible::{self, NoMemory};

/// One element of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its name, a token.
    pub name: &'a str,
    /// Its parameters, in order; a name may stand more than once here.
    pub params: Vec<Param<'a>>,
}

/// A parameter of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// Its name, a token.
    pub name: &'a str,
    /// Its value, a token once the quotes are off.
    pub value: Option<Cow<'a, str>>,
}

/// Why a list cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It breaks the grammar.
    Malformed,
    /// There is no memory for what it says.
    NoMemory,
}

impl From<NoMemory> for Unreadable {
    fn from(NoMemory: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// Reads a list. Empty elements are skipped, as RFC 9110, section 5.6.1.2 wants it of recipients.
pub fn parse(list: &[u8]) -> Result<Vec<Extension<'_>>, Unreadable> {
    let mut rest = Rest(list);
    let mut extensions = Vec::new();
    loop {
        while rest.accept(b',') {}
        if rest.is_empty() {
            return Ok(extensions);
        }
        let name = rest.token()?;
        let mut params = Vec::new();
        while rest.accept(b';') {
            let name = rest.token()?;
            let value = if rest.accept(b'=') {
                Some(rest.value()?)
            } else {
                None
            };
            fallible::push(&mut params, Param { name, value })?;
        }
        fallible::push(&mut extensions, Extension { name, params })?;
        if !rest.is_empty() && !rest.accept(b',') {
            return Err(Unreadable::Malformed);
        }
    }
}

impl fmt::Display for Extension<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for Param { name, value } in &self.params {
            match value {
                None => write!(f, "; {name}")?,
                Some(value) => write!(f, "; {name}={value}")?,
            }
        }
        Ok(())
    }
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    /// Takes `byte`, and the blanks around it, if it comes next.
    fn accept(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let Some((first, rest)) = self.0.split_first().filter(|(first, _)| **first == byte) else {
            return false;
        };
        debug_assert_eq!(*first, byte);
        self.0 = rest;
        self.skip_blanks();
        true
    }

    fn token(&mut self) -> Result<&'a str, Unreadable> {
        let end = self
            .0
            .iter()
            .position(|byte| !is_token_byte(*byte))
            .unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        self.skip_blanks();
        match std::str::from_utf8(token) {
            Ok(token) if !token.is_empty() => Ok(token),
            _ => Err(Unreadable::Malformed),
        }
    }

    fn value(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        let Some((b'"', mut rest)) = self.0.split_first() else {
            return self.token().map(Cow::Borrowed);
        };
        let mut value = String::new();
        loop {
            let (byte, after) = match rest {
                [b'"', after @ ..] => {
                    self.0 = after;
                    self.skip_blanks();
                    // Section 9.1: what the quotes hold must be a token all the same.
                    return if value.is_empty() {
                        Err(Unreadable::Malformed)
                    } else {
                        Ok(Cow::Owned(value))
                    };
                }
                [b'\\', byte, after @ ..] | [byte, after @ ..] => (*byte, after),
                [] => return Err(Unreadable::Malformed),
            };
            if !is_token_byte(byte) {
                return Err(Unreadable::Malformed);
            }
            // A token is ASCII: a byte a character.
            value.try_reserve(1).map_err(|_| NoMemory)?;
            value.push(char::from(byte));
            rest = after;
        }
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &str) -> Result<Vec<String>, Unreadable> {
        Ok(parse(list.as_bytes())?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_there_and_back() {
        assert_eq!(shown(""), Ok(vec![]));
        assert_eq!(shown("a").unwrap(), ["a"]);
        assert_eq!(
            shown(" a ;x ; y = 1,, b; z=\"q\\u\" ,").unwrap(),
            ["a; x; y=1", "b; z=qu"]
        );
    }

    #[test]
    fn what_is_no_list() {
        for list in [
            "a b",
            "a;",
            "a; =1",
            "a; x=",
            "a; x=\"",
            "a; x=\"\"",
            "a; x=\"1,2\"",
            "a; x=\"\\",
            ";",
            "é",
            "a; x=1 2",
        ] {
            assert_eq!(shown(list), Err(Unreadable::Malformed), "{list}");
        }
    }
}
