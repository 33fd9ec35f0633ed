//! The gate's loop: wait for events, give each connection its turn, check deadlines. Nothing here waits for
//! a client, and no client can end it.

use super::backend::GateCommand;
use super::connection::{ConnectionStep, Phase};
use super::reactor::{FIRST_CONNECTION, FIRST_LISTENER, Reactor, SWEEP, WAKER};
use super::refusals::{NO_ANSWER, NO_ENGINE, TOO_SLOW};
use super::settings::GateSettings;
use super::watch::Counts;
use crate::os_error::plain;
use mio::Events;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long connections are read before complete requests are dispatched and sockets are polled again.
const READING: Duration = Duration::from_millis(2);

impl Reactor {
    /// Runs until stopped and the last request is answered.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        while self.stopping.is_none() || self.crowd.count() > 0 {
            // Without connections there are no deadlines to check.
            let watched = self.crowd.count() > 0 || self.accept_from.is_some();
            let at_once = !self.unread.is_empty() || self.unaccepted;
            let patience = if at_once { Duration::ZERO } else { SWEEP };
            if let Err(error) = self.poll.poll(&mut events, (watched || at_once).then_some(patience))
                && error.kind() != ErrorKind::Interrupted
            {
                self.trouble(&format!("cannot wait for connections: {}", plain(&error)));
                std::thread::sleep(SWEEP);
            }
            self.now = Instant::now();
            for event in &events {
                let slot = event.token().0.checked_sub(FIRST_CONNECTION);
                self.contained(slot, |reactor| reactor.event(event));
            }
            self.read_in_turns();
            self.contained(None, Self::dispatch);
            self.contained(None, Self::accept_the_waiting);
            if self.now.duration_since(self.swept) >= SWEEP {
                self.contained(None, Self::sweep);
            }
        }
    }

    /// Reads connections in turns by address, for a short time: an address that sends endlessly delays
    /// others by one turn.
    fn read_in_turns(&mut self) {
        let until = Instant::now() + READING;
        while let Some((_, slot)) = self.unread.pop() {
            self.contained(Some(slot), |reactor| {
                if let Some(connection) = reactor.connections.get_mut(slot) {
                    connection.queued = false;
                }
                reactor.with_turn(slot, |connection, turn| connection.go_on(turn));
            });
            if Instant::now() > until {
                return;
            }
        }
    }

    fn event(&mut self, event: &mio::event::Event) {
        let token = event.token();
        if token == WAKER {
            self.obey();
            self.take_sessions_back();
        } else if let Some(index) = self.pool.line_of(token) {
            if event.is_writable() && self.pool.flush(index).is_err() {
                // Its lines are closed, and there are no others if no engine could be started.
                return self.engine_died("it accepts no more requests");
            }
            self.answers(index);
        } else if let Some(slot) = token.0.checked_sub(FIRST_CONNECTION) {
            self.connection_event(slot, event);
        } else {
            self.accept(token.0 - FIRST_LISTENER);
        }
    }

    fn connection_event(&mut self, slot: usize, event: &mio::event::Event) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if event.is_writable() && connection.phase == Phase::Writing {
            let step = connection.writable(self.now);
            self.apply(slot, step);
        }
        let Some(connection) = self.connections.get_mut(slot) else { return };
        // A peer that closes only its sending side still reads.
        if (event.is_write_closed() || event.is_error())
            && connection.leaves(self.now) == ConnectionStep::Close
        {
            return self.close(slot);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            connection.readable(event.is_read_closed());
            self.will_be_read(slot);
        }
    }

    fn sweep(&mut self) {
        self.swept = self.now;
        let now = self.now;
        let late: Vec<usize> =
            self.connections.iter().filter(|(_, c)| c.deadline <= now).map(|(slot, _)| slot).collect();
        for slot in late {
            self.contained(Some(slot), |reactor| reactor.too_late(slot));
        }
        if self.pool.is_empty() {
            self.start_engine();
        } else if self.pool.is_stuck(now) {
            self.engine_died("it has not answered for 30 seconds");
        }
        if self.accept_from.is_some_and(|from| from <= now) {
            self.accept_from = None;
            (0..self.doors.len()).for_each(|index| self.accept(index));
        }
        for what in self.arrivals.report(now) {
            self.watch.trouble(&what);
        }
        self.watch.connections(Counts { all: self.crowd.count(), idle: self.crowd.idle_count() });
    }

    fn too_late(&mut self, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        match connection.phase {
            Phase::Waiting if self.pool.is_empty() => self.refuse(slot, &NO_ENGINE),
            // The engine's deadline is tracked per line.
            Phase::Waiting => {}
            Phase::Deferred => self.refuse(slot, &NO_ANSWER),
            Phase::Held => {
                let step = connection.send(self.now);
                self.apply(slot, step);
            }
            Phase::Reading if self.stopping.is_none() && connection.has_begun() => {
                self.watch.limit_hit("request_time");
                self.refuse(slot, &TOO_SLOW);
            }
            Phase::Handshake | Phase::Away | Phase::Reading | Phase::Writing | Phase::Draining => {
                self.close(slot)
            }
        }
    }

    fn obey(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                GateCommand::Settings(settings) => self.take(settings),
                GateCommand::Answers(answers) => answers.into_iter().for_each(|answer| self.deliver(answer)),
                GateCommand::Stop(grace) => self.stop(grace),
            }
        }
    }

    /// Applies new settings. Client certificates are checked again, since their authority may have been
    /// removed.
    fn take(&mut self, settings: Arc<GateSettings>) {
        self.crowd.set_limits(settings.limits);
        self.arrivals.set_rates(settings.rates);
        for (_, connection) in self.connections.iter_mut().filter(|(_, c)| c.certificate.is_some()) {
            let session = connection.stream.session().zip(settings.tls.as_ref());
            connection.certificate = session.and_then(|(session, tls)| tls.certificate_field(session));
        }
        self.settings = settings;
    }
}
