//! Threads and bounded queues for requests that must wait, separate from the workers and for each kind of
//! waiting. No address (for IPv6: no /64) may use all of them, so strangers who invent client ids cannot
//! lock others out, and one slow dependency does not block the others.

use crate::registry::networks::group;
use crate::registry::wait::Wait;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The default number of requests that wait for the store at a time; the same number again for refusals to
/// confirm, and again for writes.
pub const STORE_PLACES: usize = 32;
/// Requests that wait for clients' keys at a time. The fetches have their own threads and limits, and few
/// requests may wait for one address.
const KEY_PLACES: usize = 32;
/// Slow secrets are checked one at a time: each takes a core and much memory.
const SECRET_CHECKS: usize = 1;
/// The queue length per place.
const QUEUE: usize = 8;
/// The queue for slow secrets, which are checked in turn.
const SECRET_QUEUE: usize = 16;
/// An idle thread ends after this time.
const IDLE: Duration = Duration::from_secs(10);
/// A request that has queued longer is refused, since its client has probably given up.
const LONGEST: Duration = Duration::from_secs(5);

/// Work that may block. Its argument says whether it was queued for too long.
pub type BlockingWork = Box<dyn FnOnce(Queued) + Send>;

/// How long a job was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    Briefly,
    /// So long that it should be refused.
    TooLong,
}

/// The requests that wait for the store, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BulkheadUse {
    /// Requests that are running or queued.
    pub waiting: usize,
    /// Requests that were refused because the queue was full.
    pub refused: u64,
}

pub struct Bulkheads {
    lanes: [Arc<Bulkhead>; Wait::ALL.len()],
}

/// The threads and queue for one kind of waiting.
struct Bulkhead {
    name: &'static str,
    state: Mutex<BulkheadState>,
    changed: Condvar,
}

#[derive(Default)]
struct BulkheadState {
    /// The limit of threads, and of queued requests.
    places: usize,
    room: usize,
    queue: VecDeque<WaitingJob>,
    shares: HashMap<IpAddr, Share>,
    threads: usize,
    idle: usize,
    running: usize,
    refused: u64,
    ended: bool,
}

/// One address's share of a lane.
#[derive(Clone, Copy, Default)]
struct Share {
    running: usize,
    queued: usize,
}

struct WaitingJob {
    address: IpAddr,
    since: Instant,
    work: BlockingWork,
}

impl Default for Bulkheads {
    fn default() -> Self {
        Self::new(STORE_PLACES)
    }
}

impl Bulkheads {
    /// With that number of places for the store.
    #[must_use]
    pub fn new(store_places: usize) -> Self {
        let lanes = Wait::ALL.map(|wait| {
            let (name, state, changed) = (name(wait), Mutex::default(), Condvar::new());
            Arc::new(Bulkhead { name, state, changed })
        });
        let places = Self { lanes };
        places.set(store_places);
        places
    }

    /// Changes the number of places for the store. Running requests continue.
    pub fn set(&self, store_places: usize) {
        for wait in Wait::ALL {
            let (places, room) = match wait {
                Wait::Lookup | Wait::Confirm | Wait::Write => (store_places, store_places * QUEUE),
                Wait::Keys => (KEY_PLACES, KEY_PLACES * QUEUE),
                Wait::Secret => (SECRET_CHECKS, SECRET_QUEUE),
            };
            let mut state = self.lanes[wait.index()].state();
            (state.places, state.room) = (places, room);
        }
    }

    /// Queues work of that kind on behalf of an address.
    ///
    /// # Errors
    /// [`BulkheadFull`]
    pub fn queue(&self, wait: Wait, address: Option<IpAddr>, work: BlockingWork) -> Result<(), BulkheadFull> {
        // Requests without an address share one.
        let address = group(address.unwrap_or(IpAddr::from([0; 16])));
        self.lanes[wait.index()].queue(WaitingJob { address, since: Instant::now(), work })
    }

    /// The requests that wait for the store.
    #[must_use]
    pub fn crowding(&self) -> BulkheadUse {
        let mut all = BulkheadUse::default();
        for wait in [Wait::Lookup, Wait::Confirm, Wait::Write] {
            let state = self.lanes[wait.index()].state();
            all.waiting += state.running + state.queue.len();
            all.refused += state.refused;
        }
        all
    }
}

impl Drop for Bulkheads {
    /// Threads end when the queue is empty.
    fn drop(&mut self) {
        for lane in &self.lanes {
            lane.state().ended = true;
            lane.changed.notify_all();
        }
    }
}

/// The queue is full, for everybody or for that address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkheadFull;

const fn name(wait: Wait) -> &'static str {
    match wait {
        Wait::Lookup => "lookup",
        Wait::Confirm => "confirm",
        Wait::Write => "write",
        Wait::Secret => "secret",
        Wait::Keys => "keys",
    }
}

/// The share that one address may use: three quarters, and at least one.
const fn share_of(all: usize) -> usize {
    all - all / 4
}

impl Bulkhead {
    fn queue(self: &Arc<Self>, job: WaitingJob) -> Result<(), BulkheadFull> {
        let mut state = self.state();
        let share = state.shares.get(&job.address).copied().unwrap_or_default();
        let is_full = state.queue.len() >= state.room || share.queued >= share_of(state.room);
        if is_full || !self.has_thread(&mut state) {
            state.refused += 1;
            return Err(BulkheadFull);
        }
        state.shares.entry(job.address).or_default().queued += 1;
        state.queue.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Whether a thread will serve the queue; starts one if allowed.
    fn has_thread(self: &Arc<Self>, state: &mut BulkheadState) -> bool {
        if state.idle <= state.queue.len() && state.threads < state.places {
            let (lane, name) = (self.clone(), format!("{}-{}", self.name, state.threads));
            let started: io::Result<_> = thread::Builder::new().name(name).spawn(move || lane.serve());
            state.threads += usize::from(started.is_ok());
        }
        state.threads > 0
    }

    fn serve(&self) {
        while let Some(job) = self.next() {
            let queued = if job.since.elapsed() > LONGEST { Queued::TooLong } else { Queued::Briefly };
            // Work that panics loses its own answer, but the thread continues.
            let _ = catch_unwind(AssertUnwindSafe(|| (job.work)(queued)));
            self.state().leave(job.address);
        }
    }

    /// The next job; `None` if this thread is no longer needed.
    fn next(&self) -> Option<WaitingJob> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.take() {
                return Some(job);
            }
            if state.ended {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let waited = self.changed.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            let timed_out = waited.1.timed_out();
            state = waited.0;
            state.idle -= 1;
            if timed_out && state.queue.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, BulkheadState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BulkheadState {
    /// The first job whose address has not used up its share.
    fn take(&mut self) -> Option<WaitingJob> {
        if self.running >= self.places {
            return None;
        }
        let most = share_of(self.places);
        let fits = |job: &WaitingJob| self.shares.get(&job.address).is_none_or(|share| share.running < most);
        let job = self.queue.iter().position(fits).and_then(|index| self.queue.remove(index))?;
        let share = self.shares.entry(job.address).or_default();
        (share.running, share.queued) = (share.running + 1, share.queued.saturating_sub(1));
        self.running += 1;
        Some(job)
    }

    fn leave(&mut self, address: IpAddr) {
        self.running -= 1;
        if let Some(share) = self.shares.get_mut(&address) {
            share.running = share.running.saturating_sub(1);
            if share.running + share.queued == 0 {
                self.shares.remove(&address);
            }
        }
    }
}

#[cfg(test)]
#[path = "bulkheads_tests.rs"]
mod tests;
