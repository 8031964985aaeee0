//! Certificates of clients: what a message is asked for in the middle of a handshake, and the answers, which may come later.
//!
//! Law: a thread of GIO's waits for each answer, so that each question gets one: the handler's, or that of the end of the
//! attempt. Nothing is borrowed while a question is asked or answered.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::sync::{Arc, OnceLock};

use gio::ffi::{GAsyncReadyCallback, GAsyncResult, GCancellable, GTlsInteractionResult};
use gio::prelude::*;
use glib::ffi::GError;
use glib::subclass::prelude::*;
use glib::translate::*;

use crate::gobject::Message;
use crate::reactor::{self, Home};

glib::wrapper! {
    /// Asks a message, on behalf of its TLS connection.
    pub struct Interaction(ObjectSubclass<imp::Interaction>) @extends gio::TlsInteraction;
}

impl Interaction {
    /// Asks `message` in `context`.
    pub(in crate::gobject) fn of(
        message: &Message,
        context: &glib::MainContext,
    ) -> Result<Interaction, glib::Error> {
        // GIO asks in the context that the interaction was made in. One that nobody runs is run by the thread of the
        // handshake, which may wait.
        let own = reactor::descriptors::new_context()?;
        let this: Interaction = own
            .with_thread_default(glib::Object::new)
            .unwrap_or_else(|_| glib::Object::new());
        let whom = Whom {
            own,
            home: Home::of(context),
            message: Arc::new(Shared(message.downgrade())),
        };
        // A new object's cell is empty.
        let _ = this.imp().whom.set(whom);
        Ok(this)
    }
}

/// The message, and where to ask it.
struct Whom {
    /// The thread of the handshake runs this one while it waits.
    own: glib::MainContext,
    /// The message is touched there alone.
    home: Home,
    message: Arc<Shared>,
}

struct Shared(glib::WeakRef<Message>);

// SAFETY: a GWeakRef may be used in any thread; it becomes a reference only in the message's own context.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// An object that the thread of the handshake keeps while it waits.
struct Lent<T>(T);

// SAFETY: the thread that has it does nothing but wait.
unsafe impl<T> Send for Lent<T> {}

/// What a message has been asked and has not answered, and what it has said without being asked.
#[derive(Default)]
pub(in crate::gobject) struct Answers {
    /// The certificate for connections to come.
    certificate: RefCell<Option<gio::TlsCertificate>>,
    certificate_question: RefCell<Option<(gio::TlsConnection, Question)>>,
    password_question: RefCell<Option<Question>>,
    /// Whether the server of the latest connection has asked for a certificate.
    was_asked: Cell<bool>,
}

type Question = reactor::Question<GTlsInteractionResult>;

impl Message {
    /// The certificate to show where one is asked for, if it is known beforehand.
    pub(in crate::gobject) fn tls_client_certificate(&self) -> Option<gio::TlsCertificate> {
        self.parts().answers.certificate.borrow().clone()
    }

    /// Answers "request-certificate", or says beforehand what the answer is. `None` for no certificate.
    pub fn set_tls_client_certificate(&self, certificate: Option<gio::TlsCertificate>) {
        let answers = &self.parts().answers;
        let question = answers.certificate_question.take();
        match (question, certificate) {
            (Some((connection, question)), Some(certificate)) => {
                connection.set_certificate(&certificate);
                question.answer(gio::ffi::G_TLS_INTERACTION_HANDLED);
            }
            (Some((_, question)), None) => question.answer(gio::ffi::G_TLS_INTERACTION_UNHANDLED),
            (None, certificate) => {
                let old = answers.certificate.replace(certificate);
                drop(old);
            }
        }
    }

    /// Whether "request-certificate-password" waits for its answer.
    pub fn is_asked_for_password(&self) -> bool {
        self.parts().answers.password_question.borrow().is_some()
    }

    /// The password that "request-certificate-password" has asked for is set.
    pub fn complete_password(&self) {
        if let Some(question) = self.parts().answers.password_question.take() {
            question.answer(gio::ffi::G_TLS_INTERACTION_HANDLED);
        }
    }

    /// Whether the server has asked for a certificate when the connection was made.
    pub(in crate::gobject) fn was_asked_for_certificate(&self) -> bool {
        self.parts().answers.was_asked.get()
    }

    /// Says whether the server has asked for a certificate when the connection was made.
    pub(in crate::gobject) fn set_was_asked_for_certificate(&self, was_asked: bool) {
        self.parts().answers.was_asked.set(was_asked);
    }

    /// The attempt has ended: nobody waits for answers any more, but for their threads.
    pub(in crate::gobject) fn drop_questions(&self) {
        self.refuse_certificate();
        self.refuse_password();
    }

    fn ask_for_certificate(&self, connection: &gio::TlsConnection, question: Question) {
        self.refuse_certificate();
        self.set_was_asked_for_certificate(true);
        if !self.may_be_asked() {
            return question.answer(gio::ffi::G_TLS_INTERACTION_UNHANDLED);
        }
        let place = &self.parts().answers.certificate_question;
        place.replace(Some((connection.clone(), question)));
        let handled: bool = self.emit_by_name("request-certificate", &[connection]);
        if !handled {
            self.refuse_certificate();
        }
    }

    fn ask_for_password(&self, password: &gio::TlsPassword, question: Question) {
        self.refuse_password();
        if !self.may_be_asked() {
            return question.answer(gio::ffi::G_TLS_INTERACTION_UNHANDLED);
        }
        self.parts().answers.password_question.replace(Some(question));
        let handled: bool = self.emit_by_name("request-certificate-password", &[password]);
        if !handled {
            self.refuse_password();
        }
    }

    fn refuse_certificate(&self) {
        if let Some((_, question)) = self.parts().answers.certificate_question.take() {
            question.answer(gio::ffi::G_TLS_INTERACTION_UNHANDLED);
        }
    }

    fn refuse_password(&self) {
        if let Some(question) = self.parts().answers.password_question.take() {
            question.answer(gio::ffi::G_TLS_INTERACTION_UNHANDLED);
        }
    }
}

mod imp {
    use super::*;

    /// Whom to ask.
    #[derive(Default)]
    pub struct Interaction {
        pub(super) whom: OnceLock<Whom>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Interaction {
        const NAME: &'static str = "BisqueTlsInteraction";
        type Type = super::Interaction;
        type ParentType = gio::TlsInteraction;
    }

    impl ObjectImpl for Interaction {}
}

// SAFETY: every slot is filled with a function of the slot's type.
unsafe impl IsSubclassable<imp::Interaction> for gio::TlsInteraction {
    fn class_init(class: &mut glib::Class<Self>) {
        Self::parent_class_init::<imp::Interaction>(class);
        let class = class.as_mut();
        class.ask_password_async = Some(ask_password);
        class.ask_password_finish = Some(finish);
        class.request_certificate_async = Some(request_certificate);
        class.request_certificate_finish = Some(finish);
    }
}

unsafe extern "C" fn request_certificate(
    interaction: *mut gio::ffi::GTlsInteraction,
    connection: *mut gio::ffi::GTlsConnection,
    _flags: gio::ffi::GTlsCertificateRequestFlags,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    data: *mut c_void,
) {
    // SAFETY: GIO calls this for our class, with its own arguments.
    unsafe {
        let connection: gio::TlsConnection = from_glib_none(connection);
        let answer = asked(interaction, connection, |message, connection, question| {
            message.ask_for_certificate(connection, question);
        });
        tell(interaction, cancellable, callback, data, answer);
    }
}

unsafe extern "C" fn ask_password(
    interaction: *mut gio::ffi::GTlsInteraction,
    password: *mut gio::ffi::GTlsPassword,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    data: *mut c_void,
) {
    // SAFETY: GIO calls this for our class, with its own arguments.
    unsafe {
        let password: gio::TlsPassword = from_glib_none(password);
        let answer = asked(interaction, password, Message::ask_for_password);
        tell(interaction, cancellable, callback, data, answer);
    }
}

unsafe extern "C" fn finish(
    _interaction: *mut gio::ffi::GTlsInteraction,
    result: *mut GAsyncResult,
    error: *mut *mut GError,
) -> GTlsInteractionResult {
    // SAFETY: the result is the task that `tell` made. -1 is a failure by itself.
    unsafe { gio::ffi::g_task_propagate_int(result.cast(), error) as GTlsInteractionResult }
}

/// Gives GIO an answer, in the context that the thread of the handshake runs while it waits for it.
///
/// # Safety
///
/// The arguments are those of an asynchronous function of the class's.
unsafe fn tell(
    interaction: *mut gio::ffi::GTlsInteraction,
    cancellable: *mut GCancellable,
    callback: GAsyncReadyCallback,
    data: *mut c_void,
    answer: GTlsInteractionResult,
) {
    // SAFETY: the instance is of our class, the rest is the caller's promise; the task is ours until its end here.
    unsafe {
        let instance = &*interaction.cast::<<imp::Interaction as ObjectSubclass>::Instance>();
        let tell = || {
            let task = gio::ffi::g_task_new(interaction.cast(), cancellable, callback, data);
            gio::ffi::g_task_return_int(task, answer as isize);
            glib::gobject_ffi::g_object_unref(task.cast());
        };
        match instance.imp().whom.get() {
            Some(whom) if whom.own.is_owner() => drop(whom.own.with_thread_default(tell)),
            _ => tell(),
        }
    }
}

/// Asks the message about `subject`, and waits for the answer.
///
/// # Safety
///
/// `interaction` is of our class.
unsafe fn asked<T: 'static>(
    interaction: *mut gio::ffi::GTlsInteraction,
    subject: T,
    ask: fn(&Message, &T, Question),
) -> GTlsInteractionResult {
    // SAFETY: the caller's promise; GIO holds the object through the call.
    let instance = unsafe { &*interaction.cast::<<imp::Interaction as ObjectSubclass>::Instance>() };
    let unhandled = gio::ffi::G_TLS_INTERACTION_UNHANDLED;
    let Some(Whom { home, message, .. }) = instance.imp().whom.get() else {
        return unhandled;
    };
    if home.is_here() {
        // Whoever runs the context cannot wait for it.
        return unhandled;
    }
    let (message, subject) = (message.clone(), Lent(subject));
    reactor::ask(home, unhandled, move |question| {
        let subject = subject;
        if let Some(message) = message.0.upgrade() {
            ask(&message, &subject.0, question);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;

    /// What GIO's thread gets for a password that `handled` says a handler sets, in a later turn of the loop.
    fn answer_to_a_password(handled: bool) -> GTlsInteractionResult {
        let context = glib::MainContext::new();
        let message: Message = glib::Object::new();
        message.connect("request-certificate-password", false, move |values| {
            assert!(values[1].get::<gio::TlsPassword>().is_ok());
            Some(handled.to_value())
        });
        let interaction = Lent(Interaction::of(&message, &context).unwrap());
        let (answers, answer) = mpsc::channel();
        let asking = std::thread::spawn(move || {
            let interaction = interaction;
            let password = gio::TlsPassword::new(gio::TlsPasswordFlags::NONE, "a token");
            // SAFETY: both objects are alive.
            let result = unsafe {
                gio::ffi::g_tls_interaction_invoke_ask_password(
                    interaction.0.upcast_ref::<gio::TlsInteraction>().as_ptr(),
                    password.as_ptr(),
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                )
            };
            answers.send(result).unwrap();
        });
        let deadline = Instant::now() + Duration::from_secs(10);
        let result = loop {
            assert!(Instant::now() < deadline, "nobody answered");
            context.iteration(false);
            if message.is_asked_for_password() {
                assert!(answer.try_recv().is_err(), "the answer is still to come");
                message.complete_password();
            }
            if let Ok(result) = answer.recv_timeout(Duration::from_millis(1)) {
                break result;
            }
        };
        asking.join().unwrap();
        result
    }

    #[test]
    fn a_password_that_is_set_later_is_waited_for() {
        assert_eq!(answer_to_a_password(true), gio::ffi::G_TLS_INTERACTION_HANDLED);
    }

    #[test]
    fn nobody_waits_for_a_password_that_no_handler_sets() {
        assert_eq!(answer_to_a_password(false), gio::ffi::G_TLS_INTERACTION_UNHANDLED);
    }
}
