//! The nonces of a Digest server: issued by us, used once for each count, and not for long (RFC 7616, sections 3.3 and 5.5).
//!
//! Law: a nonce carries its own proof, so that a challenge costs no memory. Only one that has been used with the right password is
//! remembered, with its counts. What the table forgets to make room is refused from then on, never taken again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{hex, same_secret};
use crate::proto::limits;

/// The nonces of one realm.
pub struct Book {
    key: [u8; 32],
    /// The time that nonces count from.
    start: Instant,
    /// The nonces that have been used.
    used: BTreeMap<Nonce, Counts>,
    /// Nonces as old as this one that are not in the table may have been used.
    forgotten: Option<u64>,
}

/// A nonce without its proof: when it was issued, in milliseconds, and random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Nonce {
    issued: u64,
    random: u64,
}

/// Which counts have been seen: the highest, and a bit for each of the 64 that lie below it. Requests on several connections overtake
/// each other.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    highest: u32,
    seen: u64,
}

/// A nonce that is ours and still good; what remains to be seen is whether its count is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(Nonce);

impl Book {
    /// An empty book. Nobody may know `key`.
    pub fn new(key: [u8; 32], now: Instant) -> Book {
        Book {
            key,
            start: now,
            used: BTreeMap::new(),
            forgotten: None,
        }
    }

    /// A new nonce.
    pub fn issue(&self, random: [u8; 8], now: Instant) -> String {
        self.written(Nonce {
            issued: self.milliseconds(now),
            random: u64::from_be_bytes(random),
        })
    }

    /// Looks whether a nonce is ours and still good. One that is not makes a challenge that is stale, if the password was right.
    pub fn examine(&self, nonce: &str, now: Instant) -> Option<Ticket> {
        let number = |from: usize| {
            let digits = nonce.get(from..from + 16)?;
            u64::from_str_radix(digits, 16).ok()
        };
        let read = Nonce {
            issued: number(0)?,
            random: number(16)?,
        };
        if !same_secret(self.written(read).as_bytes(), nonce.as_bytes()) {
            return None;
        }
        let age = self.milliseconds(now).saturating_sub(read.issued);
        let young = Duration::from_millis(age) < limits::AUTH_NONCE_TIME;
        let forgotten = self.forgotten.is_some_and(|last| read.issued <= last);
        (young && (!forgotten || self.used.contains_key(&read))).then_some(Ticket(read))
    }

    /// Uses the nonce for request number `count`, once the password has been proved. `false` if that has happened before: a replay.
    pub fn spend(&mut self, ticket: Ticket, count: u32, now: Instant) -> bool {
        self.make_room(ticket.0, now);
        self.used.entry(ticket.0).or_default().take(count)
    }

    /// How many nonces are remembered.
    pub fn len(&self) -> usize {
        self.used.len()
    }

    /// Whether no nonce has been used.
    pub fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    fn make_room(&mut self, coming: Nonce, now: Instant) {
        let life = u64::try_from(limits::AUTH_NONCE_TIME.as_millis()).unwrap_or(u64::MAX);
        let dead = self.milliseconds(now).saturating_sub(life);
        while let Some(oldest) = self.used.first_entry() {
            let nonce = *oldest.key();
            if nonce.issued >= dead || nonce == coming {
                break;
            }
            oldest.remove();
        }
        while self.used.len() >= limits::AUTH_NONCES && !self.used.contains_key(&coming) {
            if let Some((nonce, _)) = self.used.pop_first() {
                self.forgotten = self.forgotten.max(Some(nonce.issued));
            }
        }
    }

    fn milliseconds(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.start);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// The nonce with its proof.
    fn written(&self, nonce: Nonce) -> String {
        let text = [nonce.issued.to_be_bytes(), nonce.random.to_be_bytes()].concat();
        // A key of any length is one: nothing is lost where that fails.
        let proof = Hmac::<Sha256>::new_from_slice(&self.key).map(|mut mac| {
            mac.update(&text);
            mac.finalize().into_bytes()
        });
        let proof = proof.unwrap_or_default();
        hex(&text) + &hex(proof.get(..16).unwrap_or_default())
    }
}

impl Counts {
    /// Notes a count; `false` for one that was there, or lies too far back to know.
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let step = count - self.highest;
            // The one that was highest goes into the window, as far as there was one.
            let before = self.seen.checked_shl(step).unwrap_or(0);
            let old = if self.highest == 0 {
                0
            } else {
                1u64.checked_shl(step - 1).unwrap_or(0)
            };
            self.seen = before | old;
            self.highest = count;
            return true;
        }
        let bit = match (self.highest - count).checked_sub(1) {
            Some(distance) => 1u64.checked_shl(distance).unwrap_or(0),
            None => 0,
        };
        let new = count > 0 && bit != 0 && self.seen & bit == 0;
        self.seen |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(number: u64) -> [u8; 8] {
        number.to_be_bytes()
    }

    #[test]
    fn cve_2026_3099_replays_and_foreign_nonces() {
        let now = Instant::now();
        let mut book = Book::new([7; 32], now);
        let nonce = book.issue(random(1), now);
        let ticket = book.examine(&nonce, now).unwrap();
        assert!(book.spend(ticket, 1, now));
        assert!(!book.spend(ticket, 1, now), "a replay");
        assert!(book.spend(ticket, 2, now) && !book.spend(ticket, 2, now));
        let other = Book::new([8; 32], now);
        assert_eq!(other.examine(&nonce, now), None);
        let mut changed = nonce.clone();
        changed.replace_range(31..32, if nonce.as_bytes()[31] == b'0' { "1" } else { "0" });
        for foreign in [
            "",
            "zzz",
            "é",
            &nonce[1..],
            &format!("{nonce}0"),
            &changed,
            &nonce.to_uppercase(),
        ] {
            if foreign != nonce {
                assert_eq!(book.examine(foreign, now), None, "{foreign}");
            }
        }
    }

    #[test]
    fn counts_may_overtake_each_other_once() {
        let mut counts = Counts::default();
        for (count, new) in [
            (3, true),
            (1, true),
            (2, true),
            (2, false),
            (3, false),
            (0, false),
            (67, true),
            (3, false),
            (4, true),
            (66, true),
            (1_000_000, true),
            (67, false),
            (999_999, true),
            (u32::MAX, true),
            (u32::MAX, false),
            (1_000_000, false),
        ] {
            assert_eq!(counts.take(count), new, "{count}");
        }
    }

    #[test]
    fn nonces_grow_old() {
        let now = Instant::now();
        let mut book = Book::new([7; 32], now);
        let nonce = book.issue(random(1), now);
        let last = now + limits::AUTH_NONCE_TIME - Duration::from_millis(1);
        let ticket = book.examine(&nonce, last).unwrap();
        assert!(book.spend(ticket, 1, last));
        assert_eq!(book.examine(&nonce, now + limits::AUTH_NONCE_TIME), None);
        let later = now + limits::AUTH_NONCE_TIME * 2;
        let next = book.issue(random(2), later);
        assert!(book.spend(book.examine(&next, later).unwrap(), 1, later));
        assert_eq!(book.len(), 1, "the old one has gone");
    }

    #[test]
    fn challenges_cost_nothing_and_what_is_forgotten_is_refused() {
        let now = Instant::now();
        let mut book = Book::new([7; 32], now);
        let at = |number: u64| now + Duration::from_millis(number);
        let nonces: Vec<String> = (0..limits::AUTH_NONCES as u64 + 2)
            .map(|number| book.issue(random(number), at(number)))
            .collect();
        assert!(book.is_empty());
        let end = at(limits::AUTH_NONCES as u64 + 2);
        for nonce in nonces.iter().skip(1) {
            let ticket = book.examine(nonce, end).unwrap();
            assert!(book.spend(ticket, 1, end));
        }
        assert_eq!(book.len(), limits::AUTH_NONCES);
        assert_eq!(book.examine(&nonces[1], end), None, "used and forgotten");
        assert_eq!(
            book.examine(&nonces[0], end),
            None,
            "older than what was forgotten"
        );
        let kept = book.examine(&nonces[2], end).unwrap();
        assert!(!book.spend(kept, 1, end) && book.spend(kept, 2, end));
    }
}
