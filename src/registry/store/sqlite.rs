//! `sqlite:PATH`, the default: a file that a server and any number of commands use at once (WAL). Each
//! change is on disk before the call returns.

use super::private_file::{Identity, private_file};
use super::{
    Changes, Id, IdKind, MAX_CHANGES, Revocations, Store, StoreError, Use, Versioned, read, written,
    written_secrets,
};
use crate::clock::Timestamp;
use crate::registry::record::{ClientRecord, SecretRecord, Stored};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long one writer waits for another.
const PATIENCE: Duration = Duration::from_secs(5);

/// So much of the file is kept in memory by each connection, in KiB: all inner pages of a million clients,
/// so that a lookup reads one page from the system.
const CACHE: i64 = 6 * 1024;

/// What each version of the schema adds. A file of a version beyond these is a newer program's. A client
/// and its secrets are one row: whoever asks for a token costs one lookup.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE client (
        id TEXT PRIMARY KEY,
        record TEXT NOT NULL,
        secrets TEXT NOT NULL,
        exchange INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX client_exchange ON client (exchange) WHERE exchange = 1;
    CREATE TABLE use (
        client TEXT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        address TEXT,
        PRIMARY KEY (client, number)
    ) WITHOUT ROWID;
    CREATE TABLE change (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        client TEXT NOT NULL
    );
    CREATE TABLE id (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        kind INTEGER NOT NULL,
        digest BLOB NOT NULL,
        owner TEXT NOT NULL,
        until INTEGER NOT NULL,
        UNIQUE (kind, digest)
    );
    CREATE INDEX id_until ON id (until);
    CREATE TABLE text (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        text TEXT NOT NULL
    ) WITHOUT ROWID;
"];

/// Clients in a file.
#[derive(Debug)]
pub struct Sqlite {
    /// Who reads does not wait for the disk that somebody else writes to.
    reader: Mutex<Connection>,
    writer: Mutex<Connection>,
    path: PathBuf,
    /// What stood there when it was opened.
    file: Identity,
}

/// A store that was opened, and what should be known of its file.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Sqlite,
    /// What is not as it should be.
    pub warnings: Vec<String>,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Sqlite {
    /// Opens the file, and makes it where it is not there: for its owner alone, as is the folder.
    ///
    /// # Errors
    /// Where it cannot be opened, is somebody else's, or is of a newer program.
    pub fn open(path: &Path) -> Result<Opened, StoreError> {
        let unavailable = |what: String| StoreError::Unavailable(format!("{}: {what}", path.display()));
        let warnings = private_file(path).map_err(&unavailable)?;
        let open = || -> Result<Connection, SchemaError> {
            let mut connection = Connection::open(path)?;
            prepare(&mut connection)?;
            Ok(connection)
        };
        let open = || open().map(Mutex::new).map_err(|error| unavailable(error.to_string()));
        // Before it is opened: what comes in between is noticed as another.
        let file = Identity::at(path).map_err(|error| unavailable(error.to_string()))?;
        let store = Self { writer: open()?, reader: open()?, path: path.to_owned(), file };
        Ok(Opened { store, warnings })
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a change as a whole, or not at all.
    fn change<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.writer();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

/// Why a file is not ours to use.
#[derive(Debug, thiserror::Error)]
enum SchemaError {
    #[error("it was written by a newer heistctl (schema {found}, this one knows {known}): use that one")]
    Newer { found: i64, known: i64 },
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

fn prepare(connection: &mut Connection) -> Result<(), SchemaError> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A change that was acknowledged outlives the machine's power, too.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    // What was removed is overwritten: private keys stand there.
    connection.pragma_update(None, "secure_delete", true)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    // A start that has nothing to write waits for no disk.
    if version(connection)? == known {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Somebody else may have been faster.
    let found = version(&transaction)?;
    if found > known {
        return Err(SchemaError::Newer { found, known });
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

fn client(connection: &Connection, id: &str) -> Result<Option<Stored>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT record, secrets FROM client WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    read(text(row, 0)?, text(row, 1)?).map(Some)
}

/// Without a copy: each is read once, and made into something else.
fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    row.get_ref(column)?.as_str().map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn changed(transaction: &Transaction<'_>, id: &str) -> Result<(), StoreError> {
    transaction.prepare_cached("INSERT INTO change (client) VALUES (?1)")?.execute([id])?;
    Ok(())
}

impl Store for Sqlite {
    fn client(&self, id: &str) -> Result<Option<Stored>, StoreError> {
        client(&self.reader(), id)
    }

    fn clients(&self, after: &str, limit: usize) -> Result<Vec<Stored>, StoreError> {
        const PAGE: &str = "SELECT record, secrets FROM client WHERE id > ?1 ORDER BY id LIMIT ?2";
        let connection = self.reader();
        let mut statement = connection.prepare_cached(PAGE)?;
        let mut rows = statement.query(params![after, i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(text(row, 0)?, text(row, 1)?)?);
        }
        Ok(found)
    }

    fn add(&self, clients: &[(ClientRecord, Option<String>)]) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO client (id, record, secrets, exchange) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        // In the order in which they lie in the file: each page is taken up once.
        let mut clients: Vec<_> = clients.iter().collect();
        clients.sort_unstable_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        self.change(|transaction| {
            let mut insert = transaction.prepare_cached(ADD)?;
            for (record, hash) in clients {
                let Stored { record, secrets } = Stored::new(record.clone(), hash.clone());
                let added =
                    params![record.id, written(&record)?, written_secrets(&secrets)?, record.token_exchange];
                if insert.execute(added)? == 0 {
                    return Err(StoreError::Exists);
                }
                changed(transaction, &record.id)?;
            }
            Ok(())
        })
    }

    fn replace(&self, record: &ClientRecord) -> Result<(), StoreError> {
        self.change(|transaction| {
            let mut update =
                transaction.prepare_cached("UPDATE client SET record = ?2, exchange = ?3 WHERE id = ?1")?;
            if update.execute(params![record.id, written(record)?, record.token_exchange])? == 0 {
                return Err(StoreError::Missing);
            }
            changed(transaction, &record.id)
        })
    }

    fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.change(|transaction| {
            if transaction.prepare_cached("DELETE FROM client WHERE id = ?1")?.execute([id])? == 0 {
                return Err(StoreError::Missing);
            }
            changed(transaction, id)
        })
    }

    fn rotate(
        &self,
        id: &str,
        hash: &str,
        now: Timestamp,
        old_end: Timestamp,
    ) -> Result<SecretRecord, StoreError> {
        self.change(|transaction| {
            let mut stored = client(transaction, id)?.ok_or(StoreError::Missing)?;
            let made = stored.rotate(hash.to_owned(), now, old_end);
            transaction
                .prepare_cached("UPDATE client SET secrets = ?2 WHERE id = ?1")?
                .execute(params![id, written_secrets(&stored.secrets)?])?;
            changed(transaction, id)?;
            Ok(made)
        })
    }

    fn uses(&self, id: &str) -> Result<Vec<Use>, StoreError> {
        let connection = self.reader();
        let mut statement =
            connection.prepare_cached("SELECT number, at, address FROM use WHERE client = ?1")?;
        let rows = statement.query_map([id], |row| {
            let from: Option<String> = row.get(2)?;
            Ok(Use {
                client: id.to_owned(),
                number: row.get(0)?,
                at: Timestamp::from_unix(row.get(1)?),
                from: from.and_then(|from| from.parse().ok()),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn note_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        const NOTE: &str = "INSERT INTO use (client, number, at, address)
            SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM client WHERE id = ?1)
            ON CONFLICT (client, number) DO UPDATE SET at = excluded.at, address = excluded.address";
        self.change(|transaction| {
            let mut note = transaction.prepare_cached(NOTE)?;
            for used in uses {
                let from = used.from.map(|from| from.to_string());
                note.execute(params![used.client, used.number, used.at.unix(), from])?;
            }
            Ok(())
        })
    }

    fn last_change(&self) -> Result<i64, StoreError> {
        let connection = self.reader();
        let mut statement = connection.prepare_cached("SELECT coalesce(max(number), 0) FROM change")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn changes(&self, after: i64) -> Result<Changes, StoreError> {
        const CHANGES: &str = "SELECT number, client FROM change WHERE number > ?1 ORDER BY number LIMIT ?2";
        let connection = self.reader();
        let (oldest, last): (i64, i64) = connection
            .prepare_cached("SELECT coalesce(min(number), 1), coalesce(max(number), 0) FROM change")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let most = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
        if after.saturating_add(1) < oldest || last.saturating_sub(after) > most {
            return Ok(Changes { upto: last, clients: None });
        }
        let mut statement = connection.prepare_cached(CHANGES)?;
        let rows = statement.query_map(params![after, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows = rows.collect::<Result<Vec<(i64, String)>, _>>()?;
        let upto = rows.last().map_or(after, |(number, _)| *number);
        Ok(Changes { upto, clients: Some(rows.into_iter().map(|(_, client)| client).collect()) })
    }

    fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError> {
        const REMEMBER: &str = "INSERT INTO id (kind, digest, owner, until) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (kind, digest) DO UPDATE SET until = excluded.until, owner = excluded.owner WHERE until <= ?5";
        let connection = self.writer();
        let mut statement = connection.prepare_cached(REMEMBER)?;
        let Id { kind, digest, owner, until } = id;
        Ok(statement.execute(params![kind.number(), digest, owner, until.unix(), now.unix()])? == 1)
    }

    fn revocations(&self, after: i64, now: Timestamp) -> Result<Revocations, StoreError> {
        const REVOCATIONS: &str = "SELECT number, digest, owner, until FROM id
            WHERE number > ?1 AND kind = ?2 AND until > ?3 ORDER BY number";
        let connection = self.reader();
        let mut statement = connection.prepare_cached(REVOCATIONS)?;
        let kind = IdKind::Revoked;
        let rows = statement.query_map(params![after, kind.number(), now.unix()], |row| {
            let until = Timestamp::from_unix(row.get(3)?);
            Ok((row.get(0)?, Id { kind, digest: row.get(1)?, owner: row.get(2)?, until }))
        })?;
        let rows = rows.collect::<Result<Vec<(i64, Id)>, _>>()?;
        let upto = rows.last().map_or(after, |(number, _)| *number);
        Ok(Revocations { upto, ids: rows.into_iter().map(|(_, id)| id).collect() })
    }

    fn text(&self, name: &str) -> Result<Versioned, StoreError> {
        let connection = self.reader();
        let mut statement = connection.prepare_cached("SELECT version, text FROM text WHERE name = ?1")?;
        let found =
            statement.query_row([name], |row| Ok(Versioned { version: row.get(0)?, text: row.get(1)? }));
        Ok(found.optional()?.unwrap_or_default())
    }

    fn put_text(&self, name: &str, since: i64, text: &str) -> Result<bool, StoreError> {
        const PUT: &str = "INSERT INTO text (name, version, text) SELECT ?1, 1, ?3 WHERE ?2 = 0
            ON CONFLICT (name) DO NOTHING";
        const REPLACE: &str = "UPDATE text SET version = ?2 + 1, text = ?3 WHERE name = ?1 AND version = ?2";
        let connection = self.writer();
        let mut statement = connection.prepare_cached(if since == 0 { PUT } else { REPLACE })?;
        Ok(statement.execute(params![name, since, text])? == 1)
    }

    fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        const CHANGES: &str = "DELETE FROM change WHERE number <= (SELECT max(number) FROM change) - ?1";
        self.change(|transaction| {
            transaction.prepare_cached("DELETE FROM id WHERE until <= ?1")?.execute([now.unix()])?;
            let kept = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
            transaction.prepare_cached(CHANGES)?.execute([kept])?;
            Ok(())
        })
    }

    fn any_exchange(&self) -> Result<bool, StoreError> {
        Ok(self.reader().prepare_cached("SELECT 1 FROM client WHERE exchange = 1")?.exists([])?)
    }

    fn in_place(&self) -> Result<(), StoreError> {
        self.file.check(&self.path).map_err(StoreError::Unavailable)
    }

    fn cure(&self) -> String {
        self.file.cure(&self.path)
    }
}

impl Sqlite {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
