//! Wakes a waiting thread.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Two rings before the thread waits wake it once.
#[derive(Default)]
pub(super) struct Wakeup {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Wakeup {
    pub(super) fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_one();
    }

    /// Waits for a ring, up to `most`. Returns false on timeout.
    pub(super) fn wait(&self, most: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.wait_timeout_while(rung, most, |rung| !*rung);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}
