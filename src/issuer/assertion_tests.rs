//! Every refused assertion costs as many signature checks as any other of its algorithm, whatever client it
//! names, and none if its claims are wrong.

use super::*;
use crate::http::{Headers, Method, Request};
use crate::issuer::{IssuerIdentity, RemoteKeys, ServiceSettings, token};
use crate::jose::digest::base64url;
use crate::jose::key::{KeyMaterial, KeySource, VerifyingKey};
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::registry::secret_hash::SecretHash;
use crate::registry::{KeysUrl, LiveSecret, Registry, SharedKey};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const ISSUER: &str = "https://as.example.com";

fn ec(algorithm: Algorithm, kid: Option<String>) -> VerifyingKey {
    let material = PrivateKey::generate(algorithm).unwrap().public().unwrap();
    VerifyingKey { kid, ..VerifyingKey::new(material, KeySource::Public, "test") }
}

fn rsa(bytes: usize) -> VerifyingKey {
    let n = [&[0xC1], vec![0x55; bytes - 1].as_slice()].concat();
    VerifyingKey::new(KeyMaterial::Rsa { n, e: vec![1, 0, 1] }, KeySource::Public, "test")
}

fn set(keys: impl IntoIterator<Item = VerifyingKey>) -> KeySet {
    KeySet { given: true, keys: keys.into_iter().collect(), ..KeySet::none() }
}

/// A client that publishes six keys; other addresses fail.
struct Published(Arc<KeySet>);

impl RemoteKeys for Published {
    fn keys(&self, at: &KeysUrl, _: Option<&str>, _: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        if at.uri == "six" { Ok(self.0.clone()) } else { Err(FetchError::Failed("gone".to_owned())) }
    }
}

/// A client of each kind, some with more keys than an assertion is tried with.
fn clients() -> Vec<(&'static str, ClientAuth)> {
    use Algorithm::{ES256, ES512};
    let many = |count: usize, kid: fn(usize) -> Option<String>| set((0..count).map(|at| ec(ES256, kid(at))));
    let by = |keys| ClientAuth::PrivateKeyJwt { keys, audience: AssertionAudience::Issuer };
    let fixed = |keys| by(ClientKeys::Fixed(keys));
    let secrets = vec![SharedKey::lasting(Secret::new([7; 64]), "test")];
    let hash = LiveSecret::lasting(SecretHash::of(&Secret::new("s")));
    vec![
        ("one", fixed(many(1, |_| None))),
        ("three", fixed(many(3, |at| Some(at.to_string())))),
        ("two", fixed(many(2, |_| None))),
        ("seven", fixed(many(7, |at| Some(at.to_string())))),
        ("seven-without-kid", fixed(many(7, |_| None))),
        ("seven-of-a-kid", fixed(many(7, |_| Some("0".to_owned())))),
        ("rsa", fixed(set([256, 512, 256, 256, 256, 256, 256].map(rsa)))),
        ("mixed", fixed(set([ec(ES512, None), rsa(384), ec(ES512, None), ec(ES256, None)]))),
        ("shared", ClientAuth::SecretJwt { secrets, audience: AssertionAudience::Issuer }),
        ("secret", ClientAuth::Secret { secrets: vec![hash], only: None }),
        ("own-certificate", ClientAuth::SelfSignedTls(Vec::new())),
        ("published", by(ClientKeys::At(KeysUrl::registered("six")))),
        ("gone", by(ClientKeys::At(KeysUrl::registered("gone")))),
    ]
}

fn service() -> Service {
    crate::jose::install_provider();
    let mut registry = Registry::default();
    for (id, auth) in clients() {
        let client = Client::new(id, auth, ScopeSet::empty());
        registry.add(client).unwrap();
    }
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    let signer = Signer::hs256(Secret::new([1; 32])).unwrap();
    let six = set((0..6).map(|at| ec(Algorithm::ES256, Some(at.to_string()))));
    Service::new(identity, registry, signer, ServiceSettings::default(), Arc::new(Published(Arc::new(six))))
}

/// The number of signature checks for an assertion with a forged signature, and the reason of its refusal.
fn checks(service: &Service, header: &Value, claims: &Value, signature: usize) -> (usize, String) {
    let [header, claims] = [header, claims].map(|part| base64url(part.to_string().as_bytes()));
    let jwt = format!("{header}.{claims}.{}", base64url(&vec![0x55; signature]));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let body = format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={jwt}");
    let mut headers = Headers::default();
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    let request = Request::new(Method::Post, "/oauth/token", headers, body);
    let before = verify::CHECKS.get();
    let outcome = token::answer(service, &request, NOW, [7; 16]);
    assert_eq!(outcome.response.status, 401);
    (verify::CHECKS.get() - before, outcome.record.reason.unwrap_or_default())
}

fn claims(id: &str) -> Value {
    json!({"iss": id, "sub": id, "aud": ISSUER, "jti": "j", "exp": NOW.unix() + 60})
}

fn ids() -> Vec<&'static str> {
    clients().into_iter().map(|(id, _)| id).chain(["nobody", "somebody-else"]).collect()
}

#[test]
fn a_forged_signature_is_checked_as_often_whatever_the_client() {
    let service = service();
    // The number of keys at an address is unknown until the first fetch.
    let _learnt = checks(&service, &json!({"alg": "ES256"}), &claims("published"), 64);
    for (header, signature, expected) in [
        (json!({"alg": "ES256"}), 64, 2),
        (json!({"alg": "ES256", "kid": "0"}), 64, 2),
        (json!({"alg": "ES256", "kid": "6"}), 64, 2),
        (json!({"alg": "ES256", "kid": "of nobody"}), 64, 2),
        (json!({"alg": "ES384"}), 96, 1),
        (json!({"alg": "ES512"}), 132, 1),
        (json!({"alg": "ES256K"}), 64, 1),
        (json!({"alg": "EdDSA"}), 64, 1),
        (json!({"alg": "HS256"}), 32, 1),
        (json!({"alg": "RS256"}), 256, 2),
        (json!({"alg": "RS256"}), 384, 2),
        (json!({"alg": "PS512"}), 512, 2),
        // The length of no client's key.
        (json!({"alg": "RS256"}), 255, 0),
        (json!({"alg": "RS256"}), 1024, 0),
    ] {
        for id in ids() {
            let (count, reason) = checks(&service, &header, &claims(id), signature);
            assert_eq!(count, expected, "{id} by {header}: {reason}");
        }
    }
}

#[test]
fn wrong_claims_cost_no_check_of_a_signature_whatever_the_client() {
    let service = service();
    let (now, es256) = (NOW.unix(), json!({"alg": "ES256"}));
    let with = |header: &Value, name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        header
    };
    for (header, name, value, why) in [
        (es256.clone(), "iss", json!("other"), "iss: "),
        (es256.clone(), "aud", json!("https://other"), "its aud is not the issuer"),
        (es256.clone(), "aud", json!([ISSUER, "https://other"]), "its aud lists other values"),
        (es256.clone(), "aud", json!(7), "must be a string"),
        (es256.clone(), "aud", Value::Null, "aud"),
        (es256.clone(), "exp", json!(now - 60), "expired"),
        (es256.clone(), "exp", json!(now + 6000), "more than ten minutes"),
        (es256.clone(), "exp", json!("soon"), "exp: "),
        (es256.clone(), "iat", json!(now + 60), "in the future"),
        (es256.clone(), "nbf", json!(now + 60), "not valid yet"),
        (es256.clone(), "jti", json!(""), "its jti is empty"),
        (es256.clone(), "jti", json!(7), "jti"),
        (with(&es256, "typ", json!("at+jwt")), "x", json!(1), "another kind of token"),
        (with(&es256, "crit", json!(["x"])), "x", json!(1), "crit"),
        (with(&es256, "alg", json!("none")), "x", json!(1), "not signed"),
        (with(&es256, "alg", json!("XY")), "x", json!(1), "not supported"),
    ] {
        for id in ids() {
            let (count, reason) = checks(&service, &header, &with(&claims(id), name, value.clone()), 64);
            assert_eq!(count, 0, "{id}: {name} {value}: {reason}");
            assert!(reason.contains(why), "{id}: {name} {value}: {reason:?} lacks {why:?}");
        }
    }
}

#[test]
fn the_log_says_that_a_kid_would_choose_among_many_keys() {
    let service = service();
    let es256 = json!({"alg": "ES256"});
    for id in ["seven", "seven-without-kid", "seven-of-a-kid"] {
        let (_, reason) = checks(&service, &es256, &claims(id), 64);
        assert!(reason.contains("of 7 keys that fit only the first 2 were tried"), "{id}: {reason}");
        assert!(reason.contains("name it by kid"), "{id}: {reason}");
    }
    let (_, reason) = checks(&service, &es256, &claims("published"), 64);
    assert!(reason.contains("of 6 keys that fit"), "{reason}");
    for (id, header) in [("two", es256), ("seven", json!({"alg": "ES256", "kid": "6"}))] {
        let (_, reason) = checks(&service, &header, &claims(id), 64);
        assert!(reason.contains("does not match") && !reason.contains("were tried"), "{id}: {reason}");
    }
}
