//! Which clients there are shows in no answer: whatever is wrong with credentials, status, fields and body are
//! the same, at each endpoint and in both dialects.

use crate::support::keys::Key;
use crate::support::protocol::{FORM, ISSUER, Issuer, NOW};
use base64::Engine;
use heistctl::http::{Method, Peer, PeerCertificate};
use heistctl::issuer::ServiceSettings;
use heistctl::jose::certificate::SubjectName;
use heistctl::registry::networks::Networks;
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{
    AssertionAudience, Client, ClientAuth, ClientKeys, KeysUrl, LiveSecret, SecretMethod,
};
use heistctl::secret::Secret;
use serde_json::{Value, json};
use std::cell::Cell;
use std::sync::OnceLock;

const ENDPOINTS: [&str; 3] = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"];
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// One of each kind, and two that there are not.
const IDS: [&str; 13] = [
    "c",
    "only-basic",
    "only-post",
    "ended",
    "inside",
    "signer",
    "rsa",
    "far",
    "shared",
    "named",
    "own",
    "nobody",
    "somebody-else",
];

fn issuer() -> Issuer {
    let settings = ServiceSettings { client_certificates: true, ..ServiceSettings::default() };
    let mut issuer = Issuer::with(ISSUER, "ES256", settings);
    let base = |id| crate::support::client(id, "s", "a");
    let secret = |only| ClientAuth::Secret {
        secrets: vec![LiveSecret::lasting(SecretHash::of(&Secret::new("s")))],
        only: Some(only),
    };
    let ended = LiveSecret { ends: Some(NOW), ..LiveSecret::lasting(SecretHash::of(&Secret::new("s"))) };
    let rsa = json!({"keys": [Key::for_alg("RS256").jwk()]}).to_string();
    let rsa = heistctl::jose::keyset::KeySet::read(rsa.as_bytes(), "test").unwrap();
    let by_key = |keys| ClientAuth::PrivateKeyJwt { keys, audience: AssertionAudience::Issuer };
    for client in [
        Client { auth: secret(SecretMethod::Basic), ..base("only-basic") },
        Client { auth: secret(SecretMethod::Post), ..base("only-post") },
        Client { auth: ClientAuth::Secret { secrets: vec![ended], only: None }, ..base("ended") },
        Client { allow_from: Networks::parse(&["10.0.0.0/8"]).unwrap(), ..base("inside") },
        Client { auth: by_key(ClientKeys::Fixed(rsa)), ..base("rsa") },
        Client {
            auth: by_key(ClientKeys::At(KeysUrl::registered("https://example.com/jwks"))),
            ..base("far")
        },
        Client { auth: ClientAuth::Tls(SubjectName::Dns("a.example.com".to_owned())), ..base("named") },
        Client { auth: ClientAuth::SelfSignedTls(vec![[0; 32]]), ..base("own") },
    ] {
        issuer.service.registry.add(client).unwrap();
    }
    issuer
}

thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(0) };
}

/// What a client sends: an Authorization header, and members of the body.
type Sent = (Option<String>, Value);

/// A key that no client has.
fn stranger(alg: &str) -> &'static Key {
    static KEYS: OnceLock<[Key; 4]> = OnceLock::new();
    let made =
        || [Key::Hmac(vec![9; 64]), Key::for_alg("ES256"), Key::for_alg("RS256"), Key::for_alg("EdDSA")];
    let at = ["HS256", "ES256", "RS256", "EdDSA"].iter().position(|known| *known == alg);
    &KEYS.get_or_init(made)[at.unwrap()]
}

/// Every way of showing credentials that are wrong.
fn ways(id: &str) -> Vec<(&'static str, Sent)> {
    let jti = COUNT.with(|count| count.replace(count.get() + 1).to_string());
    let now = NOW.unix();
    let good = json!({"iss": id, "sub": id, "aud": ISSUER, "jti": jti, "exp": now + 60});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let by = |jwt: String| (None, json!({"client_assertion": jwt, "client_assertion_type": ASSERTION}));
    let signed = |alg: &str, kid, claims: &Value| by(stranger(alg).sign(alg, kid, claims));
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{id}:wrong"));
    vec![
        ("basic", (Some(format!("Basic {basic}")), json!({}))),
        ("post", (None, json!({"client_id": id, "client_secret": "wrong"}))),
        ("id alone", (None, json!({"client_id": id}))),
        ("ES256", signed("ES256", None, &good)),
        ("ES256 with kid", signed("ES256", Some("k"), &good)),
        ("RS256", signed("RS256", None, &good)),
        ("EdDSA", signed("EdDSA", None, &good)),
        ("HS256", signed("HS256", None, &good)),
        ("another audience", signed("ES256", None, &with("aud", json!("https://other")))),
        ("an end in the past", signed("ES256", None, &with("exp", json!(now - 60)))),
        ("another issuer", signed("ES256", None, &with("iss", json!("x")))),
        ("not signed", by(stranger("ES256").sign_text("ES256", "{\"alg\":\"none\"}", &good.to_string()))),
        (
            "an unknown algorithm",
            by(stranger("ES256").sign_text("ES256", "{\"alg\":\"XY\"}", &good.to_string())),
        ),
        (
            "a RS256 of 10 bytes",
            by({
                let jwt = stranger("ES256").sign_text("ES256", "{\"alg\":\"RS256\"}", &good.to_string());
                format!("{}.AAAAAAAAAA", jwt.rsplit_once('.').unwrap().0)
            }),
        ),
    ]
}

/// Status, fields and body, as they would go to the client.
fn sent(issuer: &Issuer, endpoint: &str, json_body: bool, (header, members): &Sent) -> String {
    let mut members = members.clone();
    members["token"] = json!("x");
    members["grant_type"] = json!("client_credentials");
    let (kind, body) = if json_body {
        ("application/json", members.to_string())
    } else {
        let pair = |(name, value): (&String, &Value)| format!("{name}={}", value.as_str().unwrap());
        (FORM.1, members.as_object().unwrap().iter().map(pair).collect::<Vec<_>>().join("&"))
    };
    let mut headers = vec![("Content-Type", kind)];
    headers.extend(header.as_deref().map(|value| ("Authorization", value)));
    let answer = issuer.send(Method::Post, endpoint, &headers, &body);
    format!("{} {} {:?} {}", answer.status, answer.delay(), answer.headers(), answer.body)
}

#[test]
fn whatever_is_wrong_every_client_gets_the_same_answer() {
    let certificate = rcgen::generate_simple_self_signed(["b.example.com".to_owned()]).unwrap().cert;
    for shown in [None, Some((true, certificate.der().to_vec())), Some((false, certificate.der().to_vec()))] {
        let issuer = issuer();
        let certificate = shown.map(|(trusted, der)| PeerCertificate { der, trusted });
        issuer.peer.replace(Peer { address: Some([192, 0, 2, 7].into()), certificate, ..Peer::default() });
        for endpoint in ENDPOINTS {
            for json_body in [false, true] {
                let mut answers: Vec<(String, &str, &str)> = Vec::new();
                for id in IDS {
                    // Failures of one time do not delay the next.
                    issuer.now.set(issuer.now.get().after(std::time::Duration::from_secs(3600)));
                    let each = ways(id).into_iter();
                    answers
                        .extend(each.map(|(way, how)| (sent(&issuer, endpoint, json_body, &how), id, way)));
                }
                let (expected, ..) = answers[0].clone();
                assert!(expected.starts_with("401 0 ") && expected.contains("Basic realm"), "{expected}");
                for (answer, id, way) in &answers {
                    assert_eq!(*answer, expected, "{endpoint}, json {json_body}: {id} by {way}");
                }
            }
        }
    }
}

#[test]
fn guesses_at_a_client_that_there_is_not_are_slowed_in_the_same_way() {
    let issuer = issuer();
    let ways_of = |id: &str| ways(id).into_iter().filter(|(way, _)| ["post", "basic"].contains(way));
    for (at, (way, _)) in ways_of("c").enumerate() {
        let slowed = |id: &str| -> Vec<String> {
            issuer.now.set(issuer.now.get().after(std::time::Duration::from_secs(3600)));
            (0..23).map(|_| sent(&issuer, "/oauth/token", false, &ways_of(id).nth(at).unwrap().1)).collect()
        };
        let expected = slowed("nobody");
        assert!(
            expected[19].starts_with("401 4000 ") && expected[20].starts_with("429 0 "),
            "{way}: {expected:?}"
        );
        for id in IDS {
            assert_eq!(slowed(id), expected, "{id} by {way}");
        }
    }
}
