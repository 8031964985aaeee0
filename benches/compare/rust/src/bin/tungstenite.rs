//! The echo server, broadcaster and receiving client on tokio-tungstenite, with its buffers as they come.
//! Answers are fed to its write buffer and flushed when no further message is at hand, as its documentation advises.

use bisque_bench_peers::{Room, Stream, Task};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

fn main() {
    match bisque_bench_peers::task() {
        Task::Echo => bisque_bench_peers::serve(|stream| async {
            let _ = echo(stream).await;
        }),
        Task::EchoTls => {
            let tls = bisque_bench_peers::acceptor();
            bisque_bench_peers::serve(move |stream| {
                let accepted = tls.accept(stream);
                async {
                    if let Ok(stream) = accepted.await {
                        let _ = echo(stream).await;
                    }
                }
            });
        }
        Task::EchoEach => bisque_bench_peers::serve(|stream| async {
            let _ = echo_each(stream).await;
        }),
        Task::Broadcast => {
            let room = Room::default();
            bisque_bench_peers::serve(move |stream| {
                let room = room.clone();
                async move {
                    let _ = broadcast(stream, room).await;
                }
            });
        }
        Task::Client(port) => bisque_bench_peers::runtime().block_on(receive(port)),
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(None)
        .max_frame_size(None)
}

async fn echo(stream: impl Stream) -> Result<(), Error> {
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config())).await?;
    while let Some(message) = socket.next().await {
        let mut message = message?;
        loop {
            if message.is_text() || message.is_binary() {
                socket.feed(message).await?;
            }
            match socket.next().now_or_never() {
                Some(Some(next)) => message = next?,
                _ => break,
            }
        }
        socket.flush().await?;
    }
    Ok(())
}

async fn echo_each(stream: TcpStream) -> Result<(), Error> {
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config())).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn broadcast(stream: TcpStream, room: Room) -> Result<(), Error> {
    let socket = tokio_tungstenite::accept_async_with_config(stream, Some(config())).await?;
    let (mut sink, mut messages) = socket.split();
    let (queue, mut queued) = mpsc::unbounded_channel();
    room.join(queue);
    tokio::spawn(async move {
        while let Some(payload) = queued.recv().await {
            sink.feed(Message::Binary(payload)).await?;
            if queued.is_empty() {
                sink.flush().await?;
            }
        }
        Ok::<_, Error>(())
    });
    while let Some(message) = messages.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            room.send(message.into_data());
        }
    }
    Ok(())
}

async fn receive(port: u16) {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("ws://127.0.0.1:{port}/");
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config()))
        .await
        .unwrap();
    let mut received = 0u64;
    while let Some(Ok(message)) = socket.next().await {
        received += u64::from(message.is_binary());
    }
    std::hint::black_box(received);
}
