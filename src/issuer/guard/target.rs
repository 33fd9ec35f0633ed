//! The caller's URL, which a DPoP proof names, and the caller's certificate: from forwarded fields, which
//! have been found to come from a trusted proxy.

use super::asked::AskedFor;
use super::rules::Guard;
use crate::http::{Headers, PeerCertificate, Request};
use crate::issuer::Service;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The URL of the caller's request. What is not forwarded is that of the guard's resource.
///
/// # Errors
/// If a field is not a scheme, or not a host.
pub(super) fn url(
    service: &Service,
    guard: &Guard,
    http: &Request,
    asked: &AskedFor<'_>,
) -> Result<String, String> {
    let base = guard.resource.as_ref().map_or(service.public_url.as_str(), |resource| resource.id.as_str());
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let host = rest.split('/').next().unwrap_or_default();
    let scheme = single(&http.headers, "X-Forwarded-Proto")?.map_or(Cow::Borrowed(scheme), lower);
    let host = single(&http.headers, "X-Forwarded-Host")?.unwrap_or(host);
    if scheme != "https" && scheme != "http" {
        return Err("X-Forwarded-Proto is neither https nor http".to_owned());
    }
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_host) {
        return Err("X-Forwarded-Host is not a host".to_owned());
    }
    Ok(format!("{scheme}://{host}{}", asked.path))
}

fn lower(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.to_ascii_lowercase())
}

/// The value of a field that may occur once.
fn single<'a>(headers: &'a Headers, name: &'a str) -> Result<Option<&'a str>, String> {
    let mut values = headers.all(name);
    let first = values.next();
    if values.any(|value| Some(value) != first) {
        return Err(format!("there is more than one {name}"));
    }
    Ok(first)
}

/// The values that gateways send for a caller without a certificate: templates write the colons all the same.
const NO_CERTIFICATE: [&str; 2] = ["", "::"];

/// The caller's certificate. The connection of a proxy shows the proxy's own, so a proxy names the caller's
/// in `Client-Cert`: DER in base64 between colons (RFC 9440 section 2.2), or PEM with escapes as nginx writes
/// it. A caller that asks directly shows its own.
///
/// # Errors
/// If the field is not a certificate.
pub(super) fn certificate(http: &Request) -> Result<Option<Cow<'_, PeerCertificate>>, String> {
    if !http.peer.is_proxy {
        return Ok(http.peer.certificate.as_ref().map(Cow::Borrowed));
    }
    let Some(value) = single(&http.headers, "Client-Cert")?.filter(|value| !NO_CERTIFICATE.contains(value))
    else {
        return Ok(None);
    };
    let der = of_structured_field(value).or_else(|| of_escaped_pem(value));
    let der = der.ok_or("Client-Cert is not a certificate in the form of RFC 9440")?;
    Ok(Some(Cow::Owned(PeerCertificate { der, trusted: false })))
}

fn of_structured_field(value: &str) -> Option<Vec<u8>> {
    let inner = value.strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(inner).ok().filter(|der| !der.is_empty())
}

fn of_escaped_pem(value: &str) -> Option<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let text = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
    let inner = text.trim().strip_prefix(BEGIN)?.strip_suffix("-----END CERTIFICATE-----")?;
    let digits: String = inner.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).ok().filter(|der| !der.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Method, Peer};

    fn shown(value: &str, is_proxy: bool) -> Result<Option<Vec<u8>>, String> {
        let mut headers = Headers::default();
        headers.push("client-cert", value);
        let own = PeerCertificate { der: vec![7], trusted: true };
        let peer = Peer { certificate: Some(own), is_proxy, ..Peer::default() };
        let http = Request::new(Method::Get, "/guard/g", headers, "").from_peer(peer);
        certificate(&http).map(|found| found.map(|found| found.der.clone()))
    }

    #[test]
    fn a_certificate_is_read_in_both_forms_and_never_the_proxys() {
        for value in [
            ":AQID:",
            "-----BEGIN%20CERTIFICATE-----%0AAQID%0A-----END%20CERTIFICATE-----%0A",
            "-----BEGIN CERTIFICATE----- AQ ID -----END CERTIFICATE-----",
        ] {
            assert_eq!(shown(value, true), Ok(Some(vec![1, 2, 3])), "{value}");
        }
        assert_eq!((shown("", true), shown("::", true)), (Ok(None), Ok(None)));
        assert_eq!(shown(":AQID:", false), Ok(Some(vec![7])));
        for bad in ["AQID", ":AQID", ":AQI:", ":*:", "-----BEGIN CERTIFICATE-----", "\\"] {
            assert!(shown(bad, true).is_err(), "{bad}");
        }
    }
}
