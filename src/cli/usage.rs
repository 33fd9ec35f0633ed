//! Explains usage errors: clap's finding in plain words, and a hint. Depends only on the error and the
//! command line.

mod dashes;
mod foreign_commands;
mod foreign_flags;
pub mod form_parameters;
mod misplaced_flag;
mod nearest;
mod retyped;
mod shown;
mod stray_argument;
mod stray_value;
mod stray_word;
pub mod topics;
mod typographic;
mod unknown_command;
mod unknown_flag;
mod value_hints;
pub mod value_parsers;
mod word_kind;
mod wrong_value;

use super::Cli;
use crate::exit::{Exit, Failure};
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use shown::{HIDDEN, plain_word};
use std::ffi::OsString;

/// How a command line ends without running a command.
#[derive(Debug)]
pub enum Ending {
    /// Text for stdout: help or version.
    Text(String),
    /// The short help for stderr, because a subcommand is missing.
    ShortHelp(String),
    Mistake(Failure),
}

/// Explains why clap rejected `args`. The first element is the program's name.
#[must_use]
pub fn explain(error: &clap::Error, args: &[OsString]) -> Ending {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ending::Text(error.to_string()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Ending::ShortHelp(error.to_string()),
        _ => {
            let words = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
            let (what, hint) = TypedCommandLine::of(words).explain(error);
            Ending::Mistake(Failure::new(Exit::Usage, "usage", what).hint(hint))
        }
    }
}

/// The problem, and the hint.
type Explained = (String, String);

/// The parsed command line and its command.
struct TypedCommandLine {
    /// The words after the program's name.
    words: Vec<String>,
    /// `client add`; empty if no command was given.
    path: String,
    /// The number of words up to and including the command's name.
    named: usize,
    command: clap::Command,
}

impl TypedCommandLine {
    fn of(words: Vec<String>) -> Self {
        let mut command = Cli::command();
        command.build();
        let (mut path, mut named, mut after_flag) = (Vec::new(), 0, false);
        for (at, word) in words.iter().enumerate() {
            let found = command.find_subcommand(word).filter(|found| found.get_name() != "help");
            if let Some(found) = found.cloned() {
                path.push(found.get_name().to_owned());
                command = found;
                named = at + 1;
            } else if word == "--" || !word.starts_with('-') && !after_flag && word != "help" {
                break;
            }
            after_flag = word.starts_with('-') && !word.contains('=') && takes_value(&command, word);
        }
        Self { words, path: path.join(" "), named, command }
    }

    /// `heistctl client add`
    fn name(&self) -> String {
        format!("heistctl {}", self.path).trim_end().to_owned()
    }

    /// The words after the command's name.
    fn own(&self) -> &[String] {
        &self.words[self.named..]
    }

    fn explain(&self, error: &clap::Error) -> Explained {
        if let Some(explained) = self.explain_one_dash().or_else(|| self.explain_typographic()) {
            return explained;
        }
        let invalid = strings(error, ContextKind::InvalidArg);
        let first = invalid.first().map_or("", String::as_str);
        match error.kind() {
            ErrorKind::InvalidSubcommand => {
                let word = strings(error, ContextKind::InvalidSubcommand);
                self.explain_command(word.first().map_or("", String::as_str))
            }
            ErrorKind::MissingSubcommand => self.explain_no_command(),
            ErrorKind::UnknownArgument if first.starts_with('-') && first.len() > 1 => {
                self.explain_flag(first)
            }
            ErrorKind::UnknownArgument => self.explain_word(first),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => self.explain_value(first, error),
            ErrorKind::ArgumentConflict => self.explain_conflict(first, error),
            ErrorKind::MissingRequiredArgument => self.explain_missing(&invalid, error),
            ErrorKind::TooManyValues => {
                let flag = flag_of(first);
                let from = if flag == "--secret-stdin" { ": --secret-stdin < FILE" } else { "" };
                (format!("{flag} takes no value"), format!("write {flag} by itself{from}"))
            }
            _ => {
                let text = error.to_string();
                let text = text.lines().next().unwrap_or_default();
                (self.without_values(text.trim_start_matches("error: ")), format!("{} -h", self.name()))
            }
        }
    }

    /// Removes possible credentials from clap's message.
    fn without_values(&self, text: &str) -> String {
        let hidden = self.words.iter().filter(|word| plain_word(word).is_none());
        hidden.fold(text.to_owned(), |text, word| text.replace(word.as_str(), HIDDEN))
    }

    fn has_long(&self, name: &str) -> bool {
        self.command.get_arguments().any(|arg| arg.get_long() == Some(name))
    }
}

/// Whether this command's flag takes a value.
fn takes_value(command: &clap::Command, flag: &str) -> bool {
    let short =
        flag.strip_prefix('-').filter(|rest| !rest.starts_with('-')).and_then(|rest| rest.chars().next());
    let is_it = |arg: &&clap::Arg| {
        flag.strip_prefix("--").is_some_and(|long| arg.get_long() == Some(long))
            || short.is_some_and(|short| arg.get_short() == Some(short))
    };
    command.get_arguments().find(is_it).is_some_and(|arg| arg.get_action().takes_values())
}

/// `--listen` for `--listen <ADDR:PORT>`; a positional argument is unchanged.
fn flag_of(arg: &str) -> String {
    if arg.starts_with('-') { arg.split([' ', '=', '[']).next().unwrap_or(arg) } else { arg }.to_owned()
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
