//! `[[trust]]`: the issuers whose tokens stand for clients, and the checks of clients' rules against them.

use super::config::Config;
use super::config_trust::{DISCOVERY, TrustEntry};
use super::prepared::Prepared;
use super::problems::{Problems, not_offered, wrong};
use super::remote_keys::{self, WeakKeys};
use super::urls::{check_issuer, check_jwks_uri};
use super::{client_identities, issuer_keys, named_file};
use crate::client::agent::Agent;
use crate::commands::configuration::file::folder_of;
use crate::commands::configuration::literal::list;
use crate::commands::environment::Sourced;
use crate::exit::Failure;
use crate::issuer::ServiceSettings;
use crate::issuer::trust::preset::{IdentityKind, PLAIN, Preset, Replay};
use crate::issuer::trust::{TrustKeys, TrustedIssuer, danger, trust_domain};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::keyset::KeySet;
use crate::registry::federated::FederatedRule;
use crate::registry::wait::WaitPolicy;
use crate::registry::{Client, ClientAuth, KeysNamedBy, KeysUrl, Registry};
use crate::scope::ScopeSet;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const KEYS: [&str; 7] = ["name", "preset", "issuer", "keys", "algorithms", "audiences", "replay"];

/// A failure, and the key to which it belongs.
type KeyFault = (&'static str, Failure);

/// The trusted issuers of a configuration, after a check of the rules of its clients. Files are relative to
/// `folder`.
pub(super) fn declared(
    config: &Config,
    folder: &Path,
    (registry, insecure_http): (&Registry, bool),
    problems: &mut Problems,
) -> Vec<TrustedIssuer> {
    let found = trusted(config, folder, insecure_http, problems);
    check_rules(registry, &found, config, problems);
    found
}

/// The trusted issuers alone.
fn trusted(
    config: &Config,
    folder: &Path,
    insecure_http: bool,
    problems: &mut Problems,
) -> Vec<TrustedIssuer> {
    let mut found: Vec<TrustedIssuer> = Vec::new();
    for entry in &config.trust {
        if entry.places.has_unknown || entry.places.is_flawed(&KEYS) {
            continue;
        }
        let read = entry.trusted(folder, insecure_http);
        let read = read.and_then(|trust| collision(&trust, &found, config).map_or(Ok(trust), Err));
        match read {
            Ok(trust) => found.push(trust),
            Err((key, failure)) => problems.note(entry.failing(key, failure)),
        }
    }
    found
}

fn collision(trust: &TrustedIssuer, before: &[TrustedIssuer], config: &Config) -> Option<KeyFault> {
    if before.iter().any(|other| other.name == trust.name) {
        let failure = wrong("it is declared twice").hint("give each trust a name of its own");
        return Some(("name", failure));
    }
    let is_same =
        |other: &&TrustedIssuer| other.issuer == trust.issuer && other.preset.kind == trust.preset.kind;
    if let Some(other) = before.iter().find(is_same) {
        let what = format!("trust {:?} has the same issuer", other.name);
        return Some(("issuer", wrong(what).hint("keep one of the two; rules can tell its tokens apart")));
    }
    let is_this = config.issuer.as_deref() == Some(trust.issuer.as_str());
    let hint = "remove it: clients get tokens of this server by their secrets, and exchange them";
    is_this.then(|| ("issuer", wrong("its issuer is this server itself").hint(hint)))
}

impl TrustEntry {
    fn trusted(&self, folder: &Path, insecure_http: bool) -> Result<TrustedIssuer, KeyFault> {
        if self.name.is_empty() || self.name.len() > 64 {
            let failure = wrong("the name must have 1 to 64 characters").hint("name = \"github\"");
            return Err(("name", failure));
        }
        let preset = match self.preset.as_deref() {
            None => &PLAIN,
            Some(name) => Preset::named(name)
                .ok_or_else(|| ("preset", not_offered("preset", name, &Preset::names(), "github-actions")))?,
        };
        let issuer = self.checked_issuer(preset, insecure_http)?;
        Ok(TrustedIssuer {
            keys: self.trust_keys(preset, &issuer, folder)?,
            name: self.name.clone(),
            preset,
            issuer,
            algorithms: self.checked_algorithms(preset)?,
            audiences: self.checked_audiences()?,
            max_lifetime: self.max_lifetime.map_or(preset.max_lifetime, |time| time.as_secs()),
            replay: self.checked_replay(preset)?,
        })
    }

    fn checked_issuer(&self, preset: &Preset, insecure_http: bool) -> Result<String, KeyFault> {
        let hint = || format!("issuer = \"{}\"", preset.example);
        let Some(issuer) = self.issuer.as_deref().or(preset.shared_issuer) else {
            return Err(("issuer", wrong("it has no issuer").hint(hint())));
        };
        if preset.kind == IdentityKind::Spiffe {
            let is_domain = trust_domain(&format!("{issuer}/x")) == Some(issuer);
            let what = format!("the issuer {issuer:?} is not a SPIFFE trust domain");
            return if is_domain { Ok(issuer.to_owned()) } else { Err(("issuer", wrong(what).hint(hint()))) };
        }
        if !issuer.contains("://") {
            let what = format!("the issuer {issuer:?} is not a URL");
            return Err(("issuer", wrong(what).hint(hint())));
        }
        check_issuer(issuer, insecure_http).map_err(|failure| ("issuer", failure))?;
        Ok(issuer.to_owned())
    }

    fn trust_keys(&self, preset: &Preset, issuer: &str, folder: &Path) -> Result<TrustKeys, KeyFault> {
        let at = |failure: Failure| ("keys", failure);
        match self.keys.as_deref() {
            None | Some(DISCOVERY) if preset.kind == IdentityKind::Spiffe => {
                let what = "a SPIFFE trust domain has no metadata to find its keys by";
                Err(at(wrong(what).hint("keys = \"bundle.json\", or the URL of its bundle endpoint")))
            }
            None | Some(DISCOVERY) => Ok(TrustKeys::At(KeysUrl::of_issuer(issuer))),
            Some(url) if url.contains("://") => {
                check_jwks_uri(url).map_err(|failure| {
                    let renamed = |text: &str| text.replacen("jwks_uri", "keys", 1);
                    let hint = failure.hint.as_deref().map(renamed);
                    at(Failure { what: renamed(&failure.what), hint, ..failure })
                })?;
                Ok(TrustKeys::At(KeysUrl::registered(url)))
            }
            Some(path) => {
                let read = named_file::read(Path::new(path), folder, "trust", "keys").map_err(at)?;
                let set = KeySet::read(read.value.expose(), &read.origin);
                let set = set.map_err(|error| {
                    at(wrong(format!("keys {}: {error}", read.origin))
                        .hint("it takes a JWK Set: kubectl get --raw /openid/v1/jwks prints a cluster's"))
                })?;
                let set = set.fetched();
                if set.keys.is_empty() {
                    let why = set.unusable.first().map_or("it has no key", |key| key.why.as_str());
                    let what = format!("keys {}: no key can be used: {why}", read.origin);
                    return Err(at(wrong(what).hint("it takes the issuer's public keys")));
                }
                Ok(TrustKeys::Fixed(Arc::new(set)))
            }
        }
    }

    fn checked_algorithms(&self, preset: &Preset) -> Result<Vec<Algorithm>, KeyFault> {
        let Some(names) = &self.algorithms else { return Ok(preset.algorithms.to_vec()) };
        let public: Vec<&str> = Algorithm::ALL
            .into_iter()
            .filter(|alg| alg.family() != Family::Hmac)
            .map(Algorithm::name)
            .collect();
        if names.is_empty() {
            let failure = wrong("algorithms is empty, so no token would be accepted");
            return Err(("algorithms", failure.hint("algorithms = [\"RS256\", \"ES256\"]")));
        }
        let read = |name: &String| match name.parse::<Algorithm>() {
            Ok(alg) if alg.family() != Family::Hmac => Ok(alg),
            Ok(_) => {
                let what = format!("{name} needs a secret that both sides know, and there is none");
                Err(("algorithms", wrong(what).hint("algorithms = [\"RS256\", \"ES256\"]")))
            }
            Err(_) => Err(("algorithms", not_offered("algorithms", name, &public, "RS256"))),
        };
        names.iter().map(read).collect()
    }

    fn checked_audiences(&self) -> Result<Vec<String>, KeyFault> {
        if self.audiences.iter().any(String::is_empty) {
            let failure =
                wrong("audiences has an empty text").hint("leave audiences out for this server's issuer");
            return Err(("audiences", failure));
        }
        Ok(self.audiences.clone())
    }

    fn checked_replay(&self, preset: &Preset) -> Result<Replay, KeyFault> {
        let Some(word) = self.replay.as_deref() else { return Ok(preset.replay) };
        let replay = Replay::of(word)
            .ok_or_else(|| ("replay", not_offered("replay", word, &Replay::NAMES, Replay::NAMES[0])))?;
        if preset.kind == IdentityKind::IdJag && replay == Replay::Reuse {
            let what = "an ID-JAG can be used once (draft-ietf-oauth-identity-assertion-authz-grant)";
            return Err(("replay", wrong(what).hint("replay = \"once\"")));
        }
        Ok(replay)
    }
}

/// The settings of a configuration for tokens of trusted issuers.
pub(in crate::commands) struct TrustSettings {
    pub(in crate::commands) trusts: Vec<TrustedIssuer>,
    /// The clients with rules. They have no secrets, and only their rules are read.
    pub(in crate::commands) clients: Vec<Arc<Client>>,
    /// The ids of those that the server does not let in.
    pub(in crate::commands) disabled: HashSet<String>,
    pub(in crate::commands) issuer: Option<String>,
    /// In seconds.
    pub(in crate::commands) leeway: u64,
    /// Whether the store is in the memory of the server, out of reach of commands.
    pub(in crate::commands) is_in_memory: bool,
}

/// Reads the trusted issuers and the rules of a configuration, and nothing else of it.
///
/// # Errors
/// Exit 2, with file, line and fix.
pub(in crate::commands) fn read(file: &Sourced<PathBuf>, text: &str) -> Result<TrustSettings, Failure> {
    let (config, problems) = Config::parse(&file.value.display().to_string(), text);
    let mut problems = Problems::new(problems);
    let Some(config) = config else { return problems.end(None) };
    let mut registry = Registry::default();
    for entry in config.clients.iter().filter(|entry| !entry.federated.is_empty()) {
        let rules = client_identities::rules(entry).map_err(|failure| entry.failing("federated", failure));
        let Some(federated) = problems.keep(rules) else { continue };
        let client = Client::new(&entry.id, ClientAuth::Federated, ScopeSet::empty());
        // A duplicate id is a problem for `serve`.
        let _ = registry.add(Client { federated, ..client });
    }
    let trusts = declared(&config, &folder_of(&file.value), (&registry, true), &mut problems);
    let clients = registry.declared().cloned().map(Arc::new).collect();
    let leeway = config.leeway.unwrap_or(ServiceSettings::default().leeway).as_secs();
    let is_in_memory = config.store.as_deref() == Some("memory:");
    problems.end(Some(TrustSettings {
        trusts,
        clients,
        disabled: HashSet::new(),
        issuer: config.issuer,
        leeway,
        is_in_memory,
    }))
}

/// Fetches the keys of a trusted issuer as the server does.
///
/// # Errors
/// The reason.
pub(in crate::commands) fn fetched(trust: &TrustedIssuer, agent: &Agent) -> Result<KeySet, String> {
    let weak = WeakKeys::new(Box::new(|_| {}));
    let read = match &trust.keys {
        TrustKeys::Fixed(keys) => Ok(keys.as_ref().clone()),
        TrustKeys::At(at) if at.named_by == KeysNamedBy::Issuer => issuer_keys::fetch(agent, &at.uri, &weak),
        TrustKeys::At(at) => remote_keys::fetch(agent, &at.uri, &weak),
    };
    read.map_err(|error| error.to_string())
}

/// Notes rules of declared clients that name no trust, or that let in strangers.
fn check_rules(registry: &Registry, trusts: &[TrustedIssuer], config: &Config, problems: &mut Problems) {
    let federated = registry.declared().filter(|client| client.is_federated());
    let federated: HashMap<&str, &Client> = federated.map(|client| (client.id.as_str(), client)).collect();
    for entry in &config.clients {
        let Some(client) = federated.get(entry.id.as_str()) else { continue };
        if let Some(danger) = danger::mixed_users(trusts.iter(), &client.federated) {
            problems.note(entry.failing("federated", wrong(danger.what).hint(danger.hint)));
        }
        for (at, rule) in client.federated.iter().enumerate() {
            let fault = match trusts.iter().find(|trust| trust.name == rule.trust) {
                // The entry of that name has a problem of its own.
                None if config.trust.iter().any(|trust| trust.name == rule.trust) => None,
                None => Some(unknown_trust(&rule.trust, trusts)),
                Some(trust) => danger::refused(trust, rule).map(|danger| (danger.what, danger.hint)),
            };
            if let Some((what, hint)) = fault {
                let failure = wrong(format!("rule {} of federated: {what}", at + 1)).hint(hint);
                problems.note(entry.failing("federated", failure));
            }
        }
    }
}

fn unknown_trust(name: &str, trusts: &[TrustedIssuer]) -> (String, String) {
    let names: Vec<&str> = trusts.iter().map(|trust| trust.name.as_str()).collect();
    let hint = if names.is_empty() {
        format!("declare it: [[trust]], and below it name = \"{name}\" and preset = \"github-actions\"")
    } else {
        format!("the trusts are {}", list(&names))
    };
    (format!("trust {name:?} is not declared"), hint)
}

/// Doubts about the rules of clients, declared or stored. A stored rule that lets in strangers is not used.
pub(super) fn rule_warnings(prepared: &Prepared) -> Vec<String> {
    // A store that cannot be read now is told of elsewhere.
    let clients = prepared.registry.federated(WaitPolicy::ALL).ok().flatten().unwrap_or_default();
    let trusts = &prepared.trust;
    let of_client = |client: &Arc<Client>| -> Vec<String> {
        let of_rule = |rule: &FederatedRule| match trusts.iter().find(|trust| trust.name == rule.trust) {
            None => {
                vec![format!("trust {:?} of a rule is not declared, so the rule is not used", rule.trust)]
            }
            Some(trust) => match danger::refused(trust, rule) {
                Some(danger) => vec![format!("a rule is not used: {}; {}", danger.what, danger.hint)],
                None => danger::doubts(trust, rule),
            },
        };
        let mixed = danger::mixed_users(trusts.iter(), &client.federated);
        let mixed = mixed.map(|danger| format!("{}; {}", danger.what, danger.hint));
        client
            .federated
            .iter()
            .flat_map(of_rule)
            .chain(mixed)
            .map(|what| format!("client {:?}: {what}", client.id))
            .collect()
    };
    clients.iter().flat_map(of_client).collect()
}
