//! A session's queue items in one context: any thread can have one of them called there.
//!
//! Law: items are touched only by the thread that runs the context; other threads know their numbers.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::gobject::Session;
use crate::gobject::glue::InContext;
use crate::gobject::glue::source::{AttachedSource, Ringer};
use crate::gobject::session::item::QueueItem;

/// The items of one session in one context, with sources of one priority. It lives as long as it has items.
pub(in crate::gobject) struct Dispatcher {
    key: DispatcherKey,
    pub(super) context: glib::MainContext,
    pub(super) mailbox: Arc<Mailbox>,
    items: RefCell<HashMap<u64, Rc<QueueItem>>>,
    bell: RefCell<Option<AttachedSource>>,
}

/// Where other threads leave the numbers of items that have something to do.
#[derive(Default)]
pub(in crate::gobject) struct Mailbox(Mutex<Letters>);

/// What is in a mailbox.
///
/// Law: the ringer is used under the lock, and taken away before the context may be freed: GLib lets no thread touch a source, not even
/// to give up its reference, while another frees the source's context.
#[derive(Default)]
struct Letters {
    numbers: VecDeque<u64>,
    ringer: Option<Ringer>,
}

/// Has one item called in its context, from any thread.
#[derive(Clone)]
pub struct Waker {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) number: u64,
}

impl Waker {
    /// Has the item called.
    pub fn wake(&self) {
        self.mailbox.wake(self.number);
    }
}

/// A context by its address, and a priority.
type DispatcherKey = (usize, i32);

/// A session's dispatchers.
#[derive(Default)]
pub(in crate::gobject) struct Dispatchers(Mutex<HashMap<DispatcherKey, InContext<Rc<Dispatcher>>>>);

impl Mailbox {
    /// Has the item's `woken` called in its context.
    pub(super) fn wake(&self, number: u64) {
        let mut letters = lock(&self.0);
        let first = letters.numbers.is_empty();
        letters.numbers.push_back(number);
        if let (true, Some(ringer)) = (first, &letters.ringer) {
            ringer.ring();
        }
    }

    /// From now on nobody is called any more. Call where the context runs.
    fn close(&self) {
        let ringer = lock(&self.0).ringer.take();
        drop(ringer);
    }
}

impl Dispatchers {
    /// The dispatcher of the thread-default context.
    pub(super) fn current(&self, priority: glib::Priority) -> Rc<Dispatcher> {
        let context = glib::MainContext::ref_thread_default();
        let key = (
            context.as_ptr() as usize,
            glib::translate::IntoGlib::into_glib(priority),
        );
        let mut dispatchers = lock(&self.0);
        if let Some(known) = dispatchers.get(&key) {
            // In the thread that runs the context, so that the count is this thread's alone.
            return Rc::clone(known);
        }
        let dispatcher = Rc::new(Dispatcher {
            key,
            context: context.clone(),
            mailbox: Arc::default(),
            items: RefCell::default(),
            bell: RefCell::default(),
        });
        let bell = AttachedSource::bell(&context, priority, dispatcher.clone(), Dispatcher::deliver);
        lock(&dispatcher.mailbox.0).ringer = Some(bell.ringer());
        dispatcher.bell.replace(Some(bell));
        dispatchers.insert(key, InContext::new(&context, dispatcher.clone()));
        dispatcher
    }

    /// Calls `visit` with each item of every context: with those of the thread-default context at once, the others are woken.
    pub(super) fn for_each(&self, visit: impl Fn(&Rc<QueueItem>), elsewhere: impl Fn(&Mailbox)) {
        let here = glib::MainContext::ref_thread_default();
        let mut items: Vec<Rc<QueueItem>> = Vec::new();
        let mut mailboxes = Vec::new();
        for dispatcher in lock(&self.0).values() {
            match *dispatcher.context() == here {
                true => items.extend(dispatcher.items.borrow().values().cloned()),
                false => mailboxes.push(dispatcher.mailbox.clone()),
            }
        }
        items.sort_by_key(|item| item.number());
        items.iter().for_each(visit);
        mailboxes.iter().for_each(|mailbox| elsewhere(mailbox));
    }
}

impl Dispatcher {
    /// Takes an item in.
    pub(super) fn add(&self, item: &Rc<QueueItem>) {
        self.items.borrow_mut().insert(item.number(), item.clone());
    }

    /// Lets an item go; with the last one the dispatcher ends.
    pub(super) fn remove(&self, session: &Session, number: u64) {
        let removed = self.items.borrow_mut().remove(&number);
        drop(removed);
        if self.items.borrow().is_empty() {
            let own = lock(&session.parts().dispatchers.0).remove(&self.key);
            self.mailbox.close();
            let bell = self.bell.take();
            drop((own, bell));
        }
    }

    /// Calls the items whose numbers have been left, one after the other; a nested main loop goes on with the rest.
    fn deliver(self: &Rc<Self>) {
        loop {
            let number = lock(&self.mailbox.0).numbers.pop_front();
            let Some(number) = number else { return };
            if number == ALL {
                let mut items: Vec<_> = self.items.borrow().values().cloned().collect();
                items.sort_by_key(|item| item.number());
                items.iter().for_each(QueueItem::abort);
                continue;
            }
            let item = self.items.borrow().get(&number).cloned();
            if let Some(item) = item {
                item.woken();
            }
        }
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.mailbox.close();
    }
}

/// The number of the next item.
pub(super) fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(ALL);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// In a mailbox: all items are to be aborted.
pub(super) const ALL: u64 = 0;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
