//! Where the issuer's metadata is found.

use super::check::{CheckGroup, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Inquiry, IssuerEvidence, SeenAnswer, shortened};
use super::known_members::KNOWN;
use super::profile::SecurityProfile as For;
use super::urls::is_local;
use crate::client::endpoint::EndpointUrl;
use crate::json::Object;

const fn check(
    number: u8,
    name: &'static str,
    weight: Weight,
    judge: fn(&IssuerEvidence) -> Finding,
) -> DoctorCheck {
    DoctorCheck::new(CheckGroup::Location, number, name, weight, judge)
}

pub(super) const CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        title: "the issuer is an https URL with a host, without query, fragment and user",
        section: "RFC 8414 section 2",
        cure: "name the issuer by an https URL such as https://as.example.com/tenant",
        breaks: &["every client: secrets and tokens can be read on the way"],
        ..check(1, "issuer-url", Weight::Must, issuer_url)
    },
    DoctorCheck {
        title: "/.well-known/oauth-authorization-server, before the issuer's path, answers 200",
        section: "RFC 8414 section 3.1",
        cure: "serve the metadata there; a reverse proxy must pass /.well-known/ on",
        breaks: &["MCP clients", "oauth4webapi", "heistctl"],
        asks: &[Inquiry::OAuthMetadata],
        ..check(2, "oauth-metadata", Weight::Must, oauth_metadata)
    },
    DoctorCheck {
        title: "/.well-known/openid-configuration after the issuer's path answers 200",
        section: "OpenID Connect Discovery section 4; RFC 8414 section 5",
        cure: "serve the same document at {issuer}/.well-known/openid-configuration, too",
        breaks: &["OpenID Connect libraries", "Spring Security", "Microsoft.IdentityModel", "go-oidc"],
        asks: &[Inquiry::OpenIdAppended],
        musts: &[For::Oidc],
        ..check(3, "openid-metadata", Weight::Compat, openid_metadata)
    },
    DoctorCheck {
        title: "with a path: the well-known name before the path works, not only after it",
        section: "RFC 8414 section 3.1",
        cure: "serve /.well-known/oauth-authorization-server{path} at the root of the host",
        breaks: &["MCP clients", "oauth4webapi"],
        asks: &[Inquiry::OAuthMetadata, Inquiry::OpenIdInserted],
        musts: &[For::Mcp],
        ..check(4, "inserted-path", Weight::Compat, inserted_path)
    },
    DoctorCheck {
        title: "issuer in the metadata equals the issuer that was asked for, byte for byte",
        section: "RFC 8414 section 3.3; ASVS 10.5.3",
        cure: "configure the issuer exactly as clients name it: slash, case and port included",
        breaks: &["every client that follows RFC 8414"],
        asks: &Inquiry::METADATA,
        ..check(5, "same-issuer", Weight::Must, same_issuer)
    },
    DoctorCheck {
        title: "all documents agree in issuer, endpoints and key set",
        section: "RFC 8414 section 5",
        cure: "make all documents from the same configuration",
        breaks: &["clients that use different documents: they work or fail by their library"],
        asks: &Inquiry::METADATA,
        ..check(6, "documents-agree", Weight::Must, documents_agree)
    },
    DoctorCheck {
        title: "metadata and key set answer without a redirect",
        section: "RFC 8414 section 3.2",
        cure: "answer 200 at the address itself; write the issuer's final address into its clients",
        breaks: &["rmcp (MCP Rust SDK)", "heistctl"],
        asks: &[Inquiry::OAuthMetadata, Inquiry::OpenIdAppended, Inquiry::KeySet],
        ..check(7, "no-redirect", Weight::Compat, no_redirect)
    },
    DoctorCheck {
        title: "metadata is a JSON object in application/json, UTF-8, without duplicate names",
        section: "RFC 8414 section 3.2",
        cure: "answer with Content-Type: application/json; an absent document must be 404",
        breaks: &["every client: a web page with status 200 is not taken for an absent document"],
        asks: &Inquiry::METADATA,
        ..check(8, "metadata-json", Weight::Must, metadata_json)
    },
    DoctorCheck {
        title: "metadata may be cached from a minute to a day, and is the same each time",
        section: "RFC 9111 section 5.2.2",
        cure: "Cache-Control: public, max-age=300; nodes must have the same configuration",
        breaks: &["clients that cache: a change reaches them late, or each request asks again"],
        asks: &[Inquiry::OAuthMetadata, Inquiry::MetadataAgain],
        ..check(9, "metadata-cache", Weight::Should, metadata_cache)
    },
    DoctorCheck {
        title: "no member is nearly the name of a known one",
        section: "RFC 8414 section 2",
        cure: "correct the name: clients ignore members that they do not know",
        breaks: &["clients that need the member"],
        asks: &Inquiry::METADATA,
        ..check(10, "misspelt-members", Weight::Should, misspelt_members)
    },
];

pub(super) const NO_METADATA: &str = "there is no metadata";

fn issuer_url(evidence: &IssuerEvidence) -> Finding {
    let issuer = &evidence.issuer;
    let wrong = match EndpointUrl::parse(issuer, true) {
        Err(error) => Some(error.to_string()),
        Ok(url) if url.uri().query().is_some() || issuer.contains('?') => Some("it has a query".to_owned()),
        Ok(url) if !url.is_https() && !url.is_loopback() => Some("it is plain http".to_owned()),
        Ok(_) => None,
    };
    match wrong {
        Some(why) => Finding::fail(format!("{}: {why}", shortened(issuer))),
        None if is_local(evidence) => Finding::skip(LOOPBACK),
        None => Finding::Pass,
    }
}

/// Why checks of https are skipped.
pub(super) const LOOPBACK: &str = "plain http on loopback";

/// An answer that is no metadata, for people.
fn instead(evidence: &IssuerEvidence, question: Inquiry) -> String {
    match evidence.answer(question) {
        None => "it was not asked".to_owned(),
        Some(Err(unanswered)) => unanswered.why.clone(),
        Some(Ok(seen)) if seen.status == 200 => "200, but not a JSON object".to_owned(),
        Some(Ok(seen)) => seen.shown(),
    }
}

fn is_found(evidence: &IssuerEvidence, wanted: Inquiry) -> bool {
    evidence.documents().any(|(question, ..)| question == wanted)
}

/// Without a path, OpenID's two forms are one.
fn openid(evidence: &IssuerEvidence) -> bool {
    is_found(evidence, Inquiry::OpenIdAppended) || is_found(evidence, Inquiry::OpenIdInserted)
}

fn oauth_metadata(evidence: &IssuerEvidence) -> Finding {
    if is_found(evidence, Inquiry::OAuthMetadata) {
        return Finding::Pass;
    }
    let seen = instead(evidence, Inquiry::OAuthMetadata);
    if openid(evidence) {
        return Finding::warn(format!("{seen}; only OpenID's document is there"));
    }
    Finding::fail(seen)
}

fn openid_metadata(evidence: &IssuerEvidence) -> Finding {
    if is_found(evidence, Inquiry::OpenIdAppended) {
        return Finding::Pass;
    }
    if evidence.metadata().is_none() {
        return Finding::skip(NO_METADATA);
    }
    Finding::fail(instead(evidence, Inquiry::OpenIdAppended))
}

fn inserted_path(evidence: &IssuerEvidence) -> Finding {
    let has_path = EndpointUrl::parse(&evidence.issuer, true)
        .is_ok_and(|url| !url.uri().path().trim_end_matches('/').is_empty());
    if !has_path {
        return Finding::skip("the issuer has no path");
    }
    if evidence.metadata().is_none() {
        return Finding::skip(NO_METADATA);
    }
    if is_found(evidence, Inquiry::OAuthMetadata) || is_found(evidence, Inquiry::OpenIdInserted) {
        return Finding::Pass;
    }
    Finding::fail(format!("{}; only after the path", instead(evidence, Inquiry::OAuthMetadata)))
}

fn same_issuer(evidence: &IssuerEvidence) -> Finding {
    if evidence.metadata().is_none() {
        return Finding::skip(NO_METADATA);
    }
    let wrong = evidence.documents().find_map(|(_, exchange, document)| {
        let found = document.get("issuer").map(ToString::to_string);
        let named = document.get("issuer").and_then(|issuer| issuer.as_str());
        (named != Some(evidence.issuer.as_str())).then(|| {
            let found = found.map_or("no issuer".to_owned(), |found| shortened(&found));
            format!("{found} at {}, not {:?}", exchange.asked.trim_start_matches("GET "), evidence.issuer)
        })
    });
    Finding::fail_if(wrong)
}

/// Whether clients of different documents must find the same value.
fn is_shared(name: &str) -> bool {
    matches!(name, "issuer" | "jwks_uri") || name.ends_with("_endpoint")
}

fn documents_agree(evidence: &IssuerEvidence) -> Finding {
    let documents: Vec<&Object> = evidence.documents().map(|(_, _, document)| document).collect();
    let Some((first, others)) = documents.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Finding::skip("there is only one document");
    };
    let differs = |other: &&Object| {
        let mut shared = first.iter().filter(|(name, _)| is_shared(name));
        shared.find(|(name, value)| other.get(name).is_some_and(|there| there != *value)).map(
            |(name, value)| {
                let there = other.get(name).map(ToString::to_string).unwrap_or_default();
                format!("{name} is {} and {}", shortened(&value.to_string()), shortened(&there))
            },
        )
    };
    Finding::fail_if(others.iter().find_map(differs))
}

fn no_redirect(evidence: &IssuerEvidence) -> Finding {
    let questions = Inquiry::METADATA.into_iter().chain([Inquiry::KeySet]);
    let redirect = questions.flat_map(|question| evidence.all(question)).find_map(|exchange| {
        let seen = exchange.outcome.as_ref().ok().filter(|seen| seen.is_redirect())?;
        let to = seen.headers.get("location").unwrap_or("nowhere");
        Some(format!("{}: {} to {}", exchange.asked, seen.status, shortened(to)))
    });
    Finding::fail_if(redirect)
}

/// Why a document is not JSON as clients expect it.
fn document_fault(seen: &SeenAnswer) -> Option<String> {
    let media_type = seen.media_type();
    match (&seen.json, media_type.as_deref()) {
        (_, None) => Some("it has no Content-Type".to_owned()),
        (_, Some(other)) if other != "application/json" => {
            Some(format!("its Content-Type is {}", shortened(other)))
        }
        (Err(error), _) => Some(error.to_string()),
        (Ok(json), _) => match json.as_object() {
            None => Some(format!("it is {}, not an object", json.kind())),
            Some(object) => object.duplicate().map(|found| format!("it has {:?} more than once", found.path)),
        },
    }
}

fn metadata_json(evidence: &IssuerEvidence) -> Finding {
    let documents = Inquiry::METADATA.into_iter().flat_map(|question| evidence.all(question));
    let found: Vec<_> = documents
        .filter_map(|exchange| Some((exchange, exchange.outcome.as_ref().ok()?)))
        .filter(|(_, seen)| seen.status == 200)
        .collect();
    if found.is_empty() {
        return Finding::skip(NO_METADATA);
    }
    let wrong = found
        .into_iter()
        .find_map(|(exchange, seen)| document_fault(seen).map(|why| format!("{}: {why}", exchange.asked)));
    Finding::fail_if(wrong)
}

/// A day, in seconds.
const DAY: u64 = 86_400;

/// Why the caching of a document is wrong, and whether it names none.
pub(super) fn cache_fault(seen: &SeenAnswer) -> Option<(String, bool)> {
    let fields: Vec<&str> = seen.headers.all("cache-control").collect();
    if fields.is_empty() {
        return Some(("no Cache-Control: clients guess how long it is good".to_owned(), true));
    }
    let age = seen.cache_directive("max-age").and_then(|age| age.parse::<u64>().ok());
    let is_fresh = seen.cache_directive("no-store").is_none() && seen.cache_directive("no-cache").is_none();
    match age.filter(|_| is_fresh) {
        Some(60..=DAY) => None,
        _ => Some((format!("Cache-Control: {}", shortened(&fields.join(", "))), false)),
    }
}

fn metadata_cache(evidence: &IssuerEvidence) -> Finding {
    let Some((question, _, document)) = evidence.documents().next() else {
        return Finding::skip(NO_METADATA);
    };
    let again = evidence.all(Inquiry::MetadataAgain).iter();
    let differs = |exchange: &&super::evidence::Exchange| {
        exchange.outcome.as_ref().ok().and_then(SeenAnswer::object) != Some(document)
    };
    let differing = again.clone().filter(differs).count();
    if differing > 0 {
        return Finding::fail(format!(
            "{differing} of {} further answers differ from the first",
            again.len()
        ));
    }
    match evidence.seen(question).and_then(cache_fault) {
        Some((why, true)) => Finding::warn(why),
        Some((why, false)) => Finding::fail(why),
        None => Finding::Pass,
    }
}

fn misspelt_members(evidence: &IssuerEvidence) -> Finding {
    if evidence.metadata().is_none() {
        return Finding::skip(NO_METADATA);
    }
    let names = evidence.documents().flat_map(|(_, _, document)| document.iter().map(|(name, _)| name));
    let mut wrong: Vec<String> = names.filter_map(misspelt).collect();
    wrong.dedup();
    Finding::fail_of(&wrong)
}

/// One or two letters from a known name.
fn misspelt(name: &str) -> Option<String> {
    if KNOWN.contains(&name) || name.len() < 6 || name.len() > 100 {
        return None;
    }
    let near = KNOWN.iter().find(|known| strsim::damerau_levenshtein(known, name) <= 2)?;
    Some(format!("{name:?} is nearly {near}"))
}
