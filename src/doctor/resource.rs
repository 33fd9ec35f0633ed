//! The resource beside the issuer: its challenge, and its metadata.

use super::check::{CheckGroup, CheckNeeds, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Inquiry, IssuerEvidence, SeenAnswer, shortened};
use super::gather::{Gathering, SendRequests, well_known_resource};
use super::metadata_members::names_issuer;
use super::profile::SecurityProfile as For;
use crate::client::discovery;
use crate::client::endpoint::EndpointUrl;
use crate::http::challenge::{Challenge, challenges};

pub(super) const CHECKS: &[DoctorCheck] = &[DoctorCheck {
    needs: CheckNeeds::Resource,
    title: "the resource answers 401 with a challenge; its metadata names it, and this issuer byte for byte",
    section: "RFC 9728 sections 3.3 and 5.1",
    cure: "WWW-Authenticate: Bearer resource_metadata=\"…\"; authorization_servers must have the issuer as it is",
    breaks: &["MCP clients: they do not find the issuer of the resource"],
    musts: &[For::Mcp],
    asks: &[Inquiry::ResourceBare, Inquiry::ResourceDocument],
    ..DoctorCheck::new(CheckGroup::Resource, 87, "resource-metadata", Weight::Should, metadata)
}];

/// Adds the answers of the resource to the evidence.
#[must_use]
pub fn gather(
    evidence: IssuerEvidence,
    insecure_http: bool,
    resource: &EndpointUrl,
    send: &mut SendRequests<'_>,
) -> IssuerEvidence {
    let mut gathering = Gathering { evidence, insecure_http, send };
    gathering.evidence.resource = Some(resource.uri().to_string());
    gathering.ask(Inquiry::ResourceBare, &discovery::prepare(resource));
    // Another origin is not asked: the challenge is not trusted.
    let named = gathering.evidence.seen(Inquiry::ResourceBare).and_then(bearer).and_then(|challenge| {
        let url = EndpointUrl::parse(challenge.get("resource_metadata")?, true).ok()?;
        url.same_origin(resource).then_some(url)
    });
    if let Some(document) = named.or_else(|| well_known_resource(resource)) {
        gathering.ask(Inquiry::ResourceDocument, &discovery::prepare(&document));
    }
    gathering.evidence
}

fn bearer(seen: &SeenAnswer) -> Option<Challenge> {
    challenges(&seen.headers).into_iter().find(|challenge| challenge.is("Bearer") || challenge.is("DPoP"))
}

fn metadata(evidence: &IssuerEvidence) -> Finding {
    let seen = match evidence.answer(Inquiry::ResourceBare) {
        None => return Finding::skip("it was not asked"),
        Some(Err(unanswered)) => return Finding::fail(unanswered.why.clone()),
        Some(Ok(seen)) => seen,
    };
    if seen.status != 401 {
        return Finding::fail(format!("without a token it answers {}", seen.shown()));
    }
    let mut wrong = Vec::new();
    match bearer(seen) {
        None => wrong.push("its 401 has no Bearer challenge".to_owned()),
        Some(challenge) if challenge.get("resource_metadata").is_none() => {
            wrong.push("its challenge names no resource_metadata".to_owned());
        }
        Some(_) => {}
    }
    match evidence.seen(Inquiry::ResourceDocument) {
        Some(document) if document.status == 200 => wrong.extend(of_document(evidence, document)),
        Some(other) => wrong.push(format!("its metadata: {}", other.shown())),
        None => wrong.push("its metadata is not answered".to_owned()),
    }
    Finding::fail_of(&wrong)
}

fn of_document(evidence: &IssuerEvidence, document: &SeenAnswer) -> Vec<String> {
    let asked = evidence.resource.as_deref();
    let named = document.text("resource");
    let mut wrong = Vec::new();
    if named != asked {
        wrong.push(format!("resource is {}", named.map_or("absent".to_owned(), shortened)));
    }
    if !names_issuer(document.object(), &evidence.issuer) {
        wrong.push("authorization_servers lacks this issuer".to_owned());
    }
    wrong
}
