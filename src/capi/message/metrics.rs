//! `SoupMessageMetrics` for C.

use glib::ffi::GType;
use glib::translate::*;

use crate::capi::guard::{borrow, is};
use crate::capi::types::guint64;
use crate::gobject::Message;
use crate::gobject::message::SoupMessage;
use crate::gobject::message::metrics::{SoupMessageMetrics, boxed};

/// The type's #GType.
#[unsafe(no_mangle)]
pub extern "C" fn soup_message_metrics_get_type() -> GType {
    boxed::type_().into_glib()
}

/// @msg: a message
///
/// Gets the measurements of a message with %SOUP_MESSAGE_COLLECT_METRICS. They are measured anew each time it is sent.
///
/// Returns: (transfer none) (nullable): the measurements, %NULL without that flag
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_get_metrics(msg: *mut SoupMessage) -> *mut SoupMessageMetrics {
    require! { soup_message_get_metrics => std::ptr::null_mut(); "SOUP_IS_MESSAGE (msg)": is::<Message>(msg) }
    // SAFETY: checked above. The measurements live in the message, which is C's.
    unsafe { borrow::<Message>(msg).metrics_pointer() }
}

/// @metrics: measurements
///
/// Copies measurements.
///
/// Returns: (transfer full): the copy
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_copy(
    metrics: *mut SoupMessageMetrics,
) -> *mut SoupMessageMetrics {
    require! { soup_message_metrics_copy => std::ptr::null_mut(); "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    boxed::copy(unsafe { &*metrics })
}

/// @metrics: (transfer full): measurements
///
/// Frees a copy of measurements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_free(metrics: *mut SoupMessageMetrics) {
    require! { soup_message_metrics_free; "metrics != NULL": !metrics.is_null() }
    // SAFETY: the C contract: a copy that soup_message_metrics_copy() has made.
    unsafe { boxed::free(metrics) };
}

/// @metrics: measurements
///
/// Gets when the message was sent by the program, or restarted.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_fetch_start(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_fetch_start => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.fetch_start.get()
}

/// @metrics: measurements
///
/// Gets when the name's resolution began; 0 if there was none.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_dns_start(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_dns_start => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.dns_start.get()
}

/// @metrics: measurements
///
/// Gets when it ended.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_dns_end(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_dns_end => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.dns_end.get()
}

/// @metrics: measurements
///
/// Gets when the connection was begun; 0 for a connection that was kept.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_connect_start(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_connect_start => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.connect_start.get()
}

/// @metrics: measurements
///
/// Gets when it was made, its TLS handshake included.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_connect_end(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_connect_end => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.connect_end.get()
}

/// @metrics: measurements
///
/// Gets when the TLS handshake began; 0 if there was none.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_tls_start(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_tls_start => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.tls_start.get()
}

/// @metrics: measurements
///
/// Gets when the request was begun.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_request_start(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_request_start => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.request_start.get()
}

/// @metrics: measurements
///
/// Gets when the head of the response came.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_response_start(
    metrics: *mut SoupMessageMetrics,
) -> guint64 {
    require! { soup_message_metrics_get_response_start => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.response_start.get()
}

/// @metrics: measurements
///
/// Gets when the response was complete.
///
/// Returns: microseconds of g_get_monotonic_time()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_response_end(metrics: *mut SoupMessageMetrics) -> guint64 {
    require! { soup_message_metrics_get_response_end => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.response_end.get()
}

/// @metrics: measurements
///
/// Gets the size of the request's head on the wire.
///
/// Returns: bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_request_header_bytes_sent(
    metrics: *mut SoupMessageMetrics,
) -> guint64 {
    require! { soup_message_metrics_get_request_header_bytes_sent => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.request_header_bytes_sent.get()
}

/// @metrics: measurements
///
/// Gets the size of the request's body.
///
/// Returns: bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_request_body_size(
    metrics: *mut SoupMessageMetrics,
) -> guint64 {
    require! { soup_message_metrics_get_request_body_size => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.request_body_size.get()
}

/// @metrics: measurements
///
/// Gets how many bytes of the request's body were sent, with the framing of its chunks.
///
/// Returns: bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_request_body_bytes_sent(
    metrics: *mut SoupMessageMetrics,
) -> guint64 {
    require! { soup_message_metrics_get_request_body_bytes_sent => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.request_body_bytes_sent.get()
}

/// @metrics: measurements
///
/// Gets the size of the heads of the response on the wire.
///
/// Returns: bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_response_header_bytes_received(
    metrics: *mut SoupMessageMetrics,
) -> guint64 {
    require! { soup_message_metrics_get_response_header_bytes_received => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.response_header_bytes_received.get()
}

/// @metrics: measurements
///
/// Gets the size of the response's body, decoded.
///
/// Returns: bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_response_body_size(
    metrics: *mut SoupMessageMetrics,
) -> guint64 {
    require! { soup_message_metrics_get_response_body_size => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.response_body_size.get()
}

/// @metrics: measurements
///
/// Gets how many bytes of the response's body came over the wire, encoded and with the framing of its chunks.
///
/// Returns: bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn soup_message_metrics_get_response_body_bytes_received(
    metrics: *mut SoupMessageMetrics,
) -> guint64 {
    require! { soup_message_metrics_get_response_body_bytes_received => 0; "metrics != NULL": !metrics.is_null() }
    // SAFETY: checked above.
    unsafe { &*metrics }.response_body_bytes_received.get()
}
