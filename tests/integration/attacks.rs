//! Tokens made to deceive: each is refused, and for the right reason.

use crate::support::judged::{NOW, inspect};
use crate::support::keys::{Key, part};
use serde_json::{Value, json};

fn claims() -> Value {
    json!({"sub": "root", "exp": NOW + 60})
}

#[test]
fn an_hmac_made_with_a_public_key_is_an_attack() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let pem = Key::for_alg(alg).public_pem();
        for secret in [pem.clone(), pem.trim().to_owned(), pem.replace("\r\n", "\n")] {
            let forged = Key::Hmac(secret.into_bytes()).sign("HS256", None, &claims());
            let judged =
                inspect(&forged, Some(&pem), &[]).is("fail").says("key", "fail", "cannot verify HS256");
            assert_eq!(judged.status("signature"), "fail");
        }
        let forged = Key::Hmac(pem.clone().into_bytes()).sign("HS256", None, &claims());
        inspect(&forged, Some(&pem), &[]).says("signature", "fail", "attack");
    }
}

#[test]
fn a_pem_is_never_a_secret() {
    let pem = Key::for_alg("ES256").public_pem();
    let folder = crate::support::folder(&[("pem", &pem)]);
    let path = folder.path().join("pem").display().to_string();
    let ran = crate::support::heistctl(["inspect", "--secret-file", &path, "e30.e30."]).run();
    ran.fails(2, &["is a PEM, which is never an HMAC secret", "--key"]);
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &pem);
    std::fs::write(&path, encoded).unwrap();
    let args = ["inspect", "--secret-file", &path, "--secret-encoding", "base64", "e30.e30."];
    crate::support::heistctl(args).run().fails(2, &["is a PEM"]);
    std::fs::write(&path, json!({"kty": "oct", "k": part(&pem)}).to_string()).unwrap();
    crate::support::heistctl(["inspect", "--key", &path, "e30.e30."]).run().fails(2, &["is a PEM"]);
}

#[test]
fn unsigned_in_any_casing() {
    let key = Key::for_alg("RS256");
    for none in ["none", "None", "NONE", "nOnE", "none ", ""] {
        let token = format!("{}.{}.", part(json!({"alg": none}).to_string()), part(claims().to_string()));
        inspect(&token, Some(&key.public_pem()), &[]).is("fail");
        inspect(&token, None, &[]).is("fail");
        let signed = key.sign_text("RS256", &json!({"alg": none}).to_string(), &claims().to_string());
        inspect(&signed, Some(&key.public_pem()), &[]).is("fail");
    }
}

#[test]
fn a_key_that_the_token_brings_is_not_trusted() {
    let (ours, theirs) = (Key::for_alg("ES256"), Key::for_alg("ES256"));
    let header = json!({"alg": "ES256", "jwk": theirs.jwk()}).to_string();
    let token = theirs.sign_text("ES256", &header, &claims().to_string());
    inspect(&token, Some(&ours.public_pem()), &[])
        .is("fail")
        .says("key", "warn", "(jwk), which is never trusted")
        .says("signature", "fail", "with the key in its own header");
    inspect(&token, None, &[]).is("unverified").says("key", "warn", "(jwk)");
    inspect(&token, None, &["--require", "key"]).is("fail");
    let kids = ["../../dev/null", "x' OR 1=1", "file:///etc/passwd", "keys/secret.key", "%2e%2e", "$(id)"];
    let kids = kids.map(|kid| ("kid", kid));
    for (name, value) in [("jku", "https://evil/"), ("x5u", "https://evil/")].into_iter().chain(kids) {
        let token =
            ours.sign_text("ES256", &json!({"alg": "ES256", name: value}).to_string(), &claims().to_string());
        let judged = inspect(&token, Some(&ours.public_pem()), &[]).is("pass");
        assert_eq!(judged.status("key"), "warn", "{name}");
    }
}

#[test]
fn psychic_signatures_verify_nothing() {
    for (alg, half) in [("ES256", 32), ("ES384", 48), ("ES512", 66), ("ES256K", 32)] {
        let key = Key::for_alg(alg);
        let input = format!("{}.{}", part(json!({"alg": alg}).to_string()), part(claims().to_string()));
        let real = key.signature(alg, input.as_bytes());
        let zeros = vec![0; half];
        for signature in [
            [zeros.clone(), zeros.clone()].concat(),
            [zeros.as_slice(), &real[half..]].concat(),
            [&real[..half], zeros.as_slice()].concat(),
            real[..2 * half - 1].to_vec(),
            [&real[..], &[0]].concat(),
            vec![0],
        ] {
            inspect(&format!("{input}.{}", part(signature)), Some(&key.public_pem()), &[]).is("fail");
        }
        inspect(&format!("{input}.{}", part(real)), Some(&key.public_pem()), &[]).is("pass");
    }
}

#[test]
fn a_der_signature_is_told_from_a_wrong_one() {
    let key = Key::for_alg("ES256-DER");
    let input = format!("{}.{}", part(r#"{"alg":"ES256"}"#), part(claims().to_string()));
    let token = format!("{input}.{}", part(key.signature("ES256-DER", input.as_bytes())));
    inspect(&token, Some(&key.public_pem()), &[]).is("fail").says("signature", "fail", "DER");
}

#[test]
fn points_off_the_curve_and_weak_keys_are_no_keys() {
    let zeros = part([0; 32]);
    let folder = crate::support::folder(&[
        ("off.jwk", &json!({"kty": "EC", "crv": "P-256", "x": zeros, "y": zeros}).to_string()),
        (
            "set.json",
            &json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "a", "x": zeros, "y": zeros}]}).to_string(),
        ),
    ]);
    let token = Key::for_alg("ES256").sign("ES256", Some("a"), &claims());
    let off = folder.path().join("off.jwk").display().to_string();
    crate::support::heistctl(["inspect", "--key", &off, &token]).run().fails(2, &["not on the curve P-256"]);
    let set = std::fs::read_to_string(folder.path().join("set.json")).unwrap();
    inspect(&token, Some(&set), &[]).is("fail").says("key", "fail", "not on the curve");
    let short = Key::Hmac(b"0123456789abcdef".to_vec());
    let token = short.sign("HS256", None, &claims());
    inspect(&token, Some("0123456789abcdef"), &[])
        .is("fail")
        .says("key", "fail", "128 bits, HS256 needs at least 256 (RFC 7518 section 3.2)")
        .says("signature", "fail", "if the secret were long enough");
    // 1024 bits: modulus and exponent of a key that nobody has.
    let n = part([&[0xC5u8][..], &[0x33; 126], &[0x35]].concat());
    let weak = json!({"kty": "RSA", "n": n, "e": "AQAB"}).to_string();
    let token = Key::for_alg("RS256").sign("RS256", None, &claims());
    inspect(&token, Some(&weak), &[]).is("fail").says(
        "key",
        "fail",
        "1024 bits, RS256 needs at least 2048 (RFC 7518 section 3.3)",
    );
}

#[test]
fn a_key_for_something_else_is_not_used() {
    let key = Key::for_alg("RS256");
    let token = key.sign("RS256", None, &claims());
    for (members, part) in [
        (json!({"use": "enc"}), "use is"),
        (json!({"key_ops": ["sign"]}), "key_ops"),
        (json!({"alg": "PS256"}), "for PS256 only"),
        (json!({"alg": "PS512"}), "for PS512 only"),
    ] {
        let jwk = key.jwk_with(members).to_string();
        inspect(&token, Some(&jwk), &[]).is("fail").says("key", "fail", part);
    }
    let jwk = key.jwk_with(json!({"use": "sig", "alg": "RS256", "key_ops": ["verify"]})).to_string();
    inspect(&token, Some(&jwk), &[]).is("pass");
}

#[test]
fn a_secret_that_everybody_knows_is_worth_a_warning() {
    let token = Key::Hmac(b"your-256-bit-secret".to_vec()).sign("HS256", None, &claims());
    inspect(&token, None, &[]).is("unverified").says("key", "warn", "anybody can forge it");
}
