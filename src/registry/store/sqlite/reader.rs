//! The connection that reads. Half of what a lookup costs is to begin and to end a read transaction, which
//! takes locks of the file; lookups that follow each other closely share one.

use super::writer::let_go;
use rusqlite::Connection;
use std::time::{Duration, Instant};

/// Lookups share a read transaction for so long: what somebody else changes meanwhile, they see after it.
const SHARED: Duration = Duration::from_millis(5);
/// So many share one: most is saved by then, and whoever changes something is seen the sooner.
const SHARERS: u32 = 8;

/// The connection.
#[derive(Debug)]
pub(super) struct ReadConnection {
    connection: Connection,
    /// When the transaction began that lookups share.
    begun: Instant,
    /// How many have shared it.
    shared: u32,
}

impl ReadConnection {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, begun: Instant::now(), shared: 0 }
    }

    /// For a lookup. It sees all that was there [`SHARED`] ago, and all that was there when
    /// [`ReadConnection::now`] or [`ReadConnection::end`] was last called.
    pub(super) fn lately(&mut self) -> rusqlite::Result<&Connection> {
        if self.connection.is_autocommit() || self.shared >= SHARERS || self.begun.elapsed() >= SHARED {
            self.end();
            self.connection.prepare_cached("BEGIN")?.execute([])?;
            (self.begun, self.shared) = (Instant::now(), 0);
        }
        self.shared += 1;
        Ok(&self.connection)
    }

    /// For any other question: it sees all that is there.
    pub(super) fn now(&mut self) -> &Connection {
        self.end();
        &self.connection
    }

    /// Ends the transaction that lookups share, where there is one: the next sees what has changed, and
    /// whoever empties the log does not wait.
    pub(super) fn end(&mut self) {
        if !self.connection.is_autocommit() {
            // It has only read, and has nothing to fail at; if it did, the next lookup would say so.
            let _ = self.connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
        }
    }
    /// Lets go of the file.
    pub(super) fn close(&mut self) {
        self.end();
        let_go(&mut self.connection);
    }
}
