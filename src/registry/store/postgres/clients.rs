//! Clients and their secrets as rows: read, locked and added many at a time.

use super::pool::Fault;
use crate::registry::record::{ClientRecord, SecretRecord, Stored};
use crate::registry::store::{StoreError, read, written};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

const SECRETS: &str = "SELECT client, number, hash, created, ends, last_used, last_from FROM secret
    WHERE client = ANY($1) ORDER BY number";

fn secret(row: &Row) -> Result<SecretRecord, tokio_postgres::Error> {
    let (last_used, last_from): (Option<i64>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    Ok(SecretRecord {
        number: row.try_get(1)?,
        hash: row.try_get(2)?,
        created: row.try_get(3)?,
        ends: row.try_get(4)?,
        last_used: last_used.map(|at| (at, last_from.unwrap_or_default())),
    })
}

/// Clients of these ids and records, each with its secrets.
pub(super) async fn with_secrets(client: &Client, rows: &[Row]) -> Result<Vec<Stored>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<&str>, _>>()?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.push(Stored { record: read(row.try_get(1)?)?, secrets: Vec::new() });
    }
    for row in client.query_typed(SECRETS, &[(&ids, Type::TEXT_ARRAY)]).await? {
        // Ids come in their order.
        if let Ok(place) = ids.binary_search(&row.try_get::<_, &str>(0)?) {
            found[place].secrets.push(secret(&row)?);
        }
    }
    Ok(found)
}

/// Locks a client's secrets in the order in which everybody locks them.
pub(super) async fn hold_secrets(client: &Client, id: &str) -> Result<(), Fault> {
    let hold = "SELECT number FROM secret WHERE client = $1 ORDER BY number FOR UPDATE";
    client.query_typed(hold, &[(&id, Type::TEXT)]).await?;
    Ok(())
}

/// Adds clients and their secrets in two statements, however many there are.
pub(super) async fn add_batch(
    client: &Client,
    batch: &[(ClientRecord, Option<String>)],
) -> Result<(), Fault> {
    const CLIENTS: &str = "INSERT INTO client (id, record, exchange)
        SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING";
    const HASHES: &str = "INSERT INTO secret (client, hash, created) SELECT client, hash, created
        FROM unnest($1, $2, $3) WITH ORDINALITY AS list (client, hash, created, place) ORDER BY place";
    let ids: Vec<&str> = batch.iter().map(|(record, _)| record.id.as_str()).collect();
    let records = batch.iter().map(|(record, _)| written(record)).collect::<Result<Vec<_>, _>>()?;
    let exchange: Vec<bool> = batch.iter().map(|(record, _)| record.token_exchange).collect();
    let added = client
        .execute_typed(
            CLIENTS,
            &[(&ids, Type::TEXT_ARRAY), (&records, Type::TEXT_ARRAY), (&exchange, Type::BOOL_ARRAY)],
        )
        .await?;
    if added != batch.len() as u64 {
        return Err(StoreError::Exists.into());
    }
    let secrets = batch.iter().filter_map(|(record, hash)| Some((record, hash.as_deref()?)));
    let owners: Vec<&str> = secrets.clone().map(|(record, _)| record.id.as_str()).collect();
    let hashes: Vec<&str> = secrets.clone().map(|(_, hash)| hash).collect();
    let created: Vec<i64> = secrets.map(|(record, _)| record.created).collect();
    client
        .execute_typed(
            HASHES,
            &[(&owners, Type::TEXT_ARRAY), (&hashes, Type::TEXT_ARRAY), (&created, Type::INT8_ARRAY)],
        )
        .await?;
    Ok(())
}
