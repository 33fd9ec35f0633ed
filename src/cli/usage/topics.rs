//! Words after `help` and `man` for which there is no page.

use super::super::Cli;
use super::super::help::REFERENCES;
use super::foreign_commands::WORDS;
use super::nearest::similar;
use super::shown::shown;
use crate::exit::{Exit, Failure};
use clap::{Command, CommandFactory};

/// Other words for the reference pages.
const TOPICS: [(&str, &str); 3] = [
    (
        "heist.toml toml configuration config.toml configure settings conf file profile profiles keys-of-heist.toml",
        "config",
    ),
    ("env envs variables vars environment-variables envvars env-vars variable", "environment"),
    ("exit exits exitcodes exit-codes exit-status codes errors error status return exit_codes", "exit-codes"),
];

/// The failure for `heistctl help WORDS` and `heistctl man WORDS`.
#[must_use]
pub fn no_page(page: &str, words: &[String]) -> Failure {
    let all = Cli::command();
    let (found, rest) = known(&all, words);
    let (what, hint) = match rest.first() {
        Some(word) if found.is_empty() => {
            let kind = if page == "man" { "page" } else { "topic" };
            (format!("heistctl {page} has no {kind} {}", shown(word)), meant(page, word, &rest[1..]))
        }
        Some(word) => {
            let group = found.join(" ");
            let below = all.find_subcommand(&found[0]).filter(|command| command.has_subcommands());
            let similar = below.and_then(|command| similar(&word.to_lowercase(), names(command)));
            match (below, similar) {
                (Some(_), Some(name)) => {
                    (no_command(&group, word), format!("heistctl {page} {} {name}", found[0]))
                }
                (Some(command), None) if found.len() == 1 => (
                    no_command(&group, word),
                    format!("the commands are {}", names(command).collect::<Vec<_>>().join(", ")),
                ),
                _ => {
                    let what = format!("heistctl {page}: {} is one argument too many", shown(word));
                    (what, format!("heistctl {page} {group}"))
                }
            }
        }
        None => ("there is no such page".to_owned(), format!("heistctl {page}")),
    };
    Failure::new(Exit::Usage, "usage", what).hint(hint)
}

fn no_command(group: &str, word: &str) -> String {
    format!("heistctl {group} has no command {}", shown(word))
}

/// The words that name a command, and the others.
fn known<'a>(all: &Command, words: &'a [String]) -> (Vec<String>, &'a [String]) {
    let mut command = all;
    let mut found = Vec::new();
    for word in words {
        let Some(below) = command.find_subcommand(word) else { break };
        command = below;
        found.push(below.get_name().to_owned());
    }
    let rest = &words[found.len()..];
    (found, rest)
}

fn names(command: &Command) -> impl Iterator<Item = String> {
    command.get_subcommands().filter(|known| !known.is_hide_set()).map(|known| known.get_name().to_owned())
}

fn meant(page: &str, word: &str, next: &[String]) -> String {
    let all = Cli::command();
    let lower = word.to_lowercase();
    let lower = lower.trim_end_matches(".1");
    // Man pages have the name heistctl-token, and a section.
    let bare = lower.strip_prefix("heistctl").map(|rest| rest.trim_start_matches('-').replace('-', " "));
    if let Some(bare) = &bare {
        return format!("heistctl {page} {bare}").trim_end().to_owned();
    }
    if lower.bytes().all(|byte| byte.is_ascii_digit()) && !next.is_empty() {
        return format!("heistctl {page} {}", known(&all, next).0.join(" ")).trim_end().to_owned();
    }
    let exact = TOPICS.iter().find(|(words, _)| words.split(' ').any(|known| known == lower));
    let reference = exact.map(|(_, topic)| (*topic).to_owned());
    let reference = reference.or_else(|| similar(lower, REFERENCES.iter().map(|name| (*name).to_owned())));
    if let Some(topic) = reference {
        return format!("heistctl help {topic}");
    }
    let row = WORDS
        .iter()
        .find(|(parent, words, _)| parent.is_empty() && words.split_whitespace().any(|known| known == lower));
    let exact = all.find_subcommand(lower).map(|command| command.get_name().to_owned());
    let command = exact.or_else(|| similar(lower, names(&all))).or_else(|| {
        let (_, _, meant) = row?;
        let words: Vec<String> = meant.split(' ').map(str::to_owned).collect();
        Some(known(&all, &words).0.join(" ")).filter(|command| !command.is_empty())
    });
    match command {
        Some(command) => format!("heistctl {page} {command}"),
        None => {
            let commands = names(&all).filter(|name| name != "help").collect::<Vec<_>>().join(", ");
            format!("the commands are {commands}; heistctl help also has {}", REFERENCES.join(", "))
        }
    }
}
