//! `SoupHSTSEnforcerDB`: an enforcer whose policies are in a SQLite database.

use std::cell::OnceCell;
use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::{ParamSpec, ParamSpecString, Value};
use rusqlite::{Transaction, params};

use super::enforcer::{HstsEnforcer, Store};
use super::enforcer_class::{HstsEnforcerImpl, SoupHSTSEnforcer, SoupHSTSEnforcerClass};
use super::policy::unicode;
use crate::gobject::SessionFeature;
use crate::gobject::features::cookies::cookie::now;
use crate::gobject::features::database::{Database, Table, time_of};
use crate::gobject::features::file_name::{file_of, file_value, value_of};
use crate::proto::hsts::{Change, Policy};
use crate::proto::http1::date::LAST;
use crate::proto::limits;

/// libsoup's table.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS soup_hsts_policies (id INTEGER PRIMARY KEY, host TEXT UNIQUE, \
    max_age INTEGER, expiry INTEGER, include_subdomains INTEGER)";

/// The instance struct.
#[repr(C)]
pub struct SoupHSTSEnforcerDB {
    parent_instance: SoupHSTSEnforcer,
}

/// The class struct.
#[repr(C)]
pub struct SoupHSTSEnforcerDBClass {
    parent_class: SoupHSTSEnforcerClass,
}

const _: () = assert!(size_of::<SoupHSTSEnforcerDB>() == 24);
const _: () = assert!(size_of::<SoupHSTSEnforcerDBClass>() == 192);

glib::wrapper! {
    /// An enforcer whose policies are in a SQLite database.
    pub struct HstsEnforcerDb(ObjectSubclass<imp::HstsEnforcerDb>) @extends HstsEnforcer, @implements SessionFeature;
}

impl HstsEnforcerDb {
    /// An enforcer with that database, which need not exist yet. What goes wrong is a warning: the enforcer is in memory then.
    pub fn new(file: &CStr) -> HstsEnforcerDb {
        let enforcer: HstsEnforcerDb = glib::Object::builder()
            .property("filename", file_value(file))
            .build();
        if let Some(trouble) = enforcer.upcast_ref::<HstsEnforcer>().take_trouble() {
            glib::g_warning!("libsoup", "{trouble}");
        }
        enforcer
    }
}

/// The policies' table.
struct PolicyTable(Table<Change>);

impl PolicyTable {
    fn open(file: &Path) -> Result<Option<(PolicyTable, Vec<Policy>)>, String> {
        let Some(mut database) = Database::open(file, false)? else {
            return Ok(None);
        };
        let is_there = database
            .connection
            .prepare("SELECT host FROM soup_hsts_policies")
            .is_ok();
        if !is_there {
            // Another process may be doing the same.
            let made = database.write(|transaction| transaction.execute(TABLE, []).map(drop));
            database.named("open", made)?;
        }
        let policies = database.named("read", read(&database.connection))?;
        let table = Table::new(database, limits::HSTS_HOSTS, apply);
        Ok(Some((PolicyTable(table), policies)))
    }
}

impl Store for PolicyTable {
    fn write(&mut self, changes: &[Change]) -> Result<(), String> {
        let lasts =
            |policy: &Option<Policy>| policy.as_ref().is_some_and(|policy| !policy.is_session_policy());
        let lasting = changes.iter().filter(|(old, new)| lasts(old) || lasts(new));
        self.0.write(lasting.cloned())
    }
}

fn apply(transaction: &Transaction<'_>, (old, new): &Change) -> rusqlite::Result<()> {
    if let Some(policy) = old.as_ref().or(new.as_ref()) {
        transaction.execute(
            "DELETE FROM soup_hsts_policies WHERE host = ?1",
            params![policy.domain],
        )?;
    }
    if let Some(policy) = new {
        let age = i64::try_from(policy.max_age.unwrap_or_default()).unwrap_or(i64::MAX);
        transaction.execute(
            "INSERT INTO soup_hsts_policies (host, max_age, expiry, include_subdomains) VALUES (?1, ?2, ?3, ?4)",
            params![policy.domain, age, policy.expires.unwrap_or(LAST), policy.subdomains],
        )?;
    }
    Ok(())
}

fn read(connection: &rusqlite::Connection) -> rusqlite::Result<Vec<Policy>> {
    let mut statement = connection.prepare(
        "SELECT host, max_age, expiry, include_subdomains FROM soup_hsts_policies \
         WHERE typeof(host) = 'text' AND typeof(max_age) = 'integer' AND typeof(expiry) = 'integer'",
    )?;
    let now = now();
    let rows = statement.query_map([], |row| {
        let (host, age): (String, i64) = (row.get(0)?, row.get(1)?);
        let subdomains = row.get::<_, Option<i64>>(3)?.unwrap_or_default() != 0;
        let policy = Policy::new(&unicode(&host), Some(age.unsigned_abs()), subdomains, now);
        let expires = Some(time_of(row.get(2)?));
        Ok(policy.map(|policy| Policy { expires, ..policy }))
    })?;
    let policies: rusqlite::Result<Vec<_>> = rows.collect();
    let kept = policies?.into_iter().flatten();
    Ok(kept.filter(|policy| !policy.is_expired(now)).collect())
}

mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct HstsEnforcerDb(OnceCell<Option<PathBuf>>);

    #[glib::object_subclass]
    impl ObjectSubclass for HstsEnforcerDb {
        const NAME: &'static str = "SoupHSTSEnforcerDB";
        const FINAL: bool = true;
        type Type = super::HstsEnforcerDb;
        type ParentType = HstsEnforcer;
        type Instance = SoupHSTSEnforcerDB;
        type Class = SoupHSTSEnforcerDBClass;
    }

    impl ObjectImpl for HstsEnforcerDb {
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
            let object = self.obj();
            let enforcer = object.upcast_ref::<HstsEnforcer>();
            let Some(Some(file)) = self.0.get() else {
                return;
            };
            match PolicyTable::open(file) {
                Ok(None) => {}
                Ok(Some((table, policies))) => enforcer.open(policies, Some(Box::new(table)), None),
                Err(trouble) => enforcer.open(Vec::new(), None, Some(trouble)),
            }
        }
    }

    impl HstsEnforcerImpl for HstsEnforcerDb {
        const PERSISTENT: bool = true;
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupHSTSEnforcerDB {
    type Type = imp::HstsEnforcerDb;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl ClassStruct for SoupHSTSEnforcerDBClass {
    type Type = imp::HstsEnforcerDb;
}
