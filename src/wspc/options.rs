//! The properties of a handle, checked (`WEB_SOCKET_PROPERTY_TYPE`).

use std::ptr::NonNull;

use super::failure::Failure;
use super::memory::extent;
use super::types::*;
use crate::proto::ws::Role;

/// What a handle was created with.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Client or server.
    pub role: Role,
    /// Bytes of the receive buffer.
    pub receive_size: usize,
    /// Bytes of the send buffer; `None`: not given, so that a server that compresses may have more than a header's.
    send_size: Option<usize>,
    /// Off: a client masks with the key 0, and a server takes frames that are not masked.
    pub masking: bool,
    /// Off: text is not checked.
    pub verify_utf8: bool,
    /// On: pings are shown instead of answered, and pings and pongs are sent with a payload.
    pub control_payloads: bool,
    /// The caller's memory for the buffers.
    pub buffer: Option<CallerBuffer>,
}

/// The caller's own memory for the handle's buffers.
#[derive(Clone, Copy, Debug)]
pub struct CallerBuffer {
    /// Aligned to 8.
    pub address: NonNull<u8>,
    /// In bytes.
    pub size: usize,
}

impl Options {
    /// Reads `properties`; every value is copied here but the caller's buffer itself.
    pub fn new(role: Role, properties: &[WEB_SOCKET_PROPERTY]) -> Result<Self, Failure> {
        let mut options = Self {
            role,
            receive_size: DEFAULT_SIZE,
            send_size: None,
            masking: true,
            verify_utf8: true,
            control_payloads: false,
            buffer: None,
        };
        for property in properties {
            options.set(property)?;
        }
        options.check()
    }

    /// How large the send buffer is, `compressing` or not.
    pub fn send_size(&self, compressing: bool) -> usize {
        self.send_size.unwrap_or(match self.role {
            // A server sends its payload from where the caller has it: the buffer holds a header only.
            Role::Server if !compressing || self.buffer.is_some() => MIN_SERVER_SEND_SIZE,
            _ => DEFAULT_SIZE,
        })
    }

    /// How many bytes the buffers take together, or `None` for more than an address space has.
    pub fn block_size(&self, compressing: bool) -> Option<usize> {
        self.receive_size
            .checked_add(self.send_size(compressing))?
            .checked_add(OVERHEAD)
            .filter(|size| isize::try_from(*size).is_ok())
    }

    fn set(&mut self, property: &WEB_SOCKET_PROPERTY) -> Result<(), Failure> {
        match property.Type {
            WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE => self.receive_size = ulong(property)? as usize,
            WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE => self.send_size = Some(ulong(property)? as usize),
            // A BOOL has the size of a ULONG.
            WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE => self.masking = ulong(property)? == 0,
            WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE => self.verify_utf8 = ulong(property)? == 0,
            WEB_SOCKET_CONTROL_PAYLOADS_PROPERTY_TYPE => self.control_payloads = ulong(property)? != 0,
            WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE => self.buffer = Some(caller_buffer(property)?),
            _ => return Err(Failure::InvalidArgument),
        }
        Ok(())
    }

    fn check(self) -> Result<Self, Failure> {
        let least = match self.role {
            Role::Client => MIN_SIZE,
            Role::Server => MIN_SERVER_SEND_SIZE,
        };
        let send = self.send_size(false);
        let fits = self.block_size(false).is_some_and(|needed| {
            let room = self.buffer.map_or(needed, |buffer| buffer.size);
            needed <= room
        });
        if self.receive_size >= MIN_SIZE && send >= least && fits {
            Ok(self)
        } else {
            Err(Failure::InvalidArgument)
        }
    }
}

fn ulong(property: &WEB_SOCKET_PROPERTY) -> Result<ULONG, Failure> {
    if property.pvValue.is_null() || property.ulValueSize as usize != size_of::<ULONG>() {
        return Err(Failure::InvalidArgument);
    }
    // SAFETY: not NULL, and of this size by the caller's word; read without asking for alignment.
    Ok(unsafe { property.pvValue.cast::<ULONG>().read_unaligned() })
}

/// The value is where the buffer's address stands, and the size that of the buffer.
fn caller_buffer(property: &WEB_SOCKET_PROPERTY) -> Result<CallerBuffer, Failure> {
    if property.pvValue.is_null() {
        return Err(Failure::InvalidArgument);
    }
    // SAFETY: not NULL; the contract of ALLOCATED_BUFFER says that a PVOID is there.
    let address = unsafe { property.pvValue.cast::<*mut u8>().read_unaligned() };
    match NonNull::new(address) {
        Some(address) if address.as_ptr().addr() % 8 == 0 => Ok(CallerBuffer {
            address,
            size: extent(address.as_ptr(), property.ulValueSize)?,
        }),
        _ => Err(Failure::InvalidArgument),
    }
}

/// The default of both sizes; a server's send buffer is smaller.
const DEFAULT_SIZE: usize = 4096;
/// The least of both sizes: a whole control frame fits.
const MIN_SIZE: usize = 256;
/// The least of a server's send buffer: a header fits.
const MIN_SERVER_SEND_SIZE: usize = 16;
/// What a caller's buffer has over both sizes: the reply to a ping is kept there, of at most 131 bytes.
pub const OVERHEAD: usize = 144;

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;
    use std::ptr::from_mut;

    fn property<T>(kind: WEB_SOCKET_PROPERTY_TYPE, value: &mut T, size: usize) -> WEB_SOCKET_PROPERTY {
        let value = from_mut(value).cast::<c_void>();
        WEB_SOCKET_PROPERTY {
            Type: kind,
            pvValue: value,
            ulValueSize: size as ULONG,
        }
    }

    #[test]
    fn sizes_have_defaults_and_least_values() {
        let server = Options::new(Role::Server, &[]).unwrap();
        assert_eq!(
            (
                server.receive_size,
                server.send_size(false),
                server.send_size(true)
            ),
            (4096, 16, 4096)
        );
        let client = Options::new(Role::Client, &[]).unwrap();
        assert_eq!((client.receive_size, client.send_size(false)), (4096, 4096));
        for (role, kind, size, good) in [
            (
                Role::Client,
                WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE,
                256,
                true,
            ),
            (
                Role::Client,
                WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE,
                255,
                false,
            ),
            (
                Role::Client,
                WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE,
                255,
                false,
            ),
            (Role::Server, WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, 16, true),
            (Role::Server, WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, 15, false),
        ] {
            let mut size: ULONG = size;
            assert_eq!(
                Options::new(role, &[property(kind, &mut size, 4)]).is_ok(),
                good,
                "{kind} {size}"
            );
        }
    }

    #[test]
    fn a_property_of_a_wrong_size_or_an_unknown_type_is_refused() {
        let mut size: ULONG = 4096;
        for (kind, value_size) in [(0, 8), (2, 1), (5, 4), (6, 4), (7, 4)] {
            assert!(Options::new(Role::Client, &[property(kind, &mut size, value_size)]).is_err());
        }
        let null = WEB_SOCKET_PROPERTY {
            Type: 0,
            pvValue: std::ptr::null_mut(),
            ulValueSize: 4,
        };
        assert!(Options::new(Role::Client, &[null]).is_err());
    }

    #[test]
    fn a_callers_buffer_holds_both_sizes_and_144_bytes_more() {
        let mut memory = [0u64; 1024];
        let mut address = memory.as_mut_ptr();
        let exact = 4096 + 16 + OVERHEAD;
        for (size, good) in [(exact, true), (exact - 1, false)] {
            let buffer = property(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &mut address, size);
            assert_eq!(Options::new(Role::Server, &[buffer]).is_ok(), good);
        }
        let mut odd = address.cast::<u8>().wrapping_add(1);
        let buffer = property(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &mut odd, exact);
        assert!(Options::new(Role::Server, &[buffer]).is_err());
    }

    #[test]
    fn sums_of_sizes_near_4_gib_do_not_wrap() {
        let mut memory = [0u64; 1024];
        let mut address = memory.as_mut_ptr();
        // With 32 bits, what is left of each sum is less than the buffer.
        for (receive, send) in [
            (ULONG::MAX - OVERHEAD as ULONG, 256),
            (256, ULONG::MAX - OVERHEAD as ULONG),
            (ULONG::MAX, ULONG::MAX),
            (1 << 31, 1 << 31),
        ] {
            let (mut receive, mut send): (ULONG, ULONG) = (receive, send);
            let properties = [
                property(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &mut receive, 4),
                property(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, &mut send, 4),
                property(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &mut address, 8192),
            ];
            let refused = Options::new(Role::Client, &properties).err();
            assert_eq!(refused, Some(Failure::InvalidArgument), "{receive} {send}");
        }
    }
}
