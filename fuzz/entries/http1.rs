//! Heads and chunked bodies: the verdict is the same however the bytes are cut, and what is written again is read again.

use bisque::proto::http1::body::{Decoder, Encoder, Framing, Piece};
use bisque::proto::http1::head::{Head, RequestHead, ResponseHead};
use bisque::proto::http1::headers::{HeaderList, Kind};
use bisque::proto::http1::violation::Violation;

use super::http1_support::{ask, serve};

/// A client's bytes, then its end.
pub fn request_heads(bytes: &[u8]) {
    let outcome = serve(bytes, true);
    assert!(
        outcome
            .violation
            .is_none_or(|violation| (400..600).contains(&violation.status())),
        "a server has an answer to every violation"
    );
    if let Ok(Some((head, length))) = RequestHead::parse(bytes) {
        assert!(length <= bytes.len());
        let again: RequestHead = written_and_read(&head);
        assert_eq!((&again.method, &again.target), (&head.method, &head.target));
        assert_eq!(again.version, head.version);
        assert_eq!(again.headers, head.headers);
    }
}

/// A server's bytes, then its end. The first byte says what it was asked.
pub fn response_heads(bytes: &[u8]) {
    let Some((flags, bytes)) = bytes.split_first() else {
        return;
    };
    let method = ["GET", "HEAD", "CONNECT", "POST"][usize::from(flags & 3)];
    ask(method, flags & 4 != 0, bytes, true);
    if let Ok(Some((head, length))) = ResponseHead::parse(bytes) {
        assert!(length <= bytes.len());
        let again: ResponseHead = written_and_read(&head);
        assert_eq!((again.status, &again.reason), (head.status, &head.reason));
        assert_eq!(again.version, head.version);
        assert_eq!(again.headers, head.headers);
    }
}

/// A chunked body, and whatever comes behind it.
pub fn chunked_bodies(bytes: &[u8]) {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    serve(&[head, bytes].concat(), true);
    let Ok((body, _)) = decoded(bytes) else { return };
    let (mut encoder, mut out) = (Encoder::new(Framing::Chunked), Vec::new());
    for piece in body.chunks(7) {
        encoder
            .encode(piece, &mut out)
            .expect("a chunked body takes any piece");
    }
    encoder.finish(&mut out).expect("a chunked body may end anywhere");
    let (again, trailers) = decoded(&out).expect("what was encoded is a body");
    assert_eq!(again, body);
    assert!(trailers.is_empty());
}

/// The body and the trailers.
fn decoded(mut bytes: &[u8]) -> Result<(Vec<u8>, HeaderList), Violation> {
    let mut decoder = Decoder::new(Framing::Chunked, Kind::Request);
    let mut body = Vec::new();
    loop {
        match decoder.decode(&mut bytes)? {
            Some(Piece::Data(data)) => body.extend_from_slice(data),
            Some(Piece::End(trailers)) => return Ok((body, trailers)),
            None => return Err(Violation::Truncated),
        }
    }
}

/// What was parsed can go over the wire as it stands, and is then the same.
fn written_and_read<H: Head>(head: &H) -> H {
    let mut out = Vec::new();
    head.write(&mut out);
    match H::parse(&out) {
        Ok(Some((again, length))) => {
            assert_eq!(length, out.len());
            again
        }
        other => panic!(
            "{:?}: {:?}",
            String::from_utf8_lossy(&out),
            other.map(|parsed| parsed.is_some())
        ),
    }
}
