//! Simulated peers for the WebSocket engine: a clock and randomness of their own, bytes cut in every way.
#![allow(dead_code, reason = "each test file uses its part of this")]

use std::io::IoSlice;
use std::time::{Duration, Instant};

use bisque::proto::ws::{Connection, DataType, Disposition, Event, Flow, Input, Role, Settings, Violation};
use bisque::proto::{Context, Entropy};

/// Random numbers that are the same on every run (splitmix64).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

impl Entropy for Rng {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill_with(|| self.next() as u8);
    }
}

/// How bytes on their way are cut.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    Whole,
    Each,
    /// At random, and with large payloads read straight into their buffers now and then.
    Random(u64),
}

pub fn cuts() -> impl Iterator<Item = Cut> {
    [Cut::Whole, Cut::Each]
        .into_iter()
        .chain((1..24).map(Cut::Random))
}

/// An event that owns what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Closing,
    Error(Violation),
    Closed,
}

/// What a test's extension does with a frame.
pub type FilterFn = fn(Flow, u8, &[u8]) -> Result<(u8, Vec<u8>), u16>;

/// One end.
pub struct Peer {
    pub connection: Connection<Vec<u8>>,
    pub seen: Vec<Seen>,
    pub rng: Rng,
    pub now: Instant,
    pub filter: FilterFn,
    /// What to send while `Closing` is being told.
    pub last_words: Option<&'static str>,
    pub has_shut_down: bool,
}

impl Peer {
    pub fn new(settings: Settings, now: Instant) -> Peer {
        Peer {
            connection: Connection::new(settings, now),
            seen: Vec::new(),
            rng: Rng(7),
            now,
            filter: |_, header, payload| Ok((header, payload.to_vec())),
            last_words: None,
            has_shut_down: false,
        }
    }

    /// Calls a verb, then hears all events.
    pub fn act<T>(&mut self, verb: impl FnOnce(&mut Connection<Vec<u8>>, &mut Context<'_>) -> T) -> T {
        let mut cx = Context {
            now: self.now,
            entropy: &mut self.rng,
        };
        let result = verb(&mut self.connection, &mut cx);
        self.poll();
        result
    }

    pub fn text(&mut self, text: &str) {
        self.act(|c, cx| c.send_copied(cx, DataType::Text, text.as_bytes()))
            .expect("open");
    }

    pub fn binary(&mut self, bytes: &[u8]) {
        self.act(|c, cx| c.send(cx, DataType::Binary, &bytes.to_vec()))
            .expect("open");
    }

    pub fn close(&mut self, code: u16, reason: &str) {
        self.act(|c, cx| c.close(cx, code, reason)).expect("open");
    }

    pub fn poll(&mut self) {
        loop {
            let mut cx = Context {
                now: self.now,
                entropy: &mut self.rng,
            };
            let Some(event) = self.connection.poll_event(&mut cx) else {
                return;
            };
            self.hear(event);
        }
    }

    fn hear(&mut self, event: Event<'_>) {
        let seen = match event {
            Event::Message {
                kind: DataType::Text,
                payload,
            } => Seen::Text(String::from_utf8(payload.to_vec()).expect("the engine has checked it")),
            Event::Message {
                kind: DataType::Binary,
                payload,
            } => Seen::Binary(payload.to_vec()),
            Event::Pong(payload) => Seen::Pong(payload.to_vec()),
            Event::Closing => {
                if let Some(words) = self.last_words.take() {
                    let mut cx = Context {
                        now: self.now,
                        entropy: &mut self.rng,
                    };
                    self.connection
                        .send_copied(&mut cx, DataType::Text, words.as_bytes())
                        .expect("still open");
                }
                Seen::Closing
            }
            Event::Error(violation) => Seen::Error(violation),
            Event::Closed => Seen::Closed,
            Event::Filter {
                flow,
                header,
                payload,
            } => {
                let answer = (self.filter)(flow, header, &payload);
                let mut cx = Context {
                    now: self.now,
                    entropy: &mut self.rng,
                };
                let answer = answer
                    .as_ref()
                    .map(|(header, bytes)| (*header, bytes.as_slice()))
                    .map_err(|code| *code);
                if let Some(event) = self.connection.filtered(&mut cx, answer) {
                    self.hear(event);
                }
                return;
            }
        };
        self.seen.push(seen);
    }

    /// One read of the transport.
    pub fn read(&mut self, piece: &[u8], direct: bool) {
        let mut piece = piece.to_vec();
        let mut rest: &mut [u8] = &mut piece;
        if direct && let Some(buffer) = self.connection.direct_buffer() {
            let capacity = buffer.buffer.capacity();
            let count = buffer.room.min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            buffer.buffer.extend_from_slice(now);
            assert_eq!(buffer.buffer.capacity(), capacity, "what was promised fits");
            rest = later;
            let mut cx = Context {
                now: self.now,
                entropy: &mut self.rng,
            };
            if let Some(event) = self.connection.handle_direct(&mut cx) {
                self.hear(event);
            }
            self.poll();
        }
        let mut input = Input::new(rest);
        loop {
            let mut cx = Context {
                now: self.now,
                entropy: &mut self.rng,
            };
            let event = self.connection.receive(&mut cx, &mut input);
            let more = event.is_some();
            if let Some(event) = event {
                self.hear(event);
            }
            self.poll();
            if !more && input.is_empty() {
                return;
            }
        }
    }

    pub fn read_cut(&mut self, bytes: &[u8], cut: Cut) {
        match cut {
            Cut::Whole => self.read(bytes, false),
            Cut::Each => bytes.chunks(1).for_each(|byte| self.read(byte, false)),
            Cut::Random(seed) => {
                let mut rng = Rng(seed);
                let mut rest = bytes;
                while !rest.is_empty() {
                    let most = if rng.below(2) == 0 { 9 } else { rest.len() };
                    let (piece, after) = rest.split_at(rng.below(most).max(1).min(rest.len()));
                    self.read(piece, rng.below(3) > 0);
                    rest = after;
                }
            }
        }
    }

    /// What it has to write, all of it.
    pub fn written(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let mut slices = [IoSlice::new(&[]); 3];
            let filled = self.connection.output(&mut slices);
            let count = slices[..filled].iter().map(|slice| slice.len()).sum();
            slices[..filled]
                .iter()
                .for_each(|slice| bytes.extend_from_slice(slice));
            self.connection.consume_output(count);
            self.poll();
            if count == 0 {
                return bytes;
            }
        }
    }

    pub fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.connection.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.act(|c, cx| c.handle_timeout(cx));
        }
        self.now = end;
    }
}

/// A client and a server.
pub struct Pair {
    pub client: Peer,
    pub server: Peer,
    pub cut: Cut,
}

impl Pair {
    pub fn new(cut: Cut) -> Pair {
        Pair::with(cut, |_| {})
    }

    pub fn with(cut: Cut, change: impl Fn(&mut Settings)) -> Pair {
        let now = Instant::now();
        let peer = |role| {
            let mut settings = Settings::new(role);
            change(&mut settings);
            Peer::new(settings, now)
        };
        Pair {
            client: peer(Role::Client),
            server: peer(Role::Server),
            cut,
        }
    }

    /// Carries bytes, and ends of streams, until nothing moves.
    pub fn carry(&mut self) {
        loop {
            let moved = Pair::hand_over(&mut self.client, &mut self.server, self.cut)
                | Pair::hand_over(&mut self.server, &mut self.client, self.cut);
            if !moved {
                return;
            }
        }
    }

    fn hand_over(from: &mut Peer, to: &mut Peer, cut: Cut) -> bool {
        let bytes = from.written();
        to.read_cut(&bytes, cut);
        let ends = !from.has_shut_down && from.connection.disposition() != Disposition::Open;
        if ends && from.connection.buffered_amount() == 0 {
            from.has_shut_down = true;
            to.act(|c, cx| c.handle_eof(cx));
            return true;
        }
        !bytes.is_empty()
    }

    pub fn advance(&mut self, time: Duration) {
        self.client.advance(time);
        self.server.advance(time);
    }
}

/// What an endpoint makes of raw bytes: its events, and what it writes. The same however they are cut.
pub fn raw(settings: &Settings, bytes: &[u8]) -> (Vec<Seen>, Vec<u8>) {
    let mut results = cuts().map(|cut| {
        let mut peer = Peer::new(settings.clone(), Instant::now());
        peer.read_cut(bytes, cut);
        let written = peer.written();
        (cut, peer.seen, written)
    });
    let (_, seen, written) = results.next().expect("one way at least");
    for (cut, other, output) in results {
        assert_eq!(seen, other, "{cut:?}");
        if settings.role == Role::Server {
            assert_eq!(written, output, "{cut:?}");
        }
    }
    (seen, written)
}

/// A client's frame with a key of zeros, so that it reads as it is written here.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let (header, len) = bisque::proto::ws::frame::encode(first, Some([0; 4]), payload.len() as u64);
    [&header[..len], payload].concat()
}

/// A server's frame.
pub fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    let (header, len) = bisque::proto::ws::frame::encode(first, None, payload.len() as u64);
    [&header[..len], payload].concat()
}

pub fn server() -> Settings {
    Settings::new(Role::Server)
}

pub fn client() -> Settings {
    Settings::new(Role::Client)
}
