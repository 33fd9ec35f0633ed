//! Clients as rows, each with its secrets: read, and added many at a time.

use super::pool::Fault;
use crate::registry::record::{ClientRecord, Stored};
use crate::registry::store::{Listed, StoreError, read, written, written_secrets};
use std::collections::HashSet;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// A client of that id from its row: record and secrets.
pub(super) fn stored(id: &str, row: &Row) -> Result<Stored, Fault> {
    Ok(read(id, row.try_get(0)?, row.try_get(1)?)?)
}

/// A client of a list from its row, where the id stands last.
pub(super) fn listed(row: &Row) -> Result<Listed, Fault> {
    let id: &str = row.try_get(2)?;
    Ok(Listed { id: id.to_owned(), stored: read(id, row.try_get(0)?, row.try_get(1)?) })
}

/// A client that nobody else changes until the transaction ends.
pub(super) async fn held(client: &Client, id: &str) -> Result<Stored, Fault> {
    let hold = "SELECT record, secrets FROM client WHERE id = $1 FOR UPDATE";
    let row = client.query_typed_opt(hold, &[(&id, Type::TEXT)]).await?;
    stored(id, &row.ok_or(StoreError::Missing)?)
}

/// Adds clients in one statement, however many there are; all or none.
pub(super) async fn add_batch(
    client: &Client,
    batch: &[(ClientRecord, Option<String>)],
) -> Result<(), Fault> {
    const ADD: &str = "INSERT INTO client (id, record, secrets, exchange)
        SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id";
    let ids: Vec<&str> = batch.iter().map(|(record, _)| record.id.as_str()).collect();
    let records = batch.iter().map(|(record, _)| written(record)).collect::<Result<Vec<_>, _>>()?;
    let secrets = |(record, hash): &(ClientRecord, Option<String>)| {
        written_secrets(&Stored::new(record.clone(), hash.clone()).secrets)
    };
    let secrets = batch.iter().map(secrets).collect::<Result<Vec<_>, _>>()?;
    let exchange: Vec<bool> = batch.iter().map(|(record, _)| record.token_exchange).collect();
    let values = [
        (&ids as _, Type::TEXT_ARRAY),
        (&records as _, Type::TEXT_ARRAY),
        (&secrets as _, Type::TEXT_ARRAY),
        (&exchange as _, Type::BOOL_ARRAY),
    ];
    let rows = client.query_typed(ADD, &values).await?;
    if rows.len() == batch.len() {
        return Ok(());
    }
    let mut added = rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<&str>, _>>()?;
    // Of one that stands in the batch twice the second is missing.
    let refused = ids.into_iter().find(|id| !added.remove(id)).unwrap_or_default();
    Err(StoreError::Exists(refused.to_owned()).into())
}
