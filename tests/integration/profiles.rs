//! Profiles and secret commands: what comes before what, what is said of secrets that others may read,
//! and what a secret manager may do wrong.

use crate::support::faults::{Asked, Fault, Faults, LATE};
use crate::support::keys::Key;
use crate::support::{HACKER, Heistctl, folder, heistctl};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread::sleep;

/// A configuration, and commands that find it.
struct Configured(tempfile::TempDir);

impl Configured {
    fn with(toml: &str) -> Self {
        let folder = folder(&[("other.secret", "of-other-file"), ("flag.secret", "of-flag\n")]);
        fs::create_dir(folder.path().join("heistctl")).unwrap();
        let configured = Self(folder);
        configured.write("heistctl/config.toml", toml, 0o600);
        configured
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    }

    fn token(&self, args: &[&str]) -> Heistctl {
        let token = heistctl(["token"].iter().chain(args));
        token.env("XDG_CONFIG_HOME", self.0.path()).in_folder(self.0.path())
    }
}

/// A server of tokens, and the form and header of what it was asked last.
fn asked(server: &Faults) -> String {
    let Asked { head, body } = server.asked().pop().expect("it was asked");
    format!("{head}\n{body}")
}

fn tokens() -> Faults {
    Faults::serve(|_, _| Fault::token("t", 60))
}

#[test]
fn a_flag_comes_before_a_variable_before_a_profile_before_the_default() {
    let server = tokens();
    let base = format!("[profile.a]\ntoken_url = '{}'\nclient_id = 'me'\n", server.token_url());
    let secret = "client_secret_file = 'secret'\nauth_method = 'client_secret_post'\n";
    // What is asked for: by the profile, by a variable, by a flag.
    type Row<'a> = (&'a str, &'a str, Option<(&'a str, &'a str)>, &'a str, &'a [&'a str], &'a str);
    let rows: [Row; 8] = [
        (
            "",
            "client_id=me&",
            Some(("HEISTCTL_CLIENT_ID", "env")),
            "client_id=env&",
            &["--client-id", "flag"],
            "client_id=flag&",
        ),
        (
            "",
            "secret=of-profile",
            Some(("HEISTCTL_CLIENT_SECRET", "of-env")),
            "secret=of-env",
            &["--client-secret-file", "flag.secret"],
            "secret=of-flag",
        ),
        (
            "",
            "secret=of-profile",
            Some(("HEISTCTL_CLIENT_SECRET_FILE", "other.secret")),
            "secret=of-other-file",
            &["--client-secret-file", "flag.secret"],
            "secret=of-flag",
        ),
        (
            "scope = ['b', 'a']\n",
            "scope=a+b",
            Some(("HEISTCTL_SCOPE", "c,d")),
            "scope=c+d",
            &["--scope", "e"],
            "scope=e",
        ),
        (
            "resource = ['https://a', 'https://b']\n",
            "resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb",
            Some(("HEISTCTL_RESOURCE", "https://c https://d")),
            "resource=https%3A%2F%2Fc&resource=https%3A%2F%2Fd",
            &["--resource", "https://e"],
            "resource=https%3A%2F%2Fe",
        ),
        ("audience = 'a'\n", "audience=a", None, "audience=a", &["--audience", "b"], "audience=b"),
        (
            "params = { tenant = 'a', x = 'y' }\n",
            "tenant=a&x=y",
            None,
            "tenant=a&x=y",
            &["--param", "tenant=b"],
            "x=y&tenant=b",
        ),
        (
            "",
            "client_secret=",
            None,
            "client_secret=",
            &["--auth-method", "client_secret_basic"],
            "Basic bWU6b2YtcHJvZmlsZQ==",
        ),
    ];
    for (line, of_profile, variable, of_variable, flags, of_flag) in rows {
        let configured = Configured::with(&format!("{base}{secret}{line}"));
        configured.write("heistctl/secret", "of-profile\n", 0o600);
        let run = |args: &[&str], variable: Option<(&str, &str)>| {
            let profile = configured.token(args).env("HEISTCTL_PROFILE", "a");
            profile.envs(variable.as_slice()).run().exits(0);
            asked(&server)
        };
        for (found, expected) in
            [(run(&[], None), of_profile), (run(&[], variable), of_variable), (run(flags, variable), of_flag)]
        {
            assert!(found.contains(expected), "{line} {flags:?}: {found} lacks {expected}");
        }
    }
}

#[test]
fn who_is_asked_is_settled_in_the_same_order() {
    let (by_flag, by_variable, by_profile) = (tokens(), tokens(), tokens());
    let configured = Configured::with(&format!("[profile.a]\ntoken_url = '{}'\n", by_profile.token_url()));
    let run = |args: &[&str]| configured.token(&[&["--profile", "a"], args].concat()).envs(&HACKER);
    run(&[]).run().exits(0);
    run(&[]).env("HEISTCTL_TOKEN_URL", by_variable.token_url()).run().exits(0);
    let flag = ["--token-url", &by_flag.token_url()];
    run(&flag).env("HEISTCTL_TOKEN_URL", by_variable.token_url()).run().exits(0);
    let counts = [&by_profile, &by_variable, &by_flag].map(|server| server.asked().len());
    assert_eq!(counts, [1, 1, 1]);
    // An issuer of a nearer place comes before a token endpoint of one that is farther.
    let nobody = "http://127.0.0.1:1";
    run(&["--issuer", nobody])
        .env("HEISTCTL_TOKEN_URL", by_variable.token_url())
        .run()
        .fails(6, &["--issuer"]);
    run(&[]).env("HEISTCTL_ISSUER", nobody).run().fails(6, &["(HEISTCTL_ISSUER)", "well-known"]);
    let details = run(&["-v"]).run().exits(0).stderr;
    for part in
        ["(profile a)", "id from HEISTCTL_CLIENT_ID", "secret from HEISTCTL_CLIENT_SECRET", "cache off"]
    {
        assert!(details.contains(part), "{details}");
    }
}

#[test]
fn time_and_plain_http_are_settled_in_the_same_order() {
    // Whoever waited longer than the half of a second would have a token, or wait for ten minutes.
    let silent = Faults::serve(|_, _| {
        sleep(LATE);
        Fault::token("late", 60)
    });
    let url = silent.token_url();
    let configured = |line: &str| Configured::with(&format!("[profile.a]\n{line}\n"));
    for (line, variable, flags) in [
        ("timeout = '500ms'", "", &[][..]),
        ("timeout = '10m'", "500ms", &[]),
        ("timeout = '10m'", "10m", &["--timeout", "500ms"]),
    ] {
        let args = [&["--profile", "a", "--token-url", &url], flags].concat();
        let run = configured(line).token(&args).envs(&HACKER).env("HEISTCTL_TIMEOUT", variable).run();
        run.fails(7, &["in time"]);
    }
    for (line, flags, code) in [
        ("insecure_http = false", &[][..], 2),
        ("insecure_http = true", &[], 6),
        ("insecure_http = false", &["--insecure-http"], 6),
    ] {
        let args = [&["--profile", "a", "--token-url", "http://as.example.com/"], flags].concat();
        let run = configured(line).token(&args).envs(&HACKER).env("http_proxy", "http://127.0.0.1:1").run();
        run.fails(code, &["http://as.example.com/"][..usize::from(code == 6)]);
    }
}

#[test]
fn of_a_secret_and_a_key_that_counts_which_is_nearer() {
    let server = tokens();
    let key = Key::for_alg("ES256").private_pem();
    let head = format!("[profile.a]\ntoken_url = '{}'\nclient_id = 'me'\n", server.token_url());
    let both = format!("{head}client_key = 'key.pem'\nclient_secret_file = 'secret'\n");
    let secret = format!("{head}client_secret_file = 'secret'\n");
    for (toml, args, variable, expected) in [
        (&both, &[][..], None, "client_assertion="),
        (&both, &["--auth-method", "client_secret_basic"], None, "Basic bWU6b2YtcHJvZmlsZQ=="),
        (&both, &[], Some("of-env"), "Basic bWU6b2YtZW52"),
        (&both, &["--auth-method", "private_key_jwt"], Some("of-env"), "client_assertion="),
        (&both, &["--client-secret-file", "flag.secret"], Some("of-env"), "Basic bWU6b2YtZmxhZw=="),
        (&secret, &["--client-key", "heistctl/key.pem"], Some("of-env"), "client_assertion="),
        (&secret, &[], None, "Basic bWU6b2YtcHJvZmlsZQ=="),
    ] {
        let configured = Configured::with(toml);
        configured.write("heistctl/key.pem", &key, 0o600);
        configured.write("heistctl/secret", "of-profile", 0o600);
        let variable = variable.map(|value| ("HEISTCTL_CLIENT_SECRET", value));
        let run = configured.token(&[&["--profile", "a"], args].concat()).envs(variable.as_slice());
        run.run().exits(0);
        let asked = asked(&server);
        let proofs = ["Basic ", "client_assertion="].map(|proof| asked.matches(proof).count());
        assert!(asked.contains(expected) && proofs.iter().sum::<usize>() == 1, "{args:?}: {asked}");
    }
    let configured = Configured::with(&format!("{head}auth_method = 'private_key_jwt'\n"));
    let needs = configured.token(&["--profile", "a"]).envs(&HACKER).run();
    needs.fails(2, &["private_key_jwt (from profile a) needs a private key", "--client-key FILE"]);
    let needs = configured.token(&["--profile", "a", "--auth-method", "tls_client_auth"]).run();
    needs.fails(2, &["tls_client_auth (from --auth-method) needs a certificate"]);
}

#[test]
fn a_secret_command_prints_the_secret() {
    let server = tokens();
    let configured = |command: &str| {
        let head = format!("[profile.a]\ntoken_url = '{}'\nclient_id = 'me'\n", server.token_url());
        let more = "auth_method = 'client_secret_post'\n";
        Configured::with(&format!("{head}{more}secret_command = {command}\n"))
    };
    let run =
        |command: &str, args: &[&str]| configured(command).token(&[&["--profile", "a"], args].concat()).run();
    for (command, secret) in [
        (r#"["echo", "from a manager"]"#, "client_secret=from+a+manager"),
        // No shell sees it.
        (r#"["printf", "%s", "$HOME;id"]"#, "client_secret=%24HOME%3Bid"),
        (r#"["sh", "-c", "echo chatter >&2; echo s3cret"]"#, "client_secret=s3cret"),
    ] {
        let ran = run(command, &[]).exits(0);
        assert!(asked(&server).ends_with(secret) && ran.stderr.is_empty(), "{ran}\n{}", asked(&server));
    }
    let before = server.asked().len();
    for (command, code, part) in [
        ("[]", 2, "secret_command of profile a is empty"),
        (r#"["/nowhere/manager"]"#, 2, "cannot run /nowhere/manager"),
        (r#"["sh", "-c", "echo hunter2; echo hunter2 >&2; exit 3"]"#, 2, "failed (exit status: 3)"),
        (r#"["true"]"#, 2, "prints nothing"),
        (r#"["yes", "hunter2"]"#, 2, "prints too much"),
        (r#"["sh", "-c", "yes hunter2 | head -c 100000"]"#, 2, "longer than 4096 bytes"),
        (r#"["sh", "-c", "echo hunter2; sleep 20 & exit 0"]"#, 2, "keeps its output open"),
        (r#"["sh", "-c", "echo hunter2; exec sleep 20"]"#, 7, "timed out"),
    ] {
        let ran =
            run(command, &["--timeout", "2"]).fails(code, &["client secret: ", part, "profile a", "hint:"]);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    assert_eq!(server.asked().len(), before);
    // It is not run where the secret is known.
    let marked = configured(r#"["touch", "ran"]"#);
    marked.token(&["--profile", "a"]).envs(&HACKER[1..]).run().exits(0);
    assert!(!marked.0.path().join("ran").exists());
    let both = Configured::with("[profile.a]\nclient_id='a'\nclient_secret_file='x'\nsecret_command=['x']\n");
    both.token(&["--profile", "a"]).run().fails(2, &["profile a has client_secret_file and secret_command"]);
}

#[test]
fn a_secret_that_others_may_read_is_said_wherever_its_file_was_named() {
    let server = tokens();
    let url = server.token_url();
    let key = Key::for_alg("ES256").private_pem();
    let toml = "[profile.file]\nclient_secret_file = 'secret'\n[profile.key]\nclient_key = 'key.pem'\n";
    let configured = Configured::with(toml);
    let names = ["heistctl/secret", "heistctl/key.pem"];
    let set =
        |mode| names.map(|name| configured.write(name, if name.ends_with("pem") { &key } else { "s" }, mode));
    let run = |args: &[&str], variables: &[(&str, &str)]| {
        let run = configured.token(&[&["--token-url", &url, "--client-id", "me"], args].concat());
        run.envs(variables).env("HEISTCTL_CACHE_DIR", configured.0.path().join("cache")).run()
    };
    for mode in [0o600, 0o640, 0o604] {
        let [secret, pem] = set(mode);
        let by_variable = [("HEISTCTL_CLIENT_SECRET_FILE", secret.as_str())];
        for (args, variables, path) in [
            (&["--client-secret-file", &secret][..], &[][..], &secret),
            (&[], &by_variable, &secret),
            (&["--client-key", &pem], &[], &pem),
            (&["--profile", "file"], &[], &secret),
            (&["--profile", "key"], &[], &pem),
            (&["--client-secret-file", &secret, "--check"], &[], &secret),
        ] {
            let ran = run(args, variables);
            let warning = format!("note: {path} contains a secret, and others may read it: chmod 600 {path}");
            assert_eq!(ran.stderr.contains(&warning), mode != 0o600, "{mode:o} {ran}");
            assert!(!run(&[args, &["-q"]].concat(), variables).stderr.contains("note"));
        }
    }
    let dpop = Faults::serve(|_, _| Fault::json(200, &json!({"access_token": "t", "token_type": "DPoP"})));
    let [_, pem] = set(0o644);
    let ran = configured.token(&["--token-url", &dpop.token_url(), "--dpop-key", &pem]).envs(&HACKER).run();
    assert!(ran.exits(0).stderr.contains(&format!("chmod 600 {pem}")));
    // A pipe is nobody else's.
    let piped =
        configured.token(&["--token-url", &url, "--client-id", "me", "--client-secret-file", "/dev/stdin"]);
    assert_eq!(piped.stdin("s").run().exits(0).stderr, "");
}

#[test]
fn a_path_that_leads_nowhere_is_told_with_who_gave_it() {
    let toml = "[profile.a]\nclient_id = 'me'\nclient_secret_file = 'gone'\n[profile.b]\ncacert = 'gone'\n";
    let configured = Configured::with(toml);
    let gone = configured.0.path().join("heistctl/gone").display().to_string();
    let run = |args: &[&str]| configured.token(args);
    let secret = run(&["--profile", "a"]).run();
    let secret = secret.fails(2, &["no file at the path from client_secret_file of profile a"]);
    assert!(!secret.stderr.contains(&gone), "{secret}");
    run(&["--profile", "b"])
        .envs(&HACKER)
        .run()
        .fails(2, &["certificates: ", &gone, "from cacert of profile b"]);
    run(&["--cacert", "x"]).envs(&HACKER).run().fails(2, &["certificates: ", "from --cacert"]);
    run(&[]).envs(&HACKER).env("SSL_CERT_FILE", "x").run().fails(2, &["from SSL_CERT_FILE"]);
    run(&["--client-key", "x"]).envs(&HACKER).run().fails(2, &["client key: ", "from --client-key"]);
    run(&["--dpop-key", "x"]).envs(&HACKER).run().fails(2, &["DPoP key: ", "from --dpop-key"]);
    let secret = run(&["--client-id", "a"]).env("HEISTCTL_CLIENT_SECRET_FILE", "x").run();
    secret.fails(2, &["client secret: ", "no file at the path from HEISTCTL_CLIENT_SECRET_FILE"]);
    let [key, other] = ["--client-key", "--dpop-key"];
    let twice =
        run(&["--client-id", "a", key, "-", other, "-"]).stdin(Key::for_alg("ES256").private_pem()).run();
    twice.fails(2, &["stdin has already been read"]);
}

#[test]
fn profiles_are_listed_and_what_is_wrong_with_them_is_said() {
    let configured = Configured::with(
        "[profile.b]\nclient_id = 'me'\nissuer = 'https://as'\n[profile.\"a\\u001b\"]\ntoken_url = 'https://t'\n",
    );
    let listed = configured.token(&["--list-profiles"]).run().exits(0);
    assert_eq!(
        (listed.stdout.as_str(), listed.stderr.as_str()),
        ("a\\u{001b}  -  https://t\nb  me  https://as\n", "")
    );
    let json = configured.token(&["--list-profiles", "--json"]).run().exits(0).json();
    let expected = json!({"name": "b", "client_id": "me", "issuer": "https://as", "token_url": null});
    assert_eq!(json["profiles"][1], expected);
    let none = folder(&[]);
    let at = |args: &[&str], home: &Path| heistctl(["token"].iter().chain(args)).env("HOME", home).run();
    let listed = at(&["--list-profiles"], none.path()).exits(0);
    assert!(
        listed.stdout.is_empty() && listed.stderr.contains(".config/heistctl/config.toml has none"),
        "{listed}"
    );
    assert_eq!(at(&["--list-profiles", "--json"], none.path()).exits(0).json(), json!({"profiles": []}));
    let homeless = heistctl(["token", "--list-profiles"]).run().exits(0);
    assert!(homeless.stderr.contains("HOME is not set"), "{homeless}");
    heistctl(["token", "--profile", "a"])
        .run()
        .fails(2, &["no folder for the profile from --profile: HOME is not set"]);
    at(&["--profile", "a"], none.path()).fails(2, &["there is no ", "[profile.NAME]"]);
    let other = configured.token(&[]).env("HEISTCTL_PROFILE", "c").run();
    other.fails(2, &["no profile with the name from HEISTCTL_PROFILE", "hint: the profiles are ", ", b"]);
    for (toml, parts) in [
        ("[profile.a]\nclient_secret = 'hunter2'\n", &["config.toml:2: unknown key \"client_secret\""][..]),
        ("[profile.a]\nscopes = ['x']\n", &["config.toml:2", "did you mean scope?"]),
        (
            "[profile.a]\ntimeout = 5\n",
            &["config.toml:2: timeout is a duration with its unit, in quotes", "timeout = \"5s\""],
        ),
        ("[profile.a]\ntimeout = 'hunter2'\n", &["profile a", "30s"]),
        ("profile\n", &["config.toml:1"]),
        ("[profile.a]\nparams = { scope = 'x' }\n", &["parameter scope has its own flag"]),
    ] {
        let configured = Configured::with(toml);
        let ran = configured.token(&["--profile", "a"]).envs(&HACKER).run().fails(2, parts);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    let folder_in_place = folder(&[]);
    fs::create_dir_all(folder_in_place.path().join(".config/heistctl/config.toml")).unwrap();
    at(&["--list-profiles"], folder_in_place.path()).fails(2, &["profile: cannot read"]);
}
