//! Reads and writes table rows, and classifies errors of SQLite.

use super::history;
use super::writer::WriteError;
use crate::registry::record::{ClientRecord, StoredClient};
use crate::registry::store::changes::Extent;
use crate::registry::store::history::Author;
use crate::registry::store::row::{ClientRow, read};
use crate::registry::store::{ClientTrait, Listed, Position, StoreError};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction, params};

impl From<rusqlite::Error> for StoreError {
    /// A value of the wrong type means that the store is available but damaged.
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

pub(super) fn client(connection: &Connection, id: &str) -> Result<Option<StoredClient>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT record, secrets, digest FROM client WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    stored(id, row, 2).map(Some)
}

/// Parses a client row; `digest` is the column of its digest. A value that is not text is damaged.
pub(super) fn stored(id: &str, row: &Row<'_>, digest: usize) -> Result<StoredClient, StoreError> {
    let (record, secrets) = (text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default());
    read(id, record, secrets, digest_at(row, digest)?)
}

/// The digest of a row. Empty if the column has another type; no valid digest is empty.
fn digest_at<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a [u8]>, StoreError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        other => Some(other.as_blob().unwrap_or_default()),
    })
}

/// Borrowed, because each value is read once and converted. `None` if it is not text: SQLite columns accept
/// any type.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, StoreError> {
    Ok(row.get_ref(column)?.as_str().ok())
}

/// A row without a usable ID.
pub(super) fn nameless(row: &Row<'_>) -> Result<Listed, StoreError> {
    let id = match row.get_ref(2)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    };
    let what = format!("client {id:?} has an id that is not text; only SQL can remove it");
    Ok(Listed { id, stored: Err(StoreError::Damaged(what)) })
}

/// Records that a client has changed, for other processes and the history.
pub(super) fn changed(
    transaction: &Transaction<'_>,
    id: &str,
    author: &Author,
    detail: &str,
) -> Result<(), WriteError> {
    transaction.prepare_cached("INSERT INTO change (client, mark) VALUES (?1, random())")?.execute([id])?;
    history::note(transaction, Some(id), author, detail)
}

/// The number and mark of a row, in its first two columns.
pub(super) fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    Ok(Position { number: row.get(0)?, mark: row.get(1)? })
}

/// The range of the stored changes, for a reader at `seen`.
pub(super) fn extent(connection: &Connection, seen: Position) -> Result<Extent, StoreError> {
    const EXTENT: &str = "SELECT coalesce((SELECT max(number) FROM change), 0),
        coalesce((SELECT mark FROM change ORDER BY number DESC LIMIT 1), 0),
        coalesce((SELECT min(number) FROM change), 1),
        ?1 = 0 OR EXISTS (SELECT 1 FROM change WHERE number = ?1 AND mark = ?2)";
    let mut statement = connection.prepare_cached(EXTENT)?;
    Ok(statement.query_row([seen.number, seen.mark], |row| {
        Ok(Extent { last: position(row)?, oldest: row.get(2)?, has_seen: row.get(3)? })
    })?)
}

/// Adds a client. Returns false if its ID is taken.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    row: ClientRow,
    new: &ClientRecord,
) -> Result<bool, WriteError> {
    const ADD: &str =
        "INSERT INTO client (id, record, secrets, digest, exchange, secret_jwt, certificate, federated)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    let [exchange, secret_jwt, certificate, federated] = ClientTrait::ALL.map(|one| one.is_of(new));
    let ClientRow { record, secrets, digest } = row;
    let values = params![new.id, record, secrets, digest, exchange, secret_jwt, certificate, federated];
    Ok(transaction.prepare_cached(ADD)?.execute(values)? == 1)
}

/// Replaces the client with the same ID.
pub(super) fn put(transaction: &Transaction<'_>, stored: &StoredClient) -> Result<(), WriteError> {
    const UPDATE: &str = "UPDATE client SET record = ?2, secrets = ?3, digest = ?4, exchange = ?5,
        secret_jwt = ?6, certificate = ?7, federated = ?8 WHERE id = ?1";
    let (ClientRow { record, secrets, digest }, new) = (ClientRow::of(stored)?, &stored.record);
    let [exchange, secret_jwt, certificate, federated] = ClientTrait::ALL.map(|one| one.is_of(new));
    let values = params![new.id, record, secrets, digest, exchange, secret_jwt, certificate, federated];
    transaction.prepare_cached(UPDATE)?.execute(values)?;
    Ok(())
}

/// Up to `limit` clients with a trait, in the order of their IDs.
pub(super) fn clients_with(
    connection: &Connection,
    of: ClientTrait,
    limit: usize,
) -> Result<Vec<Listed>, StoreError> {
    let select = format!(
        "SELECT record, secrets, id, digest FROM client WHERE {} = 1 ORDER BY id LIMIT ?1",
        of.column()
    );
    let mut statement = connection.prepare_cached(&select)?;
    let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(match text(row, 2)? {
            Some(id) => Listed { id: id.to_owned(), stored: stored(id, row, 3) },
            None => nameless(row)?,
        });
    }
    Ok(found)
}
