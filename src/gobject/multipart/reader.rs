//! The parts of a body as they come: what the parser has found and nobody has taken yet.
//!
//! Law: the lock is held for moments only, never while a stream is read: that runs anybody's code, and parts may be read in GIO's threads.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::proto::http1::headers::HeaderList;
use crate::proto::multipart::{Event, Parser, Violation};

/// What a step came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<T> {
    /// What was asked for; `None` where there is no more of it.
    Done(Option<T>),
    /// The stream below must be read first.
    NeedsInput,
}

/// The parser of a body and its findings.
pub(super) struct Reader(Mutex<State>);

struct State {
    parser: Parser,
    events: VecDeque<Event>,
    violation: Option<Violation>,
    /// The number of the part that can be read, from 1.
    part: u64,
    /// That part has not ended.
    within: bool,
}

impl Reader {
    /// A reader of a body with this Content-Type; `None` if it is no multipart type.
    pub(super) fn new(content_type: &[u8]) -> Option<Reader> {
        Some(Reader(Mutex::new(State {
            parser: Parser::new(content_type)?,
            events: VecDeque::new(),
            violation: None,
            part: 0,
            within: false,
        })))
    }

    /// Takes what was read of the stream below; nothing is its end.
    pub(super) fn feed(&self, bytes: &[u8]) {
        let state = &mut *self.lock();
        let mut found = Vec::new();
        let outcome = match bytes.is_empty() {
            true => state.parser.finish().inspect(|()| found.push(Event::End)),
            false => state.parser.feed(bytes, &mut found),
        };
        state.events.extend(found);
        if let Err(violation) = outcome
            && state.violation.is_none()
        {
            state.violation = Some(violation);
        }
    }

    /// The headers of the next part, and its number. What is left of the one before is passed over.
    pub(super) fn next_part(&self) -> Result<Step<(HeaderList, u64)>, Violation> {
        let state = &mut *self.lock();
        while let Some(event) = state.events.pop_front() {
            match event {
                Event::Data(_) => (),
                Event::PartEnd => state.within = false,
                Event::Part(headers) => {
                    state.part += 1;
                    state.within = true;
                    return Ok(Step::Done(Some((headers, state.part))));
                }
                Event::End => {
                    state.events.push_front(Event::End);
                    return Ok(Step::Done(None));
                }
            }
        }
        state.violation.map_or(Ok(Step::NeedsInput), Err)
    }

    /// Copies data of part `number` to `into`, and says how much; `None` at its end, and when another part has begun.
    pub(super) fn data(&self, number: u64, into: &mut [u8]) -> Result<Step<usize>, Violation> {
        let state = &mut *self.lock();
        if number != state.part || !state.within {
            return Ok(Step::Done(None));
        }
        match state.events.front_mut() {
            Some(Event::Data(data)) => {
                let count = data.len().min(into.len());
                let (taken, left) = data.split_at_checked(count).unwrap_or((data, &[]));
                if let Some(place) = into.get_mut(..count) {
                    place.copy_from_slice(taken);
                }
                if left.is_empty() {
                    state.events.pop_front();
                } else {
                    data.drain(..count);
                }
                Ok(Step::Done(Some(count)))
            }
            Some(_) => {
                state.within = false;
                Ok(Step::Done(None))
            }
            None => state.violation.map_or(Ok(Step::NeedsInput), Err),
        }
    }

    /// Whether a read of part `number` needs nothing of the stream below.
    pub(super) fn has_data(&self, number: u64) -> bool {
        let state = self.lock();
        number != state.part || !state.within || !state.events.is_empty() || state.violation.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"--b\r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n";

    fn reader() -> Reader {
        Reader::new(b"multipart/mixed; boundary=b").unwrap()
    }

    fn number(step: Result<Step<(HeaderList, u64)>, Violation>) -> Option<u64> {
        match step {
            Ok(Step::Done(part)) => part.map(|(_, number)| number),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parts_one_after_the_other() {
        let (reader, mut into) = (reader(), [0; 2]);
        assert_eq!(reader.data(0, &mut into), Ok(Step::Done(None)));
        assert_eq!(reader.next_part().map(|step| step == Step::NeedsInput), Ok(true));
        reader.feed(BODY);
        assert_eq!(number(reader.next_part()), Some(1));
        assert_eq!(reader.data(1, &mut into), Ok(Step::Done(Some(2))));
        assert_eq!(&into, b"on");
        assert_eq!(number(reader.next_part()), Some(2));
        assert_eq!(
            reader.data(1, &mut into),
            Ok(Step::Done(None)),
            "that one is over"
        );
        let mut into = [0; 8];
        assert_eq!(reader.data(2, &mut into), Ok(Step::Done(Some(3))));
        assert_eq!(reader.data(2, &mut into), Ok(Step::Done(None)));
        assert_eq!(number(reader.next_part()), None);
        assert_eq!(number(reader.next_part()), None, "and for good");
    }

    #[test]
    fn a_body_that_is_cut_off_fails_behind_its_data() {
        let (reader, mut into) = (reader(), [0; 8]);
        reader.feed(b"--b\r\n\r\none");
        assert_eq!(number(reader.next_part()), Some(1));
        reader.feed(b"");
        assert_eq!(reader.data(1, &mut into), Ok(Step::Done(Some(3))));
        assert_eq!(reader.data(1, &mut into), Err(Violation::Truncated));
        assert_eq!(reader.next_part(), Err(Violation::Truncated));
    }
}
