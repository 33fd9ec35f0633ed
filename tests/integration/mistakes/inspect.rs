//! Mistakes with `heistctl inspect`: what is pasted in place of a token, of a key and of a time.

use super::Mistake;
use crate::support::keys::{Key, part};
use crate::support::{Ran, folder, heistctl};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// An HS256 token of a secret from every list, which expires in 2100.
fn token() -> String {
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhIiwiZXhwIjo0MTAyNDQ0ODAwfQ.jYLr7a_x6jdhowu5YM-PXjK5451-5cFbuC2yfZT8Jk4"
        .to_owned()
}

/// A text whose report has the cause on stdout, and whose cure is a hint.
fn is_unreadable(ran: Ran, cause: &str, cure: &str) -> Ran {
    let ran = ran.exits(9);
    let first = ran.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("UNREADABLE: ") && first.contains(cause), "no {cause:?}: {ran}");
    let is_cured = ran.stderr.lines().any(|line| line.starts_with("hint: ") && line.contains(cure));
    assert!(is_cured, "no hint has {cure:?}: {ran}");
    ran
}

#[test]
fn a_token_is_taken_out_of_whatever_is_pasted() {
    let t = token();
    let (head, tail) = t.split_at(60);
    for (text, cause) in [
        (format!("> {head}\n> {tail}\n"), "note: removed the marks of a quoted mail"),
        (format!("{head}=\n{tail}\n"), "note: removed the line ends of a mail (=)"),
        (format!("\u{1b}[33m{t}\u{1b}[0m\n"), "note: removed the terminal's colours"),
        (format!("export TOKEN={t}\n"), "note: removed the variable assignment"),
        (format!("$env:TOKEN = \"{t}\"\r\n"), "note: removed the variable assignment"),
        (format!("access_token={t}&token_type=Bearer"), "note: removed the form"),
        (format!("Cookie: session={t}; theme=dark"), "note: removed the cookie"),
        (
            format!("curl -H 'Authorization: Bearer {t}' https://api.example.com/x"),
            "note: removed the curl command",
        ),
        (format!("https://app.example.com/#access_token={t}&state=1"), "note: removed the URL"),
        (format!("GET /x HTTP/1.1\r\nAuthorization: Bearer {t}\r\n\r\n"), "note: removed the HTTP message"),
        (format!("{{\"data\":{{\"token\":\"{t}\"}}}}"), "note: removed the JSON"),
        (format!("\u{201c}{t}\u{201d}"), "note: removed the quotes"),
        (format!("{t}."), "note: removed the dot"),
        (format!("{t},"), "note: removed the punctuation"),
        (STANDARD.encode(&t), "note: removed the base64"),
        (format!("The token is {t}\n"), "note: removed the text"),
    ] {
        let mistake = Mistake { typed: &["inspect", "-"], exit: 0, cause, cure: "" };
        let ran = mistake.is_explained(|typed| heistctl(typed).stdin(text.as_str()));
        assert!(ran.stdout.contains("structure  PASS") && ran.stdout.contains("UNVERIFIED"), "{ran}");
    }
}

#[test]
fn blanks_beside_dots_are_named_and_stay() {
    let text = token().replace('.', " . ");
    let mistake = Mistake {
        typed: &["inspect", "-"],
        exit: 8,
        cause: "note: blanks beside its dots stay: no verifier takes",
        cure: "",
    };
    let ran = mistake.is_explained(|typed| heistctl(typed).stdin(text.as_str()));
    assert!(
        ran.stdout.contains("structure  FAIL") && ran.stdout.contains("it has blanks next to its dot"),
        "{ran}"
    );
}

#[test]
fn what_is_not_a_token_is_called_by_its_kind() {
    let t = token();
    let other = format!("{}.e30.AAAA", part(r#"{"alg":"HS256"}"#));
    let two = format!("{t}\n{other}\n");
    for (text, cause, cure) in [
        (two.as_str(), "there are 2 tokens", "give one of them"),
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "a PEM, not a token", "--key FILE"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here", "an SSH public key", "--key FILE"),
        ("PHNhbWxwOlJlc3BvbnNlPjwvc2FtbHA6UmVzcG9uc2U+", "a SAML assertion", "base64 -d"),
        ("<saml2:Assertion ID=\"x\"/>", "a SAML assertion", "SAML library"),
        ("v4.public.eyJzdWIiOiJhIn0", "a PASETO", "a library for PASETO"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "an opaque token of GitHub", "ask its API"),
        ("Basic YTpi", "the credentials of HTTP Basic", "heistctl token"),
        ("heist_abcdefgh", "a client secret", "HEISTCTL_CLIENT_SECRET"),
        ("null", "the word for no value", "look at the whole answer"),
        ("$TOKEN", "the name of a variable", "double quotes"),
        ("YOUR_TOKEN", "a placeholder", "heistctl token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJz...", "a shortened token", "copy the whole token"),
        ("https://as.example.com/token", "a URL, not a token", "curl -s URL"),
        ("missing.txt", "the name of a file, not a token", "inspect - < FILE"),
        ("{\"keys\":[]}", "a JWK Set, not a token", "--jwks FILE"),
        ("{\"error\":\"invalid_client\"}", "an error answer", "heistctl token says why"),
        ("{\"iss\":\"a\",\"exp\":1}", "decoded claims", "give the token itself"),
        (
            "{\"payload\":\"e30\",\"protected\":\"e30\",\"signature\":\"AA\"}",
            "a JWS in JSON",
            "makes it compact",
        ),
        ("<!doctype html><html></html>", "a web page", "look at its status"),
        ("hunter2", "opaque token", "--introspect"),
        ("eyJhbGciOiJIUzI1NiJ9.e30", "was it cut off", "copy it again"),
    ] {
        let ran = is_unreadable(heistctl(["inspect", "-"]).stdin(text).run(), cause, cure);
        let json = heistctl(["inspect", "--json", "-"]).stdin(text).run().exits(9).json();
        assert!(json["checks"][0]["message"].as_str().is_some_and(|said| said.contains(cause)), "{ran}");
        for view in [&["inspect", "--redact", "-"], &["inspect", "--raw=claims", "-"]] {
            heistctl(view).stdin(text).run().fails(9, &["error: inspect: "]);
        }
    }
}

#[test]
fn a_files_name_in_place_of_a_token_is_named_with_the_line_that_reads_it() {
    let folder = folder(&[("token.txt", &token()), ("my token", &token())]);
    for (typed, cause, cure) in [
        ("token.txt", "token.txt is the name of a file", "heistctl inspect - < token.txt"),
        ("@token.txt", "token.txt is the name of a file", "heistctl inspect - < token.txt"),
        ("./token.txt", "./token.txt is the name of a file", "heistctl inspect - < ./token.txt"),
        ("my token", "my token is the name of a file", "heistctl inspect - < 'my token'"),
    ] {
        is_unreadable(heistctl(["inspect", typed]).in_folder(folder.path()).run(), cause, cure);
        let by_variable = heistctl(["inspect"]).env("HEISTCTL_TOKEN", typed).in_folder(folder.path());
        is_unreadable(by_variable.run(), cause, cure);
    }
}

#[test]
fn what_is_not_a_token_is_shown_to_no_issuer() {
    for text in ["-----BEGIN PRIVATE KEY-----\nMIIB", "Basic YTpi", "heist_abc", "{\"keys\":[]}"] {
        let ran = heistctl(["inspect", "--introspect", "-"]).stdin(text).run().exits(9);
        assert!(ran.stderr.starts_with("note: the issuer was not asked: it is "), "{ran}");
    }
}

#[test]
fn what_stands_in_place_of_a_key_is_named_with_where_it_goes() {
    let signer = Key::for_alg("ES256");
    let pem = signer.public_pem();
    let bare: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let jwk = signer.jwk().to_string();
    let cut = &bare[..bare.len() - 9];
    let files = folder(&[
        ("array", &format!("[{jwk}]")),
        ("around", &format!("The key is:\n{jwk}\nRegards")),
        ("within", &json!({"jwks": {"keys": [signer.jwk()]}}).to_string()),
        ("metadata", r#"{"issuer":"https://as","jwks_uri":"https://as/jwks"}"#),
        ("google", &json!({"a": pem, "b": pem}).to_string()),
        ("member", &json!({"public_key": pem}).to_string()),
        ("cut", cut),
        ("js", "{kty: 'EC', crv: 'P-256'}"),
        ("url", "https://as.example.com/jwks.json\n"),
        ("token", &token()),
    ]);
    for (key, cause, cure) in [
        ("array", "array: it is an array of JWKs", "jq '{keys: .}' array > jwks.json"),
        ("around", "around: it is a JWK or a JWK Set with text around it", "from its first { to its last }"),
        ("within", "within: it has a JWK or a JWK Set in its member \"jwks\"", "jq '.[\"jwks\"]' within"),
        ("metadata", "metadata: it is an issuer's metadata", "--jwks-url"),
        ("google", "google: it has 2 PEMs", "extracts the one that the token's kid names"),
        ("member", "member: it has a PEM in its member \"public_key\"", "jq -r '.[\"public_key\"]' member"),
        ("cut", "without BEGIN and END lines", "BEGIN"),
        ("js", "js: it looks like a JWK, but is not JSON", "jq . js"),
        ("url", "url: it holds a URL", "--jwks-url"),
        ("token", "it is a token, not a key", ""),
        ("https://as.example.com/jwks", "is a URL; the path of a file belongs here", "--jwks-url"),
        (
            "https://as/.well-known/openid-configuration",
            "is a URL; the path of a file belongs here",
            "--jwks-url",
        ),
        (&pem, "its value is a PEM itself", "--key - reads it from stdin"),
        (&jwk, "its value is JSON itself", "--key - reads it from stdin"),
        (&bare, "its value is a key in base64 itself", "--key - reads it from stdin"),
        ("eyJhbGciOiJub25lIn0.e30.", "its value is a token", "inspect --key FILE - < token.txt"),
        ("HS256", "HS256 is an algorithm", "--alg HS256"),
        ("missing.pem", "cannot read missing.pem: there is no such file", "--jwks-url"),
        ("hunter2-Secret-9", "there is no file at the path", "the path is not shown"),
    ] {
        for flag in ["--key", "--jwks"] {
            let cure = cure.replace(
                "--key",
                if cure.contains("--key -") || cure.contains("--key FILE") { flag } else { "--key" },
            );
            let named = format!("{flag}={key}");
            let mistake = Mistake { typed: &["inspect", &named, &token()], exit: 2, cause, cure: &cure };
            let ran = mistake.is_explained(|typed| heistctl(typed).in_folder(files.path()));
            assert!(!ran.stderr.contains("hunter2") && !ran.stderr.contains(&bare[..40]), "{ran}");
        }
    }
}

#[test]
fn a_key_in_each_of_its_usual_forms_is_taken() {
    let signer = Key::for_alg("ES256");
    let signed = signer.sign("ES256", None, &json!({"sub": "a", "exp": 4_102_444_800_u64}));
    let bare: String = signer.public_pem().lines().filter(|line| !line.starts_with("-----")).collect();
    let chain = format!("{}{}", signer.certificate_pem(), Key::for_alg("ES384").certificate_pem());
    let files = folder(&[("bare", &bare), ("chain", &chain), ("pem", &signer.public_pem())]);
    for key in ["bare", "chain", "pem"] {
        let ran = heistctl(["inspect", "--key", key, &signed]).in_folder(files.path()).run().exits(0);
        assert!(ran.stdout.contains("PASS: the signature is verified"), "{ran}");
    }
}

#[test]
fn a_secret_in_place_of_its_file_is_never_printed() {
    for (value, cause, cure) in [
        (
            "hunter2-Secret-9xK2",
            "there is no file at the path from --secret-file",
            "--secret-env NAME, or to stdin: --secret-file -",
        ),
        (
            "correct horse battery staple",
            "there is no file at the path from --secret-file",
            "--secret-env NAME",
        ),
        ("dir/hunter2", "there is no file at the path from --secret-file", "--secret-env NAME"),
        ("https://hunter2.example", "is a URL", ""),
        ("-----BEGIN PRIVATE KEY-----\nhunter2", "it is the key itself, not its path", "--secret-env NAME"),
        ("eyJhbGciOiJub25lIn0.e30.", "it is a token, not a path", "--secret-env NAME"),
        ("~/hunter2", "it begins with ~", "--secret-env NAME"),
    ] {
        let named = format!("--secret-file={value}");
        let mistake = Mistake { typed: &["inspect", &named, &token()], exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| heistctl(typed));
        assert!(
            !ran.stderr.contains("hunter2") && !ran.stderr.contains("horse") && !ran.stderr.contains("eyJ"),
            "{ran}"
        );
    }
    let typed = &["inspect", "--secret-env", "hunter2!", &token()];
    let cause = "--secret-env takes the name of an environment variable";
    let mistake = Mistake { typed, exit: 2, cause, cure: "it names the variable" };
    assert!(!mistake.is_explained(|typed| heistctl(typed)).stderr.contains("hunter2"));
}

#[test]
fn a_weak_secret_of_the_token_is_not_taken_for_the_one_that_was_given() {
    let files = folder(&[("wkey", "wrong")]);
    let ran = heistctl(["inspect", "--secret-file", "wkey", &token()]).in_folder(files.path()).run().exits(8);
    let key = ran.stdout.lines().find(|line| line.trim_start().starts_with("key ")).unwrap_or_default();
    assert!(
        key.contains("wkey") && key.contains("the token is signed with a secret that is on every list"),
        "{ran}"
    );
}

#[test]
fn a_time_in_another_form_is_told_with_what_to_write() {
    for (now, part) in [
        ("1795420800000", "it looks like milliseconds: write seconds since 1970, 1795420800"),
        ("1795420800000000", "it looks like microseconds: write seconds since 1970, 1795420800"),
        ("1795420800.5", "write 1795420800"),
        ("2026-11-23", "write 2026-11-23T00:00:00Z"),
        ("23.11.2026", "write 2026-11-23T00:00:00Z"),
        ("11/23/2026", "write 2026-11-23T00:00:00Z"),
        ("20261123", "write 2026-11-23T00:00:00Z"),
        ("2026-11-23T08:00", "write 2026-11-23T08:00:00Z"),
        ("2026-11-23T08:00:00+0100", "write 2026-11-23T08:00:00+01:00"),
        ("Mon, 23 Nov 2026 08:00:00 GMT", "date -u -d 'Mon, 23 Nov 2026 08:00:00 GMT' +%FT%TZ"),
        ("tomorrow", "date -u -d tomorrow +%s"),
        ("+1h", "date -u -d '1 hours' +%s"),
        ("now", "leave it out"),
    ] {
        let ran = heistctl(["inspect", &format!("--now={now}"), &token()])
            .run()
            .fails(2, &["error: usage: ", "--now"]);
        for part in part.split(": ") {
            assert!(ran.stderr.contains(part), "{now}: no {part:?}: {ran}");
        }
    }
}
