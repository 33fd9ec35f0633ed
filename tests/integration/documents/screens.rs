//! Console blocks: the commands are run, and what they print is what the block shows.

use super::{Block, blocks, path};
use crate::support::process::needs_program;
use crate::support::{demo, folder, heistctl};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a block's commands in one shell and gives the block as it would have to look.
fn replay(block: &str, token_url: &str, here: &Path) -> String {
    let script: Vec<String> = commands(block)
        .iter()
        .map(|lines| {
            let shown = lines.join("\n> ");
            let show = format!("printf '%s\\n' '$ '{}", quoted(&shown));
            // The command still sees how the one before it ended.
            format!("code_=$?; {show}; (exit $code_)\n{}", lines.join("\n"))
        })
        .collect();
    // A screen that waits for what does not come must end, and all that it has started.
    let output = Command::new("timeout")
        .args(["60", "sh", "-c", &format!("exec 2>&1\n{}", script.join("\n"))])
        .current_dir(here)
        .env_clear()
        .env("PATH", path())
        .env("HEISTCTL_TOKEN_URL", token_url)
        .stdin(Stdio::null())
        .output()
        .expect("timeout and sh run");
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of each command: the one with the prompt, and those that continue it.
fn commands(block: &str) -> Vec<Vec<&str>> {
    let mut commands: Vec<Vec<&str>> = Vec::new();
    let mut typed = false;
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(vec![command]);
            typed = true;
        } else if let Some(rest) = line.strip_prefix("> ").filter(|_| typed) {
            commands.last_mut().expect("a command").push(rest);
        } else {
            typed = false;
        }
    }
    commands
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Whether these lines are those that are shown, where `…` stands for any text.
fn fits(shown: &[&str], seen: &[&str]) -> bool {
    match (shown, seen) {
        ([], seen) => seen.is_empty(),
        (["…", rest @ ..], seen) => (0..=seen.len()).any(|lines| fits(rest, &seen[lines..])),
        ([_, ..], []) => false,
        ([one, rest @ ..], [other, others @ ..]) => fits_line(one, other) && fits(rest, others),
    }
}

fn fits_line(shown: &str, seen: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else { return shown == seen };
    let Some(rest) = seen.strip_prefix(before) else { return false };
    rest.char_indices().skip(1).map(|(at, _)| at).chain([rest.len()]).any(|at| fits_line(after, &rest[at..]))
}

/// The block with each port of its own on 127.0.0.1 replaced by a free one.
fn on_free_ports(block: &str) -> String {
    let mut text = block.to_owned();
    let mut ports: Vec<&str> = block
        .split("127.0.0.1:")
        .skip(1)
        .map(|rest| &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())])
        .filter(|port| port.len() == 4)
        .collect();
    ports.sort_unstable();
    ports.dedup();
    // All at once: a port that is free again may be given twice.
    let free: Vec<TcpListener> =
        ports.iter().map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    for (port, free) in ports.iter().zip(&free) {
        let free = format!("127.0.0.1:{}", free.local_addr().unwrap().port());
        text = text.replace(&format!("127.0.0.1:{port}"), &free);
    }
    text
}

/// Runs a screen where no server is.
pub(crate) fn same(block: &Block) {
    let shown = on_free_ports(&block.text);
    compare(&block.place, &shown, "http://127.0.0.1:1/oauth/token");
}

fn compare(place: &str, shown: &str, token_url: &str) {
    compare_in(folder(&[]).path(), place, shown, token_url);
}

/// Runs a screen in this folder.
pub(crate) fn compare_in(here: &Path, place: &str, shown: &str, token_url: &str) {
    let seen = replay(shown, token_url, here);
    let (lines, seen_lines): (Vec<&str>, Vec<&str>) = (shown.lines().collect(), seen.lines().collect());
    let same = fits(&lines, &seen_lines);
    assert!(same, "{place}\n--- what one sees:\n{seen}\n--- what the document shows:\n{shown}");
}

#[test]
fn the_screens_beside_a_demo_are_what_one_sees() {
    if !needs_program("curl") {
        return;
    }
    let blocks = blocks("demo");
    assert!(blocks.len() >= 2);
    let server = demo();
    for block in blocks {
        let shown = block.text.replace("http://127.0.0.1:8001", server.url());
        compare(&block.place, &shown, server.token_url());
    }
}

#[test]
fn the_screens_that_need_no_server_are_what_one_sees() {
    if !needs_program("curl") || !needs_program("openssl") {
        return;
    }
    let blocks = blocks("alone");
    assert!(!blocks.is_empty());
    for block in blocks {
        same(&block);
    }
}

#[test]
fn a_screen_that_differs_is_seen() {
    for (shown, seen, same) in [
        (&["a", "b"][..], &["a", "b"][..], true),
        (&["a"], &["a", "b"], false),
        (&["a", "b"], &["a"], false),
        (&["a…c"], &["abbc"], true),
        (&["a…c"], &["ac"], false),
        (&["…c…"], &["abcd"], true),
        (&["a", "…", "d"], &["a", "b", "c", "d"], true),
        (&["a", "…", "d"], &["a", "d", "e"], false),
    ] {
        assert_eq!(fits(shown, seen), same, "{shown:?} {seen:?}");
    }
    assert_eq!(commands("$ a \\\n>   b\nc\n> d\n$ e\n"), [vec!["a \\", "  b"], vec!["e"]]);
    let here = folder(&[]);
    let ran = replay("$ printf '%s\\n' a \\\n>   b; false\nc\n$ echo $?\n", "", here.path());
    assert_eq!(ran, "$ printf '%s\\n' a \\\n>   b; false\na\nb\n$ echo $?\n1\n");
}

#[test]
fn the_script_for_ci_finds_what_it_should() {
    let [script] = blocks("script").try_into().expect("one script");
    let folder = folder(&[("test-access.sh", &script.text)]);
    let run = heistctl(["-q", "serve", "--demo", "--", "sh", "test-access.sh"]).in_folder(folder.path());
    let ran = run.env("PATH", path()).run().exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("access is as it should be\n", ""));
}
