//! Unknown commands.

use super::foreign_commands::{ADVICE, WORDS, fill};
use super::shown::{plain_word, shown};
use super::word_kind::{is_method, is_web_url};
use super::{Cli, Explained, TypedCommandLine, similar};
use clap::CommandFactory;

impl TypedCommandLine {
    pub(super) fn explain_no_command(&self) -> Explained {
        let name = self.name();
        (format!("{name} needs a command: {}", self.subcommands()), format!("{name} -h"))
    }

    /// An unknown command.
    pub(super) fn explain_command(&self, word: &str) -> Explained {
        let what = format!("{} has no command {}", self.name(), shown(word));
        (what, self.meant_by(word))
    }

    fn meant_by(&self, word: &str) -> String {
        if is_web_url(word) {
            return "heistctl call URL requests it with a token".to_owned();
        }
        if plain_word(word).is_none() {
            return "heistctl inspect < token.txt judges a token; heistctl -h lists the commands".to_owned();
        }
        let lower = word.to_ascii_lowercase();
        if lower == "get" && self.path.is_empty() {
            return "heistctl token gets a token; heistctl call URL requests a resource with it".to_owned();
        }
        let is_row = |(parent, words, _): &&(&str, &str, &'static str)| {
            *parent == self.path && words.split_whitespace().any(|known| known == lower)
        };
        if let Some((_, _, cure)) = ADVICE.iter().find(is_row) {
            return fill(cure, self.after(word).and_then(plain_word));
        }
        if let Some((_, _, meant)) = WORDS.iter().find(is_row) {
            let method = if is_method(word) { format!(" {}", word.to_uppercase()) } else { String::new() };
            return format!("heistctl {meant}{method}{}", self.next_command(meant, word));
        }
        let known = self.command.get_subcommands().map(|known| known.get_name().to_owned());
        if let Some(similar) = similar(&lower, known) {
            return format!("{} {similar}", self.name());
        }
        let elsewhere = commands_with(|command| command.find_subcommand(&lower).is_some());
        if elsewhere.is_empty() {
            let commands = format!("the commands are {}", self.subcommands());
            return match self.path.as_str() {
                // The word may be a client id.
                "client" => format!("heistctl client show {word} shows that client; {commands}"),
                _ => commands,
            };
        }
        let lines: Vec<String> = elsewhere.iter().map(|group| format!("{group} {lower}")).collect();
        lines.join(", or ")
    }

    /// The next word, unless it is a flag.
    fn after(&self, word: &str) -> Option<&str> {
        let next = self.words.iter().skip_while(|typed| *typed != word).nth(1)?;
        Some(next.as_str()).filter(|next| !next.starts_with('-'))
    }

    /// The word after the wrong one, if it is a subcommand of the intended command.
    fn next_command(&self, meant: &str, word: &str) -> String {
        let all = Cli::command();
        let is_command = |next: &&str| {
            all.find_subcommand(meant).is_some_and(|group| group.find_subcommand(next).is_some())
        };
        self.after(word).filter(is_command).map(|next| format!(" {next}")).unwrap_or_default()
    }

    fn subcommands(&self) -> String {
        let listed = self.command.get_subcommands().filter(|known| !known.is_hide_set());
        listed.map(clap::Command::get_name).filter(|name| *name != "help").collect::<Vec<_>>().join(", ")
    }
}

/// Similar commands, as they are typed.
pub(super) fn commands_with(fits: impl Fn(&clap::Command) -> bool) -> Vec<String> {
    let all = Cli::command();
    let mut found = Vec::new();
    for group in all.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = format!("heistctl {}", group.get_name());
        if fits(group) {
            found.push(name.clone());
        }
        let below = group.get_subcommands().filter(|command| fits(command));
        found.extend(below.map(|command| format!("{name} {}", command.get_name())));
    }
    found
}
