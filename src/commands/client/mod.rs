//! `heistctl client`: the clients in the store. A new secret is shown once; the store keeps only its hash.

mod add;
mod failures;
pub mod import;
pub mod list;
pub(super) mod record;
pub mod report;
mod rotate;
mod secrets;
mod set;

use super::Report;
use super::environment::user;
use super::history::{self, HistoryReport, Subject};
use super::store::{Absent, OpenStore, StoreUrl, failed};
use crate::cli::{ClientArgs, ClientCommand};
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::registry::shared_clock;
use crate::registry::store::Store;
use crate::registry::store::history::Author;
use failures::{PHASE, about, one};
use import::{ImportProgress, Importing};
use list::Listing;
use report::{ClientOutcome, ClientReport};
use secrets::{from_stdin, hash_of};
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
/// Exit 2 for what is wrong with the flags or the client, 1 where the store fails.
pub fn run(args: &ClientArgs, telling: Box<dyn ImportProgress>) -> anyhow::Result<Report> {
    let json = args.store.json;
    if let ClientCommand::Hash = args.command {
        return Ok(Report::Client(hashed(json)?));
    }
    let url = StoreUrl::settle_lasting(args.store.url.as_deref())?;
    let absent = absent(&args.command, &url);
    let opened = url.open_by(&args.store, absent)?;
    let made = opened.news().filter(|_| absent == Absent::Made);
    let OpenStore { store: held, name, warnings, .. } = opened;
    let store = held.as_ref();
    store.sign(Author::new(&format!("client {}", args.command.name()), &user()));
    let clock = shared_clock::open(store).map_err(|error| failed(&error))?;
    let now = clock.now();
    let mut notes: Vec<String> = warnings.into_iter().chain(made).collect();
    let found = match &args.command {
        ClientCommand::Add(add) => add::add_client(store, add, now, &mut notes)?,
        ClientCommand::Import(import) if import.resume => {
            ClientOutcome::Importing(Box::new(Importing::begin(held.clone(), import, now, telling)?))
        }
        ClientCommand::Import(import) => {
            ClientOutcome::Imported(import::import(store, import, now, &mut notes)?)
        }
        ClientCommand::List(list) => ClientOutcome::Clients(Listing::begin(held.clone(), list, json, now)?),
        ClientCommand::History(of) => {
            return Ok(changes(&held, of.id.as_deref(), json, notes)?.into());
        }
        ClientCommand::Show(named) => ClientOutcome::Client(Box::new(list::shown(store, &named.id)?)),
        ClientCommand::Set(set) => set::set_client(store, set, &mut notes)?,
        ClientCommand::Rotate(rotate) => rotate::rotate_secret(store, rotate, clock.ends(now))?,
        ClientCommand::Disable(named) => set::switch(store, &named.id, true)?,
        ClientCommand::Enable(named) => set::switch(store, &named.id, false)?,
        ClientCommand::Remove(named) => remove(store, &named.id)?,
        ClientCommand::Hash => return Err(Failure::new(Exit::Usage, PHASE, "hash needs no store").into()),
    };
    if absent == Absent::Made && !matches!(found, ClientOutcome::Importing(_)) {
        notes.push(format!("registered in {name}; servers that run on it know of it at once"));
    }
    Ok(Report::Client(ClientReport { found, json, now, ends: clock.ends(now), notes }))
}

/// How a command treats a store that does not exist yet.
fn absent(command: &ClientCommand, url: &StoreUrl) -> Absent {
    match command {
        ClientCommand::Add(_) | ClientCommand::Import(_) => Absent::Made,
        ClientCommand::List(_) | ClientCommand::History(_) => Absent::for_list(url),
        _ => Absent::Missed,
    }
}

/// `client hash`, which needs no store.
fn hashed(json: bool) -> Result<ClientReport, Failure> {
    let (found, now) = (ClientOutcome::Hash(hash_of(&from_stdin()?)?.text()), Timestamp::now());
    Ok(ClientReport { found, json, now, ends: now, notes: Vec::new() })
}

fn remove(store: &dyn Store, id: &str) -> Result<ClientOutcome, Failure> {
    store.remove(id).map_err(|error| about(id, &error))?;
    Ok(ClientOutcome::Done { id: id.to_owned(), what: "removed" })
}

/// The changes of a client, or of all.
fn changes(
    store: &Arc<dyn Store>,
    id: Option<&str>,
    json: bool,
    notes: Vec<String>,
) -> Result<HistoryReport, Failure> {
    let subject = id.map_or(Subject::Clients, |id| Subject::Client(id.to_owned()));
    let report = history::of(store.clone(), subject, json, notes)?;
    if let Some(id) = id.filter(|_| report.is_empty()) {
        // A client that was removed still has a history.
        one(store.as_ref(), id)?;
    }
    Ok(report)
}
