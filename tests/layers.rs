//! Reads the sources and fails where a layer reaches for what is not below it.
//!
//! `proto <- reactor <- gobject <- capi`, and `proto <- wspc`. Test modules at the foot of a file are free.

use std::fs;
use std::path::{Path, PathBuf};

/// What the code of a layer must not name. A path is looked for as its identifiers in a row.
const FORBIDDEN: [(&str, &[&str]); 5] = [
    (
        "proto",
        &[
            "crate::reactor",
            "crate::gobject",
            "crate::capi",
            "crate::wspc", // upwards
            "glib",
            "gio",
            "mio",
            "libc",
            "std::net",
            "std::os",
            "std::fs",
            "std::thread",
            "std::process", // the world
            "Instant::now",
            "SystemTime::now",
            "rand",
            "thread_rng", // clock and randomness are arguments
            "unsafe",
        ],
    ),
    ("reactor", &["crate::gobject", "crate::capi", "crate::wspc"]),
    ("gobject", &["crate::capi", "crate::wspc", "mio"]),
    ("capi", &["crate::wspc", "mio"]),
    (
        "wspc",
        &[
            "crate::reactor",
            "crate::gobject",
            "crate::capi",
            "glib",
            "gio",
            "mio",
        ],
    ),
];

/// Over this a file is split (STYLE: 150 to 350 lines are the aim).
const LONGEST: usize = 800;

#[test]
fn every_layer_is_there() {
    for (layer, _) in FORBIDDEN {
        let found = sources(&source_root().join(layer)).len();
        assert!(
            found > 5,
            "src/{layer} has {found} source files: a layer that was renamed is not guarded"
        );
    }
}

#[test]
fn a_layer_names_only_what_is_below_it() {
    let mut wrong = Vec::new();
    for (layer, forbidden) in FORBIDDEN {
        for path in sources(&source_root().join(layer)) {
            for (number, line) in code(&fs::read_to_string(&path).unwrap()) {
                wrong.extend(
                    forbidden
                        .iter()
                        .filter(|name| names(&line, name))
                        .map(|name| format!("{}:{number}: {name}", path.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_it_owns() {
    let silent: Vec<_> = sources(&source_root())
        .into_iter()
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn no_file_is_a_giant() {
    let giants: Vec<_> = sources(&source_root())
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(giants.is_empty(), "{giants:?}");
}

#[test]
fn names_are_found_as_whole_words() {
    assert!(names("use crate::reactor::Reactor;", "crate::reactor"));
    assert!(names("    let now = Instant::now();", "Instant::now"));
    assert!(names("use {glib, gio};", "gio"));
    assert!(!names("fn operand() {}", "rand"));
    assert!(!names("self.mio_like", "mio"));
}

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All Rust files below a folder, in a fixed order.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let mut found: Vec<_> = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    found.extend(folders.iter().flat_map(|folder| sources(folder)));
    found
}

/// The lines of code with their numbers: without comments, and without the test module at the foot.
fn code(source: &str) -> impl Iterator<Item = (usize, String)> {
    let foot = source.find("#[cfg(test)]\nmod ").unwrap_or(source.len());
    source[..foot]
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| {
            (
                index + 1,
                line.split(" // ").next().unwrap_or_default().to_owned(),
            )
        })
}

/// Whether the line names the path, not as a part of a longer identifier.
fn names(line: &str, path: &str) -> bool {
    let joins = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(path).any(|(at, found)| {
        let before = line[..at].chars().next_back();
        let after = line[at + found.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}
