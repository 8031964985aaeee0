//! What both peers here share: their arguments, the listening socket, TLS, and who receives a broadcast.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

#[derive(Clone, Copy, PartialEq)]
pub enum Task {
    Echo,
    EchoTls,
    /// One write for each message, as the crates' examples do.
    EchoEach,
    Broadcast,
    Client(u16),
}

/// `peer server`, `peer server each`, `peer server tls CERTIFICATE KEY`, `peer broadcast` or `peer client PORT`. Raises the limit on open files.
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
        _ => match arguments.get(2).map(String::as_str) {
            Some("each") => Task::EchoEach,
            Some("tls") => Task::EchoTls,
            _ => Task::Echo,
        },
    }
}

/// A connection, with TLS or without.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// TLS with the certificate and the key that the arguments name.
pub fn acceptor() -> TlsAcceptor {
    let files: Vec<String> = std::env::args().skip(3).collect();
    let certificates = CertificateDer::pem_file_iter(&files[0])
        .and_then(Iterator::collect)
        .expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(&files[1]).expect("a key");
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .expect("a key that fits the certificate");
    if std::env::args().any(|word| word == "tickets") {
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().expect("random keys");
    } else {
        config.send_tls13_tickets = 0;
    }
    TlsAcceptor::from(Arc::new(config))
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
