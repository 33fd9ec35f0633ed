//! `store backup` and `store restore`: a copy is a SQLite store, whatever the database, so that every command can
//! read it, and a backup of one database can be restored into another.

use super::report::StoreCopy;
use crate::atomic_file::AtomicFile;
use crate::cli::{BackupArgs, RestoreArgs};
use crate::commands::store::{Absent, OpenStore, PriorStore, StoreUrl, failed};
use crate::commands::store_examination::{damage, keys, records};
use crate::exit::{Exit, Failure};
use crate::registry::keys::persistence;
use crate::registry::store::Store;
use crate::text::shell_word;
use std::path::Path;

const PHASE: &str = "store";

/// Copies the store into a new file, which gets its name once it is complete and checked.
pub(super) fn back_up(store: &dyn Store, args: &BackupArgs) -> Result<StoreCopy, Failure> {
    let (file, shown) = (&args.file, args.file.display());
    if file.symlink_metadata().is_ok() {
        return Err(
            wrong(format!("{shown} exists already")).hint("name a new file, such as one with the date")
        );
    }
    let unwritten = |error: std::io::Error| {
        Failure::new(Exit::Local, PHASE, format!("cannot write {shown}: {error}"))
            .hint("is its folder there, may you write to it, and is there room? df -h shows that")
    };
    let part = AtomicFile::create(file, 0o600).map_err(unwritten)?;
    store.back_up(part.path()).map_err(|error| failed(&error).hint("is there room? df -h shows that"))?;
    let copy = StoreUrl::Sqlite(part.path().to_owned()).open(Absent::Unchanged)?;
    let found = held(&copy, &shown.to_string(), "backed up")?;
    drop(copy);
    part.commit_durably().map_err(unwritten)?;
    Ok(found)
}

/// Replaces the content of the store with that of a copy, after a check of the copy.
pub(super) fn restore(store: &dyn Store, url: &StoreUrl, args: &RestoreArgs) -> Result<StoreCopy, Failure> {
    let (file, shown) = (&args.file, args.file.display().to_string());
    if matches!(url, StoreUrl::Sqlite(path) if is_same(path, file)) {
        return Err(
            wrong(format!("{shown} is the store itself")).hint("--store names the store to restore into")
        );
    }
    let copy = StoreUrl::Sqlite(file.clone()).open(Absent::Unchanged).map_err(|failure| {
        failure
            .hint("is it a file of heistctl store backup? heistctl store check --store sqlite:FILE reads it")
    })?;
    let found = held(&copy, &shown, "restored")?;
    drop(copy);
    if matches!(url, StoreUrl::Postgres { .. }) && found.sealed < found.keys {
        let what = format!("the signing keys in {shown} are not sealed, and those in PostgreSQL always are");
        let hint = format!(
            "heistctl key reseal --new-key-file store.key --store {} seals them",
            shell_word(&format!("sqlite:{shown}"))
        );
        return Err(wrong(what).hint(hint));
    }
    if !store.restore(file, args.replace).map_err(|error| failed(&error))? {
        return Err(wrong(format!("the store {} is not empty", url.name()))
            .hint("--replace replaces its clients, keys and revocations; --store names another store"));
    }
    if found.keys > 0 {
        let _ = persistence::note(store, &format!("restored from {shown}"));
    }
    Ok(found)
}

/// The contents of a copy.
///
/// # Errors
/// Exit 1 if it is damaged or of another schema.
fn held(copy: &OpenStore, file: &str, done: &'static str) -> Result<StoreCopy, Failure> {
    is_readable(copy)?;
    let store = copy.store.as_ref();
    let (found, keys) = (records(store)?, keys(store, false)?);
    if let Some(failure) = damage(file, &[found.faults, keys.faults].concat()) {
        return Err(failure);
    }
    let bytes = std::fs::metadata(Path::new(&copy.name)).map_or(0, |file| file.len());
    let (file, clients) = (file.to_owned(), found.clients);
    Ok(StoreCopy { done, file, bytes, clients, keys: keys.count, sealed: keys.sealed })
}

/// Refuses a store of an older schema, which a command that changes nothing cannot read.
pub(super) fn is_readable(opened: &OpenStore) -> Result<(), Failure> {
    let PriorStore::Older { found, known } = opened.before else { return Ok(()) };
    let what = format!("{} has schema {found}, and this heistctl uses schema {known}", opened.name);
    Err(Failure::new(Exit::Local, PHASE, what).hint(
        "use the heistctl that wrote it; a start of this one upgrades the store, and so does client list",
    ))
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

fn wrong(what: String) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}
