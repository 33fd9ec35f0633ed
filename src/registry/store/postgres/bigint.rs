//! Conversion of counts to PostgreSQL's `bigint`.

pub(super) fn bigint(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
