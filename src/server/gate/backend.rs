//! The interface between the gate and the engine behind it. Requests and prompt answers go over sockets;
//! deferred answers, and what is logged of each answer, go through the mailbox.

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

/// Answers requests.
pub trait Backend: Send {
    /// Starts it, or starts it again after a failure, and returns the connections to it.
    ///
    /// # Errors
    /// If it cannot be started.
    fn open(&mut self) -> io::Result<Vec<UnixStream>>;

    /// Called once, before it is opened.
    fn deliver_to(&mut self, mailbox: Mailbox) {
        drop(mailbox);
    }
}

/// Sent to the gate's thread.
pub(super) enum GateCommand {
    Settings(Arc<GateSettings>),
    Answers(Vec<DeferredAnswer>),
    Stop(Duration),
}

/// The answer to a request whose place on a line was taken by `canonical::field::DEFERRED`.
#[derive(Debug)]
pub struct DeferredAnswer {
    /// The request that it answers (`canonical::field::TICKET`).
    pub ticket: Ticket,
    /// The whole answer.
    pub response: Response,
    /// Reported once the answer has left.
    pub exchange: Box<HttpExchange>,
}

/// The way to the gate's thread.
#[derive(Clone)]
pub struct Mailbox {
    pub(super) commands: Sender<GateCommand>,
    pub(super) announced: Sender<(Ticket, Box<HttpExchange>)>,
    pub(super) waker: Arc<Waker>,
}

impl Mailbox {
    /// Announces the exchange of an answer that is about to be written to its line. The gate reports it once
    /// that answer has left. Does not wake the gate: the answer does.
    pub fn announce(&self, ticket: Ticket, exchange: Box<HttpExchange>) {
        // Without a gate nobody waits for the answer.
        let _ = self.announced.send((ticket, exchange));
    }

    /// Answers requests whose clients still wait, and wakes the gate once.
    pub fn deliver(&self, answers: Vec<DeferredAnswer>) {
        self.tell(GateCommand::Answers(answers));
    }

    pub(super) fn tell(&self, command: GateCommand) {
        // A gate that has ended has nothing to be told.
        let _ = self.commands.send(command);
        let _ = self.waker.wake();
    }
}
