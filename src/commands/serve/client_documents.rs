//! Fetches the metadata documents of clients, whose URL is their id, and the keys that documents name. Only
//! addresses of the public internet are used, unless the rule allows others.

use super::fetches::{FetchKind, FetchSource, Fetches, Freshness, MAX_KNOWN, Published};
use super::issuer_keys;
use super::remote_keys::{self, FetchedKeys, KEYS, Tell, WeakKeys, check_status, unanswered};
use crate::client::agent::Agent;
use crate::client::discovery::prepare;
use crate::client::endpoint::EndpointUrl;
use crate::clock::Timestamp;
use crate::issuer::client_document::{self, DocumentRule, MAX_DOCUMENT, MAX_LIFETIME};
use crate::issuer::{ClientDocuments, DocumentUse, FetchError};
use crate::registry::{Client, ClientAuth, ClientKeys};
use std::sync::Arc;

/// A value is refreshed in the background after this share of its lifetime.
const RENEW: i64 = 80;
/// How much longer than its lifetime a document is used while its host fails, in seconds.
const GRACE: i64 = 3300;

/// Clients by the URL of their document.
pub(super) struct FetchedDocuments {
    rules: Arc<[DocumentRule]>,
    fetches: Fetches,
}

/// Everything that clients publish is fetched through one table, in which each host has one slot.
pub(super) fn published(
    rules: Vec<DocumentRule>,
    agent: Agent,
    tell: Tell,
) -> (Arc<FetchedKeys>, Arc<FetchedDocuments>) {
    let rules: Arc<[DocumentRule]> = rules.into();
    let (of_documents, weak, public) = (rules.clone(), WeakKeys::new(tell), agent.only_public());
    let fetches = Fetches::by(move |source, now| {
        let agent = if source.allows_private { &agent } else { &public };
        match source.kind {
            FetchKind::Keys | FetchKind::KeysOfDocument(_) => {
                let keys = remote_keys::fetch(agent, &source.url, &weak)?;
                Ok((Published::Keys(Arc::new(keys)), KEYS))
            }
            FetchKind::KeysOfIssuer => {
                let keys = issuer_keys::fetch(agent, &source.url, &weak)?;
                Ok((Published::Keys(Arc::new(keys)), KEYS))
            }
            FetchKind::Document => {
                let rule = rule(&of_documents, &source.url).ok_or_else(|| "it is not allowed".to_owned())?;
                let (client, freshness) = fetch(agent, &source.url, rule, now)?;
                if let ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), .. } = &client.auth {
                    weak.tell(keys, &format!("client document {}", source.url));
                }
                Ok((Published::Client(Arc::new(client)), freshness))
            }
        }
    });
    (Arc::new(FetchedKeys(fetches.clone())), Arc::new(FetchedDocuments { rules, fetches }))
}

/// The first rule that allows the id.
fn rule<'a>(rules: &'a [DocumentRule], id: &str) -> Option<&'a DocumentRule> {
    rules.iter().find(|rule| rule.allows(id))
}

fn fetch(
    agent: &Agent,
    url: &str,
    rule: &DocumentRule,
    now: Timestamp,
) -> Result<(Client, Freshness), FetchError> {
    let endpoint = EndpointUrl::parse(url, false).map_err(|error| error.to_string())?;
    let answer =
        agent.fetch_at_most(&prepare(&endpoint), MAX_DOCUMENT).map_err(|error| unanswered(&error))?;
    check_status(answer.status)?;
    if answer.status != 200 {
        return Err(format!("answered {}", answer.status).into());
    }
    let client = client_document::read(url, &answer.headers, &answer.body, rule)?;
    Ok((client, freshness(client_document::lifetime(&answer.headers, now))))
}

/// Used up to a day, whatever its headers say and its host does.
fn freshness(lifetime: i64) -> Freshness {
    let stale = (lifetime + GRACE).min(MAX_LIFETIME);
    Freshness { renew: lifetime * RENEW / 100, fresh: lifetime, stale }
}

impl FetchedDocuments {
    fn source(&self, id: &str) -> Option<FetchSource> {
        let rule = rule(&self.rules, id)?;
        Some(FetchSource {
            kind: FetchKind::Document,
            url: id.to_owned(),
            allows_private: rule.allow_private,
        })
    }
}

fn client(answer: Result<Published, FetchError>) -> Result<Arc<Client>, FetchError> {
    match answer? {
        Published::Client(client) => Ok(client),
        Published::Keys(_) => Err(FetchError::Failed("it is not a client's document".to_owned())),
    }
}

impl ClientDocuments for FetchedDocuments {
    fn any(&self) -> bool {
        !self.rules.is_empty()
    }

    fn allows(&self, id: &str) -> bool {
        rule(&self.rules, id).is_some()
    }

    fn known(&self, id: &str, now: Timestamp) -> Option<Result<Arc<Client>, FetchError>> {
        self.fetches.known(&self.source(id)?, &|_| true, now).map(client)
    }

    fn client(&self, id: &str, now: Timestamp) -> Result<Arc<Client>, FetchError> {
        let source = self.source(id).ok_or_else(|| FetchError::Failed("it is not allowed".to_owned()))?;
        client(self.fetches.wait(&source, &|_| true, now))
    }

    fn usage(&self) -> DocumentUse {
        DocumentUse { known: self.fetches.documents(), limit: MAX_KNOWN }
    }
}
