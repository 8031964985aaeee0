//! What the library does, in the debug log: states, heads, frames. `G_MESSAGES_DEBUG=libsoup` shows it.
//!
//! Law: it costs a load and a branch when nobody reads it, and never tells what a body or a header holds.

use std::sync::OnceLock;

/// Whether somebody reads the debug log, as GLib says the first time that something is to be told.
pub fn is_on() -> bool {
    static IS_ON: OnceLock<bool> = OnceLock::new();
    *IS_ON.get_or_init(|| {
        // SAFETY: a NUL-terminated name; GLib looks at the environment.
        unsafe {
            glib::ffi::g_log_writer_default_would_drop(glib::ffi::G_LOG_LEVEL_DEBUG, c"libsoup".as_ptr())
                == glib::ffi::GFALSE
        }
    })
}

/// Tells something, as `format!` would write it. Its arguments are looked at only if somebody reads it.
macro_rules! trace {
    ($($argument:tt)+) => {
        if $crate::gobject::glue::trace::is_on() {
            glib::g_debug!("libsoup", $($argument)+);
        }
    };
}

pub(in crate::gobject) use trace;
