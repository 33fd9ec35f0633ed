//! Mistakes that only a server's answer shows: scopes, clients, addresses, files that cannot be read. Each is
//! typed at `serve --demo`, at a server with a configuration, or at none.

use super::Mistake;
use super::token::{issuer, usage};
use crate::support::faults::{Fault, Faults};
use crate::support::{HACKER, demo, folder};

#[test]
fn a_refused_scope_is_answered_with_the_scopes_of_the_client() {
    let server = demo();
    let at = |typed: &[&str]| server.client(typed);
    let both = "--scope 'simulation:read simulation:write'";
    for (scope, cure) in [
        ("Simulation:Read", "did you mean --scope simulation:read"),
        ("simulation:red", "did you mean --scope simulation:read"),
        ("simulation.write", "did you mean --scope simulation:write"),
        ("'simulation:read'", "--scope simulation:read"),
        ("simulation:read;simulation:write", both),
        ("simulation:write|simulation:read", "blanks: --scope 'simulation:write simulation:read'"),
        ("memory:read", "the demo's clients never have others"),
        ("openid", both),
    ] {
        let typed = ["token", "--no-cache", "--scope", scope];
        let mistake = Mistake { typed: &typed, exit: 4, cause: "it may have: simulation:read", cure };
        let ran = mistake.is_explained(at);
        assert!(!ran.stderr.contains("client set"), "the demo has no store: {ran}");
    }
    let registered = issuer();
    let typed = ["--scope", "b", "--token-url", registered.token_url()];
    let cure = "heistctl client set app --scope 'a b', or scopes = [\"a\", \"b\"] in heist.toml";
    Mistake { typed: &typed, exit: 4, cause: "it may have: a", cure }.is_explained(usage);
}

#[test]
fn a_pasted_scope_from_the_hint_works() {
    let server = demo();
    let ran = server.client(&["token", "--no-cache", "--scope", "Simulation:Read"]).run().exits(4);
    let hint = ran.stderr.lines().find_map(|line| line.strip_prefix("hint: did you mean ")).expect("a hint");
    let pasted: Vec<&str> = ["token", "--no-cache"].into_iter().chain(hint.split(' ')).collect();
    server.client(&pasted).run().exits(0);
}

#[test]
fn a_client_that_the_demo_does_not_know_is_answered_with_its_own() {
    let server = demo();
    for (id, secret, cause, cure) in [
        ("hacker", HACKER[1].1, "Unknown client", "HEISTCTL_CLIENT_ID=hacker-client"),
        ("nobody", "x", "Unknown client", "HEISTCTL_CLIENT_SECRET=hacker-secret-123"),
        ("planner-client", "x", "Invalid secret", "HEISTCTL_CLIENT_SECRET=planner-secret-456"),
        ("a:b", "x", "has a colon", "HEISTCTL_CLIENT_ID=ID HEISTCTL_CLIENT_SECRET=SECRET"),
        ("<client-id>", "x", "is a placeholder", "write the client id in its place"),
        ("\"hacker-client\"", "x", "is in quotes", "take out the quotes"),
    ] {
        let mistake = Mistake { typed: &["token", "--no-cache"], exit: 4, cause, cure };
        mistake.is_explained(|typed| {
            server.client(typed).env("HEISTCTL_CLIENT_ID", id).env("HEISTCTL_CLIENT_SECRET", secret)
        });
    }
    let files = folder(&[("quoted", "\"hunter2-hunter2\"\n")]);
    let quoted = ["token", "--no-cache", "--client-secret-file", "quoted"];
    let mistake = Mistake { typed: &quoted, exit: 4, cause: "is in quotes", cure: "(from quoted); take out" };
    let ran = mistake.is_explained(|typed| server.client(typed).in_folder(files.path()));
    assert_eq!(ran.stderr.matches("in quotes").count(), 1, "it is said once: {ran}");
}

#[test]
fn an_error_code_has_a_hint_without_a_description() {
    for (code, cure) in [
        ("unauthorized_client", "must allow client app the grant client_credentials"),
        ("unsupported_grant_type", "--token-url URL"),
        ("invalid_grant", "for client app"),
        ("access_denied", "a rule of the issuer"),
        ("invalid_request", "-v shows the request"),
        ("invalid_scope", "--scope 'A B'"),
        ("invalid_target", "--resource https://api.example.com"),
        ("server_error", "try again later"),
    ] {
        let body = format!("{{\"error\":\"{code}\"}}");
        let server = Faults::always(400, &[("Content-Type", "application/json")], &body);
        let typed = ["--token-url", &server.token_url()];
        Mistake { typed: &typed, exit: 4, cause: code, cure }.is_explained(usage);
    }
}

#[test]
fn an_answer_that_is_not_the_issuers_is_called_so() {
    let page = "<html><h1>Forbidden</h1></html>";
    for (status, exit, header, body, cause, cure) in [
        (403, 4, ("Content-Type", "text/html"), page, "403", "a firewall or a proxy"),
        (407, 4, ("Content-Type", "text/plain"), "auth", "407", "HTTPS_PROXY=http://name:password@host:port"),
        (302, 5, ("Location", "https://as.example.com/login"), "", "redirects (302)", "where people log in"),
        (
            301,
            5,
            ("Location", "https://as.example.com/token?secret"),
            "",
            "redirects (301)",
            "--token-url https://as.example.com/token",
        ),
        (200, 5, ("Content-Type", "text/html"), page, "it is a web page", "--issuer http://127.0.0.1:"),
    ] {
        let server = Faults::always(status, &[header], body);
        let typed = ["--token-url", &server.token_url()];
        let ran = Mistake { typed: &typed, exit, cause, cure }.is_explained(usage);
        assert!(!ran.stderr.contains("secret\n") && !ran.stderr.contains("?secret"), "{ran}");
    }
    let closes = Faults::serve(|_, _| Fault::Bytes(Vec::new()));
    let typed = ["--token-url", &closes.token_url()];
    let cure = format!("--token-url {}", closes.token_url().replace("http:", "https:"));
    Mistake { typed: &typed, exit: 5, cause: "closed the connection without an answer", cure: &cure }
        .is_explained(usage);
}

#[test]
fn a_connection_that_fails_is_told_in_plain_words() {
    for (typed, exit, cause, cure) in [
        (
            &["--token-url", "http://127.0.0.1:1/t"][..],
            6,
            "the connection was refused",
            "heistctl serve starts one",
        ),
        (
            &["--token-url", "https://127.0.0.1:1/t"],
            6,
            "the connection was refused",
            "heistctl serve starts one",
        ),
        (
            &["--insecure-http", "--token-url", "http://0.0.0.0:1/t"],
            6,
            "the connection was refused",
            "curl -v http://0.0.0.0:1",
        ),
    ] {
        Mistake { typed, exit, cause, cure }.is_explained(usage);
    }
    let through = Mistake {
        typed: &["--token-url", "https://as.example.com/t"],
        exit: 6,
        cause: "through the proxy 127.0.0.1:1 (HTTPS_PROXY)",
        cure: "NO_PROXY=as.example.com",
    };
    through.is_explained(|typed| usage(typed).env("HTTPS_PROXY", "http://127.0.0.1:1"));
}

#[test]
fn a_url_with_a_wrong_host_or_port_is_mended() {
    for (typed, cause, cure) in [
        ("http://localhost:80o1/t", "its port is not a number", "--token-url http://localhost:8001/t"),
        ("http://127.0.0.1:99999/t", "its port is not a number", "--token-url http://127.0.0.1:8001/t"),
        ("http://127.0.0.1:0/t", "from 1 to 65535", "--token-url http://127.0.0.1:8001/t"),
        ("http://127.0.0.1:/t", "from 1 to 65535", "--token-url http://127.0.0.1:8001/t"),
        ("http://::1:8001/t", "needs brackets", "--token-url http://[::1]:8001/t"),
        ("http://127,0,0,1:8001/t", "commas", "--token-url http://127.0.0.1:8001/t"),
        ("http://256.1.1.1/t", "not an IP address", "--token-url https://host/path"),
        ("http://127.0.0.1 :8001/t", "a blank", "--token-url http://127.0.0.1:8001/t"),
        ("https://", "it has no host", "--token-url https://host/path"),
        ("https://{host}/t", "a placeholder", "--token-url https://host/path"),
        ("https://$HOST/t", "a variable", "--token-url https://host/path"),
        (":8001", "a port, without a host", "--token-url http://127.0.0.1:8001"),
    ] {
        Mistake { typed: &["--token-url", typed], exit: 2, cause, cure }.is_explained(usage);
    }
    for (typed, cause, cure) in [
        ("api", "\"api\" is not an absolute URI", "--resource https://api.example.com; --audience"),
        ("https://x#y", "has a fragment", "--resource https://x"),
        ("my api", "a blank", "--resource my%20api"),
    ] {
        Mistake { typed: &["--resource", typed], exit: 2, cause, cure }.is_explained(usage);
    }
    let name = Mistake {
        typed: &["--issuer", "heist-oauth-service"],
        exit: 2,
        cause: "\"heist-oauth-service\"",
        cure: "--token-url http://127.0.0.1:8001/oauth/token",
    };
    name.is_explained(usage);
}
