//! Mistakes with `heistctl call`: what is typed in place of a URL and of a body, and refusals without a reason.

use super::Mistake;
use crate::support::api::{Api, answer};
use crate::support::{demo, folder, heistctl};

#[test]
fn what_is_typed_in_place_of_a_url_is_named_with_its_cure() {
    let server = demo();
    let at = |path: &str| format!("{}{path}", server.url());
    let (blank, tab, query) = (at("/a b"), at("/a\tb"), at("/a?hunter2=1 2"));
    let whole = format!("heistctl call {}", at("/v1/things"));
    let encoded = format!("write it as %20: {}", at("/a%20b"));
    for (typed, cause, cure) in [
        ("/protected-resource", "/protected-resource is a path, not a URL", "beside the token endpoint"),
        ("protected-resource", "/protected-resource is a path, not a URL", "beside the token endpoint"),
        ("/v1/things", "/v1/things is a path, not a URL", whole.as_str()),
        ("v1/things", "/v1/things is a path, not a URL", whole.as_str()),
        ("/v1/things?hunter2=x", "/v1/things is a path, not a URL", whole.as_str()),
        ("simulation:read", "it looks like a scope", "--scope simulation:read"),
        ("GET", "is a method, not a URL", "heistctl call -X GET"),
        ("delete", "is a method, not a URL", "heistctl call -X DELETE"),
        ("eyJhbGciOiJub25lIn0.e30.", "a token was given instead of a URL", "heistctl inspect"),
        (blank.as_str(), "there is a blank in the path of the URL", encoded.as_str()),
        (tab.as_str(), "there is a blank in the path of the URL", encoded.as_str()),
        (query.as_str(), "there is a blank in the query of the URL", "%20"),
        ("https://bü\u{ff0f}x.example/x", "is not a valid international name (IDNA)", "xn--"),
        ("api.example.com/x", "it is not an absolute http or https URL", "https://"),
        ("htp://api.example.com/x", "it is not an absolute http or https URL", "https://"),
    ] {
        let mistake = Mistake { typed: &["call", typed], exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| server.client(typed));
        assert!(
            ran.stdout.is_empty() && !ran.stderr.contains("hunter2") && !ran.stderr.contains("eyJ"),
            "{ran}"
        );
    }
}

#[test]
fn letters_beyond_ascii_are_sent_percent_encoded() {
    let server = demo();
    let api = Api::serve(|_, _| answer(200, "ok"));
    for path in ["/prö?q=日本", "/pr%C3%B6?q=%E6%97%A5%E6%9C%AC"] {
        server.client(&["call", &format!("{}{path}", api.url)]).run().exits(0);
    }
    let targets: Vec<String> = api.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(targets, ["/pr%C3%B6?q=%E6%97%A5%E6%9C%AC"; 2]);
}

#[test]
fn a_body_that_is_not_json_is_cured_by_its_kind() {
    let server = demo();
    for (body, cure) in [
        ("{a:1}", "--json-body '{\"name\":\"value\"}'"),
        ("{'a':1}", "--json-body '{\"name\":\"value\"}'"),
        ("{\u{201c}a\u{201d}:1}", "typographic quotes"),
        ("{\\\"a\\\":1}", "no backslashes"),
        ("{\"a\":1,}", "take out the comma"),
        ("{\"a\":True}", "true, false and null"),
        ("{\"a\":1", "a bracket is not closed"),
        ("{\"a\":1} // x", "no comments"),
        ("a=1&b=2", "--data 'name=value'"),
        ("thing.json", "--json-body @FILE"),
        ("<a/>", "application/xml"),
        ("hunter2", "--data sends bytes as they are"),
        ("", "--json-body @FILE"),
    ] {
        let typed = &["call", "--json-body", body, server.url()];
        let mistake = Mistake { typed, exit: 2, cause: "the body from --json-body: not JSON: ", cure };
        let ran = mistake.is_explained(|typed| server.client(typed));
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}

#[test]
fn json_that_is_sent_as_a_form_is_noted() {
    let server = demo();
    let api = Api::serve(|_, _| answer(200, "ok"));
    let cause = "note: the body from --data looks like JSON and is sent as a form: --json-body sends JSON";
    for body in ["{\"a\":1}", "[1]"] {
        let mistake = Mistake { typed: &["call", "-d", body, &api.url], exit: 0, cause, cure: "" };
        mistake.is_explained(|typed| server.client(typed));
    }
    for silent in [
        &["call", "-d", "a=1", &api.url][..],
        &["call", "-d", "{\"a\":1}", "-H", "Content-Type: application/json", &api.url],
    ] {
        let ran = server.client(silent).run().exits(0);
        assert_eq!(ran.stderr, "", "{ran}");
    }
}

#[test]
fn a_refusal_without_a_challenge_is_not_explained_by_a_guess_alone() {
    let server = demo();
    let api = Api::serve(|_, _| answer(401, "no"));
    let mistake = Mistake {
        typed: &["call", &api.url],
        exit: 4,
        cause: "answered 401: it gives no reason: WWW-Authenticate is missing (RFC 6750 section 3); the token has no audience",
        cure: "the API's own log has the reason; perhaps --resource",
    };
    mistake.is_explained(|typed| server.client(typed));
}

#[test]
fn a_method_that_is_not_one_is_named() {
    let server = demo();
    for (method, cause, cure) in [
        (
            "XYZ(",
            "--request: \"XYZ(\" is not a valid HTTP method; use a word such as GET",
            "heistctl call -X GET",
        ),
        (
            "GET /",
            "--request: \"GET /\" is not a valid HTTP method; use a word such as GET",
            "heistctl call -X GET",
        ),
        ("http://x/", "--request: \"http://x/\" is not a valid", "heistctl call -X GET http://x/"),
        ("PUT http://x/", "--request: \"PUT http://x/\" is not", "heistctl call -X PUT http://x/"),
        ("CONNECT", "--request: CONNECT is not a method to call a resource with; use a word such as GET", ""),
    ] {
        let mistake = Mistake { typed: &["call", "-X", method, server.url()], exit: 2, cause, cure };
        mistake.is_explained(|typed| server.client(typed));
    }
}

#[test]
fn a_header_field_without_a_colon_is_named_unless_it_may_be_a_secret() {
    let server = demo();
    for (field, cause, cure) in [
        ("Accept", "--header: \"Accept\" has no colon after it", "-H 'Accept: VALUE'"),
        ("X-Api-Key=hunter2", "--header: \"X-Api-Key\" has no colon", "-H 'X-Api-Key: VALUE'"),
        ("hunter2", "--header: a header field without a name", "-H 'Accept: text/csv'"),
        (": hunter2", "--header: a header field without a name", "-H 'Accept: text/csv'"),
        ("Bearer hunter2", "--header: Bearer is set by heistctl itself", "send a token of your own"),
        ("authorization=hunter2", "authorization is set by heistctl itself", "send a token of your own"),
    ] {
        let mistake = Mistake { typed: &["call", "-H", field, server.url()], exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| server.client(typed));
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}

#[test]
fn what_is_typed_in_place_of_a_token_file_is_named_and_not_shown() {
    let files = folder(&[("empty", "\n"), ("two", "eyJhbGciOiJub25lIn0.e30.\neyJhbGciOiJub25lIn0.e30.\n")]);
    for (given, cause, cure) in [
        (
            "eyJhbGciOiJub25lIn0.e30.",
            "no file at the path from --token: it is a token, not a path",
            "--token -",
        ),
        ("heist_hunter2", "no file at the path from --token: it is a secret of heistctl itself", "--token -"),
        ("nowhere", "no file at the path from --token", "HEISTCTL_TOKEN"),
        ("empty", "empty has no token", "what heistctl token prints"),
        ("two", "two has more than one line, which may be more than one token", "one token, on one line"),
    ] {
        let typed = &["call", "--token", given, "http://127.0.0.1:1/"];
        let mistake = Mistake { typed, exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| heistctl(typed).in_folder(files.path()));
        assert!(!ran.stderr.contains("eyJ") && !ran.stderr.contains("hunter2"), "{ran}");
    }
    for flag in [&["--scope", "a"][..], &["--client-id", "a"], &["--step-up"], &["--dpop"]] {
        let typed = [&["call", "--token", "two", "http://127.0.0.1:1/"], flag].concat();
        let mistake = Mistake { typed: &typed, exit: 2, cause: "--token", cure: "" };
        mistake.is_explained(|typed| heistctl(typed).in_folder(files.path()));
    }
    let typed = &["call", "--token", "-", "-d", "@-", "http://127.0.0.1:1/"];
    let cause = "the body comes from stdin, and so does a secret, a key or a token";
    let mistake = Mistake { typed, exit: 2, cause, cure: "read one of them from a file" };
    mistake.is_explained(|typed| heistctl(typed).stdin("eyJhbGciOiJub25lIn0.e30."));
}
