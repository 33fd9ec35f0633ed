//! Mistakes with words and values: commands that do not exist, words in the wrong place, values that a
//! flag does not take.

use super::Mistake;
use crate::support::heistctl;

/// What is typed, a part of the first line, a part of the hint.
pub(super) type Row = (&'static [&'static str], &'static str, &'static str);

#[track_caller]
pub(super) fn are_explained(rows: &[Row]) {
    for (typed, cause, cure) in rows {
        let mistake = Mistake { typed, exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| heistctl(typed));
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("error: usage: "), "{ran}");
        assert!(!ran.stderr.contains("-- --") && !ran.stderr.contains("tip:"), "{ran}");
    }
}

#[test]
fn a_word_that_is_no_command_names_the_one_that_is_meant() {
    are_explained(&[
        (&["server"], "no command \"server\"", "hint: heistctl serve"),
        (&["start"], "\"start\"", "hint: heistctl serve"),
        (&["run", "--demo"], "\"run\"", "hint: heistctl serve"),
        (&["serv"], "\"serv\"", "hint: heistctl serve"),
        (&["SERVE"], "\"SERVE\"", "hint: heistctl serve"),
        (&["demo"], "\"demo\"", "hint: heistctl serve --demo"),
        (&["check"], "\"check\"", "hint: heistctl serve --check"),
        (&["login"], "no command \"login\"", "hint: heistctl token"),
        (&["auth"], "\"auth\"", "hint: heistctl token"),
        (&["get-token"], "\"get-token\"", "hint: heistctl token"),
        (&["Token"], "\"Token\"", "hint: heistctl token"),
        (&["tokne"], "\"tokne\"", "hint: heistctl token"),
        (&["refresh"], "\"refresh\"", "hint: heistctl token --refresh"),
        (&["logout"], "\"logout\"", "hint: heistctl token --revoke"),
        (&["revoke"], "\"revoke\"", "hint: heistctl token --revoke"),
        (&["profiles"], "\"profiles\"", "hint: heistctl token --list-profiles"),
        (&["get"], "\"get\"", "heistctl call"),
        (&["GET", "http://x/"], "\"GET\"", "heistctl call"),
        (&["POST", "http://x/"], "\"POST\"", "hint: heistctl call -X POST"),
        (&["curl"], "\"curl\"", "hint: heistctl call"),
        (&["request"], "\"request\"", "hint: heistctl call"),
        (
            &["https://api.example.com/x"],
            "\"https://api.example.com/x\"",
            "heistctl call https://api.example.com/x",
        ),
        (&["jwt"], "\"jwt\"", "hint: heistctl inspect"),
        (&["decode", "x"], "\"decode\"", "hint: heistctl inspect"),
        (&["verify"], "\"verify\"", "hint: heistctl inspect"),
        (&["introspect"], "\"introspect\"", "hint: heistctl inspect --introspect"),
        (&["clients"], "\"clients\"", "hint: heistctl client"),
        (&["clients", "list"], "no command \"clients\"", "hint: heistctl client list"),
        (&["user", "add"], "\"user\"", "hint: heistctl client add"),
        (&["keys", "rotate"], "\"keys\"", "hint: heistctl key rotate"),
        (&["add"], "\"add\"", "heistctl client add"),
        (&["rotate"], "\"rotate\"", "heistctl client rotate, or heistctl key rotate"),
        (&["completion", "bash"], "\"completion\"", "hint: heistctl completions"),
        (&["frobnicate"], "\"frobnicate\"", "the commands are serve, token, call"),
        (&["help", "frobnicate"], "\"frobnicate\"", "the commands are serve, token, call"),
        (&["client", "new", "a"], "heistctl client has no command \"new\"", "heistctl client add"),
        (&["client", "get", "a"], "\"get\"", "heistctl client show"),
        (&["client", "edit", "a"], "\"edit\"", "heistctl client set"),
        (&["client", "unregister", "a"], "\"unregister\"", "heistctl client remove"),
        (&["client", "reset-secret", "a"], "\"reset-secret\"", "heistctl client rotate"),
        (&["client", "block", "a"], "\"block\"", "heistctl client disable"),
        (&["client", "lst"], "\"lst\"", "heistctl client list"),
        (&["key", "new"], "heistctl key has no command \"new\"", "heistctl key generate"),
        (&["key", "revoke", "a"], "\"revoke\"", "heistctl key retire"),
        (&["key", "update"], "\"update\"", "heistctl key rotate"),
        (&["key", "show"], "\"show\"", "heistctl key list"),
        (&["-v"], "heistctl needs a command: serve, token", "heistctl -h"),
        (&["client", "--json"], "heistctl client needs a command: add", "heistctl client -h"),
        (&["key", "-q"], "heistctl key needs a command: list", "heistctl key -h"),
    ]);
}

#[test]
fn a_word_in_the_wrong_place_is_named_with_its_place() {
    are_explained(&[
        (&["serve", "demo"], "\"demo\" is a flag without its dashes", "hint: heistctl serve --demo"),
        (&["serve", "check"], "\"check\" is a flag", "heistctl serve --check"),
        (&["token", "refresh"], "\"refresh\" is a flag", "heistctl token --refresh"),
        (&["inspect", "t", "redact"], "", "heistctl inspect --redact"),
        (&["serve", "--demo", "sh", "-c", "x"], "\"sh\" is before --", "heistctl serve --demo -- sh"),
        (&["serve", "./test.sh"], "\"./test.sh\" is before --", "heistctl serve -- ./test.sh"),
        (&["serve", "heist.toml"], "\"heist.toml\"", "--config heist.toml"),
        (&["token", "--scope", "a,b", "c"], "\"c\" is not part of the value of --scope", "--scope 'a,b c'"),
        (&["token", "--scope=a", "b", "c"], "\"b\"", "--scope 'a b c'"),
        (&["client", "add", "x", "--scope", "a,b", "c"], "\"c\"", "--scope 'a,b c'"),
        (&["client", "set", "x", "--audience", "u", "v"], "\"v\"", "--audience 'u v'"),
        (&["call", "http://x/", "--scope", "a", "b"], "\"b\"", "--scope 'a b'"),
        (
            &["call", "http://x/", "-H", "Accept:", "text/plain"],
            "may be a secret",
            "quote the whole value of -H",
        ),
        (&["token", "simulation:read"], "\"simulation:read\"", "--scope simulation:read"),
        (
            &["token", "https://as.example.com"],
            "\"https://as.example.com\"",
            "--issuer https://as.example.com",
        ),
        (&["token", "help"], "\"help\"", "heistctl token --help"),
        (&["client", "add", "a", "help"], "\"help\"", "heistctl client add --help"),
        (&["call", "GET", "http://x/"], "\"GET\" is a method", "heistctl call -X GET"),
        (&["call", "http://x/", "post"], "\"post\" is a method", "heistctl call -X POST"),
        (&["call", "http://x/", "http://y/"], "\"http://y/\" is a second URL", "quote"),
        (&["call", "simulation:read"], "\"simulation:read\" is not a URL", "--scope simulation:read"),
        (&["call", "a:b,c:d"], "\"a:b,c:d\" is not a URL", "--scope a:b,c:d"),
        (&["call", "DELETE"], "\"DELETE\" is a method", "-X DELETE"),
        (&["call", "--json", "{\"a\":1}"], "{\"a\":1}\" is JSON", "--json-body"),
        (&["call", "[1,2]"], "[1,2]\" is JSON", "--json-body"),
        (&["call", "--json", "http://x/"], "--repeat", "--json-body"),
        (&["inspect", "a", "b"], "second token", "--diff"),
        (&["completions"], "the shell is missing", "bash; also elvish, fish, powershell or zsh"),
        (&["completions", "bash", "zsh"], "\"zsh\" is one argument too many", "heistctl completions"),
        (&["client", "list", "x"], "\"x\" is one argument too many", "heistctl client list"),
        (&["client", "show", "a", "b"], "\"b\" is one argument too many", "heistctl client show"),
        (&["client", "add"], "the client's id is missing", "heistctl client add backend"),
        (&["client", "create"], "the client's id is missing", "heistctl client add backend"),
        (&["client", "update"], "the client's id is missing", "heistctl client"),
        (&["client", "rm"], "the client's id is missing", "heistctl client list"),
        (
            &["client", "import"],
            "the file with the clients is missing",
            "heistctl client import clients.jsonl",
        ),
        (&["key", "retire"], "the key's id is missing", "heistctl key list"),
    ]);
}

#[test]
fn a_value_that_a_flag_does_not_take_is_named_with_one_that_it_takes() {
    are_explained(&[
        (
            &["serve", "--listen", "127.0.0.1:99999"],
            "--listen: \"127.0.0.1:99999\" has a port above 65535",
            "write 127.0.0.1:8001",
        ),
        (
            &["serve", "--listen", "::1:21002"],
            "--listen: \"::1:21002\" has an IPv6 address without brackets",
            "write [::1]:21002",
        ),
        (&["serve", "--listen", "::1"], "\"::1\" has no port", "write [::1]:8001"),
        (&["serve", "--listen", "8001"], "\"8001\" is a port", "write 127.0.0.1:8001"),
        (&["serve", "--listen", ":8001"], "\":8001\" has no address", "0.0.0.0:8001"),
        (&["serve", "--listen", "localhost:8001"], "\"localhost:8001\" has a host name", "127.0.0.1:8001"),
        (&["serve", "--listen", "http://127.0.0.1:9000"], "is a URL", "write 127.0.0.1:9000"),
        (&["serve", "--metrics-listen", "9090"], "--metrics-listen: \"9090\"", "write 127.0.0.1:9090"),
        (&["token", "-o", "authorization"], "--output: \"authorization\"", "-o header"),
        (&["token", "-o", "xml"], "--output: \"xml\"", "-o json"),
        (&["token", "-o", "JSON"], "--output: \"JSON\"", "--output json"),
        (&["token", "-o", "token.txt"], "--output: \"token.txt\"", "one of raw, json, header, env, curl"),
        (&["token", "-output", "json"], "-output needs two dashes", "--output"),
        (&["token", "--auth-method", "basic"], "--auth-method: \"basic\"", "client_secret_basic"),
        (&["token", "--auth-method", "private-key-jwt"], "\"private-key-jwt\"", "private_key_jwt"),
        (&["client", "add", "a", "--auth-method", "post"], "\"post\"", "client_secret_post"),
        (&["client", "set", "a", "--introspect", "no"], "--introspect: \"no\"", "--introspect false"),
        (&["token", "--timeout", "abc"], "--timeout: \"abc\" is not a duration", "30s"),
        (&["token", "--timeout", "1h30"], "--timeout: \"1h30\"", "1h 30m"),
        (&["client", "rotate", "a", "--overlap", "PT1H"], "--overlap: \"PT1H\"", "30s"),
        (&["call", "--repeat", "0"], "--repeat: \"0\" is too small", "1 to 1000000"),
        (&["call", "--repeat=-1"], "--repeat: \"-1\" is too small", "1 to 1000000"),
        (&["call", "--repeat", "2000000"], "\"2000000\" is too large", "1 to 1000000"),
        (&["call", "--repeat", "many"], "--repeat: \"many\" is not a whole number", "--repeat 100"),
        (&["inspect", "--alg", "hs256", "x"], "--alg: \"hs256\"", "write HS256"),
        (&["inspect", "--alg", "RS256,sha1", "x"], "--alg: \"sha1\"", "HS256, HS384, HS512, RS256"),
        (&["inspect", "--alg", "rsa", "x"], "--alg: \"rsa\"", "RS256"),
        (&["inspect", "--alg", "none", "x"], "--alg: \"none\"", "never valid"),
        (&["key", "generate", "--algorithm", "HS256"], "--algorithm: \"HS256\"", "ES256"),
        (&["key", "rotate", "--algorithm", "es256k"], "--algorithm: \"es256k\"", "ES256"),
        (&["key", "rotate", "--algorithm", "ed25519"], "--algorithm: \"ed25519\"", "EdDSA"),
        (&["inspect", "--secret-encoding", "b64", "x"], "\"b64\"", "--secret-encoding base64"),
        (&["inspect", "--raw", "payload", "x"], "--raw: \"payload\"", "--raw claims"),
        (&["inspect", "--require", "expiry", "x"], "--require: \"expiry\"", "--require exp"),
        (&["inspect", "--require", "EXP", "x"], "--require: \"EXP\"", "write exp"),
        (&["inspect", "--scope", "a\"b", "x"], "--scope: ", "RFC 6749"),
        (
            &["inspect", "--jwks", "https://as.example.com/jwks", "x"],
            "--jwks: \"https://as.example.com/jwks\" is a URL",
            "--jwks-url URL",
        ),
        (
            &["inspect", "--key", "https://as.example.com/jwks", "x"],
            "--key: \"https://as.example.com/jwks\" is a URL",
            "--jwks-url URL",
        ),
        (&["client", "add", "a", "--jwks", "https://c.example.com/jwks"], "--jwks: ", "--jwks-uri URL"),
        (&["token", "--cacert", "https://ca.example.com/ca.pem"], "--cacert: ", "curl -o FILE URL"),
        (&["serve", "--config", "https://x.example.com/heist.toml"], "--config: ", "curl -o FILE URL"),
        (&["completions", "sh"], "\"sh\" is not one of the values", "heistctl completions bash"),
        (&["completions", "Zsh"], "\"Zsh\" is not one of the values", "zsh"),
        (&["--color", "yes", "token"], "--color: \"yes\"", "--color always"),
        (&["token", "--client-id"], "--client-id has no value", "--client-id backend"),
        (&["token", "--scope"], "--scope has no value", "--scope 'orders:read"),
        (&["inspect", "--aud", "-x", "t"], "--aud has no value: -x begins with a dash", "--aud=-x"),
        (&["token", "--timeout", "--json"], "--timeout has no value", "--timeout 30s"),
        (&["token", "--json=1"], "--json takes no value", "write --json by itself"),
        (&["token", "--json", "--json"], "--json appears twice", "once"),
        (&["token", "--client-id", "a", "--client-id", "b"], "--client-id appears twice", "once"),
        (&["call", "-d", "x", "--json-body", "{}"], "cannot be used with", "one of them"),
        (&["token", "-q", "-v"], "cannot be used with", "one of them"),
    ]);
}

#[test]
fn what_is_missing_beside_a_flag_is_named() {
    are_explained(&[
        (&["serve", "--json"], "--json prints the result of --check", "heistctl serve --check --json"),
        (&["serve", "--tls-cert", "c"], "--tls-cert needs --tls-key", "--tls-key key.pem"),
        (&["serve", "--tls-key", "c"], "--tls-key needs --tls-cert", "--tls-cert chain.pem"),
        (
            &["token", "--client-cert", "c"],
            "--client-cert needs --client-cert-key",
            "--client-cert-key key.pem",
        ),
        (&["token", "--client-cert-key", "c"], "needs --client-cert", "--client-cert cert.pem"),
        (&["token", "--revocation-url", "u"], "needs --revoke", "heistctl token --revoke"),
        (&["inspect", "--profile", "p", "x"], "need --introspect", "heistctl inspect --introspect"),
        (&["inspect", "--as-api", "x"], "need a key", "--key public.pem"),
        (&["inspect", "--secret-encoding", "hex", "x"], "need a key", "--secret-file FILE"),
        (&["key", "rotate", "--lost-store-key"], "needs --now", "heistctl key rotate --now --lost-store-key"),
    ]);
}

/// What looks like a credential, and whatever stands where a secret belongs.
#[test]
fn a_credential_is_not_repeated() {
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    const MADE: &str = "heist_N5F82P5mBdHi01B5V7pJzdL6Oi6AzjTThfgIreOVoRQ1";
    const PEM: &str = "-----BEGIN PRIVATE KEY-----";
    const PHRASE: &str = "correct-horse-battery-staple";
    for secret in [JWT, MADE, PEM, PHRASE, "A1b2C3d4E5f6G7h8I9j0K"] {
        for typed in [
            &[secret][..],
            &["help", secret],
            &["client", secret],
            &["token", secret],
            &["serve", secret],
            &["serve", "--demo", secret, "x"],
            &["call", "http://x/", secret],
            &["inspect", "a", secret],
            &["completions", secret],
            &["token", "-o", secret],
            &["token", "--timeout", secret],
            &["token", "--scope", "a", secret],
            &["serve", "--listen", secret],
            &["call", "--repeat", secret],
            &["key", "generate", "--algorithm", secret],
            &["client", "list", secret],
        ] {
            let ran = heistctl(typed).run().fails(2, &["error: usage: "]);
            assert!(!ran.stderr.contains(secret.trim_start_matches('-')), "{ran}");
        }
        if secret == PHRASE {
            // Small letters and dashes are the name of a flag.
            continue;
        }
        let flag = format!("--{secret}");
        let ran = heistctl(["token", &flag]).run().fails(2, &["error: "]);
        assert!(!ran.stderr.contains(secret), "{ran}");
    }
    for typed in [
        &["token", "--client-secret", "hunter2"][..],
        &["token", "--client-secret=hunter2"],
        &["token", "--password", "hunter2"],
        &["call", "-u", "app:hunter2"],
        &["call", "-uapp:hunter2"],
        &["call", "--bearer", "hunter2"],
        &["inspect", "--secret", "hunter2"],
        &["client", "add", "a", "--secret", "hunter2"],
        &["token", "--client-secret-file", "a", "hunter2"],
        &["call", "http://x/", "--client-secret-file", "a", "b", "hunter2"],
        &["inspect", "hunter2", "hunter2"],
        &["call", "http://x/", "-H", "X-Key:", "hunter2"],
        &["call", "http://x/", "-HX-Key:hunter2", "and", "more"],
        &["call", "http://x/", "-dhunter2", "and"],
        &["call", "http://x/", "--data=hunter2", "and"],
        &["serve", "--store", "postgres://u:hunter2@h/d", "--port", "1"],
    ] {
        let ran = heistctl(typed).run().fails(2, &["error: usage: ", "hint: "]);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}

#[test]
fn heistctl_listen_names_the_address_of_serve() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |value: &str| {
        heistctl(["serve", "--check", "--json"])
            .in_folder(folder.path())
            .env("HEISTCTL_LISTEN", value)
            .env("HEISTCTL_STORE", "memory:")
    };
    let checked = serve("127.0.0.1:0").run().json();
    assert_eq!(checked["listen"], "http://127.0.0.1:0", "{checked}");
    for (value, cause, cure) in [
        (
            "8001",
            "error: configuration: HEISTCTL_LISTEN: \"8001\" is a port without an address",
            "write 127.0.0.1:8001",
        ),
        ("::1:99", "HEISTCTL_LISTEN: \"::1:99\" has an IPv6 address without brackets", "write [::1]:99"),
        ("127.0.0.1:99999", "has a port above 65535", "write 127.0.0.1:8001"),
    ] {
        let mistake = Mistake { typed: &["serve", "--demo"], exit: 2, cause, cure };
        mistake.is_explained(|typed| heistctl(typed).env("HEISTCTL_LISTEN", value));
    }
    let server =
        heistctl(["serve", "--demo", "--listen", "127.0.0.1:0"]).env("HEISTCTL_LISTEN", "nonsense").serve();
    assert!(server.url().starts_with("http://127.0.0.1:"), "the flag counts: {}", server.url());
}
