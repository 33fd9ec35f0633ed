//! The issuer without sockets: a service, requests as values, answers as JSON, a moment that the
//! test sets.

use super::keys::Key;
use heistctl::clock::Timestamp;
use heistctl::http::{Headers, Method, Peer, Request, Response};
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::keyset::KeySet;
use heistctl::jose::private::PrivateKey;
use heistctl::jose::sign::Signer;
use heistctl::registry::{
    AssertionAudience, Client, ClientAuth, ClientKeys, Permissions, Registry, SharedKey,
};
use heistctl::server::route::route;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
pub(crate) const ISSUER: &str = "https://as.example.com/tenant";
pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A service and the key of its client `signer`.
pub(crate) struct Issuer {
    pub(crate) service: Service,
    pub(crate) client_key: Key,
    pub(crate) now: Cell<Timestamp>,
    /// Who sends what is sent.
    pub(crate) peer: RefCell<Peer>,
    ids: Cell<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    response: Response,
    pub(crate) reason: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_ref())
    }

    /// All header fields.
    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        self.response.headers.iter().map(|(field, value)| (*field, value.as_ref())).collect()
    }

    /// By how much the answer is held back, in milliseconds.
    pub(crate) fn delay(&self) -> u128 {
        self.response.delay.as_millis()
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {} ({})", self.body, self.reason))
    }

    /// Refused with that status and error, and that in the log.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, error: &str, reason: &str) {
        let got = self.body["error"].as_str().unwrap_or_default();
        assert_eq!((self.status, got), (status, error), "{} ({})", self.body, self.reason);
        assert!(self.reason.contains(reason), "{:?} lacks {reason:?}", self.reason);
    }
}

fn asymmetric(id: &str, key: &Key, audience: AssertionAudience) -> Client {
    let keys = KeySet::read(json!({"keys": [key.jwk()]}).to_string().as_bytes(), "test").unwrap();
    let auth = ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), audience };
    Client { auth, ..super::client(id, "", "a b") }
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self::with(ISSUER, "ES256", ServiceSettings::default())
    }

    pub(crate) fn with(issuer: &str, alg: &str, settings: ServiceSettings) -> Self {
        heistctl::jose::install_provider();
        let algorithm = alg.parse().unwrap();
        let signer = Signer::asymmetric(PrivateKey::generate(algorithm).unwrap(), algorithm).unwrap();
        Self::signing(issuer, signer, settings)
    }

    /// An issuer that signs with this key.
    pub(crate) fn signing(issuer: &str, signer: Signer, settings: ServiceSettings) -> Self {
        let client_key = Key::for_alg("ES256");
        let shared = json!({"kty": "oct", "k": Key::for_alg("HS256").jwk()["k"]}).to_string();
        let key = KeySet::read(shared.as_bytes(), "test").unwrap().keys.remove(0);
        let shared = SharedKey { key, ends: None };
        let may = |introspect, exchange, dpop_required| Permissions {
            introspect,
            exchange,
            dpop_required,
            ..Permissions::default()
        };
        let mut registry = Registry::default();
        for client in [
            Client {
                audiences: vec!["https://api".to_owned(), "https://other".to_owned()],
                ..super::client("c", "s", "a b")
            },
            Client { may: may(true, false, false), ..super::client("rs", "s", "") },
            Client { may: may(false, true, false), ..super::client("agent", "s", "b c") },
            Client { may: may(false, true, false), ..super::client("agent2", "s", "a b c") },
            Client { may: may(false, false, true), ..super::client("bound", "s", "a") },
            Client { lifetime: Some(Duration::from_secs(60)), ..super::client("short", "s", "a b") },
            asymmetric("signer", &client_key, AssertionAudience::Issuer),
            asymmetric("older", &client_key, AssertionAudience::IssuerOrTokenUrl),
            Client {
                auth: ClientAuth::SecretJwt { secrets: vec![shared], audience: AssertionAudience::Issuer },
                ..super::client("shared", "", "a")
            },
        ] {
            registry.add(client).unwrap();
        }
        let public_url = if issuer.contains("://") { issuer } else { "http://127.0.0.1:8001" };
        let identity = IssuerIdentity { issuer: issuer.to_owned(), public_url: public_url.to_owned() };
        let service = Service::new(identity, registry, signer, settings, Arc::new(NoRemoteKeys));
        Self { service, client_key, now: Cell::new(NOW), peer: RefCell::default(), ids: Cell::new(0) }
    }

    pub(crate) fn send(&self, method: Method, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut fields = Headers::default();
        for (name, value) in headers {
            fields.push(*name, *value);
        }
        let request = Request::new(method, target, fields, body).from_peer(self.peer.borrow().clone());
        self.ids.set(self.ids.get().wrapping_add(1));
        let outcome = route(&self.service, &request, self.now.get(), || Ok([self.ids.get(); 16]));
        let response = outcome.response;
        let body = serde_json::from_slice(&response.body).unwrap();
        Answer { status: response.status, body, response, reason: outcome.record.reason.unwrap_or_default() }
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send(Method::Get, target, &[], "")
    }

    pub(crate) fn post(&self, target: &str, body: &str) -> Answer {
        self.send(Method::Post, target, &[FORM], body)
    }

    /// A token request of a client with the secret `s`.
    pub(crate) fn ask(&self, client: &str, more: &str) -> Answer {
        self.post(
            "/oauth/token",
            &format!("grant_type=client_credentials&client_id={client}&client_secret=s{more}"),
        )
    }

    pub(crate) fn token(&self, client: &str, more: &str) -> String {
        self.ask(client, more).text("access_token").to_owned()
    }

    pub(crate) fn introspect(&self, token: &str) -> Value {
        self.post("/oauth/introspect", &format!("client_id=rs&client_secret=s&token={token}")).body
    }

    /// A token request with an assertion.
    pub(crate) fn assert(&self, jwt: &str) -> Answer {
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        self.post(
            "/oauth/token",
            &format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={jwt}"),
        )
    }

    pub(crate) fn resource(&self, authorization: &str, more: &[(&str, &str)]) -> Answer {
        let headers = [&[("Authorization", authorization)], more].concat();
        self.send(Method::Get, "/protected-resource", &headers, "")
    }
}
