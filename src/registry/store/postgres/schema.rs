//! Creates and migrates the tables. If several nodes start at once, one of them does so and the others wait.

use super::fault::PostgresError;
use crate::registry::store::{OpenMode, RUN_NEWER, StoreError};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// The additions of each schema version. A higher version belongs to a newer program. IDs are compared by
/// bytes, whatever the database's collation.
const MIGRATIONS: [&str; 5] = [VERSION_ONE, VERSION_TWO, VERSION_THREE, VERSION_FOUR, VERSION_FIVE];

/// Clients, their uses and changes, IDs, texts.
pub(super) const VERSION_ONE: &str = r#"
    CREATE TABLE client (
        id TEXT COLLATE "C" PRIMARY KEY,
        record TEXT NOT NULL,
        secrets TEXT NOT NULL,
        exchange BOOLEAN NOT NULL
    );
    CREATE INDEX client_exchange ON client (exchange) WHERE exchange;
    CREATE TABLE use (
        client TEXT COLLATE "C" NOT NULL REFERENCES client (id) ON DELETE CASCADE,
        number BIGINT NOT NULL,
        moment BIGINT NOT NULL,
        place TEXT,
        PRIMARY KEY (client, number)
    );
    CREATE TABLE change (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        client TEXT COLLATE "C" NOT NULL
    );
    CREATE TABLE id (
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        kind BIGINT NOT NULL,
        digest BYTEA NOT NULL,
        owner TEXT NOT NULL,
        until BIGINT NOT NULL,
        PRIMARY KEY (kind, digest)
    );
    CREATE INDEX id_until ON id (until);
    CREATE INDEX id_revoked ON id (number) WHERE kind = 0;
    CREATE TABLE text (
        name TEXT COLLATE "C" PRIMARY KEY,
        version BIGINT NOT NULL,
        text TEXT NOT NULL
    );
"#;

/// Digests that detect altered rows, and marks that detect a restored store.
const VERSION_TWO: &str = r#"
    ALTER TABLE client ADD COLUMN digest BYTEA;
    ALTER TABLE text ADD COLUMN digest BYTEA;
    ALTER TABLE change ADD COLUMN mark BIGINT NOT NULL DEFAULT (random() * 9007199254740991)::bigint;
    ALTER TABLE id ADD COLUMN mark BIGINT NOT NULL DEFAULT (random() * 9007199254740991)::bigint;
    UPDATE client SET digest = sha256(convert_to(record, 'UTF8') || '\x00'::bytea
        || convert_to(secrets, 'UTF8') || '\x00'::bytea || convert_to(id, 'UTF8'));
    UPDATE text SET digest = sha256(convert_to(name, 'UTF8') || '\x00'::bytea
        || convert_to(version::text, 'UTF8') || '\x00'::bytea || convert_to(text, 'UTF8'));
"#;

/// The history of changes. Entries of the signing keys have no client.
const VERSION_THREE: &str = r#"
    CREATE TABLE history (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        moment BIGINT NOT NULL DEFAULT floor(extract(epoch FROM now()))::bigint,
        client TEXT COLLATE "C",
        how TEXT NOT NULL,
        author TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX history_client ON history (client);
"#;

/// Clients that sign with their secrets or have certificates. An older program would ignore what restricts
/// them.
const VERSION_FOUR: &str = "
    ALTER TABLE client ADD COLUMN secret_jwt BOOLEAN NOT NULL DEFAULT false;
    ALTER TABLE client ADD COLUMN certificate BOOLEAN NOT NULL DEFAULT false;
    CREATE INDEX client_secret_jwt ON client (secret_jwt) WHERE secret_jwt;
    CREATE INDEX client_certificate ON client (certificate) WHERE certificate;
";

/// Clients that are known by tokens of trusted issuers, which a server searches without an id.
const VERSION_FIVE: &str = "
    ALTER TABLE client ADD COLUMN federated BOOLEAN NOT NULL DEFAULT false;
    CREATE INDEX client_federated ON client (federated) WHERE federated;
";

/// The lock for creating and changing tables: `heistsql` as a number. Released with the transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7522534697188159852)";
const MADE: &str = "CREATE TABLE IF NOT EXISTS heistctl_schema (
    version BIGINT PRIMARY KEY,
    made TIMESTAMPTZ NOT NULL DEFAULT now()
)";

/// Creates missing tables as far as `opening` allows. Returns whether there were none. A user without
/// permission to create tables can use existing ones.
///
/// # Errors
/// If the tables have a newer schema, cannot be created or may not be created.
pub(super) async fn prepare(client: &Client, opening: OpenMode) -> Result<bool, PostgresError> {
    let there = missing(client).await?;
    match (opening, there.first()) {
        (_, None) => Ok(false),
        (OpenMode::Existing | OpenMode::Look, Some((1, _))) => Err(StoreError::NoStore.into()),
        (OpenMode::Look, Some((next, _))) => {
            Err(StoreError::Older { found: next - 1, known: known() }.into())
        }
        (OpenMode::Make | OpenMode::Existing, Some((next, _))) => {
            let are_there = *next > 1;
            bring_up_to_date(client).await.map_err(|fault| fault.while_preparing(are_there))
        }
    }
}

/// Creates missing tables. Returns whether there were none.
async fn bring_up_to_date(client: &Client) -> Result<bool, PostgresError> {
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    client.batch_execute(LOCK).await?;
    client.batch_execute(MADE).await?;
    // Another node may have been faster.
    let missing = missing(client).await?;
    let made = missing.first().is_some_and(|(version, _)| *version == 1);
    for (version, migration) in missing {
        client.batch_execute(migration).await?;
        let insert = "INSERT INTO heistctl_schema (version) VALUES ($1)";
        client.execute_typed(insert, &[(&version, Type::INT8)]).await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(made)
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The missing schema versions.
async fn missing(client: &Client) -> Result<Vec<(i64, &'static str)>, PostgresError> {
    let there = client.query_typed_one("SELECT to_regclass('heistctl_schema') IS NOT NULL", &[]).await?;
    let found: i64 = if there.try_get(0)? {
        let last = "SELECT coalesce(max(version), 0) FROM heistctl_schema";
        client.query_typed_one(last, &[]).await?.try_get(0)?
    } else {
        0
    };
    let known = known();
    if found > known {
        let why = format!("it was written by a newer heistctl (schema {found}, this one knows {known})");
        return Err(PostgresError::Refused(StoreError::Unusable { why, cure: RUN_NEWER }));
    }
    Ok((1..).zip(MIGRATIONS).filter(|(version, _)| *version > found).collect())
}
