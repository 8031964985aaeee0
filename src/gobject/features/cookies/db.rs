//! `SoupCookieJarDB`: a jar in a SQLite database.

use std::cell::{Cell, OnceCell};
use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::translate::*;
use glib::{ParamFlags, ParamSpec, ParamSpecString, ParamSpecUInt64, Value};
use rusqlite::{Transaction, params};

use super::CookieJar;
use super::enums::CookieJarError;
use super::jar_class::{CookieJarImpl, SoupCookieJar, SoupCookieJarClass};
use super::store::{Store, is_lasting};
use crate::gobject::SessionFeature;
use crate::gobject::features::cookies::cookie::now;
use crate::gobject::features::database::{Database, Table, time_of};
use crate::gobject::features::file_name::{file_of, file_value, value_of};
use crate::proto::cookies::jar::Change;
use crate::proto::cookies::{Cookie, Jar, SameSite};
use crate::proto::limits;

/// libsoup's table.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS moz_cookies (id INTEGER PRIMARY KEY, name TEXT, value TEXT, host TEXT, \
    path TEXT, expiry INTEGER, lastAccessed INTEGER, isSecure INTEGER, isHttpOnly INTEGER, sameSite INTEGER)";

/// As many pages as a database may have where nobody sets a limit.
const ANY_SIZE: u64 = 0x3fff_ffff;

/// The instance struct.
#[repr(C)]
pub struct SoupCookieJarDB {
    parent_instance: SoupCookieJar,
}

/// The class struct.
#[repr(C)]
pub struct SoupCookieJarDBClass {
    parent_class: SoupCookieJarClass,
}

const _: () = assert!(size_of::<SoupCookieJarDB>() == 24);
const _: () = assert!(size_of::<SoupCookieJarDBClass>() == 208);

glib::wrapper! {
    /// A jar in a SQLite database.
    pub struct CookieJarDb(ObjectSubclass<imp::CookieJarDb>) @extends CookieJar, @implements SessionFeature, gio::Initable;
}

impl CookieJarDb {
    /// A jar in that database, which need not exist yet. What goes wrong is a warning: the jar is in memory then.
    pub fn new(file: &CStr, read_only: bool) -> CookieJarDb {
        let names = [c"filename".as_ptr(), c"read-only".as_ptr()];
        let values = [file_value(file), read_only.to_value()];
        // SAFETY: two names and two values, of properties of that class; the new object is ours. The glib crate would insist on
        // `Initable`, whose error this function goes on after.
        let jar: CookieJarDb = unsafe {
            from_glib_full(
                glib::gobject_ffi::g_object_new_with_properties(
                    CookieJarDb::static_type().into_glib(),
                    2,
                    names.as_ptr().cast_mut(),
                    values.as_ptr().cast(),
                )
                .cast::<SoupCookieJarDB>(),
            )
        };
        if let Some(trouble) = jar.upcast_ref::<CookieJar>().take_trouble() {
            glib::g_warning!("libsoup", "{trouble}");
        }
        jar
    }

    /// The same, but what goes wrong is an error.
    pub fn try_new(file: &CStr, read_only: bool) -> Result<CookieJarDb, glib::Error> {
        gio::Initable::builder::<CookieJarDb>()
            .property("filename", file_value(file))
            .property("read-only", read_only)
            .build(gio::Cancellable::NONE)
    }

    /// How large the database may become, in bytes; 0 for any size.
    pub fn max_size(&self) -> u64 {
        self.imp().max_size.get()
    }

    /// Says how large the database may become. It does not become smaller.
    pub fn set_max_size(&self, bytes: u64) -> Result<(), String> {
        let jar = self.upcast_ref::<CookieJar>();
        jar.with_store(|store| store.set_max_size(bytes)).transpose()?;
        if self.imp().max_size.replace(bytes) != bytes {
            self.notify("max-size");
        }
        Ok(())
    }
}

/// The cookies' table.
struct CookieTable(Table<Change>);

impl CookieTable {
    fn open(file: &Path, read_only: bool) -> Result<Option<(CookieTable, Vec<Cookie>)>, String> {
        let Some(mut database) = Database::open(file, read_only)? else {
            return Ok(None);
        };
        let has_same_site = |connection: &rusqlite::Connection| {
            let statement = connection.prepare("SELECT sameSite FROM moz_cookies");
            statement.is_ok()
        };
        if !read_only && !has_same_site(&database.connection) {
            // Another process may be doing the same.
            let made = database.write(|transaction| {
                transaction.execute(TABLE, [])?;
                if !has_same_site(transaction) {
                    let column = "ALTER TABLE moz_cookies ADD COLUMN sameSite INTEGER DEFAULT 0";
                    transaction.execute(column, [])?;
                }
                Ok(())
            });
            database.named("open", made)?;
        }
        let connection = &database.connection;
        let cookies = database.named("read", read(connection, has_same_site(connection)))?;
        let table = Table::new(database, limits::COOKIES, apply);
        Ok(Some((CookieTable(table), cookies)))
    }
}

impl Store for CookieTable {
    fn write(&mut self, _jar: &Jar, changes: &[Change]) -> Result<(), String> {
        let lasting = changes.iter().filter(|change| is_lasting(change));
        self.0.write(lasting.cloned())
    }

    fn set_max_size(&mut self, bytes: u64) -> Result<(), String> {
        let database = &self.0.database;
        let connection = &database.connection;
        let page: rusqlite::Result<i64> = connection.query_row("PRAGMA page_size", [], |row| row.get(0));
        let page = database.named("read", page)?.max(1).unsigned_abs();
        let pages = match bytes {
            0 => ANY_SIZE,
            bytes => (bytes / page).clamp(1, ANY_SIZE),
        };
        let limit = format!("PRAGMA max_page_count = {pages}");
        let set: rusqlite::Result<i64> = connection.query_row(&limit, [], |row| row.get(0));
        database.named("limit", set).map(drop)
    }
}

fn read(connection: &rusqlite::Connection, has_same_site: bool) -> rusqlite::Result<Vec<Cookie>> {
    let same_site = if has_same_site { "sameSite" } else { "0" };
    let mut statement = connection.prepare(&format!(
        "SELECT name, value, host, path, expiry, isSecure, isHttpOnly, {same_site} FROM moz_cookies \
         WHERE name IS NOT NULL AND value IS NOT NULL AND host IS NOT NULL AND expiry IS NOT NULL ORDER BY id"
    ))?;
    let rows = statement.query_map([], |row| {
        Ok(Cookie {
            name: row.get(0)?,
            value: row.get(1)?,
            domain: Some(row.get(2)?),
            path: row.get(3)?,
            expires: Some(time_of(row.get(4)?)),
            secure: row.get::<_, Option<i64>>(5)?.unwrap_or_default() != 0,
            http_only: row.get::<_, Option<i64>>(6)?.unwrap_or_default() != 0,
            same_site: match row.get::<_, Option<i64>>(7)? {
                Some(1) => SameSite::Lax,
                Some(2) => SameSite::Strict,
                _ => SameSite::None,
            },
        })
    })?;
    let now = now();
    let mut cookies = Vec::new();
    for row in rows {
        match row {
            Ok(cookie) => cookies.push(cookie),
            // Of a type that no cookie has: somebody else's row.
            Err(rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..)) => {}
            Err(error) => return Err(error),
        }
    }
    cookies.retain(|cookie| !cookie.is_expired(now));
    Ok(cookies)
}

fn apply(transaction: &Transaction<'_>, change: &Change) -> rusqlite::Result<()> {
    let (old, new) = match change {
        Change::Added(new) => (Some(new), Some(new)),
        Change::Replaced { old, new } => (Some(old), Some(new)),
        Change::Removed(old) => (Some(old), None),
    };
    if let Some(old) = old {
        transaction.execute(
            "DELETE FROM moz_cookies WHERE name = ?1 AND host = ?2 AND path IS ?3",
            params![old.name, old.domain, old.path],
        )?;
    }
    if let Some(new) = new.filter(|new| new.expires.is_some()) {
        let same_site = match new.same_site {
            SameSite::None => 0,
            SameSite::Lax => 1,
            SameSite::Strict => 2,
        };
        transaction.execute(
            "INSERT INTO moz_cookies (name, value, host, path, expiry, isSecure, isHttpOnly, sameSite) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                new.name,
                new.value,
                new.domain,
                new.path,
                new.expires,
                new.secure,
                new.http_only,
                same_site
            ],
        )?;
    }
    Ok(())
}

mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct CookieJarDb {
        file: OnceCell<Option<PathBuf>>,
        pub(super) max_size: Cell<u64>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for CookieJarDb {
        const NAME: &'static str = "SoupCookieJarDB";
        const FINAL: bool = true;
        type Type = super::CookieJarDb;
        type ParentType = CookieJar;
        type Instance = SoupCookieJarDB;
        type Class = SoupCookieJarDBClass;
        type Interfaces = (gio::Initable,);
    }

    impl ObjectImpl for CookieJarDb {
        fn properties() -> &'static [ParamSpec] {
            static PROPERTIES: OnceLock<[ParamSpec; 2]> = OnceLock::new();
            PROPERTIES.get_or_init(|| {
                [
                    ParamSpecString::builder("filename").construct_only().build(),
                    ParamSpecUInt64::builder("max-size")
                        .flags(ParamFlags::READWRITE | ParamFlags::CONSTRUCT | ParamFlags::EXPLICIT_NOTIFY)
                        .build(),
                ]
            })
        }

        fn set_property(&self, _id: usize, value: &Value, spec: &ParamSpec) {
            match spec.name() {
                // Set once, when the object is made.
                "filename" => drop(self.file.set(file_of(value))),
                _ => {
                    if let Err(trouble) = self.obj().set_max_size(value.get().unwrap_or_default()) {
                        glib::g_warning!("libsoup", "{trouble}");
                    }
                }
            }
        }

        fn property(&self, _id: usize, spec: &ParamSpec) -> Value {
            match spec.name() {
                "filename" => value_of(self.file.get().and_then(Option::as_deref)),
                _ => self.max_size.get().to_value(),
            }
        }

        fn constructed(&self) {
            self.parent_constructed();
            let object = self.obj();
            let jar = object.upcast_ref::<CookieJar>();
            let Some(Some(file)) = self.file.get() else {
                return;
            };
            match CookieTable::open(file, jar.is_read_only()) {
                Ok(None) => {}
                Ok(Some((mut table, cookies))) => {
                    let trouble = match self.max_size.get() {
                        0 => None,
                        bytes => table.set_max_size(bytes).err(),
                    };
                    jar.open(cookies, Some(Box::new(table)), trouble);
                }
                Err(trouble) => jar.open(Vec::new(), None, Some(trouble)),
            }
        }
    }

    impl InitableImpl for CookieJarDb {
        fn init(&self, _cancellable: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
            let object = self.obj();
            let trouble = object.upcast_ref::<CookieJar>().take_trouble();
            trouble.map_or(Ok(()), |trouble| {
                Err(glib::Error::new(CookieJarError::Db, &trouble))
            })
        }
    }

    impl CookieJarImpl for CookieJarDb {
        const PERSISTENT: bool = true;
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupCookieJarDB {
    type Type = imp::CookieJarDb;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupCookieJarDBClass {
    type Type = imp::CookieJarDb;
}
