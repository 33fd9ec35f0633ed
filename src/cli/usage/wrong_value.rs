//! Invalid or missing flag values, and flags that cannot be combined.

use super::foreign_flags::is_for;
use super::nearest::similar;
use super::shown::{HIDDEN, plain_word, shown, takes_secret};
use super::value_hints::{EXAMPLES, MISSING, URL_INSTEAD, VALUES};
use super::value_parsers::{InvalidValue, plain};
use super::word_kind::is_web_url;
use super::{Explained, TypedCommandLine, flag_of, strings};
use crate::text::shell_word;
use clap::error::ContextKind;
use std::error::Error as _;

impl TypedCommandLine {
    /// An invalid or missing value of a flag.
    pub(super) fn explain_value(&self, arg: &str, error: &clap::Error) -> Explained {
        let flag = flag_of(arg);
        let value = strings(error, ContextKind::InvalidValue).first().cloned().unwrap_or_default();
        let (what, hint) = match error.source() {
            None if value.is_empty() => return Self::explain_no_value(&flag, arg),
            None => ("is not one of the values".to_owned(), None),
            Some(source) => match source.downcast_ref::<InvalidValue>() {
                Some(wrong) => (wrong.what.clone(), wrong.hint.clone()),
                None => {
                    let wrong = InvalidValue::of_sentence(&self.without_values(&source.to_string()));
                    (wrong.what, wrong.hint)
                }
            },
        };
        let is_hidden = takes_secret(&flag) && !is_web_url(&value);
        let subject = if is_hidden { HIDDEN.to_owned() } else { shown(&value) };
        let place = if flag.starts_with('-') { flag.clone() } else { self.name() };
        let offered = strings(error, ContextKind::ValidValue);
        let hint = self.meant_by_value(&flag, &value, &offered).or(hint);
        let hint = hint.or_else(|| is_web_url(&value).then(|| self.url_cure(&flag)));
        let hint = hint.unwrap_or_else(|| format!("{} --help describes {flag}", self.name()));
        (format!("{place}: {subject} {what}"), hint)
    }

    /// The intended value, from the table or from the values that the flag offers.
    pub(super) fn meant_by_value(&self, flag: &str, value: &str, offered: &[String]) -> Option<String> {
        if (self.path.as_str(), flag) == ("mint", "--expires") && value.starts_with('-') {
            let positive = value.trim_start_matches('-');
            return Some(format!("write {positive}; --broken expired makes a token that has expired"));
        }
        let row = VALUES.iter().find(|(commands, known, typed, _)| {
            let is_typed = typed.split_whitespace().any(|typed| typed.eq_ignore_ascii_case(value));
            *known == flag && is_for(commands, &self.path) && is_typed
        });
        if let Some((_, _, _, cure)) = row {
            return Some((*cure).to_owned());
        }
        if let Some(meant) = offered.iter().find(|offered| plain(offered) == plain(value)) {
            let flag = if flag.starts_with('-') { format!("{flag} ") } else { format!("{} ", self.name()) };
            return Some(format!("write {flag}{meant}"));
        }
        if let Some(meant) = similar(&value.to_lowercase(), offered.iter().cloned()) {
            return Some(format!("write {flag} {meant}").replace("<SHELL>", &self.name()));
        }
        let file = match (flag, self.path.as_str()) {
            ("--output", "token") if value == "-" || value.contains(['.', '/']) => {
                let file = if value == "-" { "token.txt" } else { plain_word(value).unwrap_or("token.txt") };
                format!("; heistctl token > {} writes a file", shell_word(file))
            }
            _ => String::new(),
        };
        (!offered.is_empty()).then(|| format!("one of {}{file}", offered.join(", ")))
    }

    fn url_cure(&self, flag: &str) -> String {
        let mut rows = URL_INSTEAD.iter();
        match rows.find(|(commands, known, _)| *known == flag && is_for(commands, &self.path)) {
            Some((_, _, instead)) => format!("{instead} URL fetches the keys"),
            None => format!("curl -o FILE URL, then {flag} FILE"),
        }
    }

    fn explain_no_value(flag: &str, arg: &str) -> Explained {
        let name = arg.split_once('<').map_or("", |(_, name)| name.trim_end_matches(['>', '.']));
        let example = EXAMPLES.iter().find(|(known, _)| *known == name).map_or(name, |(_, example)| example);
        (format!("{flag} has no value"), format!("{flag} {example}").trim_end().to_owned())
    }

    pub(super) fn explain_conflict(&self, first: &str, error: &clap::Error) -> Explained {
        let flag = flag_of(first);
        let prior = strings(error, ContextKind::PriorArg);
        let prior: Vec<String> = prior.iter().map(|arg| self.without_values(&flag_of(arg))).collect();
        if prior.is_empty() || prior.contains(&flag) {
            let levels = if flag == "--verbose" { ": it has one level" } else { "" };
            return (format!("{flag} appears twice"), format!("give it once{levels}"));
        }
        (format!("{flag} cannot be used with {}", prior.join(", ")), "give one of them".to_owned())
    }

    pub(super) fn explain_missing(&self, invalid: &[String], error: &clap::Error) -> Explained {
        let is_missing = |wanted: &str| {
            invalid.iter().any(|arg| flag_of(arg) == wanted || arg.contains(&format!("{wanted} ")))
        };
        let mut rows = MISSING.iter();
        let row = rows.find(|(commands, wanted, ..)| is_for(commands, &self.path) && is_missing(wanted));
        if let Some((_, _, what, hint)) = row {
            return (format!("{}: {what}", self.name()), (*hint).to_owned());
        }
        let usage = strings(error, ContextKind::Usage).first().cloned().unwrap_or_default();
        let hint = self.without_values(usage.trim().trim_start_matches("Usage: "));
        (format!("{}: missing: {}", self.name(), invalid.join(", ")), hint)
    }
}
