//! Flags that the command does not have.

use super::foreign_commands::fill;
use super::foreign_flags::{FOREIGN, ForeignFlag, is_for};
use super::shown::{HIDDEN, plain_word, takes_secret};
use super::unknown_command::commands_with;
use super::value_parsers::plain;
use super::{Explained, TypedCommandLine, similar, takes_value};

impl TypedCommandLine {
    /// `-scope`, which clap reads as `-s -c -o -p -e`.
    pub(super) fn explain_one_dash(&self) -> Option<Explained> {
        let own = self.own().iter().take_while(|word| *word != "--");
        let mut names = own.filter_map(|word| word.strip_prefix('-')?.split('=').next());
        let name = names.find(|name| name.len() > 1 && self.has_long(name))?;
        Some((format!("-{name} needs two dashes: it has more than one letter"), format!("--{name}")))
    }

    /// A flag that the command does not have.
    pub(super) fn explain_flag(&self, flag: &str) -> Explained {
        if let Some(explained) = self.explain_key_in_argv() {
            return explained;
        }
        let what = match plain_word(flag) {
            Some(flag) => format!("{} has no {flag}", self.name()),
            None => format!("{} has no such flag {HIDDEN}", self.name()),
        };
        if let Some(row) = self.foreign(flag) {
            return (what, fill(row.cure, self.value_of(flag)));
        }
        if let Some(explained) = self.explain_dashed_value(flag) {
            return explained;
        }
        let Some(long) = flag.strip_prefix("--").filter(|_| plain_word(flag).is_some()) else {
            return (what, format!("{} -h lists its flags", self.name()));
        };
        (what, self.meant_by_flag(long))
    }

    /// A PEM instead of its file's path. It begins with dashes, so clap reads it as a flag. It is never
    /// shown.
    fn explain_key_in_argv(&self) -> Option<Explained> {
        let own = self.own();
        let at = own.iter().position(|word| word.trim_start().starts_with("-----BEGIN"))?;
        let flag = at.checked_sub(1).map(|before| own[before].as_str());
        let flag = flag.filter(|before| before.starts_with("--") && takes_value(&self.command, before));
        let of_path = || match self.path.as_str() {
            "inspect" => "--key",
            "token" | "call" => "--client-key",
            path if path.starts_with("client ") => "--jwks",
            _ => "the path",
        };
        let what = match flag {
            Some(flag) => format!("{flag}: a key was given instead of its file's path"),
            None => format!("{}: a key was given instead of a flag or argument", self.name()),
        };
        let certificate = own[at].contains("CERTIFICATE");
        let file = if certificate { "cert.pem" } else { "key.pem" };
        let hint = format!("write it into a file: {} {file}", flag.unwrap_or_else(of_path));
        Some((what, hint))
    }

    /// `--aud -x`: clap reads the value as a flag. If the flag exists, the value is missing.
    fn explain_dashed_value(&self, flag: &str) -> Option<Explained> {
        let own = self.own();
        let at = own.iter().position(|word| word.starts_with(flag)).filter(|at| *at > 0)?;
        let (before, value) = (own[at - 1].as_str(), plain_word(&own[at])?);
        let lacks_value =
            before.starts_with('-') && takes_value(&self.command, before) && !takes_secret(before);
        let lacks_value = lacks_value && !before.contains('=') && !value.starts_with("--");
        let explained = || {
            let what = format!("{before} has no value: {value} begins with a dash");
            (what, format!("{before}={value} if it is the value"))
        };
        lacks_value.then(explained)
    }

    fn meant_by_flag(&self, long: &str) -> String {
        let longs = || self.command.get_arguments().filter_map(|arg| arg.get_long()).map(str::to_owned);
        if let Some(same) = longs().find(|known| plain(known) == plain(long)) {
            return format!("write --{same}");
        }
        let has_it =
            |command: &clap::Command| command.get_arguments().any(|arg| arg.get_long() == Some(long));
        let elsewhere = commands_with(has_it);
        if !elsewhere.is_empty() {
            let lines = elsewhere.iter().take(3).map(|command| format!("{command} --{long}"));
            return lines.collect::<Vec<_>>().join(", or ");
        }
        match similar(long, longs()) {
            Some(similar) => format!("write --{similar}"),
            None => format!("{} -h lists its flags", self.name()),
        }
    }

    /// The table row for another tool's flag.
    pub(super) fn foreign(&self, flag: &str) -> Option<&'static ForeignFlag> {
        FOREIGN.iter().find(|row| {
            is_for(row.commands, &self.path) && row.flags.split_whitespace().any(|known| known == flag)
        })
    }

    /// The flag's typed value, if it may be shown.
    fn value_of(&self, flag: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| word.split('=').next() == Some(flag))?;
        let value = match self.words[at].split_once('=') {
            Some((_, value)) => value,
            None => self.words.get(at + 1).filter(|next| !next.starts_with('-'))?,
        };
        plain_word(value).filter(|value| !takes_secret(flag) && !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hints name existing flags, and no row lists a flag that its commands have.
    #[test]
    fn the_table_of_foreign_flags_fits_the_commands() {
        use clap::CommandFactory;
        let mut all = super::super::Cli::command();
        all.build();
        for row in FOREIGN {
            for path in row.commands {
                let mut command = &all;
                for word in path.split(' ') {
                    command = command.find_subcommand(word).expect("a command");
                }
                let has = |flag: &str| {
                    command.get_arguments().any(|arg| {
                        arg.get_long().is_some_and(|long| flag == format!("--{long}"))
                            || arg.get_short().is_some_and(|short| flag == format!("-{short}"))
                    })
                };
                for flag in row.flags.split_whitespace() {
                    assert!(!has(flag), "{path} has {flag}: {}", row.cure);
                }
                let first = row.cure.split_whitespace().next().unwrap_or_default();
                let is_flag = first.starts_with('-') && command.get_subcommands().next().is_none();
                let first = first.trim_end_matches([';', ',', ':']);
                assert!(!is_flag || has(first), "{path} lacks {first}: {}", row.cure);
            }
        }
    }
}
