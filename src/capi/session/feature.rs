//! `SoupSessionFeature` for C: a type, nothing more.

use glib::ffi::GType;
use glib::prelude::*;
use glib::translate::*;

use crate::gobject::SessionFeature;

/// The type's #GType.
#[unsafe(no_mangle)]
pub extern "C" fn soup_session_feature_get_type() -> GType {
    SessionFeature::static_type().into_glib()
}
