//! Client authentication, in every method that an authorization server may accept (RFC 6749 section 2.3,
//! RFC 7521 section 4.2, RFC 7523 section 2.2, RFC 8705 section 2). A request uses one at most.

use crate::client::Attempt;
use crate::client::endpoint::EndpointUrl;
use crate::client::request::OutgoingRequest;
use crate::http::authorization::{BasicCredentials, basic_header};
use crate::http::params;
use crate::jose::digest::base64url;
use crate::jose::sign::{SignError, Signer};
use crate::secret::Secret;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// The type of assertions that heistctl signs (RFC 7523 section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The assertion's `typ` (rfc7523bis section 4).
const TYP: &str = "client-authentication+jwt";
/// The lifetime of an assertion.
const LIFETIME: Duration = Duration::from_secs(60);

/// A client and its credentials.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    /// Optional beside an assertion that names the client (RFC 7521 section 4.2), and where a grant needs no
    /// client.
    pub client_id: Option<String>,
    pub proof: ClientProof,
}

/// The credentials of a client.
#[derive(Clone, Debug)]
pub enum ClientProof {
    /// Id and secret in the header (`client_secret_basic`).
    Basic(Secret),
    /// Id and secret in the body (`client_secret_post`).
    Post(Secret),
    /// A signed assertion (`private_key_jwt`, `client_secret_jwt`).
    AssertionClaims {
        signer: Arc<Signer>,
        /// The key's id.
        kid: Option<String>,
        /// The audience, as a string (rfc7523bis section 4).
        audience: String,
    },
    /// An assertion of another issuer: the workload's own token (RFC 7521 section 4.2).
    Assertion {
        /// The value of `client_assertion_type`.
        kind: &'static str,
        assertion: Secret,
    },
    /// The TLS client certificate (`tls_client_auth`).
    Certificate,
    /// None: the grant's own token is proof enough.
    Nothing,
}

/// Why authentication cannot be prepared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Form encoding needs text.
    #[error("the secret is not UTF-8")]
    NotText,
    /// Such methods name the client.
    #[error("this authentication method needs a client id")]
    NoId,
    #[error("the assertion could not be signed: {0}")]
    Signing(#[from] SignError),
}

#[derive(Serialize)]
struct AssertionClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

impl AuthenticatedClient {
    /// A form request to an endpoint that requires client authentication.
    ///
    /// # Errors
    /// [`ProofError`] if authentication cannot be prepared.
    pub fn post(
        &self,
        endpoint: &EndpointUrl,
        mut form: Vec<(&str, String)>,
        attempt: &Attempt,
    ) -> Result<OutgoingRequest, ProofError> {
        let mut headers = vec![
            (CONTENT_TYPE, Secret::new("application/x-www-form-urlencoded")),
            (ACCEPT, Secret::new("application/json")),
        ];
        match &self.proof {
            ClientProof::Basic(secret) => {
                let credentials = BasicCredentials { id: self.id()?.to_owned(), secret: secret.clone() };
                let header = basic_header(&credentials).map_err(|_| ProofError::NotText)?;
                headers.push((AUTHORIZATION, header));
            }
            ClientProof::Post(secret) => {
                let secret = secret.expose_str().map_err(|_| ProofError::NotText)?;
                form.push(("client_id", self.id()?.to_owned()));
                form.push(("client_secret", secret.to_owned()));
            }
            ClientProof::AssertionClaims { signer, kid, audience } => {
                let assertion = self.assertion(signer, kid.as_deref(), audience, attempt)?;
                form.push(("client_id", self.id()?.to_owned()));
                form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
                form.push(("client_assertion", assertion));
            }
            ClientProof::Assertion { kind, assertion } => {
                let assertion = assertion.expose_str().map_err(|_| ProofError::NotText)?;
                form.extend(self.client_id.iter().map(|id| ("client_id", id.clone())));
                form.push(("client_assertion_type", (*kind).to_owned()));
                form.push(("client_assertion", assertion.to_owned()));
            }
            ClientProof::Certificate => form.push(("client_id", self.id()?.to_owned())),
            ClientProof::Nothing => form.extend(self.client_id.iter().map(|id| ("client_id", id.clone()))),
        }
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = params::form(&pairs);
        Ok(OutgoingRequest { method: http::Method::POST, endpoint: endpoint.clone(), headers, body })
    }

    fn id(&self) -> Result<&str, ProofError> {
        self.client_id.as_deref().ok_or(ProofError::NoId)
    }

    fn assertion(
        &self,
        signer: &Signer,
        kid: Option<&str>,
        audience: &str,
        attempt: &Attempt,
    ) -> Result<String, ProofError> {
        let id = self.id()?;
        let claims = AssertionClaims {
            iss: id,
            sub: id,
            aud: audience,
            jti: base64url(&attempt.id),
            iat: attempt.now.unix(),
            exp: attempt.now.after(LIFETIME).unix(),
        };
        Ok(signer.sign_as(TYP, kid, false, &claims)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::http::params::Params;
    use crate::jose::compact::{self, Token};

    fn sent(proof: ClientProof) -> (Vec<String>, Params) {
        crate::jose::install_provider();
        let endpoint = EndpointUrl::parse("https://as.example.com/token", false).unwrap();
        let identity = AuthenticatedClient { client_id: Some("a:b".to_owned()), proof };
        let attempt = Attempt { now: Timestamp::from_unix(1_795_420_800), id: [7; 16], nonce: None };
        let form = vec![("grant_type", "client_credentials".to_owned())];
        let request = identity.post(&endpoint, form, &attempt).unwrap();
        assert!(!format!("{request:?}").contains("hunter2"));
        let authorization = request.headers.iter().filter(|(name, _)| *name == "Authorization");
        let authorization = authorization.map(|(_, value)| value.expose_str().unwrap().to_owned()).collect();
        (authorization, Params::from_form(request.body.expose()).unwrap())
    }

    #[test]
    fn a_request_has_one_proof() {
        let (header, form) = sent(ClientProof::Basic(Secret::new("hunter2 x")));
        // base64 of the form-encoded "a%3Ab:hunter2+x" (RFC 6749 section 2.3.1).
        assert_eq!(
            (header.as_slice(), form.get("client_secret").unwrap()),
            (&["Basic YSUzQWI6aHVudGVyMit4".to_owned()][..], None)
        );
        let (header, form) = sent(ClientProof::Post(Secret::new("hunter2")));
        assert_eq!((header.len(), form.get("client_secret").unwrap()), (0, Some("hunter2")));
        for proof in [ClientProof::Certificate, ClientProof::Nothing] {
            let (header, form) = sent(proof);
            assert_eq!((header.len(), form.get("client_id").unwrap()), (0, Some("a:b")));
        }
        let (kind, assertion) = ("urn:x", Secret::new("hunter2"));
        let (header, form) = sent(ClientProof::Assertion { kind, assertion });
        let form =
            ["client_id", "client_assertion_type", "client_assertion"].map(|name| form.get(name).unwrap());
        assert_eq!((header.len(), form), (0, [Some("a:b"), Some("urn:x"), Some("hunter2")]));
    }

    #[test]
    fn a_client_without_an_id_is_one_that_an_assertion_names_or_none() {
        let form = |proof| {
            let endpoint = EndpointUrl::parse("https://as.example.com/token", false).unwrap();
            let attempt = Attempt { now: Timestamp::from_unix(0), id: [0; 16], nonce: None };
            let sent = AuthenticatedClient { client_id: None, proof }.post(&endpoint, Vec::new(), &attempt);
            sent.map(|request| request.body.expose_str().unwrap().to_owned())
        };
        assert_eq!(form(ClientProof::Nothing).unwrap(), "");
        let assertion = ClientProof::Assertion { kind: "k", assertion: Secret::new("a") };
        assert_eq!(form(assertion).unwrap(), "client_assertion_type=k&client_assertion=a");
        for proof in [
            ClientProof::Basic(Secret::new("s")),
            ClientProof::Post(Secret::new("s")),
            ClientProof::Certificate,
        ] {
            assert!(matches!(form(proof), Err(ProofError::NoId)));
        }
    }

    #[test]
    fn an_assertion_says_who_for_whom_and_until_when() {
        let signer = Arc::new(Signer::hs256(Secret::new("0123456789abcdef0123456789abcdef")).unwrap());
        let audience = "https://as.example.com".to_owned();
        let (header, form) =
            sent(ClientProof::AssertionClaims { signer, kid: Some("k1".to_owned()), audience });
        assert_eq!((header.len(), form.get("client_assertion_type").unwrap()), (0, Some(ASSERTION_TYPE)));
        let Token::Jws(jws) = compact::read(form.get("client_assertion").unwrap().unwrap()) else { panic!() };
        assert_eq!((jws.header_str("typ"), jws.header_str("kid")), (Some(TYP), Some("k1")));
        let claims: serde_json::Value = serde_json::from_slice(&jws.payload_bytes).unwrap();
        let expected = serde_json::json!({
            "iss": "a:b", "sub": "a:b", "aud": "https://as.example.com", "jti": base64url(&[7; 16]),
            "iat": 1_795_420_800, "exp": 1_795_420_860
        });
        assert_eq!(claims, expected);
    }
}
