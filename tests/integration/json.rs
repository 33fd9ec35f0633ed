//! JSON in what strangers send: one value for a number, one for a member, and bounds on the rest.

use crate::support::judged::{NOW, inspect};
use crate::support::keys::{Key, part};
use crate::support::protocol::{ISSUER, Issuer};
use heistctl::http::Method;
use heistctl::issuer::ServiceSettings;
use heistctl::jose::keyset::KeySet;
use heistctl::registry::ClientKeys;
use modulus::modulus;
use serde_json::{Value, json};

#[path = "../../benches/support/modulus.rs"]
mod modulus;

const SECRET: &str = "0123456789abcdef0123456789ABCDEF";
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn signed(header: &str, claims: &str) -> String {
    Key::Hmac(SECRET.as_bytes().to_vec()).sign_text("HS256", header, claims)
}

#[test]
fn a_number_is_one_time_in_every_spelling() {
    let zeros = |count: usize| format!("1{}", "0".repeat(count));
    for (claim, spellings) in [
        ("exp", ["1000000000000000000", "1e18", "1.0E+18"]),
        ("exp", [&zeros(25), "1e25", "0.1e26"]),
        ("exp", [&zeros(30), "1.0e30", "10e29"]),
        ("exp", [&zeros(400), "1e400", "1.0e+400"]),
        ("exp", ["1795420800", "1.7954208e9", "1795420800.0"]),
        ("exp", ["1795420801", "1.795420801E9", "17954208010e-1"]),
        ("exp", ["-1", "-1e0", "-10.0e-1"]),
        ("nbf", ["1795420801", "1.795420801e9", "1795420801.000"]),
        ("nbf", ["9007199254740993", "9.007199254740993e15", "9007199254740993.0"]),
        ("iat", ["1795420800", "1.7954208e9", "0.17954208e10"]),
        ("iat", ["0", "-0", "0e99999999999999999999"]),
    ] {
        let judged = spellings.map(|text| {
            let judged = inspect(&signed(HEADER, &format!("{{\"{claim}\":{text}}}")), Some(SECRET), &[]);
            (judged.verdict().to_owned(), judged.status(claim).to_owned(), judged.message(claim).to_owned())
        });
        assert_eq!(judged[0], judged[1], "{claim}: {spellings:?}");
        assert_eq!(judged[0], judged[2], "{claim}: {spellings:?}");
    }
    let fraction = signed(HEADER, r#"{"exp":1795420800.000000001}"#);
    inspect(&fraction, Some(SECRET), &[]).is("pass");
}

#[test]
fn a_lifetime_counts_fractions() {
    let lifetime = |iat: &str, exp: &str| {
        let token = signed(HEADER, &format!(r#"{{"iat":{iat},"exp":{exp}}}"#));
        inspect(&token, Some(SECRET), &["--max-lifetime", "10s"]).status("lifetime").to_owned()
    };
    assert_eq!(lifetime("1795420800", "1795420810"), "pass");
    assert_eq!(lifetime("1795420800", "1795420810.5"), "fail");
    assert_eq!(lifetime("1795420800.5", "1795420810.5"), "pass");
    assert_eq!(lifetime("1795420800.1", "1795420800.9"), "pass");
    assert_eq!(lifetime("1795420800.5", "1795420800.5"), "fail");
}

#[test]
fn a_member_that_occurs_twice_fails_at_every_depth() {
    let exp = NOW + 60;
    for (claims, path) in [
        (r#""exp":1"#, r#"claims name "exp" occurs 2 times"#),
        (r#""cnf":{"jkt":"a","jkt":"b"}"#, r#"claims name "cnf.jkt" occurs 2 times: "a", "b""#),
        (r#""cnf":{"jwk":{"kty":"EC","kty":"RSA"}}"#, r#""cnf.jwk.kty""#),
        (r#""act":{"sub":"x","sub":"y"}"#, r#""act.sub""#),
        (r#""act":{"sub":"x","act":{"sub":"y","\u0073ub":"z"}}"#, r#""act.act.sub""#),
        (r#""address":{"country":"A","country":"A"}"#, r#""address.country""#),
        (r#""groups":[{"id":1},{"id":2,"id":3}]"#, r#""groups[1].id""#),
    ] {
        let token = signed(HEADER, &format!("{{\"exp\":{exp},{claims}}}"));
        inspect(&token, Some(SECRET), &[]).is("fail").says("structure", "fail", path);
        inspect(&token, None, &[]).is("fail").says("structure", "fail", path);
    }
    for (header, path) in [
        (r#"{"alg":"HS256","jwk":{"kty":"oct","kty":"RSA"}}"#, r#"header name "jwk.kty""#),
        (r#"{"alg":"HS256","x":[{"y":{"z":1,"z":1}}]}"#, r#"header name "x[0].y.z""#),
    ] {
        inspect(&signed(header, "{}"), Some(SECRET), &[]).is("fail").says("structure", "fail", path);
    }
    let fine = signed(HEADER, &format!(r#"{{"exp":{exp},"cnf":{{"jkt":"a"}},"act":{{"jkt":"a","exp":1}}}}"#));
    inspect(&fine, Some(SECRET), &[]).is("pass").says("structure", "pass", "");
}

#[test]
fn a_token_has_bounds_on_depth_and_values() {
    let nested = |levels: usize| format!("{{\"a\":{}0{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    inspect(&signed(HEADER, &nested(32)), Some(SECRET), &[]).is("pass");
    inspect(&signed(HEADER, &nested(33)), Some(SECRET), &[]).is("fail").says(
        "structure",
        "fail",
        "nested deeper than 32 levels",
    );
    let deep = nested(33).replacen('{', r#"{"alg":"HS256","#, 1);
    inspect(&signed(&deep, "{}"), Some(SECRET), &[]).is("unreadable").says("structure", "fail", "32 levels");
    let wide = |count: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(count - 3));
    inspect(&signed(HEADER, &wide(1024)), Some(SECRET), &[]).is("pass");
    inspect(&signed(HEADER, &wide(1025)), Some(SECRET), &[]).is("fail").says(
        "structure",
        "fail",
        "more than 1024 values",
    );
}

#[test]
fn a_key_set_with_a_member_twice_is_refused() {
    let jwk = Key::for_alg("ES256").jwk().to_string();
    let token = signed(HEADER, "{}");
    let folder = crate::support::folder(&[("set", &format!(r#"{{"keys":[{jwk}],"keys":[]}}"#))]);
    let path = folder.path().join("set").display().to_string();
    let ran = crate::support::heistctl(["inspect", "--key", &path, &token]).run();
    ran.fails(2, &[r#"its member "keys" occurs more than once"#]);
}

#[test]
fn the_server_refuses_assertions_and_proofs_with_a_member_twice() {
    let issuer = Issuer::new();
    let exp = crate::support::protocol::NOW.unix() + 60;
    let sign = |header: &str, claims: &str| issuer.client_key.sign_text("ES256", header, claims);
    let plain =
        json!({"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": "one", "exp": exp}).to_string();
    assert_eq!(issuer.assert(&sign(r#"{"alg":"ES256"}"#, &plain)).status, 200);
    let twice = plain.replace("one", "two").replacen('{', r#"{"cnf":{"jkt":"a","jkt":"b"},"#, 1);
    issuer.assert(&sign(r#"{"alg":"ES256"}"#, &twice)).is(
        401,
        "invalid_client",
        "\"cnf.jkt\" occurs 2 times",
    );
    let header = r#"{"alg":"ES256","jwk":{"kty":"EC","kty":"RSA"}}"#;
    issuer.assert(&sign(header, &plain.replace("one", "three"))).is(401, "invalid_client", "\"jwk.kty\"");
}

/// A proof whose header and claims stand as they are given.
fn proof(issuer: &Issuer, key: &Key, alg: &str, jwk: &str, claims: &str) -> crate::support::protocol::Answer {
    let header = format!(r#"{{"typ":"dpop+jwt","alg":"{alg}","jwk":{jwk}}}"#);
    let proof = key.sign_text(alg, &header, claims);
    let body = "grant_type=client_credentials&client_id=c&client_secret=s";
    issuer.send(Method::Post, "/oauth/token", &[crate::support::protocol::FORM, ("DPoP", &proof)], body)
}

#[test]
fn a_proof_with_a_member_twice_or_a_huge_key_is_refused() {
    let issuer = Issuer::new();
    let key = Key::for_alg("ES256");
    let iat = crate::support::protocol::NOW.unix();
    let claims = format!(r#"{{"htm":"POST","htu":"{ISSUER}/oauth/token","iat":{iat},"jti":"a"}}"#);
    let jwk = key.jwk().to_string();
    assert_eq!(proof(&issuer, &key, "ES256", &jwk, &claims.replace("\"a\"", "\"b\"")).status, 200);
    let twice = jwk.replacen('{', r#"{"kty":"RSA","#, 1);
    proof(&issuer, &key, "ES256", &twice, &claims).is(400, "invalid_dpop_proof", "occurs more than once");
    let nested = claims.replacen('{', r#"{"x":{"y":1,"y":2},"#, 1);
    proof(&issuer, &key, "ES256", &jwk, &nested).is(400, "invalid_dpop_proof", "occurs more than once");
    let huge = json!({"kty": "RSA", "e": "AQAB", "n": part(modulus(4104))}).to_string();
    proof(&issuer, &key, "ES256", &huge, &claims).is(400, "invalid_dpop_proof", "4104 bits, more than 4096");
}

#[test]
fn a_clients_rsa_key_has_at_most_4096_bits() {
    let jwk =
        |kid: &str, bits: usize| json!({"kty": "RSA", "kid": kid, "e": "AQAB", "n": part(modulus(bits))});
    let set = json!({"keys": [jwk("a", 2048), jwk("b", 4096), jwk("c", 4104), jwk("d", 8192)]}).to_string();
    let set = KeySet::read(set.as_bytes(), "test").unwrap().of_a_client();
    let kids: Vec<_> = set.keys.iter().map(|key| key.kid.as_deref().unwrap()).collect();
    assert_eq!(kids, ["a", "b"]);
    assert!(set.unusable[1].why.contains("8192 bits, more than the 4096"), "{:?}", set.unusable);
    let long = KeySet::read(jwk("d", 8192).to_string().as_bytes(), "test").unwrap();
    assert!(ClientKeys::fixed(long).unwrap_err().to_string().contains("8192 bits"));
}

#[test]
fn a_private_key_that_a_client_publishes_vouches_for_nothing() {
    let private = r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#;
    let set = KeySet::read(private.as_bytes(), "test").unwrap().fetched();
    assert!(set.keys.is_empty());
    assert!(set.unusable[0].why.contains("private key, and published"), "{:?}", set.unusable);
}

#[test]
fn a_json_body_has_at_most_8_kib_and_4_levels() {
    let issuer = Issuer::new();
    let send = |path: &str, body: &str| issuer.send(Method::Post, path, &[JSON], body);
    let body = |more: &str| format!(r#"{{"client_id":"c","client_secret":"s"{more}}}"#);
    let padded = |length: usize| body(&format!(r#","x":"{}""#, "y".repeat(length - body("").len() - 7)));
    assert_eq!((padded(8192).len(), send("/oauth/token", &padded(8192)).status), (8192, 200));
    for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
        send(path, &padded(8193)).is(413, "invalid_request", "8193 bytes, more than 8192: send a form");
        send(path, &"[".repeat(64 * 1024)).is(413, "invalid_request", "send a form");
    }
    assert_eq!(send("/oauth/token", &body(r#","x":[[[0]]]"#)).status, 200);
    for deep in [r#","x":[[[[0]]]]"#, r#","x":{"a":{"b":{"c":{}}}}"#] {
        let answer = send("/oauth/token", &body(deep));
        answer.is(400, "invalid_request", "nested deeper than 4 levels");
        assert!(answer.body["detail"].is_string(), "{}", answer.body);
    }
    let many = body(&format!(r#","x":[{}0]"#, "0,".repeat(300)));
    send("/oauth/token", &many).is(400, "invalid_request", "more than 256 values");
    let form: String = (0..100).map(|n| format!("&p{n}=x")).collect();
    issuer.ask("c", &form).is(400, "invalid_request", "more than 100 parameters");
}

#[test]
fn openapi_is_written_once_for_each_configuration() {
    let issuer = Issuer::new();
    let document = |issuer: &Issuer| issuer.get("/openapi.json").body;
    assert_eq!(document(&issuer), document(&issuer));
    let other = Issuer::with(
        ISSUER,
        "ES256",
        ServiceSettings { client_certificates: true, ..ServiceSettings::default() },
    );
    let ways =
        |document: &Value| document["paths"]["/oauth/token"]["post"]["security"].as_array().unwrap().len();
    assert_eq!((ways(&document(&issuer)), ways(&document(&other))), (2, 3));
}
