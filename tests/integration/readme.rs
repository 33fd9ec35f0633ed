//! What the README shows is what one sees: its console blocks are run, its configuration is read,
//! its table of exit codes is the program's.

use crate::support::{binary, demo, folder, heistctl, repository};
use heistctl::exit::Exit;
use std::process::Command;

fn readme() -> String {
    std::fs::read_to_string(repository().join("README.md")).expect("README.md is there")
}

/// The fenced blocks of the README that follow `<!-- test: NAME -->`.
pub(crate) fn blocks(name: &str) -> Vec<String> {
    blocks_of(&readme(), name)
}

/// The same of any document.
pub(crate) fn blocks_of(text: &str, name: &str) -> Vec<String> {
    let mark = format!("<!-- test: {name} -->\n");
    let marked = text.split(&mark).skip(1);
    let blocks = marked.map(|rest| {
        let fenced = rest.strip_prefix("```").expect("a fence follows the mark");
        let body = fenced.split_once('\n').expect("a fence has a body").1;
        body.split("\n```").next().expect("a fence ends").to_owned()
    });
    blocks.collect()
}

/// Runs a block's commands in one shell and gives the block as it would have to look.
fn replay(block: &str, url: &str) -> String {
    let commands: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let script: Vec<String> = commands.iter().map(|c| format!("echo '$ '{}\n{c}", quoted(c))).collect();
    let here = folder(&[]);
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    // A screen that waits for what does not come must end, and all that it has started.
    let output = Command::new("timeout")
        .args(["60", "sh", "-c", &format!("exec 2>&1\n{}", script.join("\n"))])
        .current_dir(here.path())
        .env_clear()
        .env("PATH", path)
        .env("HEISTCTL_TOKEN_URL", format!("{url}/oauth/token"))
        .stdin(std::process::Stdio::null())
        .output()
        .expect("timeout and sh run");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

pub(crate) fn same(block: &str, url: &str) {
    let expected = block.replace("http://127.0.0.1:8001", url);
    let seen = replay(&expected, url);
    assert_eq!(seen, expected, "\n--- what one sees:\n{seen}\n--- what the README shows:\n{expected}");
}

#[test]
fn the_transcripts_are_what_one_sees() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: the README's transcripts need curl, which is not installed");
        return;
    }
    let blocks = blocks("demo");
    assert!(blocks.len() >= 2);
    let server = demo();
    for block in blocks {
        same(&block, server.url());
    }
}

#[test]
fn the_screens_that_need_no_server_are_what_one_sees() {
    let blocks = blocks("alone");
    assert!(!blocks.is_empty());
    for block in blocks {
        same(&block, "http://127.0.0.1:1");
    }
}

#[test]
fn the_configuration_is_one_that_serves() {
    let [toml] = blocks("heist.toml").try_into().expect("one example");
    let toml = toml.replace("127.0.0.1:8001", "127.0.0.1:0");
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: the README's configuration needs openssl, which is not installed");
        return;
    }
    let [setup] = blocks("setup").try_into().expect("one way to make its files");
    let folder = folder(&[("heist.toml", &toml)]);
    let made = Command::new("sh").args(["-ec", &setup]).current_dir(folder.path()).output().expect("sh runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let serve = heistctl(["serve"]).in_folder(folder.path()).env("HACKER_CLIENT_SECRET", "secret");
    let server = serve.serve();
    assert_eq!(server.ready["issuer"], "https://tokens.example.com");
    for (id, secret) in [("hacker-client", "secret"), ("planner-client", "password")] {
        let client = [("HEISTCTL_CLIENT_ID", id), ("HEISTCTL_CLIENT_SECRET", secret)];
        heistctl(["token"]).env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&client).run().exits(0);
    }
}

#[test]
fn the_profiles_are_read() {
    let [toml] = blocks("config.toml").try_into().expect("one example");
    let folder = folder(&[]);
    std::fs::create_dir(folder.path().join("heistctl")).unwrap();
    std::fs::write(folder.path().join("heistctl/config.toml"), toml).unwrap();
    let listed = heistctl(["token", "--list-profiles"]).env("XDG_CONFIG_HOME", folder.path()).run().exits(0);
    let names: Vec<&str> = listed.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["agent", "backup"]);
}

#[test]
fn the_script_for_ci_finds_what_it_should() {
    let [script] = blocks("script").try_into().expect("one script");
    let folder = folder(&[("test-access.sh", &script)]);
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let run = heistctl(["-q", "serve", "--demo", "--", "sh", "test-access.sh"]).in_folder(folder.path());
    let ran = run.env("PATH", path).run().exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("access is as it should be\n", ""));
}

#[test]
fn the_configuration_for_a_network_is_right() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: the README's files for TLS need openssl, which is not installed");
        return;
    }
    let [toml] = blocks("tls.toml").try_into().expect("one example");
    let [setup] = blocks("tls setup").try_into().expect("one way to make its files");
    let folder = folder(&[("heist.toml", &toml)]);
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let made = Command::new("sh").args(["-ec", &setup]).env("PATH", path).current_dir(folder.path()).output();
    let made = made.expect("sh runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let ran = heistctl(["serve", "--check", "--json"]).in_folder(folder.path()).run().exits(0);
    assert_eq!((&ran.json()["ok"], &ran.json()["clients"]), (&true.into(), &3.into()));
}

#[test]
fn the_exit_codes_are_the_programs() {
    let rows: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("| {} | {} |", exit.code(), exit.sentence())).collect();
    let table = rows.join("\n");
    assert!(readme().contains(&table), "the README's table should be\n{table}");
}
