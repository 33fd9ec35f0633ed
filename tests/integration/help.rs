//! Help pages: short, with an example, and readable at 80 columns.

use crate::support::{Ran, heistctl};

/// Lines of a page of `-h` at most.
const MAX_LINES: usize = 60;

/// A page at this width; the words are a command and `-h` or `--help`.
fn page(columns: usize, words: &[&str]) -> String {
    heistctl(words).env("COLUMNS", columns.to_string()).run().exits(0).stdout
}

/// The commands that a page lists, but `help`.
fn listed(page: &str) -> Vec<String> {
    let lines = page.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command, as it is typed.
fn commands() -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while at < all.len() {
        let words: Vec<&str> = all[at].iter().map(String::as_str).chain(["-h"]).collect();
        let below = listed(&page(80, &words));
        let parent = all[at].clone();
        all.extend(below.into_iter().map(|name| parent.iter().cloned().chain([name]).collect()));
        at += 1;
    }
    all
}

#[test]
fn short_help_fits_60_lines_of_80_columns_and_begins_with_an_example() {
    let commands = commands();
    assert!(commands.len() > 20, "{commands:?}");
    for words in commands {
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["-h"]).collect();
        let short = page(80, &words);
        assert!(short.lines().count() <= MAX_LINES, "{words:?}: {} lines", short.lines().count());
        for line in short.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        assert_eq!(short, page(100, &words), "{words:?}: a line wraps at 80 columns");
        assert!(short.starts_with("Examples:\n  "), "{words:?}: {short}");
        assert!(short.contains("\nGlobal:\n"), "{words:?}: {short}");
        let long = page(80, &[&words[..words.len() - 1], &["--help"]].concat());
        assert!(!long.contains("Possible values:"), "{words:?}: {long}");
    }
}

#[test]
fn every_page_has_an_example_of_its_command_and_no_boilerplate() {
    let hidden = vec!["version".to_owned()];
    for words in commands().into_iter().chain([hidden]) {
        let command = format!("heistctl {}", words.join(" "));
        for help in ["-h", "--help"] {
            let typed: Vec<&str> = words.iter().map(String::as_str).chain([help]).collect();
            let page = page(80, &typed);
            let mut lines = page.lines();
            assert_eq!(lines.next(), Some("Examples:"), "{typed:?}: {page}");
            let examples: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
            let is_own = |line: &&str| {
                line.starts_with("  ") && (line.contains(command.trim_end()) || words == ["version"])
            };
            assert!(examples.iter().any(is_own), "{typed:?} has no example of its own: {page}");
            let of_color = page.lines().filter(|line| line.contains("never")).count();
            assert!(of_color <= 2, "{typed:?} says more than a line about --color: {page}");
        }
    }
}

#[test]
fn flags_stand_under_headings_in_the_order_in_which_they_are_met() {
    for (command, headings) in [
        ("token", &["Server", "Client", "Request", "Cache", "Output", "Global"][..]),
        ("call", &["Arguments", "Server", "Client", "Request", "Cache", "Output", "Global"]),
        ("inspect", &["Arguments", "Key", "Online", "Expectations", "Output", "Global"]),
        ("serve", &["Arguments", "Server", "Configuration", "TLS", "Test", "Global"]),
    ] {
        let page = page(80, &[command, "-h"]);
        let found =
            page.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.strip_suffix(':'));
        let found: Vec<&str> = found.filter(|heading| *heading != "Examples").collect();
        assert_eq!(found, headings, "{page}");
    }
}

#[test]
fn a_command_that_is_left_out_is_answered_with_the_short_help() {
    for words in [&[][..], &["client"], &["key"]] {
        let ran: Ran = heistctl(words).env("COLUMNS", "80").run().exits(2);
        let short = page(80, &[words, &["-h"]].concat());
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", short.as_str()), "{words:?}");
    }
}

#[test]
fn aliases_do_what_they_stand_for() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        heistctl(words).in_folder(folder.path()).env("HEISTCTL_STORE", "sqlite:clients.db").run().exits(0)
    };
    run(&["client", "create", "a", "--scope", "x"]);
    run(&["client", "update", "a", "--scope", "y"]);
    assert_eq!(run(&["client", "ls"]).stdout, run(&["client", "list"]).stdout);
    run(&["client", "rm", "a"]);
    run(&["client", "add", "a", "--scope", "x"]);
    run(&["client", "delete", "a"]);
    run(&["key", "create"]);
    assert_eq!(run(&["key", "ls"]).stdout.lines().count(), 1);
    let version = run(&["version"]);
    assert_eq!(version.stdout, run(&["--version"]).stdout);
    assert!(version.stderr.contains("note: ") && version.stderr.contains("heistctl --version"), "{version}");
}

#[test]
fn the_help_of_import_lists_every_member_of_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        heistctl(words).in_folder(folder.path()).env("HEISTCTL_STORE", "sqlite:clients.db").run().exits(0)
    };
    run(&["client", "add", "a", "--scope", "x"]);
    let help = page(80, &["client", "import", "--help"]);
    let line = run(&["client", "list", "--json"]).json();
    let client = line["clients"][0].as_object().expect("a client").clone();
    let told_only = ["created", "secrets"];
    let members = client.keys().map(String::as_str).filter(|name| !told_only.contains(name));
    for name in members.chain(["secret_hash"]) {
        let listed = help.lines().any(|line| line.split_whitespace().next() == Some(name));
        assert!(listed, "{name} is not in: {help}");
    }
}

#[test]
fn help_prints_a_command_or_a_reference() {
    let help = |words: &[&str]| page(80, &[&["help"], words].concat());
    for words in [&[][..], &["token"], &["client", "add"], &["help"], &["man"]] {
        assert_eq!(help(words), page(80, &[words, &["--help"]].concat()), "{words:?}");
    }
    for (name, parts) in [
        (
            "config",
            &["\n[limits]\nper_client = \"100/s\"\n    requests of each client. Default: none.\n"][..],
        ),
        ("environment", &["\n  HEISTCTL_CLIENT_ID\n      the client's id (--client-id)\n", "NO_COLOR"]),
        ("exit-codes", &["    0  done: ", "\n  130  interrupted\n"]),
    ] {
        let text = help(&[name]);
        for part in parts {
            assert!(text.contains(part), "{text} lacks {part}");
        }
        for line in text.lines() {
            assert!(line.chars().count() <= 80 || line.starts_with("secret_hash = "), "{line}");
        }
        let here = heistctl(["man", name]).run().fails(2, &["heistctl man has no page", "heistctl help "]);
        assert_eq!(here.stdout, "");
    }
    heistctl(["help", "client", "nosuch"]).run().fails(2, &["\"nosuch\"", "the commands are add, "]);
}

#[test]
fn each_command_has_a_man_page_of_plain_ascii() {
    for words in commands() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let roff = page(80, &[&["man"], &words[..]].concat());
        let name = [&["heistctl"], &words[..]].concat().join("-");
        assert!(roff.is_ascii() && roff.contains(&format!(".TH {name} 1")), "{words:?}: {roff}");
        for part in [".SH SYNOPSIS\n", ".SH EXAMPLES\n.EX\n", "\\-\\-color", ".SH \"EXIT STATUS\"\n"] {
            assert!(roff.contains(part), "{words:?} lacks {part}: {roff}");
        }
    }
}

#[test]
fn completions_know_the_topics_of_help() {
    let script = heistctl(["completions", "zsh"]).run().exits(0).stdout;
    let topics = script.lines().find(|line| line.contains("exit-codes")).expect("a line of topics");
    for name in commands().iter().filter_map(|words| words.first()) {
        assert!(topics.contains(name.as_str()), "{name} is not in {topics}");
    }
    assert!(topics.contains("config") && topics.contains("environment"), "{topics}");
}
