//! Who is connected: how many in all and from each address, and who has been idle longest, who makes
//! room when there is none. A connection is idle until its request is complete, and again while it is
//! slow to take the answer, so that one that drips counts as what it is.

use crate::registry::networks::group;
use lru::LruCache;
use std::collections::HashMap;
use std::net::IpAddr;

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub connections: usize,
    /// From one address (of IPv6: from one /64).
    pub per_address: usize,
}

/// Whether a newcomer gets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is room.
    Free,
    /// There is none.
    Full {
        /// The limit that is reached.
        limit: &'static str,
        /// Who makes room; nobody where all are busy.
        longest_idle: Option<usize>,
    },
}

impl Room {
    /// True where there is none and all are busy.
    pub(super) const fn is_taken(self) -> bool {
        matches!(self, Self::Full { longest_idle: None, .. })
    }
}

pub(super) struct Crowd {
    limits: Limits,
    /// Those who are there, by address; the addresses of trusted proxies are not counted.
    by_address: HashMap<IpAddr, Vec<usize>>,
    /// Those who are idle, and since which event, longest first to go.
    idle: LruCache<usize, u64>,
    count: usize,
    events: u64,
}

impl Crowd {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, by_address: HashMap::new(), idle: LruCache::unbounded(), count: 0, events: 0 }
    }

    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Whether one more may come from that address; `None` for one whose connections are not counted.
    pub(super) fn room(&self, address: Option<IpAddr>) -> Room {
        let same = address.and_then(|address| self.by_address.get(&group(address)));
        if let Some(same) = same.filter(|same| same.len() >= self.limits.per_address) {
            let idle = same.iter().filter_map(|slot| self.idle.peek(slot).map(|since| (*since, *slot)));
            let longest_idle = idle.min().map(|(_, slot)| slot);
            return Room::Full { limit: "connections_per_address", longest_idle };
        }
        if self.count < self.limits.connections {
            return Room::Free;
        }
        Room::Full { limit: "connections", longest_idle: self.idle.peek_lru().map(|(slot, _)| *slot) }
    }

    pub(super) fn arrive(&mut self, slot: usize, address: Option<IpAddr>) {
        self.count += 1;
        if let Some(address) = address {
            self.by_address.entry(group(address)).or_default().push(slot);
        }
        self.falls_idle(slot);
    }

    pub(super) fn leave(&mut self, slot: usize, address: Option<IpAddr>) {
        self.count = self.count.saturating_sub(1);
        self.idle.pop(&slot);
        let Some(address) = address.map(group) else { return };
        if let Some(same) = self.by_address.get_mut(&address) {
            same.retain(|other| *other != slot);
            if same.is_empty() {
                self.by_address.remove(&address);
            }
        }
    }

    pub(super) fn gets_busy(&mut self, slot: usize) {
        self.idle.pop(&slot);
    }

    pub(super) fn falls_idle(&mut self, slot: usize) {
        self.events += 1;
        self.idle.put(slot, self.events);
    }

    pub(super) fn is_idle(&self, slot: usize) -> bool {
        self.idle.contains(&slot)
    }

    /// Those who are idle, longest first.
    pub(super) fn idle_longest(&self) -> impl Iterator<Item = usize> {
        self.idle.iter().rev().map(|(slot, _)| *slot)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn idle_count(&self) -> usize {
        self.idle.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some([10, 0, 0, last].into())
    }

    fn of_address(longest_idle: Option<usize>) -> Room {
        Room::Full { limit: "connections_per_address", longest_idle }
    }

    fn of_all(slot: usize) -> Room {
        Room::Full { limit: "connections", longest_idle: Some(slot) }
    }

    #[test]
    fn the_longest_idle_of_the_full_set_makes_room() {
        let mut crowd = Crowd::new(Limits { connections: 4, per_address: 2 });
        for (slot, from) in [(0, 1), (1, 2), (2, 2)] {
            assert_eq!(crowd.room(address(from)), Room::Free);
            crowd.arrive(slot, address(from));
        }
        // Its address is full, and the other connections of all are not asked.
        assert_eq!(crowd.room(address(2)), of_address(Some(1)));
        crowd.gets_busy(1);
        assert_eq!(crowd.room(address(2)), of_address(Some(2)));
        crowd.gets_busy(2);
        assert_eq!(crowd.room(address(2)), of_address(None));
        crowd.falls_idle(1);
        assert_eq!(crowd.room(address(2)), of_address(Some(1)));
        crowd.arrive(3, address(3));
        assert_eq!(crowd.room(address(4)), of_all(0));
        crowd.leave(0, address(1));
        assert_eq!(crowd.room(address(4)), Room::Free);
        assert_eq!((crowd.count(), crowd.idle_count()), (3, 2));
        assert_eq!(crowd.idle_longest().collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn what_a_trusted_proxy_brings_counts_only_in_all() {
        let mut crowd = Crowd::new(Limits { connections: 3, per_address: 1 });
        for slot in 0..3 {
            assert_eq!(crowd.room(None), Room::Free);
            crowd.arrive(slot, None);
        }
        assert_eq!(crowd.room(None), of_all(0));
    }
}
