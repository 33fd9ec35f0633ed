//! Mistakes with ids, secrets and profiles: what is pasted, quoted or not expanded, and what is typed at a
//! terminal.

use super::Mistake;
use super::token::{APP, issuer, usage};
use crate::support::faults::{Fault, Faults};
use crate::support::process::needs_program;
use crate::support::tls::Authority;
use crate::support::{binary, folder, heistctl, program, repository};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn an_id_that_came_with_something_unseen_is_shown_and_mended() {
    for (id, cause, cure) in [
        (
            "app\n",
            "from HEISTCTL_CLIENT_ID ends with a line end (U+000A): \"app\\n\"",
            "HEISTCTL_CLIENT_ID=app",
        ),
        ("app\r", "ends with a carriage return", "HEISTCTL_CLIENT_ID=app"),
        ("\u{feff}app", "begins with a byte order mark", "HEISTCTL_CLIENT_ID=app"),
        ("app\u{a0}", "ends with a no-break space", "HEISTCTL_CLIENT_ID=app"),
        ("\tapp", "begins with a tab", "HEISTCTL_CLIENT_ID=app"),
        ("\u{201c}app\u{201d}", "begins with the character (U+201C)", "HEISTCTL_CLIENT_ID=app"),
        ("a1B2c3D4e5F6g7H8i9J0k\n", "the client id from HEISTCTL_CLIENT_ID ends", "type it anew"),
    ] {
        let mistake = Mistake { typed: &[], exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| usage(typed).env("HEISTCTL_CLIENT_ID", id));
        assert!(!ran.stderr.contains("a1B2c3"), "{ran}");
    }
}

/// What is pasted in place of the secret alone, for which § stands, what it is called, and its cure.
const PASTED: [(&str, &str, &str); 24] = [
    ("\"§\"", "the secret from HEISTCTL_CLIENT_SECRET is in quotes", "take out the quotes"),
    ("'§'", "is in quotes", "--env-file"),
    ("\u{201c}§\u{201d}", "is in quotes", "take out the quotes"),
    ("§\n", "ends with a line end", "without that character"),
    ("§ ", "ends with a blank", "without that character"),
    ("\u{feff}§", "begins with a byte order mark", "without that character"),
    ("§\\n", "a backslash and a letter", "printf"),
    ("CLIENT_SECRET=§", "the name of a variable and =", "after the ="),
    ("export HEISTCTL_CLIENT_SECRET=§", "the name of a variable and =", "after the ="),
    ("$CLIENT_SECRET", "was not expanded", "sh"),
    ("${CLIENT_SECRET}", "was not expanded", "sh"),
    ("{{ client_secret }}", "was not expanded", "sh"),
    ("Bearer §", "is a token", "not a token"),
    ("Basic §", "is an Authorization header", "alone"),
    ("{\"client_secret\":\"§\"}", "is JSON", "jq -r"),
    ("op://vault/app/secret", "secret manager", "secret_command"),
    ("<client secret>", "is a placeholder", "in its place"),
    ("changeme", "is a placeholder", "in its place"),
    ("/run/secrets/app", "looks like a path", "HEISTCTL_CLIENT_SECRET_FILE"),
    ("@app.secret", "begins with @", "HEISTCTL_CLIENT_SECRET_FILE"),
    ("file:///run/secrets/app", "is a file: URL", "HEISTCTL_CLIENT_SECRET_FILE"),
    ("Cargo.toml", "is the name of a file", "--client-secret-file"),
    ("§\nother", "contains a line end", "without that character"),
    ("b'§'", "as Python writes bytes", "decode"),
];

#[test]
fn a_secret_that_was_pasted_wrong_is_named_with_its_kind_and_never_shown() {
    // A server that says no at once: heistctl serve throttles wrong secrets.
    let server = Faults::serve(|_, _| Fault::json(401, &json!({"error": "invalid_client"})));
    let at = |typed: &[&str]| usage(typed).env("HEISTCTL_TOKEN_URL", server.token_url());
    let secret = APP[1].1;
    for (pasted, cause, cure) in PASTED {
        let value = pasted.replace('§', secret);
        let mistake = Mistake { typed: &[], exit: 4, cause, cure };
        let ran = mistake.is_explained(|typed| at(typed).env("HEISTCTL_CLIENT_SECRET", &value));
        assert!(!ran.stderr.contains(secret), "{ran}");
    }
    let files = folder(&[("quoted", &format!("\"{secret}\"\n"))]);
    fs::set_permissions(files.path().join("quoted"), fs::Permissions::from_mode(0o600)).unwrap();
    let file = Mistake {
        typed: &["--client-secret-file", "quoted"],
        exit: 4,
        cause: "the secret from quoted is in quotes",
        cure: "take out",
    };
    file.is_explained(|typed| at(typed).in_folder(files.path()));
}

#[test]
fn a_secret_that_a_request_by_hand_damaged_is_told_by_the_server() {
    let server = issuer();
    let secret = APP[1].1;
    for (encoded, odd) in [
        (format!("{secret}%0A"), "ends with a line end (U+000A)"),
        (format!("{secret}%0D%0A"), "ends with a line end (U+000A)"),
        (format!("{secret}+"), "ends with a blank"),
        (format!("%EF%BB%BF{secret}"), "begins with a byte order mark (U+FEFF)"),
        (format!("%22{secret}%22"), "is in quotes"),
        (format!("'{secret}'"), "is in quotes"),
    ] {
        for id in ["app", "nobody"] {
            let body = format!("grant_type=client_credentials&client_id={id}&client_secret={encoded}");
            let form = [("Content-Type", "application/x-www-form-urlencoded")];
            let reply = server.request("POST", "/oauth/token", &form, &body);
            let told = format!("Invalid client credentials: the secret {odd}");
            assert_eq!((reply.status, &reply.json()["error_description"]), (401, &json!(told)));
        }
    }
    let (_, log) = server.stop();
    assert!(log.contains("wrong secret: what was sent ends with a line end (U+000A)"), "{log}");
    assert!(!log.contains(secret), "{log}");
}

/// Profiles that name files and commands as a shell would take them.
const PROFILES: &str = r#"
    [profile.tilde]
    client_secret_file = "~/x"
    [profile.variable]
    client_secret_file = "$HOME/x"
    [profile.command]
    secret_command = ["echo", "$HOME/x"]
    [profile.piped]
    secret_command = ["echo", "x", "|", "head"]
    [profile.word]
    secret_command = ["nosuchpass show app"]
    [profile.line]
    secret_command = ["cat ~/x"]
    [profile.key]
    client_key = "~/key.pem"
"#;

#[test]
fn a_profile_that_cannot_be_used_is_named_with_its_file() {
    let server = issuer();
    let home = tempfile::tempdir().unwrap();
    let at = |typed: &[&str]| {
        let run = heistctl(["token", "--no-cache"].iter().chain(typed)).env("XDG_CONFIG_HOME", home.path());
        run.env("HEISTCTL_TOKEN_URL", server.token_url()).env("HEISTCTL_CLIENT_ID", "app")
    };
    let profile = |name| ["--profile", name];
    let none = Mistake {
        typed: &profile("prod"),
        exit: 2,
        cause: "there is no ",
        cure: "write [profile.NAME] into ",
    };
    let ran = none.is_explained(at);
    assert!(ran.stderr.contains("heistctl/config.toml, and --profile names a profile"), "{ran}");
    let file = home.path().join("heistctl/config.toml");
    fs::create_dir(file.parent().unwrap()).unwrap();
    fs::write(&file, "").unwrap();
    Mistake { typed: &profile("prod"), exit: 2, cause: "has no profiles, and", cure: "[profile.NAME]" }
        .is_explained(at);
    fs::write(&file, PROFILES).unwrap();
    for (name, exit, cause, cure) in [
        ("tilde", 2, "client_secret_file of profile tilde: it has ~ in it", "HEISTCTL_CLIENT_SECRET"),
        (
            "variable",
            2,
            "client_secret_file of profile variable: it has the name of a variable",
            "HEISTCTL_CLIENT_SECRET",
        ),
        ("key", 2, "client_key of profile key: it has ~ in it", "--client-key -"),
        ("command", 4, "was not expanded", "secret_command = [\"sh\", \"-c\""),
        (
            "piped",
            4,
            "secret_command of profile piped has a | in its words",
            "secret_command = [\"sh\", \"-c\"",
        ),
        ("line", 2, "secret_command of profile line cannot run cat", "its first word is a program"),
        ("word", 2, "cannot run nosuchpass show app", "secret_command = [\"nosuchpass\", \"show\", \"app\"]"),
        ("prod", 2, "has no profile with the name from --profile", "the profiles are command, key, line"),
    ] {
        Mistake { typed: &profile(name), exit, cause, cure }.is_explained(at);
    }
}

#[test]
fn a_certificate_over_http_is_refused_before_anything_is_sent() {
    let server = issuer();
    let issued = Authority::new("authority").issue("localhost");
    let files = folder(&[("cert.pem", &issued.pem), ("key.pem", &issued.key)]);
    let shown = ["--client-id", "app", "--client-cert", "cert.pem", "--client-cert-key", "key.pem"];
    for (flag, url) in [("--token-url", server.token_url()), ("--issuer", server.url())] {
        let typed: Vec<&str> = [flag, url].into_iter().chain(shown).collect();
        let mistake = Mistake {
            typed: &typed,
            exit: 2,
            cause: "is plain http, and a client certificate (from cert.pem)",
            cure: "https://",
        };
        mistake.is_explained(|typed| {
            heistctl(["token", "--no-cache"].iter().chain(typed)).in_folder(files.path())
        });
    }
}

/// Runs a command with a terminal as stdin, types at it once it has asked, and gives what the terminal showed.
const TERMINAL: &str = r"
import os, pty, sys, time
typed, argv = sys.argv[1].encode().decode('unicode_escape').encode(), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(argv[0], argv)
shown = b''
while b': ' not in shown:
    shown += os.read(fd, 1024)
os.write(fd, typed)
try:
    while True:
        more = os.read(fd, 1024)
        if not more:
            break
        shown += more
except OSError:
    pass
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(status))
";

#[test]
fn a_secret_is_asked_for_at_a_terminal_without_echo() {
    if !needs_program("python3") {
        return;
    }
    let server = issuer();
    let binary = binary().display().to_string();
    let terminal = |typed: &str, args: &[&str]| {
        let all = ["-c", TERMINAL, typed, &binary].into_iter().chain(args.iter().copied());
        program("python3", all).env("HEISTCTL_TOKEN_URL", server.token_url()).run()
    };
    let secret = APP[1].1;
    let token = ["token", "--no-cache", "--client-id", "app", "--client-secret-file", "-"];
    for typed in [format!("{secret}\\n"), format!("{secret}x\\x7f\\r"), format!("wrong\\x15{secret}\\n")] {
        let ran = terminal(&typed, &token).exits(0);
        assert!(ran.stdout.starts_with("Client secret: ") && ran.stdout.contains("eyJ"), "{ran}");
        assert!(!ran.stdout.contains(secret), "{ran}");
    }
    let interrupted = terminal("hunter2\\x03", &token).exits(130);
    assert!(!interrupted.stdout.contains("hunter2"), "{interrupted}");
    let nothing = terminal("\\n", &token).exits(2);
    assert!(
        nothing.stdout.contains("nothing was typed") && nothing.stdout.contains("type the secret"),
        "{nothing}"
    );
    let hash = terminal(&format!("{secret}\\n"), &["client", "hash"]).exits(0);
    assert!(hash.stdout.contains("$argon2id$") && !hash.stdout.contains(secret), "{hash}");
    let store = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", store.path().join("heist.db").display());
    let add = ["client", "add", "x", "--secret-stdin", "--store", &store];
    let added = terminal(&format!("{secret}\\n"), &add).exits(0);
    assert!(added.stdout.starts_with("Secret: ") && !added.stdout.contains(secret), "{added}");
}

#[test]
fn a_key_in_the_place_of_a_secret_is_refused_before_anything_is_sent() {
    let file = repository().join("tests/fixtures/keys/p256-pkcs8.pem");
    let typed = ["--client-secret-file", file.to_str().unwrap(), "--token-url", "http://127.0.0.1:1/token"];
    let mistake = Mistake {
        typed: &typed,
        exit: 2,
        cause: "is a PEM, and a key is never an HMAC secret or a client secret",
        cure: "a private key goes into --client-key FILE",
    };
    mistake.is_explained(|typed| {
        heistctl(["token", "--no-cache"].iter().chain(typed)).env("HEISTCTL_CLIENT_ID", "app")
    });
}

#[test]
fn config_toml_with_another_form_is_answered_with_the_right_one() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("heistctl/config.toml");
    fs::create_dir(file.parent().unwrap()).unwrap();
    let command = "secret_command = [\"pass\", \"show\", \"app\"]";
    for (toml, cause, cure) in [
        ("[prod]\nclient_id = 'a'\n", ":1: unknown section [prod]", "write [profile.prod]"),
        ("[profiles.prod]\nclient_id = 'a'\n", ":1: unknown section [profiles]", "write [profile.NAME]"),
        ("issuer = 'https://x'\n", ":1: issuer is above", "below [profile.NAME]"),
        ("[profile.prod]\nsecret_command = 'pass show a'\n", ":2: secret_command is a list", command),
    ] {
        fs::write(&file, toml).unwrap();
        let at = |typed: &[&str]| usage(typed).env("XDG_CONFIG_HOME", home.path());
        Mistake { typed: &["--profile", "prod"], exit: 2, cause, cure }.is_explained(at);
    }
}
