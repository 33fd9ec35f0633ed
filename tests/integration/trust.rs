//! Tokens of trusted issuers in place of secrets, through the binary: hostile ones, stored clients, the audit log,
//! `trust test`, and replays on several nodes.

use crate::support::keys::{Key, part};
use crate::support::postgres::{self, PASSWORD, Postgres};
use crate::support::process::{json_lines, wait_until};
use crate::support::{Ran, Reply, Server, folder, heistctl};
use heistctl::clock::Timestamp;
use heistctl::jose::digest::random;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const ISSUER: &str = "https://as.example.com";
const GITHUB: &str = "https://token.actions.githubusercontent.com";
const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const GRANT: &str = "urn:ietf:params:oauth:grant-type";
pub(crate) const TOML: &str = "issuer = 'https://as.example.com'
store = 'sqlite:s.db'
audit_log = 'audit.log'
[[trust]]
name = 'github'
preset = 'github-actions'
keys = 'keys.json'
[[client]]
id = 'deploy'
scopes = ['deploy:write']
token_exchange = true
federated = [{ trust = 'github', sub = 'repo:acme/api:environment:prod', claims = { repository_id = '74' } }]
claims_from = ['repository', 'sha']
[signing]
key_file = 'key.pem'
";

/// A platform, and the folder of a server that trusts it.
pub(crate) struct Actions {
    key: Key,
    folder: tempfile::TempDir,
}

impl Actions {
    pub(crate) fn new(toml: &str) -> Self {
        let (key, own) = (Key::for_alg("ES256"), Key::for_alg("ES256").private_pem());
        let keys = json!({"keys": [key.jwk_with(json!({"kid": "one"}))]}).to_string();
        let folder = folder(&[("heist.toml", toml), ("keys.json", &keys), ("key.pem", &own)]);
        Self { key, folder }
    }

    fn claims() -> Value {
        let now = Timestamp::now().unix();
        json!({
            "iss": GITHUB, "sub": "repo:acme/api:environment:prod", "aud": ISSUER, "iat": now, "exp": now + 300,
            "jti": part(random::<12>().unwrap()), "repository_id": "74", "repository": "acme/api", "sha": "cafe",
            "environment": "prod",
        })
    }

    fn identity(&self, change: &Value) -> String {
        let mut claims = Self::claims();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.key.sign("ES256", Some("one"), &claims)
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        heistctl(args).in_folder(self.folder.path()).run()
    }

    fn serve(&self) -> Server {
        heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(self.folder.path()).serve()
    }

    fn test(&self, identity: &str, more: &[&str]) -> Ran {
        let args = ["trust", "test"].iter().chain(more).chain(&["-"]);
        heistctl(args).in_folder(self.folder.path()).stdin(identity).run()
    }
}

fn bodies(identity: &str) -> [String; 3] {
    [
        format!(
            "grant_type=client_credentials&client_assertion_type={ASSERTION}&client_assertion={identity}"
        ),
        format!("grant_type={GRANT}:jwt-bearer&assertion={identity}"),
        format!(
            "grant_type={GRANT}:token-exchange&subject_token={identity}&subject_token_type=\
             urn:ietf:params:oauth:token-type:jwt&client_id=deploy"
        ),
    ]
}

fn ask(server: &Server, body: &str) -> Reply {
    server.request("POST", "/oauth/token", &FORM, body)
}

#[test]
fn an_identity_gets_a_token_at_each_door_once_and_the_audit_log_names_it() {
    let actions = Actions::new(TOML);
    let server = actions.serve();
    for door in 0..3 {
        let body = bodies(&actions.identity(&json!({})))[door].clone();
        let reply = ask(&server, &body);
        assert_eq!(reply.status, 200, "{reply:?}");
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        let claims = heistctl(["inspect", "--json", "-"]).stdin(token).run().json()["claims"].clone();
        assert_eq!((&claims["sub"], &claims["repository"]), (&json!("deploy"), &json!("acme/api")));
        let again = ask(&server, &body);
        let (status, code) = if door == 0 { (401, "invalid_client") } else { (400, "invalid_grant") };
        assert_eq!((again.status, &again.json()["error"]), (status, &json!(code)), "{again:?}");
    }
    let lines = json_lines(&actions.folder.path().join("audit.log"), 6);
    let identity = json!({
        "trust": "github", "sub": "repo:acme/api:environment:prod",
        "claims": {"repository": "acme/api", "sha": "cafe"},
    });
    assert_eq!((&lines[0]["event"], &lines[0]["identity"]), (&json!("token.issued"), &identity));
    let reason = lines[1]["reason"].as_str().unwrap();
    assert!(reason.starts_with("identity: replay: "), "{reason}");
    let metadata = server.request("GET", "/.well-known/oauth-authorization-server", &[], "").json();
    let grants = metadata["grant_types_supported"].as_array().unwrap().clone();
    assert!(grants.contains(&json!(format!("{GRANT}:jwt-bearer"))), "{grants:?}");
}

#[test]
fn our_own_client_sends_an_identity_by_every_grant() {
    let actions = Actions::new(TOML);
    let server = actions.serve();
    for grant in ["client_credentials", "jwt-bearer", "token-exchange"] {
        let file = actions.folder.path().join("identity.jwt");
        std::fs::write(&file, actions.identity(&json!({}))).unwrap();
        let args = [
            "token",
            "--client-id",
            "deploy",
            "--identity",
            "file:identity.jwt",
            "--no-cache",
            "--grant",
            grant,
        ];
        let cli =
            heistctl(args).in_folder(actions.folder.path()).env("HEISTCTL_TOKEN_URL", server.token_url());
        let token = cli.run().exits(0).stdout;
        let claims = heistctl(["inspect", "--json", "-"]).stdin(token).run().json()["claims"].clone();
        assert_eq!((&claims["sub"], &claims["sha"]), (&json!("deploy"), &json!("cafe")), "{grant}");
    }
}

#[test]
fn hostile_identities_are_refused_and_only_the_log_says_why() {
    let actions = Actions::new(TOML);
    let server = actions.serve();
    let now = Timestamp::now().unix();
    let forged = Key::for_alg("ES256").sign("ES256", Some("one"), &Actions::claims());
    let signed =
        |header: Value| actions.key.sign_text("ES256", &header.to_string(), &Actions::claims().to_string());
    let changed = |change: Value| actions.identity(&change);
    for (identity, step) in [
        (forged, "signature"),
        (signed(json!({"alg": "ES256", "kid": "two"})), "key"),
        (signed(json!({"alg": "ES256", "kid": "one", "typ": "at+jwt"})), "typ"),
        (signed(json!({"alg": "ES256", "kid": "one", "crit": ["exp"]})), "crit"),
        (signed(json!({"alg": "none"})), "alg"),
        (changed(json!({"iss": "https://evil.example.com"})), "iss"),
        (changed(json!({"aud": [ISSUER, "https://other.example.com"]})), "aud"),
        (changed(json!({"exp": now - 60, "iat": now - 90})), "exp"),
        (changed(json!({"exp": now + 7200})), "lifetime"),
        (changed(json!({"sub": "repo:acme/api:environment:staging"})), "rule"),
        (changed(json!({"repository_id": "75"})), "rule"),
    ] {
        for (door, body) in bodies(&identity).into_iter().enumerate().take(2) {
            let reply = ask(&server, &body);
            assert_eq!(reply.status, if door == 0 { 401 } else { 400 }, "{step}: {reply:?}");
            let said = reply.json()["error_description"].as_str().unwrap().to_owned();
            let expected =
                ["Invalid client credentials", "the identity is not accepted; the server's log says why"];
            assert_eq!(said, expected[door], "{step}");
        }
        let lines = json_lines(&actions.folder.path().join("audit.log"), 2);
        let reason = lines.last().unwrap()["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains(&format!("identity: {step}: ")), "{step}: {reason}");
    }
}

#[test]
fn a_client_of_the_store_is_known_by_its_rules_as_soon_as_it_has_them() {
    let actions = Actions::new(&TOML.replace("id = 'deploy'", "id = 'other'").replace("'74'", "'99'"));
    let server = actions.serve();
    let [_, body, _] = bodies(&actions.identity(&json!({})));
    assert_eq!(ask(&server, &body).status, 400);
    let sub = "repo:acme/api:environment:prod";
    let rule = ["--trust", "github", "--sub", sub, "--claim", "repository_id=74", "--claims-from", "sha"];
    let add = [&["client", "add", "deploy", "--scope", "deploy:write", "--json"][..], &rule].concat();
    let made = actions.run(&add).exits(0).json();
    assert_eq!(made["client_secret"], Value::Null, "it needs none");
    let shown = actions.run(&["client", "show", "deploy", "--json"]).exits(0).json();
    let expected = json!([{"trust": "github", "sub": sub, "claims": {"repository_id": "74"}}]);
    assert_eq!((&shown["federated"], &shown["claims_from"]), (&expected, &json!(["sha"])));
    let reply = ask(&server, &body);
    assert_eq!((reply.status, &reply.json()["scope"]), (200, &json!("deploy:write")), "{reply:?}");
    actions.run(&["client", "rotate", "deploy"]).fails(2, &["rules for identities", "--auth-method"]);
    let without = ["client", "set", "deploy", "--federated", "[]", "--auth-method", "client_secret_basic"];
    actions.run(&without).exits(0);
    wait_until("its rule is gone", || {
        let [_, body, _] = bodies(&actions.identity(&json!({})));
        ask(&server, &body).status == 400
    });
}

#[test]
fn trust_test_says_which_client_a_token_would_be_and_why_not() {
    let actions = Actions::new(TOML);
    let good = actions.test(&actions.identity(&json!({})), &[]).exits(0);
    assert!(good.stdout.starts_with("client deploy\n"), "{}", good.stdout);
    let staging = actions.identity(&json!({"sub": "repo:acme/api:environment:staging"}));
    let refused = actions.test(&staging, &[]);
    assert!(
        refused.stdout.contains("  deploy: environment is staging, the rule wants prod\n"),
        "{}",
        refused.stdout
    );
    let json = refused.exits(8);
    assert!(json.stdout.starts_with("no client\n"), "{}", json.stdout);
    let json = actions.test(&staging, &["--json"]).exits(8).json();
    assert_eq!(
        (&json["accepted"], &json["client_id"], &json["verified"]),
        (&json!(false), &Value::Null, &json!(true))
    );
    assert_eq!(json["clients"][0]["reason"], "environment is staging, the rule wants prod");
    let json = actions.test(&actions.identity(&json!({"aud": "https://other"})), &["--json"]).exits(8).json();
    let failed: Vec<&Value> =
        json["checks"].as_array().unwrap().iter().filter(|check| check["status"] == "fail").collect();
    assert_eq!((failed.len(), &failed[0]["name"], &json["client_id"]), (1, &json!("aud"), &json!("deploy")));
    actions.test("opaque", &[]).fails(9, &["not a signed JWT"]);
    actions.test(&actions.identity(&json!({"iss": "https://evil.example.com"})), &["--client", "x"]).exits(8);
    // A stored client counts, too.
    let sub = "repo:acme/api:environment:staging";
    let add = ["client", "add", "stored", "--trust", "github", "--sub", sub, "--claim", "repository_id=74"];
    actions.run(&add).exits(0);
    let found = actions.test(&staging, &["--json"]).exits(0).json();
    assert_eq!(found["client_id"], "stored");
    actions.test(&staging, &["--client", "deploy"]).exits(8);
    actions.run(&["client", "disable", "stored"]).exits(0);
    let disabled = actions.test(&staging, &[]).exits(8);
    assert!(
        disabled.stdout.contains("  stored: it fits, but the client is disabled\n"),
        "{}",
        disabled.stdout
    );
}

#[test]
fn trust_test_fetches_no_keys_unless_it_is_told_to() {
    let actions = Actions::new(&TOML.replace("keys = 'keys.json'\n", ""));
    let identity = actions.identity(&json!({}));
    let found = actions.test(&identity, &[]).exits(0);
    assert!(found.stdout.starts_with("client deploy, if the issuer signed the token\n"), "{}", found.stdout);
    assert!(found.stdout.contains("skip signature  not checked"), "{}", found.stdout);
    assert_eq!(actions.test(&identity, &["--json"]).json()["verified"], json!(false));
    let checked = actions.test(&identity, &["--keys", "keys.json"]).exits(0);
    assert!(checked.stdout.starts_with("client deploy\n"), "{}", checked.stdout);
    let forged = Key::for_alg("ES256").sign("ES256", Some("one"), &Actions::claims());
    actions.test(&forged, &["--keys", "keys.json"]).exits(8);
}

/// The statuses of many concurrent requests with the same identity, round robin over nodes.
fn replayed(nodes: &[Server], body: &str, count: usize) -> (usize, usize) {
    let (next, granted, refused) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Relaxed);
                    if at >= count {
                        return;
                    }
                    match ask(&nodes[at % nodes.len()], body).status {
                        200 => granted.fetch_add(1, Relaxed),
                        400 => refused.fetch_add(1, Relaxed),
                        // A node that is busy with the store says so, and uses nothing up.
                        503 => 0,
                        other => panic!("{other}"),
                    };
                }
            });
        }
    });
    (granted.into_inner(), refused.into_inner())
}

#[test]
fn of_a_thousand_replays_on_three_nodes_exactly_one_gets_a_token() {
    let actions = Actions::new(&TOML.replace("audit_log = 'audit.log'\n", ""));
    let [_, body, _] = bodies(&actions.identity(&json!({})));
    let nodes = [(); 3].map(|()| {
        heistctl(["serve", "--listen", "127.0.0.1:0"])
            .in_folder(actions.folder.path())
            .env("HEISTCTL_STORE", "sqlite:s.db")
            .serve()
    });
    let (granted, refused) = replayed(&nodes, &body, 1000);
    assert!(granted == 1 && refused > 100, "{granted} {refused}");
}

#[test]
fn of_a_thousand_replays_on_three_nodes_of_a_database_exactly_one_gets_a_token() {
    let Some(database) = postgres::shared().map(Postgres::database) else { return };
    let actions = Actions::new(&TOML.replace("audit_log = 'audit.log'\n", ""));
    let [_, body, _] = bodies(&actions.identity(&json!({})));
    let nodes = [(); 3].map(|()| {
        heistctl(["serve", "--listen", "127.0.0.1:0"])
            .in_folder(actions.folder.path())
            .env("HEISTCTL_STORE", database.url())
            .env("PGPASSWORD", PASSWORD)
            .serve()
    });
    let (granted, refused) = replayed(&nodes, &body, 1000);
    assert!(granted == 1 && refused > 100, "{granted} {refused}");
}
