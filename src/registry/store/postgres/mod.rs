//! `postgres://…`: a database shared by any number of servers and commands. Each change is committed before
//! the call returns, and other nodes are notified.
//!
//! A sequence assigns numbers before a transaction commits, and a reader never asks again for numbers below
//! one that it has seen. So a transaction that adds a change or a revocation holds a lock until it ends:
//! numbers become visible in order.

pub mod address;
mod bigint;
mod clients;
mod connect;
mod copies;
mod fault;
mod history;
mod mistyped;
mod pool;
mod positions;
mod revocations;
mod schema;
mod texts;
mod tls;
mod watch;

use super::history::{Author, HistoryEntry, Of, Signed, changed_members};
use super::row::changed_client;
use super::{
    Changes, ClientChange, ClientTrait, Id, IdKind, Listed, MAX_CHANGES, OpenMode, Position, Revocations,
    Store, StoreError, Use, Versioned,
};
use crate::clock::{Moment, Timestamp};
use crate::registry::record::{SecretRecord, StoredClient};
use address::PostgresAddress;
use bigint::bigint;
use clients::{add_batch, held, page, put, stored};
use fault::PostgresError;
use history::Changed;
pub use pool::CONNECTIONS;
use pool::{ConnectionPool, QueryOptions};
use positions::{extent, position};
use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// For queries that block a request and may be repeated.
const SHORT: QueryOptions = QueryOptions { within: Duration::from_secs(2), again: true, alone: false };
/// For ids that must not be used twice: if it is unknown whether the first attempt inserted the id, a second
/// one would find it used.
const ONCE: QueryOptions = QueryOptions { within: Duration::from_secs(2), again: false, alone: false };
/// For a change, which may wait for other transactions.
const CHANGE: QueryOptions = QueryOptions { within: Duration::from_secs(10), again: false, alone: false };
/// For queries that may be repeated and have a long answer or wait for other transactions.
const PATIENT: QueryOptions = QueryOptions { within: Duration::from_secs(10), again: true, alone: false };
/// For thousands of clients at once, and for creating tables.
const LONG: QueryOptions = QueryOptions { within: Duration::from_secs(60), again: false, alone: false };

/// The hint for a database that does not answer.
pub const CURE: &str =
    "is the server running there, and may this user use the database? psql URL tries the same";

/// Additional time for each of many clients: a database on a slow disk needs a third of it.
const PER_CLIENT: Duration = Duration::from_millis(1);

/// Clients that are sent to the database at a time.
const BATCH: usize = 10_000;
/// The lock for adding changes and revocations: `heistctl` as a number.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7522534697187112044)";
/// The same for a request, which cannot wait for a long change.
const LOCK_SOON: &str = "SET LOCAL lock_timeout = '1s'; SELECT pg_advisory_xact_lock(7522534697187112044)";
/// One node at a time deletes expired rows: `heistbye` as a number.
const TRY_PURGE: &str = "SELECT pg_try_advisory_xact_lock(7522534697187047781)";
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

const REMEMBER: &str = "INSERT INTO id (kind, digest, owner, until) VALUES ($1, $2, $3, $4)
    ON CONFLICT (kind, digest) DO UPDATE SET until = excluded.until, owner = excluded.owner
    WHERE id.until <= $5";

pub struct Postgres {
    pool: Arc<ConnectionPool>,
    signed: Signed,
    /// Dropping these ends the watching threads.
    watching: Mutex<Vec<oneshot::Sender<()>>>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({})", self.pool.address)
    }
}

impl Postgres {
    /// Connects to a database and creates missing tables. `authorities` (PEM) replace the default trusted
    /// authorities for the server's certificate.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database cannot be reached, [`StoreError::Unusable`] if it refuses
    /// us or has a newer schema.
    pub fn open(address: PostgresAddress, authorities: Option<&[u8]>) -> Result<Self, StoreError> {
        Self::open_to(address, authorities, OpenMode::Make).map(|(store, _)| store)
    }

    /// Like [`Postgres::open`], but creates or changes tables only as far as `opening` allows. Returns true
    /// if they were created.
    ///
    /// # Errors
    /// As for [`Postgres::open`]; and [`StoreError::NoStore`], [`StoreError::Older`].
    pub fn open_to(
        address: PostgresAddress,
        authorities: Option<&[u8]>,
        opening: OpenMode,
    ) -> Result<(Self, bool), StoreError> {
        let tls = tls::connector(authorities).map_err(StoreError::Unavailable)?;
        let pool = Arc::new(ConnectionPool::new(address, tls)?);
        let prepare = async |client: &Client| schema::prepare(client, opening).await;
        let made = pool.ask(LONG.alone(), prepare)?;
        Ok((Self { pool, signed: Signed::default(), watching: Mutex::default() }, made))
    }

    /// Makes a change in one transaction, notifies the other nodes, and records the author.
    fn transact<T>(
        &self,
        manner: QueryOptions,
        work: impl AsyncFn(&Client) -> Result<(T, Vec<Changed>), PostgresError>,
    ) -> Result<T, StoreError> {
        self.pool.ask(manner.alone(), async |client: &Client| {
            client.batch_execute(BEGIN).await?;
            let (done, changes) = match work(client).await {
                Ok(done) => done,
                Err(PostgresError::Refused(error)) => {
                    client.batch_execute("ROLLBACK").await?;
                    return Err(error.into());
                }
                Err(fault) => return Err(fault),
            };
            if !changes.is_empty() {
                let whose: Vec<&str> = changes.iter().filter_map(|change| change.client.as_deref()).collect();
                for some in changes.chunks(BATCH) {
                    history::note(client, some, &self.signed.author()).await?;
                }
                // Last, so that other nodes do not wait for the rest of a long change.
                client.batch_execute(LOCK).await?;
                let insert = "INSERT INTO change (client) SELECT client
                    FROM unnest($1) WITH ORDINALITY AS list (client, place) ORDER BY place";
                client.execute_typed(insert, &[(&whose, Type::TEXT_ARRAY)]).await?;
            }
            let end = format!("NOTIFY {}; COMMIT", watch::CHANNEL);
            client.batch_execute(&end).await.map_err(PostgresError::Unsure)?;
            Ok(done)
        })
    }
}

impl Store for Postgres {
    fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError> {
        self.pool.ask(SHORT, async |client: &Client| {
            let select = "SELECT record, secrets, digest FROM client WHERE id = $1";
            match client.query_typed_opt(select, &[(&id, Type::TEXT)]).await {
                // A request may contain any ID. One with a character that the database cannot represent is
                // unknown.
                Err(error) if fault::is_no_text(&error) => Ok(None),
                row => row?.map(|row| stored(id, &row)).transpose(),
            }
        })
    }

    fn clients_beginning(&self, prefix: &str, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.pool.ask(PATIENT, async |client: &Client| page(client, prefix, after, limit).await)
    }

    fn add_stored(&self, clients: &[StoredClient]) -> Result<(), StoreError> {
        let within = LONG.within + u32::try_from(clients.len()).unwrap_or(u32::MAX) * PER_CLIENT;
        let manner = if clients.len() > 1 { QueryOptions { within, ..LONG } } else { CHANGE };
        self.transact(manner, async |client: &Client| {
            for batch in clients.chunks(BATCH) {
                add_batch(client, batch).await?;
            }
            Ok(((), clients.iter().map(|stored| Changed::client(&stored.record.id)).collect()))
        })
    }

    fn change_client(&self, id: &str, change: ClientChange<'_>) -> Result<bool, StoreError> {
        let change = RefCell::new(change);
        self.transact(CHANGE, async |client: &Client| {
            let before = held(client, id).await?;
            let Some(after) = changed_client(&before, &mut **change.borrow_mut()) else {
                return Ok((false, Vec::new()));
            };
            let detail = changed_members(&before, &after);
            put(client, &after).await?;
            Ok((true, vec![Changed { detail, ..Changed::client(id) }]))
        })
    }

    fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.transact(CHANGE, async |client: &Client| {
            match client.execute_typed("DELETE FROM client WHERE id = $1", &[(&id, Type::TEXT)]).await? {
                0 => Err(StoreError::Missing.into()),
                _ => Ok(((), vec![Changed::client(id)])),
            }
        })
    }

    fn rotate(
        &self,
        id: &str,
        hash: &str,
        now: Timestamp,
        old_end: Timestamp,
    ) -> Result<SecretRecord, StoreError> {
        self.transact(CHANGE, async |client: &Client| {
            let mut stored = held(client, id).await?;
            let made = stored.rotate(hash.to_owned(), now, old_end);
            put(client, &stored).await?;
            Ok((made, vec![Changed::client(id)]))
        })
    }

    fn uses(&self, ids: &[&str]) -> Result<Vec<Use>, StoreError> {
        const USES: &str = "SELECT client, number, moment, place FROM use WHERE client = ANY($1)
            ORDER BY client, number";
        self.pool.ask(PATIENT, async |client: &Client| {
            let mut found = Vec::new();
            for row in client.query_typed(USES, &[(&ids, Type::TEXT_ARRAY)]).await? {
                let from: Option<&str> = row.try_get(3)?;
                found.push(Use {
                    client: row.try_get(0)?,
                    number: row.try_get(1)?,
                    at: Timestamp::from_unix(row.try_get(2)?),
                    from: from.and_then(|from| from.parse().ok()),
                });
            }
            Ok(found)
        })
    }

    fn note_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        // Ordered, so that two nodes cannot deadlock. Removed clients are left out.
        const NOTE: &str = "INSERT INTO use (client, number, moment, place)
            SELECT client, number, moment, place FROM unnest($1, $2, $3, $4) AS used (client, number, moment, place)
            WHERE EXISTS (SELECT FROM client WHERE id = used.client) ORDER BY client, number
            ON CONFLICT (client, number) DO UPDATE SET moment = excluded.moment, place = excluded.place
            WHERE use.moment <= excluded.moment";
        let owners: Vec<&str> = uses.iter().map(|used| used.client.as_str()).collect();
        let numbers: Vec<i64> = uses.iter().map(|used| used.number).collect();
        let moments: Vec<i64> = uses.iter().map(|used| used.at.unix()).collect();
        let places: Vec<Option<String>> =
            uses.iter().map(|used| used.from.map(|from| from.to_string())).collect();
        self.pool.ask(PATIENT, async |client: &Client| {
            let values = [
                (&owners as _, Type::TEXT_ARRAY),
                (&numbers as _, Type::INT8_ARRAY),
                (&moments as _, Type::INT8_ARRAY),
                (&places as _, Type::TEXT_ARRAY),
            ];
            client.execute_typed(NOTE, &values).await?;
            Ok(())
        })
    }

    fn last_change(&self) -> Result<Position, StoreError> {
        self.pool.ask(SHORT, async |client: &Client| Ok(extent(client, Position::default()).await?.last))
    }

    fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        const CHANGES: &str =
            "SELECT number, mark, client FROM change WHERE number > $1 ORDER BY number LIMIT $2";
        let most = bigint(MAX_CHANGES);
        self.pool.ask(SHORT, async |client: &Client| {
            if let Some(answer) = extent(client, after).await?.answer(after) {
                return Ok(answer);
            }
            let values = [(&after.number as _, Type::INT8), (&most as _, Type::INT8)];
            let rows = client.query_typed(CHANGES, &values).await?;
            let upto = rows.last().map_or(Ok(after), position)?;
            let clients = rows.iter().map(|row| row.try_get(2)).collect::<Result<_, _>>()?;
            Ok(Changes { upto, clients: Some(clients), went_back: false })
        })
    }

    fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError> {
        let Id { kind, digest, owner, until } = id;
        let (kind_number, digest, until, now) = (kind.number(), &digest[..], until.unix(), now.unix());
        let put = async |client: &Client| -> Result<bool, PostgresError> {
            let values = [
                (&kind_number as _, Type::INT8),
                (&digest as _, Type::BYTEA),
                (owner as _, Type::TEXT),
                (&until as _, Type::INT8),
                (&now as _, Type::INT8),
            ];
            Ok(client.execute_typed(REMEMBER, &values).await? == 1)
        };
        match kind {
            IdKind::Assertion | IdKind::Proof => self.pool.ask(ONCE, put),
            // Other nodes must be notified and see revocations in order.
            IdKind::Revoked => self.transact(SHORT, async |client: &Client| {
                client.batch_execute(LOCK_SOON).await?;
                Ok((put(client).await?, Vec::new()))
            }),
        }
    }

    fn revocations(&self, after: Position, now: Timestamp) -> Result<Revocations, StoreError> {
        self.pool.ask(PATIENT, async |client: &Client| revocations::after(client, after, now).await)
    }

    fn text(&self, name: &str) -> Result<Versioned, StoreError> {
        self.pool.ask(SHORT, async |client: &Client| texts::text(client, name).await)
    }

    fn put_text_noting(&self, name: &str, since: i64, text: &str, detail: &str) -> Result<bool, StoreError> {
        self.transact(CHANGE, async |client: &Client| {
            let is_put = texts::put(client, name, since, text).await?;
            let noted = is_put && !detail.is_empty();
            let change = noted.then(|| Changed { client: None, detail: detail.to_owned() });
            Ok((is_put, change.into_iter().collect()))
        })
    }

    fn history(&self, of: Of<'_>, after: i64, limit: usize) -> Result<Vec<HistoryEntry>, StoreError> {
        self.pool.ask(PATIENT, async |client: &Client| history::history(client, of, after, limit).await)
    }

    fn sign(&self, author: Author) {
        self.signed.set(author);
    }

    fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        const CHANGES: &str = "DELETE FROM change WHERE number <= (SELECT max(number) FROM change) - $1";
        let (now, kept) = (now.unix(), bigint(MAX_CHANGES));
        self.pool.ask(PATIENT.alone(), async |client: &Client| {
            client.batch_execute(BEGIN).await?;
            if client.query_typed_one(TRY_PURGE, &[]).await?.try_get(0)? {
                client.execute_typed("DELETE FROM id WHERE until <= $1", &[(&now, Type::INT8)]).await?;
                client.execute_typed(CHANGES, &[(&kept, Type::INT8)]).await?;
                history::forget(client, Timestamp::from_unix(now)).await?;
            }
            client.batch_execute("COMMIT").await?;
            Ok(())
        })
    }

    fn back_up(&self, file: &Path) -> Result<(), StoreError> {
        self.dump(file)
    }

    fn restore(&self, file: &Path, replaces: bool) -> Result<bool, StoreError> {
        self.load(file, replaces)
    }

    fn any(&self, of: ClientTrait) -> Result<bool, StoreError> {
        let select = format!("SELECT EXISTS (SELECT FROM client WHERE {})", of.column());
        self.pool
            .ask(SHORT, async |client: &Client| Ok(client.query_typed_one(&select, &[]).await?.try_get(0)?))
    }

    fn clients_with(&self, of: ClientTrait, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.pool.ask(SHORT, async |client: &Client| clients::with_trait(client, of, limit).await)
    }

    fn clock(&self) -> Result<Option<Moment>, StoreError> {
        self.pool.ask(SHORT, async |client: &Client| {
            let select = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
            Ok(Some(Moment::from_millis(client.query_typed_one(select, &[]).await?.try_get(0)?)))
        })
    }

    fn set_connections(&self, most: usize) {
        self.pool.set_most(most);
    }

    fn losses(&self) -> u64 {
        self.pool.losses()
    }

    fn cure(&self) -> String {
        CURE.to_owned()
    }

    fn watch(&self, told: Box<dyn Fn() + Send>) {
        let ends = watch::start(self.pool.clone(), told);
        self.watching.lock().unwrap_or_else(PoisonError::into_inner).extend(ends);
    }
}

#[cfg(test)]
mod tests;
