//! `heistctl test`: controls a server that runs with `serve --test`.

mod control;
mod fault;
pub mod report;

use super::Report;
use crate::cli::{TestArgs, TestClockArgs, TestCommand, TestExpectArgs, TestRequestsArgs};
use crate::exit::{Exit, Failure};
use crate::http::params::encode;
use crate::testbench::clock_change::{ClockChange, DateClock};
use crate::testbench::expectation::Expectation;
use crate::testbench::request_log::RequestList;
use control::{Control, PHASE};
use report::{ExpectedRequests, TestFinding, TestReport};
use serde_json::json;

/// Runs the command.
///
/// # Errors
/// Exit 2 for a server that is not named well, 4 for one that is not under test, 5 to 7 if it does not answer.
pub fn run(args: &TestArgs) -> anyhow::Result<Report> {
    let control = Control::settle(&args.control)?;
    let finding = match &args.command {
        TestCommand::Fault(flags) => TestFinding::Faults(fault::run(&control, flags)?),
        TestCommand::Clock(flags) => TestFinding::Clock(clock(&control, flags)?),
        TestCommand::Keys(flags) => {
            TestFinding::Keys(control.post("keys", &json!({ "rotate": flags.rotate }))?)
        }
        TestCommand::Requests(TestRequestsArgs { client }) => {
            TestFinding::Requests(requests(&control, client.as_deref())?)
        }
        TestCommand::Expect(flags) => TestFinding::Expected(expect(&control, flags)?),
        TestCommand::Reset => TestFinding::Clock(control.post("reset", &json!({}))?),
    };
    Ok(Report::Test(TestReport { finding, json: args.control.json }))
}

fn clock(
    control: &Control,
    flags: &TestClockArgs,
) -> Result<crate::testbench::clock_change::BenchClock, Failure> {
    let change = ClockChange {
        reset: flags.reset,
        set: flags.set.map(|time| time.to_string()),
        advance: flags.advance.map(|by| by.as_secs()),
        offset: flags.offset,
        rate: flags.rate,
        date: flags.date.as_deref().map(|clock| match clock {
            "machine" => DateClock::Machine,
            _ => DateClock::Server,
        }),
    };
    if change.is_empty() { control.get("clock") } else { control.post("clock", &change) }
}

fn requests(control: &Control, client: Option<&str>) -> Result<RequestList, Failure> {
    match client {
        Some(client) => control.get(&format!("requests?client={}", encode(client))),
        None => control.get("requests"),
    }
}

fn expect(control: &Control, flags: &TestExpectArgs) -> Result<ExpectedRequests, Failure> {
    let expectation = Expectation {
        requests: flags.requests,
        tokens: flags.tokens,
        refused: if flags.no_refused { Some(0) } else { flags.refused },
        auth: flags.auth.clone(),
        scopes: flags.scope.clone(),
    };
    if expectation.is_empty() {
        return Err(Failure::new(Exit::Usage, PHASE, "nothing is expected")
            .hint("heistctl test expect --tokens 1 --no-refused"));
    }
    let found = requests(control, flags.client.as_deref())?;
    let checks = expectation.judge(&found.requests);
    Ok(ExpectedRequests { client: flags.client.clone(), checks, dropped: found.dropped })
}
