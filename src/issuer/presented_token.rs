//! Credentials at a resource: the scheme that presents a token, and the key or certificate that the token
//! is bound to (RFC 6750 section 2.1, RFC 9449 section 7, RFC 8705 section 3).

use crate::clock::Timestamp;
use crate::http::authorization::{bearer, split};
use crate::http::{Headers, PeerCertificate};
use crate::issuer::Service;
use crate::issuer::accept::Accept;
use crate::issuer::challenge::{Denial, Scheme};
use crate::issuer::dpop::{DpopError, DpopProof, Expected};
use crate::issuer::token_binding::TokenBinding;

/// The credentials of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentedAuthorization<'a> {
    Token(Scheme, &'a str),
    /// The part of Basic after the scheme.
    Basic(&'a str),
}

impl<'a> PresentedAuthorization<'a> {
    /// The credentials in the Authorization header.
    ///
    /// # Errors
    /// If there are none, or they are malformed.
    pub fn in_headers(headers: &'a Headers, accept: Accept) -> Result<Self, Denial> {
        let mut fields = headers.all("authorization");
        let header = fields.next();
        if fields.next().is_some() {
            return Err(Denial::Malformed("there is more than one Authorization header".to_owned()));
        }
        let header = header.filter(|value| !value.is_empty());
        let header = header.ok_or_else(|| Denial::NoToken("No authorization header".to_owned()))?;
        let (scheme, rest) = split(header);
        let is = |name: &str| scheme.eq_ignore_ascii_case(name);
        let scheme = match () {
            () if is("bearer") => Scheme::Bearer,
            () if is("dpop") => Scheme::Dpop,
            () if is("basic") && accept.basic => return Ok(Self::Basic(rest)),
            () => {
                let why = "No bearer token: the Authorization scheme is another";
                return Err(Denial::NoToken(why.to_owned()));
            }
        };
        let token = bearer(rest).map_err(|error| Denial::InvalidToken(scheme, error.to_string()))?;
        Ok(Self::Token(scheme, token))
    }
}

/// The request that a token is presented for.
#[derive(Clone, Copy)]
pub struct BoundRequest<'a> {
    pub headers: &'a Headers,
    pub method: &'a str,
    /// Its URL, without query.
    pub url: &'a str,
    /// The caller's certificate.
    pub certificate: Option<&'a PeerCertificate>,
}

/// Checks that the caller holds the key and the certificate that a token is bound to, and that such tokens
/// are accepted. `owner` has the quota of used proofs.
///
/// # Errors
/// [`Denial`]
pub fn check_binding(
    service: &Service,
    (scheme, token): (Scheme, &str),
    binding: &TokenBinding,
    request: &BoundRequest<'_>,
    accept: Accept,
    (owner, now): (&str, Timestamp),
) -> Result<(), Denial> {
    let held = binding.check_held(request.certificate, accept);
    held.map_err(|why| Denial::InvalidToken(scheme, why.to_owned()))?;
    let invalid = |why: &str| Err(Denial::InvalidToken(Scheme::Dpop, why.to_owned()));
    // An unbound token must not have a proof (RFC 9449 sections 7.1 and 7.2).
    let jkt = match (scheme, binding.jkt.as_deref()) {
        (Scheme::Bearer, None) => return Ok(()),
        (Scheme::Bearer, Some(_)) => {
            return invalid("it is bound to a key (DPoP) and cannot be used as a bearer token");
        }
        (Scheme::Dpop, None) => return invalid("it is a bearer token, bound to no key"),
        (Scheme::Dpop, Some(jkt)) => jkt,
    };
    let BoundRequest { headers, method, url, .. } = *request;
    let urls = [url.to_owned()];
    let expected = Expected { method, urls: &urls, token: Some(token), key: Some(jkt), owner };
    let proof = DpopProof::presented(headers).map_err(denied_proof)?;
    let proof = proof.ok_or_else(|| Denial::InvalidProof("DPoP proof: it is missing".to_owned()))?;
    proof.verify(service, &expected, now).map_err(denied_proof)
}

fn denied_proof(error: DpopError) -> Denial {
    match error {
        DpopError::OtherKey => Denial::InvalidToken(Scheme::Dpop, "it is bound to another key".to_owned()),
        DpopError::Invalid(why) => Denial::InvalidProof(why),
        DpopError::NonceNeeded(nonce) => Denial::UseNonce(nonce),
        DpopError::Unavailable(cannot) => Denial::Unavailable(cannot),
    }
}
