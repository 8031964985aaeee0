//! Multipart bodies (RFC 2046, section 5.1): a parser that takes pieces, and a writer.

mod parser;
mod writer;

pub use parser::{Event, Parser, Violation, boundary_of};
pub use writer::{Writer, field_headers};
