//! The tables, version by version, and how a file is used: whose it is, and what every connection to it is
//! told first.

use rusqlite::{Connection, TransactionBehavior};
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

/// Why a file is not ours to use.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaError {
    #[error("it was written by a newer heistctl (schema {found}, this one knows {known}): use that one")]
    Newer { found: i64, known: i64 },
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

pub(super) fn prepare(connection: &mut Connection) -> Result<(), SchemaError> {
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

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
