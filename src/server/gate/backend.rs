//! The interface between the gate and the engine. Requests and immediate answers use sockets; deferred
//! answers and log records use the mailbox.

use super::settings::GateSettings;
use super::ticket::Ticket;
use crate::http::Response;
use crate::server::HttpExchange;
use mio::Waker;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

pub trait Backend: Send {
    /// Starts it, or restarts it after a failure, and returns the connections to it.
    ///
    /// # Errors
    /// If it cannot be started.
    fn open(&mut self) -> io::Result<Vec<UnixStream>>;

    /// Called once, before it is opened.
    fn deliver_to(&mut self, mailbox: Mailbox) {
        drop(mailbox);
    }
}

/// A command to the gate's thread.
pub(super) enum GateCommand {
    Settings(Arc<GateSettings>),
    Answers(Vec<DeferredAnswer>),
    Stop(Duration),
}

/// The answer to a request that was deferred with `canonical::field::DEFERRED`.
#[derive(Debug)]
pub struct DeferredAnswer {
    /// The answered request (`canonical::field::TICKET`).
    pub ticket: Ticket,
    /// The complete answer.
    pub response: Response,
    /// Reported once the answer is sent.
    pub exchange: Box<HttpExchange>,
}

/// A handle to the gate's thread.
#[derive(Clone)]
pub struct Mailbox {
    pub(super) commands: Sender<GateCommand>,
    pub(super) announced: Sender<(Ticket, Box<HttpExchange>)>,
    pub(super) waker: Arc<Waker>,
}

impl Mailbox {
    /// Announces the exchange of an answer before it is written to its line. The gate reports it once that
    /// answer is sent. Does not wake the gate: the answer does.
    pub fn announce(&self, ticket: Ticket, exchange: Box<HttpExchange>) {
        // Without a gate nobody is waiting for the answer.
        let _ = self.announced.send((ticket, exchange));
    }

    /// Answers requests whose clients still wait, and wakes the gate once.
    pub fn deliver(&self, answers: Vec<DeferredAnswer>) {
        self.tell(GateCommand::Answers(answers));
    }

    pub(super) fn tell(&self, command: GateCommand) {
        // The gate may have ended.
        let _ = self.commands.send(command);
        let _ = self.waker.wake();
    }
}
