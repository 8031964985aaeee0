//! Descriptors at their end: what is left to the program, and what is never asked for when there is none.
//!
//! Law: GLib ends the process where it gets no descriptor for a `GMainContext`, and for a `GCancellable` that somebody polls. So
//! peers never take the last ones, and a context is made only where one is seen to be free. The kernel gives the lowest number that is
//! free: who refuses the highest numbers leaves them to others.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::proto::limits;

/// Whether a descriptor that was just accepted is one of the last, which the program may need.
pub fn is_one_of_the_last(fd: RawFd) -> bool {
    let limit = limit();
    let claimed = CLAIMS.load(Ordering::Relaxed).saturating_mul(CLAIMED) as u64;
    let left = (limit / 8).min(limits::DESCRIPTORS_LEFT).saturating_add(claimed);
    u64::try_from(fd).is_ok_and(|fd| fd >= limit.saturating_sub(left))
}

/// The same descriptor under the lowest number that is free now.
pub fn moved_down(fd: OwnedFd) -> OwnedFd {
    // SAFETY: the descriptor is open; the call looks at no memory.
    let lower = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 0) };
    match lower {
        lower if lower < 0 => fd,
        // SAFETY: the call has just given us the descriptor.
        lower => unsafe { OwnedFd::from_raw_fd(lower) },
    }
}

/// A new context, or `TooManyOpenFiles` where GLib would find no descriptor for it. A thread that takes the last ones in between is
/// beyond our help.
pub fn new_context() -> Result<glib::MainContext, glib::Error> {
    check()?;
    Ok(glib::MainContext::new())
}

/// Has GIO make its worker's context now. It would make it with the first `GTask`, when there may be no descriptor for it.
pub fn prepare_gio() {
    // SAFETY: the call looks at no memory of ours.
    unsafe { gio::ffi::g_task_get_type() };
}

/// Whether the few descriptors are free that a connection or a context asks GLib for.
pub fn check() -> Result<(), glib::Error> {
    find(SPARE)
}

/// What a handshake of GIO's may ask GLib for while this lives: a context's descriptor and a cancellable's.
pub struct Claim(());

impl Claim {
    /// A claim, if there is enough for it and for those that others have made.
    pub fn new() -> Result<Claim, glib::Error> {
        let before = CLAIMS.fetch_add(1, Ordering::Relaxed);
        let claim = Claim(());
        find(SPARE.saturating_add(before.saturating_mul(CLAIMED)))?;
        Ok(claim)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        CLAIMS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many claims there are in the process.
static CLAIMS: AtomicUsize = AtomicUsize::new(0);

/// How many descriptors one of them is for.
const CLAIMED: usize = 2;

/// Whether so many descriptors are free.
fn find(count: usize) -> Result<(), glib::Error> {
    let mut taken: Vec<OwnedFd> = Vec::with_capacity(count);
    while taken.len() < count {
        let fd = match taken.first() {
            // SAFETY: the call looks at no memory.
            None => unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) },
            // SAFETY: the descriptor is open; the call looks at no memory.
            Some(first) => unsafe { libc::fcntl(first.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 0) },
        };
        if fd < 0 {
            let text = io::Error::last_os_error().to_string();
            return Err(glib::Error::new(gio::IOErrorEnum::TooManyOpenFiles, &text));
        }
        // SAFETY: the call has just given us the descriptor.
        taken.push(unsafe { OwnedFd::from_raw_fd(fd) });
    }
    Ok(())
}

/// How many are looked for before GLib is asked: its own one or two, and a few for other threads.
const SPARE: usize = 6;

/// How many descriptors the process may have.
fn limit() -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the struct is ours, and alive for the call.
    match unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } {
        0 => limit.rlim_cur,
        _ => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_numbers_are_everybody_s() {
        assert!(!is_one_of_the_last(3));
        let last = RawFd::try_from(limit() - 1).unwrap_or(RawFd::MAX);
        assert!(is_one_of_the_last(last) || limit() > RawFd::MAX as u64);
        assert!(!is_one_of_the_last(-1));
    }
}
