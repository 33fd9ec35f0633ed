//! Invisible characters at the ends of ids and tokens, and byte order marks before documents.

use crate::support::faults::{Fault, Faults};
use crate::support::{demo, folder, heistctl};

const JSON: (&str, &str) = ("Content-Type", "application/json");
/// The key of RFC 7515 appendix A.3.
const PRIVATE_JWK: &str = r#"{"kid":"k1","kty":"EC","crv":"P-256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
const SECRET: (&str, &str) = ("HEISTCTL_CLIENT_SECRET", "hunter2");

#[test]
fn a_client_id_is_printable_ascii_from_wherever_it_comes() {
    let server = Faults::always(401, &[JSON], r#"{"error":"invalid_client"}"#);
    let token = |args: &[&str]| heistctl(["token"].iter().chain(args)).envs(&[SECRET]);
    for (id, part) in [
        ("app\r", "ends with a carriage return (U+000D)"),
        ("app\n", "ends with a line end (U+000A)"),
        ("app\t", "ends with a tab (U+0009)"),
        ("app\u{a0}", "ends with a no-break space (U+00A0)"),
        ("app\u{200b}", "ends with a zero-width space (U+200B)"),
        ("\u{feff}app", "begins with a byte order mark (U+FEFF)"),
        ("\u{2060}app", "begins with a word joiner (U+2060)"),
        ("a\u{ad}pp", "contains a soft hyphen (U+00AD)"),
        ("app\u{1b}[0m", "contains a control character (U+001B)"),
        ("caf\u{e9}", "ends with the character (U+00E9)"),
    ] {
        let hint = "hint: a client id is printable ASCII (RFC 6749 appendix A.1)";
        let of = |origin: &str| format!("error: client id: the client id from {origin} {part}");
        let url = server.token_url();
        let flag = token(&["--token-url", &url, "--client-id", id]).run();
        flag.fails(2, &[&of("--client-id"), hint]);
        let variable = token(&["--token-url", &url]).env("HEISTCTL_CLIENT_ID", id).run();
        variable.fails(2, &[&of("HEISTCTL_CLIENT_ID"), hint]);
        let profile = format!("[profile.p]\ntoken_url = '{url}'\nclient_id = {}\n", serde_json::json!(id));
        let files = folder(&[]);
        std::fs::create_dir(files.path().join("heistctl")).unwrap();
        std::fs::write(files.path().join("heistctl/config.toml"), profile).unwrap();
        let profile = token(&["--profile", "p"]).env("XDG_CONFIG_HOME", files.path()).run();
        profile.fails(2, &[&of("profile p"), hint]);
    }
    token(&["--client-id", ""]).run().fails(2, &["the client id from --client-id is empty"]);
    assert!(server.asked().is_empty(), "somebody was asked");
    // Blanks are allowed, and told of once the server refuses.
    for (id, part) in [("app ", "ends with a blank"), (" app", "begins with a blank")] {
        let ran = token(&["--token-url", &server.token_url(), "--client-id", id]).run();
        let cause = format!("; the client id from --client-id {part}");
        ran.fails(4, &[&cause, "hint: check client id (from --client-id) and secret (from"]);
    }
}

#[test]
fn what_is_around_a_token_is_removed_with_a_note() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJhIn0.AAAA";
    for (text, what) in [
        (format!("\u{200b}{token}"), "a zero-width space (U+200B) beside the token"),
        (format!("{token}\u{2060}"), "a word joiner (U+2060) beside the token"),
        (format!("\u{200e}{token}\n"), "a direction mark (U+200E) beside the token"),
        (format!("{token}\u{ad}"), "a soft hyphen (U+00AD) beside the token"),
        (format!("\u{a0}{token}\u{a0}"), "a no-break space (U+00A0) beside the token"),
        (token.replacen('.', "\u{200b}.", 2), "a zero-width space (U+200B) within the token"),
        (format!("\u{201c}{token}\u{201d}"), "the quotes around the token"),
    ] {
        for ran in [
            heistctl(["inspect", "--json", "-"]).stdin(text.as_str()).run(),
            heistctl(["inspect", "--json"]).env("HEISTCTL_TOKEN", &text).run(),
            heistctl(["inspect", "--json", &text]).run(),
        ] {
            let ran = ran.exits(0);
            assert!(ran.json()["kind"] == "jws" && ran.json()["claims"]["aud"] == "a", "{ran}");
            assert!(ran.stderr.contains(&format!("note: removed {what}")), "{ran}");
        }
    }
}

#[test]
fn a_byte_order_mark_before_a_document_is_ignored() {
    let server = Faults::serve(|_, asked| {
        let url = format!("http://{}", asked.header("Host").unwrap());
        let body = match asked.target() {
            "/.well-known/oauth-authorization-server" => {
                format!(r#"{{"issuer":"{url}","token_endpoint":"{url}/oauth/token"}}"#)
            }
            "/jwks" => r#"{"keys":[]}"#.to_owned(),
            "/oauth/introspect" => r#"{"active":true}"#.to_owned(),
            _ => r#"{"access_token":"AT","token_type":"Bearer"}"#.to_owned(),
        };
        Fault::answer(200, &[JSON], format!("\u{feff}{body}"))
    });
    let client = [("HEISTCTL_CLIENT_ID", "app"), SECRET];
    let run =
        |args: &[&str]| heistctl(args).envs(&client).env("HEISTCTL_TOKEN_URL", server.token_url()).run();
    assert_eq!(run(&["token"]).exits(0).stdout, "AT\n");
    assert_eq!(run(&["token", "--issuer", &server.url]).exits(0).stdout, "AT\n");
    run(&["inspect", "--introspect", "opaque"]).exits(0);
    let jwks = format!("{}/jwks", server.url);
    run(&["inspect", "--jwks-url", &jwks, "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"]).exits(8);
}

#[test]
fn a_byte_order_mark_before_a_file_or_a_request_is_ignored() {
    let files = folder(&[
        ("clients", "\u{feff}{\"id\":\"a\",\"scopes\":\"x\"}\n"),
        ("empty", "\u{feff}\n{\"id\":\"b\",\"scopes\":\"x\"}\n"),
        ("heist.toml", "\u{feff}[[client]]\nid = 'a'\nsecret_env = 'S'\n"),
    ]);
    let run = |args: &[&str]| heistctl(args).in_folder(files.path()).env("S", "hunter2").run();
    for file in ["clients", "empty"] {
        run(&["client", "import", file, "--store", "sqlite:clients.db"]).exits(0);
    }
    run(&["serve", "--check"]).exits(0);
    let key = crate::support::keys::Key::for_alg("ES256");
    std::fs::write(files.path().join("key.jwk"), format!("\u{feff}{PRIVATE_JWK}")).unwrap();
    std::fs::write(files.path().join("key.pem"), format!("\u{feff}{}", key.private_pem())).unwrap();
    let server = demo();
    for (file, kid) in [("key.jwk", true), ("key.pem", false)] {
        let asked = Faults::always(200, &[JSON], r#"{"access_token":"AT","token_type":"Bearer"}"#);
        let args = ["token", "--client-id", "a", "--client-key", file, "--token-url", &asked.token_url()];
        run(&args).exits(0);
        let sent = asked.asked().remove(0).body;
        let assertion = sent.split("client_assertion=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let header = heistctl(["inspect", "--raw", "header", "-"]).stdin(assertion).run().exits(0).stdout;
        assert_eq!(header.contains(r#""kid":"k1""#), kid, "{header}");
    }
    let body = r#"{"client_id":"hacker-client","client_secret":"hacker-secret-123","grant_type":"client_credentials"}"#;
    let answer = server.request("POST", "/oauth/token", &[JSON], &format!("\u{feff}{body}"));
    assert_eq!(answer.status, 200, "{answer:?}");
}
