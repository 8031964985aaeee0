//! Header fields as this face passes them: arrays of names and values, without a head around them.

use super::failure::Failure;
use super::types::*;
use crate::proto::http1::headers::{HeaderList, Kind};

/// A field that the caller gave, not looked at yet.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// Without the colon.
    pub name: &'a [u8],
    /// Without the line's end.
    pub value: &'a [u8],
}

/// An array for the caller that lives as long as its owner.
pub struct FieldArray {
    /// What `fields` points into.
    _text: Vec<(String, String)>,
    fields: Vec<WEB_SOCKET_HTTP_HEADER>,
}

impl FieldArray {
    /// An array of these fields.
    pub fn new(text: Vec<(String, String)>) -> Self {
        let field = |(name, value): &(String, String)| WEB_SOCKET_HTTP_HEADER {
            pcName: name.as_ptr().cast_mut().cast(),
            ulNameLength: name.len() as ULONG,
            pcValue: value.as_ptr().cast_mut().cast(),
            ulValueLength: value.len() as ULONG,
        };
        let fields = text.iter().map(field).collect();
        Self { _text: text, fields }
    }

    /// The address of the first.
    pub fn as_ptr(&self) -> *mut WEB_SOCKET_HTTP_HEADER {
        self.fields.as_ptr().cast_mut()
    }

    /// How many there are.
    pub fn len(&self) -> ULONG {
        self.fields.len() as ULONG
    }
}

/// The fields as a list, whose rules for names and values they must follow; there is at least one.
pub fn header_list(kind: Kind, fields: &[Field<'_>]) -> Result<HeaderList, Failure> {
    if fields.is_empty() {
        return Err(Failure::InvalidFormat);
    }
    let mut list = HeaderList::new(kind);
    for field in fields {
        list.append(field.name, field.value)
            .map_err(|_| Failure::InvalidFormat)?;
    }
    Ok(list)
}

/// The fields of a list, for an array.
pub fn pairs(list: &HeaderList) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    list.iter()
        .map(|(name, value)| (name.to_owned(), text(value)))
        .collect()
}
