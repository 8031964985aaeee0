//! The folder that a cache keeps its files in: one file a response.
//!
//! Law: a file is made beside, with the mode 0600, and put in its place whole. Nothing outside of the folder is touched: what others have
//! put beside it stays, and a folder of that name that is none of ours is put aside.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::proto::cache::Head;
use crate::proto::limits;

/// An open folder.
pub(super) struct Folder(PathBuf);

/// A file that was found.
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) length: u64,
}

impl Folder {
    /// Opens the folder in `place`, and makes it where there is none. Says what has been put aside.
    pub(super) fn open(place: &Path) -> io::Result<(Folder, Option<String>)> {
        let path = place.join(NAME);
        let mut aside = None;
        if !is_ours(&path)? {
            let target = place.join(format!("{NAME}.aside"));
            let _ = fs::remove_dir_all(&target).or_else(|_| fs::remove_file(&target));
            fs::rename(&path, &target)?;
            aside = Some(format!(
                "{} is no cache of this library's, or is damaged: it is now {}",
                path.display(),
                target.display()
            ));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        let folder = Folder(path);
        if !folder.0.join(TAG_NAME).exists() {
            folder.write(TAG_NAME, TAG.as_bytes())?;
        }
        Ok((folder, aside))
    }

    /// The responses that are there, those that were used longest ago first. What is damaged is removed.
    pub(super) fn scan(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            match look_at(&entry.path(), name) {
                Look::Response(time, file) => found.push((time, file)),
                Look::Garbage => self.remove(name),
                Look::Other => {}
            }
        }
        found.sort_by_key(|(time, _)| *time);
        found.into_iter().map(|(_, file)| file).collect()
    }

    /// Puts a file in its place.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let place = self.0.join(name);
        let beside = self.0.join(format!("{name}.{}.new", std::process::id()));
        let written = make(&beside, content).and_then(|()| fs::rename(&beside, &place));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Reads a file, and notes that it was used.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let file = File::open(self.0.join(name))?;
        let most = (limits::CACHE_BODY + 2 * limits::CACHE_HEAD) as u64;
        let mut content = Vec::new();
        (&file).take(most).read_to_end(&mut content)?;
        // On a medium that cannot be written the order is that of writing.
        let _ = file.set_modified(SystemTime::now());
        Ok(content)
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.0.join(name));
    }

    /// Removes all responses.
    pub(super) fn clear(&self) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if let Some(name) = name.to_str().filter(|name| is_response(name)) {
                self.remove(name);
            }
        }
    }
}

/// What a file in the folder is.
enum Look {
    Response(SystemTime, Found),
    Garbage,
    Other,
}

fn look_at(path: &Path, name: &str) -> Look {
    let Ok((length, time)) = path
        .symlink_metadata()
        .and_then(|status| Ok((status.len(), status.modified()?)))
    else {
        return Look::Other;
    };
    if name.ends_with(".new") {
        // Another process may be writing it just now.
        let old = time.elapsed().is_ok_and(|age| age > Duration::from_secs(60));
        return if old { Look::Garbage } else { Look::Other };
    }
    if !is_response(name) {
        return Look::Other;
    }
    let read = |most: usize| -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        File::open(path)?.take(most as u64).read_to_end(&mut start)?;
        Ok(start)
    };
    for most in [FIRST_READ, 2 * limits::CACHE_HEAD] {
        let Ok(start) = read(most) else {
            return Look::Other;
        };
        if let Ok(head) = Head::decode_start(&start, length)
            && head.file_name() == name
        {
            return Look::Response(time, Found { head, length });
        }
    }
    Look::Garbage
}

fn make(file: &Path, content: &[u8]) -> io::Result<()> {
    // What a process of the same number has left behind may have another mode.
    let _ = fs::remove_file(file);
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    out.write_all(content)
}

/// Whether the folder may be used: it is not there yet, is empty, or has our tag.
fn is_ours(path: &Path) -> io::Result<bool> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(false),
        other => other?,
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    // Who was ended while making the folder has left the tag's first try.
    let is_empty = names.all(|name| name.as_encoded_bytes().starts_with(TAG_NAME.as_bytes()));
    match fs::read(path.join(TAG_NAME)) {
        Ok(tag) => Ok(tag == TAG.as_bytes()),
        Err(_) => Ok(is_empty),
    }
}

fn is_response(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The folder's name in the place that the program has given.
const NAME: &str = "bisque-cache";

/// Says to programs that make backups what the folder is, and to us which version has made it.
const TAG_NAME: &str = "CACHEDIR.TAG";
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# HTTP responses, version 1.\n";

/// How much of a file is read at first when a cache is loaded.
const FIRST_READ: usize = 4096;
