//! The program accepts the configurations and profiles in the documents.

use super::screens::compare_in;
use super::{Block, all_blocks, blocks, path};
use crate::support::process::needs_program;
use crate::support::{Heistctl, folder, heistctl};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A folder with a configuration and with what the `setup` blocks of its document make.
fn site(document: &str, configuration: &str) -> TempDir {
    let folder = folder(&[("heist.toml", configuration)]);
    let is_setup = |block: &Block| block.mark.as_deref() == Some("setup") && block.document() == document;
    for setup in all_blocks().into_iter().filter(is_setup) {
        let mut made = Command::new("sh");
        made.args(["-ec", &setup.text]).env("PATH", path()).current_dir(folder.path());
        let made = made.output().expect("sh runs");
        assert!(made.status.success(), "{}: {}", setup.place, String::from_utf8_lossy(&made.stderr));
    }
    folder
}

/// A command beside a configuration, with a secret in each variable that it names.
fn beside(folder: &Path, args: &[&str], configuration: &str) -> Heistctl {
    let names = configuration.lines().filter_map(|line| line.strip_prefix("secret_env = \""));
    let names = names.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name);
    let command = heistctl(args).in_folder(folder);
    names.fold(command, |command, name| command.env(name, format!("the-secret-of-{name}-0b7c1d93e8f24a")))
}

fn is_accepted(block: &Block, configuration: &str) {
    let folder = site(block.document(), configuration);
    let check = ["serve", "--check", "--json", "--listen", "127.0.0.1:0", "--store", "memory:"];
    let listens = configuration.lines().any(|line| line.starts_with("listen "));
    let check = if listens { &check[..3] } else { &check[..] };
    let ran = beside(folder.path(), check, configuration).env("HOME", folder.path()).run();
    let clients = configuration.lines().filter(|line| line.trim_end() == "[[client]]").count();
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    assert_eq!((&json["ok"], &json["clients"]), (&true.into(), &clients.into()), "{}\n{ran}", block.place);
}

#[test]
fn serve_accepts_the_configurations() {
    if !needs_program("openssl") {
        return;
    }
    for block in blocks("heist.toml") {
        is_accepted(&block, &block.text);
    }
}

/// README.md: the server of the configuration, whose issuer is elsewhere, gives a token on this machine.
#[test]
fn the_configuration_of_the_readme_serves_on_a_laptop() {
    let [real] = blocks("real").try_into().expect("one screen beside the real server");
    let is_its = |block: &Block| block.document() == real.document();
    let [toml] = blocks("heist.toml").into_iter().filter(is_its).collect::<Vec<_>>().try_into().expect("one");
    let folder = site(real.document(), &toml.text.replace("0.0.0.0:8443", "127.0.0.1:0"));
    let [before] = blocks("beside").try_into().expect("one screen before the server runs");
    compare_in(folder.path(), &before.place, &before.text, "");
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    let port = server.url().rsplit(':').next().unwrap();
    let shown = real.text.replace("localhost:8443", &format!("localhost:{port}"));
    compare_in(folder.path(), &real.place, &shown, "");
}

#[test]
fn serve_accepts_the_parts_of_configurations() {
    if !needs_program("openssl") {
        return;
    }
    for block in blocks("fragment") {
        is_accepted(&block, &block.text);
    }
    for block in blocks("client fragment") {
        is_accepted(&block, &format!("[[client]]\nid = \"framed\"\n{}", block.text));
    }
}

#[test]
fn the_example_of_a_configuration_serves() {
    if !needs_program("openssl") {
        return;
    }
    let examples = blocks("heist.toml").into_iter().filter(|block| block.text.contains("\"planner-client\""));
    let [block] = examples.collect::<Vec<_>>().try_into().expect("one example with planner-client");
    let toml = block.text.replace("127.0.0.1:8001", "127.0.0.1:0");
    let folder = site(block.document(), &toml);
    let serve = heistctl(["serve"]).in_folder(folder.path()).env("HACKER_CLIENT_SECRET", "secret");
    let server = serve.serve();
    assert_eq!(server.ready["issuer"], "https://tokens.example.com");
    for (id, secret) in [("hacker-client", "secret"), ("planner-client", "password")] {
        let client = [("HEISTCTL_CLIENT_ID", id), ("HEISTCTL_CLIENT_SECRET", secret)];
        heistctl(["token"]).env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&client).run().exits(0);
    }
}

#[test]
fn profiles_are_read() {
    let blocks = blocks("config.toml");
    assert!(!blocks.is_empty());
    for block in blocks {
        let folder = folder(&[]);
        std::fs::create_dir(folder.path().join("heistctl")).unwrap();
        std::fs::write(folder.path().join("heistctl/config.toml"), &block.text).unwrap();
        let listed =
            heistctl(["token", "--list-profiles"]).env("XDG_CONFIG_HOME", folder.path()).run().exits(0);
        let names: Vec<&str> = listed.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
        let written = block.text.lines().filter_map(|line| line.strip_prefix("[profile."));
        let mut written: Vec<&str> = written.filter_map(|rest| rest.strip_suffix(']')).collect();
        written.sort_unstable();
        assert_eq!(names, written, "{}", block.place);
    }
}
