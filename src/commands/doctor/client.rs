//! The client of a run, from the same flags and profiles as `token`.

use super::sender::PHASE;
use crate::cli::{AuthMethod, SessionArgs};
use crate::client::discovery;
use crate::client::grant::TokenGrant;
use crate::client::token::AccessTokenRequest;
use crate::commands::session::credentials::CredentialKind;
use crate::commands::session::settle::{ClientOptions, settle};
use crate::doctor::evidence::IssuerEvidence;
use crate::doctor::gather_client::ExaminedClient;
use crate::exit::{Exit, Failure};

/// Whether a flag names a client.
pub(super) fn is_given(args: &SessionArgs) -> bool {
    args.profile.is_some() || args.client_id.is_some()
}

/// The client's settings; `None` without a flag that names one.
///
/// # Errors
/// Exit 2 if a setting is missing or cannot be read.
pub(super) fn options(args: &SessionArgs) -> Result<Option<ClientOptions>, Failure> {
    if is_given(args) { settle(args).map(Some) } else { Ok(None) }
}

/// The client for the issuer's token endpoint.
///
/// # Errors
/// Exit 5 if the metadata names no usable token endpoint, 2 if the issuer supports none of the client's
/// methods.
pub(super) fn examined(
    options: &ClientOptions,
    evidence: &IssuerEvidence,
) -> Result<ExaminedClient, Failure> {
    let no_endpoint = |why: String| Failure::new(Exit::ServerFailed, PHASE, format!("token_endpoint: {why}"));
    let url = evidence.text("token_endpoint").ok_or_else(|| no_endpoint("it is absent".to_owned()))?;
    let insecure_http = options.connection.insecure_http;
    let endpoint = discovery::named(url, &evidence.issuer, insecure_http)
        .map_err(|error| no_endpoint(error.to_string()))?;
    let supported = evidence.list("token_endpoint_auth_methods_supported");
    let supported: Option<Vec<String>> =
        supported.map(|methods| methods.into_iter().map(str::to_owned).collect());
    let method = options.credentials.method(supported.as_deref())?;
    let audience = options.assertion_audience.as_deref().unwrap_or(&evidence.issuer);
    if let CredentialKind::Identity(_) = options.credentials.shown {
        let what = "an identity of the workload is not examined: only a secret, a key or a certificate";
        return Err(Failure::new(Exit::Usage, PHASE, what));
    }
    let identity = options.credentials.client(method, audience, None)?;
    let by_secret = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    let others = by_secret
        .into_iter()
        .filter(|other| by_secret.contains(&method) && *other != method)
        .filter(|other| supported.as_ref().is_some_and(|known| known.contains(&other.name())))
        .filter_map(|other| Some((other.name(), options.credentials.client(other, audience, None).ok()?)))
        .collect();
    let request = AccessTokenRequest {
        endpoint,
        client: identity.clone(),
        grant: TokenGrant::ClientCredentials,
        scope: options.scope.clone(),
        resources: options.resources.clone(),
        audience: options.audience.clone(),
        params: options.params.clone(),
        dpop: options.connection.dpop.clone(),
    };
    Ok(ExaminedClient { identity, others, request })
}
