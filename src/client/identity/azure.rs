//! Azure: the metadata service of a machine (IMDS), or the endpoint of App Service and Functions, issues a
//! token of the managed identity for a resource.

use super::request::{IdentityError, IdentityRequest, component};
use crate::client::agent::Answer;
use crate::client::endpoint::EndpointUrl;
use crate::client::request::OutgoingRequest;
use crate::json::{Json, without_bom};
use crate::secret::Secret;
use http::{HeaderName, Method};
use std::net::IpAddr;

/// Another host of the metadata service, as Azure's own libraries take it.
pub const HOST: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
/// The endpoint of App Service and Functions, and the secret that it wants.
pub const ENDPOINT: &str = "IDENTITY_ENDPOINT";
pub const HEADER: &str = "IDENTITY_HEADER";
/// The client id of a user-assigned managed identity.
pub const CLIENT_ID: &str = "AZURE_CLIENT_ID";
const DEFAULT: &str = "http://169.254.169.254";
pub const ELSEWHERE: &str = "is this a machine or app of Azure with a managed identity? in AKS with workload \
                             identity: --identity file:$AZURE_FEDERATED_TOKEN_FILE";

/// The variables that say where the service is.
#[derive(Debug, Default)]
pub struct AzureVariables {
    pub host: Option<String>,
    pub endpoint: Option<String>,
    pub header: Option<Secret>,
    pub client_id: Option<String>,
}

/// The request for a token of the managed identity.
///
/// # Errors
/// If an address is not one, or the endpoint comes without its header.
pub fn request(variables: &AzureVariables, resource: &str) -> Result<IdentityRequest, IdentityError> {
    let (base, version, header, origin) = match (&variables.endpoint, &variables.header) {
        (Some(endpoint), Some(secret)) => {
            let header = (HeaderName::from_static("x-identity-header"), secret.clone());
            (endpoint.clone(), "2019-08-01", header, ENDPOINT)
        }
        _ => {
            let host = variables.host.as_deref().unwrap_or(DEFAULT).trim_end_matches('/');
            let header = (HeaderName::from_static("metadata"), Secret::new("true"));
            (format!("{host}/metadata/identity/oauth2/token"), "2018-02-01", header, HOST)
        }
    };
    let mut url = format!("{base}?api-version={version}&resource={}", component(resource));
    if let Some(id) = &variables.client_id {
        url.push_str(&format!("&client_id={}", component(id)));
    }
    let endpoint = EndpointUrl::parse(&url, true)
        .map_err(|error| IdentityError::new(format!("{origin}: {error}"), format!("{HOST}={DEFAULT}")))?;
    if origin == ENDPOINT && !keeps_secret(&endpoint) {
        let what =
            format!("{ENDPOINT}: {endpoint} is plain http to another machine, which would get {HEADER}");
        return Err(IdentityError::new(what, format!("{ENDPOINT}=https://…; Azure sets it in its apps")));
    }
    let request =
        OutgoingRequest { method: Method::GET, endpoint, headers: vec![header], body: Secret::new("") };
    Ok(IdentityRequest { request, is_metadata_service: true })
}

/// Whether nobody on the way can read the secret. App Service has its endpoint at a link-local address.
fn keeps_secret(endpoint: &EndpointUrl) -> bool {
    let is_link_local = || match endpoint.host().parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V4(v4)) => v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => v6.is_unicast_link_local(),
        Err(_) => false,
    };
    endpoint.is_https() || endpoint.is_loopback() || is_link_local()
}

/// The member `access_token` of the answer.
///
/// # Errors
/// If there is no managed identity, or something else answered.
pub fn read(answer: &Answer) -> Result<Secret, IdentityError> {
    let members = match Json::parse(without_bom(&answer.body)) {
        Ok(Json::Object(members)) => Some(members),
        _ => None,
    };
    let text = |name: &str| members.as_ref().and_then(|members| members.get(name)?.as_str());
    match (answer.status, text("access_token")) {
        (200, Some(token)) => Ok(Secret::new(token)),
        (200, None) => {
            Err(IdentityError::new("the answer has no access_token: it is not Azure's", ELSEWHERE))
        }
        (status, _) => {
            let error = match text("error") {
                Some("invalid_resource") => " invalid_resource",
                Some("invalid_request") => " invalid_request",
                _ => "",
            };
            let hint = match status {
                400 => {
                    "the machine needs a managed identity, and AZURE_CLIENT_ID=ID where it has several; the \
                        resource must exist in its tenant"
                }
                _ => ELSEWHERE,
            };
            Err(IdentityError::new(format!("Azure's metadata service answers {status}{error}"), hint))
        }
    }
}

/// The hint for a token of another resource.
pub(super) fn for_audience(wanted: &str) -> String {
    format!(
        "Azure issues tokens for resources of its tenant: add {wanted} to the trust rule's audiences, or name \
         another resource: --identity azure:RESOURCE"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_that_of_the_machine_or_of_the_app() {
        let asked = |variables: &AzureVariables| {
            let IdentityRequest { request, is_metadata_service } = request(variables, "api://x y").unwrap();
            let (name, value) = request.headers.first().unwrap();
            assert!(is_metadata_service && !format!("{request:?}").contains("s3cret"));
            format!("{} {name}={}", request.endpoint.uri(), value.expose_str().unwrap())
        };
        let machine = AzureVariables::default();
        assert_eq!(
            asked(&machine),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fx%20y \
             metadata=true"
        );
        let app = AzureVariables {
            endpoint: Some("http://127.0.0.1:41/msi/token".to_owned()),
            header: Some(Secret::new("s3cret")),
            client_id: Some("a b".to_owned()),
            ..machine
        };
        assert_eq!(
            asked(&app),
            "http://127.0.0.1:41/msi/token?api-version=2019-08-01&resource=api%3A%2F%2Fx%20y&client_id=a%20b \
             x-identity-header=s3cret"
        );
    }

    #[test]
    fn the_secret_of_an_app_stays_on_its_machine_or_encrypted() {
        for (url, is_sent) in [
            ("http://169.254.131.3:8081/msi/token", true),
            ("http://localhost:42356/msi/token", true),
            ("http://[::1]:1/msi/token", true),
            ("http://[fe80::1]/msi/token", true),
            ("https://10.0.0.4:2377/metadata/identity/oauth2/token", true),
            ("http://10.0.0.4:2377/metadata/identity/oauth2/token", false),
            ("http://evil.example/msi/token", false),
            ("http://169.254.131.3.evil.example/msi/token", false),
            ("http://localhost.evil.example/msi/token", false),
        ] {
            let (endpoint, header) = (Some(url.to_owned()), Some(Secret::new("s3cret")));
            let asked = request(&AzureVariables { endpoint, header, ..AzureVariables::default() }, "r");
            assert_eq!(asked.is_ok(), is_sent, "{url}");
            assert!(
                asked.is_ok() || asked.unwrap_err().what.contains("plain http to another machine"),
                "{url}"
            );
        }
        let host = Some("http://metadata.example".to_owned());
        assert!(
            request(&AzureVariables { host, ..AzureVariables::default() }, "r").is_ok(),
            "without a secret"
        );
    }

    #[test]
    fn only_an_access_token_is_an_identity() {
        let answer =
            |status, body: &str| Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() };
        assert_eq!(read(&answer(200, r#"{"access_token":"t"}"#)).unwrap().expose(), b"t");
        for (status, body, part) in [
            (200, "<html>", "no access_token"),
            (400, r#"{"error":"invalid_resource","error_description":"x"}"#, "400 invalid_resource"),
            (404, "", "404"),
        ] {
            assert!(read(&answer(status, body)).unwrap_err().what.contains(part), "{body}");
        }
    }
}
