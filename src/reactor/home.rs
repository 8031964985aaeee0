//! Home: the thread that runs a context, where everything that belongs to the context is used and dropped.
//!
//! `g_object_unref()` may be called in any thread, so the last reference to an object of ours may be given up in one that does not
//! run its context, while the one that does counts the same [`Rc`]s. Three things keep them apart:
//!
//! | what | for |
//! |---|---|
//! | [`AtHome`] | a field of a GObject, or what a source owns: dropped at home, whatever thread drops the object or the source |
//! | [`Home::send`] | work that another thread has for the context |
//! | [`Deposit`] | what a thread has to be able to name and must not touch |
//!
//! Which thread is home? The one that owns the context (it runs the loop, or has pushed the context as its default). While nobody
//! does, the one that ran it last, or made the first object of it, if it can acquire it; once that thread has ended, the first
//! that asks. To everybody else home is elsewhere: a value goes there with the context's next turn.
//!
//! A context that never runs again keeps what was sent to it: a leak, never a race. When the context is freed by the thread that is
//! home, all of that is dropped there and then. Freed in another thread, it waits until the thread that is home drops something
//! else of the same context, or has ended; what is [`Send`] is dropped at once.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use glib::ffi;
use slab::Slab;

use super::Reactor;
use super::context::Inner;

/// The home of a context's things, as any thread may know it. It keeps the reactor, but not the context.
#[derive(Clone)]
pub struct Home(Reactor);

// SAFETY: the reactor's count is atomic; its parts are touched only behind `stay`. What drops with the last clone is empty then.
unsafe impl Send for Home {}
// SAFETY: as above.
unsafe impl Sync for Home {}

/// A value that belongs to a context. Dropping it, in any thread, drops the value at home.
pub struct AtHome<T: 'static> {
    value: ManuallyDrop<T>,
    home: Home,
}

/// The name of a value that stays at home while another thread works for it. The value is dropped when this is.
pub struct Deposit<T: 'static> {
    home: Home,
    key: usize,
    value: PhantomData<fn(T)>,
}

impl Home {
    /// The home of the thread-default context's things.
    pub fn current() -> Home {
        Home(Reactor::current())
    }

    /// The home of that context's things.
    pub fn of(context: &glib::MainContext) -> Home {
        Home(Reactor::of(context))
    }

    /// Whether this thread is home.
    pub fn is_here(&self) -> bool {
        self.stay().is_some()
    }

    /// The reactor. Call at home.
    pub fn reactor(&self) -> &Reactor {
        &self.0
    }

    /// Drops `value` now if this thread is home, and otherwise in the context's next turn.
    pub fn drop_there<T: 'static>(&self, value: T) {
        match self.stay() {
            Some(stay) => {
                drop(value);
                drop(stay);
                self.catch_up();
            }
            None => _ = self.post(Mail::Value(Box::new(value))),
        }
    }

    /// Calls `work` from the context's loop; never here, as `g_main_context_invoke()` would where nobody runs the loop. Where the
    /// context has been freed `work` is dropped; whether it was not.
    pub fn send(&self, work: impl FnOnce() + Send + 'static) -> bool {
        self.post(Mail::Work(Box::new(work)))
    }

    /// Keeps `value`, which another thread will ask for. Call at home.
    pub fn deposit<T: 'static>(&self, value: T) -> Deposit<T> {
        let key = self.deposits().borrow_mut().insert(Rc::new(value));
        Deposit {
            home: self.clone(),
            key,
            value: PhantomData,
        }
    }

    fn deposits(&self) -> &RefCell<Slab<Rc<dyn Any>>> {
        &self.0.0.home.deposits
    }

    /// Puts something where the context's next turn finds it; whether there may be one.
    fn post(&self, mail: Mail) -> bool {
        let state = &self.0.0.home;
        let mut post = state.lock();
        if let (true, Mail::Work(_)) = (post.gone, &mail) {
            drop(post);
            drop(mail);
            return false;
        }
        // The reactor lives until its mail is opened.
        post.mail.push_back((mail, self.clone()));
        state.waiting.store(true, Ordering::Release);
        if !post.gone {
            // Still under the lock: the context waits for it before it is freed.
            self.0.0.source.set_ready(true);
        }
        !post.gone
    }

    /// The right to use what belongs to the context, if this thread has it.
    fn stay(&self) -> Option<Stay<'_>> {
        let state = &self.0.0.home;
        if state.turning.load(Ordering::Relaxed) == mark() {
            return Some(Stay(None));
        }
        let mut post = state.lock();
        if post.gone {
            return state.is_thread(&mut post).then(|| Stay(None));
        }
        let context = self.0.0.source.context_address();
        // SAFETY: the context is not freed before `leave_home` has taken the lock that is held here.
        if unsafe { ffi::g_main_context_is_owner(context) } != 0 {
            return Some(Stay(None));
        }
        // SAFETY: as above.
        let may = state.is_thread(&mut post) && unsafe { ffi::g_main_context_acquire(context) } != 0;
        may.then(|| Stay(Some(self)))
    }

    /// Drops what has waited since the context was freed in another thread.
    fn catch_up(&self) {
        let state = &self.0.0.home;
        if state.waiting.load(Ordering::Acquire) && state.lock().gone && self.is_here() {
            self.0.0.drop_rest();
        }
    }
}

/// The right to use what belongs to a context, as long as this lives.
struct Stay<'a>(Option<&'a Home>);

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        let Some(home) = self.0 else { return };
        let post = home.0.0.home.lock();
        if !post.gone {
            // SAFETY: not freed while the lock is held and it is not gone; `stay` has acquired it in this thread.
            unsafe { ffi::g_main_context_release(home.0.0.source.context_address()) };
        }
    }
}

impl<T: 'static> AtHome<T> {
    /// A value that belongs to the context of `home`.
    pub fn new(home: &Home, value: T) -> AtHome<T> {
        AtHome {
            value: ManuallyDrop::new(value),
            home: home.clone(),
        }
    }

    /// Where the value belongs.
    pub fn home(&self) -> &Home {
        &self.home
    }
}

impl<T: 'static> Deref for AtHome<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: 'static> Drop for AtHome<T> {
    fn drop(&mut self) {
        // SAFETY: taken once, here; nobody can look any more.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        self.home.drop_there(value);
    }
}

impl<T: 'static> Deposit<T> {
    /// Shows the value to `work`, at home. `work` is dropped where there is no home any more.
    pub fn visit(&self, work: impl FnOnce(&T) + Send + 'static) {
        let (home, key) = (self.home.clone(), self.key);
        self.home.send(move || {
            let value = home.deposits().borrow().get(key).cloned();
            if let Some(value) = value.as_deref().and_then(<dyn Any>::downcast_ref) {
                work(value);
            }
        });
    }

    /// Gives the value to `work`, at home; whether there is a home still.
    pub fn collect(self, work: impl FnOnce(T) + Send + 'static) -> bool {
        let this = ManuallyDrop::new(self);
        // SAFETY: taken once, from what is not dropped.
        let home = unsafe { std::ptr::read(&this.home) };
        let (reactor, key) = (home.clone(), this.key);
        home.send(move || {
            let value = reactor.deposits().borrow_mut().try_remove(key);
            let value = value.and_then(|value| value.downcast().ok());
            if let Some(value) = value.and_then(Rc::into_inner) {
                work(value);
            }
        })
    }
}

impl<T: 'static> Drop for Deposit<T> {
    fn drop(&mut self) {
        let (home, key) = (self.home.clone(), self.key);
        self.home.send(move || {
            let value = home.deposits().borrow_mut().try_remove(key);
            drop(value);
        });
    }
}

/// What a reactor keeps for other threads.
#[derive(Default)]
pub(super) struct State {
    post: Mutex<Post>,
    /// There is mail.
    waiting: AtomicBool,
    /// The mark of the thread that takes a turn now.
    turning: AtomicUsize,
    /// The mark of the thread in `Post::thread`.
    thread: AtomicUsize,
    /// Used at home only.
    deposits: RefCell<Slab<Rc<dyn Any>>>,
}

#[derive(Default)]
struct Post {
    mail: VecDeque<(Mail, Home)>,
    /// The thread that ran the context last.
    thread: Weak<()>,
    /// The context is freed.
    gone: bool,
}

// SAFETY: values are looked at and dropped only at home.
unsafe impl Send for Post {}

enum Mail {
    Work(Box<dyn FnOnce() + Send>),
    Value(Box<dyn Any>),
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This thread takes a turn. Returns what `leave_turn` wants.
    pub(super) fn enter_turn(&self) -> usize {
        self.settle();
        let before = self.turning.load(Ordering::Relaxed);
        // The thread that runs the context is the only one that writes here.
        self.turning.store(mark(), Ordering::Relaxed);
        before
    }

    /// The turn has ended.
    pub(super) fn leave_turn(&self, before: usize) {
        self.turning.store(before, Ordering::Relaxed);
    }

    /// This thread uses what belongs to the context: it is the one that ran it last.
    pub(super) fn settle(&self) {
        if self.thread.load(Ordering::Relaxed) != mark() {
            self.move_in(&mut self.lock());
        }
    }

    /// Whether this thread ran the context last. When that one has ended, this one takes its place.
    fn is_thread(&self, post: &mut Post) -> bool {
        if post.thread.strong_count() == 0 {
            self.move_in(post);
        }
        self.thread.load(Ordering::Relaxed) == mark()
    }

    fn move_in(&self, post: &mut Post) {
        post.thread = MARK.try_with(Arc::downgrade).unwrap_or_default();
        self.thread.store(mark(), Ordering::Relaxed);
    }
}

impl Reactor {
    /// The home of what belongs to this reactor's context.
    pub fn home(&self) -> Home {
        Home(self.clone())
    }

    /// Does what other threads have sent. Call at home.
    pub(super) fn open_mail(&self) {
        let state = &self.0.home;
        while state.waiting.load(Ordering::Acquire) {
            let mut post = state.lock();
            let Some((mail, _keep)) = post.mail.pop_front() else {
                state.waiting.store(false, Ordering::Relaxed);
                self.0.source.set_ready(false);
                return;
            };
            drop(post);
            match mail {
                Mail::Work(work) => work(),
                Mail::Value(value) => drop(value),
            }
        }
    }
}

impl Inner {
    /// The context is being freed, in this thread: whether that is home.
    pub(super) fn leave_home(&self) -> bool {
        let mut post = self.home.lock();
        post.gone = true;
        let here = self.home.is_thread(&mut post);
        let (work, values) = post
            .mail
            .drain(..)
            .partition(|(mail, _)| matches!(mail, Mail::Work(_)));
        post.mail = values;
        drop(post);
        // A thread that waits for an answer learns in this way that there is none.
        drop::<VecDeque<_>>(work);
        here
    }

    /// Takes what other threads have sent or may ask for. Call at home.
    pub(super) fn clear_home(&self) {
        drop(self.home.deposits.take());
        let mail = std::mem::take(&mut self.home.lock().mail);
        self.home.waiting.store(false, Ordering::Relaxed);
        drop(mail);
    }

    /// The last clone of the reactor goes, in any thread.
    pub(super) fn forget_deposits(&self) {
        let deposits = self.home.deposits.take();
        let mut post = self.home.lock();
        if !deposits.is_empty() && !self.home.is_thread(&mut post) {
            // Nobody is left to send them home.
            std::mem::forget(deposits);
        }
    }
}

thread_local! {
    /// What tells this thread from others, beyond its end: as long as somebody has a `Weak`, no other mark has its address.
    static MARK: Arc<()> = Arc::new(());
}

/// The address of this thread's mark; a thread whose variables are gone has none.
fn mark() -> usize {
    MARK.try_with(|mark| Arc::as_ptr(mark).addr())
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread::{self, ThreadId};

    use super::*;

    /// Says in which thread it is dropped.
    struct Witness(Sender<ThreadId>);

    impl Drop for Witness {
        fn drop(&mut self) {
            let _ = self.0.send(thread::current().id());
        }
    }

    struct Moved<T>(T);

    // SAFETY: what the tests move across threads is dropped there by the rules that they test.
    unsafe impl<T> Send for Moved<T> {}

    fn elsewhere<T>(work: impl FnOnce() -> T + Send) -> T
    where
        T: Send,
    {
        thread::scope(|scope| scope.spawn(work).join().unwrap())
    }

    #[test]
    fn a_value_dropped_elsewhere_waits_for_a_turn_at_home() {
        let context = glib::MainContext::new();
        let (dropped, told) = channel();
        let value = Moved(AtHome::new(&Home::of(&context), Witness(dropped)));
        elsewhere(move || drop(value));
        assert!(told.try_recv().is_err(), "this thread is home, and has not ended");
        context.iteration(false);
        assert_eq!(told.try_recv(), Ok(thread::current().id()));
    }

    #[test]
    fn at_home_a_value_is_dropped_at_once_though_nobody_runs_the_loop() {
        let context = glib::MainContext::new();
        let (dropped, told) = channel();
        drop(AtHome::new(&Home::of(&context), Witness(dropped)));
        assert_eq!(told.try_recv(), Ok(thread::current().id()));
    }

    #[test]
    fn whoever_comes_first_takes_the_place_of_a_thread_that_has_ended() {
        let context = glib::MainContext::new();
        let (dropped, told) = channel();
        let lent = Moved(&context);
        let value = elsewhere(move || {
            let lent = lent;
            Moved(AtHome::new(&Home::of(lent.0), Witness(dropped)))
        });
        drop(value);
        assert_eq!(told.try_recv(), Ok(thread::current().id()));
    }

    #[test]
    fn a_context_that_is_freed_at_home_drops_what_was_sent() {
        let context = glib::MainContext::new();
        let home = Home::of(&context);
        let (dropped, told) = channel();
        let (value, deposit) = (
            Moved(AtHome::new(&home, Witness(dropped.clone()))),
            home.deposit(Witness(dropped)),
        );
        elsewhere(move || drop(value));
        drop(context);
        assert_eq!(
            told.iter().take(2).collect::<Vec<_>>(),
            [thread::current().id(); 2]
        );
        assert!(!home.send(|| unreachable!("there is no turn any more")));
        assert!(!deposit.collect(|_| unreachable!("it is dropped")));
    }

    #[test]
    fn a_context_that_is_freed_elsewhere_keeps_what_belongs_home() {
        let context = Moved(glib::MainContext::new());
        let home = Home::of(&context.0);
        let (dropped, told) = channel();
        let value = Moved(AtHome::new(&home, Witness(dropped.clone())));
        elsewhere(move || {
            drop(value);
            drop(context);
        });
        assert!(told.try_recv().is_err(), "not in that thread");
        drop(AtHome::new(&home, Witness(dropped)));
        assert_eq!(
            told.iter().take(2).collect::<Vec<_>>(),
            [thread::current().id(); 2]
        );
    }

    #[test]
    fn a_thread_names_a_deposit_and_home_opens_it() {
        let context = glib::MainContext::new();
        let home = Home::of(&context);
        let seen = Rc::new(RefCell::new(Vec::new()));
        let deposit = home.deposit(seen.clone());
        elsewhere(move || {
            deposit.visit(|seen| seen.borrow_mut().push("visited"));
            assert!(deposit.collect(|seen| seen.borrow_mut().push("collected")));
        });
        assert!(seen.borrow().is_empty());
        context.iteration(false);
        assert_eq!(*seen.borrow(), ["visited", "collected"]);
        assert_eq!(Rc::strong_count(&seen), 1);
    }
}
