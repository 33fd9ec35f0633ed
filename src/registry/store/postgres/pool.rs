//! A few connections, and what is asked through them. Every question has its time, kept on this side: a
//! network that has gone silent resets nothing, and nobody waits for it. A connection that has failed is
//! thrown away.

use super::address::{Address, CONNECT};
use super::connect::connect;
use crate::registry::store::StoreError;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections at most: more would only wait for one another in the database.
const MOST: usize = 4;
/// What a session is told first. A server ends by itself what a node that was cut off has left open, so that
/// others need not wait for its locks.
const SESSION: &str = "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '5s'";

/// Why something could not be done through a connection.
#[derive(Debug)]
pub(super) enum Fault {
    /// The store has an answer, and it is no.
    Refused(StoreError),
    /// The database or the way to it.
    Sql(tokio_postgres::Error),
    /// The same while a change was being made final: it may be there.
    Unsure(tokio_postgres::Error),
    /// It took too long.
    Late,
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl Fault {
    /// Whether the server says that it has not done it, and a fresh connection may: the session was ended,
    /// it belongs to a server that is not the first any more, or somebody else was in the way.
    fn was_turned_away(&self) -> bool {
        const TURNED_AWAY: [SqlState; 5] = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        let Self::Sql(error) = self else { return false };
        error.code().is_some_and(|code| TURNED_AWAY.contains(code))
    }

    /// Whether nobody knows what became of it, because the connection has ended.
    fn is_lost(&self) -> bool {
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return false };
        error.is_closed() || is_io(error) || error.code().is_some_and(|code| code.code().starts_with("57P"))
    }

    /// Whether the server says that it is there, and that nothing can be written there now.
    fn is_unwritable(&self) -> bool {
        const UNWRITABLE: [SqlState; 3] =
            [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::DISK_FULL, SqlState::LOCK_NOT_AVAILABLE];
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return false };
        error.code().is_some_and(|code| UNWRITABLE.contains(code))
    }
}

impl From<Fault> for StoreError {
    /// The sentence has nothing of what was sent, nor does it say where the database is: callers of a
    /// server may see it.
    fn from(fault: Fault) -> Self {
        let kind = if fault.is_unwritable() { Self::Unwritable } else { Self::Unavailable };
        kind(match fault {
            Fault::Refused(error) => return error,
            Fault::Late => "no answer in time".to_owned(),
            Fault::Sql(error) | Fault::Unsure(error) => match error.as_db_error() {
                Some(said) => said.message().to_owned(),
                None => match std::error::Error::source(&error) {
                    Some(cause) => format!("{error}: {cause}"),
                    None => error.to_string(),
                },
            },
        })
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}

/// Whether the database has no letters for a text that it was sent, as PostgreSQL has none for NUL.
pub(super) fn is_no_text(error: &tokio_postgres::Error) -> bool {
    let no_text = [SqlState::CHARACTER_NOT_IN_REPERTOIRE, SqlState::UNTRANSLATABLE_CHARACTER];
    error.code().is_some_and(|code| no_text.contains(code))
}

/// How something is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How long it may take.
    pub(super) within: Duration,
    /// Whether it may be asked again where nobody knows what became of it.
    pub(super) again: bool,
}

/// A connection, and what moves its bytes while somebody waits for them.
struct Connection {
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    client: Client,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Whoever still looks for a host's address is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Connection {
    fn open(address: &Address, tls: &MakeRustlsConnect) -> Result<Self, Fault> {
        let runtime = runtime()?;
        let client = runtime.block_on(async {
            let (client, connection) = connect(address, tls).await?;
            // How it ended, who asks through it next learns.
            tokio::spawn(async { drop(connection.await) });
            timeout(CONNECT, client.batch_execute(SESSION)).await.map_err(|_| Fault::Late)??;
            Ok(client)
        });
        match client {
            Ok(client) => Ok(Self { runtime: Some(runtime), client }),
            Err(fault) => {
                runtime.shutdown_background();
                Err(fault)
            }
        }
    }

    fn run<T>(&self, within: Duration, work: &impl AsyncFn(&Client) -> Result<T, Fault>) -> Result<T, Fault> {
        let runtime = self.runtime.as_ref().ok_or(Fault::Late)?;
        runtime.block_on(async { timeout(within, work(&self.client)).await.map_err(|_| Fault::Late)? })
    }

    /// Looks whether the other side has closed it while nobody did anything with it.
    fn is_open(&self) -> bool {
        let Some(runtime) = &self.runtime else { return false };
        runtime.block_on(async {
            // Once for the socket, once for what reads it.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        !self.client.is_closed()
    }
}

/// A runtime for one connection: nothing of it moves but while somebody waits.
pub(super) fn runtime() -> Result<Runtime, Fault> {
    let made = Builder::new_current_thread().enable_all().build();
    made.map_err(|error| Fault::Refused(StoreError::Unavailable(error.to_string())))
}

/// Connections to one database.
pub(super) struct Pool {
    pub(super) address: Address,
    pub(super) tls: MakeRustlsConnect,
    seats: Mutex<Seats>,
    freed: Condvar,
}

#[derive(Default)]
struct Seats {
    idle: Vec<Connection>,
    taken: usize,
}

impl Pool {
    pub(super) fn new(address: Address, tls: MakeRustlsConnect) -> Self {
        Self { address, tls, seats: Mutex::default(), freed: Condvar::new() }
    }

    /// Asks by `work`, which may be asked again on a fresh connection where its own turns out to be dead
    /// and the manner allows it.
    ///
    /// # Errors
    /// What the store says, and [`StoreError::Unavailable`] for all else.
    pub(super) fn ask<T>(
        &self,
        manner: Manner,
        work: impl AsyncFn(&Client) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let mut seat = self.sit_down(manner.within)?;
        let mut done = seat.try_once(manner.within, &work);
        if let Err(fault @ (Fault::Sql(_) | Fault::Unsure(_) | Fault::Late)) = &done {
            // Whatever has ended this one, or made it silent, has done so to the others, too.
            let idle = std::mem::take(&mut self.seats().idle);
            drop(idle);
            if fault.was_turned_away() || (manner.again && fault.is_lost()) {
                done = seat.try_once(manner.within, &work);
            }
        }
        done.map_err(StoreError::from)
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place among those that may ask at a time.
    fn sit_down(&self, within: Duration) -> Result<Seat<'_>, StoreError> {
        let deadline = Instant::now() + within;
        let mut seats = self.seats();
        while seats.taken >= MOST {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::Late.into());
            }
            seats = self.freed.wait_timeout(seats, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        seats.taken += 1;
        Ok(Seat { pool: self, connection: seats.idle.pop() })
    }
}

/// A place in the pool; what is left of it when it is given up serves the next one.
struct Seat<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Seat<'_> {
    fn try_once<T>(
        &mut self,
        within: Duration,
        work: &impl AsyncFn(&Client) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let kept = self.connection.take().filter(Connection::is_open);
        let connection = match kept {
            Some(connection) => connection,
            None => Connection::open(&self.pool.address, &self.pool.tls)?,
        };
        let done = connection.run(within, work);
        if matches!(done, Ok(_) | Err(Fault::Refused(_))) {
            self.connection = Some(connection);
        }
        done
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut seats = self.pool.seats();
        seats.taken -= 1;
        seats.idle.extend(self.connection.take());
        self.pool.freed.notify_one();
    }
}
