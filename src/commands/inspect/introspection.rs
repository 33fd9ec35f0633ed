//! What the issuer says of a token (RFC 7662), where somebody asked for that: the one part of `inspect`
//! that is a client of an issuer, with a client's environment and profile.

use super::{InspectReport, Introspected};
use crate::cli::{ClientArgs, InspectArgs};
use crate::client::introspect;
use crate::client::refusal::TokenError;
use crate::commands::client::acquire::{endpoints, send};
use crate::commands::client::refused;
use crate::commands::client::settle::settle;
use crate::exit::{Exit, Failure};
use crate::http::authorization::access_token;

const PHASE: &str = "introspection";

/// Asks, and adds the answer to the report.
///
/// # Errors
/// Exit 2 where nobody can be asked, 4 to 7 where there is no answer.
pub(super) fn ask(args: &InspectArgs, token: &str, report: &mut InspectReport) -> Result<(), Failure> {
    // Whatever it is that was pasted: what is no token is nothing to send anywhere.
    if let Err(error) = access_token(token) {
        report.notes.push(format!("the issuer was not asked: {error}"));
        return Ok(());
    }
    let asked =
        asked(args, token, &mut report.notes).map_err(|failure| Failure { phase: PHASE, ..failure })?;
    report.introspection = Some(asked);
    Ok(())
}

fn asked(args: &InspectArgs, token: &str, notes: &mut Vec<String>) -> Result<Introspected, Failure> {
    let options = settle(&ClientArgs {
        profile: args.profile.clone(),
        issuer: args.issuer.clone(),
        cacert: args.cacert.clone(),
        insecure_http: args.insecure_http,
        ..ClientArgs::default()
    })?;
    notes.extend(options.notes.iter().cloned());
    let agent = options.agent()?;
    let endpoints = endpoints(&options, &agent)?;
    let identity = endpoints.identity(&options)?;
    let url = endpoints.introspection(&options)?;
    let prepare = |attempt: &_| introspect::prepare(&url.value, &identity, token, attempt);
    let sent = send(&options, &agent, PHASE, &url, prepare)?;
    let answer = introspect::read(&sent.answer).map_err(|error| {
        let failure = refused(&options, PHASE, &url, &sent, &error);
        let cure = match error {
            TokenError::Refused { .. } => "may this client ask what tokens are?",
            _ => "is this the introspection endpoint?",
        };
        let hint = failure.hint.filter(|_| failure.exit == Exit::Refused).unwrap_or_else(|| cure.to_owned());
        Failure { hint: Some(hint), ..failure }
    })?;
    Ok(Introspected { by: url.value.to_string(), answer })
}
