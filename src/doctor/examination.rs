//! All checks applied to the evidence, and the grade that follows.

use super::check::{DoctorCheck, DoctorFinding, Weight};
use super::evidence::IssuerEvidence;
use super::table::CHECKS;
use serde::Serialize;

/// The grade of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Grade {
    A,
    B,
    C,
    D,
    F,
}

impl Grade {
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::A => "nothing failed that counts",
            Self::B => "only recommendations are not met",
            Self::C => "released clients break",
            Self::D => "it breaks a rule of a specification",
            Self::F => "it cannot be used: no metadata, or its token does not verify",
        }
    }

    /// Whether an issuer of this grade is good enough.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::A | Self::B)
    }
}

/// A check and what it found.
pub struct JudgedCheck {
    pub check: &'static DoctorCheck,
    pub finding: DoctorFinding,
    /// How much a failure counts in this run.
    pub weight: Weight,
    /// The requests that it looked at, for people.
    pub asked: Vec<String>,
}

/// The findings at an issuer.
pub struct Examination {
    pub grade: Grade,
    /// In the order of their numbers.
    pub checks: Vec<JudgedCheck>,
}

impl Examination {
    /// Judges the evidence.
    #[must_use]
    pub fn of(evidence: &IssuerEvidence) -> Self {
        let checks: Vec<JudgedCheck> =
            CHECKS.iter().flat_map(|group| group.iter()).map(|check| judged(check, evidence)).collect();
        Self { grade: grade(&checks, evidence.metadata().is_some()), checks }
    }
}

/// The check whose failure makes every token useless.
const VERIFIES: u8 = 72;

fn judged(check: &'static DoctorCheck, evidence: &IssuerEvidence) -> JudgedCheck {
    let finding = match check.needs.missing(evidence) {
        Some(why) => DoctorFinding::skip(why),
        None => (check.judge)(evidence),
    };
    let own = match &finding {
        DoctorFinding::Fail { weight: Some(weight), .. } => *weight,
        _ => check.weight,
    };
    let is_must = evidence.profile.is_some_and(|profile| check.musts.contains(&profile));
    let weight = if is_must { Weight::Must } else { own };
    let asked = check.asks.iter().filter_map(|question| evidence.all(*question).first());
    let asked = asked.map(|exchange| exchange.asked.clone()).collect();
    JudgedCheck { check, finding, weight, asked }
}

fn grade(checks: &[JudgedCheck], has_metadata: bool) -> Grade {
    let failed = || checks.iter().filter(|judged| matches!(judged.finding, DoctorFinding::Fail { .. }));
    if !has_metadata || failed().any(|judged| judged.check.number == VERIFIES) {
        return Grade::F;
    }
    match failed().map(|judged| judged.weight).max() {
        Some(Weight::Must) => Grade::D,
        Some(Weight::Compat) => Grade::C,
        Some(Weight::Should) => Grade::B,
        Some(Weight::Info) | None => Grade::A,
    }
}
