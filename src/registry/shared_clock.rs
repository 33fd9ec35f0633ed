//! The clock of a store, shared by all its users. It continues from the state saved by the last server, so a
//! restart forgets no jump and commands use the same time as the server.

use super::store::{Store, StoreError, Versioned};
use crate::clock::Moment;
use crate::clock::shared::{ClockQuery, Mark, SharedClock};

/// The name of the text in the store.
const NAME: &str = "clock";
/// Number of tries to get an answer that is fast enough to be precise.
const ATTEMPTS: usize = 3;

/// The clock of a store, as of now.
///
/// # Errors
/// If the store is unavailable.
pub fn open(store: &dyn Store) -> Result<SharedClock, StoreError> {
    let mark = mark(&store.text(NAME)?);
    let mut of_store = query(store)?;
    for _ in 1..ATTEMPTS {
        if of_store.is_none_or(|(asked, _)| asked.is_quick()) {
            break;
        }
        of_store = query(store)?;
    }
    Ok(SharedClock::start(of_store, mark.as_ref()))
}

fn query(store: &dyn Store) -> Result<Option<(ClockQuery, Moment)>, StoreError> {
    let sent = ClockQuery::now();
    Ok(store.clock()?.map(|moment| (sent, moment)))
}

/// Reads the store's clock, if it has one. A test's clock stays as it is.
///
/// # Errors
/// If the store is unavailable.
pub fn read(store: &dyn Store, clock: &SharedClock) -> Result<(), StoreError> {
    if clock.is_movable() {
        return Ok(());
    }
    if let Some((asked, moment)) = query(store)? {
        clock.read_store(asked, moment);
    }
    Ok(())
}

/// Saves the clock in the store for commands, other nodes and the next start. If several nodes do so at once,
/// one succeeds. A test's clock is not saved.
///
/// # Errors
/// If the store is unavailable or refuses the write.
pub fn leave(store: &dyn Store, clock: &SharedClock) -> Result<(), StoreError> {
    if clock.is_movable() {
        return Ok(());
    }
    let found = store.text(NAME)?;
    let mark = clock.mark(mark(&found).as_ref());
    let text = serde_json::to_string(&mark).map_err(|error| StoreError::Damaged(error.to_string()))?;
    if store.put_text(NAME, found.version, &text)? {
        clock.left(&mark);
    }
    Ok(())
}

/// Accepts a jump if it was accepted on another node. Returns whether it was.
///
/// # Errors
/// If the store is unavailable.
pub fn follow(store: &dyn Store, clock: &SharedClock) -> Result<bool, StoreError> {
    if clock.is_settled() {
        return Ok(false);
    }
    Ok(mark(&store.text(NAME)?).is_some_and(|mark| clock.follow(&mark)))
}

/// An unreadable text is ignored, like a missing one.
fn mark(found: &Versioned) -> Option<Mark> {
    serde_json::from_str(&found.text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::store::memory::MemoryStore;

    #[test]
    fn what_one_node_is_told_of_a_jump_the_others_take_over_and_of_no_other_jump() {
        let store = MemoryStore::default();
        let nodes: [SharedClock; 3] = std::array::from_fn(|_| SharedClock::start(at(0), None));
        let jump = |node: &SharedClock, by| at(by).map(|(asked, moment)| node.read_store(asked, moment));
        let [one, other, third] = &nodes;
        for (node, by) in [(one, 7_200_000), (other, 7_200_000), (third, 3_600_000)] {
            jump(node, by);
            assert!(!node.is_settled() && !follow(&store, node).unwrap());
        }
        assert!(one.accept() && one.is_accepted());
        leave(&store, one).unwrap();
        assert!(!one.is_accepted(), "it is left once");
        leave(&store, third).unwrap();
        assert!(follow(&store, other).unwrap() && other.is_settled());
        assert!(!follow(&store, third).unwrap() && !third.is_settled());
        assert_eq!(one.now(), other.now());
        jump(one, 10_800_000);
        assert!(!follow(&store, one).unwrap(), "the next jump is another");
    }

    /// An answer of a clock that is `ahead` milliseconds ahead.
    fn at(ahead: i64) -> Option<(ClockQuery, Moment)> {
        Some((ClockQuery::now(), Moment::from_millis(Moment::now().millis() + ahead)))
    }

    #[test]
    fn what_is_left_in_a_store_is_taken_up_and_what_cannot_be_read_is_nothing() {
        let store = MemoryStore::default();
        leave(&store, &open(&store).unwrap()).unwrap();
        leave(&store, &open(&store).unwrap()).unwrap();
        let found = store.text(NAME).unwrap();
        assert_eq!(found.version, 2);
        let left = mark(&found).unwrap();
        let far = Moment::from_millis(Moment::now().millis() + 7_200_000);
        let other = SharedClock::start(Some((ClockQuery::now(), far)), Some(&left));
        assert!(!other.is_settled(), "it is held to what is left there");
        assert!(store.put_text(NAME, 2, "hunter2").unwrap());
        assert!(open(&store).unwrap().is_settled());
    }
}
