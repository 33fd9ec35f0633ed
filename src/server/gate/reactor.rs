//! The one thread that owns all public connections: it waits until some are ready, lets each do what
//! it can without blocking, and hands whole requests to the engine in batches. Nothing in here waits
//! for anybody, and nothing that a client does ends it.

use super::accept::Newcomer;
use super::accept_limits::AcceptLimits;
use super::connection::{Connection, ConnectionStep, Phase, TOO_SLOW, TurnContext};
use super::connection_limits::ConnectionTable;
use super::dispatch::{NO_ANSWER, NO_ENGINE};
use super::engine_pool::{EnginePool, Ticket};
use super::fair_queue::FairQueue;
use super::handshakes::Handshakes;
use super::head::{HeadError, forwarded};
use super::memory_budget::MemoryBudget;
use super::request_ids::RequestIds;
use super::{Backend, Counts, GateCommand, GateSettings, Listener, Watch};
use crate::clock::Timestamp;
use crate::server::HttpExchange;
use crate::server::route::refused;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use slab::Slab;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

const WAKER: Token = Token(0);
const FIRST_LISTENER: usize = 1;
pub(super) const FIRST_LINE: usize = 16;
pub(super) const FIRST_CONNECTION: usize = 1024;
/// How often deadlines are looked at: so much later than due, a connection may be cut.
pub(super) const SWEEP: Duration = Duration::from_millis(250);
/// The same trouble is told once in so long.
const TROUBLE_PAUSE: Duration = Duration::from_secs(10);
const SCRATCH: usize = 16 * 1024;
/// How long connections are read before whole requests go on and sockets are looked at again.
const READING: Duration = Duration::from_millis(2);

pub(super) struct Door {
    pub(super) socket: TcpListener,
    pub(super) listener: Listener,
}

pub(super) struct Reactor {
    pub(super) poll: Poll,
    pub(super) commands: Receiver<GateCommand>,
    pub(super) settings: Arc<GateSettings>,
    pub(super) engine: Box<dyn Backend>,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) doors: Vec<Door>,
    pub(super) pool: EnginePool,
    pub(super) connections: Slab<Connection>,
    pub(super) memory: MemoryBudget,
    pub(super) crowd: ConnectionTable,
    pub(super) arrivals: AcceptLimits,
    pub(super) handshakes: Handshakes,
    /// Whole requests that wait for a line to the engine.
    pub(super) ready: FairQueue<Ticket>,
    /// Connections that may have something to read.
    pub(super) unread: FairQueue<usize>,
    pub(super) ids: RequestIds,
    pub(super) serial: u64,
    pub(super) scratch: Box<[u8]>,
    pub(super) now: Instant,
    pub(super) swept: Instant,
    /// No connection is accepted before this.
    pub(super) accept_from: Option<Instant>,
    /// Whether clients may wait to be accepted, since all who are here are busy.
    pub(super) full: bool,
    /// One that was accepted and found no room.
    pub(super) newcomer: Option<Newcomer>,
    /// Whether more clients wait to be accepted than a turn takes.
    pub(super) unaccepted: bool,
    pub(super) told: Option<Instant>,
    /// While it stops: until when a request that has begun may become whole.
    pub(super) stopping: Option<Instant>,
}

/// What a reactor is made of.
pub(super) struct ReactorParts {
    pub(super) poll: Poll,
    pub(super) waker: Arc<Waker>,
    pub(super) listeners: Vec<(std::net::TcpListener, Listener)>,
    pub(super) settings: Arc<GateSettings>,
    pub(super) engine: Box<dyn Backend>,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) commands: Receiver<GateCommand>,
    pub(super) ids: RequestIds,
}

/// What a reactor waits by, and what wakes it.
pub(super) fn poll() -> io::Result<(Poll, Waker)> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    Ok((poll, waker))
}

impl Reactor {
    pub(super) fn new(parts: ReactorParts) -> io::Result<Self> {
        let ReactorParts { poll, waker, listeners, settings, mut engine, watch, commands, ids } = parts;
        let now = Instant::now();
        let mut doors = Vec::new();
        for (index, (socket, listener)) in listeners.into_iter().enumerate() {
            socket.set_nonblocking(true)?;
            let mut socket = TcpListener::from_std(socket);
            poll.registry().register(&mut socket, Token(FIRST_LISTENER + index), Interest::READABLE)?;
            doors.push(Door { socket, listener });
        }
        let pool = EnginePool::new(engine.open()?, FIRST_LINE, poll.registry(), now)?;
        Ok(Self {
            poll,
            commands,
            engine,
            watch,
            doors,
            pool,
            connections: Slab::new(),
            memory: MemoryBudget::default(),
            crowd: ConnectionTable::new(settings.limits),
            arrivals: AcceptLimits::new(settings.rates),
            handshakes: Handshakes::start(settings.tls.is_some(), &waker)?,
            settings,
            ready: FairQueue::new(),
            unread: FairQueue::new(),
            ids,
            serial: 0,
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            now,
            swept: now,
            accept_from: None,
            full: false,
            newcomer: None,
            unaccepted: false,
            told: None,
            stopping: None,
        })
    }

    /// Runs until it is told to stop and the last request has been answered.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        while self.stopping.is_none() || self.crowd.count() > 0 {
            // Deadlines are looked at while there is anybody to have one.
            let watched = self.crowd.count() > 0 || self.accept_from.is_some();
            let at_once = !self.unread.is_empty() || self.unaccepted;
            let patience = if at_once { Duration::ZERO } else { SWEEP };
            if let Err(error) = self.poll.poll(&mut events, (watched || at_once).then_some(patience))
                && error.kind() != ErrorKind::Interrupted
            {
                self.trouble(&format!("cannot wait for connections: {error}"));
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

    /// Connections are read in turns of their addresses, for a short time: one address that sends without
    /// an end delays another by one turn.
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

    /// It is read when its address has its turn.
    fn will_be_read(&mut self, slot: usize) {
        if let Some(connection) = self.connections.get_mut(slot).filter(|connection| !connection.queued) {
            connection.queued = true;
            self.unread.push(connection.lane(slot), slot);
        }
    }

    /// A panic costs the connection that it came from, never the others.
    pub(super) fn contained(&mut self, slot: Option<usize>, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.trouble("the gate failed at a connection; it goes on");
            slot.into_iter().for_each(|slot| self.close(slot));
        }
    }

    fn event(&mut self, event: &mio::event::Event) {
        let token = event.token();
        if token == WAKER {
            self.obey();
            self.take_sessions_back();
        } else if let Some(index) = self.pool.line_of(token) {
            if event.is_writable() && self.pool.flush(index).is_err() {
                // Its lines are gone, and where no other engine could be started there are none.
                return self.engine_died("it takes no more requests");
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
        if connection.phase == Phase::Away && event.is_write_closed() {
            // The peer is gone, and its handshake is not worth a signature.
            return self.close(slot);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            connection.readable(event.is_read_closed());
            self.will_be_read(slot);
        }
    }

    /// Lets a connection work with what all share, and does what it says.
    pub(super) fn with_turn(
        &mut self,
        slot: usize,
        work: impl FnOnce(&mut Connection, &mut TurnContext<'_>) -> ConnectionStep,
    ) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let settings = &self.settings;
        let trusted = |address| settings.trusts(address);
        let mut turn = TurnContext {
            now: self.now,
            scratch: &mut self.scratch,
            address: &|peer, lists| forwarded(peer, lists, trusted),
            id: &mut |peer, given| self.ids.next(given.filter(|_| trusted(peer))),
        };
        let step = work(connection, &mut turn);
        self.apply(slot, step);
    }

    pub(super) fn apply(&mut self, slot: usize, step: ConnectionStep) {
        match step {
            ConnectionStep::Wait => self.may_make_room(slot),
            ConnectionStep::Yield => self.will_be_read(slot),
            ConnectionStep::Work if !self.hand_to_handshakes(slot) => return self.close(slot),
            ConnectionStep::Work => {}
            ConnectionStep::Ready => {
                self.crowd.gets_busy(slot);
                if let Some(connection) = self.connections.get_mut(slot) {
                    connection.phase = Phase::Waiting;
                    self.ready.push(connection.lane(slot), connection.ticket(slot));
                }
            }
            ConnectionStep::Again => {
                self.crowd.falls_idle(slot);
                let is_busy = |slot| self.connections.get(slot).is_some_and(Connection::is_busy);
                if self.stopping.is_some() && !is_busy(slot) {
                    return self.close(slot);
                }
                return self.with_turn(slot, |connection, turn| connection.go_on(turn));
            }
            ConnectionStep::Refuse(fault) => return self.refuse(slot, &fault),
            ConnectionStep::Close => return self.close(slot),
        }
        self.hurry(slot);
        self.weigh_and_bound(slot);
    }

    /// Who takes no answer, or waits for one that is held back, is as good as idle: whoever could have
    /// many such connections would else keep everybody out.
    fn may_make_room(&mut self, slot: usize) {
        let waits = |connection: &Connection| matches!(connection.phase, Phase::Held | Phase::Writing);
        if self.connections.get(slot).is_some_and(waits) && !self.crowd.is_idle(slot) {
            self.crowd.falls_idle(slot);
        }
    }

    pub(super) fn refuse(&mut self, slot: usize, fault: &HeadError) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let busy = fault.status == 503;
        let code = if busy { "temporarily_unavailable" } else { "invalid_request" };
        let mut outcome = refused(fault.status, code, fault.why);
        if busy {
            outcome.response = outcome.response.header("Retry-After", "1");
        }
        let peer = connection.origin.peer;
        let about = connection.about();
        if about.id.is_empty() {
            about.id = self.ids.next(None);
        }
        self.watch.exchange(HttpExchange {
            id: about.id.clone(),
            time: Timestamp::now(),
            peer: Some(about.address.unwrap_or(peer)),
            method: about.method.clone(),
            path: about.path.clone(),
            status: fault.status,
            duration: Duration::ZERO,
            note: outcome.record,
        });
        let step = connection.refuse(&outcome.response, self.now);
        self.crowd.falls_idle(slot);
        self.apply(slot, step);
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
            // How long the engine may take is known by its line.
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
                GateCommand::Answers(answers) => answers.iter().for_each(|answer| self.deliver(answer)),
                GateCommand::Stop(grace) => self.stop(grace),
            }
        }
    }

    /// Who vouches for the certificates that have been shown is asked anew: it may be nobody now.
    fn take(&mut self, settings: Arc<GateSettings>) {
        self.crowd.set_limits(settings.limits);
        self.arrivals.set_rates(settings.rates);
        for (_, connection) in self.connections.iter_mut().filter(|(_, c)| c.certificate.is_some()) {
            let session = connection.stream.session().zip(settings.tls.as_ref());
            connection.certificate = session.and_then(|(session, tls)| tls.certificate_field(session));
        }
        self.settings = settings;
    }

    pub(super) fn trouble(&mut self, what: &str) {
        if self.told.is_none_or(|told| self.now.duration_since(told) >= TROUBLE_PAUSE) {
            self.told = Some(self.now);
            self.watch.trouble(what);
        }
    }
}
