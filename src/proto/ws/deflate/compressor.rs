//! Where a compressor's state comes from: what another connection of the thread has left, or new memory.
//!
//! Law: one state of some 290 KiB is kept for each thread; it knows nothing of what it has compressed when it is given
//! out again. Connections without context takeover share it, and hold none between two messages.

use std::cell::Cell;

use zlib_rs::{Deflate, DeflateConfig};

thread_local! {
    static KEPT: Cell<Option<(u8, Deflate)>> = const { Cell::new(None) };
}

/// A compressor without history, for a window of 2 to the power of `window_bits` bytes (9 to 15).
pub(super) fn take(window_bits: u8) -> Deflate {
    // A thread that is ending keeps nothing.
    match KEPT.try_with(Cell::take) {
        Ok(Some((bits, mut kept))) if bits == window_bits => {
            kept.reset();
            kept
        }
        _ => new(window_bits, LEVEL),
    }
}

/// A compressor that nobody has used, of one of the two levels below.
pub(super) fn new(window_bits: u8, level: i32) -> Deflate {
    Deflate::new_with_config(DeflateConfig {
        level,
        mem_level: MEM_LEVEL,
        window_bits: -i32::from(window_bits), // negative: without zlib's header
        ..DeflateConfig::default()
    })
}

/// Leaves a compressor made for `window_bits` to whoever is next.
pub(super) fn give_back(window_bits: u8, compressor: Deflate) {
    let _ = KEPT.try_with(|kept| kept.set(Some((window_bits, compressor))));
}

/// zlib-rs' level, for messages of all sizes (it cannot be changed without forgetting the window). With context takeover,
/// on an AMD EPYC, ten connections in turn (one for 64 KiB), JSON as in benches/compare became, in so much time:
///
/// | level | 1 KiB | 64 KiB |
/// |---|---|---|
/// | 1, static codes only | 301 bytes, 4.2 us | 19.2 KB, 124 us |
/// | 2 | 244 bytes, 8.4 us | 14.1 KB, 179 us |
/// | 3, with memory level 8 | 230 bytes, 11.0 us | 13.2 KB, 271 us |
/// | 6, with memory level 8 | 216 bytes, 18.7 us | 12.3 KB, 561 us |
/// | zlib 1.2.13's 1, as libwebsockets has it | 270 bytes, 8.7 us | 15.7 KB, 286 us |
///
/// English, HTML and lines of a log give the same order: from 3 to 2, some tenth more bytes in a fifth to a half less time.
pub(super) const LEVEL: i32 = 2;

/// The level of who goes step by step, until a message is longer than [`QUICK_UP_TO`].
pub(super) const QUICK_LEVEL: i32 = 1;

/// Up to so many bytes a message is compressed with static codes: it costs a fifth to a half of the time, because no codes
/// are made for it, and the same JSON became 78 bytes instead of 73 of 256, 156 instead of 136 of 512, 303 instead of 244
/// of 1024. Beast's level 8 makes 311 of the last.
pub(super) const QUICK_UP_TO: usize = 1024;

/// How many symbols make a block: 64 times 2 to the power of this. zlib-rs clears room for all of them after each
/// message, 48 KiB at its default of 8, and with it the nearest cache: 0.5 us more for 1 KiB than with 6. Below 6 the
/// code tables of 64 KiB cost more than that saves.
const MEM_LEVEL: i32 = 6;
