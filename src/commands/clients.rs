//! `heistctl client`: the registry of clients in the store. A secret that is made is shown once and not
//! kept: what is kept verifies it.

use super::environment::{read_all, stdin_is_terminal};
use super::stores::{OpenStore, StoreUrl, failed};
use super::{Report, environment};
use crate::cli::{AddArgs, ClientCommand, ClientFlags, RegistryArgs, RotateArgs, SetArgs, scope_list};
use crate::client::endpoint::Endpoint;
use crate::clock::{Timestamp, relative};
use crate::exit::{Exit, Failure};
use crate::issuer::request::is_resource;
use crate::jose::keyset::KeySet;
use crate::jose::{digest, jwk};
use crate::registry::generated;
use crate::registry::networks::Networks;
use crate::registry::record::{ClientRecord, Stored};
use crate::registry::secret_hash::SecretHash;
use crate::registry::store::{Store, StoreError, Use};
use crate::secret::Secret;
use std::path::Path;
use std::time::Duration;

const PHASE: &str = "client";
/// Clients that are read at a time.
const PAGE: usize = 1000;
/// A shorter secret that somebody made up is guessed too soon.
const MIN_SECRET: usize = 12;

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
            Found::Secret { id, secret, old_end } => {
                if secret.is_some() && !self.json {
                    notes.push(format!("this is the secret of client {id}; it is shown this once"));
                }
                if let Some(end) = old_end {
                    let when = relative(i128::from(end.unix()), self.now);
                    notes.push(format!("the secrets before it end {when}"));
                }
            }
            Found::Done { id, what } => notes.push(format!("client {id} is {what}")),
            Found::Clients(clients) if clients.is_empty() && !self.json => {
                notes.push(
                    "there is no client; heistctl client add ID --scope SCOPE registers one".to_owned(),
                );
            }
            Found::Clients(_) | Found::Client(_) | Found::Hash(_) => {}
        }
        notes
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
    if matches!(args.command, ClientCommand::Add(_)) {
        notes.push(format!(
            "it is registered in {name}; a server that runs on it knows the client within two seconds"
        ));
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
    if id.is_empty() || !id.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
        return Err(Failure::new(
            Exit::Usage,
            PHASE,
            "an id is one or more visible ASCII characters (RFC 6749 appendix A.1)",
        )
        .hint("letters, digits, - and _ are best: every client writes them the same way"));
    }
    let mut record = ClientRecord { id: id.clone(), created: now.unix(), ..ClientRecord::default() };
    apply(&mut record, &args.client)?;
    if record.scopes.is_empty() {
        notes.push("it has no scope: its tokens say who it is, and allow nothing".to_owned());
    }
    let (secret, hash) = if record.jwks.is_some() || record.jwks_uri.is_some() {
        (None, None)
    } else if args.secret_stdin {
        (None, Some(hash_of(&from_stdin()?)?))
    } else {
        let secret = made()?;
        let hash = SecretHash::of(&secret);
        (Some(secret), Some(hash))
    };
    checked(&record)?;
    store.add(&[(record, hash.map(|hash| hash.text()))]).map_err(|error| about(&id, &error))?;
    Ok(Found::Secret { id, secret, old_end: None })
}

fn set_client(store: &dyn Store, args: &SetArgs) -> Result<Found, Failure> {
    let mut record = one(store, &args.id)?.record;
    let before = record.clone();
    apply(&mut record, &args.client)?;
    if record == before {
        return Err(Failure::new(Exit::Usage, PHASE, "nothing is to change")
            .hint("heistctl client set --help names the flags"));
    }
    checked(&record)?;
    store.replace(&record).map_err(|error| about(&args.id, &error))?;
    Ok(Found::Done { id: args.id.clone(), what: "changed" })
}

fn switch(store: &dyn Store, id: &str, disabled: bool) -> Result<Found, Failure> {
    let record = one(store, id)?.record;
    store.replace(&ClientRecord { disabled, ..record }).map_err(|error| about(id, &error))?;
    Ok(Found::Done { id: id.to_owned(), what: if disabled { "disabled" } else { "enabled" } })
}

fn rotate_secret(store: &dyn Store, args: &RotateArgs, now: Timestamp) -> Result<Found, Failure> {
    if one(store, &args.id)?.record.auth_method.as_deref() == Some("private_key_jwt") {
        return Err(Failure::new(Exit::Usage, PHASE, format!("client {:?} has keys and no secret", args.id))
            .hint("heistctl client set ID --jwks FILE gives it other keys"));
    }
    let (secret, hash) = if args.secret_stdin {
        (None, hash_of(&from_stdin()?)?)
    } else {
        let secret = made()?;
        let hash = SecretHash::of(&secret);
        (Some(secret), hash)
    };
    let old_end = if args.now { now } else { now.after(args.overlap) };
    store.rotate(&args.id, &hash.text(), now, old_end).map_err(|error| about(&args.id, &error))?;
    Ok(Found::Secret { id: args.id.clone(), secret, old_end: Some(old_end) })
}

fn made() -> Result<Secret, Failure> {
    generated::secret().map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))
}

/// A secret of ours has 256 bits, and a fast hash is enough; one that somebody made up has few.
fn hash_of(secret: &Secret) -> Result<SecretHash, Failure> {
    match generated::is_damaged(secret) {
        Some(false) => return Ok(SecretHash::of(secret)),
        Some(true) => {
            return Err(Failure::new(
                Exit::Usage,
                PHASE,
                "the secret looks like one of heistctl's and is damaged",
            )
            .hint("copy all of it"));
        }
        None => {}
    }
    if secret.len() < MIN_SECRET {
        return Err(Failure::new(
            Exit::Usage,
            PHASE,
            format!("the secret is shorter than {MIN_SECRET} bytes"),
        )
        .hint("without --secret-stdin a good one is made"));
    }
    SecretHash::slow(secret).map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))
}

fn from_stdin() -> Result<Secret, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, PHASE, what);
    if stdin_is_terminal() {
        return Err(usage("stdin is a terminal, and a secret would be seen".to_owned())
            .hint("read -rs SECRET; printf %s \"$SECRET\" | heistctl client …"));
    }
    let bytes = read_all(std::io::stdin().lock(), "stdin").map_err(|error| usage(format!("{error:#}")))?;
    let secret = Secret::from_file_content(bytes);
    if secret.is_empty() { Err(usage("the secret from stdin is empty".to_owned())) } else { Ok(secret) }
}

/// Changes what the flags say.
fn apply(record: &mut ClientRecord, flags: &ClientFlags) -> Result<(), Failure> {
    let wrong = |what: String| Failure::new(Exit::Usage, PHASE, what);
    let scopes = |texts: &[String]| scope_list(texts).map_err(|error| wrong(format!("--scope: {error}")));
    if !flags.scope.is_empty() {
        record.scopes = scopes(&flags.scope)?;
    }
    if !flags.default_scope.is_empty() {
        record.default_scopes = Some(scopes(&flags.default_scope)?);
    }
    if !flags.audience.is_empty() {
        record.audiences.clone_from(&flags.audience);
    }
    if let Some(lifetime) = flags.lifetime {
        record.lifetime = Some(lifetime.as_secs()).filter(|seconds| *seconds > 0);
        if lifetime < Duration::from_secs(1) {
            return Err(wrong("--lifetime is under a second".to_owned()).hint("write it as 15m"));
        }
    }
    if !flags.allow_from.is_empty() {
        record.allow_from.clone_from(&flags.allow_from);
    }
    record.introspect = flags.introspect.unwrap_or(record.introspect);
    record.token_exchange = flags.token_exchange.unwrap_or(record.token_exchange);
    record.dpop_required = flags.dpop_required.unwrap_or(record.dpop_required);
    if let Some(path) = &flags.jwks {
        (record.jwks, record.jwks_uri) = (Some(keys(path)?), None);
    }
    if let Some(uri) = &flags.jwks_uri {
        (record.jwks, record.jwks_uri) = (None, Some(uri.clone()));
    }
    method(record, flags);
    Ok(())
}

/// Keys say it without a method's name.
fn method(record: &mut ClientRecord, flags: &ClientFlags) {
    if let Some(method) = flags.auth_method {
        record.auth_method = Some(method.name().to_owned());
    } else if flags.jwks.is_some() || flags.jwks_uri.is_some() {
        record.auth_method = Some("private_key_jwt".to_owned());
    }
}

fn keys(path: &Path) -> Result<serde_json::Value, Failure> {
    let read = environment::file(path, PHASE)?;
    let wrong = |why: String| {
        Failure::new(Exit::Usage, PHASE, format!("--jwks {}: {why}", read.origin))
            .hint("public keys: PEM, JWK or JWK Set")
    };
    let set = KeySet::read(read.value.expose(), &read.origin)
        .map(KeySet::published)
        .map_err(|error| wrong(error.to_string()))?;
    let published: Vec<_> = set.keys.iter().filter_map(jwk::publish).collect();
    if published.is_empty() {
        return Err(wrong("there is no public key in it".to_owned()));
    }
    Ok(serde_json::json!({ "keys": published }))
}

/// What would make no client is refused before it is kept.
fn checked(record: &ClientRecord) -> Result<(), Failure> {
    let wrong = |what: String, hint: &str| Err(Failure::new(Exit::Usage, PHASE, what).hint(hint));
    if let Some(beyond) = record
        .default_scopes
        .as_ref()
        .and_then(|scopes| scopes.minus(&record.scopes).next().map(str::to_owned))
    {
        return wrong(format!("--default-scope has {beyond}, which --scope lacks"), "add it to --scope");
    }
    if let Some(bad) = record.audiences.iter().find(|audience| !is_resource(audience)) {
        return wrong(
            format!("--audience {bad:?} is no absolute URI without a fragment (RFC 8707)"),
            "write it as https://api.example.com",
        );
    }
    if let Err(error) = Networks::parse(&record.allow_from) {
        return wrong(format!("--allow-from: {error}"), "write it as 10.0.0.0/8");
    }
    if let Some(Err(error)) = record.jwks_uri.as_ref().map(|uri| Endpoint::parse(uri, false)) {
        return wrong(format!("--jwks-uri: {error}"), "write it as https://host/jwks.json");
    }
    if record.dpop_required && record.token_exchange {
        return wrong(
            "--dpop-required and --token-exchange exclude one another".to_owned(),
            "choose one of the two",
        );
    }
    let has_keys = record.jwks.is_some() || record.jwks_uri.is_some();
    if has_keys != (record.auth_method.as_deref() == Some("private_key_jwt")) {
        return wrong(
            "private_key_jwt goes with --jwks or --jwks-uri, and neither without it".to_owned(),
            "choose keys or a secret",
        );
    }
    Ok(())
}

/// The letters of a fingerprint by which a secret can be told from another without knowing it.
#[must_use]
pub fn shown_hash(hash: &str) -> String {
    let kind = if hash.starts_with("sha256:") { "sha256" } else { "argon2id" };
    format!("{kind} {}", digest::hex(&digest::sha256(hash.as_bytes())[..4]))
}
