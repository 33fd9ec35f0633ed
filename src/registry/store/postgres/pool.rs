//! A connection pool. One thread drives all connections; a caller waits only for its own answer. Queries are
//! pipelined, so a distant database does not limit the throughput; a transaction gets a connection of its
//! own. Every query has a timeout on this side, because a dead network reports no error. A failed connection
//! is discarded.

use super::address::{CONNECT, PostgresAddress};
use super::connect::connect;
use super::fault::PostgresError;
use crate::os_error::plain;
use crate::registry::store::StoreError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Default limit of connections, which are opened on demand.
pub const CONNECTIONS: usize = 16;
/// Limit of unanswered queries per connection.
const DEPTH: usize = 16;
/// Additional connections for transactions, which cannot share one.
const FOR_TRANSACTIONS: usize = 2;
/// The first statement of a session. The database ends the transactions of a disconnected node, so that
/// others do not wait for its locks.
const SESSION: &str = "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '5s'";

#[derive(Clone, Copy, Debug)]
pub(super) struct QueryOptions {
    /// The timeout.
    pub(super) within: Duration,
    /// Whether it may be repeated if the result is unknown.
    pub(super) again: bool,
    /// Whether it needs a connection of its own, as a transaction does.
    pub(super) alone: bool,
}

impl QueryOptions {
    /// The same options, for a transaction.
    pub(super) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }
}

/// A single-threaded runtime.
pub(super) fn runtime() -> Result<Runtime, PostgresError> {
    let made = Builder::new_current_thread().enable_all().build();
    made.map_err(|error| PostgresError::Refused(StoreError::Unavailable(plain(&error))))
}

/// The thread that drives all connections, until this is dropped.
struct Driver {
    handle: Handle,
    _running: oneshot::Sender<()>,
}

impl Driver {
    fn start() -> Result<Self, PostgresError> {
        let runtime = runtime()?;
        let (handle, (running, ended)) = (runtime.handle().clone(), oneshot::channel());
        let thread = std::thread::Builder::new().name("postgres".to_owned());
        let started = thread.spawn(move || {
            let _ = runtime.block_on(ended);
            // A pending host name lookup is not waited for.
            runtime.shutdown_background();
        });
        started.map_err(|error| PostgresError::Refused(StoreError::Unavailable(plain(&error))))?;
        Ok(Self { handle, _running: running })
    }
}

pub(super) struct ConnectionPool {
    pub(super) address: PostgresAddress,
    pub(super) tls: MakeRustlsConnect,
    driver: Driver,
    most: AtomicUsize,
    links: Mutex<Links>,
    changed: Condvar,
}

#[derive(Default)]
struct Links {
    open: Vec<Link>,
    /// Number of connections being opened.
    opening: usize,
    opened: u64,
    /// Number of lost connections.
    lost: u64,
}

/// An open connection.
struct Link {
    number: u64,
    client: Arc<Client>,
    /// Number of unanswered queries.
    users: usize,
    /// Whether further queries may use it.
    is_shared: bool,
}

impl Links {
    /// Takes an idle connection or, if the pool is full, shares one.
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

    /// Whether the pool is full. Transactions get a few additional connections, so that they and other
    /// queries do not wait for each other.
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

impl ConnectionPool {
    pub(super) fn new(address: PostgresAddress, tls: MakeRustlsConnect) -> Result<Self, StoreError> {
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

    /// Limits the number of connections from now on.
    pub(super) fn set_most(&self, most: usize) {
        self.most.store(most.max(1), Ordering::Relaxed);
    }

    /// Number of lost or failed connections.
    pub(super) fn losses(&self) -> u64 {
        self.links().lost
    }

    /// Runs `work`. Repeats it on a new connection if its own turns out to be dead and the options allow
    /// that.
    ///
    /// # Errors
    /// The store's own errors; [`StoreError::Unavailable`] for all others.
    pub(super) fn ask<T>(
        &self,
        manner: QueryOptions,
        work: impl AsyncFn(&Client) -> Result<T, PostgresError>,
    ) -> Result<T, StoreError> {
        let mut done = self.try_once(manner, &work);
        if let Err(fault) = &done
            && (fault.was_turned_away() || (manner.again && fault.is_lost()))
        {
            done = self.try_once(manner, &work);
        }
        done.map_err(|fault| match StoreError::from(fault) {
            error if error.is_unanswered() => error.at(&self.address),
            error => error,
        })
    }

    fn try_once<T>(
        &self,
        manner: QueryOptions,
        work: &impl AsyncFn(&Client) -> Result<T, PostgresError>,
    ) -> Result<T, PostgresError> {
        let mut seat = self.sit_down(manner)?;
        // A query that must not be repeated needs a connection that is known to be alive.
        while !manner.again && !self.is_open(&seat.client) {
            seat = self.sit_down(manner)?;
        }
        let asked =
            async { timeout(manner.within, work(&seat.client)).await.map_err(|_| PostgresError::Late)? };
        let done = self.driver.handle.block_on(asked);
        seat.failed = !matches!(done, Ok(_) | Err(PostgresError::Refused(_)));
        if matches!(&done, Err(fault) if fault.is_lost() || matches!(fault, PostgresError::Late)) {
            self.links().lost += 1;
        }
        done
    }

    /// Whether an idle connection was closed by the other side.
    fn is_open(&self, client: &Client) -> bool {
        let looked = self.driver.handle.spawn(async {
            // Once for the socket, once for the task that reads it.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        let _ = self.driver.handle.block_on(looked);
        !client.is_closed()
    }

    fn open(&self) -> Result<Client, PostgresError> {
        self.driver.handle.block_on(async {
            let (client, connection) = connect(&self.address, &self.tls).await?;
            // The next query reports how the connection ended.
            tokio::spawn(async { drop(connection.await) });
            timeout(CONNECT, client.batch_execute(SESSION)).await.map_err(|_| PostgresError::Late)??;
            Ok(client)
        })
    }

    /// Takes a connection from the pool, or opens one.
    fn sit_down(&self, manner: QueryOptions) -> Result<ConnectionLease<'_>, PostgresError> {
        let deadline = Instant::now() + manner.within;
        let mut links = self.links();
        loop {
            let is_full = links.are_enough(self.most.load(Ordering::Relaxed), manner.alone);
            if let Some((number, client)) = links.take(manner.alone, is_full) {
                return Ok(ConnectionLease { pool: self, number, client, failed: false });
            }
            if !is_full {
                links.opening += 1;
                drop(links);
                let opened = self.open();
                links = self.links();
                links.opening -= 1;
                self.changed.notify_all();
                let (number, client) = links.add(opened?, manner.alone);
                return Ok(ConnectionLease { pool: self, number, client, failed: false });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(PostgresError::Late);
            }
            links = self.changed.wait_timeout(links, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use, until this is dropped.
struct ConnectionLease<'a> {
    pool: &'a ConnectionPool,
    number: u64,
    client: Arc<Client>,
    failed: bool,
}

impl Drop for ConnectionLease<'_> {
    fn drop(&mut self) {
        let mut links = self.pool.links();
        let (number, failed) = (self.number, self.failed);
        if let Some(link) = links.open.iter_mut().find(|link| link.number == number) {
            link.users -= 1;
        }
        if failed {
            // The failure affects the other connections, too. Callers that wait on them will notice it
            // themselves.
            links.open.retain(|link| link.users > 0 && link.number != number);
        }
        self.pool.changed.notify_all();
    }
}
