//! The history table.

use super::writer::WriteError;
use crate::clock::Timestamp;
use crate::registry::store::StoreError;
use crate::registry::store::history::{Author, HistoryEntry, KEPT, Of};
use rusqlite::{Connection, Row, params};

/// Adds an entry for a client or for the signing keys.
pub(super) fn note(
    connection: &Connection,
    client: Option<&str>,
    Author { how, by }: &Author,
    detail: &str,
) -> Result<(), WriteError> {
    const NOTE: &str = "INSERT INTO history (at, client, how, author, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = connection.prepare_cached(NOTE)?;
    insert.execute(params![Timestamp::now().unix(), client, how, by, detail])?;
    Ok(())
}

pub(super) fn history(
    connection: &Connection,
    of: Of<'_>,
    after: i64,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StoreError> {
    const ALL: &str = "SELECT number, at, client, how, author, detail FROM history
        WHERE number > ?2 AND (client IS NULL) = ?1 ORDER BY number LIMIT ?3";
    const ONE: &str = "SELECT number, at, client, how, author, detail FROM history
        WHERE client = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let entry = |row: &Row<'_>| -> rusqlite::Result<HistoryEntry> {
        let at = Timestamp::from_unix(row.get(1)?);
        let (client, how, by, detail) = (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
        Ok(HistoryEntry { number: row.get(0)?, at, client, how, by, detail })
    };
    let mut statement = connection.prepare_cached(if matches!(of, Of::Client(_)) { ONE } else { ALL })?;
    let rows = match of {
        Of::Client(id) => statement.query_map(params![id, after, limit], entry)?,
        Of::Clients | Of::Keys => statement.query_map(params![of == Of::Keys, after, limit], entry)?,
    };
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Deletes old entries, in batches. Returns true if there may be more.
pub(super) fn forget(connection: &Connection, now: Timestamp, most: u32) -> Result<bool, WriteError> {
    // Ordered by number, which is also the order of time: stops at the first entry to keep.
    const OLD: &str =
        "DELETE FROM history WHERE number IN (SELECT number FROM history ORDER BY number LIMIT ?2)
        AND at < ?1";
    let kept = i64::try_from(KEPT.as_secs()).unwrap_or(i64::MAX);
    let since = now.unix().saturating_sub(kept);
    Ok(connection.prepare_cached(OLD)?.execute(params![since, most])? == most as usize)
}
