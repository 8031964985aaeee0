//! What requests and responses are made of, whoever sends them: header lists, bodies, statuses, URIs.

pub mod body;
pub mod head;
pub mod header_fields;
pub mod headers;
pub mod params;
pub mod status;
pub mod uri;

pub use body::MessageBody;
pub use headers::MessageHeaders;
