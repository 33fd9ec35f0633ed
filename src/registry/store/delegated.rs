//! Forwards the calls of a wrapper to its inner store: used by [`super::delayed`] and, in tests, by a failing
//! store.

/// Calls `self.$before("query")`, which returns the inner store or an error, and forwards the query.
macro_rules! delegated {
    ($before:ident) => {
        delegated! { $before:
            client(id: &str) -> Option<$crate::registry::record::StoredClient>;
            clients_beginning(prefix: &str, after: &str, limit: usize) -> Vec<$crate::registry::store::Listed>;
            add_stored(clients: &[$crate::registry::record::StoredClient]) -> ();
            change_client(id: &str, change: $crate::registry::store::ClientChange<'_>) -> bool;
            remove(id: &str) -> ();
            rotate(
                id: &str,
                hash: &str,
                now: $crate::clock::Timestamp,
                old_end: $crate::clock::Timestamp
            ) -> $crate::registry::record::SecretRecord;
            uses(ids: &[&str]) -> Vec<$crate::registry::store::Use>;
            note_uses(uses: &[$crate::registry::store::Use]) -> ();
            last_change() -> $crate::registry::store::Position;
            changes(after: $crate::registry::store::Position) -> $crate::registry::store::Changes;
            remember(id: &$crate::registry::store::Id, now: $crate::clock::Timestamp) -> bool;
            revocations(
                after: $crate::registry::store::Position,
                now: $crate::clock::Timestamp
            ) -> $crate::registry::store::Revocations;
            text(name: &str) -> $crate::registry::store::Versioned;
            put_text_noting(name: &str, since: i64, text: &str, detail: &str) -> bool;
            history(
                of: $crate::registry::store::history::Of<'_>,
                after: i64,
                limit: usize
            ) -> Vec<$crate::registry::store::history::HistoryEntry>;
            purge(now: $crate::clock::Timestamp) -> ();
            any(of: $crate::registry::store::ClientTrait) -> bool;
            clients_with(
                of: $crate::registry::store::ClientTrait,
                limit: usize
            ) -> Vec<$crate::registry::store::Listed>;
        }
    };
    ($before:ident: $($name:ident($($value:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($value: $kind),*) -> Result<$answer, $crate::registry::store::StoreError> {
            self.$before(stringify!($name))?.$name($($value),*)
        })*
    };
}
pub(super) use delegated;
