//! The results of `client`.

use super::import::{Importing, Secrets};
use super::list::{ListedClient, Listing};
use crate::clock::{Timestamp, relative};
use crate::jose::digest;
use crate::secret::Secret;

pub struct ClientReport {
    pub found: ClientOutcome,
    pub json: bool,
    /// The time by the clock that dates clients.
    pub now: Timestamp,
    /// The time by the clock for the expiry of secrets. After a clock jump the two differ until the jump is
    /// accepted.
    pub ends: Timestamp,
    pub notes: Vec<String>,
}

impl ClientReport {
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        match &self.found {
            ClientOutcome::Secret { old_end: Some(end), .. } => {
                let when = relative(i128::from(end.unix()), self.ends);
                notes.push(format!("the older secrets expire {when}"));
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
                Some(format!("this is the secret of client {id}; it is shown only once"))
            }
            ClientOutcome::Imported(secrets) if !secrets.is_empty() => Some(
                "these are client ids and secrets, one pair per line; they are shown only once".to_owned(),
            ),
            _ => None,
        }
    }

    /// The loss if the answer cannot be printed, and the hint; `None` if the answer can be printed again.
    #[must_use]
    pub fn lost(&self) -> Option<(String, &'static str)> {
        const ANOTHER: &str =
            "heistctl client rotate ID makes a new one, heistctl client remove ID removes the client";
        match &self.found {
            ClientOutcome::Secret { id, secret: Some(_), old_end: None } => {
                Some((format!("client {id:?} is registered, but its secret is lost"), ANOTHER))
            }
            ClientOutcome::Secret { id, secret: Some(_), old_end: Some(end) } => {
                let when = relative(i128::from(end.unix()), self.ends);
                let what = format!(
                    "client {id:?} has a new secret, which is lost, and the older ones expire {when}"
                );
                Some((what, "heistctl client rotate ID makes a new one"))
            }
            ClientOutcome::Imported(secrets) if !secrets.is_empty() => {
                let what = format!("the clients are registered, but secrets are lost: {}", secrets.len());
                Some((what, ANOTHER))
            }
            _ => None,
        }
    }
}

pub enum ClientOutcome {
    Secret {
        id: String,
        /// Shown only now. `None` if the user gave it or the client has keys.
        secret: Option<Secret>,
        /// When the older secrets expire.
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
    /// A hash for heist.toml.
    Hash(String),
}

/// A short digest that tells secrets apart without revealing them.
#[must_use]
pub fn shown_hash(hash: &str) -> String {
    let kind = match hash.split(':').next() {
        Some("sha256") => "sha256",
        Some("a256gcm") => "sealed",
        Some("secret") => "unsealed",
        _ => "argon2id",
    };
    format!("{kind} {}", digest::hex(&digest::sha256(hash.as_bytes())[..4]))
}
