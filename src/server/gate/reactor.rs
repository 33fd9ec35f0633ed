//! The state of the thread that owns all public connections: sockets, connections, queues and limits.
//! `event_loop` runs it.

use super::accept_limits::AcceptLimits;
use super::backend::{Backend, GateCommand};
use super::connection::Connection;
use super::connection_limits::ConnectionTable;
use super::engine_pool::EnginePool;
use super::fair_queue::FairQueue;
use super::handshakes::Handshakes;
use super::memory_budget::MemoryBudget;
use super::request_ids::RequestIds;
use super::settings::{GateSettings, Listener};
use super::ticket::Ticket;
use super::watch::Watch;
use crate::server::HttpExchange;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Poll, Token, Waker};
use slab::Slab;
use std::io;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

pub(super) const WAKER: Token = Token(0);
pub(super) const FIRST_LISTENER: usize = 1;
pub(super) const FIRST_LINE: usize = 16;
pub(super) const FIRST_CONNECTION: usize = 1024;
/// How often deadlines are checked: a connection may be closed that much later than due.
pub(super) const SWEEP: Duration = Duration::from_millis(250);
/// The interval between reports of problems.
const TROUBLE_PAUSE: Duration = Duration::from_secs(10);
const SCRATCH: usize = 16 * 1024;
pub(super) struct Door {
    pub(super) socket: TcpListener,
    pub(super) listener: Listener,
}

/// A newly accepted connection.
pub(super) struct Newcomer {
    /// The index of its listener in `doors`.
    pub(super) index: usize,
    pub(super) socket: TcpStream,
    pub(super) peer: IpAddr,
}

pub(super) struct Reactor {
    pub(super) poll: Poll,
    pub(super) commands: Receiver<GateCommand>,
    /// Exchanges whose answers are about to arrive on a line.
    pub(super) announced: Receiver<(Ticket, Box<HttpExchange>)>,
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
    /// Complete requests that wait for a line to the engine.
    pub(super) ready: FairQueue<Ticket>,
    /// Connections that may have data to read.
    pub(super) unread: FairQueue<usize>,
    pub(super) ids: RequestIds,
    pub(super) serial: u64,
    pub(super) scratch: Box<[u8]>,
    pub(super) now: Instant,
    pub(super) swept: Instant,
    /// No connection is accepted before this.
    pub(super) accept_from: Option<Instant>,
    /// Whether clients may be waiting to connect because all connections are busy.
    pub(super) full: bool,
    /// A connection that was accepted but found no room.
    pub(super) newcomer: Option<Newcomer>,
    /// Whether more clients are waiting to connect than one turn accepts.
    pub(super) unaccepted: bool,
    pub(super) told: Option<Instant>,
    /// While the gate stops: the time for requests that have begun.
    pub(super) stopping: Option<Duration>,
    /// Whether another process goes on with the socket.
    pub(super) hands_over: bool,
}

pub(super) struct ReactorParts {
    pub(super) poll: Poll,
    pub(super) waker: Arc<Waker>,
    pub(super) listeners: Vec<(std::net::TcpListener, Listener)>,
    pub(super) settings: Arc<GateSettings>,
    pub(super) engine: Box<dyn Backend>,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) commands: Receiver<GateCommand>,
    pub(super) announced: Receiver<(Ticket, Box<HttpExchange>)>,
    pub(super) ids: RequestIds,
}

pub(super) fn poll() -> io::Result<(Poll, Waker)> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    Ok((poll, waker))
}

impl Reactor {
    pub(super) fn new(parts: ReactorParts) -> io::Result<Self> {
        let ReactorParts { poll, waker, listeners, settings, mut engine, watch, .. } = parts;
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
            commands: parts.commands,
            announced: parts.announced,
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
            ids: parts.ids,
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
            hands_over: false,
        })
    }

    /// Confines a panic to the connection that caused it.
    pub(super) fn contained(&mut self, slot: Option<usize>, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.trouble("the gate failed at a connection; it goes on");
            let close = |slot| catch_unwind(AssertUnwindSafe(|| self.close(slot)));
            slot.map(close);
        }
    }

    pub(super) fn trouble(&mut self, what: &str) {
        if self.told.is_none_or(|told| self.now.duration_since(told) >= TROUBLE_PAUSE) {
            self.told = Some(self.now);
            self.watch.trouble(what);
        }
    }
}
