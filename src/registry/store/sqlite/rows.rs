//! Rows of the tables: read, and written; and what an error of SQLite means.

use super::history;
use super::writer::WriteError;
use crate::registry::record::StoredClient;
use crate::registry::store::changes::Extent;
use crate::registry::store::history::Author;
use crate::registry::store::row::{ClientRow, read};
use crate::registry::store::{Listed, Position, StoreError};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction, params};

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

pub(super) fn client(connection: &Connection, id: &str) -> Result<Option<StoredClient>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT record, secrets, digest FROM client WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    stored(id, row, 2).map(Some)
}

/// A client of that id from its row, where its digest stands in that column. What is no text says nothing,
/// and makes no client.
pub(super) fn stored(id: &str, row: &Row<'_>, digest: usize) -> Result<StoredClient, StoreError> {
    let (record, secrets) = (text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default());
    read(id, record, secrets, digest_at(row, digest)?)
}

/// The digest of a row; an empty one, which no row has, where there is something else.
fn digest_at<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a [u8]>, StoreError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        other => Some(other.as_blob().unwrap_or_default()),
    })
}

/// Without a copy: each is read once, and made into something else. `None` for what is no text: SQLite
/// keeps in any column what somebody puts there.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, StoreError> {
    Ok(row.get_ref(column)?.as_str().ok())
}

/// A row that has no id by which it could be found.
pub(super) fn nameless(row: &Row<'_>) -> Result<Listed, StoreError> {
    let id = match row.get_ref(2)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    };
    let what = format!("client {id:?}, whose id is no text, and which nothing but SQL takes out");
    Ok(Listed { id, stored: Err(StoreError::Damaged(what)) })
}

/// Tells others that a client has changed, and puts it on record.
pub(super) fn changed(
    transaction: &Transaction<'_>,
    id: &str,
    author: &Author,
    detail: &str,
) -> Result<(), WriteError> {
    transaction.prepare_cached("INSERT INTO change (client, mark) VALUES (?1, random())")?.execute([id])?;
    history::note(transaction, Some(id), author, detail)
}

/// A row's number and mark, which stand first.
pub(super) fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    Ok(Position { number: row.get(0)?, mark: row.get(1)? })
}

/// The changes that are there, where somebody has seen that one.
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

/// Puts a client in the place of the one of its id.
pub(super) fn put(transaction: &Transaction<'_>, stored: &StoredClient) -> Result<(), WriteError> {
    const UPDATE: &str =
        "UPDATE client SET record = ?2, secrets = ?3, exchange = ?4, digest = ?5 WHERE id = ?1";
    let (ClientRow { record, secrets, digest }, new) = (ClientRow::of(stored)?, &stored.record);
    let values = params![new.id, record, secrets, new.token_exchange, digest];
    transaction.prepare_cached(UPDATE)?.execute(values)?;
    Ok(())
}
