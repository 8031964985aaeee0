//! The GObject classes: properties, signals, vfuncs. Safe methods outside, no exported symbol.

pub mod enums;
pub mod status;
