//! The history table.

use super::bigint::bigint;
use super::fault::PostgresError;
use crate::clock::Timestamp;
use crate::registry::store::history::{Author, HistoryEntry, KEPT, Of};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// A change within a transaction.
pub(super) struct Changed {
    /// The client. `None` for the signing keys.
    pub(super) client: Option<String>,
    /// As in [`HistoryEntry`].
    pub(super) detail: String,
}

impl Changed {
    pub(super) fn client(id: &str) -> Self {
        Self { client: Some(id.to_owned()), detail: String::new() }
    }
}

/// Adds entries, in order.
pub(super) async fn note(
    client: &Client,
    changes: &[Changed],
    Author { how, by }: &Author,
) -> Result<(), PostgresError> {
    const NOTE: &str = "INSERT INTO history (client, detail, how, author)
        SELECT client, detail, $3, $4 FROM unnest($1, $2) WITH ORDINALITY AS list (client, detail, place)
        ORDER BY place";
    let whose: Vec<Option<&str>> = changes.iter().map(|change| change.client.as_deref()).collect();
    let details: Vec<&str> = changes.iter().map(|change| change.detail.as_str()).collect();
    let values = [
        (&whose as _, Type::TEXT_ARRAY),
        (&details as _, Type::TEXT_ARRAY),
        (how as _, Type::TEXT),
        (by as _, Type::TEXT),
    ];
    client.execute_typed(NOTE, &values).await?;
    Ok(())
}

pub(super) async fn history(
    client: &Client,
    of: Of<'_>,
    after: i64,
    limit: usize,
) -> Result<Vec<HistoryEntry>, PostgresError> {
    let (whose, id) = match of {
        Of::Client(id) => ("client = $3", id),
        Of::Clients => ("client IS NOT NULL AND $3 = ''", ""),
        Of::Keys => ("client IS NULL AND $3 = ''", ""),
    };
    let select = format!(
        "SELECT number, moment, client, how, author, detail FROM history
         WHERE number > $1 AND {whose} ORDER BY number LIMIT $2"
    );
    let limit = bigint(limit);
    let values = [(&after as _, Type::INT8), (&limit as _, Type::INT8), (&id as _, Type::TEXT)];
    let mut found = Vec::new();
    for row in client.query_typed(&select, &values).await? {
        found.push(HistoryEntry {
            number: row.try_get(0)?,
            at: Timestamp::from_unix(row.try_get(1)?),
            client: row.try_get(2)?,
            how: row.try_get(3)?,
            by: row.try_get(4)?,
            detail: row.try_get(5)?,
        });
    }
    Ok(found)
}

/// Deletes old entries, in batches.
pub(super) async fn forget(client: &Client, now: Timestamp) -> Result<(), PostgresError> {
    // Ordered by number, which is also the order of time.
    const OLD: &str = "DELETE FROM history WHERE moment < $1
        AND number IN (SELECT number FROM history ORDER BY number LIMIT 10000)";
    let since = now.unix().saturating_sub(i64::try_from(KEPT.as_secs()).unwrap_or(i64::MAX));
    client.execute_typed(OLD, &[(&since, Type::INT8)]).await?;
    Ok(())
}
