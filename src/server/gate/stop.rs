//! Stops the gate: complete requests are answered. A connection that waits for its client is closed after a
//! short time, so that no stranger can delay a stop.

use super::connection::Phase;
use super::reactor::Reactor;
use std::time::{Duration, Instant};

/// The limit for sending an answer while the gate stops. Answers are small and fit into the socket's
/// buffer.
const ANSWER: Duration = Duration::from_secs(2);
/// The limit for draining a client's data after its last answer.
const DRAIN: Duration = Duration::from_millis(250);

impl Reactor {
    /// Accepts no more connections and closes those without a request. A partial request has `grace` to
    /// become complete.
    pub(super) fn stop(&mut self, grace: Duration) {
        // There was no room for it, and nothing of it was read.
        (self.newcomer, self.full) = (None, false);
        for index in 0..self.doors.len() {
            self.accept(index);
            while std::mem::take(&mut self.unaccepted) {
                self.accept(index);
            }
        }
        (self.newcomer, self.full) = (None, false);
        self.stopping = Some(self.now + grace);
        for mut door in std::mem::take(&mut self.doors) {
            let _ = self.poll.registry().deregister(&mut door.socket);
        }
        let all: Vec<usize> = self.connections.iter().map(|(slot, _)| slot).collect();
        for slot in all {
            self.with_turn(slot, |connection, turn| {
                // Bytes in the socket count, even if the system has not reported them yet.
                connection.readable(false);
                connection.go_on(turn)
            });
            if self.connections.get(slot).is_some_and(|connection| !connection.is_busy()) {
                self.close(slot);
            }
        }
    }

    /// While the gate stops, shortens the deadline of a phase that depends on the client. Only the first
    /// call in a phase has an effect.
    pub(super) fn hurry(&mut self, slot: usize) {
        let Some(unfinished) = self.stopping else { return };
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let latest = latest(connection.phase, unfinished, self.now);
        connection.deadline = latest.map_or(connection.deadline, |latest| connection.deadline.min(latest));
    }
}

/// The latest end of a phase while the gate stops; `None` for phases that do not wait for the client.
fn latest(phase: Phase, unfinished: Instant, now: Instant) -> Option<Instant> {
    match phase {
        Phase::Handshake | Phase::Away | Phase::Reading => Some(unfinished),
        Phase::Writing => Some(now + ANSWER),
        Phase::Draining => Some(now + DRAIN),
        Phase::Waiting | Phase::Deferred | Phase::Held => None,
    }
}
