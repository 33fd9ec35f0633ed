//! Judges the members of metadata.

use super::check::{DoctorFinding as Finding, Weight};
use super::evidence::{Inquiry, IssuerEvidence, shortened};
use super::location::NO_METADATA;
use super::profile::SecurityProfile;
use super::urls::fault;
use crate::client::endpoint::EndpointUrl;
use crate::json::{Json, Object};
use crate::scope::ScopeSet;
use std::collections::BTreeSet;

/// Applies a function to the metadata, if there is any.
pub(super) fn of(evidence: &IssuerEvidence, judge: impl FnOnce(&Object) -> Finding) -> Finding {
    evidence.metadata().map_or_else(|| Finding::skip(NO_METADATA), judge)
}

/// Why an endpoint does not answer; `None` if it does.
fn silence(evidence: &IssuerEvidence, question: Inquiry) -> Option<String> {
    match evidence.answer(question)? {
        Err(unanswered) => Some(unanswered.why.clone()),
        Ok(seen) if seen.status == 404 || seen.status >= 500 => Some(format!("it answers {}", seen.shown())),
        Ok(_) => None,
    }
}

pub(super) fn token_endpoint(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_| match evidence.text("token_endpoint") {
        None => Finding::fail("it has no token_endpoint"),
        Some(url) => Finding::fail_if(
            fault("token_endpoint", url, evidence).or_else(|| silence(evidence, Inquiry::TokenEmpty)),
        ),
    })
}

pub(super) fn grant_types(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_| match evidence.list("grant_types_supported") {
        None => Finding::fail("it has no grant_types_supported"),
        Some(grants) if grants.contains(&"client_credentials") => Finding::Pass,
        Some(grants) => Finding::fail(format!("it lists {}", shortened(&grants.join(", ")))),
    })
}

/// IANA, "OAuth Token Endpoint Authentication Methods".
const METHODS: [&str; 8] = [
    "none",
    "client_secret_post",
    "client_secret_basic",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "attest_jwt_client_auth",
];

pub(super) fn auth_methods(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_| {
        let Some(methods) = evidence.list("token_endpoint_auth_methods_supported") else {
            return Finding::fail("it has no token_endpoint_auth_methods_supported");
        };
        if let Some(unknown) = methods.iter().find(|method| !METHODS.contains(method)) {
            return Finding::fail(format!("{:?} is not a registered method", shortened(unknown)));
        }
        match methods.as_slice() {
            ["none"] => Finding::fail("it lists only none"),
            _ => Finding::Pass,
        }
    })
}

pub(super) fn authorization_endpoint(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_| match evidence.text("authorization_endpoint") {
        None => Finding::fail("it has no authorization_endpoint"),
        Some(url) => Finding::fail_if(fault("authorization_endpoint", url, evidence)),
    })
}

pub(super) fn response_types(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        let is_empty = |value: &Json| matches!(value, Json::Array(items) if items.is_empty());
        let empty = document.iter().find(|(_, value)| is_empty(value));
        if let Some((name, _)) = empty {
            return Finding::fail_as(Weight::Must, format!("{} is an empty list", shortened(name)));
        }
        match document.get("response_types_supported") {
            None => Finding::fail("it has no response_types_supported"),
            Some(Json::Array(_)) => Finding::Pass,
            Some(other) => Finding::fail(format!("response_types_supported is {}", other.kind())),
        }
    })
}

/// The document at OpenID's well-known name.
fn openid_document(evidence: &IssuerEvidence) -> Option<&Object> {
    let wanted = [Inquiry::OpenIdAppended, Inquiry::OpenIdInserted];
    let find = |wanted| evidence.documents().find(|(question, ..)| *question == wanted);
    wanted.into_iter().find_map(find).map(|(_, _, document)| document)
}

pub(super) fn openid_members(evidence: &IssuerEvidence) -> Finding {
    const NEEDED: [&str; 3] =
        ["jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported"];
    let Some(document) = openid_document(evidence) else {
        return Finding::skip("there is no OpenID document");
    };
    let missing: Vec<&str> = NEEDED.into_iter().filter(|name| document.get(name).is_none()).collect();
    if missing.is_empty() { Finding::Pass } else { Finding::fail(format!("it lacks {}", missing.join(", "))) }
}

pub(super) fn jwks_uri(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| match evidence.text("jwks_uri") {
        None if document.get("introspection_endpoint").is_some() => {
            Finding::warn("no jwks_uri: tokens are checked by introspection alone")
        }
        None => Finding::fail("it has neither jwks_uri nor introspection_endpoint"),
        Some(url) => Finding::fail_if(fault("jwks_uri", url, evidence).or_else(|| unanswered_keys(evidence))),
    })
}

fn unanswered_keys(evidence: &IssuerEvidence) -> Option<String> {
    match evidence.answer(Inquiry::KeySet)? {
        Err(unanswered) => Some(unanswered.why.clone()),
        // A redirect has its own check.
        Ok(seen) if seen.status != 200 && !seen.is_redirect() => Some(format!("it answers {}", seen.shown())),
        Ok(_) => None,
    }
}

pub(super) fn other_endpoints(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        let mut wrong = Vec::new();
        for (kind, question) in
            [("introspection", Inquiry::IntrospectionBare), ("revocation", Inquiry::RevocationBare)]
        {
            let name = format!("{kind}_endpoint");
            let methods = format!("{kind}_endpoint_auth_methods_supported");
            match document.get(&name).and_then(Json::as_str) {
                None => wrong.push(format!("no {name}")),
                Some(url) => {
                    wrong.extend(fault(&name, url, evidence));
                    wrong.extend(silence(evidence, question).map(|why| format!("{name}: {why}")));
                    if document.get(&methods).is_none() {
                        wrong.push(format!("no {methods}"));
                    }
                }
            }
        }
        Finding::fail_of(&wrong)
    })
}

pub(super) fn mutual_tls(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        let is_bound = document.get("tls_client_certificate_bound_access_tokens") == Some(&Json::Bool(true));
        let by_certificate = ["tls_client_auth", "self_signed_tls_client_auth"]
            .into_iter()
            .any(|method| evidence.lists("token_endpoint_auth_methods_supported", method));
        let aliases = match document.get("mtls_endpoint_aliases") {
            None if is_bound || by_certificate => return Finding::Pass,
            None => return Finding::skip("no client certificates"),
            Some(Json::Object(aliases)) => aliases,
            Some(other) => return Finding::fail(format!("mtls_endpoint_aliases is {}", other.kind())),
        };
        if !is_bound && !by_certificate {
            return Finding::fail("mtls_endpoint_aliases is there, but nothing uses a client certificate");
        }
        let addresses =
            aliases.iter().filter_map(|(name, url)| fault(name, url.as_str().unwrap_or(""), evidence));
        let mut wrong: Vec<String> = addresses.collect();
        wrong.extend(unanswered_alias(evidence));
        Finding::fail_of(&wrong)
    })
}

/// A server may end the connection of a client without certificate, which is an answer.
fn unanswered_alias(evidence: &IssuerEvidence) -> Option<String> {
    match evidence.answer(Inquiry::MtlsToken)? {
        Err(unanswered) if unanswered.unreached && !unanswered.why.contains("client certificate") => {
            Some(unanswered.why.clone())
        }
        Ok(seen) if seen.status == 404 || seen.status >= 500 => Some(format!("it answers {}", seen.shown())),
        _ => None,
    }
}

pub(super) fn scopes(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        let scopes = match document.get("scopes_supported") {
            None => return Finding::skip("no scopes_supported"),
            Some(Json::Array(scopes)) => scopes,
            Some(other) => return Finding::fail(format!("scopes_supported is {}", other.kind())),
        };
        let mut known = BTreeSet::new();
        let wrong = scopes.iter().find_map(|scope| match scope.as_str() {
            None => Some(format!("it has {}", scope.kind())),
            Some(text) if ScopeSet::from_tokens([text]).is_err() => {
                Some(format!("{:?} is not a scope", shortened(text)))
            }
            Some(text) => (!known.insert(text)).then(|| format!("{:?} occurs twice", shortened(text))),
        });
        Finding::fail_if(wrong)
    })
}

pub(super) fn old_grants(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_| {
        let grants = ["password", "implicit"].map(|grant| ("grant_types_supported", grant));
        let responses = ["token", "id_token token"].map(|kind| ("response_types_supported", kind));
        let offered = grants.into_iter().chain(responses).filter(|(list, value)| evidence.lists(list, value));
        let offered: Vec<String> = offered.map(|(list, value)| format!("{list} has {value}")).collect();
        Finding::fail_of(&offered)
    })
}

pub(super) fn open_registration(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        if document.get("registration_endpoint").is_none() {
            return Finding::Pass;
        }
        match evidence.seen(Inquiry::Registration) {
            None => Finding::skip("the registration endpoint does not answer"),
            Some(seen) if [401, 403, 404, 405, 429].contains(&seen.status) || seen.status >= 500 => {
                Finding::Pass
            }
            Some(seen) => Finding::fail(format!("an empty registration is answered with {}", seen.shown())),
        }
    })
}

pub(super) fn client_documents(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| match document.get("client_id_metadata_document_supported") {
        Some(Json::Bool(true)) => Finding::Pass,
        _ if evidence.profile == Some(SecurityProfile::Mcp) => {
            Finding::fail_as(Weight::Should, "it is absent or false")
        }
        _ => Finding::warn("it is absent or false"),
    })
}

pub(super) fn one_origin(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        let Ok(issuer) = EndpointUrl::parse(&evidence.issuer, true) else {
            return Finding::skip("the issuer is not a URL");
        };
        let named = document.iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
        let elsewhere = named.filter_map(|(name, url)| {
            let url = EndpointUrl::parse(url.as_str()?, true).ok()?;
            (!url.same_origin(&issuer)).then(|| format!("{name} is at {}", shortened(&url.origin())))
        });
        let elsewhere: Vec<String> = elsewhere.take(10).collect();
        if elsewhere.is_empty() { Finding::Pass } else { Finding::warn(elsewhere.join("; ")) }
    })
}

pub(super) fn protected_resources(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        if document.get("protected_resources").is_none() {
            return Finding::skip("no protected_resources");
        }
        let wrong: Vec<String> = evidence
            .all(Inquiry::ResourceMetadata)
            .iter()
            .filter_map(|exchange| {
                let why = match &exchange.outcome {
                    Err(unanswered) => unanswered.why.clone(),
                    Ok(seen) if seen.status != 200 => seen.shown(),
                    Ok(seen) if !names_issuer(seen.object(), &evidence.issuer) => {
                        "authorization_servers lacks this issuer".to_owned()
                    }
                    Ok(_) => return None,
                };
                Some(format!("{}: {why}", exchange.asked.trim_start_matches("GET ")))
            })
            .collect();
        Finding::fail_of(&wrong)
    })
}

/// Whether a resource's document names an issuer, byte for byte.
pub(super) fn names_issuer(document: Option<&Object>, issuer: &str) -> bool {
    let servers = document.and_then(|document| document.get("authorization_servers"));
    matches!(servers, Some(Json::Array(servers)) if servers.iter().any(|server| server.as_str() == Some(issuer)))
}
