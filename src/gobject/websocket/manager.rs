//! `SoupWebsocketExtensionManager`: the session feature that knows which extensions a session's WebSockets offer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use glib::prelude::*;
use glib::subclass::prelude::*;

use super::{WebsocketExtension, WebsocketExtensionDeflate};
use crate::gobject::{Message, SessionFeature, SessionFeatureImpl};

glib::wrapper! {
    /// The extensions that a session offers: permessage-deflate, and the classes that were added.
    pub struct WebsocketExtensionManager(ObjectSubclass<imp::WebsocketExtensionManager>) @implements SessionFeature;
}

/// The instance struct.
pub type SoupWebsocketExtensionManager = <imp::WebsocketExtensionManager as ObjectSubclass>::Instance;

impl WebsocketExtensionManager {
    /// What `message` offers, if it has not been told to do without.
    pub fn offer(&self, message: &Message) -> Offer {
        let types = match message.is_feature_disabled(self.type_()) {
            true => Vec::new(),
            false => self.imp().types().clone(),
        };
        Offer::new(types)
    }
}

/// The classes of the extensions that a handshake offers or grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    types: Vec<glib::Type>,
}

impl Offer {
    /// These classes, the preferred one first.
    pub fn new(types: Vec<glib::Type>) -> Offer {
        Offer { types }
    }

    /// All of them.
    pub fn types(&self) -> &[glib::Type] {
        &self.types
    }

    /// The classes that `message` has not been told to do without.
    pub(super) fn enabled(&self, message: &Message) -> Vec<glib::Type> {
        let types = self.types.iter().copied();
        types
            .filter(|type_| !message.is_feature_disabled(*type_))
            .collect()
    }
}

mod imp {
    use super::*;

    /// The classes, in the order in which they are offered.
    pub struct WebsocketExtensionManager {
        types: Mutex<Vec<glib::Type>>,
    }

    impl WebsocketExtensionManager {
        /// The classes; a session asks from any of its threads.
        pub(super) fn types(&self) -> MutexGuard<'_, Vec<glib::Type>> {
            self.types.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl Default for WebsocketExtensionManager {
        fn default() -> Self {
            WebsocketExtensionManager {
                types: Mutex::new(vec![WebsocketExtensionDeflate::static_type()]),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for WebsocketExtensionManager {
        const NAME: &'static str = "SoupWebsocketExtensionManager";
        const FINAL: bool = true;
        type Type = super::WebsocketExtensionManager;
        type Interfaces = (SessionFeature,);
    }

    impl ObjectImpl for WebsocketExtensionManager {}

    impl SessionFeatureImpl for WebsocketExtensionManager {
        fn add_part(&self, type_: glib::Type) -> bool {
            if !type_.is_a(WebsocketExtension::static_type()) {
                return false;
            }
            let mut types = self.types();
            if !types.contains(&type_) {
                types.push(type_);
            }
            true
        }

        fn remove_part(&self, type_: glib::Type) -> bool {
            let mut types = self.types();
            let before = types.len();
            types.retain(|known| *known != type_);
            types.len() != before
        }

        fn has_part(&self, type_: glib::Type) -> bool {
            self.types().contains(&type_)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_manages_extensions_and_nothing_else() {
        let manager: WebsocketExtensionManager = glib::Object::new();
        let deflate = WebsocketExtensionDeflate::static_type();
        let feature: SessionFeature = manager.upcast();
        let feature = feature.hooks();
        assert!(feature.has_part(deflate) && feature.add_part(deflate));
        assert!(!feature.add_part(glib::Type::OBJECT));
        assert!(feature.remove_part(deflate) && !feature.remove_part(deflate));
        assert_eq!(size_of::<SoupWebsocketExtensionManager>(), 24);
    }
}
