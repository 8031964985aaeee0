//! Idle connections: how they are kept, and who closes them when their time is over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use glib::ControlFlow;

use crate::gobject::Session;
use crate::gobject::session::connection::Connection;
use crate::gobject::session::pool::{Place, Pool};

/// The timer of a session's idle connections, in the context that the session was made in.
pub(in crate::gobject) struct Keeper {
    context: glib::MainContext,
    timer: Mutex<Option<glib::Source>>,
}

impl Default for Keeper {
    fn default() -> Self {
        Keeper {
            context: glib::MainContext::ref_thread_default(),
            timer: Mutex::default(),
        }
    }
}

impl Keeper {
    /// Has the pool's connections closed that are idle for too long; the first in `time`.
    fn arm(self: &Arc<Self>, pool: &Arc<Pool>, time: Duration) {
        let mut timer = self.timer.lock().unwrap_or_else(PoisonError::into_inner);
        if timer.is_some() {
            return;
        }
        let (keeper, pool) = (Arc::downgrade(self), Arc::downgrade(pool));
        let source = glib::timeout_source_new(time + SLACK, None, glib::Priority::DEFAULT, move || {
            if let (Some(keeper), Some(pool)) = (keeper.upgrade(), pool.upgrade()) {
                keeper.timer.lock().unwrap_or_else(PoisonError::into_inner).take();
                let now = Instant::now();
                if let Some(next) = pool.expire(now) {
                    keeper.arm(&pool, next.saturating_duration_since(now));
                }
            }
            ControlFlow::Break
        });
        source.attach(Some(&self.context));
        *timer = Some(source);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let timer = self
            .timer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(timer) = timer {
            timer.destroy();
        }
    }
}

impl Session {
    /// Keeps a connection for the next message that goes where it leads.
    pub(super) fn park(&self, connection: Connection, place: Place) {
        let seconds = self.idle_timeout();
        let time = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        place.park(connection, time);
        if let Some(time) = time {
            let parts = self.parts();
            parts.keeper.arm(&parts.pool, time);
        }
    }

    /// The session is about to be finalized.
    pub(super) fn let_go(&self) {
        let features = std::mem::take(&mut *self.parts().features());
        for feature in features {
            feature.hooks().detach(self);
        }
        self.parts().pool.clear();
    }
}

/// So much later than due: connections that become idle together are closed together.
const SLACK: Duration = Duration::from_millis(20);
