//! `SoupSessionFeature`: what changes how a session sends messages, as libsoup's interface and as the hooks behind it.
//!
//! libsoup keeps the slots of the interface private, so C only names features; they are implemented in this library, each in
//! a file of its own, by [`SessionFeatureImpl`].
//!
//! | when | hook |
//! |---|---|
//! | added to a session, removed from it | `attach`, `detach` |
//! | a message enters or leaves the queue | `request_queued`, `request_unqueued` |
//! | a message will be sent again, to where a redirect leads or because a feature wants it: before "restarted" | `restarting` |
//! | before a connection is chosen: at first, and after each restart | `prepare`, then of all `find_response` |
//! | before the request is written: after "starting", on every attempt | `will_send` |
//! | the response's head has arrived: before anybody sees it | `revise_head` |
//! | the response's head, or that of a 101, has arrived: after "got-headers" | `got_head` |
//! | the response's body is handed to the caller | `wrap_body` |
//!
//! Law: hooks run in the thread that runs the message's context, with nothing borrowed and no lock held. One feature may be
//! called by several threads at once, each for a message of its own: state that messages share sits behind a lock.

use gio::prelude::*;
use glib::gobject_ffi;
use glib::subclass::prelude::*;

use crate::gobject::session::dispatcher::Waker;
use crate::gobject::{Message, Session};
use crate::proto::http1::head::ResponseHead;
use crate::proto::http1::headers::HeaderList;

glib::wrapper! {
    /// Something that changes how a session sends messages.
    pub struct SessionFeature(ObjectInterface<iface::SessionFeature>);
}

/// What C's `SoupSessionFeature *` points to: an instance of any class that implements the interface.
pub type SoupSessionFeature = std::ffi::c_void;

/// What a class implements to be a feature. Every method has a default that does nothing.
///
/// A class names the interface in `type Interfaces = (SessionFeature,)` and implements this trait; nothing else is needed.
/// A message can refuse features of a type with `soup_message_disable_feature()`: the session then calls none of the hooks
/// that take a message.
pub trait SessionFeatureImpl {
    /// The feature was added to `session`.
    fn attach(&self, _session: &Session) {}

    /// The feature was removed from `session`, or the session is being finalized.
    fn detach(&self, _session: &Session) {}

    /// `message` has entered the queue of `session`, before "request-queued".
    fn request_queued(&self, _session: &Session, _message: &Message) {}

    /// `message` has left the queue of `session`, before "request-unqueued".
    fn request_unqueued(&self, _session: &Session, _message: &Message) {}

    /// `message` will be sent again, before "restarted". The hook may change its URI (HSTS).
    fn restarting(&self, _session: &Session, _message: &Message) {}

    /// Manages parts of type `type_`, such as a class of WebSocket extensions; returns whether it does.
    fn add_part(&self, _type: glib::Type) -> bool {
        false
    }

    /// Removes the part of type `type_`; returns whether there was one.
    fn remove_part(&self, _type: glib::Type) -> bool {
        false
    }

    /// Returns whether there is a part of type `type_`.
    fn has_part(&self, _type: glib::Type) -> bool {
        false
    }

    /// A connection is about to be chosen for `message`. The hook may change its URI (HSTS).
    fn prepare(&self, _session: &Session, _message: &Message) {}

    /// All features have prepared `message`, whose response is wanted. The hook may answer it without a connection (a cache):
    /// [`Verdict::AnswerFrom`], with status and response headers already set on the message. After [`Verdict::Wait`] it is called
    /// again when the waker was called, or earlier. [`Verdict::Restart`] means nothing here. `headers` gives the request's headers as
    /// they will be sent, as far as that is known.
    fn find_response(
        &self,
        _session: &Session,
        _message: &Message,
        _headers: &dyn Fn() -> HeaderList,
        _waker: Waker,
    ) -> Verdict {
        Verdict::Continue
    }

    /// Sets in `headers` what `will_send` would set in those of `message`, as far as a stored response can depend on it.
    fn foresee(&self, _message: &Message, _headers: &mut HeaderList) {}

    /// The request is about to be written: headers set here are sent (Cookie, Authorization, Accept-Encoding). It is called
    /// for every attempt, also for the CONNECT message of a tunnel.
    fn will_send(&self, _session: &Session, _message: &Message) {}

    /// The head of the response has arrived, and nobody has seen it: the hook may put another in its place (a cache, after 304).
    fn revise_head(&self, _session: &Session, _message: &Message, _head: &mut ResponseHead) {}

    /// The head of the response, or of a 101, is in the message. The first feature that says something else than
    /// [`Verdict::Continue`] decides; the others are called all the same, so that none misses a cookie or a policy.
    fn got_head(&self, _session: &Session, _message: &Message) -> Verdict {
        Verdict::Continue
    }

    /// Where `wrap_body` stands among those of other features.
    fn body_stage(&self) -> BodyStage {
        BodyStage::Decoded
    }

    /// Returns the stream that takes the place of `body` for whoever reads the response: a converter, a sniffer, a tee.
    /// It should be pollable if `body` is. `None` leaves the body as it is. It is not called for bodies that the session
    /// discards before a restart, nor for WebSockets.
    fn wrap_body(
        &self,
        _session: &Session,
        _message: &Message,
        _body: &gio::InputStream,
    ) -> Option<gio::InputStream> {
        None
    }
}

/// What a feature decides about a message.
#[derive(Debug, Default)]
pub enum Verdict {
    /// The message goes on.
    #[default]
    Continue,
    /// The message is sent again as it is now (authentication, HSTS): the response's body is read and discarded, then
    /// "restarted" is emitted. A session restarts a message a limited number of times.
    Restart,
    /// This stream is the response's body, whatever the connection says (a cache, after 304 or without asking).
    AnswerFrom(gio::InputStream),
    /// The message is held until `Message::resume` is called with another verdict: the
    /// program answers later.
    Wait,
}

/// The order in which bodies are wrapped: the lower first, next to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyStage {
    /// The body as the server has encoded it (a cache stores this).
    Encoded,
    /// Here Content-Encoding is undone.
    ContentEncoding,
    /// The decoded body (a logger reads this).
    Decoded,
    /// What the program reads: its first bytes may be looked at before it does.
    Sniffed,
}

impl SessionFeature {
    /// The Rust half of the instance.
    pub(in crate::gobject) fn hooks(&self) -> &dyn SessionFeatureImpl {
        const NONE: &NoHooks = &NoHooks;
        let hooks = self
            .interface::<SessionFeature>()
            .and_then(|slots| slots.as_ref().hooks);
        match hooks {
            // SAFETY: the slot belongs to the interface of this very instance, which lives as long as the borrow of it.
            Some(hooks) => unsafe { &*hooks(self.upcast_ref::<glib::Object>().as_ptr()) },
            // A class of C's that has registered the interface: there are no public slots to fill.
            None => NONE,
        }
    }
}

/// The hooks of a class that has none.
struct NoHooks;

impl SessionFeatureImpl for NoHooks {}

// SAFETY: the slot is a function for `T`, and the interface has no instance data.
unsafe impl<T> IsImplementable<T> for SessionFeature
where
    T: SessionFeatureImpl + ObjectSubclass<Type: IsA<glib::Object>>,
{
    fn interface_init(interface: &mut glib::Interface<Self>) {
        interface.as_mut().hooks = Some(hooks::<T>);
    }
}

/// The Rust half of an instance of `T`.
///
/// # Safety
///
/// `instance` is an instance of the class of `T`.
unsafe fn hooks<T>(instance: *mut gobject_ffi::GObject) -> *const dyn SessionFeatureImpl
where
    T: SessionFeatureImpl + ObjectSubclass<Type: IsA<glib::Object>>,
{
    // SAFETY: the slot was installed for `T`, so the instance is one of its class.
    let imp: &T = unsafe { (*instance.cast::<T::Instance>()).imp() };
    imp
}

mod iface {
    use super::*;

    /// The interface struct; nobody outside knows its size.
    #[derive(Clone, Copy)]
    #[repr(C)]
    pub struct Slots {
        parent: gobject_ffi::GTypeInterface,
        /// Finds the hooks of an instance.
        pub hooks: Option<unsafe fn(*mut gobject_ffi::GObject) -> *const dyn SessionFeatureImpl>,
    }

    // SAFETY: a repr(C) struct that begins with GTypeInterface.
    unsafe impl InterfaceStruct for Slots {
        type Type = SessionFeature;
    }

    pub struct SessionFeature;

    #[glib::object_interface]
    impl ObjectInterface for SessionFeature {
        const NAME: &'static str = "SoupSessionFeature";
        type Instance = std::ffi::c_void;
        type Interface = Slots;
        type Prerequisites = (glib::Object,);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod imp {
        use super::*;

        #[derive(Default)]
        pub struct Feature;

        #[glib::object_subclass]
        impl ObjectSubclass for Feature {
            const NAME: &'static str = "BisqueTestFeature";
            type Type = super::Feature;
            type Interfaces = (SessionFeature,);
        }

        impl ObjectImpl for Feature {}

        impl SessionFeatureImpl for Feature {
            fn has_part(&self, type_: glib::Type) -> bool {
                type_ == glib::Type::STRING
            }
        }
    }

    glib::wrapper! {
        pub struct Feature(ObjectSubclass<imp::Feature>) @implements SessionFeature;
    }

    #[test]
    fn a_feature_answers_for_its_parts() {
        let feature: SessionFeature = glib::Object::new::<Feature>().upcast();
        assert!(feature.hooks().has_part(glib::Type::STRING));
        assert!(!feature.hooks().has_part(glib::Type::I32));
        assert!(!feature.hooks().add_part(glib::Type::STRING));
        assert_eq!(SessionFeature::static_type().name(), "SoupSessionFeature");
    }
}
