//! One queued send: what the caller gave, checked, and how far it has come.

use std::ptr;
use std::slice;

use super::buffer_type::Kind;
use super::failure::Failure;
use super::memory::extent;
use super::types::*;
use crate::proto::ws::{Role, close, frame};

/// A send that the caller has queued. Its payload is the caller's memory until the operation is indicated.
pub struct Operation {
    /// What is sent.
    pub kind: Kind,
    /// The caller's word for it.
    pub context: PVOID,
    /// Whether it is compressed, where that is negotiated.
    pub compress: bool,
    /// How far it has come.
    pub stage: Stage,
    /// The masking key of the frame under way.
    pub key: Option<[u8; 4]>,
    /// The status of a close frame, in front of the payload.
    status: Option<[u8; 2]>,
    address: *const u8,
    size: usize,
}

/// How far an operation has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Nothing has gone out.
    Waiting,
    /// The header and this much of status and payload have been given to the caller to send.
    Sending { sent: usize },
    /// This much of the payload has gone into the compressor, and its frames have been given to the caller.
    Compressing { consumed: usize },
    /// It is complete or cancelled, and the caller is to be told.
    Over,
}

impl Operation {
    /// Checks what the caller gave.
    pub fn new(kind: Kind, buffer: Option<&WEB_SOCKET_BUFFER>, context: PVOID) -> Result<Self, Failure> {
        let mut operation = Self {
            kind,
            context,
            compress: true,
            stage: Stage::Waiting,
            key: None,
            status: None,
            address: ptr::null(),
            size: 0,
        };
        match (kind, buffer) {
            (Kind::Ping, _) => return Err(Failure::InvalidArgument),
            (_, None) => {}
            (Kind::PingPong | Kind::UnsolicitedPong, Some(buffer)) => {
                // SAFETY: the buffer of a ping or a pong is data.
                let data = unsafe { buffer.Data };
                if data.ulBufferLength as usize > frame::MAX_CONTROL_PAYLOAD {
                    return Err(Failure::InvalidArgument);
                }
                operation.set_payload(data.pbBuffer, data.ulBufferLength)?;
            }
            (Kind::Close, Some(buffer)) => {
                // SAFETY: the buffer of a CLOSE is a close status, by the contract.
                operation.set_close(unsafe { buffer.CloseStatus })?;
            }
            (Kind::Data { .. } | Kind::Extension(_), Some(buffer)) => {
                // SAFETY: the buffer of every other type is data.
                let data = unsafe { buffer.Data };
                operation.set_payload(data.pbBuffer, data.ulBufferLength)?;
            }
        }
        Ok(operation)
    }

    /// The payload; a close frame's is its reason.
    pub fn payload(&self) -> &[u8] {
        if self.size == 0 {
            return &[];
        }
        // SAFETY: the caller leaves the buffer as it is until the operation is indicated as complete.
        unsafe { slice::from_raw_parts(self.address, self.size) }
    }

    /// How long the frame's payload is: the status and the caller's bytes.
    pub fn length(&self) -> usize {
        self.status.map_or(0, |status| status.len()) + self.size
    }

    /// Whether every byte has been given to the caller to send.
    pub fn is_all_out(&self) -> bool {
        matches!(self.stage, Stage::Sending { sent } if sent == self.length())
    }

    /// Copies what comes at `sent` of status and payload into `room`, as far as it fits.
    pub fn copy(&self, sent: usize, room: &mut [u8]) -> usize {
        let status = self.status.as_ref().map_or(&[][..], |status| status.as_slice());
        let bytes = status.iter().chain(self.payload()).skip(sent);
        if status.is_empty() {
            let rest = self.payload().get(sent..).unwrap_or_default();
            let length = rest.len().min(room.len());
            room[..length].copy_from_slice(&rest[..length]);
            return length;
        }
        // At most 125 bytes.
        room.iter_mut().zip(bytes).map(|(to, from)| *to = *from).count()
    }

    /// Copies the status alone.
    pub fn copy_status(&self, room: &mut [u8]) -> usize {
        let status = self.status.iter().flatten();
        room.iter_mut().zip(status).map(|(to, from)| *to = *from).count()
    }

    /// What comes at `sent`, where the caller has it; `None` when nothing is left, or the status is.
    pub fn rest(&self, sent: usize) -> Option<WEB_SOCKET_BUFFER> {
        let at = sent.checked_sub(self.length() - self.size)?;
        let length = self.size.checked_sub(at).filter(|length| *length > 0)?;
        Some(WEB_SOCKET_BUFFER::data(self.address.wrapping_add(at), length))
    }

    fn set_payload(&mut self, address: *const u8, size: ULONG) -> Result<(), Failure> {
        let size = extent(address, size)?;
        if address.is_null() && size > 0 {
            return Err(Failure::InvalidArgument);
        }
        (self.address, self.size) = (address, size);
        Ok(())
    }

    fn set_close(&mut self, given: CloseStatus) -> Result<(), Failure> {
        self.set_payload(given.pbReason, given.ulReasonLength)?;
        // A component does not say whose endpoint it is: what either role may send is good.
        let sendable = close::is_sendable(given.usStatus, Role::Client)
            || close::is_sendable(given.usStatus, Role::Server);
        match given.usStatus {
            close::NO_STATUS if self.size == 0 => Ok(()),
            status if status != close::NO_STATUS && sendable => {
                let text = self.size <= close::MAX_REASON && std::str::from_utf8(self.payload()).is_ok();
                self.status = Some(status.to_be_bytes());
                if text {
                    Ok(())
                } else {
                    Err(Failure::InvalidArgument)
                }
            }
            _ => Err(Failure::InvalidArgument),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closing(status: u16, reason: &[u8]) -> Result<Operation, Failure> {
        let close = CloseStatus {
            pbReason: reason.as_ptr().cast_mut(),
            ulReasonLength: reason.len() as ULONG,
            usStatus: status,
        };
        Operation::new(
            Kind::Close,
            Some(&WEB_SOCKET_BUFFER { CloseStatus: close }),
            ptr::null_mut(),
        )
    }

    #[test]
    fn a_close_has_a_status_that_may_be_sent_and_a_short_reason() {
        for (status, length, good) in [
            (1000, 0, true),
            (1000, 123, true),
            (1000, 124, false),
            (1005, 0, true),
            (1005, 1, false),
            (1006, 0, false),
            (1015, 0, false),
            (999, 0, false),
            (3000, 0, true),
            (4999, 5, true),
            (5000, 0, false),
        ] {
            assert_eq!(
                closing(status, &[b'x'; 124][..length]).is_ok(),
                good,
                "{status} {length}"
            );
        }
        assert!(closing(1000, b"\xff").is_err());
    }

    #[test]
    fn pieces_of_a_close_are_its_status_and_its_reason() {
        let close = closing(1000, b"bye").unwrap();
        let mut room = [0; 8];
        assert_eq!((close.copy(0, &mut room), &room[..5]), (5, &b"\x03\xe8bye"[..]));
        assert_eq!((close.copy(1, &mut room), &room[..4]), (4, &b"\xe8bye"[..]));
        assert!(close.rest(5).is_none());
        // SAFETY: a rest is always data.
        assert_eq!(unsafe { close.rest(2).unwrap().Data.ulBufferLength }, 3);
    }

    #[test]
    fn a_payload_without_an_address_is_refused() {
        let data = Kind::Data {
            data: crate::proto::ws::DataType::Binary,
            last: true,
        };
        let null = WEB_SOCKET_BUFFER::data(ptr::null(), 1);
        assert!(Operation::new(data, Some(&null), ptr::null_mut()).is_err());
        let empty = WEB_SOCKET_BUFFER::data(ptr::null(), 0);
        assert_eq!(
            Operation::new(data, Some(&empty), ptr::null_mut())
                .unwrap()
                .length(),
            0
        );
        // With 32 bits a length may be more than any object has.
        let huge = WEB_SOCKET_BUFFER::data(b"x".as_ptr(), ULONG::MAX as usize);
        assert_eq!(
            Operation::new(data, Some(&huge), ptr::null_mut()).is_ok(),
            cfg!(target_pointer_width = "64")
        );
        assert!(Operation::new(Kind::PingPong, Some(&empty), ptr::null_mut()).is_ok());
        assert!(Operation::new(Kind::Ping, None, ptr::null_mut()).is_err());
    }
}
