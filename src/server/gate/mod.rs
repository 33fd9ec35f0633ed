//! The gate between the network and tiny_http: it owns the public sockets and TLS, reads each request
//! strictly and whole, within limits and deadlines, and hands it on in one canonical form over private
//! connections. What a token is, it does not know.
//!
//! One thread waits for all connections (`reactor`), since most of them are idle most of the time and
//! a thread for each would be what an attacker exhausts first. A connection's states are in
//! `connection`, what is understood of its bytes in `head` and `chunked`, who may be here in `crowd`.

mod accept;
pub mod accept_limits;
pub mod canonical;
mod certificate_chain;
pub mod chunked;
mod connection;
pub mod connection_limits;
mod dispatch;
mod engine_pool;
mod fair_queue;
mod handshake_dispatch;
mod handshakes;
pub mod head;
mod memory_budget;
mod reactor;
mod request_ids;
pub mod request_reader;
mod stop;
mod stream;
pub mod tls;

use crate::http::Response;
use crate::jose::digest;
use crate::registry::networks::Networks;
use crate::server::HttpExchange;
use accept_limits::Rates;
use connection_limits::ConnectionLimits;
use mio::Waker;
use reactor::{Reactor, ReactorParts};
use request_ids::RequestIds;
use std::io;
use std::net::{IpAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

/// Which requests a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Clients: through TLS, where there is any.
    Public,
    /// Whoever collects metrics: in clear.
    Metrics,
}

impl Listener {
    /// The value of [`canonical::field::DOOR`] for requests that come by it.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::Public => None,
            Self::Metrics => Some("metrics"),
        }
    }

    const fn is_public(self) -> bool {
        matches!(self, Self::Public)
    }
}

/// What may change while the gate runs.
pub struct GateSettings {
    /// How many connections there may be.
    pub limits: ConnectionLimits,
    /// How often an address may connect.
    pub rates: Rates,
    /// How long a connection may be idle.
    pub idle: Duration,
    /// TLS of the public socket.
    pub tls: Option<tls::Tls>,
    /// Where TLS is spoken with; anywhere, where that is empty. Over plain http the engine refuses.
    pub allow_from: Networks,
    /// The proxies whose word on whom they speak for counts.
    pub trusted_proxies: Networks,
}

impl GateSettings {
    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.contains(address)
    }
}

/// How many connections there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In all.
    pub all: usize,
    /// Without a request that is being answered.
    pub idle: usize,
}

/// What the gate tells. Nothing of it may block.
pub trait Watch: Send + Sync {
    /// A request was refused by the gate.
    fn exchange(&self, exchange: HttpExchange);
    /// How many connections there are, some times a second while there are any.
    fn connections(&self, counts: Counts);
    /// A limit was reached: `connections`, `memory`, `request_time`, `handshakes_per_address`.
    fn limit_hit(&self, kind: &'static str);
    /// Something is wrong with the machine or the engine.
    fn trouble(&self, what: &str);
}

/// What answers requests.
pub trait Backend: Send {
    /// Starts it, anew where there was one, and gives the connections to it.
    ///
    /// # Errors
    /// Where it cannot be started.
    fn open(&mut self) -> io::Result<Vec<UnixStream>>;

    /// Told once, before it is opened, where answers go that it defers.
    fn deliver_to(&mut self, mailbox: Mailbox) {
        drop(mailbox);
    }
}

enum GateCommand {
    Settings(Arc<GateSettings>),
    Answers(Vec<DeferredAnswer>),
    Stop(Duration),
}

/// An answer that was deferred.
#[derive(Debug)]
pub struct DeferredAnswer {
    /// The gate's name for the request ([`canonical::field::TICKET`]).
    pub ticket: String,
    /// What the caller gets.
    pub response: Response,
}

/// Where answers go that were deferred: those whose place on a line was taken by [`canonical::field::DEFERRED`].
#[derive(Clone)]
pub struct Mailbox {
    commands: Sender<GateCommand>,
    waker: Arc<Waker>,
}

impl Mailbox {
    /// Answers the request of that name, where somebody waits for it still.
    pub fn deliver(&self, ticket: &str, response: Response) {
        self.deliver_all(vec![DeferredAnswer { ticket: ticket.to_owned(), response }]);
    }

    /// Answers several requests: the gate is woken once.
    pub fn deliver_all(&self, answers: Vec<DeferredAnswer>) {
        self.tell(GateCommand::Answers(answers));
    }

    fn tell(&self, command: GateCommand) {
        // A gate that has ended has nothing to be told.
        let _ = self.commands.send(command);
        let _ = self.waker.wake();
    }
}

/// A running gate.
pub struct Gate {
    mailbox: Mailbox,
    ended: Receiver<()>,
}

impl Gate {
    /// Opens the gate on bound sockets.
    ///
    /// # Errors
    /// Where the engine cannot be started, or the system gives no thread, descriptor or random bytes.
    pub fn open(
        listeners: Vec<(TcpListener, Listener)>,
        settings: GateSettings,
        mut engine: Box<dyn Backend>,
        watch: Arc<dyn Watch>,
    ) -> io::Result<Self> {
        let (commands, received) = channel();
        let (running, ended) = channel();
        let ids = RequestIds::new(digest::random().map_err(io::Error::other)?);
        let settings = Arc::new(settings);
        let (poll, waker) = reactor::poll()?;
        let mailbox = Mailbox { commands, waker: Arc::new(waker) };
        engine.deliver_to(mailbox.clone());
        let waker = mailbox.waker.clone();
        let parts = ReactorParts { poll, waker, listeners, settings, engine, watch, commands: received, ids };
        let reactor = Reactor::new(parts)?;
        thread::Builder::new().name("gate".to_owned()).spawn(move || {
            reactor.run();
            drop(running);
        })?;
        Ok(Self { mailbox, ended })
    }

    /// Other settings from now on; connections that are there keep theirs.
    pub fn set(&self, settings: GateSettings) {
        self.mailbox.tell(GateCommand::Settings(Arc::new(settings)));
    }

    /// True where it has ended without being told: nothing is served any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Accepts nothing more. Requests that have arrived are answered; those that have begun to arrive have
    /// `grace` for the rest, and are closed after it.
    pub fn stop(&self, grace: Duration) {
        self.mailbox.tell(GateCommand::Stop(grace));
    }

    /// Waits for the end after [`Gate::stop`], for at most `patience`. True where it has come: every request
    /// that had arrived was answered.
    #[must_use]
    pub fn ends_within(&self, patience: Duration) -> bool {
        self.ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }
}
