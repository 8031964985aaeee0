//! A message in a session's queue: its place there, and for whom it speaks.

use std::rc::Rc;

use crate::gobject::Message;
use crate::gobject::features::auth::attempt::Attempt;
use crate::gobject::message::Parts;
use crate::gobject::session::{QueueItem, Verdict};

impl Parts {
    /// A session's queue is to know the new priority.
    pub(in crate::gobject) fn tell_queue(&self) {
        let item = self.queue_item.borrow().upgrade();
        if let Some(item) = item {
            item.priority_changed();
        }
    }
}

impl Message {
    /// Marks the message as a session's; `false` if it is one already.
    pub(crate) fn queue(&self) -> bool {
        !self.parts().is_queued.replace(true)
    }

    /// Whether a session is busy with the message.
    pub(crate) fn is_queued(&self) -> bool {
        self.parts().is_queued.get()
    }

    /// The session is done with the message.
    pub(crate) fn unqueue(&self) {
        self.parts().is_queued.set(false);
        self.parts().queue_item.take();
    }

    /// The message has a place in a queue.
    pub(in crate::gobject) fn set_queue_item(&self, item: &Rc<QueueItem>) {
        self.parts().queue_item.replace(Rc::downgrade(item));
    }

    /// The context that it is sent in, while it is in a session's queue.
    pub(in crate::gobject) fn context(&self) -> Option<glib::MainContext> {
        let item = self.parts().queue_item.borrow().upgrade();
        item.map(|item| item.context().clone())
    }

    /// Whether its handlers may be asked for a certificate, or for the password of one.
    pub(in crate::gobject) fn may_be_asked(&self) -> bool {
        let item = self.parts().queue_item.borrow().upgrade();
        item.is_none_or(|item| item.may_be_asked())
    }

    /// What it has tried to be let in.
    pub(in crate::gobject) fn attempt(&self) -> &Attempt {
        &self.parts().attempt
    }

    /// Goes on with a message that a session's feature has asked to wait, by [`Verdict::Wait`]. Call it in the message's context.
    pub(in crate::gobject) fn resume(&self, verdict: Verdict) {
        let item = self.parts().queue_item.borrow().upgrade();
        if let Some(item) = item {
            item.resume(verdict);
        }
    }

    /// This message opens a tunnel for another, which is asked for the proxy's password, and whose features are kept away from both.
    pub(in crate::gobject) fn set_principal(&self, principal: &Message) {
        self.parts().principal.set(Some(principal));
        let disabled = principal.parts().disabled_features.borrow().clone();
        self.parts().disabled_features.replace(disabled);
    }

    /// The message that the program has sent: this one, or the one that it opens a tunnel for.
    pub(in crate::gobject) fn principal(&self) -> Message {
        self.parts().principal.upgrade().unwrap_or_else(|| self.clone())
    }
}
