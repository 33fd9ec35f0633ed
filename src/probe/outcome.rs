//! The outcome of a case: the worst of its requests.

use super::case::ProbeCase;
use super::probed::{ProbeVerdict, Probed};
use super::terms::CaseSeverity;
use std::time::Duration;

/// All of a case.
pub struct CaseOutcome {
    pub case: &'static ProbeCase,
    pub verdict: ProbeVerdict,
    pub requests: Vec<Probed>,
    /// Why it was skipped or is inconclusive.
    pub reason: Option<String>,
}

impl CaseOutcome {
    /// The worst of its requests decides.
    #[must_use]
    pub fn of(case: &'static ProbeCase, tried: Result<Vec<Probed>, String>) -> Self {
        match tried {
            Ok(mut requests) => {
                requests.iter_mut().for_each(|probed| probed.answer = None);
                let verdict = requests.iter().map(|probed| probed.verdict).max();
                Self { case, verdict: verdict.unwrap_or(ProbeVerdict::Passed), requests, reason: None }
            }
            Err(reason) => Self::without(case, ProbeVerdict::Skipped, reason),
        }
    }

    #[must_use]
    pub fn without(case: &'static ProbeCase, verdict: ProbeVerdict, reason: impl Into<String>) -> Self {
        Self { case, verdict, requests: Vec::new(), reason: Some(reason.into()) }
    }

    /// How bad it is: less than the case's if nothing got in.
    #[must_use]
    pub fn severity(&self) -> CaseSeverity {
        match self.verdict {
            ProbeVerdict::Accepted | ProbeVerdict::Broken | ProbeVerdict::Rejected => self.case.severity,
            ProbeVerdict::Fell => CaseSeverity::Medium,
            ProbeVerdict::WrongStatus => CaseSeverity::Low,
            _ => CaseSeverity::Info,
        }
    }

    /// Whether something got in that matters.
    #[must_use]
    pub fn got_in(&self) -> bool {
        self.verdict == ProbeVerdict::Accepted && self.case.severity < CaseSeverity::Info
    }

    #[must_use]
    pub fn took(&self) -> Duration {
        self.requests.iter().map(|probed| probed.took).sum()
    }
}
