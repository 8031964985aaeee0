//! Text that is overwritten when it is dropped.

/// A secret. It is not printed, and its memory is wiped when it goes.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes a text over.
    pub fn new(text: String) -> Secret {
        Secret(text.into_bytes())
    }

    /// The text.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // SAFETY: the vector's own bytes, all of them initialized.
        unsafe { libc::explicit_bzero(self.0.as_mut_ptr().cast(), self.0.len()) };
    }
}
