//! `heistctl store`: the store as a whole.

mod copies;
pub mod export;
pub mod report;

use super::Report;
use super::client::import::{ImportProgress, import_exported};
use super::environment::user;
use super::store::place::StorePlace;
use super::store::{Absent, failed};
use super::store_examination::{keys, records};
use crate::cli::{StoreCommand, StoreCommandArgs};
use crate::exit::Failure;
use crate::registry::shared_clock;
use crate::registry::store::Store;
use crate::registry::store::history::Author;
use export::Exporting;
use report::{StoreFindings, StoreOutcome, StoreReport};

/// Runs the command.
///
/// # Errors
/// Exit 2 for invalid flags or files, 1 where the store fails.
pub fn run(args: &StoreCommandArgs, progress: Box<dyn ImportProgress>) -> anyhow::Result<Report> {
    let place = StorePlace::of_flags(&args.store)?;
    let absent = match args.command {
        StoreCommand::Restore(_) | StoreCommand::Import(_) => Absent::Made,
        _ => Absent::Unchanged,
    };
    let opened = place.url.open_by(&args.store, absent)?;
    copies::is_readable(&opened)?;
    let named = place.note(&opened, absent);
    let mut notes: Vec<String> = opened.warnings.iter().cloned().chain([named]).collect();
    let (held, json) = (opened.store.clone(), args.store.json);
    let store = held.as_ref();
    store.sign(Author::new(&format!("store {}", args.command.name()), &user()));
    let found = match &args.command {
        StoreCommand::Backup(args) => StoreOutcome::Copied(copies::back_up(store, args)?),
        StoreCommand::Restore(args) => {
            let copy = copies::restore(store, &place.url, args)?;
            notes.push("servers with this store notice it within two seconds".to_owned());
            StoreOutcome::Copied(copy)
        }
        StoreCommand::Check => StoreOutcome::Checked(checked(store, &place)?),
        StoreCommand::Export => StoreOutcome::Exported(Exporting::begin(held.clone())?),
        StoreCommand::Import(args) => {
            let now = shared_clock::open(store).map_err(|error| failed(&error))?.now();
            let count = import_exported((&held, &place.url), &args.file, now, progress.as_ref(), &mut notes)?;
            notes.push(format!("clients: {count}; servers with this store accept them at once"));
            StoreOutcome::Imported(count)
        }
    };
    Ok(Report::Store(StoreReport { found, json, notes }))
}

fn checked(store: &dyn Store, place: &StorePlace) -> Result<StoreFindings, Failure> {
    let (found, keys) = (records(store)?, keys(store, true)?);
    Ok(StoreFindings {
        store: place.url.name(),
        id: found.id,
        clients: found.clients,
        keys: keys.count,
        sealed: keys.sealed,
        damaged: found.faults,
        unusable: keys.faults,
    })
}
