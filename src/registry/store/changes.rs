//! The changes of a store since the last query, and a check that it is still the same store.
//!
//! A store restored from a backup continues from an earlier number and soon passes the one that a server has
//! seen. So each change and revocation has a random mark beside its number. If the seen number has another
//! mark, or is missing, the store was restored.

use super::id::Id;

/// Limit of changes that are listed individually. Beyond it, any client may have changed.
pub const MAX_CHANGES: usize = 10_000;

/// The position of a change or revocation; later queries start after it. Number 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub number: i64,
    /// Random, so that no other change has the same number and mark.
    pub mark: i64,
}

/// Changed clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The last change. The next query starts after it.
    pub upto: Position,
    /// The changed clients. `None` if any client may have changed: there are too many, or one cannot be read.
    pub clients: Option<Vec<String>>,
    /// Whether the last seen change is missing: an earlier state was restored.
    pub went_back: bool,
}

/// Revoked tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    /// The last revocation. The next query starts after it.
    pub upto: Position,
    /// The unexpired ones.
    pub ids: Vec<Id>,
    /// Whether these are all revocations, because the last seen one has expired or was lost in a restore.
    pub anew: bool,
}

/// The range of the stored changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// The number of the first one.
    pub(super) oldest: i64,
    /// The last one.
    pub(super) last: Position,
    /// Whether the last seen change is stored.
    pub(super) has_seen: bool,
}

impl Extent {
    /// The answer, if it does not depend on the individual changes. `None` if they must be listed.
    pub(super) fn answer(&self, after: Position) -> Option<Changes> {
        let most = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
        let is_any = |went_back| Some(Changes { upto: self.last, clients: None, went_back });
        if !self.has_seen {
            // Changes before the oldest were deleted regularly.
            return is_any(after.number >= self.oldest);
        }
        if after.number.saturating_add(1) < self.oldest || self.last.number - after.number > most {
            return is_any(false);
        }
        let unchanged = Changes { upto: after, clients: Some(Vec::new()), went_back: false };
        (self.last.number == after.number).then_some(unchanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_went_back_where_the_change_that_was_seen_is_not_there_although_it_should_be() {
        let seen = |number| Position { number, mark: 7 };
        let extent = |oldest, last, has_seen| Extent { oldest, last: seen(last), has_seen };
        let answer = |extent: Extent, after| extent.answer(seen(after)).map(|it| (it.clients, it.went_back));
        assert_eq!(answer(extent(1, 5, true), 5), Some((Some(Vec::new()), false)));
        assert_eq!(answer(extent(1, 5, true), 4), None, "each is told");
        assert_eq!(answer(extent(1, 5, false), 5), Some((None, true)), "the same number, another change");
        assert_eq!(answer(extent(1, 9, false), 5), Some((None, true)), "it has passed the number");
        assert_eq!(answer(extent(1, 3, false), 5), Some((None, true)));
        assert_eq!(answer(extent(8, 12, false), 5), Some((None, false)), "it was forgotten");
        assert_eq!(answer(extent(3, 12_000, true), 3), Some((None, false)), "too many");
        assert_eq!(answer(extent(3, 4, true), 0), Some((None, false)), "the first are forgotten");
    }
}
