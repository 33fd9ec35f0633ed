//! Gets the workload's identity from where the settings say: a variable, a file, a command, or a service of the
//! platform. It is read anew each time.

use super::answer::TimedAnswer;
use super::connection::{ConnectionOptions, DEFAULT_TIMEOUT};
use super::failure::unreachable;
use super::identity_settings::{IdentitySettings, PHASE, failed};
use super::secret_command::{self, SecretCommand};
use super::send::RequestSender;
use crate::client::agent::{Agent, Answer};
use crate::client::identity::azure::AzureVariables;
use crate::client::identity::{
    Identity, IdentityError, IdentityRequest, IdentitySource, azure, doubt, github_actions, google,
};
use crate::client::refusal::TokenError;
use crate::commands::environment::{self, Sourced, secret_var, var};
use crate::exit::{Exit, Failure};
use crate::secret::Secret;
use std::time::{Duration, Instant};

/// Errors that may be about the identity.
const ABOUT_IDENTITY: [&str; 5] =
    ["invalid_client", "invalid_grant", "invalid_request", "unauthorized_client", "access_denied"];
/// A metadata service is on the same machine, or there is none.
const METADATA: Duration = Duration::from_secs(1);

/// The identity for this issuer.
///
/// # Errors
/// Exit 2 if it is missing or not a token, 4 to 7 if the platform does not give it.
pub fn fetch(
    settings: &IdentitySettings,
    connection: &ConnectionOptions,
    issuer: Option<&str>,
) -> Result<Identity, Failure> {
    let audience = settings.audience.as_ref().map(|audience| audience.value.as_str()).or(issuer);
    let source = &settings.source.value;
    if source.asks_for_audience() && audience.is_none() {
        let what = "the identity's audience is not known: there is a token endpoint and no issuer";
        return Err(Failure::new(Exit::Usage, PHASE, what)
            .hint("--issuer URL in place of the token endpoint, or --identity-audience AUD"));
    }
    let audience = audience.unwrap_or_default();
    let read = match source {
        IdentitySource::Gitlab(name) | IdentitySource::Environment(name) => {
            secret_var(name).ok_or_else(|| source.without_variable(name, issuer)).map_err(failed)?
        }
        IdentitySource::Kubernetes(_) | IdentitySource::File(_) => settings.file(issuer)?,
        IdentitySource::Command => command(settings, connection.deadline)?,
        IdentitySource::GithubActions => {
            let url = var(github_actions::URL)?.map(|url| url.value);
            let token = secret_var(github_actions::TOKEN).map(|token| token.value);
            let request =
                github_actions::request(url.as_deref(), token.as_ref(), audience).map_err(failed)?;
            ask(&request, connection, github_actions::URL, github_actions::read, None)?
        }
        IdentitySource::Google => {
            let host = var(google::HOST)?;
            let request = google::request(host.as_ref().map(|host| host.value.as_str()), audience);
            ask(&request.map_err(failed)?, connection, "google", google::read, Some(google::ELSEWHERE))?
        }
        IdentitySource::Azure(resource) => {
            let request = azure::request(&azure_variables()?, resource).map_err(failed)?;
            ask(&request, connection, "azure", azure::read, Some(azure::ELSEWHERE))?
        }
    };
    source
        .identity(read.value.expose(), &read.origin, Some(audience).filter(|text| !text.is_empty()))
        .map_err(failed)
}

/// Adds to a refusal what the identity says of itself.
#[must_use]
pub fn doubted(
    failure: Failure,
    identity: Option<&Identity>,
    issuer: Option<&str>,
    error: &TokenError,
    sent: &TimedAnswer,
) -> Failure {
    let (Some(identity), TokenError::Refused { error: code, .. }) = (identity, error) else { return failure };
    if !ABOUT_IDENTITY.contains(&code.as_str()) && sent.answer.status != 401 {
        return failure;
    }
    let doubt = doubt(identity, issuer, sent.received);
    let hint = [Some(doubt.cure), sent.skew()].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let join = if doubt.what.is_empty() { "" } else { "; " };
    Failure { what: format!("{}{join}{}", failure.what, doubt.what), ..failure }.hint(hint)
}

fn command(settings: &IdentitySettings, deadline: Instant) -> Result<Sourced<Secret>, Failure> {
    let (words, profile) = match &settings.command {
        Some(command) => (command.value.as_slice(), command.origin.as_str()),
        None => (&[][..], ""),
    };
    secret_command::run(&SecretCommand { key: "identity_command", phase: PHASE, words, profile }, deadline)
}

fn azure_variables() -> Result<AzureVariables, Failure> {
    let text = |name: &str| Ok::<_, Failure>(var(name)?.map(|found| found.value));
    Ok(AzureVariables {
        host: text(azure::HOST)?,
        endpoint: text(azure::ENDPOINT)?,
        header: secret_var(azure::HEADER).map(|header| header.value),
        client_id: text(azure::CLIENT_ID)?,
    })
}

/// Asks a service of the platform. The authorities of `--cacert` and the client's certificate are for the issuer
/// alone.
fn ask(
    asked: &IdentityRequest,
    connection: &ConnectionOptions,
    origin: &str,
    read: fn(&Answer) -> Result<Secret, IdentityError>,
    elsewhere: Option<&str>,
) -> Result<Sourced<Secret>, Failure> {
    let (agent, deadline) = if asked.is_metadata_service {
        (Agent::new(METADATA), connection.deadline.min(Instant::now() + METADATA))
    } else {
        (environment::agent(DEFAULT_TIMEOUT, None)?, connection.deadline)
    };
    let agent = agent.traced(connection.trace.clone());
    let to = Sourced::new(asked.request.endpoint.clone(), origin);
    let answer = if asked.is_metadata_service {
        agent.until(deadline).and_then(|agent| agent.fetch(&asked.request)).map_err(|error| {
            let failure = unreachable(PHASE, &to, &error);
            elsewhere.map_or(failure.clone(), |elsewhere| failure.hint(elsewhere))
        })?
    } else {
        let sender = RequestSender { agent: &agent, deadline, has_dpop: false };
        sender.send(PHASE, &to, |_| Ok(asked.request.clone()))?.answer
    };
    let exit = match answer.status {
        400..=499 => Exit::Refused,
        _ => Exit::ServerFailed,
    };
    let token = read(&answer).map_err(|error| Failure { exit, ..failed(error) })?;
    Ok(Sourced::new(token, to.value.origin()))
}
