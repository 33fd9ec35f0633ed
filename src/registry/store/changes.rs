//! The changes of a store since it was last asked, and whether it is still the same store.
//!
//! A store that is restored from a backup counts on from an earlier number, and soon passes the one that a
//! server has seen. So each change and each revocation has a random mark beside its number: where the number
//! that was seen has another mark, or none, the store went back.

use super::id::Id;

/// Changes that are named one by one; beyond these anything may have changed.
pub const MAX_CHANGES: usize = 10_000;

/// A change or a revocation that was seen: nothing before it is asked for again. 0 before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Its number.
    pub number: i64,
    /// Random, so that no other change has both.
    pub mark: i64,
}

/// Clients that have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The last change; the next question begins after it.
    pub upto: Position,
    /// Whose; `None` where there are too many, or one cannot be read, and it may be anybody.
    pub clients: Option<Vec<String>>,
    /// Whether the change that was seen last is not there any more: an earlier state was restored.
    pub went_back: bool,
}

/// Tokens that were revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    /// The last one; the next question begins after it.
    pub upto: Position,
    /// Those that matter still.
    pub ids: Vec<Id>,
    /// Whether these are all that there are: the one that was seen last is over, or is gone with a restore.
    pub anew: bool,
}

/// The changes that are there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// The number of the first.
    pub(super) oldest: i64,
    /// The last.
    pub(super) last: Position,
    /// Whether the one that was seen last is there.
    pub(super) has_seen: bool,
}

impl Extent {
    /// The answer without a look at each change; `None` where each must be listed.
    pub(super) fn answer(&self, after: Position) -> Option<Changes> {
        let most = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
        let is_any = |went_back| Some(Changes { upto: self.last, clients: None, went_back });
        if !self.has_seen {
            // Changes older than the oldest were forgotten in their turn.
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
