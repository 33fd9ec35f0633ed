//! A queue that is fair to addresses: every waiting address gets one turn before any gets a second, however
//! many connections it has.

use crate::registry::networks::group;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

/// A trusted proxy has many clients, so its connections are spread over this many lanes.
const PROXY_LANES: usize = 16;
/// Empty queues that are reused, since most lanes exist only for one request.
const SPARE: usize = 64;

/// One lane: an address (for IPv6: a /64), or a part of a trusted proxy's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct QueueLane {
    address: IpAddr,
    part: usize,
}

impl QueueLane {
    pub(super) fn of_address(address: IpAddr) -> Self {
        Self { address: group(address), part: 0 }
    }

    pub(super) fn of_proxy(address: IpAddr, slot: usize) -> Self {
        Self { address: group(address), part: 1 + slot % PROXY_LANES }
    }
}

/// Items in rounds. No lane in `lanes` is empty, and each is in `order` once.
pub(super) struct FairQueue<T> {
    lanes: HashMap<QueueLane, VecDeque<T>>,
    order: VecDeque<QueueLane>,
    spare: Vec<VecDeque<T>>,
    count: usize,
}

impl<T> FairQueue<T> {
    pub(super) fn new() -> Self {
        Self { lanes: HashMap::new(), order: VecDeque::new(), spare: Vec::new(), count: 0 }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The number of lanes with items.
    pub(super) fn lanes(&self) -> usize {
        self.order.len()
    }

    /// The number of a lane's items.
    pub(super) fn count_in(&self, lane: QueueLane) -> usize {
        self.lanes.get(&lane).map_or(0, VecDeque::len)
    }

    pub(super) fn push(&mut self, lane: QueueLane, item: T) {
        let spare = &mut self.spare;
        let items = self.lanes.entry(lane).or_insert_with(|| spare.pop().unwrap_or_default());
        if items.is_empty() {
            self.order.push_back(lane);
        }
        items.push_back(item);
        self.count += 1;
    }

    /// The next item; its lane moves to the end of the round.
    pub(super) fn pop(&mut self) -> Option<(QueueLane, T)> {
        let lane = self.order.pop_front()?;
        let items = self.lanes.get_mut(&lane)?;
        let item = items.pop_front()?;
        if items.is_empty() {
            let empty = self.lanes.remove(&lane);
            self.spare.extend(empty.filter(|_| self.spare.len() < SPARE));
        } else {
            self.order.push_back(lane);
        }
        self.count -= 1;
        Some((lane, item))
    }

    /// Drops a lane's matching items.
    pub(super) fn remove(&mut self, lane: QueueLane, matches: impl Fn(&T) -> bool) {
        let Some(items) = self.lanes.get_mut(&lane) else { return };
        let before = items.len();
        items.retain(|item| !matches(item));
        self.count -= before - items.len();
        if items.is_empty() {
            self.lanes.remove(&lane);
            self.order.retain(|other| *other != lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(text: &str) -> QueueLane {
        QueueLane::of_address(text.parse().unwrap())
    }

    fn all(rounds: &mut FairQueue<u32>) -> Vec<u32> {
        std::iter::from_fn(|| rounds.pop()).map(|(_, item)| item).collect()
    }

    #[test]
    fn every_address_has_a_turn_before_any_has_a_second() {
        let mut rounds = FairQueue::new();
        (0..5).for_each(|item| rounds.push(lane("10.0.0.1"), item));
        (10..12).for_each(|item| rounds.push(lane("2001:db8::1"), item));
        rounds.push(lane("2001:db8::2"), 12); // The same /64.
        rounds.push(lane("10.0.0.2"), 20);
        assert_eq!((rounds.count(), rounds.lanes(), rounds.count_in(lane("2001:db8::9"))), (9, 3, 3));
        assert_eq!(all(&mut rounds), [0, 10, 20, 1, 11, 2, 12, 3, 4]);
        assert!(rounds.is_empty() && rounds.lanes() == 0);
    }

    #[test]
    fn a_proxy_has_more_turns_than_one_address_and_removed_items_are_gone() {
        let proxy = |slot| QueueLane::of_proxy("10.0.0.9".parse().unwrap(), slot);
        let mut rounds = FairQueue::new();
        (0..32).for_each(|slot| rounds.push(proxy(slot), 100));
        (0..4).for_each(|item| rounds.push(lane("10.0.0.9"), item));
        let before_the_second: Vec<u32> =
            all(&mut rounds).into_iter().take_while(|item| *item != 1).collect();
        assert_eq!(before_the_second.len(), 16 + 1 + 16);
        (0..4).for_each(|item| rounds.push(lane("10.0.0.1"), item));
        rounds.remove(lane("10.0.0.1"), |item| item % 2 == 0);
        rounds.remove(lane("10.0.0.2"), |_| true);
        assert_eq!((rounds.count(), all(&mut rounds)), (2, vec![1, 3]));
        rounds.push(lane("10.0.0.1"), 5);
        rounds.remove(lane("10.0.0.1"), |_| true);
        assert!(rounds.is_empty() && rounds.pop().is_none());
    }
}
