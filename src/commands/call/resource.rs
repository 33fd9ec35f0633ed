//! The URL to call: of the command line, else the resource that the issuer declares, else the one beside the
//! token endpoint.

use super::failures::{PHASE, while_getting_token};
use super::not_a_url;
use crate::cli::CallArgs;
use crate::client::endpoint::EndpointUrl;
use crate::client::redact::truncate;
use crate::commands::environment::Sourced;
use crate::commands::session::connection::{Caching, ConnectionOptions, TokenServer};
use crate::commands::session::send::RequestSender;
use crate::commands::session::{metadata, urls};
use crate::exit::{Exit, Failure};
use crate::http::{RESOURCE_PATH, TOKEN_PATH};

const MEMBER: &str = "protected_resources";
/// The number of declared resources to list.
const LISTED: usize = 10;

/// # Errors
/// Exit 2 if there is no URL or an invalid one, 14 to 17 if the issuer's metadata is not available.
pub(super) fn resource(
    args: &CallArgs,
    connection: &ConnectionOptions,
) -> Result<Sourced<EndpointUrl>, Failure> {
    match (&args.url, &connection.server) {
        (Some(url), _) => named(url, connection),
        (None, TokenServer::Issuer(issuer)) => declared(issuer, connection),
        (None, TokenServer::Endpoint(token)) => {
            let beside = token.value.sibling(TOKEN_PATH, RESOURCE_PATH);
            beside
                .map(|endpoint| Sourced::new(endpoint, "beside the token endpoint"))
                .ok_or_else(|| no_url(format!("no URL, and no token endpoint that ends in {TOKEN_PATH}")))
        }
    }
}

fn named(url: &str, connection: &ConnectionOptions) -> Result<Sourced<EndpointUrl>, Failure> {
    let server = match &connection.server {
        TokenServer::Endpoint(token) => Some(token.value.origin()),
        TokenServer::Issuer(_) => None,
    };
    let url = not_a_url::read(url, server.as_deref())
        .map_err(|wrong| Failure::new(Exit::Usage, PHASE, wrong.what).hint(wrong.cure))?;
    let endpoint = urls::endpoint(&url, connection.insecure_http, PHASE, "the command line")?;
    Ok(Sourced::new(endpoint, "the command line"))
}

/// The issuer's one resource (RFC 9728 section 4).
fn declared(
    issuer: &Sourced<String>,
    connection: &ConnectionOptions,
) -> Result<Sourced<EndpointUrl>, Failure> {
    let all = declarations(issuer, connection).map_err(while_getting_token)?;
    let of = format!("the metadata of {} ({})", issuer.value, issuer.origin);
    match all.as_slice() {
        [one] => {
            let found = urls::named(MEMBER, one, &issuer.value, connection.insecure_http, PHASE)?;
            Ok(Sourced::new(found.value, format!("{MEMBER} of {}", issuer.value)))
        }
        [] => Err(no_url(format!("no URL, and {of} declares no resource ({MEMBER})"))),
        [first, ..] => {
            let shown: Vec<String> = all.iter().take(LISTED).map(|one| truncate(one)).collect();
            let more = all.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let what =
                format!("no URL, and {of} declares {} resources: {}{more}", all.len(), shown.join(", "));
            Err(Failure::new(Exit::Usage, PHASE, what)
                .hint(format!("give the URL of one of them: heistctl call {}", truncate(first))))
        }
    }
}

/// A cached document may be older than the resource.
fn declarations(issuer: &Sourced<String>, connection: &ConnectionOptions) -> Result<Vec<String>, Failure> {
    let agent = connection.agent()?;
    let sender = RequestSender { agent: &agent, deadline: connection.deadline, has_dpop: false };
    let fetch = |caching: &Caching| {
        let found = metadata::of_issuer(&sender, caching, issuer, connection.insecure_http)?;
        Ok((found.value.protected_resources.unwrap_or_default(), found.is_cached))
    };
    match (fetch(&connection.caching)?, &connection.caching) {
        ((found, true), Caching::Use(cache)) if found.len() != 1 => {
            fetch(&Caching::Refresh(cache.clone())).map(|(found, _)| found)
        }
        ((found, _), _) => Ok(found),
    }
}

fn no_url(what: String) -> Failure {
    Failure::new(Exit::Usage, PHASE, what).hint("give the URL of the resource: heistctl call URL")
}
