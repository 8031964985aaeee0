//! What the component's pump costs: one message received and echoed, by all the calls that a caller makes for it, without
//! any I/O; and beside it what tungstenite costs for the same, over a stream in memory. One thread does it, so that messages
//! per second are messages per CPU second. Run it with
//! `cargo bench --features bench --bench component`.

use std::io;
use std::ptr;

use bisque::wspc::types::*;
use bisque::wspc::*;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tungstenite::protocol::{Role, WebSocket};

/// Client and server, after their handshake; one of them is measured.
struct Pump {
    handle: WEB_SOCKET_HANDLE,
    other: WEB_SOCKET_HANDLE,
}

impl Pump {
    fn new(client: bool) -> Pump {
        let (mut asks, mut answers) = (ptr::null_mut(), ptr::null_mut());
        let mut size: ULONG = 65536;
        let receive = WEB_SOCKET_PROPERTY {
            Type: WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE,
            pvValue: ptr::from_mut(&mut size).cast(),
            ulValueSize: 4,
        };
        let send = WEB_SOCKET_PROPERTY {
            Type: WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE,
            ..receive
        };
        let (mut fields, mut answer) = (ptr::null_mut(), ptr::null_mut());
        let (mut n, mut m) = (0, 0);
        let (none, out) = (ptr::null(), ptr::null_mut());
        // SAFETY: arrays of no elements may be NULL, the rest are our variables.
        unsafe {
            WebSocketCreateClientHandle([receive, send].as_ptr(), 2, &mut asks);
            WebSocketCreateServerHandle([receive, send].as_ptr(), 1, &mut answers);
            WebSocketBeginClientHandshake(asks, none, 0, none, 0, ptr::null(), 0, &mut fields, &mut n);
            WebSocketBeginServerHandshake(answers, ptr::null(), none, 0, fields, n, &mut answer, &mut m);
            assert_eq!(WebSocketEndClientHandshake(asks, answer, m, out, out, out), 0);
            assert_eq!(WebSocketEndServerHandshake(answers), 0);
        }
        let (handle, other) = if client { (asks, answers) } else { (answers, asks) };
        Pump { handle, other }
    }

    /// Receives `frame` and sends `payload`; returns how many bytes went to the network.
    fn echo(&mut self, frame: &[u8], payload: &[u8]) -> usize {
        let (mut rest, mut sent) = (frame, 0);
        // SAFETY: a live handle, and a payload that stays until the send is complete, which is in this call.
        unsafe {
            let message = WEB_SOCKET_BUFFER::data(payload.as_ptr(), payload.len());
            WebSocketReceive(self.handle, ptr::null(), ptr::null_mut());
            loop {
                let mut buffers = [WEB_SOCKET_BUFFER::data(ptr::null(), 0); 2];
                let (mut count, mut action, mut kind) = (2, 0, 0);
                let (mut context, mut token) = (ptr::null_mut(), ptr::null_mut());
                let failed = WebSocketGetAction(
                    self.handle,
                    WEB_SOCKET_ALL_ACTION_QUEUE,
                    buffers.as_mut_ptr(),
                    &mut count,
                    &mut action,
                    &mut kind,
                    &mut context,
                    &mut token,
                );
                assert_eq!(failed, 0);
                let mut done = 0;
                match action {
                    WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION => {
                        let length = rest.len().min(buffers[0].Data.ulBufferLength as usize);
                        ptr::copy_nonoverlapping(rest.as_ptr(), buffers[0].Data.pbBuffer, length);
                        rest = &rest[length..];
                        done = length;
                    }
                    WEB_SOCKET_SEND_TO_NETWORK_ACTION => {
                        done = buffers[..count as usize]
                            .iter()
                            .map(|buffer| buffer.Data.ulBufferLength as usize)
                            .sum();
                        sent += done;
                    }
                    WEB_SOCKET_NO_ACTION => return sent,
                    _ => {}
                }
                WebSocketCompleteAction(self.handle, token, done as ULONG);
                if action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION {
                    assert_eq!(kind, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE);
                    WebSocketSend(self.handle, kind, &message, ptr::null_mut());
                }
            }
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        // SAFETY: nothing is outstanding.
        unsafe {
            WebSocketDeleteHandle(self.handle);
            WebSocketDeleteHandle(self.other);
        }
    }
}

/// A binary frame of `payload`, with a mask of zeros when it is for a server.
fn frame(payload: &[u8], masked: bool) -> Vec<u8> {
    let flag = if masked { 0x80 } else { 0 };
    let mut frame = vec![0x82];
    match payload.len() {
        short @ 0..126 => frame.push(flag | short as u8),
        length => {
            frame.push(flag | 126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    if masked {
        frame.extend([1, 2, 3, 4]);
    }
    frame.extend(payload);
    frame
}

/// A stream in memory: gives one frame, swallows what is written.
struct Memory {
    frame: Vec<u8>,
    at: usize,
}

impl io::Read for Memory {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = &self.frame[self.at..];
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

impl io::Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn echoes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("component echo");
    for (role, client) in [("server", false), ("client", true)] {
        for size in [64, 16 * 1024] {
            let payload = vec![7; size];
            let frame = frame(&payload, !client);
            let mut pump = Pump::new(client);
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new(role, size), |b| {
                b.iter(|| pump.echo(&frame, &payload))
            });

            let other = if client { Role::Client } else { Role::Server };
            let mut socket = WebSocket::from_raw_socket(Memory { frame, at: 0 }, other, None);
            group.bench_function(BenchmarkId::new(format!("{role}, tungstenite"), size), |b| {
                b.iter(|| {
                    socket.get_mut().at = 0;
                    let message = socket.read().expect("a message");
                    socket.send(message).expect("room");
                });
            });
        }
    }
}

criterion_group!(benches, echoes);
criterion_main!(benches);
