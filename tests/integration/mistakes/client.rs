//! Mistakes with clients in a store: their ids, lifetimes, scopes, resources, networks and keys.

use super::Mistake;
use crate::registry::Store;
use crate::support::keys::Key;
use crate::support::{Ran, heistctl};

/// What is typed after `heistctl client`, the exit code, a part of the first line, a part of the hint.
pub(super) type Row<'a> = (&'a [&'a str], i32, &'a str, &'a str);

pub(super) fn is_explained(store: &Store, (typed, exit, cause, cure): Row) -> Ran {
    // Where the command goes on, a note has both in its one line.
    let hint = if exit == 0 { "" } else { cure };
    let ran = Mistake { typed, exit, cause, cure: hint }.is_explained(|typed| store.client(typed));
    let first = ran.stderr.lines().next().unwrap_or_default();
    assert!(exit != 0 || first.contains(cure), "{cure:?} is not in the note: {ran}");
    assert!(exit == 0 || ran.stdout.is_empty(), "{ran}");
    ran
}

fn are_explained(store: &Store, rows: &[Row]) {
    rows.iter().for_each(|row| drop(is_explained(store, *row)));
}

#[test]
fn a_lifetime_without_a_unit_or_with_a_wrong_one_is_told() {
    let store = Store::new();
    are_explained(
        &store,
        &[
            (&["add", "a", "--lifetime", "15"], 0, "note: --lifetime 15 means 15 seconds", "15m for minutes"),
            (&["set", "a", "--lifetime", "60"], 0, "note: --lifetime 60 means 1m", "60m for minutes"),
            (
                &["add", "b", "--lifetime=3600000"],
                0,
                "--lifetime 3600000 means 41d 16h",
                "3600000m for minutes",
            ),
            (
                &["rotate", "a", "--overlap", "24"],
                2,
                "--overlap: \"24\" is not a length of time, it has no unit",
                "write 24h for hours",
            ),
            (&["list", "--unused", "30"], 0, "note: --unused 30 means 30 seconds", "30d for days"),
            (
                &["add", "c", "--lifetime", "15M"],
                2,
                "--lifetime: \"15M\" is not clear, M means months",
                "write 15m",
            ),
            (&["add", "c", "--lifetime", "PT15M"], 2, "--lifetime: \"PT15M\" is not a duration", "write 15m"),
            (&["add", "c", "--lifetime", "P1DT2H"], 2, "\"P1DT2H\"", "write 1d 2h"),
            (&["add", "c", "--lifetime", "00:15:00"], 2, "\"00:15:00\"", "write 15m"),
            (&["add", "c", "--lifetime", "1:30"], 2, "\"1:30\"", "1h 30m"),
            (&["add", "c", "--lifetime", "1h30"], 2, "\"1h30\"", "write 1h 30m"),
            (&["add", "c", "--lifetime", "1,5h"], 2, "\"1,5h\"", "write 1.5h"),
            (&["add", "c", "--lifetime", "never"], 2, "\"never\"", "ten years"),
            (&["add", "c", "--lifetime", "20y"], 2, "\"20y\" is longer than ten years", "write 10y"),
            (&["add", "c", "--lifetime", "1e10"], 2, "\"1e10\"", "30s, 5m or 1h 30m"),
            (&["add", "c", "--lifetime", "0"], 2, "--lifetime: \"0\" is under a second", "--lifetime 15m"),
            (&["add", "c", "--lifetime", "500ms"], 2, "\"500ms\" is under a second", "--lifetime 15m"),
            (
                &["add", "c", "--lifetime", "-5m"],
                2,
                "--lifetime: \"-5m\" is not a duration, it is negative",
                "write 5m",
            ),
            (
                &["add", "c", "--lifetime=-5m"],
                2,
                "--lifetime: \"-5m\" is not a duration, it is negative",
                "write 5m",
            ),
            (&["rotate", "a", "--overlap", "forever"], 2, "--overlap: \"forever\"", "ten years"),
            (&["list", "--wait-for-store", "1 min 30"], 2, "\"1 min 30\"", "30s, 5m or 1h 30m"),
        ],
    );
}

#[test]
fn an_id_that_came_with_something_else_is_shown_and_mended() {
    let store = Store::new();
    are_explained(
        &store,
        &[
            (
                &["add", "app\n"],
                2,
                "the id \"app\\n\" ends with a line end (U+000A)",
                "heistctl client add app",
            ),
            (&["add", " app"], 2, "the id \" app\" begins with a blank", "heistctl client add app"),
            (&["add", "app\u{a0}"], 2, "ends with a no-break space", "heistctl client add app"),
            (&["add", "\u{feff}app"], 2, "begins with a byte order mark", "heistctl client add app"),
            (
                &["add", "café"],
                2,
                "the id \"café\" ends with the character (U+00E9)",
                "letters, digits, - and _",
            ),
            (&["add", ""], 2, "the id is empty", "heistctl client add backend"),
            (&["add", "'app'"], 2, "the id \"'app'\" is in quotes", "heistctl client add app"),
            (&["add", "id=app"], 2, "the id \"id=app\" has its name in it", "heistctl client add app"),
            (&["add", "$APP"], 2, "a variable in it", "write the id itself"),
            (&["add", "{{ app }}"], 2, "a variable in it", "write the id itself"),
            (&["add", "<id>"], 2, "the id \"<id>\" is a placeholder", "heistctl client add backend"),
            (&["add", &"x".repeat(256)], 2, "the id has 256 characters, at most 255", "letters, digits"),
            (&["show", "app\n"], 2, "the id \"app\\n\" ends with a line end", "heistctl client show app"),
            (&["import", "-"], 2, "there is no client in stdin", "{\"id\":\"backend\""),
        ],
    );
    // What may be a secret is not repeated.
    let secret = store.add("real", &[]);
    for command in ["add", "show", "set", "rotate", "remove", "disable", "history"] {
        let typed = [command, secret.as_str()];
        let ran =
            is_explained(&store, (&typed, 2, "a secret was given instead of a client id", "client list"));
        assert!(!ran.stderr.contains(&secret), "{ran}");
    }
}

#[test]
fn an_id_that_is_not_there_is_answered_with_the_one_that_is_meant() {
    let store = Store::new();
    store.add("backend", &["--scope", "a"]);
    store.add("Reports", &[]);
    store.add("team-a-web", &[]);
    store.file("heist.toml", "[[client]]\nid = \"declared\"\nsecret_env = \"S\"\n");
    let here = |typed: &[&str]| store.client(typed).in_folder(store.folder.path());
    for (typed, cause, cure) in [
        (&["show", "Backend"][..], "no client \"Backend\"", "heistctl client show backend"),
        (&["set", "bakend", "--scope", "b"], "no client \"bakend\"", "heistctl client set backend"),
        (&["rotate", "reports"], "no client \"reports\"", "heistctl client rotate Reports"),
        (&["remove", "team-a"], "no client \"team-a\"", "heistctl client remove team-a-web"),
        (&["disable", "team_a_web"], "no client \"team_a_web\"", "heistctl client disable team-a-web"),
        (&["enable", "*"], "\"*\"", "one client by its id"),
        (&["disable", "all"], "no client \"all\"", "one client by its id"),
        (&["remove", "team-*"], "\"team-*\"", "heistctl client list --prefix team-"),
        (&["history", "elsewhere"], "no client \"elsewhere\"", "heistctl client list"),
        (&["show", "declared"], "client \"declared\" is declared in heist.toml", "heist.toml"),
        (&["set", "declared", "--scope", "a"], "is declared in heist.toml", "change it there"),
        (&["rotate", "declared"], "is declared in heist.toml", "change it there"),
    ] {
        Mistake { typed, exit: 2, cause, cure }.is_explained(here);
    }
}

#[test]
fn scopes_that_are_written_otherwise_are_named_with_the_way_to_write_them() {
    let store = Store::new();
    are_explained(
        &store,
        &[
            (&["add", "x", "--scope", "a,b", "c"], 2, "\"c\" is not part of", "--scope 'a,b c'"),
            (&["add", "x", "--scope", "[\"a\",\"b\"]"], 2, "is a list in JSON", "write 'a b'"),
            (&["add", "x", "--scope", "a\"b"], 2, "--scope: \"a\"b\" has a double quote", "visible ASCII"),
            (&["add", "x", "--scope", "\"a b\""], 2, "is in quotes", "write 'a b'"),
            (&["add", "x", "--scope", "a\\b"], 2, "has a backslash", "visible ASCII"),
            (&["add", "x", "--scope", "a\tb"], 2, "has a tab (U+0009)", "write 'a b'"),
            (&["add", "x", "--scope", "a\nb\n"], 2, "has a line end (U+000A)", "write 'a b'"),
            (&["add", "x", "--scope", "lesen:möglich"], 2, "has the character (U+00F6)", "visible ASCII"),
            (&["add", "x", "--default-scope", "a\"b"], 2, "--default-scope: \"a\"b\"", "visible ASCII"),
            (&["add", "x", "--scope", "a", "--default-scope", "b"], 2, "default_scopes has b", "too: 'a b'"),
            (&["add", "s", "--scope", "a;b"], 0, "scope \"a;b\" has a ;", "write 'a b'"),
            (&["set", "s", "--scope", "a|b"], 0, "scope \"a|b\" has a |", "write 'a b'"),
            (&["set", "s", "--scope", "*"], 0, "scope \"*\" is not a wildcard", "each scope by its name"),
            (
                &["set", "s", "--scope", "orders:*"],
                0,
                "scope \"orders:*\" is not a wildcard",
                "each scope by its name",
            ),
            (&["set", "s", "--scope", "+b"], 0, "scope \"+b\" begins with +", "--scope sets all scopes"),
            (&["set", "s", "--scope=-b"], 0, "scope \"-b\" begins with -", "--scope sets all scopes"),
            (&["set", "s", "--scope", "'a b'"], 0, "scope \"'a\" has a '", "write scopes as 'a b'"),
            (&["set", "s", "--scope", "scope=a"], 0, "scope \"scope=a\" has its name in it", "--scope a"),
            (&["set", "s", "--add-scope", "b"], 2, "no --add-scope", "--scope sets all scopes"),
            (&["set", "s", "--remove-scope", "b"], 2, "no --remove-scope", "--scope sets all scopes"),
            (&["set", "s", "--scope", ""], 0, "note: it has no scope", ""),
        ],
    );
}

#[test]
fn resources_and_networks_that_are_written_otherwise_are_named() {
    let store = Store::new();
    are_explained(
        &store,
        &[
            (&["add", "x", "--audience", "api"], 2, "audience \"api\" is not an absolute URI", "https://api"),
            (
                &["add", "x", "--audience", "api.example.com/v1"],
                2,
                "\"api.example.com/v1\"",
                "https://api.example.com/v1",
            ),
            (
                &["add", "x", "--audience", "https://a#f"],
                2,
                "audience \"https://a#f\" has a fragment",
                "write https://a",
            ),
            (
                &["add", "x", "--audience", "https://a https://b"],
                2,
                "is more than one URI",
                "--audience https://a --audience https://b",
            ),
            (
                &["add", "x", "--audience", "https://a,https://b"],
                2,
                "is more than one URI",
                "--audience https://a --audience https://b",
            ),
            (
                &["add", "x", "--allow-from", "10.0.0.0/33"],
                2,
                "allow_from: \"10.0.0.0/33\" has a prefix above 32",
                "10.0.0.0/32",
            ),
            (&["add", "x", "--allow-from", "fd00::/129"], 2, "has a prefix above 128", "fd00::/128"),
            (
                &["add", "x", "--allow-from", "10.0.0.0/255.0.0.0"],
                2,
                "\"10.0.0.0/255.0.0.0\" has a netmask",
                "10.0.0.0/8",
            ),
            (&["add", "x", "--allow-from", "10.1.*"], 2, "\"10.1.*\" has a wildcard", "10.1.0.0/16"),
            (&["add", "x", "--allow-from", "10.1.2.*"], 2, "has a wildcard", "10.1.2.0/24"),
            (&["add", "x", "--allow-from", "10.0.0.1-10.0.0.9"], 2, "is a range", "each address or network"),
            (
                &["add", "x", "--allow-from", "10.0.0.0/8,192.168.0.0/16"],
                2,
                "is more than one",
                "each by itself: 10.0.0.0/8 and 192.168.0.0/16",
            ),
            (&["add", "x", "--allow-from", "localhost"], 2, "\"localhost\" is a host name", "127.0.0.0/8"),
            (&["add", "x", "--allow-from", "api.example.com"], 2, "is a host name", "192.0.2.7"),
            (&["add", "x", "--allow-from", "http://10.0.0.1"], 2, "is a URL", "10.0.0.1"),
            (&["add", "x", "--allow-from", "10.0.0.1:8080"], 2, "has a port", "10.0.0.1"),
            (&["add", "x", "--allow-from", "[fd00::1]"], 2, "has brackets", "fd00::1"),
            (&["add", "x", "--allow-from", "any"], 2, "\"any\"", "0.0.0.0/0"),
            (&["add", "x", "--allow-from", "10.0.0"], 2, "\"10.0.0\" is not a whole address", "10.0.0.0/24"),
            (&["add", "x", "--allow-from", ""], 2, "is empty", "10.0.0.0/8"),
        ],
    );
}

#[test]
fn methods_and_keys_that_do_not_fit_are_named_with_what_fits() {
    let store = Store::new();
    let pem = Key::for_alg("ES256").private_pem();
    let jwk = Key::for_alg("ES256").jwk().to_string();
    are_explained(
        &store,
        &[
            (&["add", "x", "--auth-method", "tls_client_auth"], 2, "exactly one name", "--tls-san-dns"),
            (&["add", "x", "--auth-method", "mtls"], 2, "\"mtls\"", "--tls-certificate FILE"),
            (&["add", "x", "--auth-method", "none"], 2, "\"none\"", "leave it out"),
            (
                &["add", "x", "--auth-method", "private_key_jwt"],
                2,
                "private_key_jwt needs the client's public keys",
                "--jwks public.pem",
            ),
            (
                &["add", "x", "--jwks-uri", "http://a/jwks"],
                2,
                "--jwks-uri: \"http://a/jwks\" is plain http",
                "--jwks-uri https://a/jwks",
            ),
            (
                &["add", "x", "--jwks-uri", "a.example/jwks.json"],
                2,
                "has no scheme",
                "--jwks-uri https://a.example/jwks.json",
            ),
            (
                &["add", "x", "--jwks-uri", "jwks.json"],
                2,
                "\"jwks.json\" is the name of a file",
                "--jwks jwks.json",
            ),
            (
                &["add", "x", "--jwks-uri", "/etc/jwks.json"],
                2,
                "is the name of a file",
                "--jwks /etc/jwks.json",
            ),
            (
                &["add", "x", "--jwks-uri", "file:///etc/jwks.json"],
                2,
                "is the name of a file",
                "--jwks /etc/jwks.json",
            ),
            (&["add", "x", "--jwks", "https://a/jwks"], 2, "is a URL", "--jwks-uri"),
            (&["add", "x", "--jwks", "missing.pem"], 2, "cannot read missing.pem", "the path is from --jwks"),
            (
                &["add", "x", "--jwks", &pem],
                2,
                "--jwks: a key was given instead of its file's path",
                "--jwks key.pem",
            ),
            (&["add", "x", "--jwks", &jwk], 2, "--jwks: a key was given instead of", "--jwks key.json"),
            (&["add", "x", &pem], 2, "a key was given instead of", "--jwks key.pem"),
            (&["rotate", "x", "--jwks", "k.pem"], 2, "no --jwks", "heistctl client set ID --jwks"),
        ],
    );
    let key = store.file("key.pem", &pem);
    store.add("keyed", &["--jwks", &key]);
    are_explained(
        &store,
        &[
            (
                &["rotate", "keyed"],
                2,
                "client \"keyed\" has keys, not a secret",
                "heistctl client set keyed --jwks",
            ),
            (&["set", "keyed"], 2, "there is nothing to change", "heistctl client set keyed --scope"),
            (&["add", "keyed"], 2, "client \"keyed\" is in the store already", "heistctl client set keyed"),
            (
                &["set", "keyed", "--auth-method", "client_secret_basic"],
                2,
                "client_secret_basic",
                "heistctl client add",
            ),
        ],
    );
}

#[test]
fn a_key_in_place_of_its_file_is_named_and_never_shown() {
    let pem = Key::for_alg("ES256").private_pem();
    let inner = pem.lines().nth(1).unwrap_or_default();
    for (typed, cause, cure) in [
        (&["inspect", "--key", &pem, "x"][..], "--key: a key was given instead of", "--key key.pem"),
        (
            &["token", "--client-key", &pem],
            "--client-key: a key was given instead of",
            "--client-key key.pem",
        ),
        (
            &["token", "--client-cert", &pem],
            "--client-cert: a key was given instead of",
            "--client-cert key.pem",
        ),
        (&["token", "--cacert", &pem], "--cacert: a key was given instead of", "--cacert key.pem"),
        (&["call", "--client-key", &pem, "http://x/"], "--client-key: a key", "--client-key key.pem"),
        (
            &["serve", "--tls-cert", "a.pem", "--tls-key", &pem],
            "--tls-key: a key was given instead of",
            "--tls-key key.pem",
        ),
        (
            &["key", "reseal", "--new-key-file", &pem],
            "--new-key-file: a key was given instead of",
            "--new-key-file key.pem",
        ),
        (&["inspect", &pem], "a key was given instead of a flag or argument", "--key key.pem"),
        (&["token", &pem], "a key was given instead of", "key.pem"),
    ] {
        let ran = Mistake { typed, exit: 2, cause, cure }.is_explained(|typed| heistctl(typed));
        assert!(!ran.stderr.contains(inner) && !ran.stderr.contains("BEGIN"), "{ran}");
    }
}
