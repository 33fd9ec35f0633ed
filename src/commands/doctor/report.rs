//! The result of `doctor`.

use crate::doctor::examination::Examination;
use crate::doctor::profile::SecurityProfile;
use crate::exit::Exit;
use crate::verdict::Status;
use std::path::PathBuf;
use std::time::Duration;

pub struct DoctorReport {
    pub issuer: String,
    pub profile: Option<SecurityProfile>,
    pub examination: Examination,
    /// How many requests were sent.
    pub requests: usize,
    pub took: Duration,
    pub json: bool,
    /// Where to write the report as JUnit XML.
    pub junit: Option<PathBuf>,
    /// Whether the checks that passed are listed.
    pub verbose: bool,
    pub notes: Vec<String>,
}

impl DoctorReport {
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.examination.grade.is_good() { Exit::Done } else { Exit::CheckFailed }
    }
}

/// The result of `doctor` without an issuer.
pub struct SetupReport {
    pub findings: Vec<SetupFinding>,
    pub json: bool,
}

/// A finding about this machine.
pub struct SetupFinding {
    pub name: &'static str,
    pub status: Status,
    pub seen: String,
    pub cure: Option<String>,
}

impl SetupReport {
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.iter().all(|finding| finding.status != Status::Fail)
    }

    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.is_good() { Exit::Done } else { Exit::CheckFailed }
    }
}
