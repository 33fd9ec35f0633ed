//! Awkward tokens, a row a token: what other tools get wrong, and what `inspect` says.

use crate::support::judged::{NOW, inspect};
use crate::support::keys::{Key, part};
use crate::support::{folder, heistctl};
use serde_json::{Value, json};

const SECRET: &str = "0123456789abcdef0123456789ABCDEF";
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn hmac() -> Key {
    Key::Hmac(SECRET.as_bytes().to_vec())
}

/// A token by the right secret with that payload as written.
fn token(payload: &str) -> String {
    hmac().sign_text("HS256", HEADER, payload)
}

fn good() -> Value {
    json!({"iss": "me", "aud": "api", "iat": NOW, "exp": NOW + 3600})
}

fn with(name: &str, value: &str) -> String {
    let text = good().to_string();
    let old = good()[name].to_string();
    token(&text.replace(&format!("\"{name}\":{old}"), &format!("\"{name}\":{value}")))
}

#[test]
fn every_expiry_is_judged_and_none_panics() {
    for (exp, status, part) in [
        ("99999999999999", "warn", "year 3170843"),
        ("9223372036854775807", "pass", "year 292277026596"),
        ("1e400", "fail", "out of range"),
        ("-1e400", "fail", "out of range"),
        ("1795424400000", "warn", "looks like milliseconds"),
        ("1795424400000000", "warn", "looks like microseconds"),
        ("1795424400000000000", "warn", "looks like nanoseconds"),
        ("1795424400.5", "pass", "expires in 1h"),
        ("1.7954244e9", "pass", "expires in 1h"),
        ("\"9999999999\"", "fail", "exp is a string, must be a number"),
        ("-5", "fail", "expired"),
        ("null", "fail", "exp is null"),
        ("1795420800", "fail", "expires now"),
        ("1795420801", "pass", "expires in 1s"),
        ("1795419900", "fail", "expired 15m ago"),
        ("123456789012345678901234567890123456789012345678901234567890", "fail", "out of range"),
    ] {
        let judged = inspect(&with("exp", exp), Some(SECRET), &[]).says("exp", status, part);
        assert_eq!(judged.status("signature"), "pass", "{exp}");
    }
}

#[test]
fn numbers_stay_as_they_were_written() {
    let ran = inspect(&with("exp", "1.7954244e9"), Some(SECRET), &[]).ran;
    assert!(ran.stdout.contains("\"exp\":1.7954244e9"), "{ran}");
}

#[test]
fn a_missing_expiry_is_a_warning_and_with_require_a_failure() {
    let token = token(r#"{"aud":"api"}"#);
    inspect(&token, Some(SECRET), &[]).is("pass").says("exp", "warn", "no exp");
    inspect(&token, Some(SECRET), &["--require", "exp"]).is("fail").says("exp", "fail", "required");
}

#[test]
fn not_before_and_leeway_are_what_they_say() {
    let early = token(&json!({"nbf": NOW + 10, "exp": NOW + 60}).to_string());
    inspect(&early, Some(SECRET), &[]).is("fail").says("nbf", "fail", "not valid yet");
    inspect(&early, Some(SECRET), &["--leeway", "10s"]).is("pass");
    let late = token(&json!({"exp": NOW - 10}).to_string());
    inspect(&late, Some(SECRET), &["--leeway", "11s"]).is("pass").says(
        "exp",
        "pass",
        "within the leeway of 11 s",
    );
    let issued = token(&json!({"iat": NOW + 60, "exp": NOW + 3600}).to_string());
    inspect(&issued, Some(SECRET), &[]).is("pass").says("iat", "warn", "a clock is off");
    let issued = token(&json!({"iat": NOW + 61, "exp": NOW + 3600}).to_string());
    inspect(&issued, Some(SECRET), &[]).is("fail").says("iat", "fail", "in the future");
}

#[test]
fn a_long_life_and_no_audience_are_worth_a_warning() {
    let token = token(&json!({"iat": NOW, "exp": NOW + 86_401}).to_string());
    inspect(&token, Some(SECRET), &[])
        .is("pass")
        .says("lifetime", "warn", "more than a day")
        .says("aud", "warn", "no aud");
    inspect(&token, Some(SECRET), &["--max-lifetime", "1h"]).is("fail").says(
        "lifetime",
        "fail",
        "longer than 1h",
    );
    let hmac = |claims: Value| self::token(&claims.to_string());
    let endless = hmac(json!({"iat": NOW}));
    inspect(&endless, Some(SECRET), &["--max-lifetime", "1h"]).is("fail").says("lifetime", "fail", "unknown");
    let nobody = hmac(json!({"exp": NOW + 1, "aud": []}));
    inspect(&nobody, Some(SECRET), &[]).is("pass").says("aud", "warn", "for nobody");
    inspect(&nobody, Some(SECRET), &["--aud", "x"]).is("fail").says("aud", "fail", "for nobody");
}

#[test]
fn the_header_is_always_decoded_and_never_obeyed() {
    for (header, check, part) in [
        (r#"{"alg":"none"}"#, "signature", "not signed"),
        (r#"{"alg":"NoNe"}"#, "alg", "not signed"),
        (r#"{"alg":"XX999"}"#, "alg", "not supported"),
        (r#"{"alg":"hs256"}"#, "alg", "not supported"),
        (r#"{}"#, "alg", "no alg"),
        (r#"{"alg":256}"#, "alg", "a number"),
        (r#"{"alg":"HS256","crit":["exp"],"exp":1}"#, "crit", "must be understood"),
        (r#"{"alg":"HS256","crit":[]}"#, "crit", "empty"),
        (r#"{"alg":"HS256","crit":"b64"}"#, "crit", "an array"),
        (r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, "crit", "b64"),
        (r#"{"alg":"HS256","b64":false}"#, "crit", "RFC 7797"),
        (r#"{"alg":"HS256","b64":false}"#, "signature", "RFC 7797"),
        (r#"{"alg":"HS256","kid":5}"#, "structure", "kid is a number"),
        (r#"{"alg":"HS256","cty":5}"#, "structure", "cty is a number"),
        (r#"{"alg":"HS256","alg":"HS256"}"#, "structure", "occurs 2 times"),
        (r#"{"alg":"HS256","typ":1}"#, "typ", "a number"),
    ] {
        let token = hmac().sign_text("HS256", header, &good().to_string());
        inspect(&token, Some(SECRET), &[]).is("fail").says(check, "fail", part);
    }
}

#[test]
fn an_empty_signature_fails_even_without_a_key() {
    let token = format!("{}.{}.", part(HEADER), part(good().to_string()));
    inspect(&token, None, &[]).is("fail").says("signature", "fail", "empty");
}

#[test]
fn duplicate_names_are_listed_with_their_values() {
    inspect(&token(r#"{"sub":"a","sub":"b"}"#), Some(SECRET), &[]).is("fail").says(
        "structure",
        "fail",
        r#""a", "b""#,
    );
    inspect(&token(r#"{"x":1,"x":[2]}"#), Some(SECRET), &[]).is("fail").says("structure", "fail", "1, [2]");
}

#[test]
fn other_spellings_of_base64_are_shown_and_refused() {
    let good = token(&good().to_string());
    let (input, signature) = good.rsplit_once('.').unwrap();
    inspect(&format!("{good}="), Some(SECRET), &[]).is("fail").says("structure", "warn", "padding").says(
        "signature",
        "fail",
        "padding is not allowed (RFC 7515",
    );
    let standard = format!(
        "{}.{}.{}",
        part(HEADER),
        part(r#"{"sub":"???>>>"}"#).replace('_', "/").replace('-', "+"),
        signature
    );
    assert!(standard.contains(['+', '/']));
    inspect(&standard, Some(SECRET), &[]).is("fail").says("structure", "fail", "standard base64").says(
        "signature",
        "fail",
        "standard base64",
    );
    // 32 bytes are 43 letters, and the last has two bits to spare: four spellings, one of them right.
    let spare = match signature.as_bytes()[42] {
        letter if letter.is_ascii_alphanumeric() => {
            char::from(if letter == b'9' || letter == b'z' || letter == b'Z' {
                letter - 1
            } else {
                letter + 1
            })
        }
        _ => 'A',
    };
    let other = format!("{input}.{}{spare}", &signature[..42]);
    inspect(&other, Some(SECRET), &[]).is("fail").says("signature", "fail", "");
}

#[test]
fn what_people_paste_is_stripped_and_a_blank_inside_is_not() {
    let good = token(&good().to_string());
    let (a, b) = good.split_at(30);
    for (text, note) in [
        (format!("  {good}\n"), "surrounding blanks"),
        (format!("\n\n{good}"), "surrounding blanks"),
        (format!("{a}\r\n{b}\n"), "line ends within"),
        (format!("Bearer {good}"), "the scheme Bearer"),
        (format!("authorization: bearer {good}"), "the header name"),
        (format!("\"{good}\""), "quotes"),
        (json!({"access_token": good, "token_type": "Bearer"}).to_string(), "the JSON of a token response"),
    ] {
        let judged = inspect(&text, Some(SECRET), &[]).is("pass");
        assert!(judged.ran.stderr.contains(note), "{}", judged.ran);
        assert!(!judged.ran.stderr.contains(&good), "{}", judged.ran);
    }
    let blank = format!("{}.{} {}.x", part(HEADER), part("{\"a\":1"), part("}"));
    inspect(&blank, Some(SECRET), &[]).is("fail").says("structure", "fail", "not base64url");
    inspect(&good.replacen('.', ".\t", 1), Some(SECRET), &[]).is("fail").says(
        "structure",
        "fail",
        "not base64url",
    );
}

#[test]
fn a_payload_that_is_no_claims_set_is_shown_all_the_same() {
    let binary = |bytes: &[u8]| {
        let input = format!("{}.{}", part(HEADER), part(bytes));
        format!("{input}.{}", part(hmac().signature("HS256", input.as_bytes())))
    };
    inspect(&binary(b"{\"a\":\"\xff\"}"), Some(SECRET), &[]).is("fail").says(
        "structure",
        "fail",
        "not UTF-8 from byte 6",
    );
    inspect(&token("[1,2]"), Some(SECRET), &[]).is("fail").says("structure", "fail", "an array").says(
        "signature",
        "pass",
        "",
    );
    inspect(&token(""), Some(SECRET), &[]).is("fail").says("structure", "fail", "empty");
    inspect(&token("\u{0}"), Some(SECRET), &[]).is("fail").says("structure", "fail", "not JSON");
    let deep = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    inspect(&token(&deep), Some(SECRET), &[]).is("fail").says("structure", "fail", "nested deeper than 32");
    let fine = format!("{{\"a\":{}1{}}}", "[".repeat(31), "]".repeat(31));
    inspect(&token(&fine), Some(SECRET), &[]).is("pass");
    let shown = heistctl(["inspect", "-"]).stdin(binary(b"\xff\xfe")).run().exits(8);
    assert!(shown.stdout.contains("payload (hex)\n  fffe"), "{shown}");
}

#[test]
fn what_is_no_signed_token_is_named() {
    let jwe = format!("{}.a.b.c.d", part(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    inspect(&jwe, Some(SECRET), &[]).is("unreadable").says("structure", "fail", "A256GCM");
    for opaque in ["hunter2", "a.b.c", "not.a.jwt", "2YotnFZFEjr1zCsicMWpAA", "x.y.z.x.y"] {
        let judged = inspect(opaque, Some(SECRET), &[]).is("unreadable").says("structure", "fail", "opaque");
        assert_eq!(judged.report["kind"], "opaque");
    }
    let nested = hmac().sign_text("HS256", r#"{"alg":"HS256","cty":"JWT"}"#, "eyJ.e30.AA");
    inspect(&nested, Some(SECRET), &[]).is("fail").says("signature", "pass", "").says(
        "structure",
        "fail",
        "its payload is another token (cty: JWT)",
    );
    let nested = hmac().sign_text("HS256", r#"{"alg":"HS256","cty":"jwt"}"#, "{}");
    inspect(&nested, Some(SECRET), &[]).says("structure", "pass", "cty: JWT");
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    for (header, part_of) in
        [("{\"alg\":\"HS256\",}", "a damaged JWT"), (deep.as_str(), "nested deeper than 32")]
    {
        let judged = inspect(&format!("{}.e30.AA", part(header)), None, &[]).is("unreadable").says(
            "structure",
            "fail",
            part_of,
        );
        assert_eq!(judged.report["kind"], "jws");
    }
    inspect(r#"{"error":"invalid_client"}"#, None, &[]).is("unreadable").says(
        "structure",
        "fail",
        "without an access_token",
    );
    inspect(&"a".repeat(16 * 1024 + 1), None, &[]).is("unreadable").says("structure", "fail", "16384");
    let large =
        hmac().sign_text("HS256", &json!({"alg": "HS256", "x": "y".repeat(11_000)}).to_string(), "{}");
    assert!(large.len() > 14_000);
    inspect(&large, Some(SECRET), &[]).is("pass");
}

#[test]
fn a_trailing_newline_of_a_secret_file_is_no_part_of_it() {
    let good = token(&good().to_string());
    inspect(&good, Some(&format!("{SECRET}\n")), &[]).is("pass");
    inspect(&good, Some(&format!("{SECRET}\n")), &["--secret-encoding", "raw"]).is("fail").says(
        "signature",
        "fail",
        "without its trailing newline",
    );
    let folder = folder(&[]);
    let missing = folder.path().join("none").display().to_string();
    let absent = heistctl(["inspect", "--secret-file", &missing, &good]).run();
    let absent = absent.fails(2, &["there is no file at the path from --secret-file", "--secret-env"]);
    assert!(!absent.stderr.contains(&missing), "{absent}");
}

#[test]
fn claims_cannot_drive_a_terminal() {
    let token = token(r#"{"sub":"\u001b]0;x\u0007\u202e\u200b\u0085","\u001b[2J":1}"#);
    let ran = heistctl(["inspect", "--color", "never", "-"]).stdin(token.as_str()).run().exits(0);
    assert!(ran.stdout.contains("\\u{001b}]0;x\\u{0007}\\u{202e}\\u{200b}\\u{0085}"), "{ran}");
    let raw = heistctl(["inspect", "--raw", "claims", "-"]).stdin(token).run().exits(0);
    assert_eq!(raw.stdout, r#"{"sub":"\u001b]0;x\u0007\u202e\u200b\u0085","\u001b[2J":1}"#);
}
