//! `[[resource]]`: the protected resources that the server describes (RFC 9728).

use super::clients;
use super::config::{ClientEntry, Config};
use super::config_resources::ResourceEntry;
use super::problems::{Problems, not_offered, wrong};
use super::urls::check_resource_id;
use crate::commands::configuration::literal::list;
use crate::exit::Failure;
use crate::issuer::accept::Accept;
use crate::issuer::resource::Resource;
use crate::scope::ScopeSet;
use std::collections::HashSet;

fn resource(entry: &ResourceEntry, insecure_http: bool, problems: &mut Problems) -> Option<Resource> {
    let is_flawed = |key: &str| entry.places.is_flawed(&[key]);
    let id = if is_flawed("id") { Ok(()) } else { check_resource_id(&entry.id, insecure_http) };
    let id = id.map_err(|failure| problems.note(entry.places.failing("id", failure))).ok();
    let mut keep = |key: &str, failure: Failure| problems.note(entry.failing(key, failure));
    let scopes = entry.scopes.as_deref().map(|tokens| clients::scopes("scopes", tokens)).transpose();
    let scopes = scopes.map_err(|failure| keep("scopes", failure)).ok();
    let accept = accept(entry.accept.as_deref(), &Accept::WORDS[..3]);
    let accept = accept.map_err(|failure| keep("accept", failure)).ok();
    let ((), scopes, accept): ((), Option<ScopeSet>, _) = (id?, scopes?, accept?);
    if ["id", "name", "scopes", "accept"].into_iter().any(is_flawed) {
        return None;
    }
    let accept = accept.unwrap_or_default();
    Some(Resource { name: entry.name.clone(), scopes, accept, ..Resource::new(&entry.id) })
}

/// The line with the offered words that were probably meant.
fn meant_list(listed: &[String], words: &[&str]) -> String {
    let meant = |typed: &String| match typed.to_ascii_lowercase().as_str() {
        "mtls" | "tls" | "x509" | "cert" | "certificates" => Some("certificate"),
        "jwt" | "token" | "unbound" => Some("bearer"),
        "password" | "secret" => Some("basic"),
        lower => words.iter().copied().find(|word| *word == lower),
    };
    let mut found: Vec<&str> = listed.iter().filter_map(meant).filter(|word| words.contains(word)).collect();
    found.dedup();
    format!(
        "accept = {}; the words are {}",
        list(if found.is_empty() { words } else { &found }),
        words.join(", ")
    )
}

/// Reads `accept`, which may have these words.
pub(super) fn accept(listed: Option<&[String]>, words: &[&str]) -> Result<Option<Accept>, Failure> {
    let Some(listed) = listed else { return Ok(None) };
    if listed.is_empty() {
        let what = "accept is empty, so nobody would get in";
        return Err(wrong(what).hint("accept = [\"bearer\", \"dpop\"], or remove it"));
    }
    if let Some(other) = listed.iter().find(|word| !words.contains(&word.as_str())) {
        return Err(not_offered("accept", other, words, words[0]).hint(meant_list(listed, words)));
    }
    Ok(Accept::parse(listed).ok())
}

/// The number of warnings about scopes and audiences of clients.
const NAMED: usize = 10;

/// Warnings about scopes and audiences of clients that no resource declares: they may be typing errors.
pub(super) fn undeclared(config: &Config) -> Vec<String> {
    if config.resources.is_empty() {
        return Vec::new();
    }
    let ids: HashSet<&str> = config.resources.iter().map(|entry| entry.id.as_str()).collect();
    // A resource without scopes takes any.
    let scopes: Option<Vec<&Vec<String>>> =
        config.resources.iter().map(|entry| entry.scopes.as_ref()).collect();
    let scopes: Option<HashSet<&str>> =
        scopes.map(|all| all.into_iter().flatten().map(String::as_str).collect());
    let beyond = |key: &str, texts: &[String], known: &HashSet<&str>, id: &str| {
        let other: Vec<&str> =
            texts.iter().map(String::as_str).filter(|text| !known.contains(text)).collect();
        (!other.is_empty()).then(|| {
            format!("client {id:?}: no [[resource]] declares {}, which it has in {key}", other.join(", "))
        })
    };
    let of_client = |client: &ClientEntry| {
        let audiences = beyond("audiences", &client.audiences, &ids, &client.id);
        let scopes = scopes.as_ref().and_then(|known| beyond("scopes", &client.scopes, known, &client.id));
        audiences.into_iter().chain(scopes)
    };
    config.clients.iter().flat_map(of_client).take(NAMED).collect()
}

/// The resources of a configuration.
pub(super) fn declared(config: &Config, insecure_http: bool, problems: &mut Problems) -> Vec<Resource> {
    let mut found: Vec<(Resource, &ResourceEntry)> = Vec::new();
    for entry in &config.resources {
        let Some(resource) = resource(entry, insecure_http, problems) else { continue };
        let twin = found.iter().find(|(other, _)| other.path() == resource.path());
        if let Some((other, first)) = twin {
            let line = first.places.of("id").and_then(|place| place.line);
            let place = line.map(|line| format!(" in line {line}")).unwrap_or_default();
            let failure = if other.id == resource.id {
                wrong(format!("resource {:?} is declared twice, first{place}", entry.id))
                    .hint("declare each id once; scopes = [\"a\", \"b\"] lists several scopes")
            } else {
                wrong(format!(
                    "resource {:?} has the same path as {:?}{place}: their metadata would be one document",
                    entry.id, other.id
                ))
                .hint("give each resource a path of its own, such as https://api.example.com/orders")
            };
            problems.note(entry.places.failing("id", failure));
            continue;
        }
        found.push((resource, entry));
    }
    found.into_iter().map(|(resource, _)| resource).collect()
}
