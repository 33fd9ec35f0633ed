//! Finds the clients for which a subject of a trusted issuer may stand. Anybody can get tokens of a public
//! platform, so a token must not have every rule of every client tried.

use super::Client;
use super::subject_glob::literal_start;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Clients with rules, in order, by the trusts and subjects of their rules.
#[derive(Clone, Debug, Default)]
pub(super) struct FederatedIndex {
    clients: Vec<Arc<Client>>,
    by_trust: HashMap<String, TrustRules>,
}

/// The places of the clients with rules of one trust.
#[derive(Clone, Debug, Default)]
struct TrustRules {
    by_subject: HashMap<String, Vec<usize>>,
    /// By the text of the pattern before its first `*`.
    by_start: HashMap<String, Vec<usize>>,
    /// The lengths of these texts.
    lengths: BTreeSet<usize>,
}

impl FederatedIndex {
    pub(super) fn add(&mut self, client: Arc<Client>) {
        let place = self.clients.len();
        for rule in &client.federated {
            let rules = self.by_trust.entry(rule.trust.clone()).or_default();
            match (&rule.sub, &rule.sub_glob) {
                (Some(sub), None) => rules.by_subject.entry(sub.clone()).or_default().push(place),
                (None, Some(pattern)) => {
                    let start = literal_start(pattern);
                    rules.lengths.insert(start.len());
                    rules.by_start.entry(start.to_owned()).or_default().push(place);
                }
                // Such a rule fits nothing.
                (None, None) | (Some(_), Some(_)) => {}
            }
        }
        self.clients.push(client);
    }

    /// All of them.
    pub(super) fn clients(&self) -> &[Arc<Client>] {
        &self.clients
    }

    /// The clients with a rule of that trust that may fit the subject, in order.
    pub(super) fn candidates(&self, trust: &str, sub: &str) -> impl Iterator<Item = &Arc<Client>> {
        let rules = self.by_trust.get(trust);
        let places: BTreeSet<usize> = rules.map(|rules| rules.places(sub)).unwrap_or_default();
        places.into_iter().filter_map(|place| self.clients.get(place))
    }
}

impl FromIterator<Client> for FederatedIndex {
    fn from_iter<T: IntoIterator<Item = Client>>(clients: T) -> Self {
        let mut index = Self::default();
        clients.into_iter().for_each(|client| index.add(Arc::new(client)));
        index
    }
}

impl TrustRules {
    fn places(&self, sub: &str) -> BTreeSet<usize> {
        let starts = self.lengths.iter().filter_map(|length| sub.get(..*length));
        let by_start = starts.filter_map(|start| self.by_start.get(start));
        by_start.chain(self.by_subject.get(sub)).flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::ClientAuth;
    use crate::registry::federated::FederatedRule;
    use crate::scope::ScopeSet;

    fn client(id: &str, trust: &str, subjects: &[&str]) -> Client {
        let rule = |subject: &&str| {
            let text = Some((*subject).to_owned());
            let (sub, sub_glob) = if subject.contains('*') { (None, text) } else { (text, None) };
            FederatedRule { trust: trust.to_owned(), sub, sub_glob, ..FederatedRule::default() }
        };
        let federated = subjects.iter().map(rule).collect();
        Client { federated, ..Client::new(id, ClientAuth::Federated, ScopeSet::empty()) }
    }

    #[test]
    fn only_clients_with_a_rule_that_may_fit_are_candidates() {
        let index: FederatedIndex = [
            client("exact", "t", &["a:b", "a:c"]),
            client("glob", "t", &["a:*", "a:**", "é:*"]),
            client("longer", "t", &["a:b:*"]),
            client("any", "t", &["**"]),
            client("elsewhere", "u", &["a:b", "**"]),
        ]
        .into_iter()
        .collect();
        for (trust, sub, expected) in [
            ("t", "a:b", &["exact", "glob", "any"][..]),
            ("t", "a:b:c", &["glob", "longer", "any"]),
            ("t", "a", &["any"]),
            ("t", "ü:x", &["any"]),
            ("t", "é:x", &["glob", "any"]),
            ("t", "", &["any"]),
            ("u", "a:b", &["elsewhere"]),
            ("v", "a:b", &[]),
        ] {
            let found: Vec<&str> = index.candidates(trust, sub).map(|client| client.id.as_str()).collect();
            assert_eq!(found, expected, "{trust} {sub}");
        }
        assert_eq!(index.clients().len(), 5);
    }
}
