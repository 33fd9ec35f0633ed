//! The result of `probe`.

use crate::exit::Exit;
use crate::probe::outcome::CaseOutcome;
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::terms::CaseSeverity;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const PHASE: &str = "probe";

pub enum ProbeReport {
    /// The battery alone.
    Battery {
        json: bool,
    },
    Run(Box<ProbeRunReport>),
}

/// A whole run.
pub struct ProbeRunReport {
    /// The URL without its query.
    pub url: String,
    pub method: String,
    /// Where tokens came from.
    pub source: String,
    /// The fingerprint of the good token, as `inspect` shows it.
    pub fingerprint: String,
    pub controls: Vec<Probed>,
    pub outcomes: Vec<CaseOutcome>,
    pub requests: usize,
    pub took: Duration,
    pub json: bool,
    pub junit: Option<PathBuf>,
    pub sarif: Option<PathBuf>,
    pub notes: Vec<String>,
}

impl ProbeReport {
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Battery { .. } => Exit::Done,
            Self::Run(report) => report.exit(),
        }
    }

    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Battery { .. } => Vec::new(),
            Self::Run(report) => report.notes.clone(),
        }
    }
}

impl ProbeRunReport {
    /// 8 if something got in; 2 if a part could not be judged, since then not all is known to be refused.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.outcomes.iter().any(CaseOutcome::got_in) {
            return Exit::CheckFailed;
        }
        if self.count(ProbeVerdict::Inconclusive) > 0 { Exit::Usage } else { Exit::Done }
    }

    #[must_use]
    pub fn count(&self, verdict: ProbeVerdict) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
    }

    /// The findings, the worst first.
    #[must_use]
    pub fn findings(&self) -> Vec<&CaseOutcome> {
        let mut all: Vec<&CaseOutcome> =
            self.outcomes.iter().filter(|outcome| outcome.verdict.is_finding()).collect();
        all.sort_by_key(|outcome| (!outcome.got_in(), outcome.severity()));
        all
    }

    /// How many findings have that severity.
    #[must_use]
    pub fn of_severity(&self, severity: CaseSeverity) -> usize {
        self.findings().iter().filter(|outcome| outcome.severity() == severity).count()
    }
}
