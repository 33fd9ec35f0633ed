//! The write connection. A single timeout covers the wait for other threads and for other processes that have
//! locked the file.

use super::StoreError;
use super::schema::empty_log;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Timeout for requests and for the sync thread.
pub(super) const SHORT: Duration = Duration::from_secs(1);
/// Timeout for commands that change clients.
pub(super) const CHANGE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct WriteConnection {
    connection: Mutex<Connection>,
    /// Whether a thread writes.
    taken: Mutex<bool>,
    freed: Condvar,
}

/// Why a write failed.
#[derive(Debug)]
pub(super) enum WriteError {
    /// The store answered with an error.
    Refused(StoreError),
    /// SQLite failed.
    Sql(rusqlite::Error),
    /// Other threads wrote for the whole time.
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
        // One message for both, because it does not matter which lock was waited for.
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

    /// Waits for its turn, up to the timeout, and writes.
    ///
    /// # Errors
    /// The store's own errors; [`StoreError::Unwritable`] on a timeout, a full disk or a read-only file;
    /// [`StoreError::Unavailable`] for all others.
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

    /// Like [`WriteConnection::write`], in one transaction.
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

    /// Merges the log into the file, as far as other processes allow, and closes the file.
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

/// Closes a connection. Later queries through it find an empty database.
pub(super) fn let_go(connection: &mut Connection) {
    if let Ok(empty) = Connection::open_in_memory() {
        *connection = empty;
    }
}

/// A thread's turn to write. Dropping it lets the next thread write.
struct WriteTurn<'a>(&'a WriteConnection);

impl Drop for WriteTurn<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.freed.notify_one();
    }
}
