//! `heistctl call` among strangers' resources: it gives its credentials to its own issuer only, requests more
//! scope where it may, and sends a token that the caller has.

use crate::support::api::{Answer, Api, Asked, answer};
use crate::support::{Heistctl, Ran, Server, demo, folder, heistctl};
use serde_json::json;

const METADATA: &str = "/.well-known/oauth-protected-resource";

/// Wants `simulation:write`, and names `server` as its authorization server.
fn wanting_write(server: &'static str, extra: &'static str) -> Api {
    Api::serve(move |asked, url| {
        if asked.target == METADATA {
            let metadata = json!({"resource": url, "authorization_servers": [server]});
            return answer(200, metadata.to_string());
        }
        if scope_of(asked).contains("simulation:write") {
            return answer(200, format!("{} {}", asked.method, asked.body));
        }
        let challenge = format!(
            r#"Basic realm="a, b", Bearer realm="\"x\"", error="insufficient_scope", scope="simulation:write{extra}", resource_metadata="{url}{METADATA}""#
        );
        answer(403, "no").header("WWW-Authenticate", challenge)
    })
}

fn scope_of(asked: &Asked) -> String {
    let token = asked.token().unwrap_or_default();
    let ran = heistctl(["inspect", "--json"]).env("HEISTCTL_TOKEN", token).run();
    ran.json()["claims"]["scope"].as_str().unwrap_or_default().to_owned()
}

/// The body of the refusal is printed, and the reasons are told.
fn refuses(ran: Ran, code: i32, parts: &[&str]) -> Ran {
    let ran = ran.exits(code);
    assert!(parts.iter().all(|part| ran.stderr.contains(part)), "{parts:?}: {ran}");
    ran
}

fn reading(server: &Server, api: &Api, more: &[&str]) -> Ran {
    server.client(&[&["call", "--scope", "simulation:read", &api.url], more].concat()).run()
}

#[test]
fn more_scope_is_requested_once_where_the_flag_says_so() {
    let server = demo();
    let api = wanting_write("heist-oauth-service", "");
    let without = reading(&server, &api, &[]).exits(4);
    assert!(
        without.stderr.contains("hint: --scope \"simulation:read simulation:write\" requests it"),
        "{without}"
    );
    let ran = reading(&server, &api, &["--step-up", "-d", "abc"]).exits(0);
    assert_eq!(ran.stdout, "POST abc");
    let note = "note: the resource wanted more scope: retried with simulation:read simulation:write\n";
    assert_eq!(ran.stderr, note);
    let tokens: Vec<Asked> = api.asked().into_iter().filter(|asked| asked.target != METADATA).collect();
    assert_eq!(scope_of(tokens.last().unwrap()), "simulation:read simulation:write");
    // The body came from stdin and is gone.
    let large = "x".repeat(300_000);
    let url = [&api.url[..], "--step-up", "-d", "@-"];
    let ran = server.client(&[&["call", "--scope", "simulation:read"], &url[..]].concat()).stdin(large).run();
    refuses(ran, 4, &["not retried: the body came from stdin"]);
}

#[test]
fn more_scope_is_not_requested_where_it_cannot_help() {
    let server = demo();
    // Whatever it is given, it wants something else.
    let never = Api::serve(|asked, _| {
        let wants = if scope_of(asked).contains("write") { "third" } else { "simulation:write" };
        let challenge = format!(r#"Bearer error="insufficient_scope", scope="{wants}""#);
        answer(403, "no").header("WWW-Authenticate", challenge)
    });
    let ran = reading(&server, &never, &["--step-up"]).exits(4);
    assert_eq!(never.asked().len(), 2, "{ran}");
    assert!(ran.stderr.contains("it wants scope third"), "{ran}");

    let foreign = wanting_write("https://evil.example.com", "");
    let ran = reading(&server, &foreign, &["--step-up"]).exits(4);
    let why =
        "not retried: the resource accepts tokens of https://evil.example.com, not of heist-oauth-service";
    assert!(ran.stderr.contains(why), "{ran}");
    assert!(ran.stderr.contains("if you trust it with this client's credentials"), "{ran}");

    let denied = wanting_write("heist-oauth-service", " admin");
    let ran = reading(&server, &denied, &["--step-up"]);
    ran.fails(
        14,
        &[
            "the resource wants more scope; --step-up to",
            " admin simulation:read simulation:write: ",
            "invalid_scope",
        ],
    );

    for (challenge, why) in [
        ("Bearer error=\"insufficient_scope\"", "not retried: the challenge names no scope"),
        (
            "Bearer error=\"insufficient_scope\", scope=\"simulation:read\"",
            "not retried: the scope that it wants was already requested",
        ),
    ] {
        let api = Api::serve(move |_, _| answer(403, "no").header("WWW-Authenticate", challenge));
        let ran = reading(&server, &api, &["--step-up"]).exits(4);
        assert!(ran.stderr.contains(why) && api.asked().len() == 1, "{ran}");
    }
}

/// An issuer that a resource names gets nothing: no metadata request, no credentials.
#[test]
fn an_issuer_that_a_resource_names_is_not_asked() {
    let server = demo();
    let evil = Api::serve(|_, url| {
        let metadata = json!({"issuer": url, "token_endpoint": format!("{url}/token")});
        answer(200, metadata.to_string())
    });
    let named = evil.url.clone();
    let api = Api::serve(move |asked, url| {
        if asked.target == METADATA {
            let metadata = json!({"resource": url, "authorization_servers": [named.as_str()]});
            return answer(200, metadata.to_string());
        }
        let challenge = format!(
            r#"Bearer error="invalid_token", resource_metadata="{url}{METADATA}", authorization_uri="{named}", as_uri={named}"#
        );
        answer(401, "no").header("WWW-Authenticate", challenge)
    });
    let ran = server.client(&["call", "--step-up", "-v", &api.url]).run().exits(4);
    let expected =
        format!("the token's issuer is heist-oauth-service, and the resource accepts {}", evil.url);
    assert!(ran.stderr.contains(&expected), "{ran}");
    assert!(evil.asked().is_empty(), "{:?}", evil.asked());
    let metadata = api.asked().into_iter().find(|asked| asked.target == METADATA).unwrap();
    assert_eq!((metadata.token(), metadata.header("dpop")), (None, None));
}

#[test]
fn a_bare_403_is_explained_as_what_it_is() {
    let server = demo();
    for (challenge, code) in [(None, "no challenge"), (Some("Bearer realm=\"x\""), "no error code")] {
        let api = Api::serve(move |_, _| {
            let refused = answer(403, "no");
            challenge.map_or(refused.clone(), |challenge| refused.header("WWW-Authenticate", challenge))
        });
        let ran = server.client(&["call", &api.url]).run();
        let what = format!(
            "answered 403: it gives {code}: the token, which has scope simulation:read simulation:write, was accepted, and the action is not allowed (RFC 6750 section 3.1)\n"
        );
        let ran = refuses(ran, 4, &[&what, "hint: is the client allowed to do this?"]);
        assert!(!ran.stderr.contains("audience") && !ran.stderr.contains("--resource"), "{ran}");
    }
}

#[test]
fn a_token_of_the_caller_is_sent_and_no_issuer_is_asked() {
    let api = Api::serve(|asked, _| answer(200, asked.header("authorization").unwrap_or("none").to_owned()));
    let token = demo().client(&["token"]).run().exits(0).stdout;
    let files = folder(&[("token", &token), ("json", &format!("{{\"access_token\":\"{}\"}}", token.trim()))]);
    let call = |args: &[&str]| heistctl([&["call", &api.url], args].concat()).in_folder(files.path());
    let sent = format!("Bearer {}", token.trim());
    for ran in [
        call(&["--token", "token"]),
        call(&["--token", "json"]),
        call(&["--token", "-"]).stdin(token.as_str()),
        call(&["--token", "-"]).stdin("opaque-token-1"),
        call(&[]).env("HEISTCTL_TOKEN", &token),
        call(&["--token", "token"]).env("HEISTCTL_TOKEN", "another"),
    ] {
        let ran = ran.run().exits(0);
        assert!(ran.stdout == sent || ran.stdout == "Bearer opaque-token-1", "{ran}");
    }
    let verbose = call(&["-v"]).env("HEISTCTL_TOKEN", &token).run().exits(0);
    assert!(
        verbose.stderr.contains("token from HEISTCTL_TOKEN\n") && !verbose.stderr.contains("eyJ"),
        "{verbose}"
    );
}

#[test]
fn a_flag_that_asks_for_a_token_comes_before_the_variable() {
    let server = demo();
    let api = Api::serve(|asked, _| answer(200, asked.header("authorization").unwrap_or("none").to_owned()));
    let ran = server.client(&["call", "--scope", "simulation:read", &api.url]).env("HEISTCTL_TOKEN", "given");
    let ran = ran.run().exits(0);
    assert!(ran.stdout.starts_with("Bearer eyJ"), "{ran}");
    assert!(ran.stderr.contains("note: HEISTCTL_TOKEN is not used: --scope asks for a token\n"), "{ran}");
    for asks in ["--refresh", "--step-up"] {
        let ran = server.client(&["call", asks, &api.url]).env("HEISTCTL_TOKEN", "given").run().exits(0);
        assert!(ran.stdout.starts_with("Bearer eyJ") && ran.stderr.contains(asks), "{ran}");
    }
    for args in [&[][..], &["--no-cache"], &["--issuer", "https://as.example.com"]] {
        let ran = server.client(&[&["call", &api.url], args].concat()).env("HEISTCTL_TOKEN", "given").run();
        let ran = ran.exits(0);
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.contains("is not used")),
            ("Bearer given", false),
            "{ran}"
        );
    }
}

#[test]
fn the_trace_of_the_environment_is_sent_on() {
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let api = Api::serve(|asked, _| answer(200, asked.header("traceparent").unwrap_or("none").to_owned()));
    let call = |trace: &str, args: &[&str]| {
        let call = heistctl([&["call", &api.url], args].concat()).env("HEISTCTL_TOKEN", "t");
        call.env("TRACEPARENT", trace).run().exits(0).stdout
    };
    assert_eq!(call(good, &[]), good);
    assert_eq!(call(good, &["-H", "traceparent: other"]), "other");
    for bad in ["", "x", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "a\r\nb: c"] {
        assert_eq!(call(bad, &[]), "none", "{bad}");
    }
}

#[test]
fn an_answer_that_repeats_the_token_is_printed_with_a_note() {
    let api = Api::serve(|asked, _| {
        let status = if asked.target == "/refused" { 403 } else { 200 };
        answer(status, format!("{{\"headers\":\"{}\"}}", asked.header("authorization").unwrap_or("none")))
    });
    let call = |path: &str, token: &str, args: &[&str]| {
        let url = format!("{}{path}", api.url);
        heistctl([&["call", &url], args].concat()).env("HEISTCTL_TOKEN", token).run()
    };
    const NOTE: &str = "note: the answer repeats the access token";
    let ran = call("/", "opaque-token-1", &[]).exits(0);
    assert!(ran.stdout == "{\"headers\":\"Bearer opaque-token-1\"}" && ran.stderr.contains(NOTE), "{ran}");
    assert!(!ran.stderr.contains("opaque-token-1"), "{ran}");
    let ran = call("/refused", "opaque-token-1", &[]);
    assert!(ran.code == 4 && ran.stderr.contains(NOTE), "{ran}");
    assert!(!call("/", "opaque-token-1", &["-q"]).exits(0).stderr.contains(NOTE));
    let folder = folder(&[]);
    let file = folder.path().join("answer").display().to_string();
    let ran = call("/", "opaque-token-1", &["-o", &file]).exits(0);
    assert!(ran.stderr.contains(NOTE), "{ran}");
    let silent = Api::serve(|_, _| answer(200, "opaque"));
    let ran = heistctl(["call", &silent.url]).env("HEISTCTL_TOKEN", "opaque-token-1").run().exits(0);
    assert!(!ran.stderr.contains(NOTE), "{ran}");
}

#[test]
fn a_token_of_the_caller_that_is_refused_is_explained_and_sent_once() {
    let token = demo().client(&["token", "--scope", "simulation:read"]).run().exits(0).stdout;
    let refusing = |status: u16, challenge: &'static str| {
        Api::serve(move |_, _| answer(status, "no").header("WWW-Authenticate", challenge))
    };
    for (status, challenge, parts) in [
        (
            403,
            "Bearer error=\"insufficient_scope\", scope=\"simulation:write\"",
            &[
                "the token has simulation:read",
                "hint: heistctl token --scope \"simulation:read simulation:write\" gets",
            ][..],
        ),
        (403, "Bearer", &["which has scope simulation:read, was accepted, and the action is not allowed"]),
        (401, "Bearer error=\"invalid_token\"", &["answered 401: invalid_token; the token has no audience"]),
    ] {
        let api = refusing(status, challenge);
        let ran = heistctl(["call", "--token", "-", &api.url]).stdin(token.as_str()).run();
        let ran = refuses(ran, 4, parts);
        assert!(api.asked().len() == 1 && !ran.stderr.contains("eyJ"), "{ran}");
    }
}

/// An issuer with these resources in its metadata.
fn issuer(resources: impl Fn(&str) -> serde_json::Value + Send + Sync + 'static) -> Api {
    Api::serve(move |asked, url| match asked.target.as_str() {
        "/.well-known/oauth-authorization-server" => {
            let metadata = json!({
                "issuer": url, "token_endpoint": format!("{url}/token"), "protected_resources": resources(url)
            });
            answer(200, metadata.to_string())
        }
        "/token" => answer(200, r#"{"access_token":"t","token_type":"Bearer","expires_in":60}"#),
        target => answer(200, format!("called {target}")),
    })
}

fn call_issuer(issuer: &Api, cache: &std::path::Path) -> Heistctl {
    let cli = heistctl(["call", "--issuer", &issuer.url]);
    cli.env("HEISTCTL_CLIENT_ID", "a").env("HEISTCTL_CLIENT_SECRET", "b").env("HEISTCTL_CACHE_DIR", cache)
}

#[test]
fn without_a_url_the_one_resource_of_the_issuer_is_called() {
    let cache = folder(&[]);
    let one = issuer(|url| json!([format!("{url}/orders")]));
    assert_eq!(call_issuer(&one, cache.path()).run().exits(0).stdout, "called /orders");
    for (resources, what) in [
        (json!([]), "declares no resource (protected_resources)"),
        (json!(null), "declares no resource (protected_resources)"),
        (json!("odd"), "declares no resource (protected_resources)"),
        (
            json!(["https://a.example.com/1", "https://b.example.com"]),
            "declares 2 resources: https://a.example.com/1, https://b.example.com",
        ),
        (json!(["file:///etc/passwd"]), "protected_resources"),
        (json!(["http://a.example.com/1"]), "protected_resources"),
    ] {
        let api = issuer(move |_| resources.clone());
        let ran = call_issuer(&api, cache.path()).run();
        assert!(
            ran.stdout.is_empty() && ran.stderr.contains(what) && ran.stderr.contains("\nhint: "),
            "{ran}"
        );
        assert!(!api.asked().iter().any(|asked| asked.target == "/token"), "{ran}");
    }
}

#[test]
fn odd_challenges_are_read_as_far_as_they_can_be() {
    let server = demo();
    let huge = "x".repeat(20_000);
    for (challenge, part) in [
        (format!("Bearer realm=\"{huge}\", error=\"invalid_token\""), "answered 401: invalid_token"),
        (format!("Bearer error=\"{huge}\""), "answered 401: xxxx"),
        ("Bearer error=\"invalid_token".to_owned(), "answered 401: invalid_token"),
        (
            "Negotiate YWJj==, Basic realm=\"a, Bearer error=x\", bEARER error=invalid_token".to_owned(),
            "answered 401: invalid_token",
        ),
        (", , ,=,\"\",;;".to_owned(), "it gives no reason"),
        ("Bearer ".repeat(2000), "it wants Bearer"),
        (
            "Bearer resource_metadata=\"http://[::1\", error=invalid_token".to_owned(),
            "answered 401: invalid_token",
        ),
    ] {
        let sent = challenge.clone();
        let api =
            Api::serve(move |_, _| -> Answer { answer(401, "no").header("WWW-Authenticate", sent.as_str()) });
        let ran = server.client(&["call", "--step-up", &api.url]).run().exits(4);
        assert!(ran.stderr.contains(part) && ran.stderr.len() < 2000, "{challenge:.80}: {ran}");
    }
}
