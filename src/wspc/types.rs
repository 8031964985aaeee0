//! The C side of `websocket.h`: its types, values and layouts, under their own names.
#![expect(
    non_camel_case_types,
    non_snake_case,
    missing_docs,
    reason = "the header's names, verbatim, and documented there"
)]

use std::ffi::{c_char, c_uint, c_void};

pub type BOOL = i32;
pub type BYTE = u8;
pub type HRESULT = i32;
pub type PCSTR = *const c_char;
pub type PVOID = *mut c_void;
pub type ULONG = u32;
pub type USHORT = u16;
pub type WEB_SOCKET_HANDLE = PVOID;

pub type WEB_SOCKET_ACTION = c_uint;
pub type WEB_SOCKET_ACTION_QUEUE = c_uint;
pub type WEB_SOCKET_BUFFER_TYPE = ULONG;
pub type WEB_SOCKET_PROPERTY_TYPE = c_uint;
pub type WEB_SOCKET_VIOLATION = c_uint;

/// One property of a handle: a type, and a value of `ulValueSize` bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WEB_SOCKET_PROPERTY {
    pub Type: WEB_SOCKET_PROPERTY_TYPE,
    pub pvValue: PVOID,
    pub ulValueSize: ULONG,
}

/// One header field; neither string needs a terminating NUL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WEB_SOCKET_HTTP_HEADER {
    pub pcName: *mut c_char,
    pub ulNameLength: ULONG,
    pub pcValue: *mut c_char,
    pub ulValueLength: ULONG,
}

/// Bytes of a message or for the network.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Data {
    pub pbBuffer: *mut BYTE,
    pub ulBufferLength: ULONG,
}

/// The body of a close frame.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CloseStatus {
    pub pbReason: *mut BYTE,
    pub ulReasonLength: ULONG,
    pub usStatus: USHORT,
}

/// How far the frame is that is being received, and what the peer did wrong.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WEB_SOCKET_RECEIVE_STATE {
    pub ullFrameRemaining: u64,
    pub bCompressed: BOOL,
    pub eViolation: WEB_SOCKET_VIOLATION,
}

/// What a buffer holds is told by the `WEB_SOCKET_BUFFER_TYPE` beside it.
#[repr(C)]
#[derive(Clone, Copy)]
pub union WEB_SOCKET_BUFFER {
    pub Data: Data,
    pub CloseStatus: CloseStatus,
}

impl WEB_SOCKET_BUFFER {
    /// A buffer of `length` bytes at `address`. Every area fits a ULONG, since its size came as one.
    pub fn data(address: *const u8, length: usize) -> Self {
        let ulBufferLength = ULONG::try_from(length).unwrap_or(ULONG::MAX);
        Self {
            Data: Data {
                pbBuffer: address.cast_mut(),
                ulBufferLength,
            },
        }
    }
}

pub const WEB_SOCKET_SEND_ACTION_QUEUE: WEB_SOCKET_ACTION_QUEUE = 1;
pub const WEB_SOCKET_RECEIVE_ACTION_QUEUE: WEB_SOCKET_ACTION_QUEUE = 2;
pub const WEB_SOCKET_ALL_ACTION_QUEUE: WEB_SOCKET_ACTION_QUEUE = 3;

pub const WEB_SOCKET_NO_ACTION: WEB_SOCKET_ACTION = 0;
pub const WEB_SOCKET_SEND_TO_NETWORK_ACTION: WEB_SOCKET_ACTION = 1;
pub const WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: WEB_SOCKET_ACTION = 2;
pub const WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION: WEB_SOCKET_ACTION = 3;
pub const WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION: WEB_SOCKET_ACTION = 4;

pub const WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 0;
pub const WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 1;
pub const WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 2;
pub const WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 3;
pub const WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 4;
pub const WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 5;
pub const WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 6;
pub const WEB_SOCKET_CONTROL_PAYLOADS_PROPERTY_TYPE: WEB_SOCKET_PROPERTY_TYPE = 0x100;

pub const WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0000;
pub const WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0001;
pub const WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0002;
pub const WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0003;
pub const WEB_SOCKET_CLOSE_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0004;
pub const WEB_SOCKET_PING_PONG_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0005;
pub const WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0006;
pub const WEB_SOCKET_PING_BUFFER_TYPE: WEB_SOCKET_BUFFER_TYPE = 0x8000_0100;
pub const WEB_SOCKET_UNCOMPRESSED_FLAG: WEB_SOCKET_BUFFER_TYPE = 0x4000_0000;

pub const WEB_SOCKET_NO_VIOLATION: WEB_SOCKET_VIOLATION = 0;
pub const WEB_SOCKET_RESERVED_BITS_VIOLATION: WEB_SOCKET_VIOLATION = 1;
pub const WEB_SOCKET_OPCODE_VIOLATION: WEB_SOCKET_VIOLATION = 2;
pub const WEB_SOCKET_UNMASKED_VIOLATION: WEB_SOCKET_VIOLATION = 3;
pub const WEB_SOCKET_MASKED_VIOLATION: WEB_SOCKET_VIOLATION = 4;
pub const WEB_SOCKET_LENGTH_VIOLATION: WEB_SOCKET_VIOLATION = 5;
pub const WEB_SOCKET_CONTROL_LENGTH_VIOLATION: WEB_SOCKET_VIOLATION = 6;
pub const WEB_SOCKET_CONTROL_FRAGMENT_VIOLATION: WEB_SOCKET_VIOLATION = 7;
pub const WEB_SOCKET_CONTINUATION_VIOLATION: WEB_SOCKET_VIOLATION = 8;
pub const WEB_SOCKET_DATA_VIOLATION: WEB_SOCKET_VIOLATION = 9;
pub const WEB_SOCKET_UTF8_VIOLATION: WEB_SOCKET_VIOLATION = 10;
pub const WEB_SOCKET_DEFLATE_VIOLATION: WEB_SOCKET_VIOLATION = 11;
pub const WEB_SOCKET_CLOSE_LENGTH_VIOLATION: WEB_SOCKET_VIOLATION = 12;
pub const WEB_SOCKET_CLOSE_STATUS_VIOLATION: WEB_SOCKET_VIOLATION = 13;
pub const WEB_SOCKET_CLOSE_REASON_VIOLATION: WEB_SOCKET_VIOLATION = 14;
pub const WEB_SOCKET_AFTER_CLOSE_VIOLATION: WEB_SOCKET_VIOLATION = 15;

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{align_of, offset_of};

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn layouts_are_those_of_windows_on_64_bits() {
        assert_eq!(
            (
                size_of::<WEB_SOCKET_PROPERTY>(),
                align_of::<WEB_SOCKET_PROPERTY>()
            ),
            (24, 8)
        );
        assert_eq!(offset_of!(WEB_SOCKET_PROPERTY, pvValue), 8);
        assert_eq!(offset_of!(WEB_SOCKET_PROPERTY, ulValueSize), 16);
        assert_eq!(size_of::<WEB_SOCKET_HTTP_HEADER>(), 32);
        assert_eq!(offset_of!(WEB_SOCKET_HTTP_HEADER, pcValue), 16);
        assert_eq!(offset_of!(WEB_SOCKET_HTTP_HEADER, ulValueLength), 24);
        assert_eq!(size_of::<WEB_SOCKET_BUFFER>(), 16);
        assert_eq!(offset_of!(CloseStatus, ulReasonLength), 8);
        assert_eq!(offset_of!(CloseStatus, usStatus), 12);
    }

    #[test]
    #[cfg(target_pointer_width = "32")]
    fn layouts_are_those_of_windows_on_32_bits() {
        assert_eq!(
            (
                size_of::<WEB_SOCKET_PROPERTY>(),
                align_of::<WEB_SOCKET_PROPERTY>()
            ),
            (12, 4)
        );
        assert_eq!(offset_of!(WEB_SOCKET_PROPERTY, ulValueSize), 8);
        assert_eq!(size_of::<WEB_SOCKET_HTTP_HEADER>(), 16);
        assert_eq!(offset_of!(WEB_SOCKET_HTTP_HEADER, ulValueLength), 12);
        assert_eq!(size_of::<WEB_SOCKET_BUFFER>(), 12);
        assert_eq!(offset_of!(CloseStatus, usStatus), 8);
    }
}
