//! What every class needs of GObject and GLib, once: callbacks of C's, tasks, sources in a context, cheap instances.

mod at_home;
mod callback;
pub mod errors;
pub mod quiet;
pub mod source;
pub mod task;

pub use at_home::AtHome;
pub use callback::Callback;
