//! Creates and migrates the tables, checks that the file is ours, and configures each connection.

use crate::registry::expiring_set::IdDigest;
use crate::registry::store::row::joined_digest;
use crate::registry::store::{OpenMode, RUN_NEWER, StoreError};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use std::time::{Duration, Instant};

/// How long one writer waits for another.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How long a finished change waits for readers of the previous state.
const SHORT_PATIENCE: Duration = Duration::from_millis(200);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(5);

/// Page cache of each connection, in KiB: all inner pages of a million clients, so that a lookup reads one
/// page from the system.
const CACHE: i64 = 6 * 1024;

/// The additions of each schema version. A higher version belongs to a newer program. A client and its
/// secrets are in one row, so a token request needs one lookup.
const MIGRATIONS: [&str; 5] = [VERSION_ONE, VERSION_TWO, VERSION_THREE, VERSION_FOUR, VERSION_FIVE];

/// Clients, their uses and changes, IDs, texts.
pub(super) const VERSION_ONE: &str = "
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
";

/// Digests that detect altered rows, and marks that detect a restored store.
const VERSION_TWO: &str = "
    ALTER TABLE client ADD COLUMN digest BLOB;
    ALTER TABLE text ADD COLUMN digest BLOB;
    ALTER TABLE change ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE id ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
    UPDATE client SET digest = digest_of(record, secrets, id);
    UPDATE text SET digest = digest_of(name, version, text);
    UPDATE change SET mark = random();
    UPDATE id SET mark = random();
";

/// The history of changes. Entries of the signing keys have no client.
const VERSION_THREE: &str = "
    CREATE TABLE history (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        client TEXT,
        how TEXT NOT NULL,
        author TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX history_client ON history (client);
";

/// Clients that sign with their secrets or have certificates. An older program would ignore what restricts
/// them.
const VERSION_FOUR: &str = "
    ALTER TABLE client ADD COLUMN secret_jwt INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE client ADD COLUMN certificate INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX client_secret_jwt ON client (secret_jwt) WHERE secret_jwt = 1;
    CREATE INDEX client_certificate ON client (certificate) WHERE certificate = 1;
";

/// Clients that are known by tokens of trusted issuers, which a server searches without an id.
const VERSION_FIVE: &str = "
    ALTER TABLE client ADD COLUMN federated INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX client_federated ON client (federated) WHERE federated = 1;
";

/// The application ID that marks our files: `heis` as a number.
const APPLICATION: i64 = 0x6865_6973;
/// The identification of a file, read in one statement because another process may be creating the tables.
/// Files without the application ID are recognized by their tables.
const FOUND: &str = "SELECT user_version, application_id,
        (SELECT count(*) = 0 FROM sqlite_schema),
        (SELECT count(*) = 5 FROM sqlite_schema
            WHERE type = 'table' AND name IN ('client', 'use', 'change', 'id', 'text'))
    FROM pragma_user_version, pragma_application_id";

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaError {
    #[error("there is no store")]
    NoStore,
    #[error("it has schema {found}, and this heistctl uses schema {known}")]
    Older { found: i64, known: i64 },
    #[error("it is the database of another program, and was not changed")]
    Foreign,
    #[error("it was written by a newer heistctl (schema {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// The hint for a file that cannot be opened.
pub(super) const MAY_WRITE: &str = "is the path right, and may you write there? --store names another";

impl From<SchemaError> for StoreError {
    /// Only a lock or a disk error may be temporary.
    fn from(error: SchemaError) -> Self {
        use ErrorCode::{
            DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, SystemIoFailure,
        };
        let why = error.to_string();
        let cure = match error {
            SchemaError::NoStore => return Self::NoStore,
            SchemaError::Older { found, known } => return Self::Older { found, known },
            SchemaError::Foreign => "--store must name a file of its own, which is created if missing",
            SchemaError::Newer { .. } => RUN_NEWER,
            SchemaError::Sqlite(error) => match error.sqlite_error_code() {
                Some(DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure) => {
                    return Self::Unavailable(why);
                }
                Some(DatabaseCorrupt | NotADatabase) => {
                    return Self::Damaged(format!("{why}; restore a backup"));
                }
                _ => MAY_WRITE,
            },
        };
        Self::Unusable { why, cure }
    }
}

/// Configures a connection. Returns whether the tables were created.
pub(super) fn prepare(connection: &mut Connection, opening: OpenMode) -> Result<bool, SchemaError> {
    connection.busy_timeout(PATIENCE)?;
    // First, so that another program's file stays unchanged.
    let found = SchemaState::of(connection)?;
    match opening {
        OpenMode::Existing | OpenMode::Look if found.version == 0 => return Err(SchemaError::NoStore),
        OpenMode::Look if found.version < known() => {
            return Err(SchemaError::Older { found: found.version, known: known() });
        }
        OpenMode::Look => {
            connection.pragma_update(None, "query_only", true)?;
            return Ok(false);
        }
        OpenMode::Make | OpenMode::Existing => {}
    }
    keep_a_log(connection)?;
    // An acknowledged change survives a power failure.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    // Deleted content is overwritten, because it includes private keys.
    connection.pragma_update(None, "secure_delete", true)?;
    // A start without pending migrations does not wait for the disk.
    if found.is_done() { Ok(false) } else { migrate(connection) }
}

/// Migrates the tables. Returns whether there were none.
pub(super) fn migrate(connection: &mut Connection) -> Result<bool, SchemaError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let found = SchemaState::of(&transaction)?;
    transaction.create_scalar_function("digest_of", 3, FunctionFlags::SQLITE_DETERMINISTIC, digest_of)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found.version).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known())?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.commit()?;
    Ok(found.version == 0)
}

/// The digest of three texts, as in rows. NULL if an argument is not text.
fn digest_of(context: &Context<'_>) -> rusqlite::Result<Option<IdDigest>> {
    let part = |at: usize| match context.get_raw(at) {
        ValueRef::Integer(number) => Some(number.to_string()),
        other => other.as_str().ok().map(str::to_owned),
    };
    Ok(part(0).zip(part(1)).zip(part(2)).map(|((one, two), three)| joined_digest([&one, &two, &three])))
}

/// Switching a new file to WAL needs exclusive access, for which SQLite does not wait. Without a retry, all
/// but one of several concurrent openers would fail.
fn keep_a_log(connection: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

/// Empties the log, which may still hold overwritten content such as a private key that is now sealed. Does
/// not wait for readers; the next purge tries again. The change itself is already done.
pub(super) fn empty_log(connection: &Connection) {
    let _ = connection.busy_timeout(SHORT_PATIENCE);
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

/// The state of a file that is ours or new.
struct SchemaState {
    version: i64,
    is_marked: bool,
}

impl SchemaState {
    fn of(connection: &Connection) -> Result<Self, SchemaError> {
        let (version, application, is_blank, has_our_tables) = connection
            .query_row(FOUND, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        match application {
            APPLICATION if version > known() => Err(SchemaError::Newer { found: version, known: known() }),
            APPLICATION => Ok(Self { version, is_marked: true }),
            0 if is_blank => Ok(Self { version: 0, is_marked: false }),
            0 if version == 1 && has_our_tables => Ok(Self { version, is_marked: false }),
            _ => Err(SchemaError::Foreign),
        }
    }

    fn is_done(&self) -> bool {
        self.is_marked && self.version == known()
    }
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}
