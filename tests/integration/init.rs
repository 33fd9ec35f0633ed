//! `heistctl init`: what it writes works with the command that it names, and it overwrites nothing.

use crate::support::{folder, heistctl};
use std::os::unix::fs::PermissionsExt;

#[test]
fn what_is_written_serves_its_client() {
    let folder = folder(&[]);
    let init = ["init", "--client", "back\"end", "--scope", "orders:read orders:write"];
    let ran = heistctl(init).in_folder(folder.path()).run().exits(0);
    let secret = ran.stdout.trim().to_owned();
    assert!(secret.starts_with("heist_") && !ran.stderr.contains(&secret), "{ran}");
    assert!(ran.stderr.contains("hint: heistctl serve --config ./heist.toml\n"), "{ran}");
    let path = folder.path().join("heist.toml");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("secret_hash = \"sha256:") && !text.contains(&secret), "{text}");
    let serve = heistctl(["serve", "--config", "./heist.toml", "--listen", "127.0.0.1:0"]);
    let server = serve.in_folder(folder.path()).serve();
    let token = heistctl(["token", "--no-cache", "--client-id", "back\"end", "--json"]);
    let token = token.env("HEISTCTL_CLIENT_SECRET", &secret).env("HEISTCTL_TOKEN_URL", server.token_url());
    assert_eq!(token.run().exits(0).json()["scope"], "orders:read orders:write");
    // A second run changes nothing.
    let again = heistctl(init).in_folder(folder.path()).run();
    again.fails(1, &["./heist.toml exists, and init overwrites nothing", "hint: "]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_unit_or_a_compose_file_is_written_beside_it_or_nothing_at_all() {
    let folder = folder(&[]);
    std::fs::create_dir(folder.path().join("taken")).unwrap();
    std::fs::write(folder.path().join("taken/heistctl.service"), "mine").unwrap();
    let init = |more: &[&str]| {
        let init = ["init", "--client", "a", "--issuer", "https://tokens.example.com"].iter().chain(more);
        heistctl(init).in_folder(folder.path()).run()
    };
    let ran = init(&["--systemd", "unit"]).exits(0);
    let unit = std::fs::read_to_string(folder.path().join("unit/heistctl.service")).unwrap();
    assert!(unit.contains("/unit/heist.toml\nExecStart=/"), "{unit}");
    assert!(ran.stderr.contains("hint: sudo cp -i unit/heistctl.service /etc/systemd/system/ && "), "{ran}");
    let ran = init(&["--compose", "a b"]).exits(0);
    let compose = std::fs::read_to_string(folder.path().join("a b/compose.yaml")).unwrap();
    assert!(compose.contains("ports: [\"127.0.0.1:8001:8001\"]"), "{compose}");
    assert!(ran.stderr.contains("hint: docker compose -f 'a b/compose.yaml' up -d\n"), "{ran}");
    let check = ["serve", "--check", "--config", "a b/heist.toml", "--store", "memory:"];
    heistctl(check).in_folder(folder.path()).run().exits(0);
    init(&["--systemd", "taken"]).fails(1, &["taken/heistctl.service exists"]);
    assert!(!folder.path().join("taken/heist.toml").exists());
    init(&["--systemd", "with blank"]).fails(2, &["characters that a unit cannot name"]);
    init(&["--systemd", "--compose"]).fails(2, &["--compose"]);
    heistctl(["init"])
        .in_folder(folder.path())
        .run()
        .fails(2, &["--client is missing", "hint: heistctl init"]);
}
