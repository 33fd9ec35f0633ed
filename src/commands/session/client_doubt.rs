//! Hints on a client's credentials after a refusal, and their probable mistakes.

use super::credentials::{ClientCredentials, CredentialKind};
use crate::commands::misplaced;
use crate::http::visible;
use std::path::Path;

/// A probable mistake in the client's credentials.
#[derive(Debug)]
pub struct ClientDoubt {
    /// The credential and its source.
    pub of: String,
    /// The mistake, to complete a sentence about it.
    pub what: String,
    pub cure: String,
}

impl ClientCredentials {
    /// The client id and the credential with their sources, to check after a refusal.
    #[must_use]
    pub fn to_check(&self) -> String {
        let shown = match self.shown {
            CredentialKind::Nothing => "that the client needs no credential".to_owned(),
            _ => format!("{} (from {})", self.noun(), self.origin()),
        };
        match &self.id {
            Some(id) => format!("client id (from {}) and {shown}", id.origin),
            None => shown,
        }
    }

    /// A probable mistake in the client's credentials, for a refusal.
    #[must_use]
    pub fn doubt(&self) -> Option<ClientDoubt> {
        let odd = |noun: &str, value: &str, origin: &str| {
            let unseen = visible::unseen(value).map(|unseen| (unseen, "give it without that character"));
            let misplaced = || misplaced::secret(value).map(|(what, cure)| (what.to_owned(), cure));
            let is_file = || noun == "secret" && Path::new(value).is_file();
            let file = || is_file().then(|| ("is the name of a file".to_owned(), misplaced::TAKES_PATH));
            let (what, cure) = unseen.or_else(misplaced).or_else(file)?;
            Some(ClientDoubt {
                of: format!("{noun} from {origin}"),
                what,
                cure: cure.replace("the secret", &format!("the {noun}")),
            })
        };
        let secret = match &self.shown {
            CredentialKind::Secret(secret) => {
                let text = String::from_utf8_lossy(secret.value.expose());
                odd("secret", &text, &secret.origin).or_else(|| {
                    let what = format!("has {} in its words", self.unexpanded?);
                    let cure = "no shell expands it there: secret_command = [\"sh\", \"-c\", \"…\"] runs one";
                    Some(ClientDoubt {
                        of: format!("secret from {}", secret.origin),
                        what,
                        cure: cure.to_owned(),
                    })
                })
            }
            _ => None,
        };
        let id = self.id.as_ref();
        let both = id.filter(|id| id.value.contains(':')).map(|id| ClientDoubt {
            of: format!("client id from {}", id.origin),
            what: "has a colon, as id and secret in one".to_owned(),
            cure: "give the id alone: HEISTCTL_CLIENT_ID=ID HEISTCTL_CLIENT_SECRET=SECRET".to_owned(),
        });
        secret.or_else(|| id.and_then(|id| odd("client id", &id.value, &id.origin))).or(both)
    }
}
