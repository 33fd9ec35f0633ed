//! Collects the problems of a configuration. Checks continue after the first problem, so that one start shows
//! all of them.

use super::placeholders::LeftPlaceholder;
use crate::commands::configuration::Places;
use crate::commands::configuration::values::{self, Misfit};
use crate::commands::environment::{Sourced, but_empty, is_variable_name, secret_var};
use crate::exit::{Exit, Failure, Place};
use crate::secret::Secret;
use std::collections::HashMap;

pub(super) const PHASE: &str = "configuration";

/// A failure of the configuration.
pub(super) fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}

/// The failure for a word that a key does not accept.
pub(super) fn not_offered(key: &str, value: &str, words: &[&str], usual: &str) -> Failure {
    let Misfit { what, hint } = values::not_offered(key, value, words, usual);
    wrong(what).hint(hint)
}

/// Reads a secret from the environment variable that a key names.
pub(super) fn from_env(name: &str, key: &str) -> Result<Sourced<Secret>, Failure> {
    if !is_variable_name(name) {
        let last = key.rsplit('.').next().unwrap_or(key);
        let example = if key.starts_with("signing.") { "SIGNING_SECRET" } else { "APP_SECRET" };
        let hint = format!(
            "it names the variable that holds the secret, not the secret itself: {last} = \"{example}\""
        );
        return Err(wrong(format!("{key} is not the name of an environment variable")).hint(hint));
    }
    secret_var(name).ok_or_else(|| {
        wrong(format!("{key} names {name}, which is not set{}", but_empty(name)))
            .hint(format!("export {name} before the server starts"))
    })
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Failure>);

impl Problems {
    pub(super) fn new(found: Vec<Failure>) -> Self {
        Self(found)
    }

    pub(super) fn note(&mut self, failure: Failure) {
        self.0.extend(failure.each().map(|failure| Failure { others: Vec::new(), ..failure.clone() }));
    }

    /// Returns the value. Notes a failure and returns `None`.
    pub(super) fn keep<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.note(failure)).ok()
    }

    /// As [`Self::keep`], with the line of that key.
    pub(super) fn keep_at<T>(&mut self, places: &Places, key: &str, result: Result<T, Failure>) -> Option<T> {
        self.keep(result.map_err(|failure| places.failing(key, failure)))
    }

    /// Returns the value, or all problems in the order of the file.
    pub(super) fn end<T>(self, value: Option<T>) -> Result<T, Failure> {
        match (Failure::of_all(self.0).map(folded).map(bounded), value) {
            (Some(failure), _) => Err(failure),
            (None, Some(value)) => Ok(value),
            // A value is missing only if a problem was noted.
            (None, None) => Err(wrong("heistctl itself has failed: please report this")),
        }
    }
}

/// Puts the error in a value into the hint about its name or form in the same line: one line, one error.
fn folded(failure: Failure) -> Failure {
    let mut found: Vec<Failure> = Vec::new();
    let alone = |failure: &Failure| Failure { others: Vec::new(), ..failure.clone() };
    // Errors of form come first, whatever their line.
    let mut forms: HashMap<usize, usize> = HashMap::new();
    for next in failure.each().map(alone) {
        let line = next.place.as_ref().and_then(|place| place.line);
        let is_name = next.what.starts_with("unknown key");
        let is_syntax = next.place.as_ref().is_some_and(|place| place.order == Some(0));
        let form = line.and_then(|line| forms.get(&line).copied());
        match form.and_then(|form| found[form].hint.as_mut()) {
            Some(hint) if !is_name => hint.push_str(&format!("; then {}", next.what)),
            _ => {
                if let Some(line) = line.filter(|_| is_name || is_syntax) {
                    forms.entry(line).or_insert(found.len());
                }
                found.push(next);
            }
        }
    }
    let mut found = found.into_iter();
    found.next().map_or(failure, |first| Failure { others: found.collect(), ..first })
}

/// Failures beyond this number are counted only.
const SHOWN: usize = 20;

/// The first failures, and the number of the others.
fn bounded(mut failure: Failure) -> Failure {
    let more = (failure.others.len() + 1).saturating_sub(SHOWN);
    // One in place of the notice would not make it shorter.
    if more > 1 {
        failure.others.truncate(SHOWN - 1);
        let notice = wrong(format!("there are {more} more errors"))
            .hint("correct these first; the next run shows the others");
        let file = failure.each().find_map(|failure| failure.place.as_ref()).map(|place| place.file.clone());
        let last = |file| Place { file, line: None, column: None, order: Some(usize::MAX) };
        failure.others.push(file.map(last).into_iter().fold(notice, Failure::at));
    }
    failure
}

/// Replaces the hint of each failure that a placeholder causes, and adds those that cause none. `text` is the
/// text of the configuration.
pub(super) fn blame_placeholders(
    file: &str,
    text: &str,
    left: &[LeftPlaceholder],
    failure: &Failure,
) -> Failure {
    let is_reported = |line: usize| {
        failure.each().any(|failure| failure.place.as_ref().is_some_and(|place| place.line == Some(line)))
    };
    let silent = left.iter().filter_map(|left| {
        let line = text.lines().position(|line| line.contains(&left.found))? + 1;
        let place = Place::line(file, line);
        let is_silent = !is_reported(line) && !left.found.starts_with(char::is_alphabetic);
        is_silent.then(|| wrong(left.warning()).hint(replace(&left.found)).at(place))
    });
    let silent: Vec<Failure> = silent.collect();
    let one = |failure: &Failure| {
        let line = failure.place.as_ref().and_then(|place| text.lines().nth(place.line? - 1));
        let is_cause = |left: &&LeftPlaceholder| match line {
            Some(line) => line.contains(&left.found) && !failure.what.contains("placeholder"),
            None => left.is_cause_of(&failure.what),
        };
        let hint =
            left.iter().find(is_cause).map(|left| replace(&left.found)).or_else(|| failure.hint.clone());
        Failure { hint, others: Vec::new(), ..failure.clone() }
    };
    Failure::of_all(failure.each().map(one).chain(silent).collect()).unwrap_or_else(|| failure.clone())
}

/// The hint for a placeholder that causes a failure.
fn replace(placeholder: &str) -> String {
    format!(
        "{placeholder} is a placeholder, and heist.toml does not expand variables: write the value itself, \
         or make the file with envsubst"
    )
}
