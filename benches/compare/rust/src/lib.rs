//! What both peers here share: their arguments, the listening socket, and who receives a broadcast.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;

#[derive(Clone, Copy, PartialEq)]
pub enum Task {
    Echo,
    /// One write for each message, as the crates' examples do.
    EchoEach,
    Broadcast,
    Client(u16),
}

/// `peer server`, `peer server each`, `peer broadcast` or `peer client PORT`. Raises the limit on open files.
pub fn task() -> Task {
    // SAFETY: two plain system calls on a local struct.
    unsafe {
        let mut files = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut files);
        files.rlim_cur = files.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &files);
    }
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("client") => Task::Client(arguments[2].parse().expect("a port")),
        Some("broadcast") => Task::Broadcast,
        _ if arguments.get(2).is_some_and(|word| word == "each") => Task::EchoEach,
        _ => Task::Echo,
    }
}

/// Runs `each` for every connection, all on this thread.
pub fn serve<F: Future<Output = ()> + Send + 'static>(each: impl Fn(TcpStream) -> F) {
    runtime().block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener: TcpListener = socket.listen(1024).unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(each(stream));
        }
    });
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap()
}

/// Everyone connected, each with the queue that its writer empties.
#[derive(Clone, Default)]
pub struct Room(Arc<Mutex<Vec<UnboundedSender<Bytes>>>>);

impl Room {
    pub fn join(&self, queue: UnboundedSender<Bytes>) {
        self.0.lock().unwrap().push(queue);
    }

    pub fn send(&self, message: Bytes) {
        self.0
            .lock()
            .unwrap()
            .retain(|queue| queue.send(message.clone()).is_ok());
    }
}
