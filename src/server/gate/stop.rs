//! Stops the gate: complete requests are answered. A connection that waits for its client is closed after a
//! short time, so that no stranger can delay a stop.

use super::connection::{Connection, Phase};
use super::reactor::Reactor;
use super::settings::Listener;
use std::time::{Duration, Instant};

/// The turns in which a connection's socket is read out: the largest request takes fewer.
const TURNS: usize = 16;

/// The limit for sending an answer while the gate stops. Answers are small and fit into the socket's
/// buffer.
const ANSWER: Duration = Duration::from_secs(2);
/// The limit for draining a client's data after its last answer.
const DRAIN: Duration = Duration::from_millis(250);

impl Reactor {
    /// Accepts no more connections and closes those without a request. A partial request has `grace` to
    /// become complete. A request that came right behind its handshake waits for the handshake thread.
    ///
    /// An inherited socket stays open: clients in its queue wait for the next process, and those that have
    /// only just connected have `grace` for their first request, so that a restart refuses nobody.
    pub(super) fn stop(&mut self, grace: Duration) {
        // There was no room for it, and nothing of it was read.
        (self.newcomer, self.full) = (None, false);
        self.hands_over = self.doors.iter().any(|door| door.listener == Listener::Inherited);
        for index in 0..self.doors.len() {
            if self.doors[index].listener == Listener::Inherited {
                continue;
            }
            self.accept(index);
            while std::mem::take(&mut self.unaccepted) {
                self.accept(index);
            }
        }
        self.unaccepted = false;
        (self.newcomer, self.full) = (None, false);
        self.stopping = Some(grace);
        for mut door in std::mem::take(&mut self.doors) {
            let _ = self.poll.registry().deregister(&mut door.socket);
        }
        let mut all: Vec<(bool, usize)> =
            self.connections.iter().map(|(slot, c)| (c.phase != Phase::Away, slot)).collect();
        // Handshakes that are not worth finishing first leave the queue to those that are.
        all.sort_unstable();
        all.into_iter().for_each(|(_, slot)| self.read_out(slot));
    }

    /// Reads all that a connection has sent, even if the system has not reported it yet.
    fn read_out(&mut self, slot: usize) {
        for _ in 0..TURNS {
            self.with_turn(slot, |connection, turn| {
                connection.readable(false);
                connection.go_on(turn)
            });
            if !self.connections.get(slot).is_some_and(|connection| connection.queued) {
                return;
            }
        }
    }

    /// Whether the gate stops and no request can have arrived on this connection.
    pub(super) fn is_dismissed(&self, slot: usize) -> bool {
        let awaited = |connection: &Connection| {
            connection.is_busy() || connection.may_hold_request() || (self.hands_over && connection.is_new())
        };
        self.stopping.is_some() && !self.connections.get(slot).is_some_and(awaited)
    }

    /// While the gate stops, shortens the deadline of a phase that depends on the client. Only the first
    /// call in a phase has an effect.
    pub(super) fn hurry(&mut self, slot: usize) {
        let Some(grace) = self.stopping else { return };
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let phase = match connection.phase {
            Phase::Away if !connection.may_hold_request() => Phase::Handshake,
            phase => phase,
        };
        let latest = latest(phase, grace, self.now);
        connection.deadline = latest.map_or(connection.deadline, |latest| connection.deadline.min(latest));
    }
}

/// The latest end of a phase while the gate stops; `None` for phases that do not wait for the client.
fn latest(phase: Phase, grace: Duration, now: Instant) -> Option<Instant> {
    match phase {
        Phase::Handshake | Phase::Reading => Some(now + grace),
        Phase::Writing => Some(now + ANSWER),
        Phase::Draining => Some(now + DRAIN),
        Phase::Away | Phase::Waiting | Phase::Deferred | Phase::Held => None,
    }
}
