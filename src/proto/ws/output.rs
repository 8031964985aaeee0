//! What waits to be written: small frames joined in one buffer, a large shared payload beside its header.
//!
//! Law: the queue in order, then `tail`. `written` counts what has gone of the very first piece. When nothing is
//! left, no buffer is left either. A shared payload that has left the queue is dropped by the caller, who takes it with
//! `take_spent`: its end may run code of somebody else's.

use std::collections::VecDeque;
use std::io::IoSlice;

use crate::proto::ws::frame::MAX_HEADER;
use crate::proto::ws::spare;

/// A queue of bytes for one peer.
#[derive(Debug)]
pub(super) struct Output<P> {
    queue: VecDeque<Piece<P>>,
    tail: Vec<u8>,
    /// How many bytes of the first piece have been written.
    written: usize,
    /// How many bytes wait.
    len: usize,
    /// How many bytes have been written since the connection began.
    sent: u64,
    /// Where, on the scale of `sent`, the last pong ends.
    pong_end: u64,
    /// How many bytes of pongs wait, counted from the last time that none did.
    pong_bytes: usize,
    spent: Spent<P>,
}

/// Shared payloads that have left the queue. Mostly there are none, and thousands of idle connections hold one of these.
#[derive(Debug)]
struct Spent<P>(
    #[expect(clippy::box_collection, reason = "one pointer instead of three words")] Option<Box<Vec<P>>>,
);

impl<P> Spent<P> {
    fn push(&mut self, payload: P) {
        self.0.get_or_insert_default().push(payload);
    }

    #[inline]
    fn take(&mut self) -> Vec<P> {
        self.0.take().map_or_else(Vec::new, |spent| *spent)
    }
}

#[derive(Debug)]
enum Piece<P> {
    Bytes(Vec<u8>),
    Shared {
        header: [u8; MAX_HEADER],
        header_len: u8,
        payload: P,
    },
}

impl<P: AsRef<[u8]>> Piece<P> {
    fn slices(&self) -> [&[u8]; 2] {
        match self {
            Piece::Bytes(bytes) => [bytes, &[]],
            Piece::Shared {
                header,
                header_len,
                payload,
            } => [
                header.get(..usize::from(*header_len)).unwrap_or_default(),
                payload.as_ref(),
            ],
        }
    }

    fn len(&self) -> usize {
        let [first, second] = self.slices();
        first.len() + second.len()
    }

    fn retire(self, spent: &mut Spent<P>) {
        match self {
            Piece::Bytes(bytes) => spare::give_back(bytes),
            Piece::Shared { payload, .. } => spent.push(payload),
        }
    }
}

impl<P: AsRef<[u8]>> Output<P> {
    pub(super) fn new() -> Output<P> {
        Output {
            queue: VecDeque::new(),
            tail: Vec::new(),
            written: 0,
            len: 0,
            sent: 0,
            pong_end: 0,
            pong_bytes: 0,
            spent: Spent(None),
        }
    }

    /// Takes the shared payloads that have left the queue.
    #[inline]
    pub(super) fn take_spent(&mut self) -> Vec<P> {
        self.spent.take()
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Empties the queue.
    pub(super) fn clear(&mut self) {
        let mut spent = Spent(self.spent.0.take());
        for piece in std::mem::take(&mut self.queue) {
            piece.retire(&mut spent);
        }
        *self = Output {
            sent: self.sent,
            spent,
            ..Output::new()
        };
    }

    /// Room for one more frame of `len` bytes at the end of the tail. The caller appends exactly that.
    #[inline]
    pub(super) fn tail(&mut self, len: usize) -> &mut Vec<u8> {
        if self.tail.capacity() - self.tail.len() < len {
            self.widen(len);
        }
        self.len += len;
        &mut self.tail
    }

    /// What does not fit gets another buffer, a larger one: growing the tail would copy it, and many small ones would
    /// take many writes.
    #[cold]
    fn widen(&mut self, len: usize) {
        let larger = self.tail.capacity().saturating_mul(2).min(WIDEST);
        self.push_tail();
        self.tail = spare::tail(len.max(larger));
    }

    /// Queues a payload without copying it.
    pub(super) fn share(&mut self, (header, header_len): ([u8; MAX_HEADER], usize), payload: P) {
        self.push_tail();
        self.len += header_len + payload.as_ref().len();
        self.queue.push_back(Piece::Shared {
            header,
            header_len: header_len as u8,
            payload,
        });
    }

    fn push_tail(&mut self) {
        if !self.tail.is_empty() {
            self.queue.push_back(Piece::Bytes(std::mem::take(&mut self.tail)));
        }
    }

    /// Fills `slices` with what waits, from the front; returns how many it filled.
    pub(super) fn slices<'b>(&'b self, slices: &mut [IoSlice<'b>]) -> usize {
        if let (true, Some(tail), [first, ..]) =
            (self.queue.is_empty(), self.tail.get(self.written..), &mut *slices)
        {
            // Most of the time.
            *first = IoSlice::new(tail);
            return usize::from(!tail.is_empty());
        }
        let mut skip = self.written;
        let mut filled = 0;
        let mut places = slices.iter_mut();
        let queued = self.queue.iter().flat_map(|piece| piece.slices());
        for slice in queued.chain([self.tail.as_slice()]) {
            let rest = slice.get(skip.min(slice.len())..).unwrap_or_default();
            skip -= slice.len() - rest.len();
            if rest.is_empty() {
                continue;
            }
            let Some(place) = places.next() else { break };
            *place = IoSlice::new(rest);
            filled += 1;
        }
        filled
    }

    /// Takes `count` written bytes off the front.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.len);
        self.len -= count;
        self.sent += count as u64;
        if self.len == 0 {
            if self.queue.capacity() > 0 {
                for piece in std::mem::take(&mut self.queue) {
                    piece.retire(&mut self.spent);
                }
            }
            spare::give_back(std::mem::take(&mut self.tail));
            self.written = 0;
            return;
        }
        self.written += count;
        while let Some(front) = self.queue.front() {
            let len = front.len();
            if self.written < len {
                return;
            }
            self.written -= len;
            if let Some(piece) = self.queue.pop_front() {
                piece.retire(&mut self.spent);
            }
        }
        if self.written >= LARGE && self.written * 2 >= self.tail.len() {
            // A stream of small frames that never quite drains must not keep what has been written.
            self.tail.drain(..self.written);
            self.written = 0;
        }
    }

    /// How many bytes of pongs wait.
    pub(super) fn pongs(&mut self) -> usize {
        if self.pong_end <= self.sent {
            self.pong_bytes = 0;
        }
        self.pong_bytes
    }

    /// Notes that the last `len` bytes queued are a pong.
    pub(super) fn queued_pong(&mut self, len: usize) {
        self.pong_bytes += len;
        self.pong_end = self.end();
    }

    /// Where, on the scale of all bytes ever written, the queue ends.
    pub(super) fn end(&self) -> u64 {
        self.sent + self.len as u64
    }

    /// Whether everything up to `end` has been written.
    pub(super) fn has_sent(&self, end: u64) -> bool {
        end <= self.sent
    }
}

/// A tail that small frames fill is at most that large.
const WIDEST: usize = 64 * 1024;

/// So much that has been written is worth moving the rest for.
const LARGE: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(output: &Output<Vec<u8>>) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 16];
        let filled = output.slices(&mut slices);
        slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn bytes_leave_in_order_however_they_are_written() {
        for step in [1, 2, 3, 7, 100] {
            let mut output = Output::new();
            output.tail(2).extend(b"ab");
            output.share(([7; MAX_HEADER], 4), b"shared".to_vec());
            output.share(([8; MAX_HEADER], 2), Vec::new());
            output.tail(3).extend(b"xyz");
            let all = b"ab\x07\x07\x07\x07shared\x08\x08xyz";
            assert_eq!(output.len(), all.len());
            let mut gone = Vec::new();
            while !output.is_empty() {
                let now = written(&output);
                let count = step.min(now.len());
                gone.extend_from_slice(&now[..count]);
                output.consume(count);
            }
            assert_eq!(gone, all);
            assert_eq!(output.tail.capacity(), 0);
            assert_eq!(output.queue.capacity(), 0);
        }
    }

    #[test]
    fn fewer_places_than_slices() {
        let mut output = Output::new();
        output.share(([7; MAX_HEADER], 4), b"shared".to_vec());
        let mut slices = [IoSlice::new(&[]); 1];
        assert_eq!(output.slices(&mut slices), 1);
        assert_eq!(&*slices[0], &[7; 4]);
    }

    #[test]
    fn what_leaves_the_queue_is_the_caller_s_to_drop() {
        let mut output = Output::new();
        for payload in [b"one", b"two", b"six"] {
            output.share(([7; MAX_HEADER], 2), payload.to_vec());
        }
        output.consume(6);
        assert_eq!(output.take_spent(), [b"one"]);
        output.clear();
        assert_eq!(output.take_spent(), [b"two", b"six"]);
        assert_eq!((output.len(), output.take_spent().capacity()), (0, 0));
    }

    #[test]
    fn a_tail_that_never_drains_stays_small() {
        let mut output: Output<Vec<u8>> = Output::new();
        for _ in 0..10_000 {
            output.tail(100).extend([0; 100]);
            output.consume(if output.len() > 200 { 100 } else { 0 });
        }
        assert!(output.tail.capacity() < 64 * 1024);
    }
}
