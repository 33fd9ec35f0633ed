//! `heistctl client`: the registry of clients in the store. A secret that is made is shown once and not
//! kept: what is kept verifies it.

mod import;
mod list;
pub(super) mod record;
mod secrets;

use super::Report;
use super::environment::user;
use super::history::{self, HistoryReport, Subject};
use super::store::{Absent, OpenStore, StoreUrl, failed};
use crate::cli::{AddArgs, ClientArgs, ClientCommand, RotateArgs, SetArgs};
use crate::clock::{Timestamp, relative};
use crate::exit::{Exit, Failure};
use crate::jose::digest;
use crate::registry::record::{ClientRecord, StoredClient};
use crate::registry::shared_clock;
use crate::registry::store::history::Author;
use crate::registry::store::{Store, StoreError};
use crate::secret::Secret;
pub use import::{ImportProgress, Importing, Secrets};
pub(super) use list::checked as checked_clients;
pub use list::{Damaged, ListedClient, Listing, damage};
use record::{apply, checked, key_notes, keys};
use secrets::{from_stdin, hash_of};
use std::sync::Arc;

const PHASE: &str = "client";
const TAKE_OUT: &str = "heistctl client remove ID takes it out of the store";
/// Where a client can be read, and breaks the rule.
const MEND: &str = "heistctl client set ID changes what can be read, heistctl client remove ID takes it out";

/// What `client` has done or found.
pub struct ClientReport {
    /// What it is.
    pub found: ClientOutcome,
    /// Whether it is told as JSON.
    pub json: bool,
    /// The present moment, by the time that clients are dated by.
    pub now: Timestamp,
    /// The same by the time that ends of secrets go by: while a jump is waited out they differ.
    pub ends: Timestamp,
    /// What somebody should know.
    pub notes: Vec<String>,
}

impl ClientReport {
    /// What is said beside the answer.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        match &self.found {
            ClientOutcome::Secret { old_end: Some(end), .. } => {
                let when = relative(i128::from(end.unix()), self.ends);
                notes.push(format!("the secrets before it end {when}"));
            }
            ClientOutcome::Done { id, what } => notes.push(format!("client {id} is {what}")),
            ClientOutcome::Clients(listing) if listing.is_empty() && !self.json => notes.push(
                if listing.is_of_all() {
                    "there is no client; heistctl client add ID --scope SCOPE registers one"
                } else {
                    "no client matches"
                }
                .to_owned(),
            ),
            _ => {}
        }
        notes
    }

    /// What is said once the answer is out.
    #[must_use]
    pub fn afterword(&self) -> Option<String> {
        match &self.found {
            _ if self.json => None,
            ClientOutcome::Secret { id, secret: Some(_), .. } => {
                Some(format!("this is the secret of client {id}; it is shown this once"))
            }
            ClientOutcome::Imported(secrets) if !secrets.is_empty() => {
                Some("these are ids and secrets, a line each; they are shown this once".to_owned())
            }
            _ => None,
        }
    }

    /// What is lost with an answer that nobody gets, and the cure; `None` where it can be had again.
    #[must_use]
    pub fn lost(&self) -> Option<(String, &'static str)> {
        const ANOTHER: &str =
            "heistctl client rotate ID makes another, heistctl client remove ID takes it out";
        match &self.found {
            ClientOutcome::Secret { id, secret: Some(_), old_end: None } => {
                Some((format!("client {id:?} is registered, and nobody has its secret"), ANOTHER))
            }
            ClientOutcome::Secret { id, secret: Some(_), old_end: Some(end) } => {
                let when = relative(i128::from(end.unix()), self.ends);
                let what =
                    format!("client {id:?} has a new secret that nobody has, and those before it end {when}");
                Some((what, "heistctl client rotate ID makes another"))
            }
            ClientOutcome::Imported(secrets) if !secrets.is_empty() => {
                let what =
                    format!("the clients are registered, and nobody has the secrets of {}", secrets.len());
                Some((what, ANOTHER))
            }
            _ => None,
        }
    }
}

/// What `client` has done or found.
pub enum ClientOutcome {
    /// A secret was made for a client; it is shown now and never again.
    Secret {
        /// Whose.
        id: String,
        /// The secret; none where somebody else made it, or the client has keys.
        secret: Option<Secret>,
        /// When the secrets before it end.
        old_end: Option<Timestamp>,
    },
    /// Clients were registered; of those for whom a secret was made, id and secret.
    Imported(Vec<(String, Secret)>),
    /// Clients that are registered as their secrets are printed.
    Importing(Box<Importing>),
    /// Clients, which are read as they are printed.
    Clients(Box<Listing>),
    /// One client.
    Client(Box<ListedClient>),
    /// Something was done with a client.
    Done {
        /// Whose.
        id: String,
        /// `changed`, `disabled`, `enabled`, `removed`.
        what: &'static str,
    },
    /// A hash for the configuration.
    Hash(String),
}

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
    let absent = match args.command {
        ClientCommand::Add(_) | ClientCommand::Import(_) => Absent::Made,
        ClientCommand::List(_) | ClientCommand::History(_) => Absent::for_list(&url),
        _ => Absent::Missed,
    };
    let opened = url.open_by(&args.store, absent)?;
    let made = opened.news().filter(|_| absent == Absent::Made);
    let OpenStore { store: held, name, warnings, .. } = opened;
    let store = held.as_ref();
    store.sign(Author::new(&format!("client {}", args.command.name()), &user()));
    let clock = shared_clock::open(store).map_err(|error| failed(&error))?;
    let now = clock.now();
    let mut notes: Vec<String> = warnings.into_iter().chain(made).collect();
    let found = match &args.command {
        ClientCommand::Add(add) => add_client(store, add, now, &mut notes)?,
        ClientCommand::Import(import) if import.resume => {
            ClientOutcome::Importing(Box::new(Importing::begin(held.clone(), import, now, telling)?))
        }
        ClientCommand::Import(import) => import::import(store, import, now, &mut notes)?,
        ClientCommand::List(list) => ClientOutcome::Clients(Listing::begin(held.clone(), list, json, now)?),
        ClientCommand::History(of) => {
            return Ok(changes(&held, of.id.as_deref(), json, notes)?.into());
        }
        ClientCommand::Show(named) => list::shown(store, &named.id)?,
        ClientCommand::Set(set) => set_client(store, set, &mut notes)?,
        ClientCommand::Rotate(rotate) => rotate_secret(store, rotate, clock.ends(now))?,
        ClientCommand::Disable(named) => switch(store, &named.id, true)?,
        ClientCommand::Enable(named) => switch(store, &named.id, false)?,
        ClientCommand::Remove(named) => remove(store, &named.id)?,
        ClientCommand::Hash => return Err(Failure::new(Exit::Usage, PHASE, "hash needs no store").into()),
    };
    if absent == Absent::Made && !matches!(found, ClientOutcome::Importing(_)) {
        notes.push(format!("registered in {name}; servers that run on it know of it at once"));
    }
    Ok(Report::Client(ClientReport { found, json, now, ends: clock.ends(now), notes }))
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

fn about(id: &str, error: &StoreError) -> Failure {
    match error {
        StoreError::Exists(_) => Failure::new(Exit::Usage, PHASE, error.to_string())
            .hint("heistctl client set changes it, heistctl client rotate gives it a new secret"),
        StoreError::Missing => {
            Failure::new(Exit::Usage, PHASE, format!("there is no client {id:?} in the store"))
                .hint("heistctl client list names them; those of heist.toml stand there")
        }
        StoreError::Damaged(_) => failed(error).hint(TAKE_OUT),
        StoreError::Unavailable(_)
        | StoreError::Unusable { .. }
        | StoreError::Unwritable(_)
        | StoreError::NoStore
        | StoreError::Older { .. }
        | StoreError::Away { .. }
        | StoreError::WouldWait(_) => failed(error),
    }
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
        // One that is gone has a history all the same.
        one(store.as_ref(), id)?;
    }
    Ok(report)
}

fn one(store: &dyn Store, id: &str) -> Result<StoredClient, Failure> {
    store.client(id).map_err(|error| about(id, &error))?.ok_or_else(|| about(id, &StoreError::Missing))
}

fn add_client(
    store: &dyn Store,
    args: &AddArgs,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<ClientOutcome, Failure> {
    let id = args.id.clone();
    let mut record = ClientRecord { id: id.clone(), created: now.unix(), ..ClientRecord::default() };
    apply(&mut record, &args.client, keys(&args.client)?)?;
    let record = checked(record)?;
    notes.extend(key_notes(&id, record.jwks.as_ref()));
    if record.scopes.is_empty() {
        notes.push("it has no scope: its tokens say who it is, and allow nothing".to_owned());
    }
    let (secret, hash) = if record.has_keys() {
        (None, None)
    } else {
        let (secret, hash) = secrets::new(args.secret_stdin)?;
        (secret, Some(hash))
    };
    store.add(&[(record, hash.map(|hash| hash.text()))]).map_err(|error| about(&id, &error))?;
    Ok(ClientOutcome::Secret { id, secret, old_end: None })
}

fn set_client(store: &dyn Store, args: &SetArgs, notes: &mut Vec<String>) -> Result<ClientOutcome, Failure> {
    let keys = keys(&args.client)?;
    notes.extend(key_notes(&args.id, keys.as_ref()));
    let mut refused = None;
    let mut change = |there: &ClientRecord| {
        let mut record = there.clone();
        let changed = apply(&mut record, &args.client, keys.clone()).and_then(|()| checked(record));
        changed.map_err(|failure| refused = Some(failure)).ok()
    };
    let changed = store.change(&args.id, &mut change).map_err(|error| about(&args.id, &error))?;
    match (refused, changed) {
        (Some(failure), _) => Err(failure),
        (None, false) => Err(Failure::new(Exit::Usage, PHASE, "nothing is to change")
            .hint("heistctl client set --help names the flags")),
        (None, true) => Ok(ClientOutcome::Done { id: args.id.clone(), what: "changed" }),
    }
}

fn switch(store: &dyn Store, id: &str, disabled: bool) -> Result<ClientOutcome, Failure> {
    let mut change = |there: &ClientRecord| Some(ClientRecord { disabled, ..there.clone() });
    store.change(id, &mut change).map_err(|error| about(id, &error))?;
    Ok(ClientOutcome::Done { id: id.to_owned(), what: if disabled { "disabled" } else { "enabled" } })
}

fn rotate_secret(store: &dyn Store, args: &RotateArgs, now: Timestamp) -> Result<ClientOutcome, Failure> {
    if one(store, &args.id)?.record.auth_method.as_deref() == Some("private_key_jwt") {
        return Err(Failure::new(Exit::Usage, PHASE, format!("client {:?} has keys and no secret", args.id))
            .hint("heistctl client set ID --jwks FILE gives it other keys"));
    }
    let (secret, hash) = secrets::new(args.secret_stdin)?;
    let old_end = if args.now { now } else { now.after(args.overlap) };
    store.rotate(&args.id, &hash.text(), now, old_end).map_err(|error| about(&args.id, &error))?;
    Ok(ClientOutcome::Secret { id: args.id.clone(), secret, old_end: Some(old_end) })
}

/// The letters of a fingerprint by which a secret can be told from another without knowing it.
#[must_use]
pub fn shown_hash(hash: &str) -> String {
    let kind = if hash.starts_with("sha256:") { "sha256" } else { "argon2id" };
    format!("{kind} {}", digest::hex(&digest::sha256(hash.as_bytes())[..4]))
}
