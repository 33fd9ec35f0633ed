//! Rules for tokens of trusted issuers, as `serve --check` judges them.

use crate::support::Ran;
use crate::trust::{Actions, TOML};

const RULE: &str =
    "{ trust = 'github', sub = 'repo:acme/api:environment:prod', claims = { repository_id = '74' } }";

/// Rules in its place, and what `serve --check` says of them.
const WRONG_RULES: &[(&str, [&str; 2])] = &[
    (
        "{ trust = 'github', sub = 'repo:acme/api:environment:prod' }",
        ["rule 1 of federated: it names no repository_id", "allow_broad = true"],
    ),
    (
        "{ trust = 'github', sub = 'repo:acme/api:environment:prod', claims = { repository_id = 'api' } }",
        ["names at", "can change hands"],
    ),
    (
        "{ trust = 'github', sub_glob = 'repo:*/api:**', claims = { repository_id = '74' } }",
        ["leaves the owner open", "before the first *"],
    ),
    (
        "{ trust = 'github', sub_glob = 'repo:acme*/api:**', claims = { repository_id = '74' } }",
        ["leaves the owner open", ""],
    ),
    (
        "{ trust = 'github', sub_glob = '**', claims = { repository_id = '74' } }",
        ["leaves the owner open", ""],
    ),
    ("{ trust = 'gitlab', sub = 'a' }", ["trust \"gitlab\" is not declared", "the trusts are [\"github\"]"]),
    ("{ trust = 'github', subject = 'a' }", ["unknown key \"subject\"", "write sub"]),
    ("{ trust = 'github' }", ["has no sub", "sub_glob"]),
    ("{ trust = 'github', sub = 7 }", ["another type", "federated = ["]),
];

/// A text of the configuration, another in its place, and what is said of it.
const WRONG_TRUST: &[(&str, &str, [&str; 2])] = &[
    ("'github-actions'", "'github'", ["preset", "github-actions"]),
    ("keys = 'keys.json'", "keys = 'absent.json'", ["keys: cannot read", "absent.json"]),
    ("keys = 'keys.json'", "algorithms = ['HS256']", ["needs a secret that both sides know", "RS256"]),
    ("keys = 'keys.json'", "issuer = 'https://as.example.com'", ["this server itself", "remove it"]),
    ("keys = 'keys.json'", "replay = 'twice'", ["replay is neither", "once"]),
    ("keys = 'keys.json'", "jwks_uri = 'https://a.example/jwks'", ["unknown key \"jwks_uri\"", "keys"]),
    ("'sha']", "'iss']", ["claims_from has \"iss\", which only the server sets", ""]),
];

fn checked(from: &str, to: &str) -> Ran {
    assert!(TOML.contains(from), "{from}");
    Actions::new(&TOML.replace(from, to)).run(&["serve", "--check"])
}

#[test]
fn what_is_dangerous_is_refused_by_check_and_the_rest_is_told() {
    for (rule, parts) in WRONG_RULES {
        checked(RULE, rule).fails(2, &[&["client \"deploy\""], &parts[..]].concat());
    }
    for (from, to, parts) in WRONG_TRUST {
        checked(from, to).fails(2, parts);
    }
    let broad = checked(RULE, "{ trust = 'github', sub_glob = '**', allow_broad = true }").exits(0);
    assert!(broad.stdout.contains("names no environment"), "{}", broad.stdout);
    let odd = checked("repository_id = '74'", "repository_id = 74").exits(0);
    assert!(odd.stdout.contains("write repository_id = \"74\""), "{}", odd.stdout);
}

#[test]
fn the_address_of_an_issuer_decides_which_rules_are_dangerous_and_not_the_preset() {
    for preset in ["", "preset = 'kubernetes'"] {
        let other = format!("{preset}\nissuer = 'https://token.actions.githubusercontent.com'");
        let toml = TOML.replace("preset = 'github-actions'", &other);
        let open = toml
            .replace(RULE, "{ trust = 'github', sub_glob = 'repo:**', claims = { repository_id = '74' } }");
        Actions::new(&open)
            .run(&["serve", "--check"])
            .fails(2, &["leaves the owner open", "before the first *"]);
        let named = toml.replace(", claims = { repository_id = '74' }", "");
        Actions::new(&named).run(&["serve", "--check"]).fails(2, &["names no repository_id", "allow_broad"]);
    }
}

#[test]
fn users_of_two_identity_providers_are_not_mixed_in_one_client() {
    let jag = |name: &str| {
        format!("[[trust]]\nname = '{name}'\npreset = 'id-jag'\nissuer = 'https://{name}.example.com'\n")
    };
    for (allow_broad, exit) in [("", 2), (", allow_broad = true", 0)] {
        let users = |name: &str| format!("{{ trust = '{name}', sub_glob = '**'{allow_broad} }}");
        let toml = TOML.replace(RULE, &format!("{}, {}", users("one"), users("two")));
        let toml = toml.replace("[[client]]", &format!("{}{}[[client]]", jag("one"), jag("two")));
        let ran = Actions::new(&toml).run(&["serve", "--check"]).exits(exit);
        let text = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(text.contains("two id-jag trusts, \"one\" and \"two\""), exit == 2, "{text}");
    }
}
