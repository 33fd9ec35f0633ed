//! Flags that the command does not have.

use super::foreign_commands::fill;
use super::foreign_flags::{CLIENTS, FOREIGN, ForeignFlag, NO_SECRET, is_for};
use super::misplaced_flag::has_flag;
use super::nearest::nearest;
use super::shown::{HIDDEN, plain_word, takes_secret};
use super::unknown_command::commands_with;
use super::value_parsers::plain;
use super::word_kind::is_web_url;
use super::{Explained, TypedCommandLine, form_parameters, retyped, takes_value};
use crate::text::shell_word;
use clap::error::ErrorKind;

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
        if let Some(explained) = self.explain_key_in_argv().or_else(|| self.explain_before(flag)) {
            return explained;
        }
        if let Some((name, value)) = flag.split_once(' ').filter(|(name, _)| self.has(name)) {
            let shown = plain_word(value).filter(|_| !takes_secret(name)).unwrap_or("VALUE");
            let what = format!("{name} and its value are one word: the quotes are around both");
            return (what, format!("{name} {}", shell_word(shown)));
        }
        let flag = &self.with_one_dash(flag);
        let what = match plain_word(flag) {
            Some(flag) => format!("{} has no {flag}", self.name()),
            None => format!("{} has no such flag {HIDDEN}", self.name()),
        };
        if let Some(cure) = self.cure_of_curl(flag) {
            return (what, cure);
        }
        if let Some(row) = self.foreign(flag) {
            return (what, self.filled(row, flag));
        }
        if let Some(explained) = self.explain_dashed_value(flag) {
            return explained;
        }
        let Some(long) = flag.trim_start_matches('-').get(..).filter(|_| plain_word(flag).is_some()) else {
            return (what, format!("{} -h lists its flags", self.name()));
        };
        (what, self.meant_by_flag(flag, long))
    }

    /// `-format=json`: clap names its first letter only.
    fn with_one_dash(&self, flag: &str) -> String {
        let is_short = flag.len() == 2 && !flag.starts_with("--");
        let word = self.own().iter().find(|word| is_short && word.starts_with(flag) && word.len() > 2);
        let name = word.and_then(|word| word.split('=').next());
        let long = name.map(|name| format!("-{name}"));
        match (name, long.filter(|long| self.foreign(long).is_some())) {
            (Some(_), Some(long)) => long,
            _ => flag.to_owned(),
        }
    }

    /// The hint of a row, with the typed value where the flag that it names accepts it.
    fn filled(&self, row: &ForeignFlag, flag: &str) -> String {
        let value = self.value_of(flag);
        if let Some(value) = value.filter(|value| row.cure.starts_with("--claims ") && value.starts_with('{'))
        {
            return format!("--claims {}", shell_word(value));
        }
        // `--claim sub=a` of other tools.
        if let Some((name, value)) =
            value.and_then(|value| value.split_once('=')).filter(|_| row.cure.starts_with("--claims @"))
        {
            return format!("--claims {}", shell_word(&serde_json::json!({name: value}).to_string()));
        }
        let meant = row.cure.split_once(" {").map(|(meant, _)| meant).filter(|meant| self.has(meant));
        let Some(meant) = meant else {
            return fill(row.cure, value.filter(|value| !is_web_url(value) || row.cure.contains("{http")));
        };
        let Some(value) = value else { return fill(row.cure, None) };
        if let Some(cure) = self.meant_by_value(meant, value, &[]) {
            return cure;
        }
        let spellings = [value.to_owned(), value.to_ascii_uppercase(), value.to_ascii_lowercase()];
        let accepted = spellings.iter().find(|value| self.accepts(meant, value));
        fill(row.cure, accepted.map(|value| shell_word(value)).as_deref())
    }

    /// Whether a flag of this command takes the value.
    pub(super) fn accepts(&self, flag: &str, value: &str) -> bool {
        let error = retyped::rejected(&retyped::words(&self.path, &[format!("{flag}={value}")]));
        error
            .is_none_or(|error| !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation))
    }

    /// `-u id:SECRET` and `-d name=value`: the parts that may be shown.
    fn cure_of_curl(&self, flag: &str) -> Option<String> {
        if !is_for(CLIENTS, &self.path) {
            return None;
        }
        let value = self.typed_value(flag)?;
        if matches!(flag, "-u" | "--user" | "--basic") {
            let (id, _) = value.split_once(':')?;
            let id = plain_word(id).filter(|id| !id.is_empty()).unwrap_or("ID");
            return Some(format!("--client-id {}, and {NO_SECRET}", shell_word(id)));
        }
        let is_form = matches!(flag, "-d" | "--data" | "--data-urlencode" | "--data-raw" | "-F" | "--form");
        if !is_form || self.path != "token" {
            return None;
        }
        let pairs: Vec<_> = value.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let cure = |(name, value): &(&str, &str)| form_parameters::cure(name, Some(value));
        if pairs.iter().any(|(name, _)| *name == "client_secret") {
            return Some(NO_SECRET.to_owned());
        }
        let (name, _) = pairs.first()?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let name = if is_name { name } else { "NAME" };
        Some(cure(&pairs[0]).unwrap_or_else(|| format!("--param {name}=VALUE")))
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
        if !lacks_value {
            return None;
        }
        // `-5` is a wrong value, whichever way it is written.
        let joined = retyped::words(&self.path, &[format!("{before}={value}")]);
        if let Some(error) = retyped::rejected(&joined).filter(|_| !self.accepts(before, value)) {
            return Some(Self::of(joined).explain(&error));
        }
        let what = format!("{before} has no value: {value} begins with a dash");
        Some((what, format!("{before}={value} if it is the value")))
    }

    fn meant_by_flag(&self, flag: &str, long: &str) -> String {
        let lists = || format!("{} -h lists its flags", self.name());
        let is_long = flag.starts_with("--");
        let longs = || self.command.get_arguments().filter_map(|arg| arg.get_long()).map(str::to_owned);
        if let Some(same) = longs().find(|known| is_long && plain(known) == plain(long)) {
            return self.write(flag, &same);
        }
        if let Some(command) = self.command.find_subcommand(long).filter(|_| is_long) {
            return format!("{} {}", self.name(), command.get_name());
        }
        let has_it = |command: &clap::Command| has_flag(command, flag);
        let elsewhere = commands_with(has_it);
        if !elsewhere.is_empty() {
            return self.on_other_commands(flag, elsewhere);
        }
        if !is_long {
            return lists();
        }
        let own = nearest(long, longs());
        let rows = FOREIGN.iter().filter(|row| is_for(row.commands, &self.path));
        let foreign = rows.flat_map(|row| row.flags.split(' ')).filter_map(|flag| flag.strip_prefix("--"));
        // The beginning of another tool's flag is not a typing error.
        let foreign = nearest(long, foreign.map(str::to_owned)).filter(|(_, distance)| *distance <= 3);
        match (own, foreign) {
            (Some((_, own)), Some((name, foreign))) if foreign < own => self.hint_of_foreign(flag, &name),
            (None, Some((name, _))) => self.hint_of_foreign(flag, &name),
            (Some((name, _)), _) => self.write(flag, &name),
            (None, None) => lists(),
        }
    }

    fn hint_of_foreign(&self, flag: &str, name: &str) -> String {
        let Some(row) = self.foreign(&format!("--{name}")) else { return String::new() };
        if takes_secret(&format!("--{name}")) { fill(row.cure, None) } else { self.filled(row, flag) }
    }

    /// The flag with its typed value, if it may be shown and is accepted.
    fn write(&self, flag: &str, long: &str) -> String {
        let meant = format!("--{long}");
        let value =
            self.value_of(flag).filter(|_| takes_value(&self.command, &meant) && !takes_secret(&meant));
        match value.filter(|value| self.accepts(&meant, value)) {
            Some(value) if meant != "--client-id" || !value.contains(':') => {
                format!("write {meant} {}", shell_word(value))
            }
            _ => format!("write {meant}"),
        }
    }

    /// Commands that have the flag, those of the same group first.
    fn on_other_commands(&self, flag: &str, mut commands: Vec<String>) -> String {
        let group = self.path.split(' ').next().filter(|group| !group.is_empty());
        let is_near =
            |command: &String| group.is_some_and(|group| command.starts_with(&format!("heistctl {group} ")));
        if commands.iter().any(is_near) {
            commands.retain(is_near);
        }
        let value = self.value_of(flag).filter(|_| !takes_secret(flag) && flag != "--client-id");
        let lines = commands.iter().take(3).map(|command| {
            let typed = Self::of(retyped::words(command.trim_start_matches("heistctl "), &[]));
            let value = value.filter(|value| takes_value(&typed.command, flag) && typed.accepts(flag, value));
            let value = value.map(|value| format!(" {}", shell_word(value))).unwrap_or_default();
            format!("{command} {flag}{value}")
        });
        lines.collect::<Vec<_>>().join(", or ")
    }

    /// The table row for another tool's flag.
    pub(super) fn foreign(&self, flag: &str) -> Option<&'static ForeignFlag> {
        FOREIGN.iter().find(|row| {
            is_for(row.commands, &self.path) && row.flags.split_whitespace().any(|known| known == flag)
        })
    }

    /// The flag's typed value, if it may be shown.
    fn value_of(&self, flag: &str) -> Option<&str> {
        self.typed_value(flag).and_then(plain_word).filter(|value| !takes_secret(flag) && !value.is_empty())
    }

    /// The flag's value as typed, which may be a secret.
    fn typed_value(&self, flag: &str) -> Option<&str> {
        let is_short = flag.len() == 2;
        let is_it = |word: &str| word.split('=').next() == Some(flag) || is_short && word.starts_with(flag);
        let at = self
            .words
            .iter()
            .position(|word| is_it(word) || format!("-{word}").split('=').next() == Some(flag))?;
        let word = &self.words[at];
        if let Some((_, value)) = word
            .split_once('=')
            .filter(|(name, _)| name.trim_start_matches('-') == flag.trim_start_matches('-'))
        {
            return Some(value);
        }
        if is_short && word.len() > 2 {
            return Some(word[2..].trim_start_matches('='));
        }
        self.words.get(at + 1).map(String::as_str).filter(|next| !next.starts_with('-'))
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
