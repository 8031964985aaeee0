//! The header list of a message: ordered, names kept as written, compared without case (RFC 9110, section 5).
//!
//! Law: what is inside can be written to the wire as it stands. A field enters through `append` or `replace`, and
//! neither lets a CR, LF or NUL in (CVE-2024-52530, CVE-2026-1536), a name that is no token, or a second Host
//! into a request (CVE-2025-14523).

use std::borrow::Cow;
use std::ffi::CStr;
use std::fmt;

use super::grammar;
use crate::proto::fallible::{self, NoMemory};

/// What a header list belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The headers of a request: one Host at most.
    Request,
    /// The headers of a response.
    Response,
    /// The headers of a part of a multipart body.
    Multipart,
}

/// Why a header list did not take a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The name is empty, or has a byte that no token may have (RFC 9110, section 5.1).
    Name,
    /// The value holds a CR, an LF or a NUL (RFC 9110, section 5.5).
    Value,
    /// The request has a Host already (RFC 9112, section 3.2).
    SecondHost,
    /// There is no memory for it.
    NoMemory,
}

impl From<NoMemory> for Refused {
    fn from(NoMemory: NoMemory) -> Self {
        Refused::NoMemory
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Name => "Header name is not a token",
            Refused::Value => "Header value holds a line break or a NUL",
            Refused::SecondHost => "A request has only one Host header",
            Refused::NoMemory => "No memory is left for a header",
        })
    }
}

impl std::error::Error for Refused {}

/// One header field. Its name and value stay at their addresses for as long as the field is in its list.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// The name, a NUL, the value, a NUL: C reads both where they stand.
    text: Box<[u8]>,
    name_length: u32,
}

impl Field {
    fn new(name: &[u8], value: &[u8]) -> Result<Field, Refused> {
        let name_length = u32::try_from(name.len()).map_err(|_| Refused::Name)?;
        if !grammar::is_token(name) {
            return Err(Refused::Name);
        }
        if !grammar::is_value(value) {
            return Err(Refused::Value);
        }
        let mut text = Vec::new();
        let length = name.len().saturating_add(value.len()).saturating_add(2);
        text.try_reserve_exact(length).map_err(|_| NoMemory)?;
        text.extend_from_slice(name);
        text.push(0);
        text.extend_from_slice(value);
        text.push(0);
        Ok(Field {
            text: text.into_boxed_slice(),
            name_length,
        })
    }

    /// The name, as it was written.
    pub fn name(&self) -> &str {
        std::str::from_utf8(self.name_bytes()).unwrap_or_default()
    }

    /// The bytes of the name, a token.
    pub fn name_bytes(&self) -> &[u8] {
        self.text.get(..self.name_length as usize).unwrap_or_default()
    }

    /// The value: any bytes but CR, LF and NUL; most often ASCII.
    pub fn value(&self) -> &[u8] {
        let value = self.value_with_nul();
        value.split_last().map_or(&[], |(_, value)| value)
    }

    /// The name, for C.
    pub fn name_c(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.text).unwrap_or_default()
    }

    /// The value, for C.
    pub fn value_c(&self) -> &CStr {
        CStr::from_bytes_with_nul(self.value_with_nul()).unwrap_or_default()
    }

    /// Whether this is the field called `name`.
    pub fn is(&self, name: &str) -> bool {
        self.is_named(name.as_bytes())
    }

    fn is_named(&self, name: &[u8]) -> bool {
        self.name_length as usize == name.len() && self.name_bytes().eq_ignore_ascii_case(name)
    }

    fn value_with_nul(&self) -> &[u8] {
        self.text.get(self.name_length as usize + 1..).unwrap_or_default()
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), String::from_utf8_lossy(self.value()))
    }
}

/// An ordered list of header fields.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderList {
    fields: Vec<Field>,
    kind: Kind,
}

impl HeaderList {
    /// An empty list. It allocates nothing before the first field.
    pub const fn new(kind: Kind) -> HeaderList {
        HeaderList {
            fields: Vec::new(),
            kind,
        }
    }

    /// An empty list with room for as many fields as are known to come.
    pub fn with_room(kind: Kind, fields: usize) -> HeaderList {
        HeaderList {
            fields: Vec::with_capacity(fields),
            kind,
        }
    }

    /// What the list belongs to.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Adds a field at the end, beside those of the same name.
    pub fn append(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), Refused> {
        let field = Field::new(name.as_ref(), value.as_ref())?;
        if self.kind == Kind::Request && field.is("Host") && self.contains("Host") {
            return Err(Refused::SecondHost);
        }
        Ok(fallible::push(&mut self.fields, field)?)
    }

    /// Removes the fields called `name`, and adds this one at the end. A refused field removes nothing.
    pub fn replace(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), Refused> {
        let field = Field::new(name.as_ref(), value.as_ref())?;
        self.fields.try_reserve(1).map_err(|_| NoMemory)?;
        self.fields.retain(|old| !old.is_named(field.name_bytes()));
        self.fields.push(field);
        Ok(())
    }

    /// Puts the fields of a list of the same kind in the place of those of their names, at the end.
    pub fn merge(&mut self, list: HeaderList) {
        self.fields
            .retain(|old| !list.fields.iter().any(|field| old.is_named(field.name_bytes())));
        self.fields.extend(list.fields);
    }

    /// Adds the fields of another list at the end. Refused where a request would then have two Hosts: nothing is added.
    pub fn extend(&mut self, list: HeaderList) -> Result<(), Refused> {
        let hosts = |list: &HeaderList| list.values("Host").count();
        if self.kind == Kind::Request && hosts(self) + hosts(&list) > 1 {
            return Err(Refused::SecondHost);
        }
        self.fields.extend(list.fields);
        Ok(())
    }

    /// Removes the fields called `name`; whether there were any.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.fields.len();
        self.fields.retain(|field| !field.is(name));
        self.fields.len() != before
    }

    /// Removes all fields.
    pub fn clear(&mut self) {
        self.fields.clear();
    }

    /// The value of the last field called `name`: for headers that stand alone.
    pub fn one(&self, name: &str) -> Option<&[u8]> {
        self.field(name).map(Field::value)
    }

    /// Like `one`, as text; `None` also for a value that is not UTF-8.
    pub fn one_str(&self, name: &str) -> Option<&str> {
        self.one(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The values of all fields called `name`, joined by ", " (RFC 9110, section 5.3).
    pub fn list(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let mut values = self.values(name);
        let first = values.next()?;
        let Some(second) = values.next() else {
            return Some(Cow::Borrowed(first));
        };
        let mut joined = first.to_vec();
        for value in std::iter::once(second).chain(values) {
            joined.extend_from_slice(b", ");
            joined.extend_from_slice(value);
        }
        Some(Cow::Owned(joined))
    }

    /// The values of the fields called `name`, in order.
    pub fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| field.is(name))
            .map(Field::value)
    }

    /// The list elements of all fields called `name`, in order, without their surrounding blanks.
    pub fn elements<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.values(name).flat_map(grammar::list)
    }

    /// Whether there is a field called `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// Whether the list that `name` holds has the element `token`, without regard to case.
    pub fn contains_token(&self, name: &str, token: &str) -> bool {
        let is_it = |element: &[u8]| element.eq_ignore_ascii_case(token.as_bytes());
        self.values(name).any(|value| grammar::list(value).any(is_it))
    }

    /// Whether `name` has just this value, without regard to case.
    pub fn equals(&self, name: &str, value: &str) -> bool {
        self.list(name)
            .is_some_and(|list| list.eq_ignore_ascii_case(value.as_bytes()))
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|field| (field.name(), field.value()))
    }

    /// The fields in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The last field called `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().rev().find(|field| field.is(name))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl fmt::Debug for HeaderList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.fields).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&str, &str)]) -> HeaderList {
        let mut list = HeaderList::new(Kind::Request);
        for (name, value) in fields {
            list.append(name, value).unwrap();
        }
        list
    }

    #[test]
    fn order_and_case_are_kept_and_lookup_ignores_case() {
        let list = request(&[("hOST", "a"), ("Accept", "b"), ("accept", "c")]);
        assert_eq!(
            list.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["hOST", "Accept", "accept"]
        );
        assert_eq!(list.one("ACCEPT"), Some(&b"c"[..]));
        assert_eq!(list.list("Accept").as_deref(), Some(&b"b, c"[..]));
        assert_eq!(list.list("Accep"), None);
        assert!(list.equals("accept", "B, C"));
    }

    #[test]
    fn replace_moves_to_the_end_and_refusal_changes_nothing() {
        let mut list = request(&[("A", "1"), ("B", "2"), ("a", "3")]);
        assert_eq!(list.replace("A", "x\ny"), Err(Refused::Value));
        assert_eq!(list.len(), 3);
        list.replace("A", "4").unwrap();
        assert_eq!(
            list.iter().map(|(_, value)| value).collect::<Vec<_>>(),
            [b"2", b"4"]
        );
        assert!(list.remove("b") && !list.remove("b"));
    }

    #[test]
    fn merged_fields_stand_at_the_end_and_the_others_stay_where_they_are() {
        let mut list = request(&[
            ("Host", "a"),
            ("upgrade", "old"),
            ("B", "1"),
            ("UPGRADE", "older"),
        ]);
        let before = list.field("B").map(|field| field.value_c().as_ptr());
        list.merge(request(&[("Upgrade", "new"), ("C", "2"), ("C", "3")]));
        assert_eq!(
            list.iter().collect::<Vec<_>>(),
            [
                ("Host", &b"a"[..]),
                ("B", b"1"),
                ("Upgrade", b"new"),
                ("C", b"2"),
                ("C", b"3")
            ]
        );
        assert_eq!(list.field("B").map(|field| field.value_c().as_ptr()), before);
        list.merge(request(&[("host", "b")]));
        assert_eq!(list.values("Host").collect::<Vec<_>>(), [b"b"]);
    }

    #[test]
    fn a_list_is_added_whole_or_not_at_all() {
        let mut list = request(&[("Host", "a"), ("B", "1")]);
        assert_eq!(
            list.extend(request(&[("C", "2"), ("host", "b")])),
            Err(Refused::SecondHost)
        );
        assert_eq!(list.len(), 2);
        list.extend(request(&[("B", "2")])).unwrap();
        assert_eq!(list.values("B").collect::<Vec<_>>(), [b"1", b"2"]);
        let mut response = HeaderList::new(Kind::Response);
        response.append("Host", "a").unwrap();
        response.append("Host", "b").unwrap();
        assert_eq!(request(&[]).extend(response), Err(Refused::SecondHost));
    }

    #[test]
    fn cve_2024_52530_nul_in_name_or_value() {
        let mut list = HeaderList::new(Kind::Response);
        assert_eq!(list.append("Host\0", "x"), Err(Refused::Name));
        assert_eq!(list.append("Transfer-Encoding\0", "chunked"), Err(Refused::Name));
        assert_eq!(list.append("Foo", "b\0ar"), Err(Refused::Value));
        assert!(list.is_empty());
    }

    #[test]
    fn cve_2026_1536_line_breaks_and_folds_in_values() {
        let mut list = HeaderList::new(Kind::Response);
        for value in ["a\r\nX: y", "a\rb", "a\nb", "a\r\n b", "\n"] {
            assert_eq!(
                list.append("Content-Disposition", value),
                Err(Refused::Value),
                "{value:?}"
            );
            assert_eq!(
                list.replace("Content-Disposition", value),
                Err(Refused::Value),
                "{value:?}"
            );
        }
        for name in ["", "a b", "a:", "a\r\n", "é", "a\tb", "(a)"] {
            assert_eq!(list.append(name, "x"), Err(Refused::Name), "{name:?}");
        }
    }

    #[test]
    fn cve_2025_14523_second_host() {
        let mut list = request(&[("Host", "a")]);
        assert_eq!(list.append("host", "b"), Err(Refused::SecondHost));
        list.replace("host", "b").unwrap();
        assert_eq!(list.values("Host").collect::<Vec<_>>(), [b"b"]);
        let mut response = HeaderList::new(Kind::Response);
        response.append("Host", "a").unwrap();
        response.append("Host", "b").unwrap();
        assert_eq!(response.len(), 2);
    }

    #[test]
    fn c_reads_names_and_values_where_they_stand() {
        let list = request(&[("Name", "value"), ("Empty", "")]);
        let texts: Vec<_> = list
            .fields()
            .iter()
            .map(|field| (field.name_c(), field.value_c()))
            .collect();
        assert_eq!(texts, [(c"Name", c"value"), (c"Empty", c"")]);
    }

    #[test]
    fn tokens_are_found_across_fields_and_outside_quotes() {
        let list = request(&[
            ("Connection", "keep-alive"),
            ("connection", "foo, Upgrade"),
            ("X", "\"a, b\", c"),
        ]);
        assert!(list.contains_token("Connection", "upgrade"));
        assert!(!list.contains_token("Connection", "up"));
        assert!(!list.contains_token("X", "b") && list.contains_token("X", "c"));
    }
}
