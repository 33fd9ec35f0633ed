//! All that is wrong with a configuration: checks go on after the first problem, so that one start shows them
//! all.

use super::placeholders::LeftPlaceholder;
use crate::commands::configuration::Places;
use crate::commands::configuration::values::{self, Misfit};
use crate::commands::environment::{Sourced, but_empty, is_variable_name, secret_var};
use crate::exit::{Exit, Failure};
use crate::secret::Secret;

pub(super) const PHASE: &str = "configuration";

/// A configuration that is wrong.
pub(super) fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}

/// A word that a key does not take.
pub(super) fn not_offered(key: &str, value: &str, words: &[&str], usual: &str) -> Failure {
    let Misfit { what, hint } = values::not_offered(key, value, words, usual);
    wrong(what).hint(hint)
}

/// A secret from a variable that a key of the configuration names.
pub(super) fn from_env(name: &str, key: &str) -> Result<Sourced<Secret>, Failure> {
    if !is_variable_name(name) {
        let last = key.rsplit('.').next().unwrap_or(key);
        let example = if key.starts_with("signing.") { "SIGNING_SECRET" } else { "APP_SECRET" };
        let hint = format!(
            "it names the variable that holds the secret, not the secret itself: {last} = \"{example}\""
        );
        return Err(wrong(format!("{key} is not a name of an environment variable")).hint(hint));
    }
    secret_var(name).ok_or_else(|| {
        wrong(format!("{key} names {name}, which is not set{}", but_empty(name)))
            .hint(format!("export {name} before the server starts"))
    })
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Failure>);

impl Problems {
    pub(super) fn new(found: Vec<Failure>) -> Self {
        Self(found)
    }

    pub(super) fn note(&mut self, failure: Failure) {
        self.0.extend(failure.each().map(|failure| Failure { others: Vec::new(), ..failure.clone() }));
    }

    /// The value; nothing where it is a problem.
    pub(super) fn keep<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.note(failure)).ok()
    }

    /// The same, in the line of that key.
    pub(super) fn keep_at<T>(&mut self, places: &Places, key: &str, result: Result<T, Failure>) -> Option<T> {
        self.keep(result.map_err(|failure| places.failing(key, failure)))
    }

    /// The value, unless something is wrong: then all of that, in the order of the file.
    pub(super) fn end<T>(self, value: Option<T>) -> Result<T, Failure> {
        match (Failure::of_all(self.0), value) {
            (Some(failure), _) => Err(failure),
            (None, Some(value)) => Ok(value),
            // A value is missing only where that is a problem.
            (None, None) => Err(wrong("heistctl itself has failed: please report this")),
        }
    }
}

/// The same failures. Where a placeholder is the cause of one, that is what to replace. `text` is that of the
/// configuration, as far as it is known.
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

/// What to do about a placeholder that makes something wrong.
fn replace(placeholder: &str) -> String {
    format!(
        "{placeholder} is a placeholder, and heist.toml expands no variables: write the value itself, or make the \
         file by envsubst"
    )
}
