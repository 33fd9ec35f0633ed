//! Unexpected positional arguments.

use super::foreign_commands::fill;
use super::shown::{HIDDEN, plain_word, shown, takes_secret};
use super::word_kind::is_web_url;
use super::{Explained, TypedCommandLine, retyped, takes_value};
use crate::text::shell_word;

/// A flag, and the words up to the next flag: its value and probably the rest of it.
struct FlagWords<'a> {
    flag: &'a str,
    words: Vec<&'a str>,
}

impl TypedCommandLine {
    /// The flag with a value before this word, if only words are between them.
    fn run_with(&self, word: &str) -> Option<FlagWords<'_>> {
        let own = self.own();
        let is_flag = |typed: &String| typed.starts_with('-') && typed.len() > 1;
        let at = own.iter().rposition(|typed| typed == word)?;
        let flag = own[..at].iter().rposition(is_flag)?;
        let (name, value) = name_and_value(&own[flag]);
        let after = own[flag + 1..].iter().take_while(|typed| !is_flag(typed)).map(String::as_str);
        let run = FlagWords { flag: name, words: value.into_iter().chain(after).collect() };
        (takes_value(&self.command, name) && run.words.len() > 1).then_some(run)
    }

    /// The words without the URLs of `call` after them.
    fn before_urls<'a>(&self, mut run: FlagWords<'a>) -> Option<FlagWords<'a>> {
        while self.path == "call"
            && run.words.len() > 1
            && run.words.last().is_some_and(|word| is_web_url(word))
        {
            run.words.pop();
        }
        (run.words.len() > 1).then_some(run)
    }

    /// A word where none is expected.
    pub(super) fn explain_word(&self, word: &str) -> Explained {
        // An argument that may begin with a dash can swallow an unknown flag.
        let before = self.own().iter().take_while(|typed| *typed != word);
        let mut flags = before.map(|typed| typed.split('=').next().unwrap_or_default());
        if let Some(flag) = flags.find(|flag| flag.starts_with('-') && self.foreign(flag).is_some()) {
            return self.explain_flag(flag);
        }
        let name = self.name();
        if matches!(word, "help" | "?" | "/?" | "/help") {
            return (format!("{name}: \"{word}\" is not a flag"), format!("{name} --help"));
        }
        if let Some(explained) = self.explain_assignment(word).or_else(|| self.explain_switch(word)) {
            return explained;
        }
        if let Some(run) = self.run_with(word).and_then(|run| self.before_urls(run)) {
            let word = if run.words.contains(&word) { word } else { run.words[1] };
            return self.explain_run(word, &run);
        }
        if self.has_long(word) {
            let what = format!("{name}: \"{word}\" is a flag without its dashes");
            let dashed = |typed: &String| if typed == word { format!("--{word}") } else { typed.clone() };
            let words: Vec<String> = self.words.iter().map(dashed).collect();
            return (what, retyped::line(&words).unwrap_or_else(|| format!("{name} --{word}")));
        }
        let (word, (why, hint)) = self.beside(word);
        (format!("{name}: {word} {why}"), hint)
    }

    /// The word as it may be shown, what is wrong with it, and the cure, by command.
    fn beside(&self, word: &str) -> (String, (&'static str, String)) {
        match self.path.as_str() {
            "serve" => self.beside_serve(word),
            "token" => self.beside_token(word),
            "call" => self.beside_call(word),
            "inspect" => self.beside_inspect(),
            "mint" if word.starts_with('{') => {
                let claims = plain_word(word).map_or_else(|| "'{…}'".into(), shell_word);
                (shown(word), ("is an argument without its flag", format!("--claims {claims}")))
            }
            "mint" => (
                HIDDEN.to_owned(),
                (
                    "is one argument too many",
                    "heistctl mint --sub alice --aud https://api.example.com".to_owned(),
                ),
            ),
            path if path.starts_with("client ") || path.starts_with("key ") => self.beside_id(word),
            _ => {
                let usage = self.command.clone().render_usage().to_string();
                let usage = usage.trim_start_matches("Usage: ").to_owned();
                let fewer: Vec<String> = self.words.iter().filter(|typed| *typed != word).cloned().collect();
                (shown(word), ("is one argument too many", retyped::line(&fewer).unwrap_or(usage)))
            }
        }
    }

    /// `scope=a:b` for `--scope a:b`. After `call` it is httpie's way to write a body.
    fn explain_assignment(&self, word: &str) -> Option<Explained> {
        let (name, value) = word.split_once('=').filter(|_| self.path != "call")?;
        let flag = format!("--{}", name.replace('_', "-"));
        let meant = match self.foreign(&flag) {
            _ if self.has(&flag) => None,
            Some(row) => Some(fill(row.cure, plain_word(value).filter(|_| !takes_secret(&flag)))),
            None => return None,
        };
        let is_shown = plain_word(value).is_some()
            && !takes_secret(&flag)
            && (flag != "--client-id" || !value.contains(':'));
        let shown = if is_shown { shell_word(value) } else { "VALUE".into() };
        let what = format!("{}: \"{name}=…\" is a flag without its dashes", self.name());
        Some((what, meant.unwrap_or_else(|| format!("{flag} {shown}"))))
    }

    /// `--demo yes`: the flag takes no value.
    fn explain_switch(&self, word: &str) -> Option<Explained> {
        let own = self.own();
        let at = own.iter().position(|typed| typed == word)?.checked_sub(1)?;
        let flag = own[at].as_str();
        let is_switch = flag.starts_with("--") && self.has(flag) && !takes_value(&self.command, flag);
        let is_value = matches!(
            word.to_ascii_lowercase().as_str(),
            "yes" | "true" | "on" | "1" | "no" | "false" | "off" | "0"
        );
        let what = || format!("{}: \"{word}\" is not a value of {flag}, which takes none", self.name());
        (is_switch && is_value).then(|| (what(), format!("write {flag} by itself, or leave it out")))
    }

    fn explain_run(&self, word: &str, FlagWords { flag, words }: &FlagWords) -> Explained {
        let is_secret = takes_secret(flag);
        let word = if is_secret { HIDDEN.to_owned() } else { shown(word) };
        let whole = words.join(" ");
        // A list of names, and probably an argument after it.
        let names: Vec<&str> = words.iter().copied().filter(|word| self.accepts(flag, word)).collect();
        if matches!(*flag, "--require" | "--alg") && names.len() > 1 {
            return (
                format!("{}: {word} is not part of the value of {flag}", self.name()),
                format!("{flag} {}", names.join(",")),
            );
        }
        let is_repeated = *flag == "--aud";
        let hint = match plain_word(&whole).filter(|_| !is_secret) {
            Some(_) if is_repeated => {
                let each = words.iter().map(|word| format!("{flag} {}", shell_word(word)));
                format!("repeat it: {}", each.collect::<Vec<_>>().join(" "))
            }
            Some(whole) => format!("quote it: {flag} '{whole}'"),
            None => format!("quote the whole value of {flag}"),
        };
        (format!("{}: {word} is not part of the value of {flag}", self.name()), hint)
    }
}

/// Splits `--scope=a` into `--scope` and `a`, and `-Ha` into `-H` and `a`.
fn name_and_value(flag: &str) -> (&str, Option<&str>) {
    let letter = flag.chars().nth(1).filter(|letter| *letter != '-').map_or(0, char::len_utf8);
    if letter > 0 && flag.len() > 1 + letter {
        let (name, value) = flag.split_at(1 + letter);
        return (name, Some(value));
    }
    flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)))
}
