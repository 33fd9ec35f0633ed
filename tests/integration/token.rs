//! `heistctl token`: forms of output, where values come from, and what goes wrong.

use crate::support::{HACKER, demo, folder, heistctl};

#[test]
fn each_form_of_output_holds_the_token() {
    let server = demo();
    for (form, start, end) in [
        ("raw", "ey", "\n"),
        ("header", "Authorization: Bearer ey", "\n"),
        ("env", "HEISTCTL_TOKEN=ey", "\n"),
        ("curl", "header = \"Authorization: Bearer ey", "\"\n"),
    ] {
        let out = server.client(&["token", "-o", form]).run().exits(0).stdout;
        assert!(
            out.starts_with(start) && out.ends_with(end) && out.matches('\n').count() == 1,
            "{form}: {out}"
        );
    }
    let json =
        server.client(&["token", "--json", "--no-cache", "--scope", "simulation:read"]).run().exits(0).json();
    assert_eq!((&json["token_type"], &json["scope"]), (&"Bearer".into(), &"simulation:read".into()));
    assert_eq!((&json["expires_in"], &json["cached"]), (&3600.into(), &false.into()));
    assert_eq!(json["token_url"], server.token_url());
    assert!(json["expires_at"].as_str().unwrap().ends_with('Z') && json["expires_at_unix"].is_i64());
}

#[test]
fn scopes_are_listed_in_any_way_people_list_them() {
    let server = demo();
    for args in [
        &["token", "--json", "--scope", "simulation:write simulation:read"][..],
        &["token", "--json", "--scope", "simulation:write,simulation:read"],
        &["token", "--json", "--scope", "simulation:write", "--scope", "simulation:read"],
        &["token", "--json"],
    ] {
        let json = server.client(args).run().exits(0).json();
        assert_eq!(json["scope"], "simulation:read simulation:write", "{args:?}");
    }
    let json =
        server.client(&["token", "--json"]).env("HEISTCTL_SCOPE", "simulation:read").run().exits(0).json();
    assert_eq!(json["scope"], "simulation:read");
}

#[test]
fn a_flag_comes_before_the_environment_and_stdin_is_a_file() {
    let server = demo();
    let planner = ["token", "--json", "--client-id", "planner-client", "--client-secret-file", "-"];
    let json = server.client(&planner).stdin("planner-secret-456\n").run().exits(0).json();
    assert_eq!(json["scope"], "memory:read");
    let folder = folder(&[("secret", "hacker-secret-123\r\n")]);
    let path = folder.path().join("secret");
    server
        .client(&["token"])
        .env("HEISTCTL_CLIENT_SECRET", "x")
        .env("HEISTCTL_CLIENT_SECRET_FILE", path)
        .run()
        .exits(0);
}

#[test]
fn what_is_missing_or_wrong_is_said_with_its_cure_and_nothing_on_stdout() {
    let url = "http://127.0.0.1:1/oauth/token";
    let token = |args: &[&str]| heistctl(["token"].iter().chain(args)).envs(&HACKER);
    heistctl(["token"]).run().fails(2, &["no client id", "hint:", "HEISTCTL_CLIENT_ID"]);
    heistctl(["token", "--client-id", "a"]).run().fails(2, &["client secret: none given", "hint:"]);
    let nowhere = token(&["--client-secret-file", "/nowhere"]).run();
    let nowhere = nowhere.fails(2, &["there is no file at the path from --client-secret-file"]);
    assert!(!nowhere.stderr.contains("/nowhere"), "{nowhere}");
    token(&["--client-secret-file", "-"]).run().fails(2, &["stdin is empty"]);
    token(&["--token-url", url])
        .run()
        .fails(6, &[url, "--token-url", "refused", "hint: is the server running?"]);
    token(&["--token-url", "http://example.com/"]).run().fails(2, &["plain http", "--insecure-http"]);
    token(&["--token-url", "hunter2"]).run().fails(2, &["from --token-url", "not an absolute"]);
    let tab = token(&["--scope", "a\tb"]).run().fails(2, &[]);
    assert_eq!(
        tab.stderr,
        "error: token request: --scope: \"a\\u{0009}b\" has a tab (U+0009)\nhint: write 'a b'\n"
    );
    token(&["--timeout", "soon"]).run().fails(2, &["--timeout", "30s"]);
    token(&["--timeout", "18446744073709551615"]).run().fails(2, &["longer than ten years"]);
    token(&["--token-url", "http://127.0.0.1:99999/"]).run().fails(2, &["not an absolute"]);
    let misplaced =
        token(&["correct-horse-battery-staple"]).run().fails(2, &["error: usage: ", "extra argument"]);
    assert!(!misplaced.stderr.contains("correct-horse"), "{misplaced}");
    token(&["-o", "xml"]).run().fails(2, &["xml"]);
    token(&[]).env("HEISTCTL_TIMEOUT", "soon").run().fails(2, &["HEISTCTL_TIMEOUT"]);
}
