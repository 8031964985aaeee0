//! Runs every entry point for fuzzing over its corpus: what once was found is looked at again on every run.

#[path = "../fuzz/entries/mod.rs"]
mod entries;

use std::fs;
use std::path::Path;

#[test]
fn every_entry_point_holds_over_its_corpus() {
    // The package is the library's, or that in `fuzz`.
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = [package.join("fuzz/corpus"), package.join("corpus")]
        .into_iter()
        .find(|folder| folder.is_dir())
        .expect("a corpus");
    let mut folders: Vec<_> = fs::read_dir(&corpus)
        .expect("the corpus")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    folders.sort();
    let mut names: Vec<_> = entries::ENTRIES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    names.sort();
    assert_eq!(folders, names, "a folder for each entry point, and no other");
    for (name, entry) in entries::ENTRIES {
        if cfg!(miri) && name != "wspc" {
            continue; // safe code, which would take it an hour
        }
        let mut inputs = 0;
        for file in fs::read_dir(corpus.join(name)).expect("a folder") {
            let path = file.expect("readable").path();
            println!("{}", path.display()); // so that a panic is behind the name of its input
            entry(&fs::read(path).expect("readable"));
            inputs += 1;
        }
        assert!(inputs > 0, "{name} has no corpus");
        entry(&[]);
    }
}
