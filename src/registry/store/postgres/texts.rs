//! Texts that are replaced as a whole.

use super::fault::PostgresError;
use crate::registry::store::Versioned;
use crate::registry::store::row::{altered_text, is_whole, text_digest};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

pub(super) async fn text(client: &Client, name: &str) -> Result<Versioned, PostgresError> {
    let select = "SELECT version, text, digest FROM text WHERE name = $1";
    let Some(row) = client.query_typed_opt(select, &[(&name, Type::TEXT)]).await? else {
        return Ok(Versioned::default());
    };
    let found = Versioned { version: row.try_get(0)?, text: row.try_get(1)? };
    let whole = is_whole(row.try_get(2)?, || text_digest(name, found.version, &found.text));
    if whole { Ok(found) } else { Err(altered_text(name).into()) }
}

/// Replaces a text, unless it has changed since that version.
pub(super) async fn put(client: &Client, name: &str, since: i64, text: &str) -> Result<bool, PostgresError> {
    const PUT: &str = "INSERT INTO text (name, version, text, digest) VALUES ($1, $2 + 1, $3, $4)
        ON CONFLICT (name) DO NOTHING";
    const REPLACE: &str =
        "UPDATE text SET version = $2 + 1, text = $3, digest = $4 WHERE name = $1 AND version = $2";
    let digest = text_digest(name, since.saturating_add(1), text);
    let values = [
        (&name as _, Type::TEXT),
        (&since as _, Type::INT8),
        (&text as _, Type::TEXT),
        (&&digest[..] as _, Type::BYTEA),
    ];
    Ok(client.execute_typed(if since == 0 { PUT } else { REPLACE }, &values).await? == 1)
}
