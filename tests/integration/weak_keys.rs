//! Keys that verify what nobody signed, or are not the secret that they are given as: what `inspect` and
//! `serve` say of them.

use crate::support::judged::{NOW, inspect};
use crate::support::keys::{Key, part};
use crate::support::{folder, heistctl, repository};
use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RSA_PSS_SHA512, RsaPssSaltLength, RsaSignatureEncoding};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(repository().join("tests/fixtures/keys").join(name)).unwrap()
}

fn claims() -> Value {
    json!({"iss": "https://as", "sub": "c", "aud": "api", "iat": NOW, "exp": NOW + 3600})
}

/// The points of order 1, 2, 4 and 8, in all their encodings: seven y with both signs.
fn small_points() -> Vec<[u8; 32]> {
    let of = |hex: &str| -> [u8; 32] {
        let bytes: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
        bytes.try_into().unwrap()
    };
    let filled = |first: &str, middle: &str, last: &str| format!("{first}{}{last}", middle.repeat(30));
    let mut points: Vec<[u8; 32]> = [
        filled("00", "00", "00"),
        filled("01", "00", "00"),
        filled("ec", "ff", "7f"),
        filled("ed", "ff", "7f"),
        filled("ee", "ff", "7f"),
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".to_owned(),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
    ]
    .iter()
    .map(|hex| of(hex))
    .collect();
    for at in 0..points.len() {
        let mut signed = points[at];
        signed[31] |= 0x80;
        points.push(signed);
    }
    points
}

#[test]
fn ed25519_keys_of_small_order_are_refused_wherever_a_key_is_read() {
    let point = small_points();
    assert_eq!(point.len(), 14);
    let token = format!("{}.{}.{}", part(r#"{"alg":"EdDSA"}"#), part(claims().to_string()), part([0; 64]));
    for x in point {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": part(x)});
        let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &x].concat();
        let pem =
            format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki));
        let folder = folder(&[
            ("key.jwk", &jwk.to_string()),
            ("key.pem", &pem),
            ("heist.toml", "[[client]]\nid = 'a'\njwks = 'key.pem'\n"),
        ]);
        for name in ["key.jwk", "key.pem"] {
            let run = heistctl(["inspect", "--key", name, &token]).in_folder(folder.path()).run();
            run.fails(2, &["error: key: ", name, "small order"]);
        }
        heistctl(["serve", "--check"]).in_folder(folder.path()).run().fails(2, &["jwks", "small order"]);
        let set = json!({"keys": [jwk]}).to_string();
        inspect(&token, Some(&set), &[]).is("fail").says("key", "fail", "small order");
    }
}

#[test]
fn a_key_is_never_an_hmac_secret_in_whatever_form() {
    let token = Key::for_alg("HS256").sign("HS256", None, &claims());
    let jwk = Key::for_alg("RS256").jwk();
    let pem = |name: &str| String::from_utf8(fixture(name)).unwrap();
    let der = |name: &str| {
        let data: String = pem(name).lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(data).unwrap()
    };
    let hex: String = der("p256-compressed.pub").iter().map(|byte| format!("{byte:02x}")).collect();
    let openssh = |name: &str| pem(name).split(' ').nth(1).unwrap().trim().to_owned();
    let pairs: Vec<String> = der("p256-compressed.pub").iter().map(|byte| format!("{byte:02X}")).collect();
    let colons = pairs.chunks(15).map(|line| line.join(":")).collect::<Vec<_>>().join(":\n    ");
    for (secret, noun) in [
        (fixture("rsa-pkcs1.pub"), "a PEM"),
        (der("rsa-pkcs1.pub"), "a public key in DER"),
        (der("p256-compressed.pub"), "a public key in DER"),
        (der("p256-certificate.pem"), "a certificate in DER"),
        (fixture("p256.der"), "a private key in DER"),
        (STANDARD.encode(der("p256-compressed.pub")).into_bytes(), "a public key"),
        (hex.into_bytes(), "a public key"),
        (fixture("openssh-ed25519.pub"), "an OpenSSH public key"),
        (fixture("rfc4716-rsa.pub"), "an OpenSSH public key"),
        (openssh("openssh-ed25519.pub").into_bytes(), "an OpenSSH public key"),
        (
            openssh("openssh-ecdsa.pub").replace('+', "-").replace('/', "_").into_bytes(),
            "an OpenSSH public key",
        ),
        (STANDARD.decode(openssh("openssh-rsa.pub")).unwrap(), "an OpenSSH public key"),
        (colons.into_bytes(), "a public key"),
        (fixture("store.p12"), "a PKCS#12 store"),
        (STANDARD.encode(fixture("store.p12")).into_bytes(), "a PKCS#12 store"),
        (b"\xFE\xED\xFE\xED\0\0\0\x02 and the rest of a store".to_vec(), "a Java key store"),
        (b"\xCE\xCE\xCE\xCE\0\0\0\x02 and the rest of a store".to_vec(), "a Java key store"),
        (json!([jwk]).to_string().into_bytes(), "a JWK"),
        (jwk.to_string().into_bytes(), "a JWK"),
        (json!({"keys": [jwk]}).to_string().into_bytes(), "a JWK Set"),
        (der("p256-explicit.pub")[der("p256-explicit.pub").len() - 65..].to_vec(), "a public key (a point"),
    ] {
        let toml = |rest: &str| format!("listen = '127.0.0.1:0'\nstore = 'memory:'\n{rest}");
        let signing = toml("[signing]\nsecret_file = 'secret'\nalgorithm = 'HS256'\n");
        let client =
            toml("[[client]]\nid = 'a'\nauth_method = 'client_secret_jwt'\nsecret_file = 'secret'\n");
        let folder = folder(&[("signing.toml", &signing), ("client.toml", &client)]);
        std::fs::write(folder.path().join("secret"), &secret).unwrap();
        let run = |args: &[&str]| heistctl(args).in_folder(folder.path());
        let never = [noun, "never an HMAC secret"];
        run(&["inspect", "--secret-file", "secret", &token]).run().fails(2, &never);
        run(&["serve", "--check", "--config", "signing.toml"]).run().fails(2, &never);
        run(&["serve", "--check", "--config", "client.toml"]).run().fails(2, &never);
        let args =
            ["token", "--no-cache", "--token-url", "http://127.0.0.1:1/", "--client-secret-file", "secret"];
        let asserts = run(&[&args[..], &["--client-id", "a", "--auth-method", "client_secret_jwt"]].concat());
        asserts.run().fails(2, &never);
    }
    let forged = Key::Hmac(der("p256-compressed.pub")).sign("HS256", None, &claims());
    let public = pem("p256-compressed.pub");
    inspect(&forged, Some(&public), &[]).is("fail").says("signature", "fail", "this very key file");
    let oct = json!({"keys": [{"kty": "oct", "k": part(der("rsa-pkcs1.pub"))}]}).to_string();
    inspect(&token, Some(&oct), &[]).is("fail").says("key", "fail", "never an HMAC secret");
}

#[test]
fn a_key_with_the_mark_of_roca_is_worth_a_warning() {
    let pem = String::from_utf8(fixture("roca.pem")).unwrap();
    let token = format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part(claims().to_string()), part([1; 256]));
    inspect(&token, Some(&pem), &[]).says("key", "warn", "CVE-2017-15361");
    let toml = "store = 'memory:'\n[signing]\nkey_file = 'key.pem'\n[[client]]\nid = 'a'\njwks = 'key.pub'\n";
    let public = String::from_utf8(fixture("roca.pub")).unwrap();
    let folder = folder(&[("heist.toml", toml), ("key.pem", &pem), ("key.pub", &public)]);
    let check = heistctl(["serve", "--check"]).in_folder(folder.path()).run().exits(0);
    for part in ["client \"a\": jwks: the 2048-bit RSA", "signing: the 2048-bit RSA", "CVE-2017-15361"] {
        assert!(check.stdout.contains(part), "{part}\n{check}");
    }
    let fine = Key::for_alg("RS256");
    inspect(&fine.sign("RS256", None, &claims()), Some(&fine.public_pem()), &[]).says("key", "pass", "RSA");
}

#[test]
fn rsa_numbers_that_make_no_key_are_refused() {
    let token = Key::for_alg("RS256").sign("RS256", None, &claims());
    let jwk = Key::for_alg("RS256").jwk();
    let with = |name: &str, value: &[u8]| {
        let mut jwk = jwk.clone();
        jwk[name] = json!(part(value));
        json!({"keys": [jwk]}).to_string()
    };
    for (set, why) in [
        (with("e", &[1]), "exponent is even, one"),
        (with("e", &[2]), "exponent is even, one"),
        (with("e", &[3, 0, 0, 0, 1]), "exponent is huge"),
        (with("n", &[2; 256]), "modulus is even"),
        (with("n", &[3; 256]), "divisible by 3"),
    ] {
        inspect(&token, Some(&set), &[]).is("fail").says("key", "fail", why);
    }
    inspect(&token, Some(&with("e", &[3])), &[]).is("fail").says("key", "warn", "small public exponent 3");
}

/// RFC 7517 sections 4.7 to 4.9.
#[test]
fn a_jwk_beside_the_certificate_of_another_key_is_refused() {
    let (key, other) = (Key::for_alg("ES256"), Key::for_alg("ES256"));
    let token = key.sign("ES256", Some("k"), &claims());
    let der = |key: &Key| {
        let data: String = key.certificate_pem().lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(data).unwrap()
    };
    let (ours, theirs) = (der(&key), der(&other));
    let x5c = |der: &[u8]| json!([STANDARD.encode(der)]);
    let sha = |algorithm, der: &[u8]| part(digest::digest(algorithm, der));
    let (sha1, sha256) = (&digest::SHA1_FOR_LEGACY_USE_ONLY, &digest::SHA256);
    let digits: String =
        digest::digest(sha1, &ours).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    for good in [
        json!({"kid": "k", "x5c": x5c(&ours)}),
        json!({"kid": "k", "x5c": x5c(&ours), "x5t": sha(sha1, &ours), "x5t#S256": sha(sha256, &ours)}),
        json!({"kid": "k", "x5c": x5c(&ours), "x5t": part(digits)}),
        json!({"kid": "k", "x5t#S256": sha(sha256, &theirs)}),
        json!({"kid": "k", "x5c": [], "key_ops": [], "alg": null, "use": null}),
        json!({"kid": "k", "x5c": null, "x5t": null, "key_ops": null}),
    ] {
        let set = json!({"keys": [key.jwk_with(good)]}).to_string();
        inspect(&token, Some(&set), &[]).is("pass");
    }
    for (bad, why) in [
        (json!({"kid": "k", "x5c": x5c(&theirs)}), "x5c certificate is for another key"),
        (json!({"kid": "k", "x5c": x5c(&ours), "x5t": sha(sha1, &theirs)}), "x5t is not the thumbprint of"),
        (
            json!({"kid": "k", "x5c": x5c(&ours), "x5t#S256": sha(sha256, &theirs)}),
            "x5t#S256 is not the thumbprint",
        ),
        (json!({"kid": "k", "x5c": x5c(b"x")}), "x5c: it is not an X.509 certificate"),
        (json!({"kid": "k", "x5c": part(&ours)}), "x5c is not a list of certificates"),
    ] {
        let jwk = key.jwk_with(bad);
        let set = json!({"keys": [jwk, Key::for_alg("ES256").jwk()]}).to_string();
        inspect(&token, Some(&set), &[]).is("fail").says("key", "fail", why);
        let toml = "[[client]]\nid = 'a'\njwks = 'set.json'\n";
        let folder = folder(&[("heist.toml", toml), ("key.jwk", &jwk.to_string()), ("set.json", &set)]);
        let run = |args: &[&str]| heistctl(args).in_folder(folder.path()).run();
        run(&["inspect", "--key", "key.jwk", &token]).fails(2, &["the JWK: ", why]);
        run(&["serve", "--check"]).fails(2, &["client \"a\": jwks: the key of kid \"k\" is broken: ", why]);
        run(&["client", "--store", "sqlite:s.db", "add", "a", "--jwks", "set.json"])
            .fails(2, &["is broken: ", why]);
        let tls = toml.replace("jwks", "auth_method = 'self_signed_tls_client_auth'\njwks");
        std::fs::write(folder.path().join("heist.toml"), tls).unwrap();
        run(&["serve", "--check"]).fails(2, &["x5c"]);
    }
}

/// Every command that signs makes the checks of the commands that verify.
#[test]
fn a_private_jwk_with_the_certificate_of_another_key_or_a_numeric_kid_signs_nothing() {
    let (der, theirs) = (fixture("p256.der"), Key::for_alg("ES256").certificate_pem());
    let private = private_jwk(&der);
    let data: String = theirs.lines().filter(|line| !line.starts_with('-')).collect();
    let with = |members: Value| {
        let mut jwk = private.clone();
        jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        jwk.to_string()
    };
    let config = "store = 'memory:'\n[signing]\nkey_file = 'key.jwk'\n";
    for (members, why) in [
        (json!({"x5c": [data]}), "x5c certificate is for another key"),
        (json!({"kid": 7}), "its kid is a number, must be a string"),
    ] {
        let folder = folder(&[("heist.toml", config), ("key.jwk", &with(members))]);
        let run = |args: &[&str]| heistctl(args).in_folder(folder.path());
        run(&["serve", "--check"]).run().fails(2, &["signing.key_file", why]);
        for flag in ["--client-key", "--dpop-key"] {
            let args = ["token", "--no-cache", "--token-url", "http://127.0.0.1:1/", flag, "key.jwk"];
            let ran = run(&args).env("HEISTCTL_CLIENT_ID", "app").env("HEISTCTL_CLIENT_SECRET", "s").run();
            ran.fails(2, &["key.jwk", why]);
        }
    }
    let nothing = with(json!({"x5c": null, "kid": null, "alg": null, "use": null, "key_ops": []}));
    let folder = folder(&[("heist.toml", config), ("key.jwk", &nothing)]);
    heistctl(["serve", "--check"]).in_folder(folder.path()).run().exits(0);
}

/// The private JWK of a P-256 key in PKCS#8: its number and its point.
fn private_jwk(der: &[u8]) -> Value {
    let number = der.windows(4).position(|window| window == [2, 1, 1, 4]).unwrap() + 5;
    let point = &der[der.len() - 64..];
    json!({"kty": "EC", "crv": "P-256", "d": part(&der[number..number + 32]), "x": part(&point[..32]),
        "y": part(&point[32..])})
}

/// A server that takes a key which can verify nothing refuses every assertion of its client.
#[test]
fn a_client_is_not_registered_by_keys_that_can_verify_no_assertion() {
    let rsa = Key::for_alg("RS256");
    let pem = String::from_utf8(fixture("rsa-1024.pem")).unwrap();
    let data: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(data).unwrap();
    let at = der.windows(4).position(|window| window == [2, 0x81, 0x81, 0]).unwrap() + 4;
    let mut short = rsa.jwk();
    short["n"] = json!(part(&der[at..at + 128]));
    for (jwk, why) in [
        (short, "bits, RS256 needs at least 2048"),
        (rsa.jwk_with(json!({"use": "enc"})), "not for signatures: its use is \"enc\""),
        (rsa.jwk_with(json!({"alg": "ES256"})), "cannot verify ES256"),
        (rsa.jwk_with(json!({"alg": "HS256"})), "cannot verify HS256"),
        (rsa.jwk_with(json!({"key_ops": ["encrypt"]})), "key_ops lack \"verify\""),
    ] {
        let set = json!({"keys": [jwk]});
        let toml = "[[client]]\nid = 'a'\njwks = 'set.json'\n";
        let record = json!({"id": "a", "jwks": set});
        let folder = folder(&[
            ("heist.toml", toml),
            ("set.json", &set.to_string()),
            ("clients.json", &record.to_string()),
        ]);
        let run = |args: &[&str]| heistctl(args).in_folder(folder.path()).run();
        run(&["serve", "--check"]).fails(2, &["client \"a\": jwks: no key can be used: ", why]);
        run(&["client", "--store", "sqlite:s.db", "add", "a", "--jwks", "set.json"]).fails(2, &[why]);
        run(&["client", "--store", "sqlite:s.db", "import", "clients.json"]).fails(2, &[why]);
        let mixed = json!({"keys": [set["keys"][0], Key::for_alg("ES256").jwk()]}).to_string();
        std::fs::write(folder.path().join("set.json"), mixed).unwrap();
        run(&["serve", "--check"]).exits(0);
    }
}

#[test]
fn another_salt_or_padding_is_explained() {
    const NONE: RsaSignatureEncoding = RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(0));
    const LONG: RsaSignatureEncoding = RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Max);
    const ODD: RsaSignatureEncoding = RSA_PSS_SHA512.with_pss_salt_length(RsaPssSaltLength::Custom(33));
    let key = Key::for_alg("PS256");
    let Key::Rsa(pair) = &key else { panic!() };
    for (alg, encoding, part_of) in [
        ("PS256", &NONE, "signed with salt length 0; RFC 7518 section 3.5 requires 32"),
        ("PS256", &LONG, "signed with salt length 222; RFC 7518 section 3.5 requires 32"),
        ("PS512", &ODD, "signed with salt length 33; RFC 7518 section 3.5 requires 64"),
    ] {
        let input = format!("{}.{}", part(json!({"alg": alg}).to_string()), part(claims().to_string()));
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        let token = format!("{input}.{}", part(signature));
        inspect(&token, Some(&key.public_pem()), &[]).is("fail").says("signature", "fail", part_of);
    }
    let token = key.sign_text("RS256", r#"{"alg":"PS256"}"#, &claims().to_string());
    inspect(&token, Some(&key.public_pem()), &[]).is("fail").says(
        "signature",
        "fail",
        "a signature of RS256",
    );
    let other = Key::for_alg("PS256").sign("PS256", None, &claims());
    let judged = inspect(&other, Some(&key.public_pem()), &[]).is("fail");
    assert!(!judged.message("signature").contains("salt"), "{}", judged.ran);
}

#[test]
fn a_payload_that_cannot_be_read_has_unknown_claims() {
    let key = Key::for_alg("HS256");
    let secret: String = String::from_utf8((0..64).map(|at| b'a' + at % 26).collect()).unwrap();
    let key = if let Key::Hmac(_) = key { Key::Hmac(secret.clone().into_bytes()) } else { panic!() };
    let head = r#"{"alg":"HS256"}"#;
    for payload in ["{\"exp\":", "", "[1]", "\"exp\"", "\u{0}"] {
        let token = key.sign_text("HS256", head, payload);
        for name in ["exp", "nbf", "iat", "iss", "aud", "sub", "scope", "lifetime"] {
            let judged = inspect(&token, Some(&secret), &[]).is("fail").says(name, "skip", "unknown");
            assert!(!judged.ran.stdout.contains("never expires"), "{}", judged.ran);
            assert!(!judged.ran.stdout.contains("any API"), "{}", judged.ran);
            inspect(&token, Some(&secret), &["--require", name]).says(name, "fail", "required: unknown");
        }
        inspect(&token, Some(&secret), &["--aud", "api"]).says("aud", "fail", "unknown").says(
            "aud",
            "fail",
            "expected api",
        );
    }
    let undecodable = format!("{}.!!!.{}", part(head), part([0; 32]));
    inspect(&undecodable, None, &[]).is("fail").says("exp", "skip", "unknown").says("aud", "skip", "unknown");
}
