//! The connection that writes, and for how long its turn is waited for: for those before, and for whoever
//! else has the file locked, together.

use super::StoreError;
use super::schema::empty_log;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a request waits for, or who keeps up with the store.
pub(super) const SHORT: Duration = Duration::from_secs(1);
/// A command that changes clients.
pub(super) const CHANGE: Duration = Duration::from_secs(5);

/// The connection.
#[derive(Debug)]
pub(super) struct WriteConnection {
    connection: Mutex<Connection>,
    /// Whether somebody writes.
    taken: Mutex<bool>,
    freed: Condvar,
}

/// Why something was not written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// The store has an answer, and it is no.
    Refused(StoreError),
    /// The file.
    Sql(rusqlite::Error),
    /// Others have written all the time.
    Late,
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<WriteError> for StoreError {
    fn from(fault: WriteError) -> Self {
        // One sentence for both: whose turn it was to wait for the lock, nobody needs to know.
        let locked = || Self::Unwritable("database is locked".to_owned());
        match fault {
            WriteError::Refused(error) => error,
            WriteError::Late => locked(),
            WriteError::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => locked(),
                Some(ErrorCode::DiskFull | ErrorCode::ReadOnly) => Self::Unwritable(error.to_string()),
                _ => error.into(),
            },
        }
    }
}

impl WriteConnection {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Mutex::new(connection), taken: Mutex::new(false), freed: Condvar::new() }
    }

    /// Writes when it is its turn, for which it waits no longer than that.
    ///
    /// # Errors
    /// What the store says; [`StoreError::Unwritable`] where the turn does not come, the disk is full or
    /// nothing may be written; [`StoreError::Unavailable`] for all else.
    pub(super) fn write<T>(
        &self,
        within: Duration,
        work: impl FnOnce(&mut Connection) -> Result<T, WriteError>,
    ) -> Result<T, StoreError> {
        let deadline = Instant::now() + within;
        let _turn = self.turn(within)?;
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.busy_timeout(deadline.saturating_duration_since(Instant::now()))?;
        Ok(work(&mut connection)?)
    }

    /// The same as a whole, or not at all.
    ///
    /// # Errors
    /// As for [`WriteConnection::write`].
    pub(super) fn transact<T>(
        &self,
        within: Duration,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, WriteError>,
    ) -> Result<T, StoreError> {
        self.write(within, |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    /// Merges the log into the file, as far as others let it, and lets go of the file.
    pub(super) fn close(&self) {
        let Ok(_turn) = self.turn(SHORT) else { return };
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        empty_log(&connection);
        let_go(&mut connection);
    }

    fn turn(&self, within: Duration) -> Result<WriteTurn<'_>, WriteError> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(taken, within, |taken| *taken);
        let (mut taken, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(WriteError::Late);
        }
        *taken = true;
        Ok(WriteTurn(self))
    }
}

/// Closes a connection; what is asked through it after that finds an empty database.
pub(super) fn let_go(connection: &mut Connection) {
    if let Ok(empty) = Connection::open_in_memory() {
        *connection = empty;
    }
}

/// Somebody's turn; the next one's comes when it is over.
struct WriteTurn<'a>(&'a WriteConnection);

impl Drop for WriteTurn<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.freed.notify_one();
    }
}
