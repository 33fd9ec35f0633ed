//! `[[client_documents]]`: turns entries of the configuration into rules and reports their problems.

use super::clients::scopes;
use super::config::DocumentsEntry;
use super::problems::{Problems, wrong};
use crate::claims::is_resource;
use crate::commands::configuration::literal::{may_show, quoted};
use crate::exit::Failure;
use crate::issuer::client_document::{AllowedUrl, DocumentRule};

const EXAMPLE: &str = "allow = [\"https://agents.example.com/*\"]";

/// Returns the rules of a configuration, and warnings about them.
pub(super) fn rules(entries: &[DocumentsEntry], problems: &mut Problems) -> (Vec<DocumentRule>, Vec<String>) {
    let rules: Vec<DocumentRule> = entries.iter().filter_map(|entry| rule(entry, problems)).collect();
    let private = rules.iter().filter(|rule| rule.allow_private);
    let warning = private.map(|_| {
        "client_documents: allow_private lets clients have this server send requests to its own network; \
         remove it outside of tests"
            .to_owned()
    });
    let warnings = warning.take(1).collect();
    (rules, warnings)
}

/// Returns the rule of an entry, or `None` if a problem was noted.
fn rule(entry: &DocumentsEntry, problems: &mut Problems) -> Option<DocumentRule> {
    let allow = match entry.places.is_flawed(&["allow"]) {
        true => None,
        false => problems.keep_at(&entry.places, "allow", allowed(&entry.allow)),
    };
    let scopes = problems.keep_at(&entry.places, "scopes", scopes("scopes", &entry.scopes));
    let audiences = problems.keep_at(&entry.places, "audiences", audiences(&entry.audiences));
    Some(DocumentRule {
        allow: allow?,
        scopes: scopes?,
        audiences: audiences?,
        lifetime: entry.lifetime,
        allow_private: entry.allow_private,
    })
}

fn allowed(patterns: &[String]) -> Result<Vec<AllowedUrl>, Failure> {
    if patterns.is_empty() {
        return Err(wrong("allow is empty, so no client is allowed").hint(EXAMPLE));
    }
    let parsed = patterns.iter().map(|pattern| {
        AllowedUrl::parse(pattern).map_err(|why| {
            let shown = if may_show(pattern) { quoted(pattern) } else { "a URL".to_owned() };
            wrong(format!("allow: {shown} {why}"))
                .hint(format!("name the host, and end with /* for all of its documents: {EXAMPLE}"))
        })
    });
    parsed.collect()
}

fn audiences(all: &[String]) -> Result<Vec<String>, Failure> {
    match all.iter().find(|audience| !is_resource(audience)) {
        Some(_) => Err(wrong("audiences has one that is not an absolute URI (RFC 8707)")
            .hint("audiences = [\"https://api.example.com\"]")),
        None => Ok(all.to_vec()),
    }
}
