//! Collects the problems of a configuration. Checks continue after the first problem, so that one start shows
//! all of them.

use super::placeholders::LeftPlaceholder;
use crate::commands::configuration::Places;
use crate::commands::configuration::values::{self, Misfit};
use crate::commands::environment::{Sourced, but_empty, is_variable_name, secret_var};
use crate::exit::{Exit, Failure};
use crate::secret::Secret;

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
        match (Failure::of_all(self.0), value) {
            (Some(failure), _) => Err(failure),
            (None, Some(value)) => Ok(value),
            // A value is missing only if a problem was noted.
            (None, None) => Err(wrong("heistctl itself has failed: please report this")),
        }
    }
}

/// Replaces the hint of each failure that a placeholder causes. `text` is the text of the configuration, if
/// it is known.
pub(super) fn blame_placeholders(text: &str, left: &[LeftPlaceholder], failure: &Failure) -> Failure {
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
    Failure::of_all(failure.each().map(one).collect()).unwrap_or_else(|| failure.clone())
}

/// The hint for a placeholder that causes a failure.
fn replace(placeholder: &str) -> String {
    format!(
        "{placeholder} is a placeholder, and heist.toml does not expand variables: write the value itself, \
         or make the file with envsubst"
    )
}
