//! `soup_content_sniffer_*`: what a body is by its first bytes.

use std::ffi::c_char;
use std::ptr;

use glib::ffi::{GBytes, GHashTable, GType};
use glib::prelude::*;
use glib::translate::*;

use crate::capi::guard::{hold, is};
use crate::gobject::Message;
use crate::gobject::features::sniffer::{ContentSniffer, SoupContentSniffer, content_type, parameters};
use crate::gobject::http::params;
use crate::gobject::message::SoupMessage;

/// The GType of `SoupContentSniffer`.
#[unsafe(no_mangle)]
pub extern "C" fn soup_content_sniffer_get_type() -> GType {
    ContentSniffer::static_type().into_glib()
}

/// Makes a sniffer. It is a session feature: a session that has it emits #SoupMessage::content-sniffed before the body of a response is
/// handed over.
///
/// Returns: (transfer full): the sniffer
#[unsafe(no_mangle)]
pub extern "C" fn soup_content_sniffer_new() -> *mut SoupContentSniffer {
    ContentSniffer::new().into_glib_ptr()
}

/// @sniffer: the sniffer
/// @msg: a message whose response headers are there
/// @buffer: the first bytes of its response body; 512 are enough
/// @params: (element-type utf8 utf8) (out) (transfer full) (nullable) (optional): where to put the parameters of the Content-Type
///   header, for g_hash_table_unref(); left alone without a valid one
///
/// Finds the type of a body by its first bytes and by the message's Content-Type, as the MIME Sniffing standard says. What
/// `X-Content-Type-Options: nosniff` declares is believed.
///
/// Returns: (transfer full): the type, without parameters, for g_free()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_content_sniffer_sniff(
    sniffer: *mut SoupContentSniffer,
    msg: *mut SoupMessage,
    buffer: *mut GBytes,
    params: *mut *mut GHashTable,
) -> *mut c_char {
    require! { soup_content_sniffer_sniff => ptr::null_mut();
        "SOUP_IS_CONTENT_SNIFFER (sniffer)": is::<ContentSniffer>(sniffer),
        "SOUP_IS_MESSAGE (msg)": is::<Message>(msg),
        "buffer != NULL": !buffer.is_null(),
    }
    // SAFETY: checked above.
    let (message, buffer) = unsafe { (hold::<Message>(msg), glib::Bytes::from_glib_none(buffer)) };
    if !params.is_null()
        && let Some(table) = parameters(&message)
    {
        // SAFETY: the C contract: a place for a table.
        unsafe { params.write(table) };
    }
    params::string(content_type(&message, &buffer).to_bytes())
}
