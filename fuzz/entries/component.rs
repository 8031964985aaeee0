//! The component's entry point: bytes are read as a program of calls in any order, with the peer's bytes among them.
//! Whatever it does, every pointer stays in its place and a drain ends.

use std::ffi::c_void;
use std::ptr;
use std::slice;

use bisque::wspc::types::*;
use bisque::wspc::*;

/// The first byte says what kind of handle it is, the others are its program.
pub fn program(bytes: &[u8]) {
    if let Some((flags, program)) = bytes.split_first() {
        pump(flags & 1 != 0, flags & 2 != 0, program);
    }
}

/// The caller's memory for a handle's buffers: every pointer that is not the payload's lies in it.
const RECEIVE: usize = 256;
const SEND: usize = 256;
const OVERHEAD: usize = 144;

struct Machine {
    handle: WEB_SOCKET_HANDLE,
    memory: Box<[u64; (RECEIVE + SEND + OVERHEAD) / 8]>,
    payload: Box<[u8; 600]>,
    mine: Box<[u8; 50]>,
    /// The contexts of actions that are not completed, and what completing them in full means.
    outstanding: Vec<(PVOID, u32)>,
}

impl Machine {
    fn new(client: bool, deflate: bool) -> Machine {
        let mut memory = Box::new([0u64; (RECEIVE + SEND + OVERHEAD) / 8]);
        let mut sizes = [RECEIVE as u32, SEND as u32];
        let mut address: *mut u64 = memory.as_mut_ptr();
        let property = |kind, value: *mut c_void, size| WEB_SOCKET_PROPERTY {
            Type: kind,
            pvValue: value,
            ulValueSize: size,
        };
        let [receive, send] = &mut sizes;
        let properties = [
            property(0, ptr::from_mut(receive).cast(), 4),
            property(1, ptr::from_mut(send).cast(), 4),
            property(
                3,
                ptr::from_mut(&mut address).cast(),
                size_of_val(&*memory) as u32,
            ),
        ];
        let mut ends = [ptr::null_mut(); 2];
        let offer = [c"permessage-deflate".as_ptr()];
        let count = u32::from(deflate);
        let (mut fields, mut n) = (ptr::null_mut(), 0);
        // SAFETY: the arrays and out parameters are as the header asks.
        unsafe {
            let create = [WebSocketCreateClientHandle, WebSocketCreateServerHandle];
            for ((end, create), under_test) in ends.iter_mut().zip(create).zip([client, !client]) {
                let given = if under_test { properties.len() as u32 } else { 0 };
                assert_eq!(create(properties.as_ptr(), given, end), 0);
            }
            let [asks, answers] = ends;
            let none = ptr::null();
            assert_eq!(
                WebSocketBeginClientHandshake(
                    asks,
                    none,
                    0,
                    offer.as_ptr(),
                    count,
                    ptr::null(),
                    0,
                    &mut fields,
                    &mut n
                ),
                0
            );
            let (mut answer, mut m) = (ptr::null_mut(), 0);
            assert_eq!(
                WebSocketBeginServerHandshake(
                    answers,
                    ptr::null(),
                    offer.as_ptr(),
                    count,
                    fields,
                    n,
                    &mut answer,
                    &mut m
                ),
                0
            );
            let out = ptr::null_mut();
            assert_eq!(WebSocketEndClientHandshake(asks, answer, m, out, out, out), 0);
            assert_eq!(WebSocketEndServerHandshake(answers), 0);
            WebSocketDeleteHandle(if client { answers } else { asks });
        }
        let handle = if client { ends[0] } else { ends[1] };
        Machine {
            handle,
            memory,
            payload: Box::new([b'p'; 600]),
            mine: Box::new([0; 50]),
            outstanding: Vec::new(),
        }
    }

    /// One call of the program; `source` gives what it needs.
    fn step(&mut self, source: &mut impl Iterator<Item = u8>) -> Option<()> {
        let (operation, detail) = (source.next()?, source.next()?);
        match operation % 8 {
            0 => self.send(detail),
            1 => self.receive(detail),
            2 => self.complete(detail),
            3 if detail == 0 => {
                // SAFETY: a live handle.
                unsafe { WebSocketAbortHandle(self.handle) };
            }
            _ => self.action(operation, detail, source),
        }
        Some(())
    }

    fn send(&mut self, detail: u8) {
        let kind = 0x8000_0000 + u32::from(detail % 8);
        let length = usize::from(detail) * 2;
        let data = WEB_SOCKET_BUFFER::data(self.payload.as_ptr(), length);
        let close = CloseStatus {
            pbReason: self.payload.as_mut_ptr(),
            ulReasonLength: u32::from(detail),
            usStatus: 995 + u16::from(detail),
        };
        let buffer = if kind == WEB_SOCKET_CLOSE_BUFFER_TYPE {
            WEB_SOCKET_BUFFER { CloseStatus: close }
        } else {
            data
        };
        let given = if kind > WEB_SOCKET_CLOSE_BUFFER_TYPE {
            ptr::null()
        } else {
            ptr::from_ref(&buffer)
        };
        // SAFETY: the payload outlives the handle.
        unsafe { WebSocketSend(self.handle, kind, given, ptr::null_mut()) };
    }

    fn receive(&mut self, detail: u8) {
        let buffer = WEB_SOCKET_BUFFER::data(self.mine.as_ptr(), usize::from(detail) % 51);
        let given = if detail.is_multiple_of(3) {
            ptr::from_ref(&buffer)
        } else {
            ptr::null()
        };
        // SAFETY: the caller's buffer outlives the handle.
        unsafe { WebSocketReceive(self.handle, given, ptr::null_mut()) };
    }

    fn complete(&mut self, detail: u8) {
        if let Some((token, full)) = self.outstanding.pop() {
            let bytes = if detail < 240 { full } else { u32::from(detail) };
            // SAFETY: an action that was given out.
            unsafe { WebSocketCompleteAction(self.handle, token, bytes) };
        } else {
            // SAFETY: a context that never was, which is ignored.
            unsafe { WebSocketCompleteAction(self.handle, ptr::without_provenance_mut(detail.into()), 1) };
        }
    }

    fn action(&mut self, operation: u8, detail: u8, source: &mut impl Iterator<Item = u8>) {
        let queue = u32::from(operation >> 3 & 3);
        let mut buffers = [WEB_SOCKET_BUFFER::data(ptr::null(), 0); 2];
        let mut count = 1 + u32::from(detail & 1);
        let room = count;
        let (mut action, mut kind) = (0, 0);
        let (mut context, mut token) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the array has room for `count`, the rest are our variables.
        let result = unsafe {
            WebSocketGetAction(
                self.handle,
                queue,
                buffers.as_mut_ptr(),
                &mut count,
                &mut action,
                &mut kind,
                &mut context,
                &mut token,
            )
        };
        if result != 0 || action == WEB_SOCKET_NO_ACTION {
            return;
        }
        assert!(count <= room && !token.is_null());
        let mut full = 0;
        for buffer in &buffers[..count as usize] {
            let closes =
                kind == WEB_SOCKET_CLOSE_BUFFER_TYPE && action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION;
            // SAFETY: which of the two it is follows from the type; both begin with an address and a length.
            let (address, length) = unsafe {
                match closes {
                    true => (buffer.CloseStatus.pbReason, buffer.CloseStatus.ulReasonLength),
                    false => (buffer.Data.pbBuffer, buffer.Data.ulBufferLength),
                }
            };
            self.assert_inside(address, length as usize);
            full += length;
            if action == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION {
                full = u32::from(detail).min(length);
                // SAFETY: the component asked for bytes here, and gave the length.
                let room = unsafe { slice::from_raw_parts_mut(address, full as usize) };
                room.iter_mut()
                    .zip(source.by_ref())
                    .for_each(|(to, from)| *to = from);
            }
        }
        if action == WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION
            || action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION
        {
            full = 0;
        }
        self.outstanding.push((token, full));
        assert!(self.outstanding.len() <= 2, "one action a direction");
    }

    fn assert_inside(&self, address: *const u8, length: usize) {
        let inside = |area: &[u8]| {
            let area = area.as_ptr_range();
            area.contains(&address) && address.wrapping_add(length) <= area.end
        };
        // SAFETY: any bytes may be looked at as bytes.
        let memory =
            unsafe { slice::from_raw_parts(self.memory.as_ptr().cast(), size_of_val(&*self.memory)) };
        assert!(
            length == 0 || inside(memory) || inside(&*self.payload) || inside(&*self.mine),
            "a pointer out of place"
        );
    }
}

impl Drop for Machine {
    /// Aborts, and drains: that must end, whatever came before.
    fn drop(&mut self) {
        // SAFETY: a live handle.
        unsafe { WebSocketAbortHandle(self.handle) };
        for turn in 0.. {
            assert!(turn < 10_000, "a drain ends");
            while !self.outstanding.is_empty() {
                self.complete(0);
            }
            self.action(3 << 3, 0, &mut [].into_iter());
            if self.outstanding.is_empty() {
                break;
            }
        }
        // SAFETY: nothing is outstanding.
        unsafe { WebSocketDeleteHandle(self.handle) };
    }
}

/// Runs a program against a handle.
pub fn pump(client: bool, deflate: bool, program: &[u8]) {
    let mut machine = Machine::new(client, deflate);
    let mut source = program.iter().copied();
    while machine.step(&mut source).is_some() {}
}
