//! The gate between the network and tiny_http. It owns the public sockets and TLS, reads each request
//! strictly and completely within limits and deadlines, and passes it on in canonical form over private
//! connections.
//!
//! One thread serves all connections (`reactor`, `event_loop`): most are idle most of the time, and
//! attackers would exhaust threads first. `connection` has the states of one, `head` and `chunked` parse
//! its bytes, `accept_limits` and `connection_limits` limit their number, `forwarded_for` finds the
//! client's address behind a proxy.

mod accept;
mod accept_limits;
mod backend;
pub mod canonical;
mod certificate_chain;
pub mod chunked;
mod connection;
pub mod connection_limits;
mod connection_steps;
mod dispatch;
mod engine_pool;
mod event_loop;
mod fair_queue;
mod forwarded_for;
mod handshake_dispatch;
mod handshakes;
pub mod head;
mod memory_budget;
mod reactor;
mod refusals;
mod request_ids;
pub mod request_reader;
mod settings;
mod stop;
mod stream;
mod ticket;
pub mod tls;
mod watch;

pub use backend::{Backend, DeferredAnswer, Mailbox};
pub use settings::{GateSettings, Listener, Rates};
pub use ticket::Ticket;
pub use watch::{Counts, Watch};

use crate::jose::digest;
use backend::GateCommand;
use reactor::{Reactor, ReactorParts};
use request_ids::RequestIds;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::thread;
use std::time::Duration;

/// A running gate.
pub struct Gate {
    mailbox: Mailbox,
    ended: Receiver<()>,
}

impl Gate {
    /// Opens the gate on bound sockets.
    ///
    /// # Errors
    /// If the engine cannot be started, or the system has no thread, descriptor or random bytes.
    pub fn open(
        listeners: Vec<(TcpListener, Listener)>,
        settings: GateSettings,
        mut engine: Box<dyn Backend>,
        watch: Arc<dyn Watch>,
    ) -> io::Result<Self> {
        let (commands, received_commands) = channel();
        let (announced, received_exchanges) = channel();
        let (running, ended) = channel();
        let ids = RequestIds::new(digest::random().map_err(io::Error::other)?);
        let settings = Arc::new(settings);
        let (poll, waker) = reactor::poll()?;
        let mailbox = Mailbox { commands, announced, waker: Arc::new(waker) };
        engine.deliver_to(mailbox.clone());
        let reactor = Reactor::new(ReactorParts {
            poll,
            waker: mailbox.waker.clone(),
            listeners,
            settings,
            engine,
            watch,
            commands: received_commands,
            announced: received_exchanges,
            ids,
        })?;
        thread::Builder::new().name("gate".to_owned()).spawn(move || {
            reactor.run();
            drop(running);
        })?;
        Ok(Self { mailbox, ended })
    }

    /// Replaces the settings. Open connections keep their TLS and their idle time.
    pub fn set(&self, settings: GateSettings) {
        self.mailbox.tell(GateCommand::Settings(Arc::new(settings)));
    }

    /// Whether it has ended without [`Gate::stop`]: nothing is served any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Stops accepting. Complete requests are answered; partial ones have `grace` to become complete.
    pub fn stop(&self, grace: Duration) {
        self.mailbox.tell(GateCommand::Stop(grace));
    }

    /// Waits up to `patience` for the end after [`Gate::stop`]. True if every complete request was
    /// answered.
    #[must_use]
    pub fn ends_within(&self, patience: Duration) -> bool {
        self.ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }
}
