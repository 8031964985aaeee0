//! `SoupMessageMetrics`: when a message went through which stage, and how large it was. Collected where a message has
//! %SOUP_MESSAGE_COLLECT_METRICS; an attempt after a restart begins anew.

use std::cell::Cell;

use glib::translate::*;

use crate::gobject::Message;
use crate::gobject::enums::MessageFlags;

/// What is measured: microseconds of the monotonic clock, and bytes.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// The message was sent by the program.
    pub fetch_start: Cell<u64>,
    /// Name resolution began and ended.
    pub dns_start: Cell<u64>,
    /// The end of it.
    pub dns_end: Cell<u64>,
    /// The connection was begun.
    pub connect_start: Cell<u64>,
    /// It was made, TLS included.
    pub connect_end: Cell<u64>,
    /// The TLS handshake was begun; 0 without TLS.
    pub tls_start: Cell<u64>,
    /// The request was begun.
    pub request_start: Cell<u64>,
    /// The response's head came.
    pub response_start: Cell<u64>,
    /// The response was complete.
    pub response_end: Cell<u64>,
    /// The size of the request's head.
    pub request_header_bytes_sent: Cell<u64>,
    /// The size of its body.
    pub request_body_size: Cell<u64>,
    /// What was sent of that, framing included.
    pub request_body_bytes_sent: Cell<u64>,
    /// The size of the response's heads.
    pub response_header_bytes_received: Cell<u64>,
    /// The size of its body, decoded.
    pub response_body_size: Cell<u64>,
    /// What came of it over the wire, encoded and with its framing.
    pub response_body_bytes_received: Cell<u64>,
}

/// What C's `SoupMessageMetrics *` points to.
pub type SoupMessageMetrics = Metrics;

impl Metrics {
    /// An event of the connection that is made for the message.
    pub(in crate::gobject) fn network_event(&self, event: gio::SocketClientEvent) {
        let cell = match event {
            gio::SocketClientEvent::Resolving => &self.dns_start,
            gio::SocketClientEvent::Resolved => &self.dns_end,
            gio::SocketClientEvent::Connecting => &self.connect_start,
            gio::SocketClientEvent::Connected => &self.connect_end,
            gio::SocketClientEvent::TlsHandshaking => &self.tls_start,
            gio::SocketClientEvent::TlsHandshaked => &self.connect_end,
            _ => return,
        };
        cell.set(now());
    }

    /// The connection is one that was kept: there is nothing to tell of its making.
    pub(in crate::gobject) fn reuse(&self) {
        for cell in [
            &self.dns_start,
            &self.dns_end,
            &self.connect_start,
            &self.connect_end,
            &self.tls_start,
        ] {
            cell.set(0);
        }
    }
}

impl Message {
    /// Whether the message's stages are measured.
    pub(in crate::gobject) fn collects_metrics(&self) -> bool {
        self.flags().contains(MessageFlags::COLLECT_METRICS)
    }

    /// The measurements. They live in the message.
    pub fn metrics(&self) -> &Metrics {
        &self.parts().metrics
    }

    /// The measurements for C; NULL for a message that is not measured.
    pub fn metrics_pointer(&self) -> *mut Metrics {
        match self.collects_metrics() {
            true => std::ptr::from_ref(self.metrics()).cast_mut(),
            false => std::ptr::null_mut(),
        }
    }

    /// Calls `measure` if the message is measured.
    fn measure(&self, measure: impl FnOnce(&Metrics)) {
        if self.collects_metrics() {
            measure(self.metrics());
        }
    }

    /// The message was queued.
    pub(in crate::gobject) fn begin_metrics(&self) {
        self.measure(|metrics| {
            metrics.clear();
            metrics.fetch_start.set(now());
        });
    }

    /// The request is begun.
    pub(in crate::gobject) fn start_metrics(&self) {
        self.measure(|metrics| {
            metrics.request_start.set(now());
            for cell in [
                &metrics.request_header_bytes_sent,
                &metrics.request_body_size,
                &metrics.request_body_bytes_sent,
                &metrics.response_header_bytes_received,
                &metrics.response_body_size,
                &metrics.response_body_bytes_received,
            ] {
                cell.set(0);
            }
        });
    }

    pub(in crate::gobject) fn metrics_head_sent(&self, bytes: u64) {
        self.measure(|metrics| metrics.request_header_bytes_sent.set(bytes));
    }

    /// Bytes of the request's body were written, framing included.
    pub(in crate::gobject) fn metrics_sent(&self, bytes: u64) {
        self.measure(|metrics| add(&metrics.request_body_bytes_sent, bytes));
    }

    /// Bytes of the request's body were written.
    pub(in crate::gobject) fn metrics_wrote(&self, count: usize) {
        self.measure(|metrics| add(&metrics.request_body_size, count as u64));
    }

    pub(in crate::gobject) fn metrics_response_start(&self) {
        self.measure(|metrics| metrics.response_start.set(now()));
    }

    pub(in crate::gobject) fn metrics_head_received(&self, bytes: u64) {
        self.measure(|metrics| metrics.response_header_bytes_received.set(bytes));
    }

    /// The response comes from a cache: what was done to ask whether it still holds does not count.
    pub(in crate::gobject) fn metrics_filled(&self) {
        self.measure(|metrics| {
            let begun = metrics.fetch_start.get();
            metrics.clear();
            metrics.fetch_start.set(begun);
            metrics.request_start.set(now());
            metrics.response_start.set(now());
        });
    }

    /// Bytes of the response's body were received, framing included.
    pub(in crate::gobject) fn metrics_received(&self, bytes: u64) {
        self.measure(|metrics| add(&metrics.response_body_bytes_received, bytes));
    }

    /// Bytes of the response's body were read, and are decoded.
    pub(in crate::gobject) fn metrics_decoded(&self, count: usize) {
        self.measure(|metrics| add(&metrics.response_body_size, count as u64));
    }

    /// The response is complete.
    pub(in crate::gobject) fn finish_metrics(&self) {
        self.measure(|metrics| metrics.response_end.set(now()));
    }
}

impl Metrics {
    fn clear(&self) {
        let fresh = Metrics::default();
        for (cell, value) in self.cells().into_iter().zip(fresh.cells()) {
            cell.set(value.get());
        }
    }

    fn cells(&self) -> [&Cell<u64>; 15] {
        [
            &self.fetch_start,
            &self.dns_start,
            &self.dns_end,
            &self.connect_start,
            &self.connect_end,
            &self.tls_start,
            &self.request_start,
            &self.response_start,
            &self.response_end,
            &self.request_header_bytes_sent,
            &self.request_body_size,
            &self.request_body_bytes_sent,
            &self.response_header_bytes_received,
            &self.response_body_size,
            &self.response_body_bytes_received,
        ]
    }
}

fn add(cell: &Cell<u64>, count: u64) {
    cell.set(cell.get().saturating_add(count));
}

fn now() -> u64 {
    u64::try_from(glib::monotonic_time()).unwrap_or_default()
}

/// The boxed type's functions.
pub mod boxed {
    use super::*;

    /// A copy, for `soup_message_metrics_free()`.
    pub fn copy(metrics: &Metrics) -> *mut Metrics {
        Box::into_raw(Box::new(metrics.clone()))
    }

    /// Frees a copy.
    ///
    /// # Safety
    ///
    /// `metrics` was made by [`copy`].
    pub unsafe fn free(metrics: *mut Metrics) {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(metrics) });
    }

    /// The GType.
    pub fn type_() -> glib::Type {
        static TYPE: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        unsafe extern "C" fn copy_boxed(boxed: glib::ffi::gpointer) -> glib::ffi::gpointer {
            // SAFETY: GObject copies only what was put in as SoupMessageMetrics.
            copy(unsafe { &*boxed.cast::<Metrics>() }).cast()
        }
        unsafe extern "C" fn free_boxed(boxed: glib::ffi::gpointer) {
            // SAFETY: made by `copy`.
            unsafe { free(boxed.cast()) };
        }
        let type_ = TYPE.get_or_init(|| {
            // SAFETY: the functions are those of the type.
            unsafe {
                glib::gobject_ffi::g_boxed_type_register_static(
                    c"SoupMessageMetrics".as_ptr(),
                    Some(copy_boxed),
                    Some(free_boxed),
                )
            }
        });
        // SAFETY: registered above.
        unsafe { from_glib(*type_) }
    }
}
