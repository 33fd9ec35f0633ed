//! Keys of every form and the choice among them, what a failed signature is told to be, and the
//! views of `inspect` that judge nothing.

use crate::support::judged::{NOW, inspect};
use crate::support::keys::Key;
use crate::support::{folder, heistctl};
use serde_json::{Value, json};

const ALGORITHMS: [&str; 15] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
    "ES512", "ES256K", "EdDSA", "Ed25519",
];

fn claims() -> Value {
    json!({"iss": "https://as", "sub": "c", "client_id": "c", "aud": "api", "scope": "a b", "jti": "j",
           "iat": NOW, "exp": NOW + 3600})
}

#[test]
fn every_algorithm_verifies_with_its_key_in_every_form() {
    for alg in ALGORITHMS {
        let key = Key::for_alg(alg);
        let token = key.sign(alg, None, &claims());
        let mut forms = Vec::new();
        if alg != "ES256K" {
            forms.push(key.jwk().to_string());
            forms.push(json!({"keys": [key.jwk()]}).to_string());
        }
        if !alg.starts_with("HS") {
            forms.extend([key.public_pem(), key.private_pem()]);
        }
        // rcgen makes no certificates of P-521 and secp256k1 with this backend.
        if matches!(alg, "RS256" | "ES256" | "ES384" | "EdDSA") {
            forms.push(key.certificate_pem());
        }
        assert!(!forms.is_empty());
        for form in forms {
            inspect(&token, Some(&form), &[]).is("pass").says("signature", "pass", alg);
            let other = Key::for_alg(alg).sign(alg, None, &json!({"exp": NOW + 1}));
            let tampered =
                format!("{}.{}", token.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
            inspect(&tampered, Some(&form), &[]).is("fail");
        }
    }
}

#[test]
fn the_kind_of_a_key_file_is_found_out_and_said() {
    let key = Key::for_alg("ES256");
    let token = key.sign("ES256", None, &claims());
    for (form, kind) in [
        (key.public_pem(), "P-256 public key from"),
        (key.private_pem(), "P-256 private key (its public half) from"),
        (key.certificate_pem(), "P-256 key of a certificate from"),
        (key.jwk().to_string(), "P-256 public key from"),
    ] {
        inspect(&token, Some(&form), &[]).says("key", "pass", kind);
    }
    let folder = folder(&[
        ("text", "hello"),
        ("empty", ""),
        ("json", "{\"a\":1}"),
        ("broken.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        ("request.pem", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
        ("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
    ]);
    for (name, part) in [
        ("text", "neither PEM nor JWK"),
        ("empty", "neither PEM nor JWK"),
        ("json", "neither a JWK (no kty) nor a JWK Set"),
        ("broken.pem", "not a SubjectPublicKeyInfo"),
        ("request.pem", "neither a key nor a certificate"),
        ("locked.pem", "encrypted"),
        ("nowhere", "no such file"),
    ] {
        let path = folder.path().join(name).display().to_string();
        heistctl(["inspect", "--key", &path, &token]).run().fails(2, &["error: key: ", part]);
    }
}

#[test]
fn a_key_of_a_set_is_chosen_by_kid_and_then_by_what_it_is_for() {
    let (a, b, rsa) = (Key::for_alg("ES256"), Key::for_alg("ES256"), Key::for_alg("RS256"));
    let set = |keys: Vec<Value>| json!({"keys": keys}).to_string();
    let kid = |key: &Key, kid: &str| key.jwk_with(json!({"kid": kid}));
    let both = set(vec![kid(&a, "a"), kid(&b, "b"), kid(&rsa, "r")]);
    inspect(&b.sign("ES256", Some("b"), &claims()), Some(&both), &[]).is("pass").says("key", "pass", "kid b");
    // Without a kid, those that fit are tried.
    inspect(&b.sign("ES256", None, &claims()), Some(&both), &[]).is("pass").says("key", "pass", "kid b");
    inspect(&rsa.sign("PS256", None, &claims()), Some(&both), &[]).is("pass").says("key", "pass", "kid r");
    inspect(&b.sign("ES256", Some("c"), &claims()), Some(&both), &[])
        .is("fail")
        .says("key", "fail", r#"no key has the kid "c"; there are "a" (P-256 public key), "b""#)
        .says("signature", "fail", r#"It would verify with the P-256 public key of kid "b""#);
    inspect(&b.sign("ES256", Some("r"), &claims()), Some(&both), &[]).is("fail").says(
        "key",
        "fail",
        "cannot verify ES256",
    );
    // One kid for two keys of different algorithms: told apart, and said.
    let same = set(vec![kid(&a, "x"), kid(&rsa, "x")]);
    inspect(&rsa.sign("RS256", Some("x"), &claims()), Some(&same), &[]).is("pass").says(
        "key",
        "warn",
        "more than once",
    );
    let mixed = set(vec![kid(&a, "a"), json!({"kty": "oct", "k": "AAAA", "kid": "s"})]);
    inspect(&a.sign("ES256", Some("a"), &claims()), Some(&mixed), &[]).is("pass").says(
        "key",
        "warn",
        "mixes shared secrets",
    );
    // What is not understood is ignored (RFC 7517 section 5).
    let strange = set(vec![json!({"kty": "PQC", "kid": "p"}), json!(7), kid(&a, "a")]);
    inspect(&a.sign("ES256", Some("a"), &claims()), Some(&strange), &[]).is("pass");
    inspect(&a.sign("ES256", Some("p"), &claims()), Some(&strange), &[])
        .is("fail")
        .says("key", "fail", "\"PQC\"");
    inspect(&a.sign("ES256", None, &claims()), Some(&set(vec![])), &[]).is("fail").says(
        "key",
        "fail",
        "no key in it",
    );
    // A key without kid is not the one that a kid names.
    let bare = set(vec![a.jwk(), kid(&b, "b")]);
    inspect(&a.sign("ES256", Some("a"), &claims()), Some(&bare), &[]).is("fail").says(
        "key",
        "fail",
        "no key has the kid",
    );
}

#[test]
fn a_pem_is_one_key_where_one_is_meant() {
    let (leaf, ca) = (Key::for_alg("ES256"), Key::for_alg("RS256"));
    let chain = format!("{}{}", leaf.certificate_pem(), ca.certificate_pem());
    inspect(&leaf.sign("ES256", None, &claims()), Some(&chain), &[]).is("pass");
    // What signs certificates signs no tokens.
    inspect(&ca.sign("RS256", None, &claims()), Some(&chain), &[]).is("fail");
    let foreign = "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n";
    let around = format!("a comment\r\n{foreign}{}", leaf.public_pem());
    inspect(&leaf.sign("ES256", None, &claims()), Some(&around), &[]).is("pass").says(
        "key",
        "pass",
        "thumbprint",
    );
}

#[test]
fn the_secret_in_another_spelling_is_told() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let secret: Vec<u8> = (60..100).collect();
    let token = |bytes: &[u8]| Key::Hmac(bytes.to_vec()).sign("HS256", None, &claims());
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = STANDARD.encode(&secret);
    for (signed_with, given, part) in [
        (secret.as_slice(), base64.as_str(), "--secret-encoding base64"),
        (secret.as_slice(), hex.as_str(), "--secret-encoding hex"),
        (b"0123456789abcdef0123456789abcdef\n", "0123456789abcdef0123456789abcdef", "--secret-encoding raw"),
    ] {
        inspect(&token(signed_with), Some(given), &[]).is("fail").says("signature", "fail", part);
    }
    inspect(&token(&secret), Some(&base64), &["--secret-encoding", "base64"]).is("pass");
    let wrapped = format!("{}\n{}\n", &base64[..20], &base64[20..]);
    inspect(&token(&secret), Some(&wrapped), &["--secret-encoding", "base64"]).is("pass");
    inspect(&token(&secret), Some(&hex), &["--secret-encoding", "hex"]).is("pass");
    let text = String::from_utf8(secret.clone()).unwrap();
    inspect(&token(base64.as_bytes()), Some(&text), &[]).is("fail").says(
        "signature",
        "fail",
        "base64-encoded",
    );
    inspect(&token(b"another-secret-of-at-least-32-bytes"), Some(&text), &[]).is("fail").says(
        "signature",
        "fail",
        "does not match",
    );
}

#[test]
fn a_strict_api_answers_first_things_first() {
    let key = Key::for_alg("ES256");
    let folder = folder(&[("key", &key.public_pem())]);
    let path = folder.path().join("key").display().to_string();
    let answer = |header: &str, claims: &Value, more: &[&str], code: i32| {
        let token = key.sign_text("ES256", header, &claims.to_string());
        let now = NOW.to_string();
        let args = ["inspect", "--as-api", "--key", &path, "--now", &now, "-"];
        heistctl(args.iter().chain(more)).stdin(token).run().exits(code).stdout
    };
    let at = r#"{"alg":"ES256","typ":"at+jwt"}"#;
    assert_eq!(answer(at, &claims(), &["--aud", "api", "--scope", "a"], 0), "HTTP/1.1 200 OK\n");
    let untyped = answer(r#"{"alg":"ES256"}"#, &claims(), &[], 8);
    assert!(untyped.starts_with("HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"typ: "), "{untyped}");
    assert!(answer(at, &claims(), &["--aud", "x"], 8).contains("aud: the token is for api, not for x"));
    let scope = answer(at, &claims(), &["--scope", "a c"], 8);
    assert_eq!(
        scope,
        "HTTP/1.1 403 Forbidden\nWWW-Authenticate: Bearer error=\"insufficient_scope\", error_description=\"c is missing\", scope=\"a c\"\n"
    );
    let mut no_exp = claims();
    no_exp.as_object_mut().unwrap().remove("exp");
    assert!(answer(at, &no_exp, &[], 8).contains("claims are missing: exp"));
    for name in ["iss", "aud", "sub", "client_id", "iat", "jti"] {
        let mut lacking = claims();
        lacking.as_object_mut().unwrap().remove(name);
        assert!(answer(at, &lacking, &[], 8).contains(&format!("claims are missing: {name}")), "{name}");
    }
    let forged = Key::for_alg("ES256").sign_text("ES256", at, &claims().to_string());
    let args = ["inspect", "--as-api", "--key", &path, "-"];
    let refused = heistctl(args).stdin(forged).run().exits(8).stdout;
    assert!(refused.contains("signature: it could not be verified") && !refused.contains(&path), "{refused}");
    heistctl(["inspect", "--as-api", "e30.e30."]).run().fails(2, &["--as-api", "--secret-file"]);
    let opaque = heistctl(["inspect", "--as-api", "--key", &path, "hunter2"]).run().exits(9).stdout;
    assert!(opaque.starts_with("HTTP/1.1 401"), "{opaque}");
}

#[test]
fn a_redacted_token_has_no_signature_and_a_fingerprint() {
    let token = Key::for_alg("HS256").sign("HS256", None, &claims());
    let (input, signature) = token.rsplit_once('.').unwrap();
    let ran = heistctl(["inspect", "--redact", "-"]).stdin(token.as_str()).run().exits(0);
    assert!(
        ran.stdout.starts_with(&format!("{input}.SIGNATURE-REMOVED\nfingerprint "))
            && !ran.stdout.contains(signature),
        "{ran}"
    );
    let json = heistctl(["inspect", "--redact", "--json", "-"]).stdin(token.as_str()).run().exits(0).json();
    let report = inspect(&token, None, &[]).report;
    assert_eq!(json["fingerprint"], report["fingerprint"]);
    heistctl(["inspect", "--redact", "hunter2"]).run().fails(9, &["opaque"]);
    let nested = Key::for_alg("HS256").sign_text("HS256", r#"{"alg":"HS256","cty":"JWT"}"#, &token);
    heistctl(["inspect", "--redact", "-"]).stdin(nested).run().fails(9, &["contains another token"]);
    heistctl(["inspect", "--raw", "claims", "--json", &token]).run().fails(2, &["--raw", "--json"]);
}

#[test]
fn two_tokens_are_compared_as_people_would() {
    let key = Key::for_alg("HS256");
    let left = key.sign("HS256", None, &claims());
    let mut other = claims();
    other["exp"] = json!(NOW + 7200);
    other["scope"] = json!("b c");
    let right = key.sign("HS256", Some("k"), &other);
    let folder = folder(&[("other", &format!("Bearer {right}\n"))]);
    let at = format!("@{}", folder.path().join("other").display());
    let ran = heistctl(["inspect", "--diff", &at, "-"]).stdin(left.as_str()).run().exits(0);
    for part in ["kid        (absent) -> k", "1h later", "+c -a"] {
        assert!(ran.stdout.contains(part), "{part}\n{ran}");
    }
    let json = heistctl(["inspect", "--json", "--diff", &right, &left]).run().exits(0).json();
    assert_eq!((&json["same"], &json["claims"][0]["name"]), (&json!(false), &json!("exp")));
    let other = key.sign_text("HS256", r#"{"alg":"HS256"}"#, "[1]");
    let array = key.sign_text("HS256", r#"{"alg":"HS256"}"#, "[2]");
    let differ = heistctl(["inspect", "--diff", &other, &array]).run().exits(0).stdout;
    assert!(differ.contains("they differ outside the claims set"), "{differ}");
    let same = heistctl(["inspect", "--diff", &left, &left]).run().exits(0).stdout;
    assert_eq!(same, "the same header and the same claims\n");
}
