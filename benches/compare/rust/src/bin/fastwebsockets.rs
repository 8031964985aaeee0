//! The echo server, broadcaster and receiving client on fastwebsockets, upgraded through hyper as in its examples, then on the bare socket.
//! It leaves write coalescing to its users: here a buffer that is flushed when a read would wait.

use std::pin::Pin;
use std::task::{Context, Poll};

use bisque_bench_peers::{Room, Stream, Task};
use bytes::Bytes;
use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, Role, WebSocket, WebSocketError, upgrade};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

fn main() {
    match bisque_bench_peers::task() {
        Task::Echo => bisque_bench_peers::serve(|stream| accept(stream, echo_coalesced)),
        Task::EchoTls => {
            let tls = bisque_bench_peers::acceptor();
            bisque_bench_peers::serve(move |stream| {
                let accepted = tls.accept(stream);
                async {
                    if let Ok(stream) = accepted.await {
                        accept(stream, echo_coalesced).await;
                    }
                }
            });
        }
        Task::EchoEach => bisque_bench_peers::serve(|stream| {
            accept(stream, |stream| async {
                let _ = echo(stream).await;
            })
        }),
        Task::Broadcast => {
            let room = Room::default();
            bisque_bench_peers::serve(move |stream| {
                let room = room.clone();
                accept(stream, move |stream| {
                    let room = room.clone();
                    async move {
                        let _ = broadcast(stream, room).await;
                    }
                })
            });
        }
        Task::Client(port) => bisque_bench_peers::runtime().block_on(async move {
            let _ = receive(port).await;
        }),
    }
}

async fn accept<S: Stream, F>(stream: S, then: impl Fn(S) -> F + Clone + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        let then = then.clone();
        async move {
            let (response, upgraded) = upgrade::upgrade(&mut request)?;
            tokio::spawn(async move {
                if let Ok(socket) = upgraded.await {
                    then(bare(socket.into_inner())).await;
                }
            });
            Ok::<Response<Empty<Bytes>>, WebSocketError>(response)
        }
    });
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

/// The stream below hyper's wrappers.
fn bare<S: Stream>(stream: TokioIo<Upgraded>) -> S {
    let parts = stream
        .into_inner()
        .downcast::<TokioIo<S>>()
        .expect("the stream that hyper got");
    assert!(
        parts.read_buf.is_empty(),
        "the load generator waits for the answer"
    );
    parts.io.into_inner()
}

async fn echo_coalesced(stream: impl Stream) {
    let stream = Coalescing {
        stream: BufWriter::with_capacity(16 * 1024, stream),
        unflushed: false,
    };
    let _ = echo(stream).await;
}

async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<(), WebSocketError> {
    let mut socket = WebSocket::after_handshake(stream, Role::Server);
    socket.set_max_message_size(usize::MAX);
    let mut socket = FragmentCollector::new(socket);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            OpCode::Close => {
                // The answer is written by now, but may wait in the buffer.
                tokio::io::AsyncWriteExt::flush(&mut socket.into_inner()).await?;
                return Ok(());
            }
            _ => {}
        }
    }
}

async fn broadcast(stream: TcpStream, room: Room) -> Result<(), WebSocketError> {
    let mut socket = WebSocket::after_handshake(stream, Role::Server);
    socket.set_max_message_size(usize::MAX);
    let (mut reader, mut writer) = socket.split(|stream| stream.into_split());
    let (queue, mut queued) = mpsc::unbounded_channel::<Bytes>();
    room.join(queue);
    tokio::spawn(async move {
        while let Some(payload) = queued.recv().await {
            writer
                .write_frame(Frame::binary(Payload::Borrowed(&payload)))
                .await?;
        }
        Ok::<_, WebSocketError>(())
    });
    loop {
        let frame = reader
            .read_frame(&mut |_| async { Ok::<_, WebSocketError>(()) })
            .await?;
        match frame.opcode {
            OpCode::Text | OpCode::Binary => room.send(Bytes::copy_from_slice(&frame.payload)),
            OpCode::Close => return Ok(()),
            _ => {}
        }
    }
}

async fn receive(port: u16) -> Result<(), Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = Request::get("/")
        .header("Host", "127.0.0.1")
        .header("Upgrade", "websocket")
        .header("Connection", "upgrade")
        .header("Sec-WebSocket-Key", fastwebsockets::handshake::generate_key())
        .header("Sec-WebSocket-Version", "13")
        .body(Empty::<Bytes>::new())?;
    let (mut socket, _) = fastwebsockets::handshake::client(&Spawn, request, stream).await?;
    socket.set_max_message_size(usize::MAX);
    let mut socket = FragmentCollector::new(socket);
    let mut received = 0u64;
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => break,
            _ => received += 1,
        }
    }
    std::hint::black_box(received);
    Ok(())
}

struct Spawn;

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for Spawn {
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

/// Writes wait in the buffer until a read finds nothing.
struct Coalescing<S> {
    stream: BufWriter<S>,
    /// Also of what went past the buffer: TLS below may hold some of it.
    unflushed: bool,
}

impl<S: Stream> AsyncRead for Coalescing<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_pending() && self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        read
    }
}

impl<S: Stream> AsyncWrite for Coalescing<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.unflushed = true;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.unflushed = true;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
