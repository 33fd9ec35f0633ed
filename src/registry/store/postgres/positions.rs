//! Positions of a reader in the changes and the revocations.

use super::fault::PostgresError;
use crate::registry::store::Position;
use crate::registry::store::changes::Extent;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

/// The number and mark of a row, in its first two columns.
pub(super) fn position(row: &Row) -> Result<Position, tokio_postgres::Error> {
    Ok(Position { number: row.try_get(0)?, mark: row.try_get(1)? })
}

/// A position as parameters of a statement.
pub(super) fn values(position: &Position) -> [(&(dyn ToSql + Sync), Type); 2] {
    [(&position.number, Type::INT8), (&position.mark, Type::INT8)]
}

/// The range of the stored changes, for a reader at `seen`.
pub(super) async fn extent(client: &Client, seen: Position) -> Result<Extent, PostgresError> {
    const EXTENT: &str = "SELECT coalesce((SELECT max(number) FROM change), 0),
        coalesce((SELECT mark FROM change ORDER BY number DESC LIMIT 1), 0),
        coalesce((SELECT min(number) FROM change), 1),
        $1 = 0 OR EXISTS (SELECT FROM change WHERE number = $1 AND mark = $2)";
    let row = client.query_typed_one(EXTENT, &values(&seen)).await?;
    Ok(Extent { last: position(&row)?, oldest: row.try_get(2)?, has_seen: row.try_get(3)? })
}
