//! The thread that reads and writes a cache's files: one job after the other, in the order in which they were given.
//!
//! Law: the thread holds nothing that belongs to a context, and jobs hold the state, never the cache. Whoever drops the [`Disk`] waits for the
//! jobs that it was given.

use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::folder::Folder;
use super::state::{State, lock};
use crate::gobject::session::dispatcher::Waker;
use crate::proto::cache::{Body, Head, Leaving};

/// What the thread of a cache is given to do.
type Job = Box<dyn FnOnce(&mut Files) + Send>;

/// A body that the thread has read, or not: then the response is not there any more.
pub(super) type ReadBody = Arc<Mutex<Option<Option<glib::Bytes>>>>;

/// The files of a cache, and the thread that reads and writes them. It begins with the first job.
pub(super) struct Disk {
    place: PathBuf,
    state: Arc<Mutex<State>>,
    thread: Mutex<Option<Thread>>,
}

struct Thread {
    jobs: Sender<Job>,
    handle: JoinHandle<()>,
}

impl Disk {
    pub(super) fn new(place: PathBuf, state: Arc<Mutex<State>>) -> Disk {
        Disk {
            place,
            state,
            thread: Mutex::default(),
        }
    }

    /// Has all that is there taken into the index; whoever asks meanwhile waits.
    pub(super) fn load(&self) {
        lock(&self.state).loading += 1;
        let loaded = self.post(|files| {
            files.open();
            files.loaded();
        });
        if !loaded {
            let mut state = lock(&self.state);
            state.loading = state.loading.saturating_sub(1);
        }
    }

    /// Has an entry written whose body is in memory.
    pub(super) fn write(&self, id: u64) {
        self.post(move |files| files.write(id));
    }

    /// Has files removed.
    pub(super) fn remove(&self, leaving: Vec<Leaving>) {
        if !leaving.is_empty() {
            self.post(move |files| {
                if let Some(folder) = files.open() {
                    leaving.iter().for_each(|file| folder.remove(&file.0));
                }
            });
        }
    }

    /// Has all files removed.
    pub(super) fn clear(&self) {
        self.post(|files| {
            if let Some(folder) = files.open() {
                folder.clear();
            }
            // What opening has found is gone too.
            let mut state = lock(&files.state);
            state.index.forget_files();
        });
    }

    /// Has the body of an entry read, and wakes who waits for it.
    pub(super) fn read(&self, id: u64, head: Arc<Head>, waker: Waker) -> ReadBody {
        let place = ReadBody::default();
        let result = place.clone();
        let posted = self.post(move |files| {
            let body = files.read(id, &head);
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
            waker.wake();
        });
        if !posted {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(None);
        }
        place
    }

    /// Waits until all that was given is done.
    pub(super) fn wait(&self) {
        let (sender, receiver) = mpsc::channel::<()>();
        let is_running = self.thread.lock().is_ok_and(|thread| thread.is_some());
        if is_running && self.post(move |_| drop(sender)) {
            // It ends when the job is done.
            let _ = receiver.recv();
        }
    }

    /// Gives the thread something to do; `false` if the system has no thread.
    fn post(&self, job: impl FnOnce(&mut Files) + Send + 'static) -> bool {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let mut files = Files {
                place: self.place.clone(),
                state: self.state.clone(),
                folder: None,
                tried: false,
            };
            let (jobs, todo) = mpsc::channel::<Job>();
            let work = move || todo.into_iter().for_each(|job| job(&mut files));
            match thread::Builder::new().name("soup-cache".to_owned()).spawn(work) {
                Ok(handle) => *thread = Some(Thread { jobs, handle }),
                Err(error) => lock(&self.state).say(format!("cannot begin a thread: {error}{IN_MEMORY}")),
            }
        }
        thread
            .as_ref()
            .is_some_and(|thread| thread.jobs.send(Box::new(job)).is_ok())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(Thread { jobs, handle }) = thread.take() {
            drop(jobs);
            let _ = handle.join();
        }
    }
}

/// What the thread holds.
struct Files {
    place: PathBuf,
    state: Arc<Mutex<State>>,
    folder: Option<Folder>,
    tried: bool,
}

impl Files {
    /// The folder; at first it is opened, and what is there is taken into the index.
    fn open(&mut self) -> Option<&Folder> {
        if self.folder.is_none() && !self.tried {
            self.tried = true;
            match Folder::open(&self.place) {
                Ok((folder, aside)) => {
                    self.take_in(&folder, aside);
                    self.folder = Some(folder);
                }
                Err(error) => {
                    let place = self.place.display();
                    lock(&self.state).say(format!("cannot open {place}: {error}{IN_MEMORY}"));
                }
            }
        }
        self.folder.as_ref()
    }

    fn take_in(&self, folder: &Folder, aside: Option<String>) {
        let found = folder.scan();
        let mut state = lock(&self.state);
        if let Some(aside) = aside {
            state.say(aside);
        }
        let mut leaving = Vec::new();
        for file in found {
            // What has come since is newer.
            if state.index.find(&file.head.uri, &file.head.request).is_none() {
                let (_, gone) = state.index.insert(file.head, Body::File, file.length);
                leaving.extend(gone);
            }
        }
        drop(state);
        leaving.iter().for_each(|file| folder.remove(&file.0));
    }

    fn loaded(&self) {
        let mut state = lock(&self.state);
        state.loading = state.loading.saturating_sub(1);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.iter().for_each(Waker::wake);
    }

    fn write(&mut self, id: u64) {
        let state = self.state.clone();
        let Some(folder) = self.open() else { return };
        let entry = lock(&state).index.get(id).cloned();
        // It may have gone since, or somebody has put another in its place.
        let Some((head, Body::Memory(body))) = entry.map(|entry| (entry.head, entry.body)) else {
            return;
        };
        let written = folder.write(&head.file_name(), &head.encode(&body));
        let mut state = lock(&state);
        match written {
            Ok(()) => state.index.written(id),
            Err(error) => state.say(format!(
                "cannot write into {}: {error}{IN_MEMORY}",
                self.place.display()
            )),
        }
    }

    fn read(&mut self, id: u64, head: &Head) -> Option<glib::Bytes> {
        let content = self.open()?.read(&head.file_name()).ok();
        let body = content.and_then(|content| {
            let (found, start) = Head::decode(&content).ok()?;
            // Another process may have put a newer one there.
            (found == *head).then(|| {
                let whole = glib::Bytes::from_owned(content);
                glib::Bytes::from_bytes(&whole, start..)
            })
        });
        if body.is_none() {
            lock(&self.state).index.remove(id);
        }
        body
    }
}

/// What the log is told of trouble.
const IN_MEMORY: &str = ": responses are kept in memory only";
