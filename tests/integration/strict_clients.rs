//! What clients demand that were written for issuers with users: metadata members, an authorization endpoint,
//! and a token endpoint at /token.

use crate::support::keys::Key;
use crate::support::protocol::{FORM, ISSUER, Issuer, NOW};
use crate::support::{demo, folder, heistctl};
use heistctl::http::Method;
use heistctl::issuer::ServiceSettings;
use heistctl::issuer::metadata_members::MetadataSettings;
use serde_json::{Value, json};
use std::sync::Arc;

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";
const DEMANDED: [&str; 4] = [
    "authorization_endpoint",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
];

fn proof(key: &Key, htu: &str, jti: &str) -> String {
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()});
    let claims = json!({"htm": "POST", "htu": htu, "jti": jti, "iat": NOW.unix()});
    key.sign_text("ES256", &header.to_string(), &claims.to_string())
}

fn configured(metadata: MetadataSettings) -> Issuer {
    let settings = ServiceSettings { metadata: Arc::new(metadata), ..ServiceSettings::default() };
    Issuer::with(ISSUER, "ES256", settings)
}

#[test]
fn metadata_has_the_members_that_strict_clients_demand() {
    let issuer = Issuer::new();
    let (oauth, openid) = (issuer.get(OAUTH).body, issuer.get(OPENID).body);
    for document in [&oauth, &openid] {
        assert_eq!(document["authorization_endpoint"], format!("{ISSUER}/oauth/authorize"));
        assert_eq!(document["token_endpoint"], format!("{ISSUER}/oauth/token"));
        assert_eq!(document["response_types_supported"], json!(["none"]));
        assert_eq!(document.get("code_challenge_methods_supported"), None, "there is no login to protect");
    }
    assert_eq!(openid["subject_types_supported"], json!(["public"]));
    assert_eq!(openid["id_token_signing_alg_values_supported"], json!(["ES256"]));
    assert_eq!((oauth.get(DEMANDED[2]), oauth.get(DEMANDED[3])), (None, None));
    let strict = configured(MetadataSettings { strict: true, ..MetadataSettings::default() });
    for path in [OAUTH, OPENID] {
        let document = strict.get(path).body;
        assert_eq!(DEMANDED.map(|name| document.get(name)), [None; 4], "{path}");
    }
}

#[test]
fn added_members_never_replace_what_the_issuer_says() {
    let members = json!({"issuer": "https://evil", "jwks_uri": "https://evil", "response_types_supported": [],
        "service_documentation": "https://as.example.com/docs", "x": {"y": [1, true]}});
    let Value::Object(members) = members else { panic!() };
    let scopes_supported = vec!["b".to_owned(), "a".to_owned()];
    let added = |strict| {
        let (members, scopes_supported) = (members.clone(), scopes_supported.clone());
        configured(MetadataSettings { strict, scopes_supported, members }).get(OAUTH).body
    };
    let (usual, strict) = (added(false), added(true));
    for document in [&usual, &strict] {
        assert_eq!(document["issuer"], ISSUER);
        assert_eq!(document["jwks_uri"], format!("{ISSUER}/.well-known/jwks.json"));
        assert_eq!(document["service_documentation"], "https://as.example.com/docs");
        assert_eq!(document["x"], json!({"y": [1, true]}));
        assert_eq!(document["scopes_supported"], json!(["b", "a"]));
    }
    assert_eq!(usual["response_types_supported"], json!(["none"]));
    assert_eq!(strict["response_types_supported"], json!([]), "strict metadata leaves the member to others");
    assert_eq!(Issuer::new().get(OAUTH).body.get("scopes_supported"), None);
}

#[test]
fn methods_with_a_shared_secret_are_listed_where_a_client_uses_them() {
    let with = Issuer::new().get(OAUTH).body;
    let toml = "issuer = 'http://127.0.0.1:9'\nlisten = '127.0.0.1:0'\n\
                [[client]]\nid = 'c'\nsecret_file = 'key'\n";
    let folder = folder(&[("key", "hunter2-hunter2-hunter2"), ("heist.toml", toml)]);
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    let without = server.request("GET", OAUTH, &[], "").json();
    for at in ["token", "introspection", "revocation"] {
        let has = |document: &Value, list: &str, word: &str| {
            document[format!("{at}_endpoint_auth_{list}")].as_array().unwrap().contains(&json!(word))
        };
        for (list, word) in
            [("methods_supported", "client_secret_jwt"), ("signing_alg_values_supported", "HS256")]
        {
            assert!(has(&with, list, word) && !has(&without, list, word), "{at} {list}");
        }
        assert!(has(&without, "methods_supported", "private_key_jwt"));
        assert!(has(&without, "signing_alg_values_supported", "ES256"));
    }
}

#[test]
fn the_authorization_endpoint_refuses_everything_and_never_redirects() {
    let issuer = Issuer::new();
    let asked = "response_type=code&client_id=c&redirect_uri=https://evil.example/cb&state=x";
    for method in [Method::Get, Method::Head, Method::Post, Method::Options, Method::Other] {
        for path in ["/oauth/authorize", "/tenant/oauth/authorize"] {
            let answer = issuer.send(method, &format!("{path}?{asked}"), &[FORM], asked);
            answer.is(400, "unsupported_response_type", "no users");
            assert_eq!((answer.header("Location"), answer.header("Allow")), (None, None));
            assert!(!answer.body.to_string().contains("evil"), "{}", answer.body);
        }
    }
    let server = demo();
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let reply = server.request(method, &format!("/oauth/authorize?{asked}"), &[], "");
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(reply.body.contains("this issuer has no users"), "{reply:?}");
        assert_eq!(reply.header("Location"), None);
    }
}

#[test]
fn the_token_endpoint_answers_at_token_too_with_either_address_in_proofs_and_assertions() {
    let issuer = Issuer::new();
    let key = Key::for_alg("ES256");
    for (number, path) in
        ["/token", "/oauth/token", "/tenant/token", "/tenant/oauth/token"].iter().enumerate()
    {
        let good = "grant_type=client_credentials&client_id=c&client_secret=s";
        assert_eq!(issuer.post(path, good).status, 200, "{path}");
        issuer.post(path, &good.replace("=s", "=wrong")).is(401, "invalid_client", "wrong secret");
        assert_eq!(issuer.get(path).status, 405);
        for url in [format!("{ISSUER}/token"), format!("{ISSUER}/oauth/token")] {
            let jti = format!("{number}{url}");
            let proof = proof(&key, &url, &jti);
            let bound = issuer.send(Method::Post, path, &[FORM, ("DPoP", &proof)], good);
            assert_eq!(bound.body["token_type"], "DPoP", "{}", bound.body);
            let claims =
                json!({"iss": "older", "sub": "older", "aud": url, "jti": jti, "exp": NOW.unix() + 60});
            let assertion = issuer.client_key.sign("ES256", None, &claims);
            assert_eq!(issuer.assert(&assertion).status, 200, "{url}");
        }
        let other = proof(&key, &format!("{ISSUER}/tok"), path);
        issuer.send(Method::Post, path, &[FORM, ("DPoP", &other)], good).is(400, "invalid_dpop_proof", "htu");
    }
}

#[test]
fn check_tells_which_members_are_ignored_and_why_others_are_refused() {
    let check = |metadata: &str| {
        let toml = format!("[metadata]\n{metadata}\n[[client]]\nid = 'c'\nsecret_file = 'key'\n");
        let folder = folder(&[("key", "hunter2-hunter2-hunter2"), ("heist.toml", &toml)]);
        heistctl(["serve", "--check"]).in_folder(folder.path()).run()
    };
    let ignored =
        check("token_endpoint = 'https://x'\nresponse_types_supported = []\nop_tos_uri = 'https://x'")
            .exits(0);
    assert!(ignored.stdout.contains("[metadata] token_endpoint is ignored"), "{ignored}");
    assert!(
        ignored.stdout.contains(
            "response_types_supported is ignored, since the server writes it itself: \
                                 remove the line, or add strict_rfc8414 = true"
        ),
        "{ignored}"
    );
    assert!(!ignored.stdout.contains("op_tos_uri"), "{ignored}");
    let strict = check("strict_rfc8414 = true\nresponse_types_supported = []").exits(0);
    assert!(!strict.stdout.contains("ignored"), "{strict}");
    check("scopes_supported = ['a b']").fails(2, &["scopes_supported", "has a blank", "heist.toml:2"]);
    check("scopes_suported = ['a']").fails(2, &["did you mean scopes_supported?"]);
    check("listen = '127.0.0.1:0'").fails(2, &["belongs above the first [section]"]);
}
