//! The state of a server under test.

use super::clock_change::{BenchClock, ClockChange, DateClock};
use super::fault::{FaultEffect, FaultRule, FaultRules};
use super::request_log::{RequestList, RequestLog, RequestRecord};
use super::target::TestTarget;
use crate::clock::{MovableClock, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The bench of a server that tests control or people watch. It outlives reloads of the configuration.
#[derive(Debug)]
pub struct TestBench {
    pub clock: MovableClock,
    /// The script that it starts with, and returns to at a reset.
    script: TestScript,
    state: Mutex<BenchState>,
    /// Whether tests control the server. A demo is only watched.
    controlled: bool,
    /// Whether somebody watches the requests.
    watched: AtomicBool,
}

/// The clock and the faults from the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestScript {
    pub clock: ClockChange,
    pub faults: Vec<FaultRule>,
}

#[derive(Debug, Default)]
struct BenchState {
    requests: RequestLog,
    faults: FaultRules,
    date: DateClock,
    /// The `kid` of a key that the key set has only from that time on.
    unpublished: Option<(String, Timestamp)>,
}

impl TestBench {
    /// # Errors
    /// If a value of the script is not valid.
    pub fn new(clock: MovableClock, script: TestScript) -> Result<Self, String> {
        script.clock.apply(&clock)?;
        let state = Mutex::new(BenchState::begin(&script));
        Ok(Self { clock, script, state, controlled: true, watched: AtomicBool::new(true) })
    }

    /// The bench of a demo, which nobody controls. It records requests once somebody watches them, so that it
    /// costs nothing before.
    #[must_use]
    pub fn of_demo() -> Self {
        Self {
            clock: MovableClock::default(),
            script: TestScript::default(),
            state: Mutex::default(),
            controlled: false,
            watched: AtomicBool::new(false),
        }
    }

    #[must_use]
    pub const fn is_controlled(&self) -> bool {
        self.controlled
    }

    /// Whether it records requests.
    #[must_use]
    pub fn records(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Records requests from now on.
    pub fn watch(&self) {
        self.watched.store(true, Ordering::Relaxed);
    }

    /// Returns to the start: its clock and its faults, and no requests.
    pub fn reset(&self) {
        self.clock.reset();
        // It was valid at the start.
        let _ = self.script.clock.apply(&self.clock);
        *self.state() = BenchState::begin(&self.script);
    }

    /// # Errors
    /// The problem, in a sentence.
    pub fn change_clock(&self, change: &ClockChange) -> Result<BenchClock, String> {
        change.apply(&self.clock)?;
        let mut state = self.state();
        if change.reset {
            state.date = DateClock::default();
        }
        state.date = change.date.unwrap_or(state.date);
        Ok(BenchClock::of(self.clock.read(), state.date))
    }

    #[must_use]
    pub fn clock_state(&self) -> BenchClock {
        BenchClock::of(self.clock.read(), self.state().date)
    }

    /// The time of the `Date` header; `None` for this machine's.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        (self.controlled && self.state().date == DateClock::Server).then(|| self.clock.read().time)
    }

    /// Keeps a key out of the key set until that time.
    pub fn hide_key(&self, kid: String, until: Timestamp) {
        self.state().unpublished = Some((kid, until));
    }

    /// Lets the key set have every key again.
    pub fn show_keys(&self) {
        self.state().unpublished = None;
    }

    /// The `kid` of the key that the key set does not have yet.
    #[must_use]
    pub fn hidden_key(&self) -> Option<String> {
        let now = self.clock.read().time;
        self.state().unpublished.clone().filter(|(_, until)| now < *until).map(|(kid, _)| kid)
    }

    /// Adds a fault after the others. Returns false if there are too many.
    pub fn add_fault(&self, rule: FaultRule) -> bool {
        self.state().faults.push(rule)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.state().faults = FaultRules::default();
    }

    #[must_use]
    pub fn faults(&self) -> Vec<FaultRule> {
        self.state().faults.all().to_vec()
    }

    /// The fault of a request. Counts it.
    #[must_use]
    pub fn take_fault(&self, on: TestTarget, client: Option<&str>) -> Option<FaultEffect> {
        self.state().faults.take(on, client)
    }

    pub fn record(&self, request: RequestRecord) {
        self.state().requests.push(request);
    }

    #[must_use]
    pub fn requests(&self, client: Option<&str>) -> RequestList {
        self.state().requests.list(client)
    }

    /// The newest requests after that number, and the number of the last one.
    #[must_use]
    pub fn requests_after(&self, number: u64, most: usize) -> (Vec<RequestRecord>, u64) {
        self.state().requests.after(number, most)
    }

    fn state(&self) -> MutexGuard<'_, BenchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BenchState {
    fn begin(script: &TestScript) -> Self {
        let faults = FaultRules::new(script.faults.clone());
        Self { date: script.clock.date.unwrap_or_default(), faults, ..Self::default() }
    }
}
