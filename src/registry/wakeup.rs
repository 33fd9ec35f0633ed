//! What wakes a thread that waits for it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Rung twice before it is heard, it is heard once.
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

    /// Waits until it is rung, or so much time is over.
    pub(super) fn wait(&self, most: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.wait_timeout_while(rung, most, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}
