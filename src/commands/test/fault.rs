//! `heistctl test fault`: a rule from flags or JSON.

use super::control::{Control, PHASE};
use super::report::FaultsInForce;
use crate::cli::TestFaultArgs;
use crate::commands::environment;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::testbench::fault::{FaultEffect, FaultRule};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// Adds a fault, removes all, or lists them.
pub(super) fn run(control: &Control, args: &TestFaultArgs) -> anyhow::Result<FaultsInForce> {
    if args.clear {
        return Ok(control.post("faults/clear", &json!({}))?);
    }
    let rule = match (&args.rule, &args.on) {
        (Some(file), _) => read(file)?,
        (None, Some(on)) => rule(args, on),
        (None, None) => return Ok(control.get("faults")?),
    };
    rule.check().map_err(|wrong| {
        Failure::new(Exit::Usage, PHASE, wrong.join("; ")).hint("heistctl test fault -h lists the faults")
    })?;
    Ok(control.post("faults", &rule)?)
}

fn read(file: &Path) -> anyhow::Result<FaultRule> {
    let bytes = if file == Path::new("-") {
        environment::stdin()?
    } else {
        environment::file(file, PHASE)?.value.expose().to_vec()
    };
    let wrong = |_| {
        let what = format!("{} is not a rule of a fault", file.display());
        Failure::new(Exit::Usage, PHASE, what).hint(r#"write {"on":"token","times":3,"status":503}"#)
    };
    Ok(json::object(&bytes).map_err(wrong)?)
}

fn rule(args: &TestFaultArgs, on: &str) -> FaultRule {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let fault = FaultEffect {
        token: args.token.clone(),
        claims: args.claim.iter().cloned().collect(),
        set: args.set.iter().cloned().collect(),
        omit: args.omit.clone(),
        keys: args.keys.clone(),
        nonce: args.nonce,
        status: args.status,
        error: args.error.clone(),
        retry_after: args.retry_after,
        redirect: args.redirect.clone(),
        body: args.body.clone(),
        raw: args.raw.clone(),
        content_type: args.content_type.clone(),
        delay: args.delay.map(millis),
        drip: args.drip.map(millis),
        close_after: args.close_after,
        reset_after: args.reset_after,
    };
    let (client, skip, times) = (args.client.clone(), args.skip.unwrap_or(0), args.times);
    FaultRule { on: on.to_owned(), client, skip, times, fault }
}
