//! `SoupContentDecoder` and its converters for C: types, nothing more.

use glib::ffi::GType;
use glib::prelude::*;
use glib::translate::*;

use crate::gobject::features::decoder::{BrotliDecompressor, ContentDecoder, ZstdDecompressor};

/// The GType of `SoupContentDecoder`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_content_decoder_get_type() -> GType {
    ContentDecoder::static_type().into_glib()
}

/// The GType of `SoupBrotliDecompressor`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_brotli_decompressor_get_type() -> GType {
    BrotliDecompressor::static_type().into_glib()
}

/// The GType of `SoupZstdDecompressor`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_zstd_decompressor_get_type() -> GType {
    ZstdDecompressor::static_type().into_glib()
}
