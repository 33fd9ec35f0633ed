//! The number of connections, in total and per address. The longest-idle connection is closed first. A
//! connection counts as idle until its request is complete, and while it is slow to read the answer, so
//! that a slow client cannot lock others out.

use crate::registry::networks::group;
use lru::LruCache;
use slab::Slab;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

/// An address may exceed its fair share by a few connections. Otherwise, among many addresses with one or
/// two connections, those with two would be closed first, however busy they are.
const TOLERANCE: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The total.
    pub connections: usize,
    /// Per address (for IPv6: per /64).
    pub per_address: usize,
}

/// Whether a new connection is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is room.
    Free,
    /// There is no room.
    Full {
        /// The limit that was reached.
        limit: &'static str,
        /// The connection to close; `None` if all are busy.
        longest_idle: Option<usize>,
    },
}

impl Room {
    /// Whether there is no room and all are busy.
    pub(super) const fn is_taken(self) -> bool {
        matches!(self, Self::Full { longest_idle: None, .. })
    }
}

/// The connections of one address.
struct Group {
    address: IpAddr,
    count: usize,
    /// The idle ones, by the event at which they became idle.
    idle: BTreeMap<u64, usize>,
}

impl Group {
    fn longest_idle(&self) -> Option<usize> {
        self.idle.first_key_value().map(|(_, slot)| *slot)
    }
}

pub(super) struct ConnectionTable {
    limits: ConnectionLimits,
    /// Without trusted proxies.
    groups: Slab<Group>,
    by_address: HashMap<IpAddr, usize>,
    /// The number of connections of each group, with the group's index.
    by_count: BTreeSet<(usize, usize)>,
    /// The group of each connection, by slot.
    group_of: Vec<Option<usize>>,
    /// The idle connections with the event at which they became idle, longest first.
    idle: LruCache<usize, u64>,
    count: usize,
    events: u64,
}

impl ConnectionTable {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            groups: Slab::new(),
            by_address: HashMap::new(),
            by_count: BTreeSet::new(),
            group_of: Vec::new(),
            idle: LruCache::unbounded(),
            count: 0,
            events: 0,
        }
    }

    pub(super) fn set_limits(&mut self, limits: ConnectionLimits) {
        self.limits = limits;
    }

    /// Whether another connection from that address is accepted; `None` for one whose connections do not
    /// count.
    pub(super) fn room(&self, address: Option<IpAddr>) -> Room {
        let number = address.and_then(|address| self.by_address.get(&group(address)));
        let same = number.and_then(|number| self.groups.get(*number));
        if let Some(same) = same.filter(|same| same.count >= self.limits.per_address) {
            return Room::Full { limit: "connections_per_address", longest_idle: same.longest_idle() };
        }
        if self.count < self.limits.connections {
            return Room::Free;
        }
        Room::Full { limit: "connections", longest_idle: self.makes_room() }
    }

    /// The connection to close for a new one: the longest-idle of the largest address, if that exceeds its
    /// fair share; otherwise the longest-idle of all.
    pub(super) fn makes_room(&self) -> Option<usize> {
        let fair = self.limits.connections / self.groups.len().max(1);
        let greedy = self.by_count.iter().rev().take_while(|(count, _)| *count > fair + TOLERANCE);
        let mut longest = greedy.filter_map(|(_, number)| self.groups.get(*number)?.longest_idle());
        longest.next().or_else(|| self.idle_longest().next())
    }

    pub(super) fn arrive(&mut self, slot: usize, address: Option<IpAddr>) {
        let number = address.map(|address| self.group_number(group(address)));
        self.count += 1;
        self.group_of.resize(self.group_of.len().max(slot + 1), None);
        self.group_of[slot] = number;
        number.into_iter().for_each(|number| self.recount(number, |count| count + 1));
        self.falls_idle(slot);
    }

    pub(super) fn leave(&mut self, slot: usize) {
        self.gets_busy(slot);
        self.count = self.count.saturating_sub(1);
        let number = self.group_of.get_mut(slot).and_then(Option::take);
        number.into_iter().for_each(|number| self.recount(number, |count| count.saturating_sub(1)));
    }

    fn group_number(&mut self, address: IpAddr) -> usize {
        let groups = &mut self.groups;
        let new = || groups.insert(Group { address, count: 0, idle: BTreeMap::new() });
        *self.by_address.entry(address).or_insert_with(new)
    }

    fn recount(&mut self, number: usize, change: impl FnOnce(usize) -> usize) {
        let Some(group) = self.groups.get_mut(number) else { return };
        self.by_count.remove(&(group.count, number));
        group.count = change(group.count);
        if group.count > 0 {
            self.by_count.insert((group.count, number));
        } else {
            let Group { address, .. } = self.groups.remove(number);
            self.by_address.remove(&address);
        }
    }

    pub(super) fn gets_busy(&mut self, slot: usize) {
        let since = self.idle.pop(&slot);
        if let Some((since, group)) = since.zip(self.group(slot)) {
            group.idle.remove(&since);
        }
    }

    pub(super) fn falls_idle(&mut self, slot: usize) {
        self.gets_busy(slot);
        self.events += 1;
        let since = self.events;
        self.idle.put(slot, since);
        if let Some(group) = self.group(slot) {
            group.idle.insert(since, slot);
        }
    }

    fn group(&mut self, slot: usize) -> Option<&mut Group> {
        let number = self.group_of.get(slot).copied().flatten()?;
        self.groups.get_mut(number)
    }

    pub(super) fn is_idle(&self, slot: usize) -> bool {
        self.idle.contains(&slot)
    }

    /// The idle connections, longest first.
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
        let mut crowd = ConnectionTable::new(ConnectionLimits { connections: 4, per_address: 2 });
        for (slot, from) in [(0, 1), (1, 2), (2, 2)] {
            assert_eq!(crowd.room(address(from)), Room::Free);
            crowd.arrive(slot, address(from));
        }
        // Its address is full, so connections of other addresses do not matter.
        assert_eq!(crowd.room(address(2)), of_address(Some(1)));
        crowd.gets_busy(1);
        assert_eq!(crowd.room(address(2)), of_address(Some(2)));
        crowd.gets_busy(2);
        assert_eq!(crowd.room(address(2)), of_address(None));
        crowd.falls_idle(1);
        assert_eq!(crowd.room(address(2)), of_address(Some(1)));
        crowd.arrive(3, address(3));
        assert_eq!(crowd.room(address(4)), of_all(0));
        crowd.leave(0);
        assert_eq!(crowd.room(address(4)), Room::Free);
        assert_eq!((crowd.count(), crowd.idle_count()), (3, 2));
        assert_eq!(crowd.idle_longest().collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn an_address_with_more_than_its_part_makes_room_for_others() {
        let mut crowd = ConnectionTable::new(ConnectionLimits { connections: 100, per_address: 90 });
        for slot in 0..20 {
            crowd.arrive(slot, address(1));
        }
        for slot in 20..100 {
            crowd.arrive(slot, address(2));
        }
        assert_eq!(
            crowd.room(address(3)),
            of_all(20),
            "the first address has been idle longer, but has its part"
        );
        crowd.falls_idle(20);
        assert_eq!(crowd.room(address(1)), of_all(21));
        for slot in 20..100 {
            crowd.gets_busy(slot);
        }
        assert_eq!(crowd.room(address(3)), of_all(0), "the other ones are busy");
        crowd.falls_idle(99);
        assert_eq!(crowd.room(address(3)), of_all(99));
    }

    #[test]
    fn where_all_have_about_as_many_the_longest_idle_makes_room() {
        let mut crowd = ConnectionTable::new(ConnectionLimits { connections: 30, per_address: 10 });
        for slot in 0..30 {
            crowd.arrive(slot, address(u8::try_from(slot % 20).unwrap()));
        }
        for slot in 0..12 {
            crowd.falls_idle(slot);
        }
        assert_eq!(crowd.room(address(99)), of_all(12));
    }

    #[test]
    fn what_a_trusted_proxy_brings_counts_only_in_all() {
        let mut crowd = ConnectionTable::new(ConnectionLimits { connections: 3, per_address: 1 });
        for slot in 0..3 {
            assert_eq!(crowd.room(None), Room::Free);
            crowd.arrive(slot, None);
        }
        assert_eq!(crowd.room(None), of_all(0));
    }
}
