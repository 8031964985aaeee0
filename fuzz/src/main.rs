//! libFuzzer's door to the entry points: `FUZZ_ENTRY` names the one that is to be fuzzed.
#![no_main]

#[path = "../entries/mod.rs"]
mod entries;

use std::sync::OnceLock;

use entries::{ENTRIES, Entry};

static ENTRY: OnceLock<Entry> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let entry = ENTRY.get_or_init(|| {
        let wanted = std::env::var("FUZZ_ENTRY").unwrap_or_default();
        match ENTRIES.iter().find(|(name, _)| *name == wanted) {
            Some((_, entry)) => *entry,
            None => {
                eprintln!(
                    "FUZZ_ENTRY is one of: {}",
                    ENTRIES.map(|(name, _)| name).join(" ")
                );
                std::process::exit(2);
            }
        }
    });
    entry(bytes);
});
