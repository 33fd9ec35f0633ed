//! Token exchange (RFC 8693): what comes out never allows more than what went in, and ends with it.

use crate::acting::alone;
use crate::support::keys::{Key, part};
use crate::support::protocol::{Answer, FORM, ISSUER, Issuer, NOW};
use heistctl::http::Method;
use heistctl::jose::compact::{Token, read};
use heistctl::jose::digest::sha256;
use heistctl::registry::client_cache::ClientCache;
use heistctl::registry::record::ClientRecord;
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::store::Store;
use heistctl::registry::store::memory::MemoryStore;
use heistctl::registry::{Client, Permissions};
use heistctl::secret::Secret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn claims(token: &str) -> Value {
    let Token::Jws(jws) = read(token) else { panic!("{token}") };
    serde_json::from_slice(&jws.payload_bytes).unwrap()
}

pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const AT: &str = "urn:ietf:params:oauth:token-type:access_token";

pub(crate) fn exchange(issuer: &Issuer, client: &str, subject: &str, actor: &str, more: &str) -> Answer {
    let body = format!(
        "grant_type={EXCHANGE}&client_id={client}&client_secret=s&subject_token={subject}&subject_token_type={AT}&actor_token={actor}&actor_token_type={AT}{more}"
    );
    issuer.post("/oauth/token", &body)
}

#[test]
fn an_agent_acts_for_another_with_what_both_have() {
    let issuer = Issuer::new();
    let subject = issuer.token("short", "");
    let agent = issuer.token("agent", "");
    let answer = exchange(&issuer, "agent", &subject, &agent, "");
    assert_eq!((answer.text("scope"), answer.text("issued_token_type")), ("b", AT));
    assert_eq!(answer.body["expires_in"], 60, "never longer than what is left of the subject token");
    let first = answer.text("access_token").to_owned();
    let said = claims(&first);
    assert_eq!((&said["sub"], &said["client_id"]), (&json!("short"), &json!("agent")));
    assert_eq!(said["act"], json!({"sub": "agent", "scope_before": "a b"}));
    assert_eq!(issuer.introspect(&first)["act"]["sub"], "agent");
    let second = exchange(&issuer, "agent2", &first, &issuer.token("agent2", ""), "&scope=b");
    let said = claims(second.text("access_token"));
    let expected =
        json!({"sub": "agent2", "scope_before": "b", "act": {"sub": "agent", "scope_before": "a b"}});
    assert_eq!((&said["act"], &said["sub"]), (&expected, &json!("short")));
}

#[test]
fn an_exchange_is_refused_where_anything_is_missing_or_more_is_asked_for() {
    let issuer = Issuer::new();
    let (subject, agent) = (issuer.token("c", ""), issuer.token("agent", ""));
    exchange(&issuer, "agent", &subject, &agent, "&scope=a").is(400, "invalid_scope", "may not have scope a");
    exchange(&issuer, "c", &subject, &issuer.token("c", ""), "").is(
        400,
        "unauthorized_client",
        "token_exchange = true",
    );
    exchange(&issuer, "agent", &subject, &issuer.token("agent2", ""), "").is(
        400,
        "invalid_grant",
        "not the client's own",
    );
    // A token in which the agent acts for another would name that one as the actor.
    let acting = exchange(&issuer, "agent", &subject, &agent, "");
    let acting = acting.text("access_token");
    exchange(&issuer, "agent", &subject, acting, "").is(400, "invalid_grant", "is not for the client itself");
    let bare = issuer.token("rs", "");
    exchange(&issuer, "agent", &bare, &agent, "&scope=b").is(400, "invalid_scope", "may not have scope b");
    let elsewhere = issuer.token("c", "&resource=https://api");
    exchange(&issuer, "agent", &elsewhere, &agent, "").is(400, "invalid_target", "https://api");
    let several = issuer.token("c", "&resource=https://api&resource=https://other");
    exchange(&issuer, "agent", &several, &agent, "").is(400, "invalid_target", "one resource");
    exchange(&issuer, "agent", &subject, &agent, "&audience=https://evil").is(
        400,
        "invalid_target",
        "https://evil",
    );
    let short = issuer.token("short", "");
    issuer.now.set(NOW.after(Duration::from_secs(61)));
    exchange(&issuer, "agent", &short, &agent, "").is(400, "invalid_grant", "nothing is left");
    issuer.now.set(NOW);
    exchange(&issuer, "agent", "hunter2", &agent, "").is(400, "invalid_grant", "subject_token: ");
    exchange(&issuer, "agent", &Issuer::new().token("c", ""), &agent, "").is(
        400,
        "invalid_grant",
        "subject_token: ",
    );
    exchange(&issuer, "agent", &subject, &agent, "&resource=https://evil").is(
        400,
        "invalid_target",
        "https://evil",
    );
    let type_alone = format!("&actor_token_type={AT}");
    alone(&issuer, "agent", &subject, &type_alone).is(400, "invalid_request", "actor_token is missing");
    let mut token = subject;
    for round in 0..4 {
        let answer = exchange(&issuer, "agent2", &token, &issuer.token("agent2", ""), "");
        assert_eq!(answer.status, 200, "round {round}: {}", answer.body);
        token = answer.text("access_token").to_owned();
    }
    exchange(&issuer, "agent2", &token, &issuer.token("agent2", ""), "").is(400, "invalid_grant", "4 actors");
}

fn exchanged(issuer: &Issuer, client: &str, subject: &str) -> String {
    let answer = exchange(issuer, client, subject, &issuer.token(client, ""), "");
    assert_eq!(answer.status, 200, "{} ({})", answer.body, answer.reason);
    answer.text("access_token").to_owned()
}

fn with_claims(issuer: &mut Issuer, id: &str, claims: &Value) {
    let may = Permissions { exchange: true, ..Permissions::default() };
    let claims = claims.as_object().unwrap().clone();
    let client = Client { claims, may, ..crate::support::client(id, "s", "a b") };
    issuer.service.registry.add(client).unwrap();
}

#[test]
fn claims_go_in_where_subject_and_all_actors_have_them_with_equal_values() {
    let mut issuer = Issuer::new();
    let user = json!({"team": "heist", "level": 3, "role": "reader", "groups": ["a", "b"], "own": true,
                      "deep": {"x": 1.5, "y": null}});
    let admin = json!({"team": "heist", "level": 3, "role": "admin", "groups": ["b", "a"], "more": true,
                       "deep": {"y": null, "x": 1.5}});
    with_claims(&mut issuer, "user", &user);
    with_claims(&mut issuer, "admin", &admin);
    with_claims(&mut issuer, "second", &json!({"team": "heist", "level": "3", "role": "admin", "own": true}));
    let first = exchanged(&issuer, "admin", &issuer.token("user", ""));
    let said = claims(&first);
    assert_eq!((&said["sub"], &said["team"], &said["level"]), (&json!("user"), &json!("heist"), &json!(3)));
    assert_eq!(said["deep"], user["deep"]);
    for other in ["role", "groups", "own", "more"] {
        assert_eq!(said.get(other), None, "{other}");
    }
    let said = claims(&exchanged(&issuer, "second", &first));
    assert_eq!(said["team"], "heist");
    for other in ["level", "role", "own", "deep"] {
        assert_eq!(said.get(other), None, "{other}: the first actor or the second has another");
    }
}

#[test]
fn a_claim_that_an_actor_has_come_by_since_its_token_stays_out() {
    let mut before = Issuer::new();
    with_claims(&mut before, "user", &json!({"role": "admin"}));
    with_claims(&mut before, "agent3", &json!({}));
    let (subject, actor) = (before.token("user", ""), before.token("agent3", ""));
    let mut after = before;
    after.service.registry = heistctl::registry::Registry::default();
    with_claims(&mut after, "user", &json!({"role": "admin"}));
    with_claims(&mut after, "agent3", &json!({"role": "admin"}));
    let answer = exchange(&after, "agent3", &subject, &actor, "");
    assert_eq!(claims(answer.text("access_token")).get("role"), None);
    let answer = exchange(&after, "agent3", &subject, &after.token("agent3", ""), "");
    assert_eq!(claims(answer.text("access_token"))["role"], "admin");
}

#[test]
fn an_exchanged_token_ends_with_any_token_that_it_was_made_from() {
    for which in 0..4 {
        let issuer = Issuer::new();
        let subject = issuer.token("c", "");
        let (agent, agent2) = (issuer.token("agent", ""), issuer.token("agent2", ""));
        let token = |answer: Answer| answer.text("access_token").to_owned();
        let first = token(exchange(&issuer, "agent", &subject, &agent, ""));
        let second = token(exchange(&issuer, "agent2", &first, &agent2, ""));
        let said = claims(&second);
        assert_eq!(said["source_jtis"].as_array().unwrap().len(), 4, "{said}");
        for good in [&first, &second] {
            assert_eq!(issuer.introspect(good)["active"], true);
        }
        let (client, revoked) =
            [("c", &subject), ("agent", &agent), ("agent", &first), ("agent2", &agent2)][which];
        let revoke = format!("client_id={client}&client_secret=s&token={revoked}");
        assert_eq!(issuer.post("/oauth/revoke", &revoke).status, 200);
        assert_eq!(issuer.introspect(&second), json!({"active": false}), "{which}");
        issuer.resource(&format!("Bearer {second}"), &[]).is(
            401,
            "invalid_token",
            "a token that it was made from has been revoked",
        );
        let again = exchange(&issuer, "agent2", &second, &issuer.token("agent2", ""), "");
        again.is(400, "invalid_grant", "a token that it was made from has been revoked");
        // What was not made from it goes on.
        let other = if which == 3 { &first } else { &agent2 };
        assert_eq!(issuer.introspect(other)["active"], true, "{which}");
    }
}

/// An issuer whose clients `user`, `first` and `last` are in a store.
fn stored() -> (Issuer, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::default());
    let mut issuer = Issuer::new();
    let record = |id: &str| ClientRecord {
        id: id.to_owned(),
        scopes: "a b".parse().unwrap(),
        token_exchange: true,
        ..ClientRecord::default()
    };
    let hash = || Some(SecretHash::of(&Secret::new("s")).text());
    store.add(&["user", "first", "last"].map(|id| (record(id), hash()))).unwrap();
    let registered = Arc::new(ClientCache::new(store.clone(), NOW).unwrap());
    issuer.service.registry = std::mem::take(&mut issuer.service.registry).with_store(registered);
    (issuer, store)
}

#[test]
fn an_exchanged_token_ends_with_its_subject_and_with_each_of_its_actors() {
    for (gone, role) in [("user", "subject"), ("first", "actor"), ("last", "client")] {
        for removed in [false, true] {
            let (issuer, store) = stored();
            let token = exchanged(&issuer, "last", &exchanged(&issuer, "first", &issuer.token("user", "")));
            assert_eq!(issuer.introspect(&token)["active"], true);
            let keep_up = || issuer.service.registry.registered().unwrap().keep_up().unwrap();
            if removed {
                store.remove(gone).unwrap();
            } else {
                store.change(gone, &mut |it| Some(ClientRecord { disabled: true, ..it.clone() })).unwrap();
            }
            keep_up();
            assert_eq!(issuer.introspect(&token), json!({"active": false}), "{gone}");
            let why = format!("its {role} is not registered");
            issuer.resource(&format!("Bearer {token}"), &[]).is(401, "invalid_token", &why);
            let agent = issuer.token("agent2", "");
            exchange(&issuer, "agent2", &token, &agent, "").is(400, "invalid_grant", &why);
            if removed {
                // Another client of the same id is not the one that it speaks for.
                let created = NOW.unix() + 60;
                let record = ClientRecord { id: gone.to_owned(), created, ..ClientRecord::default() };
                store.add(&[(record, None)]).unwrap();
                keep_up();
                let why = format!("it is older than its {role}");
                issuer.resource(&format!("Bearer {token}"), &[]).is(401, "invalid_token", &why);
            } else {
                store.change(gone, &mut |it| Some(ClientRecord { disabled: false, ..it.clone() })).unwrap();
                keep_up();
                assert_eq!(issuer.introspect(&token)["active"], true, "{gone}");
            }
        }
    }
}

#[test]
fn an_exchanged_token_lives_no_longer_than_either_and_never_widens() {
    let mut issuer = Issuer::new();
    let may = Permissions { exchange: true, ..Permissions::default() };
    let brief =
        Client { lifetime: Some(Duration::from_secs(30)), may, ..crate::support::client("brief", "s", "b") };
    issuer.service.registry.add(brief).unwrap();
    let subject = issuer.token("short", "");
    let first = exchanged(&issuer, "brief", &subject);
    assert_eq!(claims(&first)["exp"], NOW.unix() + 30, "the actor's own end");
    issuer.now.set(NOW.after(Duration::from_secs(10)));
    let second = exchange(&issuer, "agent2", &first, &issuer.token("agent2", ""), "");
    assert_eq!(
        claims(second.text("access_token"))["exp"],
        NOW.unix() + 30,
        "the end of what it is made from"
    );
    assert_eq!(second.text("scope"), "b", "agent2 may have more, and the actor before it not");
    exchange(&issuer, "agent2", &first, &issuer.token("agent2", ""), "&scope=a+b").is(
        400,
        "invalid_scope",
        "may not have scope a",
    );
}

#[test]
fn an_exchanged_token_is_for_what_subject_and_actor_may_have_tokens_for() {
    let mut issuer = Issuer::new();
    let may = Permissions { exchange: true, ..Permissions::default() };
    let audiences = ["https://api", "https://admin"].map(str::to_owned).to_vec();
    let wide = Client { audiences, may, ..crate::support::client("wide", "s", "a b") };
    issuer.service.registry.add(wide).unwrap();
    let actor = issuer.token("wide", "");
    let subject = issuer.token("c", "");
    let at = |subject: &str, more: &str| exchange(&issuer, "wide", subject, &actor, more);
    let for_api = at(&subject, "&resource=https://api");
    assert_eq!(claims(for_api.text("access_token"))["aud"], "https://api");
    at(&subject, "&resource=https://admin").is(400, "invalid_target", "the subject may not have tokens");
    at(&subject, "&audience=https://admin").is(400, "invalid_target", "the subject may not have tokens");
    at(&subject, "&resource=https://other").is(400, "invalid_target", "the client may not have tokens");
    // A target that is named twice is one (RFC 8693 section 2.1).
    for more in [
        "&resource=https://api&audience=https://api",
        "&audience=https://api&resource=https%3A%2F%2Fapi&resource=https://api",
        "&audience=https://api&audience=https://api",
        "&audience=&audience=https://api",
    ] {
        let answer = at(&subject, more);
        assert_eq!(answer.status, 200, "{more}: {}", answer.reason);
        assert_eq!(claims(answer.text("access_token"))["aud"], "https://api", "{more}");
    }
    for more in [
        "&resource=https://api&audience=https://admin",
        "&audience=https://api&audience=https://admin",
        "&resource=https://api&audience=https://api/",
    ] {
        at(&subject, more).is(400, "invalid_target", "for one resource");
    }
    at(&subject, "&audience=https://admin&audience=https://admin").is(
        400,
        "invalid_target",
        "the subject may",
    );
    // A later actor cannot reach what the subject does not, either.
    let narrow = for_api.text("access_token").to_owned();
    at(&narrow, "&resource=https://admin").is(400, "invalid_target", "the subject may not have tokens");
    assert_eq!(claims(at(&narrow, "").text("access_token"))["aud"], "https://api");
}

#[test]
fn a_bound_token_is_not_exchanged_for_one_that_is_not() {
    let issuer = Issuer::new();
    let key = Key::for_alg("ES256");
    let proof = |url: &str, jti: &str, ath: &str| {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()}).to_string();
        let claims = json!({"jti": jti, "htm": "POST", "htu": format!("{ISSUER}{url}"), "iat": NOW.unix(),
                            "ath": part(sha256(ath.as_bytes()))});
        key.sign_text("ES256", &header, &claims.to_string())
    };
    let body = |client: &str| format!("grant_type=client_credentials&client_id={client}&client_secret=s");
    let bound = |client: &str| {
        let proof = proof("/oauth/token", client, "");
        let answer = issuer.send(Method::Post, "/oauth/token", &[FORM, ("DPoP", &proof)], &body(client));
        answer.text("access_token").to_owned()
    };
    let (subject, actor) = (bound("bound"), bound("agent"));
    let agent = issuer.token("agent", "");
    exchange(&issuer, "agent", &subject, &agent, "").is(
        400,
        "invalid_grant",
        "subject_token: it is bound to a key",
    );
    exchange(&issuer, "agent", &issuer.token("c", ""), &actor, "").is(
        400,
        "invalid_grant",
        "actor_token: it is bound to a key",
    );
}

#[test]
fn a_subject_that_is_no_client_is_not_acted_for() {
    use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
    use heistctl::jose::sign::{Signer, TokenType};
    let mut issuer = Issuer::new();
    // Whoever has the secret can sign tokens for users of their own.
    let signer = Signer::hs256(Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    let registry = std::mem::take(&mut issuer.service.registry);
    issuer.service =
        Service::new(identity, registry, signer, ServiceSettings::default(), Arc::new(NoRemoteKeys));
    let sign = |changes: Value| {
        let mut claims = json!({"iss": ISSUER, "sub": "user", "client_id": "c", "jti": "j", "scope": "b",
                                "iat": NOW.unix(), "exp": NOW.unix() + 60});
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        issuer.service.signing.ring().signer().unwrap().sign(TokenType::Jwt, &claims).unwrap()
    };
    let theirs = sign(json!({}));
    assert_eq!(issuer.resource(&format!("Bearer {theirs}"), &[]).status, 200);
    let agent = issuer.token("agent", "");
    exchange(&issuer, "agent", &theirs, &agent, "").is(400, "invalid_grant", "is not a client here");
    let bound = sign(json!({"sub": "c", "cnf": {"jwk": {}}}));
    exchange(&issuer, "agent", &bound, &agent, "").is(400, "invalid_grant", "bound to something else");
    for (changes, reason) in [
        (json!({"cnf": {"jwk": {}}}), "not known here"),
        (json!({"cnf": "x"}), "not known here"),
        (json!({"act": {"sub": "agent"}}), "its subject is not registered"),
        (json!({"sub": "c", "act": {"sub": "nobody"}}), "its actor is not registered"),
        (
            json!({"sub": "c", "act": {"sub": "agent", "act": {"sub": "nobody"}}}),
            "its actor is not registered",
        ),
        (json!({"sub": "c", "act": "agent"}), "not a chain"),
        (json!({"sub": "c", "act": {"sub": 1}}), "has no sub"),
        (json!({"sub": "c", "source_jtis": "x"}), "source_jtis is not a list"),
        (json!({"sub": "c", "source_jtis": [1]}), "elements that are not strings"),
        (json!({"sub": "c", "source_jtis": ["a", "b", "c", "d", "e", "f", "g", "h", "i"]}), "at most 8"),
    ] {
        issuer.resource(&format!("Bearer {}", sign(changes)), &[]).is(401, "invalid_token", reason);
    }
    let chain =
        json!({"sub": "agent", "act": {"sub": "agent2", "act": {"sub": "agent", "act": {"sub": "c"}}}});
    let good = sign(json!({"sub": "c", "act": chain, "source_jtis": ["x"]}));
    assert_eq!(issuer.resource(&format!("Bearer {good}"), &[]).status, 200);
    let deep = sign(json!({"sub": "c", "act": {"sub": "c", "act": chain}}));
    issuer.resource(&format!("Bearer {deep}"), &[]).is(401, "invalid_token", "at most 4 actors");
}
