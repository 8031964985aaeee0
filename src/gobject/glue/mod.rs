//! What every class needs of GObject and GLib, once: callbacks of C's, tasks, sources in a context, cheap instances.

mod callback;
pub mod errors;
mod in_context;
pub mod quiet;
pub mod signals;
pub mod source;
pub mod streams;
pub mod task;
pub mod trace;
pub mod upgraded;
pub mod way_back;

pub use callback::Callback;
pub use in_context::InContext;
