//! Tests of the banner.

use super::*;
use crate::commands::serve::Ready;

fn banner(client: Option<TrialClient>) -> Banner {
    let url = "https://127.0.0.1:8443";
    Banner {
        program: "heistctl".to_owned(),
        ready: Ready {
            event: "ready",
            url: url.to_owned(),
            token_url: format!("{url}/oauth/token"),
            issuer: "me".to_owned(),
            pid: 1,
            metrics_url: Some("http://127.0.0.1:9001/metrics".to_owned()),
        },
        endpoints: vec![("POST", "/oauth/token"), ("GET", "/.well-known/oauth-authorization-server")],
        clients: vec![("it's;me".to_owned(), "a b".to_owned())],
        more_clients: true,
        store: Some("/x/heistctl.db".to_owned()),
        signing: "ES256",
        ephemeral_key: true,
        certificate_ends: Some("2027-01-01T00:00:00Z".to_owned()),
        authority: None,
        demo: false,
        test: false,
        trial: Trial {
            client,
            token_url: format!("{url}/oauth/token"),
            insecure: false,
            cacert: None,
            store: None,
            store_password: false,
        },
    }
}

fn client(secret: TrialSecret) -> Option<TrialClient> {
    Some(TrialClient { id: "it's;me".to_owned(), secret, scope: None })
}

fn shown(banner: &Banner) -> String {
    let text = text(banner, Palette::default());
    for line in text.lines() {
        assert!(line.chars().count() <= COLUMNS, "{line}");
    }
    text
}

#[test]
fn the_banner_says_what_is_served() {
    let text = shown(&banner(None));
    for part in [
        "heistctl serve https://127.0.0.1:8443\n\n",
        "  issuer     me\n  signing    ES256, with a key for this run: its tokens end with it\n",
        "  tls        certificate until 2027-01-01T00:00:00Z\n  store      /x/heistctl.db\n",
        "  metrics    http://127.0.0.1:9001/metrics\n",
        "  endpoints  POST /oauth/token\n             GET  /.well-known/oauth-authorization-server\n",
        "  clients    it's;me  a b\n             … heistctl client list\n",
        "\nThese clients need more than a secret to get a token: heistctl token -h\n",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
    assert!(!text.contains("DEMO"), "{text}");
}

#[test]
fn scopes_are_cut_between_two_of_them() {
    let mut banner = banner(None);
    banner.clients = vec![("backend".to_owned(), "orders:read ".repeat(20).trim_end().to_owned())];
    assert!(
        shown(&banner).contains("  clients    backend  orders:read orders:read orders:read orders:read …\n")
    );
}

#[test]
fn commands_are_quoted_and_long_ones_are_broken() {
    let mut banner = banner(client(TrialSecret::File("my keys/a.secret".to_owned())));
    banner.program = "my bin/heistctl".to_owned();
    banner.trial.cacert = Some("certificates of this project/ca.pem".to_owned());
    let commands = r"
  export HEISTCTL_TOKEN_URL=https://127.0.0.1:8443/oauth/token
  export HEISTCTL_CLIENT_ID='it'\''s;me'
  export HEISTCTL_CLIENT_SECRET_FILE='my keys/a.secret'
  'my bin/heistctl' call --cacert 'certificates of this project/ca.pem'
  'my bin/heistctl' token --cacert 'certificates of this project/ca.pem' \
    | 'my bin/heistctl' inspect
";
    let text = shown(&banner);
    assert!(text.contains(commands), "{text}");
}

#[test]
fn nothing_is_pasted_after_a_command_that_asks() {
    let mut banner = banner(client(TrialSecret::Typed));
    banner.trial.insecure = true;
    let text = shown(&banner);
    let end = "\n  heistctl call --insecure-http --client-secret-file -\n\nCtrl-C";
    assert!(text.contains(end), "{text}");
}

#[test]
fn a_server_without_clients_shows_how_to_add_one() {
    let mut banner = banner(client(TrialSecret::Added));
    banner.trial.store = Some("sqlite:a b.db".to_owned());
    banner.clients.clear();
    let text = shown(&banner);
    assert!(text.contains("  clients    none, so no tokens are issued\n"), "{text}");
    let add = r"client add 'it'\''s;me' --scope try:it --store 'sqlite:a b.db'";
    assert!(text.contains(add), "{text}");
    banner.trial.store = Some("postgres://heist@db.example.com/heist".to_owned());
    banner.trial.store_password = true;
    let text = shown(&banner);
    for part in [
        "Try it in another terminal, with the store's password in PGPASSWORD:\n",
        "--scope try:it \\\n    --store postgres://heist@db.example.com/heist > ",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
}

#[test]
fn a_server_with_its_store_in_memory_gets_clients_from_its_configuration() {
    let mut banner = banner(None);
    banner.store = Some("memory".to_owned());
    banner.clients.clear();
    let text = shown(&banner);
    let cure = "\nThe store is in memory, so add a [[client]] to heist.toml: heistctl help config\n";
    assert!(text.contains(cure), "{text}");
}
