//! The memory of connections: bytes of each, of each address and of all. When all hold too much, it names the
//! address that must give some back. An address within its fair share is never named.

use slab::Slab;
use std::collections::HashMap;
use std::net::IpAddr;

/// TLS sessions and bytes that have arrived may take this much in all.
pub(super) const MAX_HELD: usize = 24 * 1024 * 1024;
/// Once it is exceeded, this much is freed: who to take from is not asked for each connection.
const ENOUGH: usize = MAX_HELD - MAX_HELD / 64;
/// An address may exceed its share by one large request. Without that, of many addresses with one
/// connection each the one that has just sent something would be the heaviest.
const TOLERANCE: usize = 80 * 1024;
/// A trusted proxy speaks for many clients: it has the shares of this many addresses.
const PROXY_SHARES: usize = 16;

/// For whom bytes are held: an address (of IPv6: a /64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Owner {
    address: IpAddr,
    shares: usize,
}

impl Owner {
    /// Of a client; `address` stands for its group.
    pub(super) const fn client(address: IpAddr) -> Self {
        Self { address, shares: 1 }
    }

    /// Of a trusted proxy that has not yet said for which client it speaks.
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
    /// Takes note of what a connection holds now, and for whom.
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

    /// The number of an owner's account.
    fn account(&mut self, owner: Owner) -> usize {
        if let Some(number) = self.by_owner.get(&owner) {
            return *number;
        }
        let number = self.accounts.insert(Account { owner, bytes: 0, connections: 0 });
        self.by_owner.insert(owner, number);
        self.shares += owner.shares;
        number
    }

    /// The connection is gone.
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

    /// For whom a connection holds how many bytes.
    pub(super) fn of(&self, slot: usize) -> Option<(Owner, usize)> {
        let (number, bytes) = self.connections.get(slot).copied().flatten()?;
        Some((self.accounts.get(number)?.owner, bytes))
    }

    /// The owner that holds most for its shares, where that is more than its fair part of all.
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
        // Alone, it can have no more than there is.
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
