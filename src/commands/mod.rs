//! One file a subcommand: each consults files, environment and stdin, does its work, and returns
//! its report. Nothing is printed here.

pub mod call;
pub mod client;
pub mod configuration;
pub mod environment;
mod file_access;
pub mod history;
pub mod inspect;
pub mod interrupt;
pub mod key;
mod misplaced;
mod prompt;
pub mod serve;
mod server_secrets;
pub mod session;
pub mod store;
pub mod store_key;
pub mod token;

use crate::exit::{Exit, Failure};

/// What a command found or did, for `render`.
pub enum Report {
    /// Text that is the answer as it is.
    Text(Vec<u8>),
    /// The version.
    Version(Vec<u8>),
    /// A token.
    Token(token::TokenReport),
    /// What is in the cache.
    Checking(token::CheckReport),
    /// The profiles.
    Profiles(token::ProfilesReport),
    /// What was done; stdout has nothing.
    Done(token::ActionReport),
    /// What the registry has done or found.
    Registry(client::ClientReport),
    /// What was changed in the store.
    History(history::HistoryReport),
    /// The signing keys.
    Keys(key::KeysReport),
    /// A resource's answer.
    Call(call::CallReport),
    /// What came of calling it many times.
    Repeated(call::repeat::RepeatReport),
    /// A judgement.
    Inspect(Box<inspect::InspectReport>),
    /// Decoded bytes of a token, untouched.
    Raw(Vec<u8>),
    /// A token that may be shown around.
    Redacted(inspect::Redacted),
    /// What two tokens differ in.
    Diff(inspect::Difference),
    /// The server has stopped.
    Served,
    /// The server has stopped with its command, which ended with that code.
    Commanded(u8),
    /// What a server would serve.
    Checked(serve::check::CheckResult),
}

impl Report {
    /// The code that the run ends with once the report is printed.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Call(report) => report.exit,
            Self::Repeated(report) => report.exit,
            Self::Inspect(report) => report.exit(),
            Self::Checked(report) => report.exit(),
            Self::Checking(report) => report.exit(),
            _ => Exit::Done,
        }
    }

    /// The number of that code; a command that was served for has its own.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Commanded(code) => *code,
            other => other.exit().code(),
        }
    }

    /// What is wrong although there is an answer to print.
    pub fn take_failure(&mut self) -> Option<Failure> {
        match self {
            Self::Call(report) => report.failure.take(),
            Self::Repeated(report) => report.failure.take(),
            _ => None,
        }
    }

    /// What somebody should know beside the answer.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Inspect(report) => report.notes.clone(),
            Self::Token(report) => report.acquired.notes.clone(),
            Self::Call(report) => report.notes.clone(),
            Self::Repeated(report) => report.notes.clone(),
            Self::Checking(report) => {
                let sentence = (!report.json).then(|| report.sentence());
                report.notes.iter().cloned().chain(sentence).collect()
            }
            Self::Done(done) => done.notes.iter().chain([&done.said]).cloned().collect(),
            Self::Profiles(report) => report.sentence().into_iter().collect(),
            Self::Registry(report) => report.sentences(),
            Self::Keys(report) => report.notes.clone(),
            Self::Version(_) => vec!["heistctl version is the same as heistctl --version".to_owned()],
            Self::History(report) => report.notes.clone(),
            _ => Vec::new(),
        }
    }

    /// What is to be said once the answer is on stdout, and not where it could not be written.
    #[must_use]
    pub fn afterword(&self) -> Option<String> {
        match self {
            Self::Registry(report) => report.afterword(),
            _ => None,
        }
    }

    /// What to do about a finding that is on stdout.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Inspect(report) => report.hint().map(str::to_owned),
            _ => None,
        }
    }

    /// What `--verbose` adds: who asked whom, and whose idea that was.
    #[must_use]
    pub fn details(&self) -> &[String] {
        match self {
            Self::Token(report) => &report.details,
            Self::Call(report) => &report.details,
            Self::Repeated(report) => &report.details,
            _ => &[],
        }
    }
}
