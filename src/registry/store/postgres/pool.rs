//! Connections to one database, and what is asked through them. One thread moves the bytes of all of them;
//! whoever asks waits for its own answer alone. A connection takes the next question before it has answered
//! the last (pipelining), so that a database that is far away is no ceiling; a transaction has one for
//! itself. Every question has its time, kept on this side: a network that has gone silent resets nothing, and
//! nobody waits for it. A connection that has failed is thrown away.

use super::address::{Address, CONNECT};
use super::connect::connect;
use crate::registry::store::StoreError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections at most, unless the configuration says otherwise; they are opened when they are needed.
pub const CONNECTIONS: usize = 16;
/// Questions at most that a connection has not answered yet.
const DEPTH: usize = 16;
/// Connections beside those, for transactions, which share none.
const FOR_TRANSACTIONS: usize = 2;
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

/// What cures a refusal that no waiting does, by the SQLSTATE that the server gives for it, or by its class.
const CURES: [(&str, &str); 4] = [
    ("28", LET_IN),
    ("3D000", "createdb makes the database; or name one that is there in the URL"),
    ("3F000", GRANT),
    ("42501", GRANT),
];
const LET_IN: &str = "may this user use the database? PGPASSWORD has the password where the URL has none";
const GRANT: &str =
    "this user may not make the tables: GRANT CREATE ON SCHEMA public TO it, or have another user start once";
const TRUST: &str = "is it the server that is meant? SSL_CERT_FILE names the authorities of its certificate";
/// What the driver says of mistakes that it has found itself; it has no other name for them.
const MISTAKES: [&str; 2] = ["authentication error", "invalid configuration"];

impl Fault {
    /// What cures it, where waiting does not.
    fn cure(&self) -> Option<&'static str> {
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return None };
        if let Some(code) = error.code() {
            return CURES.iter().find(|(state, _)| code.code().starts_with(state)).map(|(_, cure)| *cure);
        }
        if MISTAKES.contains(&error.to_string().as_str()) {
            return Some(LET_IN);
        }
        let cause = std::error::Error::source(error)?.downcast_ref::<std::io::Error>()?;
        let tls = cause.get_ref()?.downcast_ref::<rustls::Error>()?;
        matches!(tls, rustls::Error::InvalidCertificate(_)).then_some(TRUST)
    }
}

impl From<Fault> for StoreError {
    /// The sentence has nothing of what was sent, nor does it say where the database is: callers of a
    /// server may see it.
    fn from(fault: Fault) -> Self {
        let (is_unwritable, cure) = (fault.is_unwritable(), fault.cure());
        let why = match fault {
            Fault::Refused(error) => return error,
            Fault::Late => "no answer in time".to_owned(),
            Fault::Sql(error) | Fault::Unsure(error) => match error.as_db_error() {
                Some(said) => said.message().to_owned(),
                None => match std::error::Error::source(&error) {
                    Some(cause) => format!("{error}: {cause}"),
                    None => error.to_string(),
                },
            },
        };
        match cure {
            _ if is_unwritable => Self::Unwritable(why),
            Some(cure) => Self::Unusable { why, cure },
            None => Self::Unavailable(why),
        }
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
    /// Whether it has the connection for itself, as a transaction must.
    pub(super) alone: bool,
}

impl Manner {
    /// The same, for a transaction.
    pub(super) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }
}

/// A runtime of one thread.
pub(super) fn runtime() -> Result<Runtime, Fault> {
    let made = Builder::new_current_thread().enable_all().build();
    made.map_err(|error| Fault::Refused(StoreError::Unavailable(error.to_string())))
}

/// The thread that moves the bytes of all connections, until this is dropped.
struct Driver {
    handle: Handle,
    _running: oneshot::Sender<()>,
}

impl Driver {
    fn start() -> Result<Self, Fault> {
        let runtime = runtime()?;
        let (handle, (running, ended)) = (runtime.handle().clone(), oneshot::channel());
        let thread = std::thread::Builder::new().name("postgres".to_owned());
        let started = thread.spawn(move || {
            let _ = runtime.block_on(ended);
            // Whoever still looks for a host's address is not waited for.
            runtime.shutdown_background();
        });
        started.map_err(|error| Fault::Refused(StoreError::Unavailable(error.to_string())))?;
        Ok(Self { handle, _running: running })
    }
}

/// Connections to one database.
pub(super) struct Pool {
    pub(super) address: Address,
    pub(super) tls: MakeRustlsConnect,
    driver: Driver,
    most: AtomicUsize,
    links: Mutex<Links>,
    changed: Condvar,
}

#[derive(Default)]
struct Links {
    open: Vec<Link>,
    /// Those that are being opened.
    opening: usize,
    opened: u64,
    /// How often one was lost.
    lost: u64,
}

/// A connection that is open.
struct Link {
    number: u64,
    client: Arc<Client>,
    /// Questions that it has not answered yet.
    users: usize,
    /// Whether it takes others beside the one that it has.
    is_shared: bool,
}

impl Links {
    /// A place at a connection that has nothing to do or, where there are to be no more of them, beside
    /// others.
    fn take(&mut self, alone: bool, is_full: bool) -> Option<(u64, Arc<Client>)> {
        let before = self.open.len();
        self.open.retain(|link| link.users > 0 || !link.client.is_closed());
        self.lost += u64::from(self.open.len() < before);
        let shares = |link: &Link| !alone && link.is_shared && link.users < DEPTH && !link.client.is_closed();
        let open = self.open.iter_mut();
        let link = open.filter(|link| link.users == 0 || shares(link)).min_by_key(|link| link.users)?;
        if link.users > 0 && !is_full {
            return None;
        }
        link.users += 1;
        link.is_shared = !alone;
        Some((link.number, link.client.clone()))
    }

    /// Whether no more are to be opened. Transactions may have a few beside the others: neither waits until
    /// the other makes a pause.
    fn are_enough(&self, most: usize, alone: bool) -> bool {
        let all = self.open.len() + self.opening;
        let in_transactions = self.open.iter().filter(|link| link.users > 0 && !link.is_shared).count();
        let beside = if alone { FOR_TRANSACTIONS } else { in_transactions.min(FOR_TRANSACTIONS) };
        all >= most + beside
    }

    fn add(&mut self, client: Client, alone: bool) -> (u64, Arc<Client>) {
        self.opened += 1;
        let (number, client) = (self.opened, Arc::new(client));
        self.open.push(Link { number, client: client.clone(), users: 1, is_shared: !alone });
        (number, client)
    }
}

impl Pool {
    pub(super) fn new(address: Address, tls: MakeRustlsConnect) -> Result<Self, StoreError> {
        let (links, changed) = (Mutex::default(), Condvar::new());
        Ok(Self {
            address,
            tls,
            driver: Driver::start()?,
            most: AtomicUsize::new(CONNECTIONS),
            links,
            changed,
        })
    }

    /// Opens no more connections than that from now on.
    pub(super) fn set_most(&self, most: usize) {
        self.most.store(most.max(1), Ordering::Relaxed);
    }

    /// How often a connection was lost: it has ended, or one was not to be had.
    pub(super) fn losses(&self) -> u64 {
        self.links().lost
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
        let mut done = self.try_once(manner, &work);
        if let Err(fault) = &done
            && (fault.was_turned_away() || (manner.again && fault.is_lost()))
        {
            done = self.try_once(manner, &work);
        }
        done.map_err(StoreError::from)
    }

    fn try_once<T>(
        &self,
        manner: Manner,
        work: &impl AsyncFn(&Client) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut seat = self.sit_down(manner)?;
        // What must not be asked again needs a connection that has not ended unnoticed.
        while !manner.again && !self.is_open(&seat.client) {
            seat = self.sit_down(manner)?;
        }
        let asked = async { timeout(manner.within, work(&seat.client)).await.map_err(|_| Fault::Late)? };
        let done = self.driver.handle.block_on(asked);
        seat.failed = !matches!(done, Ok(_) | Err(Fault::Refused(_)));
        if matches!(&done, Err(fault) if fault.is_lost() || matches!(fault, Fault::Late)) {
            self.links().lost += 1;
        }
        done
    }

    /// Looks whether the other side has closed it while nobody did anything with it.
    fn is_open(&self, client: &Client) -> bool {
        let looked = self.driver.handle.spawn(async {
            // Once for the socket, once for what reads it.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        let _ = self.driver.handle.block_on(looked);
        !client.is_closed()
    }

    fn open(&self) -> Result<Client, Fault> {
        self.driver.handle.block_on(async {
            let (client, connection) = connect(&self.address, &self.tls).await?;
            // How it ended, who asks through it next learns.
            tokio::spawn(async { drop(connection.await) });
            timeout(CONNECT, client.batch_execute(SESSION)).await.map_err(|_| Fault::Late)??;
            Ok(client)
        })
    }

    /// A place at a connection.
    fn sit_down(&self, manner: Manner) -> Result<Seat<'_>, Fault> {
        let deadline = Instant::now() + manner.within;
        let mut links = self.links();
        loop {
            let is_full = links.are_enough(self.most.load(Ordering::Relaxed), manner.alone);
            if let Some((number, client)) = links.take(manner.alone, is_full) {
                return Ok(Seat { pool: self, number, client, failed: false });
            }
            if !is_full {
                links.opening += 1;
                drop(links);
                let opened = self.open();
                links = self.links();
                links.opening -= 1;
                self.changed.notify_all();
                let (number, client) = links.add(opened?, manner.alone);
                return Ok(Seat { pool: self, number, client, failed: false });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::Late);
            }
            links = self.changed.wait_timeout(links, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place at a connection, until it is given up.
struct Seat<'a> {
    pool: &'a Pool,
    number: u64,
    client: Arc<Client>,
    failed: bool,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut links = self.pool.links();
        let (number, failed) = (self.number, self.failed);
        if let Some(link) = links.open.iter_mut().find(|link| link.number == number) {
            link.users -= 1;
        }
        if failed {
            // Whatever has ended this one, or made it silent, has done so to the others, too; those who wait
            // for an answer there learn it themselves.
            links.open.retain(|link| link.users > 0 && link.number != number);
        }
        self.pool.changed.notify_all();
    }
}
