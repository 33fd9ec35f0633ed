//! `sqlite:PATH`, the default: a file that a server and any number of commands use at once (WAL). Each change
//! is on disk before the call returns.

pub(super) mod copies;
mod file;
mod history;
mod reader;
mod rows;
mod schema;
mod writer;

use super::history::{Author, HistoryEntry, Of, Signed, changed_members};
use super::private_file::{FileId, private_file};
use super::row::{ClientRow, altered_text, changed_client, is_whole, text_digest};
use super::{
    Changes, ClientChange, ClientTrait, Id, IdKind, Listed, MAX_CHANGES, OpenMode, Position, Revocations,
    Store, StoreError, Use, Versioned,
};
use crate::clock::Timestamp;
use crate::os_error::plain;
use crate::registry::record::{SecretRecord, StoredClient};
use file::examine;
use reader::ReadConnection;
use rows::{changed, client, extent, position, put, stored, text};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use schema::{MAY_WRITE, SchemaError, empty_log, prepare};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use writer::{CHANGE, SHORT, WriteConnection, WriteError};

/// Number of IDs deleted in one transaction.
const PIECE: u32 = 1_000;

#[derive(Debug)]
pub struct Sqlite {
    /// Separate, so that readers do not wait for a writer's disk access.
    reader: Mutex<ReadConnection>,
    writer: WriteConnection,
    path: PathBuf,
    /// The identity of the file when it was opened.
    file: FileId,
    signed: Signed,
}

/// An opened store, and notes about its file.
#[derive(Debug)]
pub struct OpenedSqlite {
    pub store: Sqlite,
    /// Problems with the file's permissions.
    pub warnings: Vec<String>,
    /// Whether it was just created.
    pub made: bool,
}

impl Sqlite {
    /// Opens the file. Creates it and its folder if necessary, readable only by the owner.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if it cannot be opened, belongs to another program or has a newer schema;
    /// [`StoreError::Damaged`] if the file is damaged; [`StoreError::Unavailable`] if it is locked or the
    /// disk fails.
    pub fn open(path: &Path) -> Result<OpenedSqlite, StoreError> {
        Self::open_to(path, OpenMode::Make)
    }

    /// Like [`Sqlite::open`], but creates or changes tables only as far as `opening` allows.
    ///
    /// # Errors
    /// As for [`Sqlite::open`]; and [`StoreError::NoStore`], [`StoreError::Older`].
    pub fn open_to(path: &Path, opening: OpenMode) -> Result<OpenedSqlite, StoreError> {
        let unusable = |why: String| StoreError::Unusable { why, cure: MAY_WRITE }.at(&path.display());
        examine(path).map_err(StoreError::Damaged)?;
        if opening != OpenMode::Make && !path.try_exists().unwrap_or(true) {
            return Err(StoreError::NoStore);
        }
        let warnings = private_file(path, opening).map_err(&unusable)?;
        let open = || -> Result<(Connection, bool), SchemaError> {
            let mut flags = OpenFlags::default();
            flags.set(OpenFlags::SQLITE_OPEN_CREATE, opening == OpenMode::Make);
            let mut connection = Connection::open_with_flags(path, flags)?;
            let made = prepare(&mut connection, opening)?;
            Ok((connection, made))
        };
        let open = || open().map_err(|error| StoreError::from(error).at(&path.display()));
        // Before opening, so that a file replaced in between is detected.
        let file = FileId::at(path).map_err(|error| unusable(plain(&error)))?;
        let ((writer, made), (reader, _)) = (open()?, open()?);
        let (writer, reader) = (WriteConnection::new(writer), Mutex::new(ReadConnection::new(reader)));
        let store = Self { writer, reader, path: path.to_owned(), file, signed: Signed::default() };
        Ok(OpenedSqlite { store, warnings, made })
    }

    fn reader(&self) -> MutexGuard<'_, ReadConnection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change as a whole, or not at all.
    fn transact<T>(
        &self,
        within: Duration,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, WriteError>,
    ) -> Result<T, StoreError> {
        let done = self.writer.transact(within, work)?;
        // The next reader here sees the change.
        self.reader().end();
        Ok(done)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

impl Store for Sqlite {
    fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError> {
        client(self.reader().lately()?, id)
    }

    fn clients_beginning(&self, prefix: &str, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError> {
        const PAGE: &str =
            "SELECT record, secrets, id, digest FROM client WHERE id > ?1 AND id >= ?2 ORDER BY id";
        let mut reader = self.reader();
        let connection = reader.now();
        let mut statement = connection.prepare_cached(PAGE)?;
        let mut rows = statement.query([after, prefix])?;
        let (mut found, mut nameless) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            match text(row, 2)? {
                Some(id) if found.len() >= limit || !id.starts_with(prefix) => break,
                Some(id) => found.push(Listed { id: id.to_owned(), stored: stored(id, row, 3) }),
                // Rows without a text ID sort after all IDs. The next page starts after an ID, so they are
                // listed before the clients, with the page that reaches them, and only once.
                None if prefix.is_empty() && (after.is_empty() || !found.is_empty()) => {
                    nameless.push(rows::nameless(row)?)
                }
                None => {}
            }
        }
        nameless.append(&mut found);
        Ok(nameless)
    }

    fn add_stored(&self, clients: &[StoredClient]) -> Result<(), StoreError> {
        // In the order of the file, so that each page is read once.
        let mut clients: Vec<_> = clients.iter().collect();
        clients.sort_unstable_by(|one, other| one.record.id.cmp(&other.record.id));
        // Before taking the lock, because a concurrent revocation waits for it.
        let row = |stored: &'_ StoredClient| Ok((ClientRow::of(stored)?, stored.record.clone()));
        let rows = clients.into_iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
        let author = self.signed.author();
        self.transact(CHANGE, |transaction| {
            for (row, record) in rows {
                if !rows::insert(transaction, row, &record)? {
                    return Err(StoreError::Exists(record.id).into());
                }
                changed(transaction, &record.id, &author, "")?;
            }
            Ok(())
        })
    }

    fn change_client(&self, id: &str, change: ClientChange<'_>) -> Result<bool, StoreError> {
        self.transact(CHANGE, |transaction| {
            let before = client(transaction, id)?.ok_or(StoreError::Missing)?;
            let Some(after) = changed_client(&before, change) else { return Ok(false) };
            let detail = changed_members(&before, &after);
            put(transaction, &after)?;
            changed(transaction, id, &self.signed.author(), &detail)?;
            Ok(true)
        })
    }

    fn remove(&self, id: &str) -> Result<(), StoreError> {
        self.transact(CHANGE, |transaction| {
            if transaction.prepare_cached("DELETE FROM client WHERE id = ?1")?.execute([id])? == 0 {
                return Err(StoreError::Missing.into());
            }
            changed(transaction, id, &self.signed.author(), "")
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
            put(transaction, &stored)?;
            changed(transaction, id, &self.signed.author(), "")?;
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

    fn last_change(&self) -> Result<Position, StoreError> {
        Ok(extent(self.reader().now(), Position::default())?.last)
    }

    fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        const CHANGES: &str =
            "SELECT number, mark, client FROM change WHERE number > ?1 ORDER BY number LIMIT ?2";
        let mut reader = self.reader();
        let connection = reader.now();
        if let Some(answer) = extent(connection, after)?.answer(after) {
            return Ok(answer);
        }
        let most = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(CHANGES)?;
        // The client of an unreadable change is unknown.
        let rows = statement.query_map(params![after.number, most], |row| {
            Ok((position(row)?, row.get_ref(2)?.as_str().ok().map(str::to_owned)))
        })?;
        let rows = rows.collect::<Result<Vec<(Position, Option<String>)>, _>>()?;
        let upto = rows.last().map_or(after, |(position, _)| *position);
        let clients = rows.into_iter().map(|(_, client)| client).collect();
        Ok(Changes { upto, clients, went_back: false })
    }

    fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError> {
        const REMEMBER: &str = "INSERT INTO id (kind, digest, owner, until, mark) VALUES (?1, ?2, ?3, ?4, random())
            ON CONFLICT (kind, digest) DO UPDATE SET until = excluded.until, owner = excluded.owner WHERE until <= ?5";
        let Id { kind, digest, owner, until } = id;
        let values = params![kind.number(), digest, owner, until.unix(), now.unix()];
        self.writer.write(SHORT, |connection| Ok(connection.prepare_cached(REMEMBER)?.execute(values)? == 1))
    }

    fn revocations(&self, after: Position, now: Timestamp) -> Result<Revocations, StoreError> {
        const HAS_SEEN: &str = "SELECT ?1 = 0 OR EXISTS (SELECT 1 FROM id WHERE number = ?1 AND mark = ?2)";
        const REVOCATIONS: &str = "SELECT number, mark, digest, owner, until FROM id
            WHERE number > ?1 AND kind = ?2 AND until > ?3 ORDER BY number";
        let mut reader = self.reader();
        let connection = reader.now();
        let mut has_seen = connection.prepare_cached(HAS_SEEN)?;
        let has_seen: bool = has_seen.query_row([after.number, after.mark], |row| row.get(0))?;
        let from = if has_seen { after } else { Position::default() };
        let mut statement = connection.prepare_cached(REVOCATIONS)?;
        let kind = IdKind::Revoked;
        let id = |row: &Row<'_>| -> rusqlite::Result<Id> {
            let until = Timestamp::from_unix(row.get(4)?);
            Ok(Id { kind, digest: row.get(2)?, owner: row.get(3)?, until })
        };
        // No server has written an unreadable row: it belongs to no token and must not hide others.
        let rows = statement.query_map(params![from.number, kind.number(), now.unix()], |row| {
            Ok((position(row)?, id(row).ok()))
        })?;
        let rows = rows.collect::<Result<Vec<(Position, Option<Id>)>, _>>()?;
        let upto = rows.last().map_or(from, |(position, _)| *position);
        let ids = rows.into_iter().filter_map(|(_, id)| id).collect();
        Ok(Revocations { upto, ids, anew: !has_seen })
    }

    fn text(&self, name: &str) -> Result<Versioned, StoreError> {
        const TEXT: &str = "SELECT version, text, digest FROM text WHERE name = ?1";
        let mut reader = self.reader();
        let connection = reader.now();
        let mut statement = connection.prepare_cached(TEXT)?;
        let found = statement.query_row([name], |row| {
            let found = Versioned { version: row.get(0)?, text: row.get(1)? };
            Ok((found, row.get::<_, Option<Vec<u8>>>(2)?))
        });
        let Some((found, digest)) = found.optional()? else { return Ok(Versioned::default()) };
        let whole = is_whole(digest.as_deref(), || text_digest(name, found.version, &found.text));
        if whole { Ok(found) } else { Err(altered_text(name)) }
    }

    fn put_text_noting(&self, name: &str, since: i64, text: &str, detail: &str) -> Result<bool, StoreError> {
        const PUT: &str = "INSERT INTO text (name, version, text, digest) SELECT ?1, 1, ?3, ?4 WHERE ?2 = 0
            ON CONFLICT (name) DO NOTHING";
        const REPLACE: &str =
            "UPDATE text SET version = ?2 + 1, text = ?3, digest = ?4 WHERE name = ?1 AND version = ?2";
        let digest = text_digest(name, since.saturating_add(1), text);
        self.writer.write(SHORT, |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let sql = if since == 0 { PUT } else { REPLACE };
            let is_put = transaction.prepare_cached(sql)?.execute(params![name, since, text, digest])? == 1;
            if is_put && !detail.is_empty() {
                history::note(&transaction, None, &self.signed.author(), detail)?;
            }
            transaction.commit()?;
            if is_put {
                self.reader().end();
                empty_log(connection);
            }
            Ok(is_put)
        })
    }

    fn history(&self, of: Of<'_>, after: i64, limit: usize) -> Result<Vec<HistoryEntry>, StoreError> {
        history::history(self.reader().now(), of, after, limit)
    }

    fn sign(&self, author: Author) {
        self.signed.set(author);
    }

    fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        const CHANGES: &str = "DELETE FROM change WHERE number <= (SELECT max(number) FROM change) - ?1";
        const IDS: &str = "DELETE FROM id WHERE number IN (SELECT number FROM id WHERE until <= ?1 LIMIT ?2)";
        // In batches, so that requests wait no longer than for one batch.
        while self.transact(SHORT, |transaction| {
            Ok(transaction.prepare_cached(IDS)?.execute(params![now.unix(), PIECE])? == PIECE as usize)
        })? {}
        self.transact(SHORT, |transaction| {
            let kept = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
            transaction.prepare_cached(CHANGES)?.execute([kept])?;
            Ok(())
        })?;
        while self.transact(SHORT, |transaction| history::forget(transaction, now, PIECE))? {}
        self.writer.write(SHORT, |connection| {
            empty_log(connection);
            Ok(())
        })
    }

    fn any(&self, of: ClientTrait) -> Result<bool, StoreError> {
        let select = format!("SELECT 1 FROM client WHERE {} = 1", of.column());
        Ok(self.reader().now().prepare_cached(&select)?.exists([])?)
    }

    fn clients_with(&self, of: ClientTrait, limit: usize) -> Result<Vec<Listed>, StoreError> {
        rows::clients_with(self.reader().now(), of, limit)
    }

    fn back_up(&self, file: &Path) -> Result<(), StoreError> {
        copies::copy_into(&self.path, file)
    }

    fn restore(&self, file: &Path, replaces: bool) -> Result<bool, StoreError> {
        self.writer.write(CHANGE, |connection| {
            let done = copies::take_over(connection, file, replaces)?;
            self.reader().end();
            empty_log(connection);
            Ok(done)
        })
    }

    /// Damaged pages, and indexes that do not match their tables.
    fn faults(&self) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader();
        let mut statement = reader.now().prepare("PRAGMA integrity_check(10)")?;
        let found = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    fn close(&self) {
        self.reader().close();
        self.writer.close();
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
