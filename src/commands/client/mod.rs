//! `heistctl client`: manages the clients in the store. A new secret is shown once; the store keeps only its
//! hash.

mod add;
mod doubts;
mod failures;
pub mod import;
pub mod list;
mod named;
pub(super) mod record;
pub mod report;
mod rotate;
mod secrets;
mod set;
#[cfg(test)]
mod settings_tests;

use super::Report;
use super::environment::user;
use super::history::{self, HistoryReport, Subject};
use super::store::place::StorePlace;
use super::store::{Absent, OpenStore, failed};
use crate::cli::{ClientArgs, ClientCommand};
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::registry::shared_clock;
use crate::registry::store::Store;
use crate::registry::store::history::Author;
use failures::{PHASE, about};
use import::{ImportProgress, Importing};
use list::Listing;
pub(super) use named::check_new as check_new_id;
use report::{ClientOutcome, ClientReport};
use secrets::{SecretWriter, from_stdin, hash_of};
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
/// Exit 2 for invalid flags or clients, 1 where the store fails.
pub fn run(args: &ClientArgs, progress: Box<dyn ImportProgress>) -> anyhow::Result<Report> {
    let json = args.store.json;
    if let ClientCommand::Hash = args.command {
        return Ok(Report::Client(hashed(json)?));
    }
    let command = &args.command;
    named::check_command(command)?;
    let mut notes = doubts::of(command);
    let place = StorePlace::of_flags(&args.store)?;
    let absent = absent(&args.command, &place);
    let opened = place.url.open_by(&args.store, absent)?;
    let named = place.note(&opened, absent);
    let OpenStore { store: held, warnings, .. } = opened;
    let store = held.as_ref();
    store.sign(Author::new(&format!("client {}", args.command.name()), &user()));
    let missing = |id: &str| named::missing(store, id, command.name(), &place, args.store.config.as_deref());
    if let ClientCommand::History(of) = command {
        notes.extend(warnings.into_iter().chain([named]));
        let report = changes(&held, of.id.as_deref(), json, notes)?;
        // A removed client still has a history.
        let gone = |id: &&str| report.is_empty() && matches!(store.client(id), Ok(None));
        return of.id.as_deref().filter(gone).map_or(Ok(report.into()), |id| Err(missing(id).into()));
    }
    if let Some(id) = command.id().filter(|_| !matches!(command, ClientCommand::Add(_)))
        && matches!(store.client(id), Ok(None))
    {
        return Err(missing(id).into());
    }
    let clock = shared_clock::open(store).map_err(|error| failed(&error))?;
    let now = clock.now();
    notes.extend(warnings);
    let times = (now, clock.ends(now));
    let secrets = SecretWriter::new(held.clone(), place.url.clone());
    let found = perform(&held, args, (secrets, progress), times, &mut notes)?;
    notes.push(named);
    if absent == Absent::Made && !matches!(found, ClientOutcome::Importing(_)) {
        notes.push("servers with this store accept it at once".to_owned());
    }
    Ok(Report::Client(ClientReport { found, json, now, ends: clock.ends(now), notes }))
}

/// How each subcommand treats a store that does not exist.
fn absent(command: &ClientCommand, place: &StorePlace) -> Absent {
    match command {
        ClientCommand::Add(_) | ClientCommand::Import(_) => Absent::Made,
        ClientCommand::List(_) | ClientCommand::History(_) => place.absent_for_list(),
        _ => Absent::Missed,
    }
}

/// Runs a subcommand on an open store. `now` dates the changes to clients; `ends` is the clock for the expiry
/// of secrets.
fn perform(
    held: &Arc<dyn Store>,
    args: &ClientArgs,
    (secrets, progress): (SecretWriter, Box<dyn ImportProgress>),
    (now, ends): (Timestamp, Timestamp),
    notes: &mut Vec<String>,
) -> Result<ClientOutcome, Failure> {
    let (store, json) = (held.as_ref(), args.store.json);
    match &args.command {
        ClientCommand::Add(add) => add::add_client(store, add, &secrets, now, notes),
        ClientCommand::Import(import) if import.resume => Ok(ClientOutcome::Importing(Box::new(
            Importing::begin(held.clone(), import, secrets, now, progress)?,
        ))),
        ClientCommand::Import(import) => {
            import::import(store, import, secrets, (now, progress.as_ref()), notes)
                .map(ClientOutcome::Imported)
        }
        ClientCommand::List(list) => {
            Ok(ClientOutcome::Clients(Listing::begin(held.clone(), list, json, (now, ends))?))
        }
        ClientCommand::Show(of) => Ok(ClientOutcome::Client(Box::new(list::shown(store, &of.id)?))),
        ClientCommand::Set(set) => set::set_client(store, set, now, notes),
        ClientCommand::Rotate(rotate) => rotate::rotate_secret(store, rotate, &secrets, ends, notes),
        ClientCommand::Disable(named) => set::switch(store, &named.id, true),
        ClientCommand::Enable(named) => set::switch(store, &named.id, false),
        ClientCommand::Remove(named) => remove(store, &named.id),
        ClientCommand::History(_) | ClientCommand::Hash => {
            Err(Failure::new(Exit::Usage, PHASE, "this command has ended before"))
        }
    }
}

/// `client hash`. It needs no store.
fn hashed(json: bool) -> Result<ClientReport, Failure> {
    let mut notes = Vec::new();
    let secret = from_stdin(&mut notes)?;
    let hash = hash_of(&secret).map_err(|failure| Failure {
        hint: failure.hint.or_else(|| {
            Some(
                "openssl rand -base64 32 | tee new.secret | heistctl client hash makes a good one".to_owned(),
            )
        }),
        ..failure
    })?;
    let (found, now) = (ClientOutcome::Hash(hash.text()), Timestamp::now());
    Ok(ClientReport { found, json, now, ends: now, notes })
}

fn remove(store: &dyn Store, id: &str) -> Result<ClientOutcome, Failure> {
    store.remove(id).map_err(|error| about(id, &error))?;
    Ok(ClientOutcome::Done { id: id.to_owned(), what: "removed" })
}

/// The history of one client, or of all.
fn changes(
    store: &Arc<dyn Store>,
    id: Option<&str>,
    json: bool,
    notes: Vec<String>,
) -> Result<HistoryReport, Failure> {
    let subject = id.map_or(Subject::Clients, |id| Subject::Client(id.to_owned()));
    history::of(store.clone(), subject, json, notes)
}
