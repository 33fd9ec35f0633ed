//! `inspect --introspect` asks the issuer about a token (RFC 7662). Only this part of `inspect` uses a
//! client's environment and profile.

use super::keys::for_inspect;
use super::reading::{Stripped, sendable};
use super::report::{InspectReport, Inspected, Introspected};
use crate::cli::{InspectArgs, SessionArgs};
use crate::client::introspect::{self, Introspection};
use crate::client::refusal::TokenError;
use crate::clock::Timestamp;
use crate::commands::session::acquire::{endpoints, send};
use crate::commands::session::connection::TokenServer;
use crate::commands::session::failure::refused;
use crate::commands::session::settle::settle;
use crate::exit::{Exit, Failure};
use crate::verdict::{Check, CheckName, Policy, Status, Verdict, introspected};

const PHASE: &str = "introspection";
/// The phase of failures about the settings of a token request.
const TOKEN_PHASE: &str = "token request";
/// The hint if no issuer is named and none listens at the default address.
const NAME_ISSUER: &str =
    "--issuer URL, HEISTCTL_ISSUER=URL or HEISTCTL_TOKEN_URL=URL names the issuer of the token";

/// The hint for a client that is not set: inspect has no flags for its id and secret.
fn for_client(failure: Failure) -> Failure {
    let names_flag =
        |hint: &String| ["--client-id", "--client-secret-file"].iter().any(|flag| hint.contains(flag));
    if !failure.hint.as_ref().is_some_and(names_flag) {
        return failure;
    }
    failure.hint(
        "set a client that may introspect: HEISTCTL_CLIENT_ID=ID HEISTCTL_CLIENT_SECRET=SECRET heistctl inspect \
         --introspect < token.txt; or --profile NAME",
    )
}

/// Introspects the token, and adds the answer to the report.
///
/// # Errors
/// Exit 2 if no issuer is configured, 4 to 7 if there is no answer.
pub(super) fn ask(
    args: &InspectArgs,
    stripped: &Stripped,
    policy: &Policy,
    report: &mut InspectReport,
) -> Result<(), Failure> {
    if let Some(foreign) = stripped.foreign.as_ref().filter(|foreign| !foreign.is_opaque_token) {
        report.notes.push(format!("the issuer was not asked: {}", foreign.what));
        return Ok(());
    }
    let token = stripped.token.as_str();
    // Never send pasted text that is not a token.
    if let Err(error) = sendable(token) {
        report.notes.push(format!("the issuer was not asked: {error}"));
        return Ok(());
    }
    let (by, answer) = query(args, token, &mut report.notes).map_err(|failure| {
        // A credential's own phase says which one is missing.
        let phase = if failure.phase == TOKEN_PHASE { PHASE } else { failure.phase };
        Failure { phase: if failure.exit == Exit::Usage { phase } else { PHASE }, ..failure }
    })?;
    let verdict = judge(args, policy, &answer, report.now);
    let verdict = match &mut report.finding {
        Inspected::Jws { outcome, checks, .. } => {
            if answer.active && !is_proven(checks) {
                *outcome = introspected::merge(checks, &verdict);
            }
            None
        }
        Inspected::Jwe { .. } | Inspected::Unreadable { .. } => Some(verdict),
    };
    report.introspection = Some(Introspected { by, answer, verdict });
    Ok(())
}

fn is_proven(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.name == CheckName::Signature && check.status == Status::Pass)
}

fn judge(args: &InspectArgs, policy: &Policy, answer: &Introspection, now: Timestamp) -> Verdict {
    // Responses for inactive tokens have no other members (RFC 7662 section 2.2).
    if !answer.active {
        return introspected::judge(&answer.members, &Policy::default(), now);
    }
    // The response need not name its issuer (RFC 7662 section 2.2).
    let unnamed = args.iss.is_none() && answer.members.get("iss").is_none();
    let iss = policy.iss.clone().filter(|_| !unnamed);
    introspected::judge(&answer.members, &Policy { iss, ..policy.clone() }, now)
}

fn query(
    args: &InspectArgs,
    token: &str,
    notes: &mut Vec<String>,
) -> Result<(String, Introspection), Failure> {
    let options = settle(&SessionArgs {
        profile: args.profile.clone(),
        issuer: args.issuer.clone(),
        cacert: args.cacert.clone(),
        insecure_http: args.insecure_http,
        ..SessionArgs::default()
    })
    .map_err(for_client)?;
    notes.extend(options.notes.iter().cloned());
    let agent = options.connection.agent()?;
    let endpoints = endpoints(&options, &agent).map_err(for_inspect)?;
    let identity = endpoints.authenticated(&options)?;
    let url = endpoints.introspection(&options, args.introspection_url.as_deref())?;
    let prepare = |attempt: &_| introspect::prepare(&url.value, &identity, token, attempt);
    let is_default =
        matches!(&options.connection.server, TokenServer::Endpoint(to) if to.origin.starts_with("default"));
    let sent = send(&options, &agent, PHASE, &url, prepare).map_err(|failure| {
        if is_default && failure.exit == Exit::Unreachable { failure.hint(NAME_ISSUER) } else { failure }
    })?;
    notes.extend(endpoints.elsewhere(&url, &identity));
    let answer = introspect::read(&sent.answer).map_err(|error| {
        let failure = refused(&options, PHASE, &url, &sent, &error);
        let cure = match error {
            TokenError::Refused { .. } => {
                "check that this client may introspect tokens; heistctl serve allows it by introspect = true"
            }
            _ => "is this the introspection endpoint?",
        };
        let hint = failure.hint.filter(|_| failure.exit == Exit::Refused).unwrap_or_else(|| cure.to_owned());
        Failure { hint: Some(hint), ..failure }
    })?;
    Ok((url.value.to_string(), answer))
}
