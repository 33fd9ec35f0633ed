//! The verdict: the checks and the outcome that follows from them.

use super::check::{Check, CheckName, Status};
use super::policy::Policy;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A permitted key verified the signature, and no check failed.
    Pass,
    /// No check failed, but the signature was not checked.
    Unverified,
    Fail,
}

#[derive(Clone, Debug)]
pub struct Verdict {
    pub outcome: Outcome,
    /// Each check once, in the order of [`CheckName::ALL`].
    pub checks: Vec<Check>,
}

impl Outcome {
    /// The outcome of these checks.
    pub(super) fn of(checks: &[Check]) -> Self {
        let has = |name: Option<CheckName>, status| {
            checks.iter().any(|c| c.status == status && name.is_none_or(|name| name == c.name))
        };
        if has(None, Status::Fail) {
            Self::Fail
        } else if has(Some(CheckName::Signature), Status::Pass) {
            Self::Pass
        } else {
            Self::Unverified
        }
    }
}

impl Verdict {
    /// The verdict for these checks, some of which are required to pass (`--require`).
    pub(super) fn of(mut checks: Vec<Check>, policy: &Policy) -> Self {
        for check in &mut checks {
            demand(check, policy);
        }
        Self { outcome: Outcome::of(&checks), checks }
    }

    #[must_use]
    pub fn first_failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.status == Status::Fail)
    }

    #[must_use]
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}

/// `--require`: a skipped or absent check fails.
fn demand(check: &mut Check, policy: &Policy) {
    let unmet = check.status == Status::Skip || check.absent;
    if unmet && check.status != Status::Fail && policy.require.contains(&check.name) {
        check.status = Status::Fail;
        check.message = format!("required: {}", check.message);
    }
}
