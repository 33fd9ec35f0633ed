//! `heistctl serve -- COMMAND`: a server for as long as a command runs.

use crate::support::process::wait_until;
use crate::support::{Ran, binary, folder, heistctl};
use serde_json::Value;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// Serves the demo for a script.
fn demo_for(script: &str) -> crate::support::Heistctl {
    heistctl(["serve", "--demo", "--", "sh", "-c", script]).env("HEISTCTL", binary())
}

/// The variables that a command finds, by name.
fn variables(ran: &Ran) -> Vec<(&str, &str)> {
    let all = ran.stdout.lines().filter_map(|line| line.split_once('='));
    let mut ours: Vec<_> = all.filter(|(name, _)| name.starts_with("HEISTCTL_")).collect();
    ours.sort_unstable();
    ours
}

#[test]
fn a_command_is_told_where_the_server_is_and_who_it_may_be() {
    // What another server's environment says is not the command's.
    let elsewhere = [
        ("HEISTCTL_ISSUER", "https://elsewhere.example.com"),
        ("HEISTCTL_CLIENT_ID", "somebody"),
        ("HEISTCTL_CLIENT_SECRET_FILE", "/nowhere"),
        ("HEISTCTL_SCOPE", "memory:read"),
    ];
    let ran = heistctl(["serve", "--demo", "--", "env"]).envs(&elsewhere).run().exits(0);
    let found = variables(&ran);
    let url = found.iter().find(|(name, _)| *name == "HEISTCTL_URL").expect("a URL").1;
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":8001"), "a free port: {url}");
    let token_url = format!("{url}/oauth/token");
    assert_eq!(
        found,
        [
            ("HEISTCTL_CLIENT_ID", "hacker-client"),
            ("HEISTCTL_CLIENT_SECRET", "hacker-secret-123"),
            ("HEISTCTL_SCOPE", "memory:read"),
            ("HEISTCTL_TOKEN_URL", &token_url),
            ("HEISTCTL_URL", url),
        ]
    );
    let folder = folder(&[("heist.toml", "listen = '127.0.0.1:0'\n")]);
    let ran = heistctl(["serve", "--", "env"]).in_folder(folder.path()).run().exits(0);
    let found = variables(&ran);
    assert_eq!(
        found.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["HEISTCTL_ISSUER", "HEISTCTL_TOKEN_URL", "HEISTCTL_URL"]
    );
    assert_eq!(found[0].1, found[2].1, "without another one the issuer is the listen URL");
}

#[test]
fn the_commands_code_is_ours() {
    let folder = folder(&[("data", "no program")]);
    let data = folder.path().join("data");
    for (script, code) in
        [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -KILL $$", 137), ("kill -TERM $$", 143)]
    {
        let ran = demo_for(script).run().exits(code);
        assert!(!ran.stderr.contains("error: "), "{ran}");
    }
    let run = |program: &str| heistctl(["serve", "--demo", "--", program]).in_folder(folder.path()).run();
    run("no-such-program").fails(
        127,
        &[
            "error: serve: cannot run the command: \"no-such-program\"",
            "was not found",
            "in PATH: command -v no-such-program",
        ],
    );
    run("./data").fails(
        126,
        &["error: serve: cannot run the command: \"./data\" may not be executed", "chmod +x ./data"],
    );
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    run("./data").fails(
        126,
        &[
            "error: serve: cannot run the command: \"./data\"",
            "not a program that this system can run",
            "#!/bin/sh",
        ],
    );
    run(".").fails(126, &["error: serve: cannot run the command: \".\" is a folder"]);
}

#[test]
fn stdin_and_stdout_are_the_commands_and_the_log_goes_to_stderr() {
    let script = "cat; \"$HEISTCTL\" token >/dev/null; echo done";
    let ran = demo_for(script).stdin("hello\n").run().exits(0);
    assert_eq!(ran.stdout, "hello\ndone\n");
    let events: Vec<Value> = ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["ready", "request"], "{ran}");
    let quiet = heistctl(["-q", "serve", "--demo", "--", "sh", "-c", script]).env("HEISTCTL", binary());
    let quiet = quiet.stdin("hello\n").run().exits(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("hello\ndone\n", ""));
}

#[test]
fn signals_are_passed_on_and_the_command_decides() {
    for (signal, name) in [("-TERM", "TERM"), ("-INT", "INT")] {
        // Its first line takes the ready event's place.
        let script = format!(
            "trap 'echo got {name}; exit 3' {name}; echo \"{{\\\"url\\\":\\\"$HEISTCTL_URL\\\"}}\"; while :; do sleep 0.02; done"
        );
        let server = demo_for(&script).serve();
        let address = server.address();
        server.signal(signal);
        let (code, log) = server.end();
        assert_eq!((code, log.as_str()), (3, format!("got {name}\n").as_str()));
        assert!(TcpStream::connect(address).is_err(), "it serves no longer than the command runs");
    }
}

#[test]
fn a_command_that_goes_on_after_a_signal_is_served_on() {
    let script =
        "trap 'echo heard' TERM; echo \"{\\\"url\\\":\\\"$HEISTCTL_URL\\\"}\"; until read line; do :; done";
    let folder = folder(&[]);
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let script = format!("exec <>'{}'; {script}", fifo.display());
    let server = demo_for(&script).serve();
    for _ in 0..3 {
        server.signal("-TERM");
        assert_eq!(server.request("GET", "/health", &[], "").status, 200);
    }
    std::fs::write(&fifo, "end\n").unwrap();
    let address = server.address();
    wait_until("it ends with its command", || {
        TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err()
    });
    assert_eq!(server.wait(), 0);
}

#[test]
fn the_port_is_a_free_one_unless_the_flag_says_which() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = folder(&[("heist.toml", &format!("listen = '{address}'\n"))]);
    let serve = |more: &[&str]| {
        let args = ["serve"].iter().chain(more).chain(&["--", "true"]).copied().collect::<Vec<_>>();
        heistctl(args).in_folder(folder.path()).run()
    };
    serve(&[]).exits(0);
    serve(&["--listen", &address]).fails(1, &["cannot listen on ", &address]);
    serve(&["--issuer", "http://elsewhere.example.com"]).fails(2, &["error: configuration: "]);
}

#[test]
fn a_ready_file_is_there_before_the_command_is() {
    let folder = folder(&[]);
    let args = ["serve", "--demo", "--ready-file", "ready.json", "--", "cat", "ready.json"];
    let ran = heistctl(args).in_folder(folder.path()).run().exits(0);
    assert_eq!(ran.json()["event"], "ready");
}

#[test]
fn a_command_does_not_inherit_what_only_the_server_needs() {
    let toml = "[signing]\nsecret_env = 'SIGN'\n[[client]]\nid = 'a'\nsecret_env = 'OF_CLIENT'\n";
    let folder = folder(&[("heist.toml", toml)]);
    let secrets = [
        ("SIGN", "k3y-of-the-server-k3y-of-the-server"),
        ("HEISTCTL_SIGNING_SECRET", "another-k3y-another-k3y-another-k3y"),
        ("HEISTCTL_STORE_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"),
        ("PGPASSWORD", "pa55word"),
        ("HEISTCTL_STORE", "mysql://me:pa55word@db/x"),
        ("NOTIFY_SOCKET", "/nowhere/notify"),
        ("LISTEN_FDS", "0"),
    ];
    let args = ["serve", "--store", "memory:", "--", "env"];
    let kept = [("MINE", "stays"), ("OF_CLIENT", "the-command-is-a-client")];
    let ran = heistctl(args).envs(&secrets).envs(&kept).in_folder(folder.path()).run().exits(0);
    for (name, value) in secrets {
        assert!(!ran.stdout.contains(&format!("{name}=")), "{name} is inherited: {ran}");
        assert!(value == "0" || !ran.stdout.contains(value), "{name} is inherited: {ran}");
    }
    for (name, value) in kept {
        assert!(ran.stdout.contains(&format!("{name}={value}\n")), "{name} is not inherited: {ran}");
    }
}
