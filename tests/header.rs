//! The checked-in header is what the sources give.

/// What build.rs has just generated.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/soup.h"));

#[test]
fn the_header_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/include/libsoup/soup.h");
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == GENERATED,
        "{path} is not what src/capi gives, and build.rs could not write it"
    );
}
