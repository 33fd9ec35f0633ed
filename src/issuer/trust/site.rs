//! For tests: a platform that signs identities, and a service that trusts it.

use super::check::IdentityDoor;
use super::preset::{PRESETS, Preset};
use super::{TrustKeys, TrustedIssuer};
use crate::clock::Timestamp;
use crate::http::{Headers, Method, Request};
use crate::issuer::{
    FetchError, IssuerIdentity, LoggedResponse, RemoteKeys, Service, ServiceSettings, token,
};
use crate::jose::algorithm::Algorithm;
use crate::jose::key::VerifyingKey;
use crate::jose::keyset::KeySet;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::registry::federated::FederatedRule;
use crate::registry::{Client, ClientAuth, KeysUrl, Permissions, Registry};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

pub(super) const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
pub(super) const ISSUER: &str = "https://as.example.com";
pub(super) const OPEN: &str = "https://token.actions.githubusercontent.com";
pub(super) const SUB: &str = "repo:acme/api:environment:prod";

/// An identity before it is signed.
pub(super) struct Draft {
    pub(super) header: Value,
    pub(super) claims: Value,
    /// The key that signs it.
    pub(super) signer: &'static str,
    /// The last change, to the signed text.
    pub(super) after: fn(String) -> String,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            header: json!({"alg": "ES256", "typ": "JWT", "kid": "one"}),
            claims: json!({
                "iss": OPEN, "sub": SUB, "aud": ISSUER, "jti": "j1", "iat": NOW.unix(), "exp": NOW.unix() + 300,
                "repository_id": "74", "repository_owner_id": "65", "repository": "acme/api", "sha": "cafe",
                "run_id": "7", "environment": "prod", "scope": "admin",
            }),
            signer: "one",
            after: |jwt| jwt,
        }
    }
}

impl Draft {
    pub(super) fn with(claims: &Value) -> Self {
        let mut draft = Self::default();
        for (name, value) in claims.as_object().unwrap() {
            draft.claims[name] = value.clone();
        }
        draft
    }
}

/// A platform with a key set of `one` (ES256) and `es384`.
pub(super) struct Platform(Vec<(&'static str, Signer)>);

impl Platform {
    pub(super) fn new() -> Self {
        crate::jose::install_provider();
        let made = |name, alg| (name, Signer::asymmetric(PrivateKey::generate(alg).unwrap(), alg).unwrap());
        let hmac = Signer::hs256(Secret::new([1; 32])).unwrap();
        let mut signers = vec![("hmac", hmac), made("es384", Algorithm::ES384)];
        signers.extend(["one", "other", "forged"].map(|name| made(name, Algorithm::ES256)));
        Self(signers)
    }

    fn signer(&self, name: &str) -> &Signer {
        &self.0.iter().find(|(known, _)| *known == name).unwrap().1
    }

    pub(super) fn keys(&self) -> KeySet {
        let key = |name: &str| VerifyingKey {
            kid: Some(name.to_owned()),
            ..self.signer(name).verifying_key().clone()
        };
        KeySet { given: true, keys: ["one", "es384"].map(key).to_vec(), ..KeySet::none() }
    }

    pub(super) fn sign(&self, draft: &Draft) -> String {
        let mut header = draft.header.clone();
        match draft.signer {
            "es384" => (header["alg"], header["kid"]) = (json!("ES384"), json!("es384")),
            "hmac" => header["alg"] = json!("HS256"),
            "other" => header["kid"] = json!("other"),
            _ => {}
        }
        (draft.after)(self.signer(draft.signer).sign_with_header(&header, &draft.claims).unwrap())
    }

    pub(super) fn trust(&self) -> TrustedIssuer {
        trust_of("github-actions", OPEN, TrustKeys::Fixed(Arc::new(self.keys())))
    }
}

pub(super) fn trust_of(preset: &str, issuer: &str, keys: TrustKeys) -> TrustedIssuer {
    let preset: &'static Preset = PRESETS.iter().find(|known| known.name == preset).unwrap();
    TrustedIssuer {
        name: preset.name.to_owned(),
        preset,
        issuer: issuer.to_owned(),
        keys,
        algorithms: preset.algorithms.to_vec(),
        audiences: Vec::new(),
        max_lifetime: preset.max_lifetime,
        replay: preset.replay,
    }
}

pub(super) fn rule(trust: &str, sub: &str, id: &str) -> FederatedRule {
    FederatedRule {
        trust: trust.to_owned(),
        sub: Some(sub.to_owned()),
        claims: Map::from_iter([("repository_id".to_owned(), json!(id))]),
        ..FederatedRule::default()
    }
}

pub(super) fn client(id: &str, rules: Vec<FederatedRule>) -> Client {
    let scopes: ScopeSet = "deploy:read deploy:write".parse().unwrap();
    Client {
        federated: rules,
        claims_from: ["repository", "sha", "missing"].map(str::to_owned).to_vec(),
        may: Permissions { exchange: true, ..Permissions::default() },
        ..Client::new(id, ClientAuth::Federated, scopes)
    }
}

/// Keys at an address, or the reason why there are none; counts how often they are asked for.
pub(super) struct Remote {
    pub(super) answer: Mutex<Result<Arc<KeySet>, FetchError>>,
    pub(super) asked: AtomicUsize,
}

impl RemoteKeys for Remote {
    fn keys(&self, _: &KeysUrl, _: Option<&str>, _: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        self.asked.fetch_add(1, Relaxed);
        self.answer.lock().unwrap().clone()
    }
}

/// The doors, each with the status and the code of its refusals.
pub(super) fn doors() -> [(IdentityDoor, u16, &'static str); 3] {
    [
        (IdentityDoor::Client, 401, "invalid_client"),
        (IdentityDoor::Grant, 400, "invalid_grant"),
        (IdentityDoor::Exchange, 400, "invalid_grant"),
    ]
}

/// A service that trusts a platform, and has the client `deploy`.
pub(super) struct Site {
    pub(super) service: Service,
}

impl Site {
    pub(super) fn new(platform: &Platform) -> Self {
        let deploy = client("deploy", vec![rule("github-actions", SUB, "74")]);
        Self::of(vec![platform.trust()], vec![deploy])
    }

    pub(super) fn of(trust: Vec<TrustedIssuer>, clients: Vec<Client>) -> Self {
        let none = Remote { answer: Mutex::new(Err(FetchError::Busy)), asked: AtomicUsize::new(0) };
        Self::fetching(trust, clients, Arc::new(none))
    }

    pub(super) fn fetching(trust: Vec<TrustedIssuer>, clients: Vec<Client>, keys: Arc<Remote>) -> Self {
        let mut registry = Registry::default();
        for client in clients {
            registry.add(client.fit().unwrap()).unwrap();
        }
        let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
        let signer = Signer::hs256(Secret::new([2; 32])).unwrap();
        let settings = ServiceSettings { audited: true, ..ServiceSettings::default() };
        let service = Service::new(identity, registry, signer, settings, keys);
        Self { service: service.with_trust(trust) }
    }

    /// Presents an identity at a door, with more parameters.
    pub(super) fn ask(&self, door: IdentityDoor, identity: &str, more: &str) -> LoggedResponse {
        const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        const GRANT: &str = "urn:ietf:params:oauth:grant-type";
        let id_token = "urn:ietf:params:oauth:token-type:id_token";
        let body = match door {
            IdentityDoor::Client => format!(
                "grant_type=client_credentials&client_assertion_type={ASSERTION}&client_assertion={identity}{more}"
            ),
            IdentityDoor::Grant => format!("grant_type={GRANT}:jwt-bearer&assertion={identity}{more}"),
            IdentityDoor::Exchange => format!(
                "grant_type={GRANT}:token-exchange&subject_token_type={id_token}&subject_token={identity}{more}"
            ),
        };
        self.send(&body)
    }

    pub(super) fn send(&self, body: &str) -> LoggedResponse {
        let mut headers = Headers::default();
        headers.push("Content-Type", "application/x-www-form-urlencoded");
        let request = Request::new(Method::Post, "/oauth/token", headers, body);
        token::answer(&self.service, &request, NOW, [7; 16])
    }

    /// The claims of an issued token.
    pub(super) fn claims(outcome: &LoggedResponse) -> Value {
        let body: Value = serde_json::from_slice(&outcome.response.body).unwrap();
        assert_eq!(outcome.response.status, 200, "{body} {:?}", outcome.record.reason);
        let jwt = body["access_token"].as_str().unwrap();
        let payload = crate::jose::digest::unbase64(
            &base64::alphabet::URL_SAFE,
            jwt.split('.').nth(1).unwrap().as_bytes(),
        );
        serde_json::from_slice(&payload.unwrap()).unwrap()
    }

    /// The number of identities that are remembered as used.
    pub(super) fn remembered(&self) -> usize {
        self.service.state.assertions.fill().0
    }
}
