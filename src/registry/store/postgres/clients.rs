//! Client rows, each with its secrets: reading, and adding in batches.

use super::bigint::bigint;
use super::fault::PostgresError;
use crate::registry::record::StoredClient;
use crate::registry::store::history::after_prefix;
use crate::registry::store::row::{ClientRow, read};
use crate::registry::store::{ClientTrait, Listed, StoreError};
use std::collections::HashSet;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// Parses a client row: record, secrets and digest.
pub(super) fn stored(id: &str, row: &Row) -> Result<StoredClient, PostgresError> {
    Ok(read(id, row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)?)
}

/// Parses a list row, in which the ID is the last column.
fn listed(row: &Row) -> Result<Listed, PostgresError> {
    let id: &str = row.try_get(3)?;
    Ok(Listed { id: id.to_owned(), stored: read(id, row.try_get(0)?, row.try_get(1)?, row.try_get(2)?) })
}

/// A page of clients with that ID prefix after an ID, in the order of their IDs.
pub(super) async fn page(
    client: &Client,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Listed>, PostgresError> {
    const PAGE: &str = "SELECT record, secrets, digest, id FROM client
        WHERE id > $1 AND id >= $2 AND ($3 IS NULL OR id < $3) ORDER BY id LIMIT $4";
    let (end, limit) = (after_prefix(prefix), bigint(limit));
    let limits = [
        (&after as _, Type::TEXT),
        (&prefix as _, Type::TEXT),
        (&end as _, Type::TEXT),
        (&limit as _, Type::INT8),
    ];
    client.query_typed(PAGE, &limits).await?.iter().map(listed).collect()
}

/// Up to `limit` clients with a trait, in the order of their IDs.
pub(super) async fn with_trait(
    client: &Client,
    of: ClientTrait,
    limit: usize,
) -> Result<Vec<Listed>, PostgresError> {
    let select =
        format!("SELECT record, secrets, digest, id FROM client WHERE {} ORDER BY id LIMIT $1", of.column());
    let limit = bigint(limit);
    client.query_typed(&select, &[(&limit as _, Type::INT8)]).await?.iter().map(listed).collect()
}

/// A client, locked until the transaction ends.
pub(super) async fn held(client: &Client, id: &str) -> Result<StoredClient, PostgresError> {
    let hold = "SELECT record, secrets, digest FROM client WHERE id = $1 FOR UPDATE";
    let row = client.query_typed_opt(hold, &[(&id, Type::TEXT)]).await?;
    stored(id, &row.ok_or(StoreError::Missing)?)
}

/// Replaces the client with the same ID.
pub(super) async fn put(client: &Client, new: &StoredClient) -> Result<(), PostgresError> {
    const UPDATE: &str = "UPDATE client SET record = $2, secrets = $3, digest = $4, exchange = $5,
        secret_jwt = $6, certificate = $7, federated = $8 WHERE id = $1";
    let [exchange, secret_jwt, certificate, federated] = ClientTrait::ALL.map(|one| one.is_of(&new.record));
    let ClientRow { record, secrets, digest } = ClientRow::of(new)?;
    let values = [
        (&new.record.id as _, Type::TEXT),
        (&record as _, Type::TEXT),
        (&secrets as _, Type::TEXT),
        (&&digest[..] as _, Type::BYTEA),
        (&exchange as _, Type::BOOL),
        (&secret_jwt as _, Type::BOOL),
        (&certificate as _, Type::BOOL),
        (&federated as _, Type::BOOL),
    ];
    client.execute_typed(UPDATE, &values).await?;
    Ok(())
}

/// Adds any number of clients in one statement; all or none.
pub(super) async fn add_batch(client: &Client, batch: &[StoredClient]) -> Result<(), PostgresError> {
    const ADD: &str =
        "INSERT INTO client (id, record, secrets, digest, exchange, secret_jwt, certificate, federated)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id";
    let ids: Vec<&str> = batch.iter().map(|stored| stored.record.id.as_str()).collect();
    let rows = batch.iter().map(ClientRow::of).collect::<Result<Vec<_>, _>>()?;
    let records: Vec<&str> = rows.iter().map(|row| row.record.as_str()).collect();
    let secrets: Vec<&str> = rows.iter().map(|row| row.secrets.as_str()).collect();
    let digests: Vec<&[u8]> = rows.iter().map(|row| &row.digest[..]).collect();
    let [exchange, secret_jwt, certificate, federated] = ClientTrait::ALL
        .map(|one| batch.iter().map(|stored| one.is_of(&stored.record)).collect::<Vec<bool>>());
    let values = [
        (&ids as _, Type::TEXT_ARRAY),
        (&records as _, Type::TEXT_ARRAY),
        (&secrets as _, Type::TEXT_ARRAY),
        (&digests as _, Type::BYTEA_ARRAY),
        (&exchange as _, Type::BOOL_ARRAY),
        (&secret_jwt as _, Type::BOOL_ARRAY),
        (&certificate as _, Type::BOOL_ARRAY),
        (&federated as _, Type::BOOL_ARRAY),
    ];
    let rows = client.query_typed(ADD, &values).await?;
    if rows.len() == batch.len() {
        return Ok(());
    }
    let mut added = rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<&str>, _>>()?;
    // Of an ID that occurs twice in the batch, the second one is missing.
    let refused = ids.into_iter().find(|id| !added.remove(id)).unwrap_or_default();
    Err(StoreError::Exists(refused.to_owned()).into())
}
