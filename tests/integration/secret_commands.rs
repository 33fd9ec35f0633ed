//! What a `secret_command` has of its surroundings, and what is left of it where it takes too long.

use crate::support::api::{Api, answer};
use crate::support::faults::{Fault, Faults};
use crate::support::process::{needs_program, wait_until};
use crate::support::{Heistctl, binary, folder, program};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A folder with a profile `p` whose secret such a command gives.
fn configured(server: &Faults, command: &str) -> tempfile::TempDir {
    let folder = folder(&[]);
    fs::create_dir(folder.path().join("heistctl")).unwrap();
    let url = server.token_url();
    let text = format!(
        "[profile.p]\ntoken_url = '{url}'\nclient_id = 'me'\nsecret_command = ['sh', '-c', \"{command}\"]\n"
    );
    fs::write(folder.path().join("heistctl/config.toml"), text).unwrap();
    folder
}

fn without_terminal(folder: &Path, args: &[&str]) -> Heistctl {
    let run = program("setsid", ["-w", binary().to_str().unwrap()].iter().chain(args));
    run.env("XDG_CONFIG_HOME", folder).in_folder(folder)
}

fn tokens() -> Faults {
    Faults::serve(|_, _| Fault::token("t0k3n", 60))
}

#[test]
fn what_stdin_has_is_not_for_a_command_that_gives_the_secret() {
    let server = tokens();
    let folder = configured(&server, "cat > seen; echo s3cret");
    let api = Api::serve(|asked, _| answer(200, asked.body.clone()));
    let call = ["call", "--profile", "p", "-d", "@-", &api.url];
    let ran = crate::support::heistctl(call).env("XDG_CONFIG_HOME", folder.path()).in_folder(folder.path());
    assert_eq!(ran.stdin("the body").run().exits(0).stdout, "the body");
    assert_eq!(fs::read_to_string(folder.path().join("seen")).unwrap(), "");
    // Nor the rest of a list that a loop goes through.
    let script = "printf '1\\n2\\n3\\n' | while read -r line; do \"$0\" token --profile p --no-cache; done";
    let ran = program("sh", ["-c", script, binary().to_str().unwrap()]);
    let ran = ran.env("XDG_CONFIG_HOME", folder.path()).in_folder(folder.path()).run().exits(0);
    assert_eq!(ran.stdout, "t0k3n\nt0k3n\nt0k3n\n", "{ran}");
}

/// The process that has written its number into that file; none once it is gone.
fn alive(file: &Path) -> bool {
    let number = fs::read_to_string(file).unwrap_or_default();
    let status = fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
    // Ended and not waited for, as where nobody waits for orphans, it is gone, too.
    !number.trim().is_empty() && !status.is_empty() && !status.contains(") Z ")
}

#[test]
fn nothing_is_left_of_a_command_that_takes_too_long_or_is_not_wanted_any_more() {
    if !needs_program("setsid") {
        return;
    }
    let server = tokens();
    let folder = configured(&server, "sleep 50 & echo $! > child; wait");
    let child = folder.path().join("child");
    let late = without_terminal(folder.path(), &["token", "--profile", "p", "--timeout", "1"]).run();
    late.fails(7, &["secret_command of profile p timed out"]);
    wait_until("its child is gone", || !alive(&child));
    // The same by a signal.
    fs::remove_file(&child).unwrap();
    let running = without_terminal(folder.path(), &["token", "--profile", "p"]).start();
    wait_until("it has a child", || alive(&child));
    // setsid becomes it, unless it leads a group itself.
    let of = |name: &str| fs::read_to_string(format!("/proc/{0}/task/{0}/{name}", running.id())).unwrap();
    let own = if of("comm").trim() == "setsid" { of("children") } else { running.id().to_string() };
    assert!(Command::new("kill").args(["-TERM", own.trim()]).status().unwrap().success());
    let ran = running.ended();
    assert!(ran.code != 0 && ran.stdout.is_empty(), "{ran}");
    wait_until("its child is gone", || !alive(&child));
}

#[test]
fn a_call_tells_that_it_was_its_token_that_took_too_long() {
    let server = tokens();
    let folder = configured(&server, "sleep 5");
    let late = |command: &str| {
        let args = [command, "--profile", "p", "--timeout", "500ms"];
        crate::support::heistctl(args).env("XDG_CONFIG_HOME", folder.path()).run()
    };
    for (command, code) in [("token", 7), ("call", 17)] {
        late(command).fails(code, &["client secret: the secret_command of profile p timed out"]);
    }
}

#[test]
fn a_secret_command_does_not_inherit_a_servers_secrets() {
    let server = tokens();
    let folder = configured(&server, "env > seen; echo s3cret");
    let secrets = [("HEISTCTL_SIGNING_SECRET", "k3y"), ("HEISTCTL_STORE_KEY", "k3y"), ("PGPASSWORD", "k3y")];
    let ran = crate::support::heistctl(["token", "--profile", "p"]).env("XDG_CONFIG_HOME", folder.path());
    ran.envs(&secrets).in_folder(folder.path()).run().exits(0);
    let seen = fs::read_to_string(folder.path().join("seen")).unwrap();
    assert!(seen.contains("PATH=") && !seen.contains("k3y"), "{seen}");
}
