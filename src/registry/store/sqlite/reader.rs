//! The read connection. Half the cost of a lookup is beginning and ending a read transaction, which takes
//! file locks. Closely spaced lookups share one.

use super::writer::let_go;
use rusqlite::Connection;
use std::time::{Duration, Instant};

/// How long lookups share a read transaction. Changes by other processes are seen after it.
const SHARED: Duration = Duration::from_millis(5);
/// Limit of lookups per transaction. More would save little and delay changes.
const SHARERS: u32 = 8;

#[derive(Debug)]
pub(super) struct ReadConnection {
    connection: Connection,
    /// When the shared transaction began.
    begun: Instant,
    /// Number of lookups in the shared transaction.
    shared: u32,
}

impl ReadConnection {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, begun: Instant::now(), shared: 0 }
    }

    /// For a lookup. It sees everything written before the last [`SHARED`] interval, and before the last call
    /// of [`ReadConnection::now`] or [`ReadConnection::end`].
    pub(super) fn lately(&mut self) -> rusqlite::Result<&Connection> {
        if self.connection.is_autocommit() || self.shared >= SHARERS || self.begun.elapsed() >= SHARED {
            self.end();
            self.connection.prepare_cached("BEGIN")?.execute([])?;
            (self.begun, self.shared) = (Instant::now(), 0);
        }
        self.shared += 1;
        Ok(&self.connection)
    }

    /// For all other queries: sees everything written so far.
    pub(super) fn now(&mut self) -> &Connection {
        self.end();
        &self.connection
    }

    /// Ends the shared transaction, if there is one. The next lookup then sees all changes, and emptying the
    /// log does not wait for it.
    pub(super) fn end(&mut self) {
        if !self.connection.is_autocommit() {
            // A read-only transaction has no reason to fail; if it did, the next lookup would report it.
            let _ = self.connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
        }
    }
    /// Closes the file.
    pub(super) fn close(&mut self) {
        self.end();
        let_go(&mut self.connection);
    }
}
