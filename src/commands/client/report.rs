//! The results of `client`.

use super::import::{Importing, Secrets};
use super::list::{ListedClient, Listing};
use crate::clock::{Timestamp, relative};
use crate::jose::digest;
use crate::secret::Secret;

pub struct ClientReport {
    pub found: ClientOutcome,
    pub json: bool,
    /// By the clock that dates clients.
    pub now: Timestamp,
    /// By the clock that ends secrets. The two differ after a jump of the clock, until it is accepted.
    pub ends: Timestamp,
    pub notes: Vec<String>,
}

impl ClientReport {
    /// Notes for stderr.
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

    /// A note for after the answer.
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

    /// The loss if the answer cannot be written, and the cure; `None` if the answer can be had again.
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

pub enum ClientOutcome {
    /// A client has a new secret.
    Secret {
        id: String,
        /// Shown now and never again; none if the user gave it or the client has keys.
        secret: Option<Secret>,
        /// The end of the older secrets.
        old_end: Option<Timestamp>,
    },
    /// Clients were registered, some with a new secret.
    Imported(Secrets),
    /// Clients are registered while their secrets are printed.
    Importing(Box<Importing>),
    /// Clients are read while they are printed.
    Clients(Box<Listing>),
    Client(Box<ListedClient>),
    Done {
        id: String,
        /// `changed`, `disabled`, `enabled`, `removed`.
        what: &'static str,
    },
    /// A hash for the configuration.
    Hash(String),
}

/// A short digest that tells secrets apart without showing them.
#[must_use]
pub fn shown_hash(hash: &str) -> String {
    let kind = if hash.starts_with("sha256:") { "sha256" } else { "argon2id" };
    format!("{kind} {}", digest::hex(&digest::sha256(hash.as_bytes())[..4]))
}
