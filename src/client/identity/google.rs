//! Google Cloud: the metadata server of a machine, function or pod issues an ID token for any audience.

use super::request::{IdentityError, IdentityRequest, component};
use crate::client::agent::Answer;
use crate::client::endpoint::EndpointUrl;
use crate::client::request::OutgoingRequest;
use crate::secret::Secret;
use http::{HeaderName, Method};

/// Another host of the metadata server, as Google's own libraries take it.
pub const HOST: &str = "GCE_METADATA_HOST";
const DEFAULT: &str = "metadata.google.internal";
const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");
pub const ELSEWHERE: &str = "is this a machine, function or pod of Google Cloud, with a service account?";

/// The request for an identity of the default service account.
///
/// # Errors
/// If the host is not one.
pub fn request(host: Option<&str>, audience: &str) -> Result<IdentityRequest, IdentityError> {
    let url = format!(
        "http://{}/computeMetadata/v1/instance/service-accounts/default/identity?audience={}&format=full",
        host.unwrap_or(DEFAULT),
        component(audience)
    );
    let endpoint = EndpointUrl::parse(&url, true)
        .map_err(|error| IdentityError::new(format!("{HOST}: {error}"), format!("{HOST}={DEFAULT}")))?;
    let headers = vec![(FLAVOR, Secret::new("Google"))];
    let request = OutgoingRequest { method: Method::GET, endpoint, headers, body: Secret::new("") };
    Ok(IdentityRequest { request, is_metadata_service: true })
}

/// The answer's body. The metadata server marks its answers, which a captive portal does not.
///
/// # Errors
/// If there is no service account, or something else answered.
pub fn read(answer: &Answer) -> Result<Secret, IdentityError> {
    if answer.headers.get(FLAVOR.as_str()) != Some("Google") {
        let what = "the answer is not from Google's metadata server: it lacks Metadata-Flavor: Google";
        return Err(IdentityError::new(what, ELSEWHERE));
    }
    match answer.status {
        200 => Ok(Secret::new(answer.body.clone())),
        404 => Err(IdentityError::new("this machine has no service account (404)", ELSEWHERE)),
        status => Err(IdentityError::new(
            format!("Google's metadata server answers {status}"),
            "the service account must exist, and the machine may need a wider access scope",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    #[test]
    fn the_metadata_server_is_asked_directly_and_must_name_itself() {
        let asked = request(None, "https://as.example.com").unwrap();
        assert_eq!(
            asked.request.endpoint.uri().to_string(),
            "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity\
             ?audience=https%3A%2F%2Fas.example.com&format=full"
        );
        let flavor = asked.request.headers.first().map(|(name, value)| (name.as_str(), value.expose()));
        assert_eq!((asked.is_metadata_service, flavor), (true, Some(("metadata-flavor", &b"Google"[..]))));
        assert!(request(Some("127.0.0.1:1"), "a").is_ok() && request(Some("a b"), "a").is_err());
        let answer = |status, flavor: &str| {
            let mut headers = Headers::default();
            headers.push("Metadata-Flavor", flavor);
            Answer { status, headers, body: b"t".to_vec(), ..Answer::default() }
        };
        assert_eq!(read(&answer(200, "Google")).unwrap().expose(), b"t");
        for (status, flavor, part) in [
            (200, "x", "lacks Metadata-Flavor"),
            (404, "Google", "no service account"),
            (403, "Google", "403"),
        ] {
            assert!(read(&answer(status, flavor)).unwrap_err().what.contains(part), "{status} {flavor}");
        }
    }
}
