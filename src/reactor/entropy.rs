//! The reactor's source of unpredictable bytes: a CSPRNG seeded by the system, which buffers a few hundred bytes.

use std::cell::RefCell;

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};

use crate::proto::Entropy;

/// Random bytes for one call into an engine; borrows the reactor's generator only while it fills.
pub struct Random<'a>(pub(super) &'a RefCell<Option<StdRng>>);

impl Entropy for Random<'_> {
    fn fill(&mut self, out: &mut [u8]) {
        let mut generator = self.0.borrow_mut();
        match &mut *generator {
            Some(generator) => generator.fill_bytes(out),
            empty => empty.insert(seeded()).fill_bytes(out),
        }
    }
}

/// A generator seeded by the operating system.
fn seeded() -> StdRng {
    match StdRng::try_from_rng(&mut SysRng) {
        Ok(generator) => generator,
        // Without entropy there is no unpredictable mask, and so no WebSocket: nothing sensible can go on.
        Err(error) => panic!("the system gives no random bytes: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_differ_from_call_to_call() {
        let generator = RefCell::new(None);
        let (mut first, mut second) = ([0; 16], [0; 16]);
        Random(&generator).fill(&mut first);
        Random(&generator).fill(&mut second);
        assert_ne!(first, second);
    }
}
