//! Assertions and proofs that were used: for how long that is known, and how many of whom find room.

use crate::support::keys::{Key, part};
use crate::support::protocol::{FORM, ISSUER, Issuer, NOW};
use heistctl::clock::Timestamp;
use heistctl::http::Method;
use heistctl::issuer::ServiceSettings;
use heistctl::jose::digest::sha256;
use heistctl::jose::keyset::KeySet;
use heistctl::registry::client_cache::ClientCache;
use heistctl::registry::expiring_set::{OWNERS_SHARE, digest};
use heistctl::registry::store::memory::MemoryStore;
use heistctl::registry::store::sqlite::Sqlite;
use heistctl::registry::store::{Id, IdKind, Store};
use heistctl::registry::{AssertionAudience, Client, ClientAuth, ClientKeys};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

/// An issuer of that leeway on that store, whose client `agent3` has that key.
fn node(store: Arc<dyn Store>, leeway: u64, key: &Key) -> Issuer {
    let settings = ServiceSettings { leeway: Duration::from_secs(leeway), ..ServiceSettings::default() };
    let mut issuer = Issuer::with(ISSUER, "ES256", settings);
    let keys = KeySet::read(json!({"keys": [key.jwk()]}).to_string().as_bytes(), "test").unwrap();
    let auth =
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), audience: AssertionAudience::Issuer };
    issuer.service.registry.add(Client { auth, ..crate::support::client("agent3", "", "a") }).unwrap();
    let registered = Arc::new(ClientCache::new(store, NOW).unwrap());
    issuer.service.registry = std::mem::take(&mut issuer.service.registry).with_store(registered);
    issuer
}

fn assertion(key: &Key, jti: &str, lasts: i64) -> String {
    let exp = NOW.unix() + lasts;
    key.sign("ES256", None, &json!({"iss": "agent3", "sub": "agent3", "aud": ISSUER, "jti": jti, "exp": exp}))
}

#[test]
fn an_assertion_is_known_until_its_end_and_the_leeway_and_no_longer() {
    for leeway in [0, 5, 120] {
        let key = Key::for_alg("ES256");
        let memory = Arc::new(MemoryStore::default());
        let issuer = node(memory.clone(), leeway, &key);
        let jwt = assertion(&key, "x", 60);
        assert_eq!(issuer.assert(&jwt).status, 200);
        issuer.now.set(later(60 + leeway - u64::from(leeway > 0)));
        let last = if leeway > 0 { "used before" } else { "expires now" };
        issuer.assert(&jwt).is(401, "invalid_client", last);
        let id = digest(&["agent3", "x"]);
        let known = |at| issuer.service.state.assertions.contains(&id, at);
        assert!(known(later(60 + leeway)) && !known(later(61 + leeway)), "{leeway}");
        // The store that ends with this process keeps it no longer, either.
        let again = Id { kind: IdKind::Assertion, digest: id, owner: "agent3".to_owned(), until: later(999) };
        assert_eq!(memory.remember(&again, later(60 + leeway)), Ok(false));
        assert_eq!(memory.remember(&again, later(61 + leeway)), Ok(true));
    }
}

#[test]
fn a_malformed_request_uses_up_no_assertion_and_counts_no_wrong_secret() {
    const EXCHANGE: &str = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
    const GRANT: &str = "grant_type=client_credentials";
    let key = Key::for_alg("ES256");
    let issuer = node(Arc::new(MemoryStore::default()), 5, &key);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let jwt = format!("client_assertion_type={kind}&client_assertion={}", assertion(&key, "x", 60));
    let wrong = "client_id=c&client_secret=wrong";
    for (path, body, proof, code) in [
        ("token", format!("{GRANT}&scope=%22"), None, "invalid_scope"),
        ("token", format!("{GRANT}&resource=x"), None, "invalid_target"),
        ("token", format!("{GRANT}&x=y"), Some("x"), "invalid_dpop_proof"),
        ("token", EXCHANGE.to_owned(), None, "invalid_request"),
        ("token", "grant_type=password".to_owned(), None, "unsupported_grant_type"),
        ("introspect", "x=y".to_owned(), None, "invalid_request"),
        ("revoke", "x=y".to_owned(), None, "invalid_request"),
    ] {
        let headers: Vec<_> = [FORM].into_iter().chain(proof.map(|proof| ("DPoP", proof))).collect();
        // More often than wrong secrets are let in.
        for credentials in [jwt.as_str()].into_iter().chain([wrong; 30]) {
            let body = format!("{body}&{credentials}");
            issuer.send(Method::Post, &format!("/oauth/{path}"), &headers, &body).is(400, code, "");
        }
    }
    assert_eq!(issuer.post("/oauth/token", &format!("{GRANT}&{jwt}")).status, 200);
    assert_eq!(issuer.ask("c", "").status, 200);
}

#[test]
fn a_node_of_a_larger_leeway_takes_no_assertion_that_another_has_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(Sqlite::open(&folder.path().join("heistctl.db")).unwrap().store);
    let (key, store) = (Key::for_alg("ES256"), open());
    let (strict, lenient) = (node(store.clone(), 5, &key), node(open(), 600, &key));
    let jwt = assertion(&key, "x", 60);
    assert_eq!(strict.assert(&jwt).status, 200);
    for seconds in [66, 659] {
        store.purge(later(seconds)).unwrap();
        lenient.now.set(later(seconds));
        lenient.assert(&jwt).is(401, "invalid_client", "used before");
    }
    store.purge(later(661)).unwrap();
    lenient.now.set(later(661));
    lenient.assert(&jwt).is(401, "invalid_client", "expired");
}

#[test]
fn clients_that_fill_their_shares_shut_out_nobody_else() {
    let store = Arc::new(MemoryStore::default());
    let issuer = node(store, 5, &Key::for_alg("ES256"));
    let use_ids = |kind, owner: &str, count: usize| {
        let id = |n: usize| Id {
            kind,
            digest: digest(&[owner, &n.to_string()]),
            owner: owner.to_owned(),
            until: later(600),
        };
        (0..count).map(|n| issuer.service.remember(id(n), NOW)).filter(|used| *used == Ok(true)).count()
    };
    for owner in ["h1", "h2", "h3", "h4"] {
        assert_eq!(use_ids(IdKind::Assertion, owner, OWNERS_SHARE + 1), OWNERS_SHARE, "{owner}");
    }
    assert_eq!(use_ids(IdKind::Assertion, "busy", 66_000), 66_000, "1,000 a second of a minute each");
    assert_eq!(use_ids(IdKind::Proof, "h1", 10), 10, "its proofs have a share of their own");
    let full = Id {
        kind: IdKind::Assertion,
        digest: digest(&["h1", "one more"]),
        owner: "h1".to_owned(),
        until: later(600),
    };
    let refused = issuer.service.remember(full, NOW).unwrap_err().message;
    assert!(refused.contains("100000 ids in use, which is its limit"), "{refused}");
}

#[test]
fn a_thief_of_a_bound_token_takes_no_place_of_its_clients() {
    let issuer = Issuer::new();
    let proof = |key: &Key, method: &str, url: &str, token: &str| {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()}).to_string();
        let ath = part(sha256(token.as_bytes()));
        let claims = json!({"jti": method, "htm": method, "htu": format!("{ISSUER}{url}"), "iat": NOW.unix(), "ath": ath});
        key.sign_text("ES256", &header, &claims.to_string())
    };
    let (key, thief) = (Key::for_alg("ES256"), Key::for_alg("ES256"));
    let asked = proof(&key, "POST", "/oauth/token", "");
    let body = "grant_type=client_credentials&client_id=bound&client_secret=s";
    let answer = issuer.send(Method::Post, "/oauth/token", &[FORM, ("DPoP", &asked)], body);
    let token = answer.text("access_token").to_owned();
    let stolen = proof(&thief, "GET", "/protected-resource", &token);
    for _ in 0..2 {
        // Were it remembered, it would be "used before".
        let refused = issuer.resource(&format!("DPoP {token}"), &[("DPoP", &stolen)]);
        refused.is(401, "invalid_token", "bound to another key");
    }
    let own = proof(&key, "GET", "/protected-resource", &token);
    assert_eq!(issuer.resource(&format!("DPoP {token}"), &[("DPoP", &own)]).status, 200);
    // Nor does somebody who is not a client.
    let unknown = proof(&thief, "POST", "/oauth/token", "");
    for wrong in ["client_id=bound&client_secret=x", "client_id=nobody&client_secret=s"] {
        let body = format!("grant_type=client_credentials&{wrong}");
        let refused = issuer.send(Method::Post, "/oauth/token", &[FORM, ("DPoP", &unknown)], &body);
        assert_eq!(refused.status, 401);
    }
    let body = "grant_type=client_credentials&client_id=bound&client_secret=s";
    let taken = issuer.send(Method::Post, "/oauth/token", &[FORM, ("DPoP", &unknown)], body);
    assert_eq!(taken.status, 200, "{} ({})", taken.body, taken.reason);
}
