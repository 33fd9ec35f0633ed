//! Flags before the command.

use super::{Cli, Explained, TypedCommandLine, flag_of, retyped};
use clap::CommandFactory;

impl TypedCommandLine {
    /// `--scope x token`: the flag belongs after the command.
    pub(super) fn explain_before(&self, flag: &str) -> Option<Explained> {
        let all = Cli::command();
        let is_flag = |word: &String| flag_of(word) == flag || flag.len() == 2 && word.starts_with(flag);
        let at = self.words.iter().position(is_flag)?;
        let is_command = |word: &String| all.find_subcommand(word).is_some();
        let command = at + 1 + self.words[at + 1..].iter().position(is_command)?;
        if self.words[..at].iter().any(is_command) || self.words[at..command].iter().any(|word| word == "--")
        {
            return None;
        }
        let (before, after) = self.words.split_at(command);
        let typed = Self::of(after.to_vec());
        let (path, rest) = after.split_at(typed.named);
        let moved = [path, before, rest].concat();
        let typed = Self::of(moved.clone());
        let Some(error) = retyped::rejected(&moved) else {
            return Some(typed.belongs_here(flag, &moved));
        };
        if typed.has(flag) { Some(typed.belongs_here(flag, &moved)) } else { Some(typed.explain(&error)) }
    }

    fn belongs_here(&self, flag: &str, moved: &[String]) -> Explained {
        let what = format!("{flag} is before the command, and belongs after {}", self.path);
        (what, retyped::line(moved).unwrap_or_else(|| format!("{} {flag}", self.name())))
    }

    /// Whether the command has this flag.
    pub(super) fn has(&self, flag: &str) -> bool {
        has_flag(&self.command, flag)
    }
}

/// Whether a command has this flag, as `-X` or `--request`.
pub(super) fn has_flag(command: &clap::Command, flag: &str) -> bool {
    command.get_arguments().any(|arg| {
        flag.strip_prefix("--").is_some_and(|long| arg.get_long() == Some(long))
            || arg.get_short().is_some_and(|short| flag == format!("-{short}"))
    })
}
