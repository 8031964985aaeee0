//! Writes a multipart body.

use crate::proto::http1::headers::{HeaderList, Kind, Refused};
use crate::proto::http1::params;

/// Writes the parts of a body, one after the other, and its end.
#[derive(Clone, Debug)]
pub struct Writer {
    boundary: String,
}

impl Writer {
    /// A writer with a boundary that is made of random bytes: what a part holds cannot be one.
    pub fn new(random: [u8; 16]) -> Writer {
        let boundary = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Writer { boundary }
    }

    /// The boundary.
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// The value of Content-Type for a body of `kind`, as `multipart/form-data`.
    pub fn content_type(&self, kind: &str) -> String {
        format!("{kind}; boundary={}", self.boundary)
    }

    /// Appends what stands before a part's data.
    pub fn begin(&self, headers: &HeaderList, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("--{}\r\n", self.boundary).as_bytes());
        for (name, value) in headers.iter() {
            for piece in [name.as_bytes(), b": ", value, b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends a whole part.
    pub fn part(&self, headers: &HeaderList, data: &[u8], out: &mut Vec<u8>) {
        self.begin(headers, out);
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }

    /// Appends the end of the body.
    pub fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
    }
}

/// The headers of a form's field: of a file, where there is a `file_name`.
pub fn field_headers(
    name: &str,
    file_name: Option<&str>,
    content_type: Option<&str>,
) -> Result<HeaderList, Refused> {
    let mut value = b"form-data; ".to_vec();
    params::append_param_quoted(&mut value, b"name", name.as_bytes());
    if let Some(file_name) = file_name {
        value.extend_from_slice(b"; ");
        params::append_param_quoted(&mut value, b"filename", file_name.as_bytes());
    }
    let mut headers = HeaderList::new(Kind::Multipart);
    headers.append("Content-Disposition", value)?;
    if let Some(content_type) = content_type {
        headers.append("Content-Type", content_type)?;
    }
    Ok(headers)
}
