//! The function that takes a connection's messages as plain bytes, in place of the signal "message".

use std::ffi::c_void;

use glib::translate::*;

use super::signals::Emitter;
use super::{SoupWebsocketConnection, payload};
use crate::gobject::Callback;
use crate::gobject::enums::{SoupWebsocketDataType, WebsocketDataType};
use crate::proto::ws::Payload;

/// The connection, the kind of the message, its bytes and their number, and the function's own data.
pub type BisqueMessageFunc =
    unsafe extern "C" fn(*mut SoupWebsocketConnection, SoupWebsocketDataType, *const u8, usize, *mut c_void);

impl Callback<BisqueMessageFunc> {
    /// Calls the function. Nothing may be borrowed.
    pub(super) fn call(&self, emitter: &Emitter, kind: WebsocketDataType, payload: Payload<'_>) {
        // As an emission does: the function may drop the last reference and go on with its connection.
        let Some(connection) = emitter.connection() else {
            return;
        };
        let instance: *mut SoupWebsocketConnection = connection.to_glib_none().0;
        // SAFETY: the C contract of the function; the connection and the bytes live through the call.
        unsafe { (self.function)(instance, kind.into(), payload.as_ptr(), payload.len(), self.data) };
        payload::discard(payload);
    }
}
