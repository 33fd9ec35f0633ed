//! The results of `test`.

use super::control::PHASE;
use crate::exit::{Exit, Failure};
use crate::testbench::clock_change::BenchClock;
use crate::testbench::expectation::ExpectationCheck;
use crate::testbench::fault::FaultRule;
use crate::testbench::request_log::RequestList;
use crate::text::shell_word;
use serde::{Deserialize, Serialize};

pub struct TestReport {
    pub finding: TestFinding,
    pub json: bool,
}

pub enum TestFinding {
    Faults(FaultsInForce),
    Clock(BenchClock),
    Keys(Rotated),
    Requests(RequestList),
    Expected(ExpectedRequests),
}

/// The rules in the order in which they are tried.
#[derive(Debug, Deserialize, Serialize)]
pub struct FaultsInForce {
    pub faults: Vec<FaultRule>,
}

/// The new signing key.
#[derive(Debug, Deserialize, Serialize)]
pub struct Rotated {
    pub rotate: String,
    pub kid: String,
    pub meaning: String,
}

/// Whether the requests are as expected.
pub struct ExpectedRequests {
    pub client: Option<String>,
    pub checks: Vec<ExpectationCheck>,
    /// The number of requests that the server has dropped.
    pub dropped: u64,
}

impl TestReport {
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.failure().is_some() { Exit::CheckFailed } else { Exit::Done }
    }

    /// The failure of expectations that were not met.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let TestFinding::Expected(expected) = &self.finding else { return None };
        let failed = expected.checks.iter().filter(|check| !check.passed);
        let told: Vec<String> =
            failed.map(|check| format!("{}: {}, not {}", check.name, check.value, check.expected)).collect();
        if told.is_empty() {
            return None;
        }
        let (whose, flag) = expected.client.as_ref().map_or_else(Default::default, |client| {
            (format!("client {client}: "), format!(" --client {}", shell_word(client)))
        });
        let failure = Failure::new(Exit::CheckFailed, PHASE, format!("{whose}{}", told.join("; ")));
        Some(match expected.dropped {
            0 => failure.hint(format!("heistctl test requests{flag} lists the requests")),
            dropped => failure.hint(format!(
                "the {dropped} oldest requests were dropped: heistctl test reset before the part to check"
            )),
        })
    }
}
