//! Client assertions (RFC 7523) and DPoP proofs (RFC 9449): what is taken, and each thing that is not.

use crate::support::keys::{Key, part};
use crate::support::protocol::{FORM, ISSUER, Issuer, NOW};
use heistctl::clock::Timestamp;
use heistctl::http::Method;
use heistctl::issuer::{FetchError, RemoteKeys, ServiceSettings};
use heistctl::jose::digest::sha256;
use heistctl::jose::keyset::KeySet;
use heistctl::registry::{AssertionAudience, Client, ClientAuth, ClientKeys, KeysUrl};
use serde_json::{Value, json};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(0) };
}

/// An id that was not used before.
fn fresh() -> String {
    COUNT.with(|count| {
        count.set(count.get() + 1);
        format!("id-{}", count.get())
    })
}

fn with(mut base: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(name);
        } else {
            base[name] = value.clone();
        }
    }
    base
}

fn assertion(issuer: &Issuer, header: &Value, changes: &Value) -> String {
    let header = with(json!({"alg": "ES256"}), header);
    let claims =
        json!({"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": fresh(), "exp": NOW.unix() + 60});
    issuer.client_key.sign_text("ES256", &header.to_string(), &with(claims, changes).to_string())
}

#[test]
fn an_assertion_authenticates_once() {
    let issuer = Issuer::new();
    for header in [json!({}), json!({"typ": "JWT"}), json!({"typ": "client-authentication+jwt"})] {
        let jwt = assertion(&issuer, &header, &json!({}));
        let answer = issuer.assert(&jwt);
        assert_eq!((answer.status, answer.text("scope")), (200, "a b"), "{header}");
        issuer.assert(&jwt).is(401, "invalid_client", "used before");
    }
}

#[test]
fn what_is_wrong_with_an_assertion_is_for_the_log() {
    let issuer = Issuer::new();
    let now = NOW.unix();
    let token_url = format!("{ISSUER}/oauth/token");
    for (header, changes, reason) in [
        (json!({}), json!({"aud": token_url}), "aud is not the issuer"),
        (json!({}), json!({"aud": [ISSUER]}), "as a string"),
        (json!({}), json!({"aud": format!("{ISSUER}/")}), "aud is not the issuer"),
        (json!({}), json!({"aud": null}), "no aud"),
        (json!({}), json!({"exp": now - 10}), "expired"),
        (json!({}), json!({"exp": now + 700}), "more than ten minutes"),
        (json!({}), json!({"exp": null}), "exp: required"),
        (json!({}), json!({"nbf": now + 60}), "not valid yet"),
        (json!({}), json!({"iat": now + 60}), "in the future"),
        (json!({}), json!({"jti": null}), "no jti"),
        (json!({}), json!({"iss": "c"}), "iss: c"),
        (json!({}), json!({"iss": null}), "no iss"),
        (json!({}), json!({"sub": null}), "no sub"),
        (json!({}), json!({"sub": "nobody", "iss": "nobody"}), "unknown client"),
        (json!({}), json!({"sub": "c", "iss": "c"}), "another authentication method"),
        (json!({"typ": "at+jwt"}), json!({}), "another kind of token"),
        (json!({"typ": "dpop+jwt"}), json!({}), "another kind of token"),
        (json!({"crit": ["x"], "x": 1}), json!({}), "crit"),
        (json!({"alg": "none"}), json!({}), "not signed"),
    ] {
        let answer = issuer.assert(&assertion(&issuer, &header, &changes));
        answer.is(401, "invalid_client", reason);
        assert_eq!(answer.text("error_description"), "Invalid client credentials");
        assert!(answer.header("WWW-Authenticate").is_some());
    }
    // Only where nothing else is wrong does the log name the setting that takes it.
    let setting = "assertion_audience = \"issuer-or-token-url\"";
    for aud in [json!(token_url), json!([token_url])] {
        let refused = issuer.assert(&assertion(&issuer, &json!({}), &json!({"aud": aud})));
        refused.is(401, "invalid_client", setting);
        let expired = json!({"aud": aud, "exp": now - 10});
        issuer.assert(&assertion(&issuer, &json!({}), &expired)).is(401, "invalid_client", "expired");
    }
    let other = Key::for_alg("ES256");
    let claims = json!({"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": fresh(), "exp": now + 60});
    issuer.assert(&other.sign("ES256", None, &claims)).is(401, "invalid_client", "does not match");
    let confused = Key::Hmac(issuer.client_key.public_pem().into_bytes());
    issuer.assert(&confused.sign("HS256", None, &claims)).is(401, "invalid_client", "HS256");
    issuer.assert("hunter2").is(401, "invalid_client", "not a signed JWT");
}

#[test]
fn older_libraries_may_name_the_token_endpoint_where_the_entry_says_so() {
    let issuer = Issuer::new();
    let token_url = format!("{ISSUER}/oauth/token");
    for aud in [json!(token_url), json!([token_url]), json!(ISSUER), json!([ISSUER])] {
        let changes = json!({"iss": "older", "sub": "older", "aud": aud});
        assert_eq!(issuer.assert(&assertion(&issuer, &json!({}), &changes)).status, 200, "{aud}");
    }
    let both = json!({"iss": "older", "sub": "older", "aud": [ISSUER, "https://other"]});
    issuer.assert(&assertion(&issuer, &json!({}), &both)).is(
        401,
        "invalid_client",
        "its aud lists other values",
    );
}

#[test]
fn a_shared_secret_signs_assertions_of_its_own_client_only() {
    let issuer = Issuer::new();
    let key = Key::for_alg("HS256");
    let claims =
        |id: &str| json!({"iss": id, "sub": id, "aud": ISSUER, "jti": fresh(), "exp": NOW.unix() + 60});
    assert_eq!(issuer.assert(&key.sign("HS256", None, &claims("shared"))).status, 200);
    issuer.assert(&key.sign("HS256", None, &claims("signer"))).is(401, "invalid_client", "HS256");
    let asymmetric = issuer.client_key.sign("ES256", None, &claims("shared"));
    issuer.assert(&asymmetric).is(401, "invalid_client", "alg");
}

#[test]
fn a_kid_chooses_among_more_keys_than_are_tried() {
    let mut issuer = Issuer::new();
    let keys: Vec<Key> = (0..7).map(|_| Key::for_alg("ES256")).collect();
    let jwks: Vec<Value> =
        keys.iter().enumerate().map(|(at, key)| key.jwk_with(json!({"kid": format!("k{at}")}))).collect();
    let set = KeySet::read(json!({"keys": jwks}).to_string().as_bytes(), "test").unwrap();
    let auth = ClientAuth::PrivateKeyJwt {
        keys: ClientKeys::fixed(set).unwrap(),
        audience: AssertionAudience::Issuer,
    };
    issuer.service.registry.add(Client { auth, ..crate::support::client("many", "", "a") }).unwrap();
    let assert = |at: usize, kid: Option<&str>| {
        let claims =
            json!({"iss": "many", "sub": "many", "aud": ISSUER, "jti": fresh(), "exp": NOW.unix() + 60});
        issuer.assert(&keys[at].sign("ES256", kid, &claims))
    };
    for at in 0..7 {
        assert_eq!(assert(at, Some(&format!("k{at}"))).status, 200, "{at}");
        let without = assert(at, None);
        if at < 2 {
            assert_eq!(without.status, 200, "{at}");
        } else {
            without.is(401, "invalid_client", "of 7 keys that fit only the first 2 were tried");
            assert_eq!(without.text("error_description"), "Invalid client credentials");
        }
    }
}

#[test]
fn a_client_has_one_method() {
    let issuer = Issuer::new();
    let secret =
        issuer.post("/oauth/token", "grant_type=client_credentials&client_id=signer&client_secret=s");
    secret.is(401, "invalid_client", "another authentication method");
    assert_eq!(secret.text("error_description"), "Invalid client credentials");
}

const TOKEN_URL: &str = "https://as.example.com/tenant/oauth/token";
const RESOURCE_URL: &str = "https://as.example.com/tenant/protected-resource";

fn proof(key: &Key, header: &Value, changes: &Value) -> String {
    let header = with(json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()}), header);
    let claims = json!({"jti": fresh(), "htm": "POST", "htu": TOKEN_URL, "iat": NOW.unix()});
    key.sign_text("ES256", &header.to_string(), &with(claims, changes).to_string())
}

fn ask(issuer: &Issuer, client: &str, proofs: &[&str]) -> crate::support::protocol::Answer {
    let mut headers = vec![FORM];
    headers.extend(proofs.iter().map(|proof| ("DPoP", *proof)));
    let body = format!("grant_type=client_credentials&client_id={client}&client_secret=s");
    issuer.send(Method::Post, "/oauth/token", &headers, &body)
}

fn at_resource(key: &Key, token: &str, changes: &Value) -> String {
    let ath = part(sha256(token.as_bytes()));
    let base = json!({"htm": "GET", "htu": RESOURCE_URL, "ath": ath});
    proof(key, &json!({}), &with(base, changes))
}

#[test]
fn a_bound_token_works_with_its_key_and_nothing_else() {
    let issuer = Issuer::new();
    let (key, thief) = (Key::for_alg("ES256"), Key::for_alg("ES256"));
    let answer = ask(&issuer, "bound", &[&proof(&key, &json!({}), &json!({}))]);
    assert_eq!(answer.text("token_type"), "DPoP");
    let token = answer.text("access_token").to_owned();
    let active = issuer.introspect(&token);
    assert!(active["cnf"]["jkt"].is_string());
    assert_eq!(active["token_type"], "DPoP");
    let scheme = format!("DPoP {token}");
    let good = at_resource(&key, &token, &json!({}));
    assert_eq!(issuer.resource(&scheme, &[("DPoP", &good)]).status, 200);
    let replayed = issuer.resource(&scheme, &[("DPoP", &good)]);
    replayed.is(401, "invalid_dpop_proof", "used before");
    assert!(
        replayed
            .header("WWW-Authenticate")
            .unwrap()
            .starts_with("DPoP realm=\"heistctl\", error=\"invalid_dpop_proof\"")
    );
    issuer.resource(&format!("Bearer {token}"), &[]).is(
        401,
        "invalid_token",
        "cannot be used as a bearer token",
    );
    issuer.resource(&scheme, &[]).is(401, "invalid_dpop_proof", "missing");
    let other = at_resource(&thief, &token, &json!({}));
    issuer.resource(&scheme, &[("DPoP", &other)]).is(401, "invalid_token", "bound to another key");
    for (changes, reason) in [
        (json!({"ath": null}), "ath"),
        (json!({"ath": part(sha256(b"x"))}), "ath"),
        (json!({"htm": "POST"}), "htm"),
        (json!({"htu": TOKEN_URL}), "htu"),
    ] {
        let bad = at_resource(&key, &token, &changes);
        issuer.resource(&scheme, &[("DPoP", &bad)]).is(401, "invalid_dpop_proof", reason);
    }
    let bearer = issuer.token("c", "");
    let proof = at_resource(&key, &bearer, &json!({}));
    issuer.resource(&format!("DPoP {bearer}"), &[("DPoP", &proof)]).is(
        401,
        "invalid_token",
        "bound to no key",
    );
}

#[test]
fn each_of_the_twelve_checks_refuses() {
    let issuer = Issuer::new();
    let key = Key::for_alg("ES256");
    let private = with(key.jwk(), &json!({"d": part([1; 32])}));
    for (header, changes, reason) in [
        (json!({"typ": "JWT"}), json!({}), "typ must be dpop+jwt"),
        (json!({"typ": null}), json!({}), "typ must be dpop+jwt"),
        (json!({"alg": "none"}), json!({}), "not signed"),
        (json!({"alg": "HS256"}), json!({}), "alg is not one of"),
        (json!({"alg": "ES512"}), json!({}), "cannot verify ES512"),
        (json!({"jwk": null}), json!({}), "no jwk"),
        (json!({"jwk": private}), json!({}), "private key"),
        (json!({"jwk": {"kty": "oct", "k": "AAAA"}}), json!({}), "private key"),
        (json!({"jwk": Key::for_alg("ES256").jwk()}), json!({}), "does not match"),
        (json!({"crit": ["b64"]}), json!({}), "critical"),
        (json!({}), json!({"jti": null}), "no jti"),
        (json!({}), json!({"iat": null}), "no iat"),
        (json!({}), json!({"htm": "GET"}), "htm"),
        (json!({}), json!({"htm": null}), "htm"),
        (json!({}), json!({"htu": RESOURCE_URL}), "htu"),
        (json!({}), json!({"htu": "http://as.example.com/tenant/oauth/token"}), "htu"),
        (json!({}), json!({"htu": "https://as.example.com/tenant/oauth/token/"}), "htu"),
        (json!({}), json!({"htu": "https://as.example.com/tenant/oauth%2Ftoken"}), "htu"),
        (json!({}), json!({"htu": "https://as.example.com/oauth/token"}), "htu"),
        (json!({}), json!({"htu": "https://x@as.example.com/tenant/oauth/token"}), "htu"),
        (json!({}), json!({"iat": NOW.unix() - 61}), "more than a minute ago"),
        (json!({}), json!({"iat": NOW.unix() + 11}), "in the future"),
    ] {
        ask(&issuer, "c", &[&proof(&key, &header, &changes)]).is(400, "invalid_dpop_proof", reason);
    }
    for changes in [
        json!({"htu": format!("{TOKEN_URL}?x=y#z")}),
        json!({"htu": "HTTPS://AS.Example.com:443/tenant/oauth/token"}),
        json!({"htu": "https://as.example.com/tenant/oauth/%74oken"}),
        json!({"htu": "https://as.example.com/./tenant/x/%2e%2E/oauth/token"}),
        json!({"iat": NOW.unix() - 60}),
        json!({"iat": NOW.unix() + 10}),
    ] {
        assert_eq!(ask(&issuer, "c", &[&proof(&key, &json!({}), &changes)]).status, 200, "{changes}");
    }
    let twice = proof(&key, &json!({}), &json!({}));
    assert_eq!(ask(&issuer, "c", &[&twice]).status, 200);
    ask(&issuer, "c", &[&twice]).is(400, "invalid_dpop_proof", "used before");
    let (a, b) = (proof(&key, &json!({}), &json!({})), proof(&key, &json!({}), &json!({})));
    ask(&issuer, "c", &[&a, &b]).is(400, "invalid_dpop_proof", "more than one");
    ask(&issuer, "bound", &[]).is(400, "invalid_dpop_proof", "send a DPoP proof");
}

#[test]
fn a_nonce_is_given_on_request_and_taken_for_its_time() {
    let issuer =
        Issuer::with(ISSUER, "ES256", ServiceSettings { dpop_nonce: true, ..ServiceSettings::default() });
    let key = Key::for_alg("ES256");
    let first = ask(&issuer, "c", &[&proof(&key, &json!({}), &json!({}))]);
    first.is(400, "use_dpop_nonce", "nonce");
    let nonce = first.header("DPoP-Nonce").unwrap().to_owned();
    let with_nonce = |iat: i64| proof(&key, &json!({}), &json!({"nonce": nonce, "iat": iat}));
    assert_eq!(ask(&issuer, "c", &[&with_nonce(NOW.unix())]).status, 200);
    let wrong = proof(&key, &json!({}), &json!({"nonce": "x"}));
    ask(&issuer, "c", &[&wrong]).is(400, "use_dpop_nonce", "");
    issuer.now.set(NOW.after(Duration::from_secs(700)));
    ask(&issuer, "c", &[&with_nonce(NOW.unix() + 700)]).is(400, "use_dpop_nonce", "");
}

#[test]
fn tokens_of_one_kind_do_not_pass_for_another() {
    let issuer = Issuer::new();
    let key = Key::for_alg("ES256");
    let access = issuer.token("c", "");
    let assertion = assertion(&issuer, &json!({}), &json!({}));
    let dpop = proof(&key, &json!({}), &json!({}));
    for other in [&access, &dpop] {
        assert_eq!(issuer.assert(other).status, 401);
    }
    for other in [&access, &assertion] {
        assert_eq!(ask(&issuer, "c", &[other]).status, 400);
    }
    for other in [&assertion, &dpop] {
        assert_eq!(issuer.resource(&format!("Bearer {other}"), &[]).status, 401);
        assert_eq!(issuer.introspect(other), json!({"active": false}));
    }
}

/// Keys that are not to be had.
struct NoKeysNow(FetchError);

impl RemoteKeys for NoKeysNow {
    fn known(&self, _: &KeysUrl, _: Option<&str>, _: Timestamp) -> Option<Result<Arc<KeySet>, FetchError>> {
        None
    }

    fn keys(&self, _: &KeysUrl, _: Option<&str>, _: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        Err(self.0.clone())
    }
}

#[test]
fn where_a_clients_keys_are_and_why_they_do_not_come_is_for_the_log() {
    let failed = FetchError::Failed("10.0.0.7: connection refused".to_owned());
    for (error, status, code) in
        [(failed, 401, "invalid_client"), (FetchError::Busy, 503, "temporarily_unavailable")]
    {
        for explain_client_errors in [false, true] {
            let settings = ServiceSettings { explain_client_errors, ..ServiceSettings::default() };
            let mut issuer = Issuer::with(ISSUER, "ES256", settings);
            let keys = ClientKeys::At(KeysUrl::registered("https://10.0.0.7/keys"));
            let auth = ClientAuth::PrivateKeyJwt { keys, audience: AssertionAudience::Issuer };
            let client = Client { auth, ..crate::support::client("remote", "", "a") };
            issuer.service.registry.add(client).unwrap();
            issuer.service.remote_keys = Arc::new(NoKeysNow(error.clone()));
            let jwt = assertion(&issuer, &json!({}), &json!({"iss": "remote", "sub": "remote"}));
            let answer = issuer.assert(&jwt);
            answer.is(status, code, "https://10.0.0.7/keys");
            assert!(!answer.body.to_string().contains("10.0.0.7"), "{}", answer.body);
            assert_eq!(answer.header("Retry-After").is_some(), status == 503);
        }
    }
}
