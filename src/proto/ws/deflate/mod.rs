//! permessage-deflate (RFC 7692): the parameters, and the two directions of the compression.

mod params;

pub use params::Params;
