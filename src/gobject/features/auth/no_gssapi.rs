//! What stands in the place of GSSAPI where the library was built without: no context can begin.

/// Whether there is such a library.
pub const SUPPORTED: bool = false;

/// A security context; there is none.
pub enum Context {}

impl Context {
    /// Begins none.
    pub fn new(_service: &str) -> Result<Context, String> {
        Err("this library was built without GSSAPI".to_owned())
    }

    /// Is never called.
    pub fn step(&mut self, _token: Option<&[u8]>) -> Result<Vec<u8>, String> {
        match *self {}
    }
}
