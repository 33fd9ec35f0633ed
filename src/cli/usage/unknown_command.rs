//! Unknown commands.

use super::foreign_commands::{ADVICE, WORDS, fill, row, row_of_pair};
use super::nearest::similar;
use super::shown::{plain_word, shown};
use super::word_kind::is_web_url;
use super::{Cli, Explained, TypedCommandLine, retyped};
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
            let typed = retyped::words("call", &self.words);
            return retyped::line(&typed)
                .unwrap_or_else(|| "heistctl call URL requests it with a token".to_owned());
        }
        if plain_word(word).is_none() {
            return "heistctl inspect < token.txt judges a token; heistctl -h lists the commands".to_owned();
        }
        let lower = word.to_ascii_lowercase();
        if let Some(swapped) = self.swapped(word, &lower) {
            return swapped;
        }
        if let Some(meant) = self.id_first(word).or_else(|| self.hyphenated(word, &lower)) {
            return meant;
        }
        if lower == "get" && self.path.is_empty() {
            return self.meant_by_get();
        }
        if let Some((cure, _)) = row_of_pair(ADVICE, &self.path, &lower, self.after(word)) {
            return fill(cure, self.after(word).and_then(plain_word));
        }
        if let Some((meant, used)) = row_of_pair(WORDS, &self.path, &lower, self.after(word)) {
            let method =
                if meant.ends_with("-X") { format!(" {}", word.to_uppercase()) } else { String::new() };
            let short = || format!("heistctl {meant}{method}{}", self.next_command(meant, word));
            return self.with_rest(&format!("{meant}{method}"), word, used).unwrap_or_else(short);
        }
        let known = self.command.get_subcommands().map(|known| known.get_name().to_owned());
        if let Some(similar) = similar(&lower, known) {
            let meant = format!("{} {similar}", self.path);
            let short = || format!("{} {similar}{}", self.name(), self.next_command(&similar, word));
            return self.with_rest(&meant, word, 1).unwrap_or_else(short);
        }
        self.elsewhere(word, &lower)
    }

    /// A command of another group, or the list of commands.
    fn elsewhere(&self, word: &str, lower: &str) -> String {
        let elsewhere = commands_with(|command| command.find_subcommand(lower).is_some());
        if elsewhere.is_empty() {
            let commands = format!("the commands are {}", self.subcommands());
            return match self.path.as_str() {
                // The word may be a client id.
                "client" => format!("heistctl client show {word} shows that client; {commands}"),
                _ => commands,
            };
        }
        let lines = elsewhere.iter().map(|group| {
            let meant = format!("{} {lower}", group.trim_start_matches("heistctl "));
            self.with_rest(&meant, word, 1).unwrap_or_else(|| format!("heistctl {meant}"))
        });
        lines.collect::<Vec<_>>().join(", or ")
    }

    /// `get https://x/` is a call, `get token` a token.
    fn meant_by_get(&self) -> String {
        let both = "heistctl token gets a token; heistctl call URL requests a resource with it";
        let next = self.after("get").or_else(|| self.after("GET")).unwrap_or_default();
        let meant = if is_web_url(next) { "call" } else { "" };
        let rest = self.words.get(1..).filter(|_| !meant.is_empty());
        rest.and_then(|rest| retyped::line(&retyped::words(meant, rest))).unwrap_or_else(|| match next {
            "token" | "tokens" => "heistctl token".to_owned(),
            _ => both.to_owned(),
        })
    }

    /// `delete client x` for `client delete x`: the verb of kubectl and others comes first.
    fn swapped(&self, word: &str, verb: &str) -> Option<String> {
        let next = self.after(word).filter(|_| self.path.is_empty())?.to_ascii_lowercase();
        let group = match next.as_str() {
            "secret" | "secrets" => "client",
            next => ["client", "key"]
                .into_iter()
                .find(|group| next == *group || row(WORDS, "", next) == Some(group))?,
        };
        let all = Cli::command();
        let commands = all.find_subcommand(group)?;
        let known = || commands.get_subcommands().map(|known| known.get_name().to_owned());
        let named = commands.find_subcommand(verb).map(|_| format!("{group} {verb}"));
        let meant = named
            .or_else(|| row(WORDS, group, verb).map(str::to_owned))
            .or_else(|| similar(verb, known()).map(|verb| format!("{group} {verb}")))?;
        let meant = if meant == "client show" && self.words.len() == 2 { "client list" } else { &meant };
        Some(self.with_rest(meant, word, 2).unwrap_or_else(|| format!("heistctl {meant}")))
    }

    /// `client x show` for `client show x`.
    fn id_first(&self, word: &str) -> Option<String> {
        let verb = self.after(word).filter(|_| !self.path.is_empty())?;
        self.command.find_subcommand(verb)?;
        let rest = self.words.iter().skip_while(|typed| *typed != word).skip(2);
        let more: Vec<String> = std::iter::once(word.to_owned()).chain(rest.cloned()).collect();
        retyped::line(&retyped::words(&format!("{} {verb}", self.path), &more))
    }

    /// `add-client` and `client-add` for `client add`, with or without `client` before.
    fn hyphenated(&self, word: &str, lower: &str) -> Option<String> {
        let (first, second) = lower.split_once(['-', ':', '.', '_'])?;
        let all = Cli::command();
        let names = |group: &str, verb: &str| {
            let group = group.strip_suffix('s').unwrap_or(group);
            let is_known =
                all.find_subcommand(group).is_some_and(|found| found.find_subcommand(verb).is_some());
            let is_here = self.path.is_empty() || self.path == group;
            (is_known && is_here).then(|| format!("{group} {verb}"))
        };
        let meant = names(first, second).or_else(|| names(second, first))?;
        Some(self.with_rest(&meant, word, 1).unwrap_or_else(|| format!("heistctl {meant}")))
    }

    /// The intended command with the words after the wrong ones, if heistctl accepts that; else without the
    /// flags, which may be another tool's.
    fn with_rest(&self, meant: &str, word: &str, used: usize) -> Option<String> {
        let rest =
            self.words.iter().skip_while(|typed| *typed != word).skip(used).cloned().collect::<Vec<_>>();
        let bare: Vec<String> = rest.iter().take_while(|word| !word.starts_with('-')).cloned().collect();
        let line = |rest: &[String]| retyped::line(&retyped::words(meant, rest));
        line(&rest).or_else(|| line(&bare).filter(|_| !bare.is_empty()))
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
