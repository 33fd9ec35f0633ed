//! Mistakes in heist.toml: keys, sections, and all of them at once.

use super::Mistake;
use crate::support::{Ran, folder, heistctl};
use std::path::Path;

/// What heist.toml says, part of the first line of the answer, and part of a hint.
pub(super) type Row = (&'static str, &'static str, &'static str);

pub(super) const KEY: (&str, &str) = ("key", "0123456789abcdef0123456789abcdef\n");
pub(super) const GOOD: (&str, &str) = ("secret", "h6p-fZ2kq9-Wn3sV5");

/// That `serve --check` refuses the configuration in that folder, with cause and cure.
#[track_caller]
pub(super) fn is_explained(folder: &Path, cause: &str, cure: &str) -> Ran {
    let typed = ["serve", "--check", "--store", "memory:"];
    Mistake { typed: &typed, exit: 2, cause, cure }.is_explained(|typed| heistctl(typed).in_folder(folder))
}

#[track_caller]
pub(super) fn all_are_explained(rows: &[Row]) {
    let folder = folder(&[KEY, GOOD]);
    for (toml, cause, cure) in rows {
        std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
        let ran = is_explained(folder.path(), cause, cure);
        let told = ran.stderr.to_lowercase();
        assert!(!told.contains("readme") && !told.contains("hunter2"), "{toml}: {ran}");
    }
}

const SECTIONS: [Row; 10] = [
    ("[client]\nid = 'a'\n", "heist.toml:1: [client] is one table, and there may be several", "[[client]]"),
    (
        "[client.a]\nsecret_env = 'A'\n",
        "heist.toml:1: [client.a]: a client has its name as a key",
        "[[client]] and below it id = \"a\"",
    ),
    ("[[clients]]\nid = 'a'\n", "heist.toml:1: unknown section [[clients]]", "[[client]]"),
    ("[clients]\nid = 'a'\n", "unknown section [clients]", "[[client]]"),
    ("[server]\nlisten = 'x'\n", "unknown section [server]", "above the first [section]"),
    ("[[tls]]\ncert_file = 'a'\n", "[[tls]] is a list, and there is one", "[tls]"),
    ("[TLS]\ncert_file = 'a'\n", "unknown section [TLS]", "[tls]"),
    ("[limit]\nper_client = '1/s'\n", "unknown section [limit]", "[limits]"),
    ("signing = 'ES256'\n", "signing is a section", "[signing]"),
    ("client = 'a'\n", "client is a section", "[[client]]"),
];

const KEYS: [Row; 31] = [
    ("isuer = 'x'\n", "heist.toml:1: unknown key \"isuer\"", "did you mean issuer? issuer = "),
    ("ISSUER = 'x'\n", "unknown key \"ISSUER\"", "did you mean issuer? issuer = "),
    (
        "token-lifetime = '1h'\n",
        "unknown key \"token-lifetime\"",
        "did you mean token_lifetime? token_lifetime = ",
    ),
    (
        "tokenLifetime = '1h'\n",
        "unknown key \"tokenLifetime\"",
        "did you mean token_lifetime? token_lifetime = ",
    ),
    ("ttl = '1h'\n", "unknown key \"ttl\"", "did you mean token_lifetime? token_lifetime = "),
    ("port = 8001\n", "unknown key \"port\"", "listen = \"127.0.0.1:8001\""),
    ("host = '0.0.0.0'\n", "unknown key \"host\"", "listen = \"127.0.0.1:8001\""),
    ("database = 'x'\n", "unknown key \"database\"", "did you mean store?"),
    ("must_exist = true\n", "unknown key \"must_exist\"", "--must-exist"),
    ("wait_for_store = '5s'\n", "unknown key \"wait_for_store\"", "--wait-for-store"),
    ("demo = true\n", "unknown key \"demo\"", "--demo"),
    ("tls_cert = 'a'\n", "unknown key \"tls_cert\"", "[tls] and below it cert_file"),
    ("tls-key = 'a'\n", "unknown key \"tls-key\"", "[tls] and below it key_file"),
    ("tls_self_signed = 'a'\n", "unknown key \"tls_self_signed\"", "--tls-self-signed"),
    ("key_file = 'a'\n", "heist.toml:1: key_file is above the first [section]", "[tls] or [signing]"),
    ("scopes = ['a']\n", "scopes is above the first [section]", "[[client]]"),
    (
        "[limits]\nper_client = '1/s'\naudit_log = 'a.log'\n",
        "heist.toml:3: audit_log is below [limits]",
        "audit_log belongs above the first [section]",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_env = 'A'\nlisten = '127.0.0.1:1'\n",
        "heist.toml:4: listen is below [[client]]",
        "listen belongs above the first [section]",
    ),
    (
        "[tls]\ncert_file = 'a'\nkey_file = 'a'\nalgorithm = 'ES256'\n",
        "algorithm is below [tls]",
        "[signing]",
    ),
    ("[[client]]\nclient_id = 'a'\n", "heist.toml:2: unknown key \"client_id\"", "did you mean id? id = "),
    ("[[client]]\nname = 'a'\n", "unknown key \"name\"", "did you mean id? id = "),
    ("[[client]]\nid = 'a'\nscope = 'a b'\n", "unknown key \"scope\"", "scopes = [\"a\", \"b\"]"),
    (
        "[[client]]\nid = 'a'\naudience = 'https://api'\n",
        "unknown key \"audience\"",
        "audiences = [\"https://api\"]",
    ),
    (
        "[[client]]\nid = 'a'\nclient_secret = 'hunter2'\n",
        "unknown key \"client_secret\"",
        "secret_file = \"app.secret\"",
    ),
    (
        "[[client]]\nid = 'a'\npassword = 'hunter2'\n",
        "unknown key \"password\"",
        "secret_file = \"app.secret\"",
    ),
    ("[[client]]\nid = 'a'\ngrant_types = ['x']\n", "unknown key \"grant_types\"", "client credentials"),
    ("[[client]]\nid = 'a'\nredirect_uris = ['x']\n", "unknown key \"redirect_uris\"", "client credentials"),
    ("[[client]]\nid = 'a'\ntoken_endpoint_auth_method = 'x'\n", "unknown key", "did you mean auth_method?"),
    ("[signing]\nalg = 'ES256'\n", "unknown key \"alg\"", "did you mean algorithm?"),
    ("[tls]\ncert = 'a'\nkey = 'b'\n", "heist.toml:2: unknown key \"cert\"", "did you mean cert_file?"),
    ("frobnicate = 1\n", "unknown key \"frobnicate\"", "token_lifetime"),
];

#[test]
fn a_section_of_another_name_or_form_is_shown_as_it_should_be() {
    all_are_explained(&SECTIONS);
}

#[test]
fn an_unknown_key_is_answered_with_the_one_that_was_meant_or_its_place() {
    all_are_explained(&KEYS);
}

/// The hint has the value that was written.
const KEPT: [Row; 10] = [
    ("isuer = 'https://tokens.mine.org'\n", "unknown key \"isuer\"", "issuer = \"https://tokens.mine.org\""),
    ("issuer = ['https://tokens.mine.org']\n", "issuer is a text", "issuer = \"https://tokens.mine.org\""),
    ("ttl = 900\n", "unknown key \"ttl\"", "token_lifetime = \"15m\""),
    (
        "[[client]]\nclient_id = 'backend'\nsecret_file = 'key'\n",
        "unknown key \"client_id\"",
        "id = \"backend\"",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\ntoken_lifetime = '15m'\n",
        "unknown key \"token_lifetime\"",
        "lifetime = \"15m\"",
    ),
    ("[signing]\nkeyfile = 'my.pem'\n", "unknown key \"keyfile\"", "key_file = \"my.pem\""),
    ("issuer = 'https://tokens.mine.org?x=1'\n", "has a query", "issuer = \"https://tokens.mine.org\""),
    ("issuer = ${ISSUER}\n", "heist.toml:1:10: the value of issuer has a variable", "envsubst"),
    (
        "issuer: https://tokens.mine.org\nclients:\n  - id: a\n",
        "this is YAML, and heist.toml is TOML",
        "issuer = \"https://tokens.mine.org\"",
    ),
    ("log_level = 'debug'\n", "unknown key \"log_level\"", "-q and -v"),
];

#[test]
fn a_hint_keeps_the_value_that_was_written() {
    all_are_explained(&KEPT);
}

/// Files with several errors, where one must not hide the others.
const HIDDEN: [(&str, &[&str]); 6] = [
    (
        "[[clients]]\nid = 'a'\nsecret_file = 'nowhere'\nscopes = 'a b'\n",
        &[":1: unknown section", ":4: scopes is a list", ":3: client \"a\": secret_file: cannot read"],
    ),
    (
        "[limit]\nper_client = 100\nidle_timeout = '0s'\n",
        &[":1: unknown section [limit]", ":2: per_client is a rate", ":3: idle_timeout is under a second"],
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'nowhere'\nscopes = 'a b'\ndpop = 'always'\n",
        &[
            ":4: scopes is a list",
            ":3: client \"a\": secret_file: cannot read",
            ":5: client \"a\": dpop is neither",
        ],
    ),
    (
        "leeway = '20m'\n[limits\nper_client = 'x'\n",
        &[
            ":2: the header of the section is not closed",
            ":1: leeway is over",
            ":3: per_client is not a rate",
        ],
    ),
    (
        "audience = ['a'\n\n[signing]\nalgorithm = 'ES257'\n",
        &[":1: the list of audience is not closed", ":4: algorithm \"ES257\" is not offered"],
    ),
    (
        "isuer = 'https:/x'\naudit_log = 'no/audit.log'\n[server]\nlisten = 'localhost:1'\n",
        &[
            ":1: unknown key \"isuer\"",
            ":2: audit_log: cannot open",
            ":3: unknown section [server]",
            ":4: listen",
        ],
    ),
];

#[test]
fn no_error_hides_another_one() {
    let folder = folder(&[KEY, GOOD]);
    for (toml, parts) in HIDDEN {
        std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
        let ran =
            heistctl(["serve", "--check", "--store", "memory:"]).in_folder(folder.path()).run().exits(2);
        let errors: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), parts.len(), "{toml}: {ran}");
        for (error, part) in errors.iter().zip(parts) {
            assert!(error.contains(part), "{error:?} lacks {part:?}: {ran}");
        }
    }
}

const MANY: &str = "token_lifetime = 3600
isuer = 'x'
leeway = '1h'
public_url = 'as.example.com'

[limits]
per_client = 100
audit_log = 'a.log'

[signing]
algorithm = 'ES257'

[[client]]
id = 'a'
secret_hash = 'abc'
scopes = ['a\"b']
dpop = 'always'

[[client]]
id = 'b'
lifetime = '0s'
secret_file = 'nowhere'
claims = { sub = 'x' }

[[client]]
id = 'b'
secret_file = 'secret'
";

/// What is wrong with it, in the order of its lines.
const FOUND: [&str; 14] = [
    "heist.toml:1: token_lifetime ",
    "heist.toml:2: unknown key \"isuer\"",
    "heist.toml:3: leeway ",
    "heist.toml:4: public_url ",
    "heist.toml:7: per_client ",
    "heist.toml:8: audit_log ",
    "heist.toml:11: algorithm ",
    "heist.toml:15: client \"a\": secret_hash",
    "heist.toml:16: client \"a\": scopes",
    "heist.toml:17: client \"a\": dpop",
    "heist.toml:21: client \"b\": lifetime",
    "heist.toml:22: client \"b\": secret_file: ",
    "heist.toml:23: client \"b\": claims ",
    "heist.toml:26: client \"b\" is declared twice, first in line 20",
];

#[test]
fn all_that_is_wrong_comes_at_once_each_with_line_and_cure() {
    let folder = folder(&[KEY, GOOD, ("heist.toml", MANY)]);
    let serve = |args: &[&str]| {
        heistctl(["serve", "--store", "memory:"].iter().chain(args)).in_folder(folder.path()).run()
    };
    for args in [&["--check"][..], &["--listen", "127.0.0.1:0"]] {
        let ran = serve(args).exits(2);
        let errors: Vec<&str> =
            ran.stderr.lines().filter_map(|line| line.strip_prefix("error: configuration: ")).collect();
        assert_eq!(errors.len(), FOUND.len(), "{ran}");
        for (error, part) in errors.iter().zip(FOUND) {
            assert!(error.starts_with(part), "{error:?} is not {part:?}: {ran}");
        }
        assert_eq!(
            ran.stderr.lines().filter(|line| line.starts_with("hint: ")).count(),
            FOUND.len(),
            "{ran}"
        );
    }
    let found = serve(&["--check", "--json"]).exits(2).json();
    let problems = found["problems"].as_array().unwrap();
    assert_eq!(problems.len(), FOUND.len(), "{found}");
    for (problem, part) in problems.iter().zip(FOUND) {
        let line = part.split(':').nth(1).unwrap();
        assert_eq!(
            (problem["file"].as_str(), problem["line"].to_string().as_str()),
            (Some("heist.toml"), line)
        );
        assert!(problem["error"].as_str().is_some_and(|error| !error.is_empty()), "{found}");
        assert!(problem["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{found}");
    }
    assert!(found["error"].as_str().unwrap().contains(FOUND[0]), "{found}");
}

#[test]
fn broken_lines_come_at_once_too() {
    let toml = "issuer = https://as.example.com\nlisten: '127.0.0.1:1'\n[tls\n";
    let folder = folder(&[("heist.toml", toml)]);
    let ran = is_explained(folder.path(), "heist.toml:1:10: the value of issuer needs quotes", "[tls]");
    assert!(ran.stderr.contains("heist.toml:2:7: ") && ran.stderr.contains("heist.toml:3: "), "{ran}");
}
