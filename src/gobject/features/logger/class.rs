//! The class of `SoupLogger`: its properties, and its hooks.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use glib::prelude::*;
use glib::subclass::prelude::*;
use glib::{ParamSpec, ParamSpecEnum, ParamSpecInt, Value};

use super::record::Records;
use super::{LoggerLogLevel, Settings};
use crate::gobject::session::feature::BodyStage;
use crate::gobject::{Message, Session, SessionFeature, SessionFeatureImpl};

/// What C's `SoupLogger *` points to.
pub type SoupLogger = <imp::Logger as ObjectSubclass>::Instance;

const _: () = assert!(size_of::<SoupLogger>() == 24);

pub(super) mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct Logger {
        settings: Mutex<Settings>,
        records: Mutex<Records>,
    }

    impl Logger {
        /// What is set. Let go of it before anything of the program's runs.
        pub(in super::super) fn settings(&self) -> MutexGuard<'_, Settings> {
            self.settings.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// The messages under way. Let go of it before anything of the program's runs.
        pub(in super::super) fn records(&self) -> MutexGuard<'_, Records> {
            self.records.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Logger {
        const NAME: &'static str = "SoupLogger";
        const FINAL: bool = true;
        type Type = super::super::Logger;
        type Interfaces = (SessionFeature,);
    }

    impl ObjectImpl for Logger {
        fn properties() -> &'static [ParamSpec] {
            static PROPERTIES: OnceLock<[ParamSpec; 2]> = OnceLock::new();
            PROPERTIES.get_or_init(|| {
                [
                    ParamSpecEnum::builder_with_default("level", LoggerLogLevel::Minimal).build(),
                    ParamSpecInt::builder("max-body-size")
                        .minimum(-1)
                        .default_value(-1)
                        .construct()
                        .build(),
                ]
            })
        }

        fn set_property(&self, _id: usize, value: &Value, spec: &ParamSpec) {
            let mut settings = self.settings();
            match spec.name() {
                "level" => settings.level = value.get().unwrap_or_default(),
                _ => settings.max_body_size = value.get().unwrap_or(-1),
            }
        }

        fn property(&self, _id: usize, spec: &ParamSpec) -> Value {
            let settings = self.settings();
            match spec.name() {
                "level" => settings.level.to_value(),
                _ => settings.max_body_size.to_value(),
            }
        }
    }

    impl SessionFeatureImpl for Logger {
        fn attach(&self, session: &Session) {
            self.records().know(session);
        }

        fn detach(&self, session: &Session) {
            let forgotten = self.records().forget(session);
            for record in forgotten {
                record.disconnect();
            }
        }

        fn request_queued(&self, session: &Session, message: &Message) {
            self.obj().follow(session, message);
        }

        fn request_unqueued(&self, _session: &Session, message: &Message) {
            let record = self.records().take(message);
            if let Some(record) = record {
                record.disconnect();
            }
        }

        fn body_stage(&self) -> BodyStage {
            BodyStage::Decoded
        }

        fn wrap_body(
            &self,
            _session: &Session,
            message: &Message,
            body: &gio::InputStream,
        ) -> Option<gio::InputStream> {
            self.obj().tee(message, body)
        }
    }
}
