//! The memory of connections: each, per address and in total. Above the limit it selects the address that
//! must free some. An address within its fair share is never selected.

use slab::Slab;
use std::collections::HashMap;
use std::net::IpAddr;

/// The limit of TLS sessions and received bytes in total.
pub(super) const MAX_HELD: usize = 24 * 1024 * 1024;
/// The target once the limit is exceeded; freeing a bit more avoids a selection for each connection.
const ENOUGH: usize = MAX_HELD - MAX_HELD / 64;
/// An address may exceed its share by one large request. Otherwise, among many addresses with one
/// connection each, the last sender would always be the largest.
const TOLERANCE: usize = 80 * 1024;
/// A trusted proxy has many clients, so it has the shares of this many addresses.
const PROXY_SHARES: usize = 16;

/// The owner of held bytes: an address (for IPv6: a /64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Owner {
    address: IpAddr,
    shares: usize,
}

impl Owner {
    /// A client; its address stands for its group.
    pub(super) const fn client(address: IpAddr) -> Self {
        Self { address, shares: 1 }
    }

    /// A trusted proxy that has not named its client yet.
    pub(super) const fn proxy(address: IpAddr) -> Self {
        Self { address, shares: PROXY_SHARES }
    }
}

struct Account {
    owner: Owner,
    bytes: usize,
    connections: usize,
}

#[derive(Default)]
pub(super) struct MemoryBudget {
    held: usize,
    /// By slot: the account and the bytes.
    connections: Vec<Option<(usize, usize)>>,
    accounts: Slab<Account>,
    by_owner: HashMap<Owner, usize>,
    shares: usize,
}

impl MemoryBudget {
    /// Records the bytes that a connection holds now, and their owner.
    pub(super) fn note(&mut self, slot: usize, owner: Owner, bytes: usize) {
        if self.connections.len() <= slot {
            self.connections.resize(slot + 1, None);
        }
        if let Some((number, before)) = &mut self.connections[slot]
            && let Some(account) = self.accounts.get_mut(*number).filter(|account| account.owner == owner)
        {
            self.held = self.held + bytes - *before;
            account.bytes = account.bytes + bytes - *before;
            *before = bytes;
            return;
        }
        self.forget(slot);
        let number = self.account(owner);
        self.connections[slot] = Some((number, bytes));
        self.held += bytes;
        if let Some(account) = self.accounts.get_mut(number) {
            account.bytes += bytes;
            account.connections += 1;
        }
    }

    /// The index of an owner's account.
    fn account(&mut self, owner: Owner) -> usize {
        if let Some(number) = self.by_owner.get(&owner) {
            return *number;
        }
        let number = self.accounts.insert(Account { owner, bytes: 0, connections: 0 });
        self.by_owner.insert(owner, number);
        self.shares += owner.shares;
        number
    }

    /// Removes a closed connection.
    pub(super) fn forget(&mut self, slot: usize) {
        let Some((number, bytes)) = self.connections.get_mut(slot).and_then(Option::take) else { return };
        self.held -= bytes;
        let Some(account) = self.accounts.get_mut(number) else { return };
        account.bytes -= bytes;
        account.connections -= 1;
        if account.connections == 0 {
            let Account { owner, .. } = self.accounts.remove(number);
            self.by_owner.remove(&owner);
            self.shares -= owner.shares;
        }
    }

    pub(super) const fn is_exceeded(&self) -> bool {
        self.held > MAX_HELD
    }

    pub(super) const fn has_enough(&self) -> bool {
        self.held <= ENOUGH
    }

    /// The owner and the bytes of a connection.
    pub(super) fn of(&self, slot: usize) -> Option<(Owner, usize)> {
        let (number, bytes) = self.connections.get(slot).copied().flatten()?;
        Some((self.accounts.get(number)?.owner, bytes))
    }

    /// The owner that holds most relative to its shares, if that exceeds its fair share.
    pub(super) fn greediest(&self) -> Option<Owner> {
        let accounts = self.accounts.iter().map(|(_, account)| account);
        let greediest = accounts.max_by_key(|account| account.bytes / account.owner.shares)?;
        Some(greediest.owner).filter(|_| self.is_too_much(greediest))
    }

    pub(super) fn exceeds_its_share(&self, owner: Owner) -> bool {
        let account = self.by_owner.get(&owner).and_then(|number| self.accounts.get(*number));
        account.is_some_and(|account| self.is_too_much(account))
    }

    fn is_too_much(&self, account: &Account) -> bool {
        let fair = MAX_HELD / self.shares.max(1) * account.owner.shares;
        // A single owner may use no more than the total.
        account.bytes > fair.saturating_add(TOLERANCE) || (self.accounts.len() == 1 && self.is_exceeded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    fn owner(last: u8) -> Owner {
        Owner::client([10, 0, 0, last].into())
    }

    #[test]
    fn the_address_that_holds_most_beyond_its_share_is_named() {
        let mut memory = MemoryBudget::default();
        memory.note(0, owner(1), 20 * MIB);
        memory.note(1, owner(2), 3 * MIB);
        memory.note(2, owner(2), MIB);
        assert!(!memory.is_exceeded() && !memory.has_enough());
        memory.note(2, owner(2), 2 * MIB);
        assert!(memory.is_exceeded());
        assert_eq!(memory.greediest(), Some(owner(1)));
        assert!(!memory.exceeds_its_share(owner(2)) && !memory.exceeds_its_share(owner(3)));
        memory.note(0, owner(1), 12 * MIB);
        assert_eq!(memory.greediest(), None, "half of all is the fair share of one of two");
        memory.forget(1);
        memory.forget(2);
        memory.forget(2);
        assert_eq!((memory.of(0), memory.of(2)), (Some((owner(1), 12 * MIB)), None));
        memory.note(0, owner(1), 25 * MIB);
        assert_eq!(memory.greediest(), Some(owner(1)), "it is alone");
    }

    #[test]
    fn of_many_with_one_connection_each_none_is_named() {
        let mut memory = MemoryBudget::default();
        for slot in 0..3000 {
            let address = std::net::Ipv4Addr::from(0x0A00_0000 + u32::try_from(slot).unwrap());
            memory.note(slot, Owner::client(address.into()), 9 * 1024 + slot % 7);
        }
        assert!(memory.is_exceeded());
        assert_eq!(memory.greediest(), None);
    }

    #[test]
    fn a_proxy_has_more_shares_and_its_clients_have_their_own() {
        let proxy = Owner::proxy([10, 0, 0, 9].into());
        let mut memory = MemoryBudget::default();
        memory.note(0, proxy, 15 * MIB);
        memory.note(1, owner(1), 9 * MIB);
        memory.note(2, owner(2), 0);
        assert_eq!(memory.greediest(), Some(owner(1)), "15 MiB of 16 shares are less than 9 of one");
        // The proxy names the client of that connection.
        memory.note(0, owner(2), 15 * MIB);
        assert_eq!(memory.greediest(), Some(owner(2)));
        assert!(!memory.exceeds_its_share(proxy));
    }
}
