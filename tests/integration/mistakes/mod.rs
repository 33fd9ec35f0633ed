//! Mistakes that people make. Each is answered with its cause, in the first line, and its cure, in the
//! hint; both use the user's own words.

mod call;
mod client;
mod client_import;
mod client_secrets;
mod client_words;
mod config;
mod config_clients;
mod config_several;
mod config_syntax;
mod config_values;
mod credentials;
mod echoed;
mod habits;
mod inspect;
mod issuers;
mod key;
mod serve;
mod store;
mod store_commands;
mod tls;
mod token;
mod token_keys;
mod token_secrets;
mod unreadable;
mod usage;
mod usage_flags;

use crate::support::{Heistctl, Ran};

/// A mistake, and its answer.
pub(crate) struct Mistake<'a> {
    /// What was typed after `heistctl`.
    pub(crate) typed: &'a [&'a str],
    /// The exit code.
    pub(crate) exit: i32,
    /// Part of the first line of stderr: `error: <phase>: <cause>`, or `note: …` where the command goes on.
    pub(crate) cause: &'a str,
    /// Part of a `hint:` line; empty where the cause is the cure.
    pub(crate) cure: &'a str,
}

impl Mistake<'_> {
    /// Types it, and holds the answer against the table.
    pub(crate) fn is_explained(&self, type_it: impl FnOnce(&[&str]) -> Heistctl) -> Ran {
        let ran = type_it(self.typed).run().exits(self.exit);
        let first = ran.stderr.lines().next().unwrap_or_default();
        assert!(first.contains(self.cause), "the first line lacks {:?}: {ran}", self.cause);
        let is_cured = ran.stderr.lines().any(|line| line.starts_with("hint: ") && line.contains(self.cure));
        assert!(self.cure.is_empty() || is_cured, "no hint has {:?}: {ran}", self.cure);
        assert!(ran.stderr.lines().count() <= 6, "too long: {ran}");
        assert!(!ran.stderr.contains("os error"), "the system's own words: {ran}");
        ran
    }
}
