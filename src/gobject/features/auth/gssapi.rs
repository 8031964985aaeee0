//! The system's GSSAPI library (RFC 2743 and 2744), as far as a client of Negotiate needs it: a name, a context, its steps.
//!
//! Law: a step may ask a Kerberos server, and wait for it. It is not called in a thread that runs a loop.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

/// Whether there is such a library.
pub const SUPPORTED: bool = true;

/// A security context with a service, as its steps make it.
pub struct Context {
    context: *mut c_void,
    service: *mut c_void,
}

// SAFETY: RFC 2744 ties neither contexts nor names to a thread, and this is their only owner.
unsafe impl Send for Context {}

impl Context {
    /// Begins one with a service, `HTTP@host`.
    pub fn new(service: &str) -> Result<Context, String> {
        let mut name = ptr::null_mut();
        let mut minor = 0;
        let mut text = Buffer::over(service.as_bytes());
        let mut kind = Oid::of(HOST_BASED_SERVICE);
        // SAFETY: all of these live through the call, which copies what it needs of them.
        let major = unsafe { gss_import_name(&mut minor, &mut text, &mut kind, &mut name) };
        match failed(major) {
            true => Err(explain(major, minor)),
            false => Ok(Context {
                context: ptr::null_mut(),
                service: name,
            }),
        }
    }

    /// Takes the server's token, if it has sent one; gives the next one for the server, which is empty if there is none.
    pub fn step(&mut self, token: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let mut minor = 0;
        let mut input = Buffer::over(token.unwrap_or_default());
        let input = token.map_or(ptr::null_mut(), |_| &raw mut input);
        let mut output = Buffer::over(&[]);
        let mut mechanism = Oid::of(SPNEGO);
        // SAFETY: the context and the name are ours; the rest lives through the call, and NULL stands for what nobody wants.
        let major = unsafe {
            gss_init_sec_context(
                &mut minor,
                ptr::null_mut(),
                &mut self.context,
                self.service,
                &mut mechanism,
                0,
                0,
                ptr::null_mut(),
                input,
                ptr::null_mut(),
                &mut output,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        let token = output.take();
        match failed(major) {
            true => Err(explain(major, minor)),
            false => Ok(token),
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: both are ours, or NULL, which these functions take.
        unsafe {
            gss_delete_sec_context(&mut minor, &mut self.context, ptr::null_mut());
            gss_release_name(&mut minor, &mut self.service);
        }
    }
}

/// Whether a major status is an error: a calling error or a routine's (RFC 2744, section 3.9.1).
fn failed(major: u32) -> bool {
    major & 0xffff_0000 != 0
}

/// What the library says about both halves of a status.
fn explain(major: u32, minor: u32) -> String {
    let parts = [(major, FOR_GSSAPI), (minor, FOR_MECHANISM)];
    let texts = parts.into_iter().filter(|(code, _)| *code != 0);
    texts
        .map(|(code, kind)| display(code, kind))
        .collect::<Vec<_>>()
        .join(": ")
}

fn display(code: u32, kind: c_int) -> String {
    let (mut minor, mut more) = (0, 0);
    let mut text = Buffer::over(&[]);
    // SAFETY: all of these live through the call; no mechanism is the default one. The first of several texts is the whole of
    // what people are told.
    unsafe { gss_display_status(&mut minor, code, kind, ptr::null_mut(), &mut more, &mut text) };
    String::from_utf8_lossy(&text.take()).into_owned()
}

/// `gss_buffer_desc`.
#[repr(C)]
struct Buffer {
    length: usize,
    value: *mut c_void,
}

impl Buffer {
    /// A buffer to be read, over bytes that outlive it.
    fn over(bytes: &[u8]) -> Buffer {
        Buffer {
            length: bytes.len(),
            value: bytes.as_ptr().cast_mut().cast(),
        }
    }

    /// What the library has written, which it gets back.
    fn take(mut self) -> Vec<u8> {
        if self.length == 0 || self.value.is_null() {
            return Vec::new();
        }
        // SAFETY: the library's own buffer, of that length.
        let bytes = unsafe { std::slice::from_raw_parts(self.value.cast::<u8>(), self.length) }.to_vec();
        let mut minor = 0;
        // SAFETY: as above; it is not looked at again.
        unsafe { gss_release_buffer(&mut minor, &mut self) };
        bytes
    }
}

/// `gss_OID_desc`.
#[repr(C)]
struct Oid {
    length: u32,
    elements: *mut c_void,
}

impl Oid {
    /// One whose bytes live forever; a C string, of which the NUL is no part.
    fn of(bytes: &'static CStr) -> Oid {
        Oid {
            length: bytes.count_bytes() as u32,
            elements: bytes.as_ptr().cast_mut().cast(),
        }
    }
}

/// The mechanism that chooses among mechanisms, 1.3.6.1.5.5.2 (RFC 4178).
const SPNEGO: &CStr = c"\x2b\x06\x01\x05\x05\x02";

/// Names of the form `service@host`, 1.2.840.113554.1.2.1.4 (RFC 2744, appendix A).
const HOST_BASED_SERVICE: &CStr = c"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04";

const FOR_GSSAPI: c_int = 1;
const FOR_MECHANISM: c_int = 2;

// The prototypes are RFC 2744's; names, contexts, credentials and channel bindings are pointers to what only the library knows.
unsafe extern "C" {
    fn gss_import_name(minor: *mut u32, text: *mut Buffer, kind: *mut Oid, name: *mut *mut c_void) -> u32;
    fn gss_init_sec_context(
        minor: *mut u32,
        credentials: *mut c_void,
        context: *mut *mut c_void,
        service: *mut c_void,
        mechanism: *mut Oid,
        flags: u32,
        lifetime: u32,
        bindings: *mut c_void,
        input: *mut Buffer,
        actual_mechanism: *mut *mut Oid,
        output: *mut Buffer,
        actual_flags: *mut u32,
        actual_lifetime: *mut u32,
    ) -> u32;
    fn gss_display_status(
        minor: *mut u32,
        code: u32,
        kind: c_int,
        mechanism: *mut Oid,
        more: *mut u32,
        text: *mut Buffer,
    ) -> u32;
    fn gss_delete_sec_context(minor: *mut u32, context: *mut *mut c_void, output: *mut Buffer) -> u32;
    fn gss_release_name(minor: *mut u32, name: *mut *mut c_void) -> u32;
    fn gss_release_buffer(minor: *mut u32, buffer: *mut Buffer) -> u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_words() {
        // GSS_S_NO_CRED; the words are the library's, in the user's language.
        let text = explain(7 << 16, 0);
        assert!(text.len() > 10, "{text}");
        assert!(failed(7 << 16) && failed(1 << 24) && !failed(0) && !failed(1));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let mut context = Context::new("HTTP@localhost").unwrap();
        assert!(context.step(Some(b"abc")).is_err());
    }
}
