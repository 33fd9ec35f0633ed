//! Mistakes with `heistctl token`: addresses, ids and secrets, scopes, profiles.

use super::Mistake;
use crate::support::faults::{Fault, Faults};
use crate::support::secured::{Secured, token};
use crate::support::tls::Authority;
use crate::support::{HACKER, Heistctl, Server, demo, folder, heistctl};

pub(super) const APP: [(&str, &str); 2] =
    [("HEISTCTL_CLIENT_ID", "app"), ("HEISTCTL_CLIENT_SECRET", "a-secret-of-the-app-0123456789")];

/// A server whose issuer is its URL, with the client `app`.
pub(super) fn issuer() -> Server {
    let toml = "listen = '127.0.0.1:0'\nstore = 'memory:'\n[[client]]\nid = 'app'\nsecret_env = 'APP_SECRET'\nscopes = ['a']\n";
    let folder = folder(&[("heist.toml", toml)]);
    heistctl(["serve"]).in_folder(folder.path()).env("APP_SECRET", APP[1].1).serve()
}

pub(super) fn usage(typed: &[&str]) -> Heistctl {
    heistctl(["token", "--no-cache"].iter().chain(typed)).envs(&APP)
}

#[test]
fn what_is_typed_wrong_is_named_with_its_cure() {
    let mistake = Mistake {
        typed: &["token", "--token-url", "https://127.0.0.1:1/t"],
        exit: 2,
        cause: "no client id",
        cure: "--client-id",
    };
    mistake.is_explained(|typed| heistctl(typed));
}

#[test]
fn a_url_that_is_written_wrong_is_shown_and_mended() {
    for (typed, cause, cure) in [
        (
            "as.example.com",
            "from --issuer: it is not an absolute http or https URL: it has no scheme: \"as.example.com\"",
            "--issuer https://as.example.com",
        ),
        ("as.example.com", "it has no scheme", "--issuer https://as.example.com"),
        ("localhost:8001", "it has no scheme", "--issuer http://localhost:8001"),
        ("127.0.0.1:8001", "it has no scheme", "--issuer http://127.0.0.1:8001"),
        ("//as.example.com", "it has no scheme", "--issuer https://as.example.com"),
        ("https//as.example.com", "its scheme is not", "--issuer https://as.example.com"),
        ("http:/127.0.0.1:8001", "its scheme is not", "--issuer http://127.0.0.1:8001"),
        ("htps://as.example.com", "its scheme is not", "--issuer https://as.example.com"),
        ("ftp://as.example.com", "its scheme is not", "--issuer https://as.example.com"),
        ("https://https://as.example.com", "two schemes", "--issuer https://as.example.com"),
        ("'https://as.example.com'", "quotes", "--issuer https://as.example.com"),
        ("<https://as.example.com>", "brackets", "--issuer https://as.example.com"),
        (" https://as.example.com", "blanks", "--issuer https://as.example.com"),
        ("ISSUER=https://as.example.com", "a variable", "--issuer https://as.example.com"),
        ("https://me:hunter2@as.example.com", "credentials in it", "--issuer https://as.example.com"),
        ("https://as.example.com#x", "a fragment", "--issuer https://as.example.com"),
        ("https://as.example.com:99999", "from --issuer: it is not", "write it as --issuer https://"),
        ("/oauth/token", "URL: \"/oauth/token\"", "--issuer https://host/path"),
        ("http://as.example.com", "plain http to another host", "use https"),
    ] {
        let ran = Mistake { typed: &["--issuer", typed], exit: 2, cause, cure }.is_explained(usage);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    let secret = Mistake {
        typed: &["--token-url", "eyJhbGciOiJub25lIn0.e30.hunter2"],
        exit: 2,
        cause: "the URL from --token-url",
        cure: "--token-url https://",
    };
    assert!(!secret.is_explained(usage).stderr.contains("hunter2"));
    let variable = Mistake {
        typed: &[],
        exit: 2,
        cause: "from HEISTCTL_TOKEN_URL: it is not an absolute http or https URL: it has no scheme: \"as:1/t\"",
        cure: "HEISTCTL_TOKEN_URL=https://as:1/t",
    };
    variable.is_explained(|typed| usage(typed).env("HEISTCTL_TOKEN_URL", "as:1/t"));
}

#[test]
fn an_issuer_that_is_nearly_right_is_answered_with_the_right_one() {
    let server = issuer();
    let url = server.url();
    let port = url.rsplit(':').next().unwrap();
    let right = format!("hint: --issuer {url}");
    for (typed, exit, cause, cure) in [
        (format!("{url}/"), 5, format!("is of issuer \"{url}\", not of \"{url}/\""), right.as_str()),
        (format!("http://localhost:{port}"), 5, format!("is of issuer \"{url}\""), &right),
        (format!("http://LOCALHOST:{port}/"), 5, format!("is of issuer \"{url}\""), &right),
        (
            format!("{url}/oauth/token"),
            4,
            "answered 404".to_owned(),
            &format!("--token-url {url}/oauth/token"),
        ),
        (
            format!("{url}/oauth/token/"),
            4,
            "answered 404".to_owned(),
            &format!("--token-url {url}/oauth/token"),
        ),
        (
            format!("{url}/.well-known/openid-configuration"),
            4,
            "answered 404".to_owned(),
            &format!("--issuer {url}"),
        ),
        (format!("{url}/oauth/introspect"), 4, "answered 404".to_owned(), "takes the issuer itself"),
        (format!("{url}/realms/main"), 4, "answered 404".to_owned(), "byte for byte"),
        (format!("https://127.0.0.1:{port}"), 6, "does not speak TLS".to_owned(), "http://"),
    ] {
        let mistake = Mistake {
            typed: &["--issuer", &typed],
            exit,
            cause: &cause,
            cure: cure.trim_start_matches("hint: "),
        };
        let ran = mistake.is_explained(usage);
        let first = ran.stderr.lines().next().unwrap();
        assert!(
            first.matches("is of issuer").count() <= 1 && first.matches("answered").count() <= 1,
            "{ran}"
        );
    }
    let variable =
        Mistake { typed: &[], exit: 5, cause: "(HEISTCTL_ISSUER)", cure: &format!("HEISTCTL_ISSUER={url}") };
    variable.is_explained(|typed| usage(typed).env("HEISTCTL_ISSUER", format!("{url}/")));
}

#[test]
fn a_port_that_speaks_https_is_named_whatever_the_server_says_of_it() {
    let authority = Authority::new("authority");
    let issued = authority.issue("localhost");
    let files = folder(&[("cert.pem", &issued.pem), ("key.pem", &issued.key)]);
    let args =
        ["serve", "--demo", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let server = heistctl(args).in_folder(files.path()).serve();
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let (issuer, endpoint) =
        (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{port}/oauth/token"));
    for (flag, url, cause) in
        [("--issuer", &issuer, "speaks https on this port"), ("--token-url", &endpoint, "https")]
    {
        let cure = format!("{flag} {}", url.replace("http:", "https:"));
        Mistake { typed: &[flag, url], exit: 4, cause, cure: &cure }.is_explained(usage);
    }
    // A server that knows nothing but TLS closes the connection.
    let tls = Secured::serve(&issued, None, |_, _| token());
    let url = format!("http://127.0.0.1:{}/token", tls.port);
    let cure = format!("https://127.0.0.1:{}/token", tls.port);
    let ran = usage(&["--token-url", &url]).run();
    assert!(
        ran.code == 5 && ran.stderr.contains("does this port speak https?") && ran.stderr.contains(&cure),
        "{ran}"
    );
}

#[test]
fn an_endpoint_that_is_nearly_right_is_answered_with_the_right_one() {
    let server = issuer();
    let right = format!("--token-url {}", server.token_url());
    for path in ["/oauth/tokn", "/oauth/token/", "/token_endpoint", "/oauth2/token", "/health/x"] {
        let typed = format!("{}{path}", server.url());
        let mistake = Mistake { typed: &["--token-url", &typed], exit: 4, cause: "404", cure: &right };
        let ran = mistake.is_explained(usage);
        assert!(ran.stderr.lines().all(|line| line.len() < 250), "{ran}");
    }
    for path in ["", "/", "/health"] {
        let typed = format!("{}{path}", server.url());
        let mistake = Mistake { typed: &["--token-url", &typed], exit: 4, cause: "405", cure: "--issuer" };
        mistake.is_explained(usage);
    }
    let typo = Mistake {
        typed: &["--token-url", "https://as.exampel.invalid/t", "--timeout", "2s"],
        exit: 6,
        cause: "name is not known to DNS",
        cure: "\"as.exampel.invalid\" spelled right",
    };
    let ran = usage(typo.typed).run();
    // A machine without a network has no DNS that could say so.
    assert!(ran.code == 7 || typo.is_explained(usage).code == 6, "{ran}");
}

#[test]
fn a_variable_that_is_empty_is_named() {
    let server = demo();
    for (variable, cause, cure) in [
        ("HEISTCTL_CLIENT_ID", "no client id: HEISTCTL_CLIENT_ID is empty", "--client-id"),
        ("HEISTCTL_CLIENT_SECRET", "none given: HEISTCTL_CLIENT_SECRET is empty", "--client-secret-file"),
    ] {
        let mistake = Mistake { typed: &["token"], exit: 2, cause, cure };
        mistake.is_explained(|typed| server.client(typed).env(variable, ""));
    }
    let file = Mistake {
        typed: &["token", "--client-id", "a"],
        exit: 2,
        cause: "HEISTCTL_CLIENT_SECRET_FILE is empty",
        cure: "set",
    };
    file.is_explained(|typed| heistctl(typed).env("HEISTCTL_CLIENT_SECRET_FILE", ""));
    // Whatever listens on the default port, or does not: the default is told with its cause.
    let ran = heistctl(["token", "--no-cache"]).envs(&APP).env("HEISTCTL_TOKEN_URL", "").run();
    assert!(ran.stderr.contains("HEISTCTL_TOKEN_URL is empty") || ran.code == 0, "{ran}");
}

#[test]
fn what_a_client_may_not_have_is_answered_with_the_flag_and_the_command() {
    let server = issuer();
    let url = server.token_url();
    let at = |typed: &[&str]| usage(typed).env("HEISTCTL_TOKEN_URL", url);
    for (typed, cause, cure) in [
        (&["--scope", "b"][..], "it may have: a", "request scopes that it has: --scope a; or"),
        (&["--scope", "b"], "may not have scope b", "heistctl client set app --scope"),
        (
            &["--resource", "https://x"],
            "invalid_target",
            "add it to the client's audiences: heistctl client show app lists them",
        ),
        (&["--resource", "urn:x"], "urn:x", "another --resource"),
        (
            &["--audience", "https://x"],
            "invalid_target",
            "add it to the client's audiences: heistctl client show app lists them",
        ),
    ] {
        Mistake { typed, exit: 4, cause, cure }.is_explained(at);
    }
    let variable = Mistake { typed: &[], exit: 4, cause: "invalid_scope", cure: "HEISTCTL_SCOPE=a" };
    variable.is_explained(|typed| at(typed).env("HEISTCTL_SCOPE", "a,b"));
    let silent = Faults::serve(|_, _| Fault::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec()));
    let short = Mistake { typed: &["--timeout", "200ms"], exit: 7, cause: "no ", cure: "" };
    let ran = short.is_explained(|typed| usage(typed).env("HEISTCTL_TOKEN_URL", silent.token_url()));
    assert!(!ran.stderr.contains("global"), "{ran}");
}

#[test]
fn a_scope_that_the_resource_does_not_know_is_not_cured_at_the_client() {
    let toml = "listen = '127.0.0.1:0'\nstore = 'memory:'\n[[client]]\nid = 'app'\nsecret_env = 'APP_SECRET'\n\
                scopes = ['a', 'b']\naudiences = ['https://x']\n\
                [[resource]]\nid = 'https://x'\nscopes = ['a']\n";
    let folder = folder(&[("heist.toml", toml)]);
    let server = heistctl(["serve"]).in_folder(folder.path()).env("APP_SECRET", APP[1].1).serve();
    let mistake = Mistake {
        typed: &["--resource", "https://x", "--scope", "b"],
        exit: 4,
        cause: "the resource does not know scope b",
        cure: "request scopes of the resource with --scope",
    };
    let ran = mistake.is_explained(|typed| usage(typed).env("HEISTCTL_TOKEN_URL", server.token_url()));
    assert!(!ran.stderr.contains("client set"), "{ran}");
}

#[test]
fn what_is_revoked_and_is_no_token_is_told() {
    let server = demo();
    let files = folder(&[("token.txt", &server.token())]);
    let at = |typed: &[&str]| server.client(typed).in_folder(files.path());
    for (typed, exit, cause, cure) in [
        (&["token", "--revoke", "nonsense"][..], 0, "not a JWT", ""),
        (&["token", "--revoke", "nonsense"], 0, "inspect --introspect", ""),
        (&["token", "--revoke", "token.txt"], 2, "the name of a file", "--revoke - < token.txt"),
        (&["token", "--revoke", "@token.txt"], 2, "the name of a file", "--revoke - < token.txt"),
        (&["token", "--revoke", "./token.txt"], 2, "the name of a file", "--revoke - < ./token.txt"),
        (&["token", "--revoke", ""], 2, "--revoke has no token", "it takes a token"),
        (&["token", "--revoke", "two words"], 2, "--revoke has no token", "it takes a token"),
        (&["token", "--revoke"], 2, "no token in the cache", "--revoke -"),
    ] {
        Mistake { typed, exit, cause, cure }.is_explained(at);
    }
}

#[test]
fn verbose_begins_with_the_settings_also_of_a_request_that_fails() {
    let nobody = "http://127.0.0.1:1/oauth/token";
    let client =
        "note: client hacker-client (id from HEISTCTL_CLIENT_ID, secret from HEISTCTL_CLIENT_SECRET)";
    for (command, exit) in [("token", 6), ("call", 16)] {
        let ran =
            heistctl([command, "-v", "--no-cache", "--token-url", nobody]).envs(&HACKER).run().exits(exit);
        let lines: Vec<&str> = ran.stderr.lines().collect();
        let server = format!("note: token endpoint {nobody} (--token-url)");
        let request = format!("note: > POST {nobody}");
        assert_eq!(lines[..4], [server.as_str(), client, "note: cache off", request.as_str()], "{ran}");
    }
    let server = demo();
    let ran = server.client(&["call", "-v", "--no-cache"]).run().exits(0);
    let at = |start: &str| ran.stderr.lines().position(|line| line.starts_with(start)).expect(start);
    let order = ["note: token endpoint ", "note: > POST ", "note: the token is from http", "note: > GET "];
    assert!(order.map(at).is_sorted(), "{ran}");
}

#[test]
fn verbose_shows_requests_and_answers_without_credentials() {
    let server = demo();
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| server.client(args).env("HEISTCTL_CACHE_DIR", home.path().join("cache")).run();
    let first = run(&["token", "-v"]).exits(0);
    let token = first.stdout.trim();
    for part in [
        format!("note: > POST {}\n", server.token_url()),
        "note: > authorization: Basic (not shown)\n".to_owned(),
        "note: < 200 in ".to_owned(),
        "note: < content-type: application/json".to_owned(),
        format!("note: the token is from {}, valid for ", server.token_url()),
    ] {
        assert!(first.stderr.contains(&part), "lacks {part:?}: {first}");
    }
    let cached = run(&["token", "-v"]).exits(0);
    assert!(
        cached.stderr.contains("the token is from the cache, valid for ")
            && !cached.stderr.contains("> POST"),
        "{cached}"
    );
    let call = run(&["call", "-v", "-H", "X-Api-Key: hunter2"]).exits(0);
    for part in [
        "the token is from the cache, valid for ",
        "> GET http",
        "> authorization: Bearer (not shown)",
        "> x-api-key: (not shown)",
        "< 200 in ",
    ] {
        assert!(call.stderr.contains(part), "lacks {part:?}: {call}");
    }
    let wrong = server
        .client(&["token", "-v", "--no-cache"])
        .env("HEISTCTL_CLIENT_SECRET", "hunter2-hunter2-hunter2")
        .run();
    assert!(wrong.exits(4).stderr.contains("note: < 401 in "));
    for ran in [&first, &cached, &call] {
        let is_silent =
            [HACKER[1].1, token, "hunter2", "aGFja2Vy"].iter().all(|secret| !ran.stderr.contains(secret));
        assert!(is_silent, "{ran}");
    }
}
