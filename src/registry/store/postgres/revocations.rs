//! The revocations, which are the IDs of kind 0.

use super::fault::PostgresError;
use super::positions::{position, values};
use crate::clock::Timestamp;
use crate::registry::store::{Id, IdKind, Position, Revocations, StoreError};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// The unexpired ones after a position. All of them, if the position is not there.
pub(super) async fn after(
    client: &Client,
    after: Position,
    now: Timestamp,
) -> Result<Revocations, PostgresError> {
    const HAS_SEEN: &str =
        "SELECT $1 = 0 OR EXISTS (SELECT FROM id WHERE kind = 0 AND number = $1 AND mark = $2)";
    const REVOCATIONS: &str = "SELECT number, mark, digest, owner, until FROM id
        WHERE kind = 0 AND number > $1 AND until > $2 ORDER BY number";
    let seen = client.query_typed_one(HAS_SEEN, &values(&after)).await?;
    let from = if seen.try_get(0)? { after } else { Position::default() };
    let now = now.unix();
    let values = [(&from.number as _, Type::INT8), (&now as _, Type::INT8)];
    let rows = client.query_typed(REVOCATIONS, &values).await?;
    let upto = rows.last().map_or(Ok(from), position)?;
    let mut ids = Vec::with_capacity(rows.len());
    for row in &rows {
        let digest = row.try_get::<_, &[u8]>(2)?.try_into();
        let digest =
            digest.map_err(|_| StoreError::Damaged("a revocation's digest has a wrong length".to_owned()))?;
        let until = Timestamp::from_unix(row.try_get(4)?);
        ids.push(Id { kind: IdKind::Revoked, digest, owner: row.try_get(3)?, until });
    }
    Ok(Revocations { upto, ids, anew: from != after })
}
