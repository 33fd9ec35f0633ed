//! A request that must wait is run again, and completed work is not repeated.

use super::*;
use crate::clock::Timestamp;
use crate::http::{Headers, Method, Request};
use crate::issuer::{
    IssuerIdentity, LoggedResponse, NoRemoteKeys, Service, ServiceSettings, introspect, revoke, token,
};
use crate::jose::digest;
use crate::jose::digest::base64url;
use crate::jose::sign::Signer;
use crate::registry::Registry;
use crate::registry::client_cache::ClientCache;
use crate::registry::record::ClientRecord;
use crate::registry::secret_hash::SecretHash;
use crate::registry::store::faulty::Faulty;
use crate::registry::store::{Store, StoreError};
use crate::registry::{AssertionAudience, Client, ClientAuth, LiveSecret, Permissions, SharedKey};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::Mutex;

#[path = "unconfirmed_tests.rs"]
mod unconfirmed;

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const SHARED: &str = "0123456789abcdef0123456789abcdef";

/// A service with a store that has the client `stored`, and the queries that the store received.
struct Site {
    service: Service,
    asked: Arc<Mutex<Vec<String>>>,
}

fn declared(id: &str, auth: ClientAuth) -> Client {
    Client {
        may: Permissions { introspect: true, ..Permissions::default() },
        ..Client::new(id, auth, ScopeSet::empty())
    }
}

fn by_secret(hash: SecretHash) -> ClientAuth {
    ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only: None }
}

impl Site {
    fn new() -> Self {
        crate::jose::install_provider();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = asked.clone();
        let store = Faulty::new(move |what| {
            seen.lock().unwrap().push(what.to_owned());
            Ok(())
        });
        let record = ClientRecord { id: "stored".to_owned(), ..ClientRecord::default() };
        store.add(&[(record, Some(SecretHash::of(&Secret::new("s")).text()))]).unwrap();
        let registered = ClientCache::new(Arc::new(store), NOW).unwrap();
        let mut registry = Registry::default();
        let secrets = vec![SharedKey::lasting(Secret::new(SHARED), "test")];
        let audience = AssertionAudience::Issuer;
        let slow = SecretHash::slow(&Secret::new("slow")).unwrap();
        for client in [
            declared("api", by_secret(SecretHash::of(&Secret::new("s")))),
            declared("human", by_secret(slow)),
            declared("caller", ClientAuth::SecretJwt { secrets, audience }),
        ] {
            registry.add(client).unwrap();
        }
        let registry = registry.with_store(Arc::new(registered));
        let identity = IssuerIdentity { issuer: "i".to_owned(), public_url: "http://127.0.0.1".to_owned() };
        let signer = Signer::hs256(Secret::new(SHARED)).unwrap();
        let settings =
            ServiceSettings { per_client: Some("1/h".parse().unwrap()), ..ServiceSettings::default() };
        let service = Service::new(identity, registry, signer, settings, Arc::new(NoRemoteKeys));
        asked.lock().unwrap().clear();
        Self { service, asked }
    }

    fn send(&self, path: &str, body: &str, run: Run) -> LoggedResponse {
        let mut headers = Headers::default();
        headers.push("Content-Type", "application/x-www-form-urlencoded");
        let request = Request::new(Method::Post, path, headers, body);
        let service = self.service.resumed(run);
        match path {
            "/oauth/token" => token::answer(&service, &request, NOW, [7; 16]),
            "/oauth/revoke" => revoke::answer(&service, &request, NOW),
            _ => introspect::answer(&service, &request, NOW),
        }
    }

    /// Sends a request as the server does, with a new run for each wait. Returns what it waited for.
    fn answer(&self, path: &str, body: &str) -> (Vec<Wait>, u16, Value) {
        let (mut run, mut waited) = (Run::FIRST, Vec::new());
        loop {
            let outcome = self.send(path, body, run.clone());
            let Some(wait) = outcome.record.waits_for else {
                let body = serde_json::from_slice(&outcome.response.body).unwrap();
                return (waited, outcome.response.status, body);
            };
            assert_eq!(outcome.response.status, 503);
            waited.push(wait);
            run = run.next(wait, &outcome.record);
            assert!(waited.len() < 5, "{waited:?}");
        }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn assertion(jti: &str) -> String {
    signed(jti, SHARED)
}

fn signed(jti: &str, secret: &str) -> String {
    let claims = json!({"iss": "caller", "sub": "caller", "aud": "i", "jti": jti, "exp": NOW.unix() + 60});
    let text = format!("{}.{}", base64url(br#"{"alg":"HS256"}"#), base64url(claims.to_string().as_bytes()));
    let signature = base64url(&digest::hmac_sha256(secret.as_bytes(), text.as_bytes()));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    format!("client_assertion={text}.{signature}&client_assertion_type={kind}")
}

const GRANT: &str = "grant_type=client_credentials";

#[test]
fn a_client_that_is_not_in_the_cache_is_looked_up_by_another_run() {
    let site = Site::new();
    let body = format!("{GRANT}&client_id=stored&client_secret=s");
    let first = site.send("/oauth/token", &body, Run::FIRST);
    assert_eq!((first.record.waits_for, first.record.limit), (Some(Wait::Lookup), Some("store_places")));
    let retry = first.response.headers.iter().find(|(name, _)| *name == "Retry-After").unwrap();
    assert_eq!(&*retry.1, "1");
    assert!(site.asked().is_empty(), "a first run asks nobody");
    let (waited, status, _) = site.answer("/oauth/token", &body);
    assert_eq!((waited, status, site.asked()), (vec![Wait::Lookup], 200, vec!["client".to_owned()]));
    let again = site.send("/oauth/token", &body, Run::FIRST);
    assert_eq!(
        (again.response.status, again.record.waits_for),
        (429, None),
        "it is in the cache, and counted"
    );
}

#[test]
fn an_assertion_is_recorded_once_and_verified_before_anybody_waits() {
    let site = Site::new();
    let body = format!("{GRANT}&{}", assertion("one"));
    let (waited, status, answer) = site.answer("/oauth/token", &body);
    assert_eq!(
        (waited, status, site.asked()),
        (vec![Wait::Write], 200, vec!["remember".to_owned()]),
        "{answer}"
    );
    let (_, status, _) = site.answer("/oauth/token", &body);
    assert_eq!(status, 401, "it has been used");
    let forged = format!("{GRANT}&{}", signed("two", "of somebody else"));
    let (waited, status, _) = site.answer("/oauth/token", &forged);
    assert_eq!(
        (waited, status),
        (vec![Wait::Confirm], 401),
        "who proves nothing gets no place among those that write"
    );
}

#[test]
fn those_that_wait_for_the_store_are_no_failed_attempts() {
    let site = Site::new();
    let ask = |secret: &str| format!("{GRANT}&client_id=stored&client_secret={secret}");
    for _ in 0..30 {
        let first = site.send("/oauth/token", &ask("wrong"), Run::FIRST);
        assert_eq!((first.response.status, first.record.waits_for), (503, Some(Wait::Lookup)));
    }
    let (_, status, answer) = site.answer("/oauth/token", &ask("s"));
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn the_brake_holds_up_no_assertion() {
    let site = Site::new();
    let brake = &site.service.state.brake;
    let held: Vec<_> = (0..30).map_while(|_| brake.attempt("caller", None, NOW).ok()).collect();
    assert!(held.len() < 30 && brake.attempt("caller", None, NOW).is_err());
    let (waited, status, _) = site.answer("/oauth/token", &format!("{GRANT}&{}", assertion("one")));
    assert_eq!((waited, status), (vec![Wait::Write], 200));
}

#[test]
fn a_request_counts_once_against_its_clients_limit_however_often_it_is_run() {
    let site = Site::new();
    let (_, _, granted) = site.answer("/oauth/token", &format!("{GRANT}&client_id=stored&client_secret=s"));
    let token = granted["access_token"].as_str().unwrap();
    // The client is evicted from the cache.
    let other = Site::new();
    let body = format!("client_id=api&client_secret=s&token={token}");
    let (waited, status, answer) = other.answer("/oauth/introspect", &body);
    assert_eq!((waited, status), (vec![Wait::Lookup], 200), "{answer}");
    assert_eq!(answer["active"], true);
    assert_eq!(other.answer("/oauth/introspect", &body).1, 429);
}

#[test]
fn a_revocation_waits_and_counts_once() {
    let site = Site::new();
    let (_, _, granted) = site.answer("/oauth/token", &format!("{GRANT}&client_id=stored&client_secret=s"));
    let other = Site::new();
    let token = granted["access_token"].as_str().unwrap();
    let (waited, status, _) =
        other.answer("/oauth/revoke", &format!("client_id=stored&client_secret=s&token={token}"));
    assert_eq!((waited, status), (vec![Wait::Lookup, Wait::Write], 200));
    assert_eq!(other.asked(), ["client", "remember"]);
}

#[test]
fn a_wrong_secret_counts_once_and_a_slow_one_is_checked_by_another_run() {
    let site = Site::new();
    for _ in 0..30 {
        let first =
            site.send("/oauth/token", &format!("{GRANT}&client_id=human&client_secret=x"), Run::FIRST);
        assert_eq!((first.response.status, first.record.waits_for), (503, Some(Wait::Confirm)));
        assert_eq!(first.record.limit, Some("store_places"));
    }
    let (waited, status, _) =
        site.answer("/oauth/token", &format!("{GRANT}&client_id=human&client_secret=slow"));
    assert_eq!((waited, status), (vec![Wait::Confirm, Wait::Secret], 200), "no attempt has failed");
    let first = site.send("/oauth/token", &format!("{GRANT}&client_id=human&client_secret=slow"), Run::FIRST);
    assert_eq!(first.response.status, 429, "it is known by now, and counted");
}

/// How often the store was asked that.
fn count(asked: &[String], what: &str) -> usize {
    asked.iter().filter(|name| *name == what).count()
}

impl Site {
    fn without_limits() -> Self {
        let mut site = Self::new();
        site.service.per_client = None;
        site
    }

    fn store(&self) -> &Arc<dyn Store> {
        self.service.registry.registered().unwrap().store()
    }

    fn token(&self, secret: &str, more: &str) -> (Vec<Wait>, u16, Value) {
        self.answer("/oauth/token", &format!("{GRANT}&client_id=stored&client_secret={secret}{more}"))
    }
}

#[test]
fn a_secret_that_was_made_a_moment_ago_is_right_and_no_strike_is_counted() {
    let site = Site::without_limits();
    assert_eq!(site.token("s", "").1, 200);
    for round in 0..60 {
        let fresh = format!("made-{round}");
        site.store().rotate("stored", &SecretHash::of(&Secret::new(fresh.clone())).text(), NOW, NOW).unwrap();
        let (waited, status, answer) = site.token(&fresh, "");
        // A cached entry, the store's entry, and an entry that is new to the cache.
        assert_eq!((waited, status), (vec![Wait::Confirm], 200), "{round}: {answer}");
        assert_eq!(site.token(&fresh, "").0, [], "it is known now");
    }
    let (waited, status, _) = site.token("made-58", "");
    assert_eq!((waited, status), (vec![Wait::Confirm], 401), "one that has ended is wrong");
}

#[test]
fn what_was_changed_a_moment_ago_is_allowed() {
    let site = Site::without_limits();
    let set = |change: &dyn Fn(&mut ClientRecord)| {
        let changed = |record: &ClientRecord| {
            let mut record = record.clone();
            change(&mut record);
            Some(record)
        };
        assert!(site.store().change("stored", &mut { changed }).unwrap());
    };
    let (_, status, token) = site.token("s", "");
    assert_eq!(status, 200);
    assert_eq!(site.token("s", "&scope=x").1, 400);
    set(&|record| record.scopes = "x".parse().unwrap());
    assert_eq!(site.token("s", "&scope=x").1, 200);
    assert_eq!(site.token("s", "&resource=https://a.example").1, 400);
    set(&|record| record.audiences = vec!["https://a.example".to_owned()]);
    assert_eq!(site.token("s", "&resource=https://a.example").1, 200);
    let body = format!("client_id=stored&client_secret=s&token={}", token["access_token"].as_str().unwrap());
    assert_eq!(site.answer("/oauth/introspect", &body).1, 400);
    set(&|record| record.introspect = true);
    assert_eq!(site.answer("/oauth/introspect", &body).1, 200);
    set(&|record| record.disabled = true);
    site.service.registry.catch_up();
    assert_eq!(site.token("s", "").1, 401);
    set(&|record| record.disabled = false);
    assert_eq!(site.token("s", "").1, 200);
}

#[test]
fn an_id_that_was_asked_for_before_it_was_added_is_known_when_it_is() {
    let site = Site::new();
    let body = format!("{GRANT}&client_id=new&client_secret=n");
    assert_eq!(site.answer("/oauth/token", &body).1, 401);
    let record = ClientRecord { id: "new".to_owned(), ..ClientRecord::default() };
    site.store().add(&[(record, Some(SecretHash::of(&Secret::new("n")).text()))]).unwrap();
    assert_eq!(site.answer("/oauth/token", &body).1, 200);
}

#[test]
fn a_flood_of_wrong_secrets_costs_few_questions_and_the_owners_fresh_one_is_right() {
    let site = Site::without_limits();
    let guess = crate::registry::generated_secret::secret().unwrap();
    let guess = guess.expose_str().unwrap();
    assert_eq!(site.token("s", "").1, 200);
    site.asked();
    let begun = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..40).for_each(|_| assert_eq!(site.token(guess, "").1, 401)));
        }
        for round in 0..20 {
            let fresh = format!("made-{round}");
            let hash = SecretHash::of(&Secret::new(fresh.clone())).text();
            site.store().rotate("stored", &hash, NOW, NOW).unwrap();
            assert_eq!(site.token(&fresh, "").1, 200, "{round}");
        }
    });
    let (asked, most) = (site.asked(), begun.elapsed().as_millis() / 5 + 1);
    let changes = count(&asked, "changes");
    assert!(changes > 0 && changes as u128 <= most && changes < 320, "{changes} of {most}");
    // Requests that notice the client's change at once, once for each change.
    assert!(count(&asked, "client") <= 20 * 9, "{}", count(&asked, "client"));
}

#[test]
fn while_the_store_is_away_a_refusal_rests_on_what_is_known_and_waits_for_nobody() {
    let site = Site::new();
    assert_eq!(site.token("s", "").1, 200);
    site.service.registry.registered().unwrap().missed(&StoreError::Unavailable("gone".to_owned()));
    let (waited, status, _) = site.token("wrong", "");
    assert_eq!((waited, status), (Vec::new(), 401));
}
