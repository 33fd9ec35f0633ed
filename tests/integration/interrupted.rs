//! Signals: what they end, what they leave, and what they do to the first process of a container.

use crate::support::api::{Api, answer};
use crate::support::faults::{Fault, Faults};
use crate::support::needs::needs;
use crate::support::process::wait_until;
use crate::support::{HACKER, binary, demo, folder, program};
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

fn kill(signal: &str, process: &str) {
    assert!(Command::new("kill").args([signal, process]).status().unwrap().success());
}

#[test]
fn the_first_process_of_a_container_ends_by_a_signal_too() {
    let unshared = Command::new("unshare").args(["-rpf", "true"]).output();
    if !needs("unshare, and the right to namespaces", unshared.is_ok_and(|ran| ran.status.success())) {
        return;
    }
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        for command in ["token", "call"] {
            // A server of its own: one that is late with what the last process asked would start the signal early.
            let silent = Faults::serve(|_, _| Fault::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec()));
            let command = if command == "call" { vec!["call", &silent.url] } else { vec![command] };
            // Tests that run in a shell's background have inherited that SIGINT is ignored.
            let args = ["--default-signal=INT,TERM", "unshare", "-rpf", binary().to_str().unwrap()];
            let run = program("env", args.iter().chain(&command)).envs(&HACKER);
            let running = run.env("HEISTCTL_TOKEN_URL", silent.token_url()).start();
            wait_until("it waits for its token", || !silent.asked().is_empty());
            let children = format!("/proc/{0}/task/{0}/children", running.id());
            kill(signal, fs::read_to_string(children).unwrap().trim());
            let ran = running.ended().exits(code);
            assert!(ran.stdout.is_empty(), "{ran}");
        }
    }
}

/// What a call that writes a file leaves, and how it ends, where it gets a signal while it waits for its answer.
/// That comes once the signal was sent; where `answered` is false, never.
fn signalled(how: &str, signal: &str, answered: bool) -> String {
    let server = demo();
    let (folder, elsewhere) = (folder(&[]), tempfile::tempdir().unwrap());
    let sent = elsewhere.path().join("sent");
    let awaited = sent.clone();
    let api = Api::serve(move |_, _| {
        while !(answered && awaited.exists()) {
            sleep(Duration::from_millis(10));
        }
        answer(200, "late")
    });
    let script = format!(
        "env {how} \"$1\" call -o answer \"$2\" & call=$!
        until ls answer.*.part; do kill -0 $call || exit 1; sleep 0.01; done >/dev/null 2>&1
        kill {signal} $call; touch \"$3\"; wait $call; echo \"exit $?\"; ls"
    );
    let ran = Command::new("sh")
        .args(["-c", &script, "sh", binary().to_str().unwrap(), &api.url, sent.to_str().unwrap()])
        .env("HEISTCTL_TOKEN_URL", server.token_url())
        .envs(HACKER)
        .current_dir(folder.path())
        .output()
        .unwrap();
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

#[test]
fn no_signal_leaves_a_part_of_a_file() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        // A shell without job control has its children ignore SIGINT.
        let said = signalled("--default-signal", signal, false);
        assert_eq!(said, format!("exit {code}\n"), "{signal}");
    }
}

/// As nohup does, or a shell without job control for what it runs beside itself.
#[test]
fn a_signal_that_the_parent_ignores_stays_ignored() {
    for (how, signal) in [("--ignore-signal=HUP", "-HUP"), ("--ignore-signal=INT", "-INT")] {
        assert_eq!(signalled(how, signal, true), "exit 0\nanswer\n", "{signal}");
    }
}
