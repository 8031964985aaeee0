//! `SoupMultipart`: a body of several parts that is all there, and the forms that are sent so.

mod form;
mod input_stream;
mod part;
mod reader;

use std::cell::{Ref, RefCell};
use std::ffi::c_int;

use glib::Bytes;

pub use form::FormTable;
pub use input_stream::{MultipartInputStream, SoupMultipartInputStream};

use super::MessageHeaders;
use super::http::headers::SoupMessageHeaders;
use crate::proto::Entropy;
use crate::proto::http1::headers::{HeaderList, Kind, Refused};
use crate::proto::multipart::{self, Event, Parser, Writer};
use crate::reactor::Reactor;

/// What a `SoupMultipart *` points to, in a box.
#[derive(Clone)]
pub struct SoupMultipart {
    kind: String,
    writer: Writer,
    parts: RefCell<Vec<Part>>,
}

/// A part, as C sees it.
#[derive(Clone)]
pub struct Part {
    /// Its headers.
    pub headers: MessageHeaders,
    /// Its data.
    pub body: Bytes,
}

/// The file of a form.
pub struct FormFile {
    /// The name that the client gives it.
    pub name: Option<Vec<u8>>,
    /// Its type.
    pub content_type: Option<Vec<u8>>,
    /// What is in it.
    pub body: Bytes,
}

impl SoupMultipart {
    /// An empty body of that type, with a boundary that nobody can predict.
    pub fn new(kind: &str) -> SoupMultipart {
        let mut random = [0; 16];
        Reactor::current().entropy().fill(&mut random);
        SoupMultipart {
            kind: kind.to_owned(),
            writer: Writer::new(random),
            parts: RefCell::default(),
        }
    }

    /// The parts of a message's body; `None` if its Content-Type or the body itself is none of a multipart message.
    pub fn from_message(headers: &SoupMessageHeaders, body: &[u8]) -> Option<SoupMultipart> {
        let content_type = headers.list().one("Content-Type")?.to_vec();
        let kind = headers.with_content_type(|kind, _| String::from_utf8_lossy(kind).into_owned())?;
        let mut parser = Parser::new(&content_type)?;
        let mut events = Vec::new();
        parser.feed(body, &mut events).ok()?;
        parser.finish().ok()?;
        let multipart = SoupMultipart::new(&kind);
        let mut data = Vec::new();
        let mut head = HeaderList::new(Kind::Multipart);
        for event in events {
            match event {
                Event::Part(headers) => head = headers,
                Event::Data(more) if data.is_empty() => data = more,
                Event::Data(more) => data.extend_from_slice(&more),
                Event::PartEnd => {
                    let head = std::mem::replace(&mut head, HeaderList::new(Kind::Multipart));
                    multipart.push(head, Bytes::from_owned(std::mem::take(&mut data)));
                }
                Event::End => (),
            }
        }
        Some(multipart)
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.borrow().len()
    }

    /// Whether there is no part.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part at `index`.
    pub fn part(&self, index: c_int) -> Option<Ref<'_, Part>> {
        let index = usize::try_from(index).ok()?;
        Ref::filter_map(self.parts.borrow(), |parts| parts.get(index)).ok()
    }

    /// Adds a part with a copy of these headers.
    pub fn append(&self, headers: &SoupMessageHeaders, body: Bytes) {
        let mut copy = HeaderList::new(Kind::Multipart);
        for (name, value) in headers.list().iter() {
            // What one list has taken another takes: this kind has no rules of its own.
            let _ = copy.append(name, value);
        }
        self.push(copy, body);
    }

    /// Adds a field of a form: of a file, where there is a `file_name`.
    pub fn append_field(
        &self,
        name: &str,
        file_name: Option<&str>,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<(), Refused> {
        let headers = multipart::field_headers(name, file_name, content_type)?;
        self.push(headers, body);
        Ok(())
    }

    /// Writes the body, and its type into `headers`.
    pub fn write(&self, headers: &SoupMessageHeaders) -> Result<Bytes, Refused> {
        headers.replace("Content-Type", self.content_type())?;
        let mut body = Vec::new();
        for part in self.parts.borrow().iter() {
            self.writer.part(&part.headers.list(), &part.body, &mut body);
        }
        self.writer.end(&mut body);
        Ok(Bytes::from_owned(body))
    }

    /// The type of the body, with its boundary.
    pub fn content_type(&self) -> String {
        self.writer.content_type(&self.kind)
    }

    /// The fields of a form, and the file of the field called `file_field`. Of fields with one name the last one counts; parts that are
    /// no fields are left out.
    pub fn form(&self, file_field: Option<&[u8]>) -> (FormTable, Option<FormFile>) {
        let (table, mut file) = (FormTable::new(), None);
        for part in self.parts.borrow().iter() {
            let field = part.headers.with_content_disposition(|kind, params| {
                let is_field = kind.is_some_and(|kind| kind.eq_ignore_ascii_case(b"form-data"));
                let value = |name: &str| {
                    let param = params.iter().find(|param| param.is(name))?;
                    param.value.as_deref().map(<[u8]>::to_vec)
                };
                is_field.then(|| (value("name"), value("filename")))
            });
            let Some(Some((Some(name), file_name))) = field else {
                continue;
            };
            if file_field == Some(&*name) {
                file = Some(FormFile {
                    name: file_name,
                    content_type: part.headers.with_content_type(|kind, _| kind.to_vec()),
                    body: part.body.clone(),
                });
            } else {
                table.insert(&name, &part.body);
            }
        }
        (table, file)
    }

    fn push(&self, headers: HeaderList, body: Bytes) {
        let headers = MessageHeaders::from_list(headers);
        self.parts.borrow_mut().push(Part { headers, body });
    }
}

/// The GType of `SoupMultipart`.
pub fn multipart_type() -> glib::ffi::GType {
    static TYPE: std::sync::OnceLock<glib::ffi::GType> = std::sync::OnceLock::new();
    unsafe extern "C" fn copy(boxed: glib::ffi::gpointer) -> glib::ffi::gpointer {
        // SAFETY: GObject copies only what was put in as SoupMultipart.
        let copy = unsafe { &*boxed.cast::<SoupMultipart>() }.clone();
        Box::into_raw(Box::new(copy)).cast()
    }
    unsafe extern "C" fn free(boxed: glib::ffi::gpointer) {
        // SAFETY: as above; it came out of a box.
        drop(unsafe { Box::from_raw(boxed.cast::<SoupMultipart>()) });
    }
    // SAFETY: the functions are those of the type.
    *TYPE.get_or_init(|| unsafe {
        glib::gobject_ffi::g_boxed_type_register_static(c"SoupMultipart".as_ptr(), Some(copy), Some(free))
    })
}
