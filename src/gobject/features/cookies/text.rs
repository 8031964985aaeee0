//! `SoupCookieJarText`: a jar in a text file of Netscape's format.
//!
//! Law: the file is replaced, never changed: whoever reads it, and whenever the power fails, there is the old one or the new.

use std::cell::OnceCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::{ParamSpec, ParamSpecString, Value};

use super::jar_class::{CookieJarImpl, SoupCookieJar, SoupCookieJarClass};
use super::store::{Store, is_lasting};
use crate::gobject::SessionFeature;
use crate::gobject::features::cookies::CookieJar;
use crate::gobject::features::file_name::{file_of, file_value, value_of};
use crate::proto::cookies::jar::Change;
use crate::proto::cookies::{Cookie, Jar, netscape};

/// The instance struct.
#[repr(C)]
pub struct SoupCookieJarText {
    parent_instance: SoupCookieJar,
}

/// The class struct.
#[repr(C)]
pub struct SoupCookieJarTextClass {
    parent_class: SoupCookieJarClass,
}

const _: () = assert!(size_of::<SoupCookieJarText>() == 24);
const _: () = assert!(size_of::<SoupCookieJarTextClass>() == 208);

glib::wrapper! {
    /// A jar in a text file.
    pub struct CookieJarText(ObjectSubclass<imp::CookieJarText>) @extends CookieJar, @implements SessionFeature;
}

impl CookieJarText {
    /// A jar in that file, which need not exist yet.
    pub fn new(file: &std::ffi::CStr, read_only: bool) -> CookieJarText {
        let jar: CookieJarText = glib::Object::builder()
            .property("filename", file_value(file))
            .property("read-only", read_only)
            .build();
        if let Some(trouble) = jar.upcast_ref::<CookieJar>().take_trouble() {
            glib::g_warning!("libsoup", "{trouble}");
        }
        jar
    }
}

struct TextFile(PathBuf);

impl TextFile {
    fn read(&self) -> io::Result<Vec<Cookie>> {
        let text = match fs::read(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().filter_map(netscape::read).collect())
    }

    /// Writes a file beside it, and puts that in its place.
    fn replace(&self, jar: &Jar) -> io::Result<()> {
        // Who has put a link there wants the file behind it to change.
        let place = fs::canonicalize(&self.0).unwrap_or_else(|_| self.0.clone());
        let mut beside = place.clone().into_os_string();
        beside.push(format!(".{}.new", std::process::id()));
        let beside = PathBuf::from(beside);
        let written = write(&beside, jar).and_then(|()| fs::rename(&beside, &place));
        match &written {
            Ok(()) => sync_folder(&place),
            Err(_) => drop(fs::remove_file(&beside)),
        }
        written
    }
}

impl Store for TextFile {
    fn write(&mut self, jar: &Jar, changes: &[Change]) -> Result<(), String> {
        if !changes.iter().any(is_lasting) {
            return Ok(());
        }
        self.replace(jar)
            .map_err(|error| format!("cannot write {}: {error}", self.0.display()))
    }
}

fn write(file: &Path, jar: &Jar) -> io::Result<()> {
    // What a process of the same number has left behind may have another mode.
    let _ = fs::remove_file(file);
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    let lines: String = jar.all().into_iter().filter_map(netscape::write).collect();
    out.write_all(netscape::HEAD.as_bytes())?;
    out.write_all(lines.as_bytes())?;
    out.sync_data()
}

/// The new name is to outlive a power cut too. Where a folder cannot be synchronized, the old file is what remains.
fn sync_folder(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_data();
    }
}

mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct CookieJarText(OnceCell<Option<PathBuf>>);

    #[glib::object_subclass]
    impl ObjectSubclass for CookieJarText {
        const NAME: &'static str = "SoupCookieJarText";
        const FINAL: bool = true;
        type Type = super::CookieJarText;
        type ParentType = CookieJar;
        type Instance = SoupCookieJarText;
        type Class = SoupCookieJarTextClass;
    }

    impl ObjectImpl for CookieJarText {
        fn properties() -> &'static [ParamSpec] {
            static PROPERTIES: OnceLock<[ParamSpec; 1]> = OnceLock::new();
            PROPERTIES.get_or_init(|| [ParamSpecString::builder("filename").construct_only().build()])
        }

        fn set_property(&self, _id: usize, value: &Value, _spec: &ParamSpec) {
            // Set once, when the object is made.
            let _ = self.0.set(file_of(value));
        }

        fn property(&self, _id: usize, _spec: &ParamSpec) -> Value {
            value_of(self.0.get().and_then(Option::as_deref))
        }

        fn constructed(&self) {
            self.parent_constructed();
            if let Some(Some(path)) = self.0.get() {
                let file = TextFile(path.clone());
                let (cookies, trouble) = match file.read() {
                    Ok(cookies) => (cookies, None),
                    Err(error) => (
                        Vec::new(),
                        Some(format!("cannot read {}: {error}", path.display())),
                    ),
                };
                // What cannot be read is not overwritten.
                let store = trouble.is_none().then(|| Box::new(file) as Box<dyn Store>);
                self.obj().upcast_ref::<CookieJar>().open(cookies, store, trouble);
            }
        }
    }

    impl CookieJarImpl for CookieJarText {
        const PERSISTENT: bool = true;
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupCookieJarText {
    type Type = imp::CookieJarText;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupCookieJarTextClass {
    type Type = imp::CookieJarText;
}
