//! Pings that go out by themselves, and the deadline for their pongs.

use std::time::{Duration, Instant};

/// The keepalive of one connection.
///
/// Each ping carries its number, so that a pong says which pings it answers (RFC 6455, section 5.5.3: a pong may
/// answer only the latest of several).
#[derive(Debug)]
pub(super) struct Keepalive {
    pub(super) interval: Duration,
    pub(super) pong_timeout: Option<Duration>,
    next: Instant,
    /// How many pings have gone out.
    count: u32,
    /// The oldest ping that waits for its pong: its number and its time.
    waiting: Option<(u32, Instant)>,
    /// Where in the output the last ping ends: a peer that does not read gets no second one.
    end: u64,
}

impl Keepalive {
    pub(super) fn new(now: Instant, interval: Duration, pong_timeout: Option<Duration>) -> Keepalive {
        Keepalive {
            interval,
            pong_timeout,
            next: now + interval,
            count: 0,
            waiting: None,
            end: 0,
        }
    }

    /// When something is to be done.
    pub(super) fn deadline(&self) -> Instant {
        match self.overdue() {
            Some(overdue) => overdue.min(self.next),
            None => self.next,
        }
    }

    /// When the oldest unanswered ping is too old.
    fn overdue(&self) -> Option<Instant> {
        Some(self.waiting?.1 + self.pong_timeout?)
    }

    /// Whether a ping has gone unanswered for too long.
    pub(super) fn has_failed(&self, now: Instant) -> bool {
        self.overdue().is_some_and(|overdue| overdue <= now)
    }

    /// The payload of the ping that is due, if one is. `sent` tells whether a place in the output has been reached.
    pub(super) fn ping(&mut self, now: Instant, sent: impl Fn(u64) -> bool) -> Option<[u8; 4]> {
        if now < self.next {
            return None;
        }
        self.next = now + self.interval;
        if !sent(self.end) {
            return None;
        }
        self.count = self.count.wrapping_add(1);
        self.waiting.get_or_insert((self.count, now));
        Some(self.count.to_be_bytes())
    }

    /// Notes where in the output the ping ends.
    pub(super) fn queued(&mut self, end: u64) {
        self.end = end;
    }

    /// A pong came.
    pub(super) fn pong(&mut self, payload: &[u8]) {
        let Some((oldest, since)) = self.waiting else {
            return;
        };
        let Ok(number) = payload.try_into().map(u32::from_be_bytes) else {
            return;
        };
        let answered = number.wrapping_sub(oldest);
        let unanswered = self.count.wrapping_sub(number);
        if answered <= self.count.wrapping_sub(oldest) {
            // The next one went out as many intervals later as it has numbers between.
            self.waiting = (unanswered > 0).then(|| {
                (
                    number.wrapping_add(1),
                    since + self.interval * answered.saturating_add(1),
                )
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_pong_answers_all_pings_up_to_its_own() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(start, SECOND, Some(SECOND * 10));
        assert_eq!(keepalive.ping(start, |_| true), None);
        let pings: Vec<_> = (1..=3)
            .filter_map(|i| keepalive.ping(start + SECOND * i, |_| true))
            .collect();
        assert_eq!(pings.len(), 3);
        assert!(keepalive.has_failed(start + SECOND * 11));
        keepalive.pong(b"unsolicited");
        keepalive.pong(&[0, 0, 0, 9]);
        assert!(keepalive.has_failed(start + SECOND * 11));
        keepalive.pong(&pings[1]);
        assert!(!keepalive.has_failed(start + SECOND * 12));
        assert!(keepalive.has_failed(start + SECOND * 13));
        keepalive.pong(&pings[2]);
        assert!(!keepalive.has_failed(start + SECOND * 100));
    }

    #[test]
    fn a_peer_that_does_not_read_gets_one_ping() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(start, SECOND, None);
        assert!(keepalive.ping(start + SECOND, |_| true).is_some());
        keepalive.queued(6);
        assert_eq!(keepalive.ping(start + SECOND * 2, |end| end <= 5), None);
        assert!(keepalive.ping(start + SECOND * 3, |end| end <= 6).is_some());
    }
}
