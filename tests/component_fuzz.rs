//! The component's entry point for fuzzing, run over programs that get somewhere and over random ones.

#[path = "../fuzz/entries/mod.rs"]
mod entries;

use entries::component;

/// A small generator, so that a failure is the same the next time.
fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Programs that get somewhere: a receive, an action that asks for bytes, and `frame` as those bytes, again and again.
fn receiving(frame: &[u8]) -> Vec<u8> {
    let mut program = Vec::new();
    for _ in 0..50 {
        program.extend([1, 1, 4 | 3 << 3, frame.len() as u8]);
        program.extend(frame);
        program.extend([2, 0, 4 | 3 << 3, 1, 2, 0, 0, 8, 4 | 1 << 3, 1, 2, 0]);
    }
    program
}

#[test]
fn any_order_of_calls_keeps_its_pointers_and_ends() {
    for seed in 0..4000 {
        let program = random(seed, 40 + (seed as usize * 7) % 1500);
        component::pump(seed % 2 == 0, seed % 3 == 0, &program);
    }
}

#[test]
fn seeds_that_get_somewhere() {
    let frames: [&[u8]; 8] = [
        b"\x81\x02ok",
        b"\x01\x01a",
        b"\x80\x00",
        b"\x89\x05hello",
        b"\x8a\x00",
        b"\x88\x02\x03\xe8",
        b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00",
        b"\x82\x7e\x01\x00",
    ];
    for frame in frames {
        for client in [true, false] {
            let mut bytes = frame.to_vec();
            if !client {
                bytes[1] |= 0x80;
                let header = if bytes[1] & 0x7f == 126 { 4 } else { 2 };
                bytes.splice(header..header, [0; 4]);
            }
            for deflate in [true, false] {
                component::pump(client, deflate, &receiving(&bytes));
            }
        }
    }
}
