//! Header lists and their parsing, bodies, methods, statuses, dates, URIs.

pub mod headers;

pub mod header_fields;

pub mod header_parsing;

pub mod body;

pub mod method;

pub mod status;

pub mod date;

pub mod uri;

pub mod multipart;

pub mod multipart_stream;

pub mod form;

mod form_pairs;
