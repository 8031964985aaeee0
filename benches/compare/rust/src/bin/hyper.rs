//! An HTTP server on hyper, on one thread of tokio. It has no deadlines.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

static BODY: [u8; 1024] = [b'x'; 1024];

fn main() {
    bisque_bench_peers::task();
    bisque_bench_peers::serve(|stream| async {
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(answer))
            .await;
    });
}

async fn answer(_request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(&BODY)));
    let kind = "application/octet-stream".parse().expect("a header value");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}
