//! Mistakes that come from the habits of other tools, of chats and of word processors: typographic dashes, flags
//! before the command, verbs before nouns, secrets where curl takes them. Hints are lines to paste.

use super::Mistake;
use super::usage::are_explained;
use crate::support::{demo, folder, heistctl};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;

#[test]
fn a_typographic_dash_or_quote_is_named_with_the_line_that_was_meant() {
    are_explained(&[
        (
            &["token", "–scope", "a:b"],
            "\"–scope\" has a typographic dash (U+2013)",
            "heistctl token --scope a:b",
        ),
        (
            &["token", "—scope", "a:b"],
            "\"—scope\" has a typographic dash (U+2014)",
            "heistctl token --scope a:b",
        ),
        (&["token", "−scope", "a:b"], "(U+2212)", "heistctl token --scope a:b"),
        (&["token", "–-scope", "a:b"], "(U+2013)", "heistctl token --scope a:b"),
        (&["token", "“--scope”", "a"], "has a typographic quote (U+201C)", "heistctl token --scope a"),
        (&["serve", "—demo"], "\"—demo\" has a typographic dash", "heistctl serve --demo"),
        (&["call", "–X", "POST", "http://x/"], "\"–X\"", "heistctl call -X POST http://x/"),
        (&["call", "–L"], "\"–L\" has a typographic dash", "heistctl call -L"),
        (&["inspect", "—json"], "\"—json\" has a typographic dash", "heistctl inspect --json"),
        (&["client", "add", "x", "—scope", "a:b"], "\"—scope\"", "heistctl client add x --scope a:b"),
    ]);
}

#[test]
fn a_flag_before_the_command_goes_after_it() {
    are_explained(&[
        (&["--scope", "x", "token"], "--scope is before the command", "heistctl token --scope x"),
        (&["--scope=x", "token"], "--scope is before the command", "heistctl token --scope=x"),
        (&["-v", "--scope", "x", "token"], "--scope is before the command", "heistctl token -v --scope x"),
        (&["--json", "client", "list"], "belongs after client list", "heistctl client list --json"),
        (&["--demo", "serve"], "--demo is before the command", "heistctl serve --demo"),
        (&["-X", "POST", "call", "http://x/"], "-X is before the command", "heistctl call -X POST http://x/"),
        (&["-o", "json", "token"], "-o is before the command", "heistctl token -o json"),
        (&["-k", "call", "http://x/"], "heistctl call has no -k", "--cacert ca.pem"),
        (&["--port", "80", "serve"], "heistctl serve has no --port", "--listen 127.0.0.1:80"),
        (&["--scope", "x"], "heistctl has no --scope", "heistctl token --scope x"),
    ]);
}

#[test]
fn words_in_another_order_or_form_keep_what_was_typed() {
    are_explained(&[
        (&["delete", "client", "x"], "no command \"delete\"", "heistctl client delete x"),
        (&["add", "client", "x"], "no command \"add\"", "heistctl client add x"),
        (&["describe", "client", "x"], "\"describe\"", "heistctl client show x"),
        (&["get", "client", "x", "-o", "yaml"], "\"get\"", "heistctl client show x"),
        (&["get", "clients"], "\"get\"", "heistctl client list"),
        (&["list", "clients"], "\"list\"", "hint: heistctl client list"),
        (&["list", "keys"], "\"list\"", "hint: heistctl key list"),
        (&["rotate", "secret", "x"], "\"rotate\"", "heistctl client rotate x"),
        (&["rotate", "keys"], "\"rotate\"", "hint: heistctl key rotate"),
        (&["get", "token"], "\"get\"", "hint: heistctl token"),
        (&["get", "http://x/"], "\"get\"", "heistctl call http://x/"),
        (&["curl", "-X", "POST", "http://x/"], "\"curl\"", "heistctl call -X POST http://x/"),
        (&["clients", "add", "x"], "\"clients\"", "heistctl client add x"),
        (&["add-client", "x"], "\"add-client\"", "heistctl client add x"),
        (&["client-list"], "\"client-list\"", "heistctl client list"),
        (&["client", "get", "x"], "\"get\"", "heistctl client show x"),
        (&["client", "get", "x", "--json"], "\"get\"", "heistctl client show x --json"),
        (&["client", "x", "show"], "\"x\"", "heistctl client show x"),
        (&["key", "get", "x"], "\"get\"", "hint: heistctl key list"),
        (&["key", "remove", "x"], "\"remove\"", "heistctl key retire x"),
        (&["login", "--client-id", "x"], "\"login\"", "heistctl token --client-id x"),
        (&["auth", "logout"], "\"auth\"", "heistctl token --revoke"),
        (&["auth", "status"], "\"auth\"", "heistctl token --check"),
        (&["secret", "get", "x"], "\"secret\"", "heistctl client show x"),
        (&["stop"], "\"stop\"", "SIGTERM"),
        (&["status"], "\"status\"", "hint: heistctl health"),
        (&["help", "cofnig"], "heistctl help has no topic \"cofnig\"", "heistctl help config"),
        (&["help", "env"], "\"env\"", "heistctl help environment"),
        (&["help", "exit"], "\"exit\"", "heistctl help exit-codes"),
        (&["man", "tokne"], "heistctl man has no page \"tokne\"", "heistctl man token"),
        (&["man", "config"], "\"config\"", "heistctl help config"),
        (&["man", "heistctl-client-add"], "\"heistctl-client-add\"", "heistctl man client add"),
        (&["man", "client", "ad"], "heistctl client has no command \"ad\"", "heistctl man client add"),
        (&["man", "token", "call"], "\"call\" is one argument too many", "heistctl man token"),
    ]);
}

#[test]
fn the_nearest_flag_is_named_and_its_value_kept() {
    are_explained(&[
        (&["token", "--client-secrt", "X"], "no --client-secrt", "HEISTCTL_CLIENT_SECRET: argv is public"),
        (&["token", "--client_secret_file", "X"], "no --client_secret_file", "write --client-secret-file"),
        (&["token", "--scop", "a:b"], "no --scop", "write --scope a:b"),
        (&["token", "--tiemout", "5s"], "no --tiemout", "write --timeout 5s"),
        (&["token", "--isuer", "http://x"], "no --isuer", "write --issuer http://x"),
        (&["token", "-format=json"], "no --format", "--output json"),
        (&["token", "--scope a:b"], "--scope and its value are one word", "--scope a:b"),
        (&["token", "--dpop", "true"], "\"true\" is not a value of --dpop", "write --dpop by itself"),
        (&["token", "scope=a:b"], "\"scope=…\" is a flag without its dashes", "--scope a:b"),
        (&["key", "rotate", "--store-key", "x"], "no --store-key", "HEISTCTL_STORE_KEY"),
        (&["key", "generate", "--alg", "rs256"], "no --alg", "--algorithm RS256"),
        (&["key", "generate", "--kty", "RSA"], "no --kty", "--algorithm RS256"),
        (&["key", "generate", "--algorithm", "RSA256"], "\"RSA256\"", "write RS256"),
        (&["key", "retire", "x", "--now"], "no --now", "hint: heistctl key rotate --now"),
        (&["client", "list", "--overlap", "1h"], "no --overlap", "heistctl client rotate --overlap 1h"),
        (&["call", "-n", "http://x/"], "no -n", "--repeat 100"),
        (&["call", "http://x/", "--output", "f"], "no --output", "-o FILE"),
        (&["call", "--aws-sigv4", "x", "http://x/"], "no --aws-sigv4", "curl -K <(heistctl token -o curl)"),
        (&["version", "--client"], "no --client", "heistctl test fault --client"),
        (&["version", "--wxyz"], "no --wxyz", "heistctl version -h"),
    ]);
}

#[test]
fn a_stray_word_is_shown_only_if_it_is_no_secret() {
    are_explained(&[
        (&["token", "tokne"], "\"tokne\" is another command", "heistctl token"),
        (&["token", "lookup"], "\"lookup\" is an extra argument", "heistctl token | heistctl inspect"),
        (&["token", "as.example.com"], "\"as.example.com\"", "--issuer https://as.example.com"),
        (&["serve", "8001"], "\"8001\" is an address", "heistctl serve --listen 127.0.0.1:8001"),
        (&["serve", "dmo"], "\"dmo\" is not a flag", "heistctl serve --demo"),
        (&["serve", "npm", "test"], "\"npm\" is before --", "heistctl serve -- npm test"),
        (&["inspect", "decode", "x"], "\"decode\" is not needed", "heistctl inspect < token.txt"),
        (&["call", "--json", "{}", "http://x/"], "--json takes no value", "call --json-body '{}' http://x/"),
        (&["call", "http://x/", "a=b"], "\"a=…\"", "--json-body '{\"a\":\"…\"}' http://x/"),
        (&["call", "http://x/", "X-Foo:bar"], "\"X-Foo:…\"", "-H 'X-Foo: VALUE' http://x/"),
    ]);
    for typed in [
        &["token", "hunter2"][..],
        &["serve", "hunter2"],
        &["serve", "hunter"],
        &["serve", "--demo", "hunter2", "x"],
        &["mint", "hunter2"],
        &["token", "app:hunter2"],
        &["token", "hacker-client:hunter2"],
        &["token", "client_secret=hunter2"],
        &["token", "-d", "client_id=a&client_secret=hunter2"],
        &["token", "--param", "client_secret=hunter2"],
        &["token", "--param", "client_secret: hunter2"],
        &["token", "--client-secrt=hunter2"],
        &["token", "--client-secret-fil", "hunter2"],
        &["token", "-secret", "hunter2"],
        &["--client-secret", "hunter2", "token"],
        &["--param", "client_secret=hunter2", "token"],
        &["login", "--client-id", "app:hunter2"],
        &["login", "hunter2"],
        &["curl", "-u", "app:hunter2", "http://x/"],
        &["curl", "hunter2"],
        &["call", "http://x/", "hunter2"],
        &["call", "http://x/", "password=hunter2"],
        &["call", "http://x/", "Authorization:hunter2"],
        &["decode", "hunter2"],
        &["inspect", "decode", "hunter2"],
        &["client", "hash", "hunter2"],
        &["client", "add", "x", "secret=hunter2"],
    ] {
        let ran = heistctl(typed).run().fails(2, &["error: ", "hint: "]);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}

/// `--client-id id:SECRET`, as curl's -u takes it.
#[test]
fn a_secret_in_a_client_id_is_refused_and_not_shown() {
    let cause = "error: client id: the client id from --client-id has a secret after its colon";
    let mistake = Mistake {
        typed: &["token", "--client-id", "app:hunter2"],
        exit: 2,
        cause,
        cure: "--client-id app, and --client-secret-file FILE",
    };
    let ran = mistake.is_explained(|typed| heistctl(typed));
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
    let by_variable = Mistake {
        typed: &["token"],
        cause: "the client id from HEISTCTL_CLIENT_ID has a secret",
        cure: "HEISTCTL_CLIENT_ID=app",
        ..mistake
    };
    let ran = by_variable
        .is_explained(|typed| heistctl(typed).env("HEISTCTL_CLIENT_ID", "app:a1B2c3D4e5F6g7H8i9J0"));
    assert!(!ran.stderr.contains("a1B2"), "{ran}");
    // Beside a secret, an id may have a colon, unless a credential follows.
    let with_secret = |id: &str| {
        heistctl(["token", "--no-cache", "--token-url", "http://127.0.0.1:9/t", "--client-id", id])
            .env("HEISTCTL_CLIENT_SECRET", "a-secret")
            .run()
    };
    with_secret("app:a1B2c3D4e5F6g7H8i9J0").fails(2, &["has a secret after its colon"]);
    for id in ["team:app", "urn:example:app", "https://app.example.com"] {
        with_secret(id).exits(6);
    }
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("heistctl")).unwrap();
    let profile = "[profile.p]\nclient_id = \"app:hunter2\"\n";
    fs::write(home.path().join("heistctl/config.toml"), profile).unwrap();
    let ran = heistctl(["token", "--profile", "p"]).env("XDG_CONFIG_HOME", home.path()).run();
    let ran = ran.fails(2, &["has a secret after its colon", "profile"]);
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
}

/// The server has to log the clients that it refuses. A secret in the id's place is masked.
#[test]
fn a_secret_in_a_client_id_is_not_logged() {
    const SECRET: &str = "a1B2c3D4e5F6g7H8i9J0";
    let toml =
        "listen = '127.0.0.1:0'\naudit_log = 'audit.jsonl'\n[[client]]\nid = 'app'\nsecret_file = 's'\n";
    let home = folder(&[("heist.toml", toml), ("s", "hunter2-secret\n")]);
    let mut server =
        heistctl(["serve", "-v"]).in_folder(home.path()).env("HEISTCTL_STORE", "memory:").serve();
    let log = server.errors();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let grant = "grant_type=client_credentials";
    let basic = format!("Basic {}", STANDARD.encode(format!("app%3A{SECRET}:x")));
    let body = format!("{grant}&client_id=app:{SECRET}&client_secret=x");
    let answers = [
        server.request("POST", "/oauth/token", &[form], &body),
        server.request("POST", "/oauth/token", &[form, ("Authorization", &basic)], grant),
        server.request("POST", "/oauth/token", &[form], &format!("{grant}&client_id={SECRET}")),
        server.request(
            "POST",
            "/oauth/token",
            &[form],
            &format!("{grant}&client_id=app&client_secret=wrong"),
        ),
    ];
    for answer in &answers {
        assert!(answer.status >= 400 && !answer.body.contains(SECRET), "{}", answer.body);
    }
    let (_, out) = server.stop();
    let audit = fs::read_to_string(home.path().join("audit.jsonl")).unwrap();
    for text in [log(), out, audit.clone()] {
        assert!(!text.contains(SECRET), "{text}");
    }
    assert!(
        audit.contains("\"client_id\":\"app:(not shown)\"") && audit.contains("\"client_id\":\"app\""),
        "{audit}"
    );
}

#[test]
fn a_time_limit_of_nothing_and_a_wrong_variable_are_explained() {
    are_explained(&[
        (&["token", "--timeout", "0"], "--timeout: \"0\" is not a time limit", "write 30s"),
        (&["token", "--timeout", "-5"], "--timeout: \"-5\" is not a duration, it is negative", "write 5"),
        (&["token", "--timeout", "1.5"], "--timeout: \"1.5\" is not a duration", "write 1.5s"),
        (&["token", "--timeout", "30s,"], "--timeout: \"30s,\"", "write 30s"),
    ]);
    let server = demo();
    for (value, cause, cure) in [
        ("abc", "HEISTCTL_TIMEOUT: \"abc\" is not a duration", "30s, 5m or 1h 30m"),
        ("0", "HEISTCTL_TIMEOUT: \"0\" is not a time limit", "write 30s"),
        ("5M", "HEISTCTL_TIMEOUT: \"5M\" is not clear", "write 5m"),
        ("1h30", "HEISTCTL_TIMEOUT: \"1h30\" is not a duration", "write 1h 30m"),
    ] {
        let mistake = Mistake { typed: &["token", "--no-cache"], exit: 2, cause, cure };
        mistake.is_explained(|typed| server.client(typed).env("HEISTCTL_TIMEOUT", value));
    }
    for (typed, cause, cure) in [
        ("client_secret=x", "the parameter client_secret has its own flag", "--client-secret-file FILE"),
        ("client_id=app", "the parameter client_id has its own flag", "--client-id app"),
        ("tenant", "--param: \"tenant\" has no =", "--param tenant=VALUE"),
        ("=x", "there is no name before =", "--param NAME=VALUE"),
    ] {
        let mistake = Mistake { typed: &["token", "--param", typed], exit: 2, cause, cure };
        mistake.is_explained(|typed| server.client(typed));
    }
}
