//! `heistctl client`: the registry of clients in the store. A secret that is made is shown once and not
//! kept: what is kept verifies it.

mod import;
pub(super) mod record;
mod secrets;

use super::Report;
use super::stores::{OpenStore, StoreUrl, failed};
use crate::cli::{AddArgs, ClientCommand, RegistryArgs, RotateArgs, SetArgs};
use crate::clock::{Timestamp, relative};
use crate::exit::{Exit, Failure};
use crate::jose::digest;
use crate::registry::record::{ClientRecord, Stored};
use crate::registry::store::{Store, StoreError, Use};
use crate::secret::Secret;
use record::{apply, checked, keys};
use secrets::{from_stdin, hash_of};

const PHASE: &str = "client";
/// Clients that are read at a time.
const PAGE: usize = 1000;

/// What `client` has done or found.
pub struct RegistryReport {
    /// What it is.
    pub found: Found,
    /// Whether it is told as JSON.
    pub json: bool,
    /// The present moment.
    pub now: Timestamp,
    /// What somebody should know.
    pub notes: Vec<String>,
}

impl RegistryReport {
    /// What is said beside the answer.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        match &self.found {
            Found::Secret { old_end: Some(end), .. } => {
                let when = relative(i128::from(end.unix()), self.now);
                notes.push(format!("the secrets before it end {when}"));
            }
            Found::Done { id, what } => notes.push(format!("client {id} is {what}")),
            Found::Clients(clients) if clients.is_empty() && !self.json => {
                notes.push(
                    "there is no client; heistctl client add ID --scope SCOPE registers one".to_owned(),
                );
            }
            _ => {}
        }
        notes
    }

    /// What is said once the answer is out.
    #[must_use]
    pub fn afterword(&self) -> Option<String> {
        match &self.found {
            _ if self.json => None,
            Found::Secret { id, secret: Some(_), .. } => {
                Some(format!("this is the secret of client {id}; it is shown this once"))
            }
            Found::Imported(secrets) if !secrets.is_empty() => {
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
            Found::Secret { id, secret: Some(_), old_end: None } => {
                Some((format!("client {id:?} is registered, and nobody has its secret"), ANOTHER))
            }
            Found::Secret { id, secret: Some(_), old_end: Some(end) } => {
                let when = relative(i128::from(end.unix()), self.now);
                let what =
                    format!("client {id:?} has a new secret that nobody has, and those before it end {when}");
                Some((what, "heistctl client rotate ID makes another"))
            }
            Found::Imported(secrets) if !secrets.is_empty() => {
                let what =
                    format!("the clients are registered, and nobody has the secrets of {}", secrets.len());
                Some((what, ANOTHER))
            }
            _ => None,
        }
    }
}

/// What `client` has done or found.
pub enum Found {
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
    /// Clients.
    Clients(Vec<Shown>),
    /// One client.
    Client(Box<Shown>),
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

/// A client, and when its secrets were last used.
pub struct Shown {
    /// The client and its secrets.
    pub stored: Stored,
    /// The last use of each secret that was ever used, where that is asked for.
    pub uses: Vec<Use>,
}

impl Shown {
    fn with_uses(store: &dyn Store, stored: Stored) -> Result<Self, Failure> {
        let uses = store.uses(&stored.record.id).map_err(|error| failed(&error))?;
        Ok(Self { stored, uses })
    }
}

/// Runs the command.
///
/// # Errors
/// Exit 2 for what is wrong with the flags or the client, 1 where the store fails.
pub fn run(args: &RegistryArgs) -> anyhow::Result<Report> {
    let now = Timestamp::now();
    if let ClientCommand::Hash = args.command {
        let found = Found::Hash(hash_of(&from_stdin()?)?.text());
        return Ok(Report::Registry(RegistryReport { found, json: args.json, now, notes: Vec::new() }));
    }
    let url = StoreUrl::settle_lasting(args.store.as_deref())?;
    let OpenStore { store, name, warnings } = url.open()?;
    let store = store.as_ref();
    let mut notes = warnings;
    let found = match &args.command {
        ClientCommand::Add(add) => add_client(store, add, now, &mut notes)?,
        ClientCommand::Import(import) => import::import(store, import, now)?,
        ClientCommand::List => Found::Clients(all(store, args.json)?),
        ClientCommand::Show(named) => {
            Found::Client(Box::new(Shown::with_uses(store, one(store, &named.id)?)?))
        }
        ClientCommand::Set(set) => set_client(store, set)?,
        ClientCommand::Rotate(rotate) => rotate_secret(store, rotate, now)?,
        ClientCommand::Disable(named) => switch(store, &named.id, true)?,
        ClientCommand::Enable(named) => switch(store, &named.id, false)?,
        ClientCommand::Remove(named) => {
            store.remove(&named.id).map_err(|error| about(&named.id, &error))?;
            Found::Done { id: named.id.clone(), what: "removed" }
        }
        ClientCommand::Hash => return Err(Failure::new(Exit::Usage, PHASE, "hash needs no store").into()),
    };
    if matches!(args.command, ClientCommand::Add(_) | ClientCommand::Import(_)) {
        notes.push(format!("registered in {name}; a server that runs on it knows of it within two seconds"));
    }
    Ok(Report::Registry(RegistryReport { found, json: args.json, now, notes }))
}

fn about(id: &str, error: &StoreError) -> Failure {
    match error {
        StoreError::Exists => Failure::new(Exit::Usage, PHASE, format!("there is a client {id:?} already"))
            .hint("heistctl client set changes it, heistctl client rotate gives it a new secret"),
        StoreError::Missing => {
            Failure::new(Exit::Usage, PHASE, format!("there is no client {id:?} in the store"))
                .hint("heistctl client list names them; those of heist.toml stand there")
        }
        StoreError::Unavailable(_) | StoreError::Damaged(_) => failed(error),
    }
}

fn one(store: &dyn Store, id: &str) -> Result<Stored, Failure> {
    store.client(id).map_err(|error| failed(&error))?.ok_or_else(|| about(id, &StoreError::Missing))
}

/// All clients; with the uses of their secrets, where those are told.
fn all(store: &dyn Store, with_uses: bool) -> Result<Vec<Shown>, Failure> {
    let shown = |stored| {
        if with_uses { Shown::with_uses(store, stored) } else { Ok(Shown { stored, uses: Vec::new() }) }
    };
    let mut clients: Vec<Shown> = Vec::new();
    loop {
        let after = clients.last().map(|last| last.stored.record.id.clone()).unwrap_or_default();
        let page = store.clients(&after, PAGE).map_err(|error| failed(&error))?;
        if page.is_empty() {
            return Ok(clients);
        }
        for stored in page {
            clients.push(shown(stored)?);
        }
    }
}

fn add_client(
    store: &dyn Store,
    args: &AddArgs,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Found, Failure> {
    let id = args.id.clone();
    let mut record = ClientRecord { id: id.clone(), created: now.unix(), ..ClientRecord::default() };
    apply(&mut record, &args.client, keys(&args.client)?)?;
    let record = checked(record)?;
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
    Ok(Found::Secret { id, secret, old_end: None })
}

fn set_client(store: &dyn Store, args: &SetArgs) -> Result<Found, Failure> {
    let keys = keys(&args.client)?;
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
        (None, true) => Ok(Found::Done { id: args.id.clone(), what: "changed" }),
    }
}

fn switch(store: &dyn Store, id: &str, disabled: bool) -> Result<Found, Failure> {
    let mut change = |there: &ClientRecord| Some(ClientRecord { disabled, ..there.clone() });
    store.change(id, &mut change).map_err(|error| about(id, &error))?;
    Ok(Found::Done { id: id.to_owned(), what: if disabled { "disabled" } else { "enabled" } })
}

fn rotate_secret(store: &dyn Store, args: &RotateArgs, now: Timestamp) -> Result<Found, Failure> {
    if one(store, &args.id)?.record.auth_method.as_deref() == Some("private_key_jwt") {
        return Err(Failure::new(Exit::Usage, PHASE, format!("client {:?} has keys and no secret", args.id))
            .hint("heistctl client set ID --jwks FILE gives it other keys"));
    }
    let (secret, hash) = secrets::new(args.secret_stdin)?;
    let old_end = if args.now { now } else { now.after(args.overlap) };
    store.rotate(&args.id, &hash.text(), now, old_end).map_err(|error| about(&args.id, &error))?;
    Ok(Found::Secret { id: args.id.clone(), secret, old_end: Some(old_end) })
}

/// The letters of a fingerprint by which a secret can be told from another without knowing it.
#[must_use]
pub fn shown_hash(hash: &str) -> String {
    let kind = if hash.starts_with("sha256:") { "sha256" } else { "argon2id" };
    format!("{kind} {}", digest::hex(&digest::sha256(hash.as_bytes())[..4]))
}
