//! The GObject classes: properties, signals, vfuncs. Safe methods outside, no exported symbol.
