//! The results of all commands, for `render`.

use super::call::report::{CallReport, RepeatReport};
use super::client::report::ClientReport;
use super::doctor::report::{DoctorReport, SetupReport};
use super::git_credential::report::GitCredentialReport;
use super::health::report::HealthReport;
use super::history::HistoryReport;
use super::init::report::InitReport;
use super::inspect::report::{Difference, InspectReport, Redacted};
use super::key::report::KeysReport;
use super::mint::report::MintReport;
use super::probe::report::ProbeReport;
use super::serve::report::CheckResult;
use super::store_command::report::StoreReport;
use super::test::report::TestReport;
use super::token::report::{ActionReport, CheckReport, ProfilesReport, TokenReport};
use super::trust::report::TrustTestReport;
use crate::exit::{Exit, Failure};

/// The answer may go to a log or into a ticket.
const REPEATED: &str = "the answer repeats the access token: take care where it goes";

pub enum Report {
    Text(Vec<u8>),
    Version(Vec<u8>),
    Token(TokenReport),
    Checking(CheckReport),
    GitCredential(GitCredentialReport),
    Profiles(ProfilesReport),
    /// Something was done, and stdout stays empty.
    Done(ActionReport),
    Client(ClientReport),
    Init(InitReport),
    History(HistoryReport),
    Keys(KeysReport),
    Store(StoreReport),
    Call(CallReport),
    Repeated(RepeatReport),
    Inspect(Box<InspectReport>),
    /// Decoded bytes of a token, unchanged.
    Raw(Vec<u8>),
    Redacted(Redacted),
    Diff(Difference),
    Mint(MintReport),
    /// The result of `trust test`.
    Trust(Box<TrustTestReport>),
    Doctor(Box<DoctorReport>),
    /// This machine's set-up.
    Setup(SetupReport),
    Health(HealthReport),
    Probe(ProbeReport),
    /// The answer of a server under test.
    Test(TestReport),
    /// The server has stopped.
    Served,
    /// The server has stopped with this code: that of its command, or of a failure that its log has.
    Stopped(u8),
    /// The result of `serve --check`.
    Checked(CheckResult),
}

impl Report {
    /// The exit code once the report is printed.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Call(report) => report.exit,
            Self::Repeated(report) => report.exit,
            Self::Inspect(report) => report.exit(),
            Self::Checked(report) => report.exit(),
            Self::Doctor(report) => report.exit(),
            Self::Setup(report) => report.exit(),
            Self::Health(report) => report.exit(),
            Self::Test(report) => report.exit(),
            Self::Probe(report) => report.exit(),
            Self::Trust(report) => report.exit(),
            Self::Store(report) => report.exit(),
            Self::Checking(report) => report.exit(),
            _ => Exit::Done,
        }
    }

    /// The exit code as a number. With `serve -- COMMAND`, it is the code of COMMAND.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Stopped(code) => *code,
            other => other.exit().code(),
        }
    }

    /// The failure to print after the answer.
    pub fn take_failure(&mut self) -> Option<Failure> {
        match self {
            Self::Call(report) => report.failure.take(),
            Self::Repeated(report) => report.failure.take(),
            Self::Health(report) => report.failure(),
            Self::Test(report) => report.failure(),
            _ => None,
        }
    }

    /// Notes for stderr.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Inspect(report) => report.notes.clone(),
            Self::Token(report) => report.acquired.notes.clone(),
            Self::Call(report) => report.notes.clone(),
            Self::GitCredential(report) => report.notes.clone(),
            Self::Repeated(report) => report.notes.clone(),
            Self::Checking(report) => {
                let sentence = (!report.json).then(|| report.sentence());
                report.notes.iter().cloned().chain(sentence).collect()
            }
            Self::Done(done) => done.notes.iter().chain([&done.said]).cloned().collect(),
            Self::Profiles(report) => report.sentence().into_iter().collect(),
            Self::Client(report) => report.sentences(),
            Self::Init(report) => report.sentences(),
            Self::Keys(report) => report.notes.clone(),
            Self::Store(report) => report.sentences(),
            Self::Doctor(report) => report.notes.clone(),
            Self::Mint(report) => report.notes.clone(),
            Self::Probe(report) => report.notes(),
            Self::Trust(report) => report.notes.clone(),
            Self::Version(_) => vec!["heistctl version is the same as heistctl --version".to_owned()],
            Self::History(report) => report.notes.clone(),
            _ => Vec::new(),
        }
    }

    /// The note for after the answer, to be asked for then. It is omitted if the answer could not be printed.
    #[must_use]
    pub fn afterword(&self) -> Box<dyn FnOnce() -> Option<String>> {
        match self {
            Self::Client(report) => {
                let afterword = report.afterword();
                Box::new(|| afterword)
            }
            Self::Init(report) => {
                let afterword = report.afterword();
                Box::new(|| afterword)
            }
            Self::Call(report) => {
                let repeats_token = report.repeats_token.clone();
                Box::new(move || repeats_token.is_set().then(|| REPEATED.to_owned()))
            }
            _ => Box::new(|| None),
        }
    }

    /// The hint for a problem that is reported on stdout.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Inspect(report) => report.hint().map(str::to_owned),
            Self::Store(report) => report.hint().map(str::to_owned),
            Self::Init(report) => Some(report.next.clone()),
            _ => None,
        }
    }

    /// The notes that `--verbose` adds.
    #[must_use]
    pub fn details(&self) -> &[String] {
        match self {
            Self::Call(report) => &report.details,
            Self::Repeated(report) => &report.details,
            _ => &[],
        }
    }
}

impl From<HistoryReport> for Report {
    fn from(report: HistoryReport) -> Self {
        Self::History(report)
    }
}
