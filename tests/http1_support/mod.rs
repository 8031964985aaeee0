//! Runs the same bytes through an exchange whole, byte by byte and cut at random, and returns what all of them agree on.
#![allow(dead_code, reason = "each test program uses its part")]

use std::time::Instant;

use bisque::proto::http1::exchange::{ClientEvent, ClientExchange, ServerEvent, ServerExchange};
use bisque::proto::http1::head::{Head, RequestHead, Version};
use bisque::proto::http1::headers::{HeaderList, Kind};
use bisque::proto::http1::violation::Violation;

/// What an exchange made of its input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// "head GET / n=1", "body ...", "end n=0".
    pub events: Vec<String>,
    pub violation: Option<Violation>,
    /// What was not taken.
    pub rest: Vec<u8>,
}

impl Outcome {
    pub fn status(&self) -> Option<u16> {
        self.violation.map(Violation::status)
    }

    fn body(&mut self, data: &[u8]) {
        // A byte a character: a body may be cut within one of UTF-8.
        let text: String = data.iter().copied().map(char::from).collect();
        match self.events.last_mut() {
            Some(last) if last.starts_with("body ") => last.push_str(&text),
            _ => self.events.push(format!("body {text}")),
        }
    }
}

/// A peer's bytes, then its end if `eof`, into a server.
pub fn serve(bytes: &[u8], eof: bool) -> Outcome {
    agree(bytes, |pieces| {
        let mut exchange = ServerExchange::new();
        feed(pieces, |outcome, mut input| {
            let before = input.len();
            loop {
                match exchange.receive(Instant::now(), &mut input) {
                    Ok(Some(event)) => note_server(outcome, event),
                    Ok(None) => break,
                    Err(violation) => {
                        outcome.violation = Some(violation);
                        break;
                    }
                }
            }
            if eof && before == 0 && outcome.violation.is_none() {
                outcome.violation = exchange.handle_eof().err();
            }
            input.len()
        })
    })
}

fn note_server(outcome: &mut Outcome, event: ServerEvent<'_>) {
    match event {
        ServerEvent::Head(head) => {
            outcome.events.push(format!(
                "head {} {} n={}",
                head.method,
                head.target,
                head.headers.len()
            ));
        }
        ServerEvent::BodyData(data) => outcome.body(data),
        ServerEvent::BodyEnd(trailers) => outcome.events.push(format!("end n={}", trailers.len())),
    }
}

/// A server's bytes, then its end if `eof`, into a client that has asked with `method`, for an upgrade if `upgrade`.
pub fn ask(method: &str, upgrade: bool, bytes: &[u8], eof: bool) -> Outcome {
    agree(bytes, |pieces| {
        let mut exchange = ClientExchange::new();
        let mut out = Vec::new();
        exchange.request(&request(method, upgrade), &mut out).unwrap();
        exchange.finish_body(&mut out).unwrap();
        feed(pieces, |outcome, mut input| {
            let before = input.len();
            loop {
                match exchange.receive(&mut input) {
                    Ok(Some(event)) => note_client(outcome, event),
                    Ok(None) => break,
                    Err(violation) => {
                        outcome.violation = Some(violation);
                        break;
                    }
                }
            }
            if eof && before == 0 && outcome.violation.is_none() {
                match exchange.handle_eof() {
                    Ok(Some(event)) => note_client(outcome, event),
                    Ok(None) => {}
                    Err(violation) => outcome.violation = Some(violation),
                }
            }
            input.len()
        })
    })
}

fn note_client(outcome: &mut Outcome, event: ClientEvent<'_>) {
    match event {
        ClientEvent::Informational(head) => outcome.events.push(format!("informational {}", head.status)),
        ClientEvent::Switched(head) => outcome.events.push(format!("switched n={}", head.headers.len())),
        ClientEvent::Head(head) => {
            outcome.events.push(format!(
                "head {} {} n={}",
                head.status,
                head.reason,
                head.headers.len()
            ));
        }
        ClientEvent::BodyData(data) => outcome.body(data),
        ClientEvent::BodyEnd(trailers) => outcome.events.push(format!("end n={}", trailers.len())),
    }
}

pub fn request(method: &str, upgrade: bool) -> RequestHead {
    let mut headers = HeaderList::new(Kind::Request);
    headers.append("Host", "example.org").unwrap();
    if upgrade {
        headers.append("Connection", "Upgrade").unwrap();
        headers.append("Upgrade", "websocket").unwrap();
    }
    RequestHead {
        method: method.to_owned(),
        target: "/".to_owned(),
        version: Version::Http11,
        headers,
    }
}

/// The head, parsed where it stands.
pub fn parse<H: Head>(bytes: &[u8]) -> Result<Option<H>, Violation> {
    Ok(H::parse(bytes)?.map(|(head, _)| head))
}

/// Feeds pieces to `step`, which says how much it left; what is left is put in front of the next piece. An empty
/// piece follows the last one.
fn feed(pieces: Vec<&[u8]>, mut step: impl FnMut(&mut Outcome, &[u8]) -> usize) -> Outcome {
    let mut outcome = Outcome::default();
    let mut held: Vec<u8> = Vec::new();
    for piece in pieces {
        held.extend_from_slice(piece);
        let left = step(&mut outcome, &held);
        held.drain(..held.len() - left);
        if outcome.violation.is_some() {
            held.clear();
            break;
        }
    }
    if outcome.violation.is_none() && held.is_empty() {
        step(&mut outcome, &[]);
    }
    outcome.rest = held;
    outcome
}

/// The outcome, which must not depend on how the bytes are cut.
fn agree(bytes: &[u8], run: impl Fn(Vec<&[u8]>) -> Outcome) -> Outcome {
    let whole = run(vec![bytes]);
    assert_eq!(
        run(bytes.chunks(1).collect()),
        whole,
        "byte by byte: {:?}",
        String::from_utf8_lossy(bytes)
    );
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..8 {
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let length = 1 + (seed >> 33) as usize % rest.len().min(40);
            let (piece, behind) = rest.split_at(length);
            pieces.push(piece);
            rest = behind;
        }
        assert_eq!(
            run(pieces),
            whole,
            "cut at random: {:?}",
            String::from_utf8_lossy(bytes)
        );
    }
    whole
}
