//! Header fields as this face passes them: arrays of names and values, without a head around them.

use super::failure::Failure;
use super::memory::collected;
use super::types::*;
use crate::proto::http1::headers::{self as header, HeaderList, Kind, Refused};

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
    _list: HeaderList,
    fields: Vec<WEB_SOCKET_HTTP_HEADER>,
}

impl FieldArray {
    /// An array of these fields, whose text stays where it is.
    pub fn new(list: HeaderList) -> Result<Self, Failure> {
        let field = |field: &header::Field| WEB_SOCKET_HTTP_HEADER {
            pcName: field.name_bytes().as_ptr().cast_mut().cast(),
            ulNameLength: field.name_bytes().len() as ULONG,
            pcValue: field.value().as_ptr().cast_mut().cast(),
            ulValueLength: field.value().len() as ULONG,
        };
        let fields = collected(list.fields().iter().map(|given| Ok(field(given))))?;
        Ok(Self { _list: list, fields })
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
        list.append(field.name, field.value)?;
    }
    Ok(list)
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoMemory => Self::OutOfMemory,
            Refused::Name | Refused::Value | Refused::SecondHost => Self::InvalidFormat,
        }
    }
}
