//! The component without memory: every allocation of a connection's life fails once, the call says `E_OUTOFMEMORY`, and
//! the same call goes on where it was as soon as there is memory again.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::Range;
use std::ptr;
use std::slice;

use bisque::wspc::types::*;
use bisque::wspc::*;

/// The system's allocator, which counts while the component is called, and may say no.
struct Counting;

thread_local! {
    /// The allocation that fails, while the component is called.
    static FAILS: Cell<Option<usize>> = const { Cell::new(None) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<usize> = const { Cell::new(0) };
    static SIZES: Cell<[usize; 256]> = const { Cell::new([0; 256]) };
}

// SAFETY: the system's allocator, or NULL.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(fails) = FAILS.get() {
            let count = COUNT.replace(COUNT.get() + 1);
            if count == fails {
                return ptr::null_mut();
            }
            let mut sizes = SIZES.get();
            sizes[count] = layout.size();
            SIZES.set(sizes);
            HELD.set(HELD.get() + layout.size());
        }
        // SAFETY: the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if FAILS.get().is_some() {
            HELD.set(HELD.get() - layout.size());
        }
        // SAFETY: the same contract.
        unsafe { System.dealloc(address, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One life of two connected handles, in which one allocation fails.
struct Life {
    fails: usize,
    refused: usize,
}

impl Life {
    /// Makes a call of the component. For want of memory it fails, changes nothing, and is made again.
    fn call(&mut self, mut call: impl FnMut() -> HRESULT) {
        for _ in 0..2 {
            FAILS.set(Some(self.fails));
            let result = call();
            FAILS.set(None);
            if result == 0 {
                return;
            }
            assert_eq!(result, E_OUTOFMEMORY);
            self.refused += 1;
        }
        panic!("there was memory enough");
    }

    fn create(
        &mut self,
        create: unsafe extern "C" fn(*const WEB_SOCKET_PROPERTY, ULONG, *mut WEB_SOCKET_HANDLE) -> HRESULT,
    ) -> WEB_SOCKET_HANDLE {
        let mut handle = ptr::null_mut();
        // SAFETY: no properties, and room for a handle.
        self.call(|| unsafe { create(ptr::null(), 0, &mut handle) });
        handle
    }

    /// Shakes hands with an extension of every kind, and a subprotocol.
    fn shake_hands(&mut self, client: WEB_SOCKET_HANDLE, server: WEB_SOCKET_HANDLE) {
        let protocols = [c"chat".as_ptr(), c"superchat".as_ptr()];
        let extensions = [
            c"permessage-deflate; client_no_context_takeover".as_ptr(),
            c"x-own; p=\"q\"".as_ptr(),
        ];
        let (mut fields, mut count) = (ptr::null_mut(), 0);
        self.call(|| {
            // SAFETY: arrays and strings of these lengths, and room for what comes out.
            unsafe {
                WebSocketBeginClientHandshake(
                    client,
                    protocols.as_ptr(),
                    2,
                    extensions.as_ptr(),
                    2,
                    ptr::null(),
                    0,
                    &mut fields,
                    &mut count,
                )
            }
        });
        let (mut answer, mut answers) = (ptr::null_mut(), 0);
        self.call(|| {
            // SAFETY: the same, and the fields that the client's handle holds.
            unsafe {
                WebSocketBeginServerHandshake(
                    server,
                    protocols[1],
                    extensions.as_ptr(),
                    2,
                    fields,
                    count,
                    &mut answer,
                    &mut answers,
                )
            }
        });
        self.call(|| {
            let out = ptr::null_mut();
            // SAFETY: the fields that the server's handle holds; nothing is to come out.
            unsafe { WebSocketEndClientHandshake(client, answer, answers, out, out, out) }
        });
        // SAFETY: a live handle.
        self.call(|| unsafe { WebSocketEndServerHandshake(server) });
    }

    /// Sends a message from one handle to the other.
    fn carry(&mut self, from: WEB_SOCKET_HANDLE, to: WEB_SOCKET_HANDLE) {
        let text = "some text, ".repeat(100);
        let buffer = WEB_SOCKET_BUFFER::data(text.as_ptr(), text.len());
        let kind = WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE;
        // SAFETY: the text lives until the message has gone out.
        self.call(|| unsafe { WebSocketSend(from, kind, &buffer, ptr::null_mut()) });
        let mut wire = Vec::new();
        self.run(from, WEB_SOCKET_SEND_ACTION_QUEUE, |action, data| {
            if action == WEB_SOCKET_SEND_TO_NETWORK_ACTION {
                // SAFETY: what is to be sent lies there.
                wire.extend_from_slice(unsafe {
                    slice::from_raw_parts(data.pbBuffer, data.ulBufferLength as usize)
                });
            }
            data.ulBufferLength
        });
        // SAFETY: a live handle, whose own buffer shows what came.
        self.call(|| unsafe { WebSocketReceive(to, ptr::null(), ptr::null_mut()) });
        let mut shown = Vec::new();
        self.run(to, WEB_SOCKET_RECEIVE_ACTION_QUEUE, |action, data| {
            let length = data.ulBufferLength as usize;
            if action == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION {
                assert!(wire.len() <= length);
                // SAFETY: there is room.
                unsafe { ptr::copy_nonoverlapping(wire.as_ptr(), data.pbBuffer, wire.len()) };
                return wire.len() as ULONG;
            }
            // SAFETY: what came lies there.
            shown.extend_from_slice(unsafe { slice::from_raw_parts(data.pbBuffer, length) });
            data.ulBufferLength
        });
        assert_eq!(shown, text.as_bytes());
    }

    /// Does what a handle asks for, until nothing is left to do.
    fn run(
        &mut self,
        handle: WEB_SOCKET_HANDLE,
        queue: WEB_SOCKET_ACTION_QUEUE,
        mut act: impl FnMut(WEB_SOCKET_ACTION, Data) -> ULONG,
    ) {
        loop {
            let mut buffers = [WEB_SOCKET_BUFFER::data(ptr::null(), 0); 1];
            let (mut count, mut action, mut kind) = (1, 0, 0);
            let (mut context, mut token) = (ptr::null_mut(), ptr::null_mut());
            self.call(|| {
                // SAFETY: room for one buffer, and for everything else.
                unsafe {
                    WebSocketGetAction(
                        handle,
                        queue,
                        buffers.as_mut_ptr(),
                        &mut count,
                        &mut action,
                        &mut kind,
                        &mut context,
                        &mut token,
                    )
                }
            });
            if action == WEB_SOCKET_NO_ACTION {
                return;
            }
            // SAFETY: these actions are about data.
            let data = unsafe { buffers[0].Data };
            let done = act(action, data);
            self.call(|| {
                // SAFETY: the action that was given out.
                unsafe { WebSocketCompleteAction(handle, token, done) };
                0
            });
        }
    }
}

/// One life; how often there was no memory, and which allocations belong to the rest in its middle.
fn live(fails: usize) -> (usize, Range<usize>) {
    HELD.set(0);
    COUNT.set(0);
    let mut life = Life { fails, refused: 0 };
    let client = life.create(WebSocketCreateClientHandle);
    let server = life.create(WebSocketCreateServerHandle);
    life.shake_hands(client, server);
    for _ in 0..2 {
        life.carry(client, server);
        life.carry(server, client);
    }
    let (busy, first) = (HELD.get(), COUNT.get());
    for handle in [client, server] {
        life.call(|| {
            // SAFETY: a live handle.
            unsafe { WebSocketRest(handle) };
            0
        });
    }
    let (freed, rest) = (busy - HELD.get(), first..COUNT.get());
    assert!(freed > 500 * 1024, "{freed} of {busy} bytes were given back");
    let held = HELD.get();
    // What a message may refer to cannot be moved to less memory if there is none.
    assert!(
        held < AT_REST || fails != usize::MAX,
        "{held} bytes are held at rest"
    );
    life.carry(client, server);
    life.carry(server, client);
    let mut interval: ULONG = 0;
    let mut size = size_of::<ULONG>() as ULONG;
    life.call(|| {
        let value = ptr::from_mut(&mut interval).cast();
        // SAFETY: room for a ULONG.
        unsafe { WebSocketGetGlobalProperty(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, value, &mut size) }
    });
    for handle in [client, server] {
        life.call(|| {
            // SAFETY: a live handle, for the last time.
            unsafe { WebSocketDeleteHandle(handle) };
            0
        });
    }
    assert_eq!(HELD.get(), 0, "everything is given back");
    (life.refused, rest)
}

#[test]
fn every_allocation_may_fail() {
    let (refused, rest) = live(usize::MAX);
    assert_eq!(refused, 0);
    let sizes = SIZES.get()[..COUNT.get()].to_vec();
    let mut probed = 0;
    for (at, size) in sizes.iter().enumerate() {
        let before = at.checked_sub(1).map_or(0, |before| sizes[before]);
        if before == PIECE && *size != PIECE {
            // zlib-rs' own, which does not survive: as much has just been tried, and given back.
            let tried = sizes[..at].iter().rev().take_while(|size| **size == PIECE).sum();
            assert!(*size <= tried, "{size} of {tried}");
            probed += 1;
            continue;
        }
        if cfg!(miri) && !at.is_multiple_of(16) {
            continue; // a life takes it seconds
        }
        // What cannot be made smaller stays as it is.
        let told = usize::from(!rest.contains(&at));
        assert_eq!(live(at).0, told, "allocation {at} of {size} bytes");
    }
    assert_eq!(probed, 8, "a compressor and an inflater for each handle, twice");
}

/// The pieces in which it is tried whether there is memory for a compressor or an inflater.
const PIECE: usize = 64 * 1024;
/// More than two resting handles hold: their receive buffers, of 4 KiB each, what a message may refer to, and themselves.
const AT_REST: usize = 14 * 1024;
const E_OUTOFMEMORY: HRESULT = 0x8007_000eu32.cast_signed();
