//! `sqlite:PATH`, the default: a file that a server and any number of commands use at once (WAL). Each
//! change is on disk before the call returns.

mod reader;
mod schema;
mod writer;

use super::private_file::{Identity, private_file};
use super::{
    Change, Changes, Id, IdKind, Listed, MAX_CHANGES, RUN_NEWER, Revocations, Store, StoreError, Use,
    Versioned, changed_record, read, written, written_secrets,
};
use crate::clock::Timestamp;
use crate::registry::record::{ClientRecord, SecretRecord, Stored};
use reader::Reader;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, Transaction, params};
use schema::{SchemaError, empty_log, prepare};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use writer::{CHANGE, Fault, SHORT, Writer};

/// What to do about a file that cannot be opened.
const MAY_WRITE: &str = "is the path right, and may you write there? --store names another";
/// Ids that are forgotten in one transaction.
const PIECE: u32 = 1_000;

/// Clients in a file.
#[derive(Debug)]
pub struct Sqlite {
    /// Who reads does not wait for the disk that somebody else writes to.
    reader: Mutex<Reader>,
    writer: Writer,
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
    /// A store that answers with what is not of its type is there, whatever somebody has written to it.
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };
        match error {
            FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | Utf8Error(..) => Self::Damaged(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<SchemaError> for StoreError {
    /// Only what somebody else holds, or a disk does not take, may be otherwise in a while.
    fn from(error: SchemaError) -> Self {
        let passes = |error: &rusqlite::Error| {
            use ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
            matches!(
                error.sqlite_error_code(),
                Some(DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure)
            )
        };
        let (why, cure) = (
            error.to_string(),
            match &error {
                SchemaError::Sqlite(error) if passes(error) => return Self::Unavailable(error.to_string()),
                SchemaError::Sqlite(_) => MAY_WRITE,
                SchemaError::Foreign => "--store names a file of its own, which is made where there is none",
                SchemaError::Newer { .. } => RUN_NEWER,
            },
        );
        Self::Unusable { why, cure }
    }
}

impl Sqlite {
    /// Opens the file, and makes it where it is not there: for its owner alone, as is the folder.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] where it cannot be opened, is somebody else's, or is of a newer program;
    /// [`StoreError::Unavailable`] where somebody else holds it, or the disk fails.
    pub fn open(path: &Path) -> Result<Opened, StoreError> {
        let unusable = |why: String| StoreError::Unusable { why, cure: MAY_WRITE }.at(&path.display());
        let warnings = private_file(path).map_err(&unusable)?;
        let open = || -> Result<Connection, SchemaError> {
            let mut connection = Connection::open(path)?;
            prepare(&mut connection)?;
            Ok(connection)
        };
        let open = || open().map_err(|error| StoreError::from(error).at(&path.display()));
        // Before it is opened: what comes in between is noticed as another.
        let file = Identity::at(path).map_err(|error| unusable(error.to_string()))?;
        let (writer, reader) = (Writer::new(open()?), Mutex::new(Reader::new(open()?)));
        let store = Self { writer, reader, path: path.to_owned(), file };
        Ok(Opened { store, warnings })
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a change as a whole, or not at all.
    fn transact<T>(
        &self,
        within: Duration,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let done = self.writer.transact(within, work)?;
        // Whoever asks here next sees it.
        self.reader().end();
        Ok(done)
    }
}

fn client(connection: &Connection, id: &str) -> Result<Option<Stored>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT record, secrets FROM client WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    stored(id, row).map(Some)
}

/// A client of that id from its row. What is no text says nothing, and makes no client.
fn stored(id: &str, row: &Row<'_>) -> Result<Stored, StoreError> {
    read(id, text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default())
}

/// Without a copy: each is read once, and made into something else. `None` for what is no text: SQLite
/// keeps in any column what somebody puts there.
fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, StoreError> {
    Ok(row.get_ref(column)?.as_str().ok())
}

/// A row that has no id by which it could be found.
fn nameless(row: &Row<'_>) -> Result<Listed, StoreError> {
    let id = match row.get_ref(2)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    };
    let what = format!("client {id:?}, whose id is no text, and which nothing but SQL takes out");
    Ok(Listed { id, stored: Err(StoreError::Damaged(what)) })
}

fn changed(transaction: &Transaction<'_>, id: &str) -> Result<(), Fault> {
    transaction.prepare_cached("INSERT INTO change (client) VALUES (?1)")?.execute([id])?;
    Ok(())
}

impl Store for Sqlite {
    fn client(&self, id: &str) -> Result<Option<Stored>, StoreError> {
        client(self.reader().lately()?, id)
    }

    fn clients(&self, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError> {
        const PAGE: &str = "SELECT record, secrets, id FROM client WHERE id > ?1 ORDER BY id";
        let mut reader = self.reader();
        let connection = reader.now();
        let mut statement = connection.prepare_cached(PAGE)?;
        let mut rows = statement.query([after])?;
        let (mut found, mut nameless) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            match text(row, 2)? {
                Some(_) if found.len() >= limit => break,
                Some(id) => found.push(Listed { id: id.to_owned(), stored: stored(id, row) }),
                // The next page begins after an id: these are told before it, with the page on which they
                // come after one, and once.
                None if after.is_empty() || !found.is_empty() => nameless.push(self::nameless(row)?),
                None => {}
            }
        }
        nameless.append(&mut found);
        Ok(nameless)
    }

    fn add(&self, clients: &[(ClientRecord, Option<String>)]) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO client (id, record, secrets, exchange) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        // In the order in which they lie in the file: each page is taken up once.
        let mut clients: Vec<_> = clients.iter().collect();
        clients.sort_unstable_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        // Before the file is held: whoever revokes a token meanwhile waits for it.
        let row = |(record, hash): &(ClientRecord, Option<String>)| {
            let Stored { record, secrets } = Stored::new(record.clone(), hash.clone());
            Ok((written(&record)?, written_secrets(&secrets)?, record.token_exchange, record.id))
        };
        let rows = clients.into_iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
        self.transact(CHANGE, |transaction| {
            let mut insert = transaction.prepare_cached(ADD)?;
            for (record, secrets, exchange, id) in rows {
                if insert.execute(params![id, record, secrets, exchange])? == 0 {
                    return Err(StoreError::Exists(id).into());
                }
                changed(transaction, &id)?;
            }
            Ok(())
        })
    }

    fn change(&self, id: &str, change: Change<'_>) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE client SET record = ?2, exchange = ?3 WHERE id = ?1";
        self.transact(CHANGE, |transaction| {
            let record = client(transaction, id)?.ok_or(StoreError::Missing)?.record;
            let Some(new) = changed_record(&record, change) else { return Ok(false) };
            let mut update = transaction.prepare_cached(UPDATE)?;
            update.execute(params![id, written(&new)?, new.token_exchange])?;
            changed(transaction, id)?;
            Ok(true)
        })
    }

    fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.transact(CHANGE, |transaction| {
            if transaction.prepare_cached("DELETE FROM client WHERE id = ?1")?.execute([id])? == 0 {
                return Err(StoreError::Missing.into());
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
        self.transact(CHANGE, |transaction| {
            let mut stored = client(transaction, id)?.ok_or(StoreError::Missing)?;
            let made = stored.rotate(hash.to_owned(), now, old_end);
            transaction
                .prepare_cached("UPDATE client SET secrets = ?2 WHERE id = ?1")?
                .execute(params![id, written_secrets(&stored.secrets)?])?;
            changed(transaction, id)?;
            Ok(made)
        })
    }

    fn uses(&self, ids: &[&str]) -> Result<Vec<Use>, StoreError> {
        const USES: &str = "SELECT client, number, at, address FROM use
            WHERE client IN (SELECT value FROM json_each(?1)) ORDER BY client, number";
        let mut reader = self.reader();
        let connection = reader.now();
        let mut statement = connection.prepare_cached(USES)?;
        let rows = statement.query_map([serde_json::json!(ids).to_string()], |row| {
            let from: Option<String> = row.get(3)?;
            Ok(Use {
                client: row.get(0)?,
                number: row.get(1)?,
                at: Timestamp::from_unix(row.get(2)?),
                from: from.and_then(|from| from.parse().ok()),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn note_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        const NOTE: &str = "INSERT INTO use (client, number, at, address)
            SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM client WHERE id = ?1)
            ON CONFLICT (client, number) DO UPDATE SET at = excluded.at, address = excluded.address";
        self.transact(SHORT, |transaction| {
            let mut note = transaction.prepare_cached(NOTE)?;
            for used in uses {
                let from = used.from.map(|from| from.to_string());
                note.execute(params![used.client, used.number, used.at.unix(), from])?;
            }
            Ok(())
        })
    }

    fn last_change(&self) -> Result<i64, StoreError> {
        let mut reader = self.reader();
        let connection = reader.now();
        let mut statement = connection.prepare_cached("SELECT coalesce(max(number), 0) FROM change")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn changes(&self, after: i64) -> Result<Changes, StoreError> {
        const CHANGES: &str = "SELECT number, client FROM change WHERE number > ?1 ORDER BY number LIMIT ?2";
        let mut reader = self.reader();
        let connection = reader.now();
        let (oldest, last): (i64, i64) = connection
            .prepare_cached("SELECT coalesce(min(number), 1), coalesce(max(number), 0) FROM change")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let most = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
        if !Changes::are_told(after, oldest, last) {
            return Ok(Changes { upto: last, clients: None });
        }
        let mut statement = connection.prepare_cached(CHANGES)?;
        // Whose a change is that cannot be read, nobody knows.
        let rows = statement.query_map(params![after, most], |row| {
            Ok((row.get(0)?, row.get_ref(1)?.as_str().ok().map(str::to_owned)))
        })?;
        let rows = rows.collect::<Result<Vec<(i64, Option<String>)>, _>>()?;
        let upto = rows.last().map_or(after, |(number, _)| *number);
        Ok(Changes { upto, clients: rows.into_iter().map(|(_, client)| client).collect() })
    }

    fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError> {
        const REMEMBER: &str = "INSERT INTO id (kind, digest, owner, until) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (kind, digest) DO UPDATE SET until = excluded.until, owner = excluded.owner WHERE until <= ?5";
        let Id { kind, digest, owner, until } = id;
        let values = params![kind.number(), digest, owner, until.unix(), now.unix()];
        self.writer.write(SHORT, |connection| Ok(connection.prepare_cached(REMEMBER)?.execute(values)? == 1))
    }

    fn revocations(&self, after: i64, now: Timestamp) -> Result<Revocations, StoreError> {
        const REVOCATIONS: &str = "SELECT number, digest, owner, until FROM id
            WHERE number > ?1 AND kind = ?2 AND until > ?3 ORDER BY number";
        let mut reader = self.reader();
        let connection = reader.now();
        let mut statement = connection.prepare_cached(REVOCATIONS)?;
        let kind = IdKind::Revoked;
        let id = |row: &Row<'_>| -> rusqlite::Result<Id> {
            let until = Timestamp::from_unix(row.get(3)?);
            Ok(Id { kind, digest: row.get(1)?, owner: row.get(2)?, until })
        };
        // No server has written one that cannot be read: it is no token's, and keeps back no other.
        let rows = statement
            .query_map(params![after, kind.number(), now.unix()], |row| Ok((row.get(0)?, id(row).ok())))?;
        let rows = rows.collect::<Result<Vec<(i64, Option<Id>)>, _>>()?;
        let upto = rows.last().map_or(after, |(number, _)| *number);
        Ok(Revocations { upto, ids: rows.into_iter().filter_map(|(_, id)| id).collect() })
    }

    fn text(&self, name: &str) -> Result<Versioned, StoreError> {
        let mut reader = self.reader();
        let connection = reader.now();
        let mut statement = connection.prepare_cached("SELECT version, text FROM text WHERE name = ?1")?;
        let found =
            statement.query_row([name], |row| Ok(Versioned { version: row.get(0)?, text: row.get(1)? }));
        Ok(found.optional()?.unwrap_or_default())
    }

    fn put_text(&self, name: &str, since: i64, text: &str) -> Result<bool, StoreError> {
        const PUT: &str = "INSERT INTO text (name, version, text) SELECT ?1, 1, ?3 WHERE ?2 = 0
            ON CONFLICT (name) DO NOTHING";
        const REPLACE: &str = "UPDATE text SET version = ?2 + 1, text = ?3 WHERE name = ?1 AND version = ?2";
        self.writer.write(SHORT, |connection| {
            let mut statement = connection.prepare_cached(if since == 0 { PUT } else { REPLACE })?;
            let is_put = statement.execute(params![name, since, text])? == 1;
            if is_put {
                self.reader().end();
                empty_log(connection);
            }
            Ok(is_put)
        })
    }

    fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        const CHANGES: &str = "DELETE FROM change WHERE number <= (SELECT max(number) FROM change) - ?1";
        const IDS: &str = "DELETE FROM id WHERE number IN (SELECT number FROM id WHERE until <= ?1 LIMIT ?2)";
        // Piece by piece: requests that use an id wait no longer than one takes.
        while self.transact(SHORT, |transaction| {
            Ok(transaction.prepare_cached(IDS)?.execute(params![now.unix(), PIECE])? == PIECE as usize)
        })? {}
        self.transact(SHORT, |transaction| {
            let kept = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
            transaction.prepare_cached(CHANGES)?.execute([kept])?;
            Ok(())
        })?;
        self.writer.write(SHORT, |connection| {
            empty_log(connection);
            Ok(())
        })
    }

    fn any_exchange(&self) -> Result<bool, StoreError> {
        Ok(self.reader().now().prepare_cached("SELECT 1 FROM client WHERE exchange = 1")?.exists([])?)
    }

    fn in_place(&self) -> Result<(), StoreError> {
        self.file.check(&self.path).map_err(StoreError::Unavailable)
    }

    fn cure(&self) -> String {
        self.file.cure(&self.path)
    }
}

#[cfg(test)]
mod tests;
