//! `SoupMessageHeaders`: a header list that C holds references to.
//!
//! Law: a string handed to C lives in here, and stays until its field is changed; no borrow is held while C code
//! runs.

use std::cell::{Cell, Ref, RefCell};
use std::ffi::{CString, c_char};
use std::ops::Deref;
use std::sync::Arc;

use glib::translate::*;

use crate::gobject::enums::{Encoding, MessageHeadersType};
use crate::proto::http1::headers::{HeaderList, Kind, Refused};
use crate::proto::http1::known_names::is_known;

glib::wrapper! {
    /// A counted reference to message headers; its clone is another one to the same headers.
    #[derive(Debug, PartialEq, Eq, Hash)]
    pub struct MessageHeaders(Shared<SoupMessageHeaders>);

    match fn {
        ref => |ptr| Arc::increment_strong_count(ptr.cast_const()),
        unref => |ptr| Arc::decrement_strong_count(ptr.cast_const()),
        type_ => || soup_message_headers_type(),
    }
}

/// What a `SoupMessageHeaders *` points to, in an `Arc`.
pub struct SoupMessageHeaders {
    list: RefCell<HeaderList>,
    encoding: Cell<Option<Encoding>>,
    kept: RefCell<Kept>,
}

/// Where a walk over the fields stands: those whose names libsoup knows come first, as there.
#[derive(Default)]
#[repr(C)]
pub struct Walk {
    next: usize,
    known_are_done: usize,
}

/// Strings that no field holds as they stand.
#[derive(Default)]
struct Kept {
    joined: Vec<(Box<str>, CString)>,
    content_type: Option<CString>,
}

impl MessageHeaders {
    /// Empty headers.
    pub fn new(kind: MessageHeadersType) -> MessageHeaders {
        MessageHeaders::from_list(HeaderList::new(kind.into()))
    }

    /// Headers with these fields.
    pub fn from_list(list: HeaderList) -> MessageHeaders {
        let headers = SoupMessageHeaders {
            list: RefCell::new(list),
            encoding: Cell::new(None),
            kept: RefCell::default(),
        };
        #[expect(
            clippy::arc_with_non_send_sync,
            reason = "C may count references from any thread, as in libsoup"
        )]
        let headers = Arc::new(headers);
        // SAFETY: the one reference of the new Arc becomes the wrapper's.
        unsafe { from_glib_full(Arc::into_raw(headers).cast_mut()) }
    }
}

impl Deref for MessageHeaders {
    type Target = SoupMessageHeaders;

    fn deref(&self) -> &SoupMessageHeaders {
        // SAFETY: the wrapper holds a reference to a live Arc, whose content is only ever borrowed shared.
        unsafe { &*self.as_ptr() }
    }
}

impl SoupMessageHeaders {
    /// The fields. Let go of it before C code runs.
    pub fn list(&self) -> Ref<'_, HeaderList> {
        self.list.borrow()
    }

    /// Replaces all fields by those of `list`.
    pub fn assign(&self, list: HeaderList) {
        let framed =
            |list: &HeaderList| list.contains("Content-Length") || list.contains("Transfer-Encoding");
        let old = self.list.replace(list);
        *self.kept.borrow_mut() = Kept::default();
        if framed(&old) || framed(&self.list()) {
            self.encoding.set(None);
        }
    }

    /// Puts the fields of `list` in the place of those of their names. The strings of all others stay.
    pub fn merge(&self, list: HeaderList) {
        for field in list.fields() {
            self.changed(field.name_bytes());
        }
        self.list.borrow_mut().merge(list);
    }

    /// Adds the fields of `list` at the end: all of them, or none.
    pub fn extend(&self, list: HeaderList) -> Result<(), Refused> {
        let before = self.list().len();
        self.list.borrow_mut().extend(list)?;
        for field in self.list().fields().get(before..).unwrap_or_default() {
            self.changed(field.name_bytes());
        }
        Ok(())
    }

    /// Takes the fields out for a moment in which no other code runs: `give_back` follows.
    pub(in crate::gobject) fn lend(&self) -> HeaderList {
        let empty = HeaderList::new(self.list.borrow().kind());
        self.list.replace(empty)
    }

    /// Puts the fields back that `lend` took out.
    pub(in crate::gobject) fn give_back(&self, list: HeaderList) {
        self.list.replace(list);
    }

    /// What the headers belong to.
    pub fn kind(&self) -> MessageHeadersType {
        self.list.borrow().kind().into()
    }

    /// Adds a field.
    pub fn append(&self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), Refused> {
        let name = name.as_ref();
        self.list.borrow_mut().append(name, value)?;
        self.changed(name);
        Ok(())
    }

    /// Puts a field in the place of those of its name.
    pub fn replace(&self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), Refused> {
        let name = name.as_ref();
        self.list.borrow_mut().replace(name, value)?;
        self.changed(name);
        Ok(())
    }

    /// Removes the fields called `name`.
    pub fn remove(&self, name: &str) {
        if self.list.borrow_mut().remove(name) {
            self.changed(name.as_bytes());
        }
    }

    /// Removes all fields.
    pub fn clear(&self) {
        self.assign(HeaderList::new(self.kind().into()));
    }

    /// How the end of the body was said to be told, if it was.
    pub(in crate::gobject) fn set_encoding_cell(&self) -> &Cell<Option<Encoding>> {
        &self.encoding
    }

    /// Keeps the text of a Content-Type without its parameters for C.
    pub(in crate::gobject) fn keep_content_type(&self, value: CString) -> *const std::ffi::c_char {
        let mut kept = self.kept.borrow_mut();
        match &kept.content_type {
            Some(old) if *old == value => old.as_ptr(),
            _ => kept.content_type.insert(value).as_ptr(),
        }
    }

    /// The value of the last field called `name`, for C. It stays until that field is changed.
    pub fn one_c(&self, name: &str) -> *const std::ffi::c_char {
        self.list
            .borrow()
            .field(name)
            .map_or(std::ptr::null(), |field| field.value_c().as_ptr())
    }

    /// The joined values of the fields called `name`, for C. They stay until those fields are changed.
    pub fn list_c(&self, name: &str) -> *const std::ffi::c_char {
        let list = self.list.borrow();
        let mut fields = list.fields().iter().filter(|field| field.is(name));
        match (fields.next(), fields.next()) {
            (None, _) => std::ptr::null(),
            (Some(field), None) => field.value_c().as_ptr(),
            _ => self.joined_c(&list, name),
        }
    }

    fn joined_c(&self, list: &HeaderList, name: &str) -> *const std::ffi::c_char {
        let mut kept = self.kept.borrow_mut();
        if let Some((_, joined)) = kept
            .joined
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
        {
            return joined.as_ptr();
        }
        let joined = list
            .list(name)
            .map(|joined| CString::new(joined.into_owned()).unwrap_or_default());
        let joined = joined.unwrap_or_default();
        // The text stays where it is when the vector grows.
        let pointer = joined.as_ptr();
        kept.joined.push((name.into(), joined));
        pointer
    }

    /// The next field of a walk, for C: name and value.
    pub fn next_c(&self, walk: &mut Walk) -> Option<(*const c_char, *const c_char)> {
        let list = self.list.borrow();
        loop {
            let known = walk.known_are_done == 0;
            let mut rest = list.fields().iter().enumerate().skip(walk.next);
            if let Some((index, field)) = rest.find(|(_, field)| is_known(field.name_bytes()) == known) {
                walk.next = index + 1;
                return Some((field.name_c().as_ptr(), field.value_c().as_ptr()));
            }
            if !known {
                return None;
            }
            *walk = Walk {
                next: 0,
                known_are_done: 1,
            };
        }
    }

    fn changed(&self, name: &[u8]) {
        let mut kept = self.kept.borrow_mut();
        kept.joined
            .retain(|(other, _)| !other.as_bytes().eq_ignore_ascii_case(name));
        if name.eq_ignore_ascii_case(b"Content-Length") || name.eq_ignore_ascii_case(b"Transfer-Encoding") {
            self.encoding.set(None);
        }
    }
}

impl std::fmt::Debug for SoupMessageHeaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.list.borrow().fmt(f)
    }
}

impl From<MessageHeadersType> for Kind {
    fn from(kind: MessageHeadersType) -> Kind {
        match kind {
            MessageHeadersType::Request => Kind::Request,
            MessageHeadersType::Response => Kind::Response,
            MessageHeadersType::Multipart => Kind::Multipart,
        }
    }
}

impl From<Kind> for MessageHeadersType {
    fn from(kind: Kind) -> MessageHeadersType {
        match kind {
            Kind::Request => MessageHeadersType::Request,
            Kind::Response => MessageHeadersType::Response,
            Kind::Multipart => MessageHeadersType::Multipart,
        }
    }
}

extern "C" fn soup_message_headers_type() -> glib::ffi::GType {
    static TYPE: std::sync::OnceLock<glib::ffi::GType> = std::sync::OnceLock::new();
    unsafe extern "C" fn copy(boxed: glib::ffi::gpointer) -> glib::ffi::gpointer {
        // SAFETY: GObject copies only what was put in as SoupMessageHeaders.
        unsafe { Arc::increment_strong_count(boxed.cast::<SoupMessageHeaders>().cast_const()) };
        boxed
    }
    unsafe extern "C" fn free(boxed: glib::ffi::gpointer) {
        // SAFETY: as above; this gives back a reference that `copy` took.
        unsafe { Arc::decrement_strong_count(boxed.cast::<SoupMessageHeaders>().cast_const()) };
    }
    // SAFETY: the functions are those of the type.
    *TYPE.get_or_init(|| unsafe {
        glib::gobject_ffi::g_boxed_type_register_static(
            c"SoupMessageHeaders".as_ptr(),
            Some(copy),
            Some(free),
        )
    })
}
