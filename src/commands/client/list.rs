//! `client list` and `client show`: clients and the last uses of their secrets. Lists are read and printed
//! page by page, so memory use does not grow.

use super::failures::{MEND, PHASE, about, one};
use crate::cli::ListArgs;
use crate::clock::{Timestamp, span};
use crate::commands::store::failed;
use crate::exit::{Exit, Failure};
use crate::registry::record::StoredClient;
use crate::registry::store::{Listed, Store, StoreError, Use};
use std::collections::HashMap;
use std::sync::Arc;

/// Clients per read.
const PAGE: usize = 1000;
/// The number of damaged clients that a failure names. Others are counted.
const MAX_NAMED: usize = 10;

pub struct ListedClient {
    pub stored: StoredClient,
    /// The last use of each secret that was used; empty unless requested.
    pub uses: Vec<Use>,
}

/// A client with a record that no server accepts.
pub struct Damaged {
    pub id: String,
    /// The reason, with the id.
    pub why: String,
}

/// One page.
#[derive(Default)]
pub struct Page {
    /// Valid clients that match the filter.
    pub clients: Vec<ListedClient>,
    pub damaged: Vec<Damaged>,
}

impl Page {
    fn is_empty(&self) -> bool {
        self.clients.is_empty() && self.damaged.is_empty()
    }
}

/// The clients of a store that match a filter, ordered by id.
pub struct Listing {
    store: Arc<dyn Store>,
    wanted: ClientFilter,
    /// Whether to read the uses of secrets.
    with_uses: bool,
    after: String,
    /// The rest of `--limit`.
    left: usize,
    ended: bool,
    first: Option<Page>,
}

struct ClientFilter {
    prefix: String,
    disabled: bool,
    /// Selects older clients that have not used a secret since.
    unused_since: Option<Timestamp>,
    expiring: Option<Expiring>,
}

/// Selects clients with a secret that is valid at `now` and ends within the span.
struct Expiring {
    now: Timestamp,
    until: Timestamp,
    /// The span, as typed.
    span: String,
}

impl Expiring {
    fn takes(&self, stored: &StoredClient) -> bool {
        let ends = stored.secrets.iter().filter_map(|secret| secret.ends);
        ends.into_iter().any(|end| end > self.now.unix() && end <= self.until.unix())
    }
}

impl ClientFilter {
    fn takes(&self, ListedClient { stored, uses }: &ListedClient) -> bool {
        let is_unused = |since: Timestamp| {
            // Only uses of secrets that are sent are recorded.
            let records_uses = !stored.secrets.is_empty() && !stored.record.signs_with_secret();
            let old = records_uses && stored.record.created <= since.unix();
            old && uses.iter().all(|used| used.at <= since)
        };
        (!self.disabled || stored.record.disabled)
            && self.unused_since.is_none_or(is_unused)
            && self.expiring.as_ref().is_none_or(|expiring| expiring.takes(stored))
    }
}

impl Listing {
    /// Reads the first page at once, so that stdout stays empty if the store fails. `ends` is the time by the clock
    /// for the expiry of secrets.
    ///
    /// # Errors
    /// Exit 1 where the store fails.
    pub(super) fn begin(
        store: Arc<dyn Store>,
        args: &ListArgs,
        json: bool,
        (now, ends): (Timestamp, Timestamp),
    ) -> Result<Box<Self>, Failure> {
        let seconds = |time: std::time::Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let since = |time| Timestamp::from_unix(now.unix().saturating_sub(seconds(time)));
        let mut listing = Box::new(Self {
            store,
            wanted: ClientFilter {
                prefix: args.prefix.clone().unwrap_or_default(),
                disabled: args.disabled,
                unused_since: args.unused.as_ref().map(|unused| since(unused.time)),
                expiring: args.expiring.as_ref().map(|expiring| Expiring {
                    now: ends,
                    until: ends.after(expiring.time),
                    span: span(u128::from(expiring.time.as_secs())),
                }),
            },
            with_uses: json || args.unused.is_some(),
            after: args.after.clone().unwrap_or_default(),
            left: args.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            ended: false,
            first: None,
        });
        listing.first = Some(listing.read()?.unwrap_or_default());
        Ok(listing)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.as_ref().is_some_and(Page::is_empty)
    }

    /// Whether no filter is set.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        let ClientFilter { prefix, disabled, unused_since, expiring } = &self.wanted;
        let is_any = prefix.is_empty() && !disabled && unused_since.is_none() && expiring.is_none();
        is_any && self.after.is_empty()
    }

    /// The failure of `--expiring` for a list of so many clients.
    #[must_use]
    pub fn finding(&self, count: usize) -> Option<Failure> {
        let span = &self.wanted.expiring.as_ref().filter(|_| count > 0)?.span;
        let what = match count {
            1 => format!("1 client has a secret that ends within {span}"),
            count => format!("{count} clients have a secret that ends within {span}"),
        };
        let hint =
            "heistctl client show ID tells whether it is used; heistctl client rotate ID makes a new one";
        Some(Failure::new(Exit::CheckFailed, PHASE, what).hint(hint))
    }

    /// The next clients; `None` after the last.
    ///
    /// # Errors
    /// Exit 1 where the store fails.
    pub fn next_page(&mut self) -> Result<Option<Page>, Failure> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.read(),
        }
    }

    /// The next non-empty page.
    fn read(&mut self) -> Result<Option<Page>, Failure> {
        while !self.ended && self.left > 0 {
            let read = self.store.clients_beginning(&self.wanted.prefix, &self.after, PAGE.min(self.left));
            let read = read.map_err(|error| failed(&error))?;
            let Some(last) = read.last() else {
                self.ended = true;
                break;
            };
            self.after.clone_from(&last.id);
            let page = self.page(read)?;
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    fn page(&mut self, read: Vec<Listed>) -> Result<Page, Failure> {
        let ids: Vec<&str> =
            read.iter().map(|listed| listed.id.as_str()).filter(|_| self.with_uses).collect();
        let mut uses = uses_of(self.store.as_ref(), &ids)?;
        let mut page = Page::default();
        for listed in read {
            match listed.stored.and_then(fit) {
                Ok(stored) => {
                    let shown = ListedClient { stored, uses: uses.remove(&listed.id).unwrap_or_default() };
                    if self.left > 0 && self.wanted.takes(&shown) {
                        self.left -= 1;
                        page.clients.push(shown);
                    }
                }
                Err(error) => {
                    let why = if let StoreError::Damaged(why) = error { why } else { error.to_string() };
                    page.damaged.push(Damaged { id: listed.id, why });
                }
            }
        }
        Ok(page)
    }
}

/// The failure for damaged clients. It is shown after the list.
#[must_use]
pub fn damage(damaged: &[Damaged]) -> Option<Failure> {
    let named: Vec<&str> = damaged.iter().take(MAX_NAMED).map(|one| one.why.as_str()).collect();
    let more = match damaged.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let what = StoreError::Damaged(named.join("; ") + &more).to_string();
    (!named.is_empty()).then(|| Failure::new(Exit::Local, PHASE, what).hint(MEND))
}

/// Rejects a client whose record no server accepts. Disabled clients are fine.
fn fit(stored: StoredClient) -> Result<StoredClient, StoreError> {
    match stored.clone().made() {
        Ok(_) => Ok(stored),
        Err(why) => Err(why.damaged(&stored.record.id)),
    }
}

/// The number of clients, and the faults of damaged ones. Holds one page in memory.
///
/// # Errors
/// Where the store cannot be read.
pub(in crate::commands) fn checked(store: &dyn Store) -> Result<(usize, Vec<String>), StoreError> {
    let (mut count, mut damaged, mut after) = (0, Vec::new(), String::new());
    loop {
        let page = store.clients(&after, PAGE)?;
        let Some(last) = page.last() else { return Ok((count, damaged)) };
        after.clone_from(&last.id);
        count += page.len();
        let faults = page.into_iter().filter_map(|listed| listed.stored.and_then(fit).err());
        damaged.extend(faults.map(|error| error.cause()));
    }
}

pub(super) fn shown(store: &dyn Store, id: &str) -> Result<ListedClient, Failure> {
    let stored = fit(one(store, id)?).map_err(|error| failed(&error).hint(MEND))?;
    let uses = store.uses(&[id]).map_err(|error| about(id, &error))?;
    Ok(ListedClient { stored, uses })
}

/// The uses of secrets, by client.
fn uses_of(store: &dyn Store, ids: &[&str]) -> Result<HashMap<String, Vec<Use>>, Failure> {
    let mut uses: HashMap<String, Vec<Use>> = HashMap::new();
    if !ids.is_empty() {
        for used in store.uses(ids).map_err(|error| failed(&error))? {
            uses.entry(used.client.clone()).or_default().push(used);
        }
    }
    Ok(uses)
}
