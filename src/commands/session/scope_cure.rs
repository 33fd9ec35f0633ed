//! The hint for a refused scope: another way of writing it, the scopes that the issuer named, or the command
//! that allows more.

use super::settle::ClientOptions;
use super::urls::setting;
use crate::client::endpoint::EndpointUrl;
use crate::commands::environment::Sourced;
use crate::commands::serve::demo;
use crate::scope::ScopeSet;
use crate::text::shell_word;

/// The words before the list of scopes in the refusals of `heistctl serve`.
const MAY_HAVE: &str = "; it may have: ";
/// The beginning of a refusal of `heistctl serve` that concerns the resource and not the client.
const OF_RESOURCE: &str = "the resource does not know";
/// Separators of other programs' lists, which are part of a scope here.
const SEPARATORS: [char; 3] = [';', '|', '\''];

pub(super) fn of(options: &ClientOptions, to: &Sourced<EndpointUrl>, words: Option<&str>) -> String {
    let origin = options.scope_origin.as_deref().unwrap_or("--scope");
    let id = options.credentials.id();
    let is_demo = to.value.is_loopback() && demo::CLIENTS.iter().any(|(known, ..)| *known == id);
    let written = |scopes: &str| setting(origin, &shell_word(scopes));
    let requested = &options.scope;
    let allowed = allowed(words);
    if let Some(apart) = apart(requested) {
        return format!("scopes are separated by blanks: {}", written(&apart));
    }
    if words.is_some_and(|words| words.starts_with(OF_RESOURCE)) {
        return format!(
            "request scopes of the resource with {origin}, or add it to `scopes` of that [[resource]] in the \
             server's configuration"
        );
    }
    if requested.is_empty() && allowed.is_none() {
        return format!(
            "the issuer wants to be asked for scopes: {origin} 'A B', with those that it has for client {id}"
        );
    }
    let Some(allowed) = allowed else {
        return format!(
            "request fewer scopes with {origin}, or allow them: {}",
            allowing(id, requested.as_str())
        );
    };
    if let Some(meant) = meant(requested, &allowed) {
        return format!("did you mean {}", written(&meant));
    }
    let request = match allowed.as_str() {
        "" => format!("request no scope: leave out {origin}"),
        allowed => format!("request scopes that it has: {}", written(allowed)),
    };
    if is_demo {
        return format!("{request}; the demo's clients never have others");
    }
    let all = ScopeSet::from_tokens(allowed.iter().chain(requested.iter())).unwrap_or_default();
    format!("{request}; or allow them: {}", allowing(id, all.as_str()))
}

/// The command for a client in a store, and the line for one of heist.toml.
fn allowing(id: &str, scopes: &str) -> String {
    let list = scopes.split_whitespace().map(|scope| format!("{scope:?}")).collect::<Vec<_>>().join(", ");
    format!(
        "heistctl client set {} --scope {}, or scopes = [{list}] in heist.toml",
        shell_word(id),
        shell_word(scopes)
    )
}

/// The scopes in a refusal of `heistctl serve`.
fn allowed(words: Option<&str>) -> Option<ScopeSet> {
    let (_, list) = words?.split_once(MAY_HAVE)?;
    if list == "none" { Some(ScopeSet::empty()) } else { list.parse().ok() }
}

/// The requested scopes without other programs' separators and quotes.
fn apart(asked: &ScopeSet) -> Option<String> {
    if !asked.as_str().contains(SEPARATORS) {
        return None;
    }
    let scopes: Vec<&str> =
        asked.as_str().split([' ', ';', '|', '\'']).filter(|scope| !scope.is_empty()).collect();
    Some(scopes.join(" ")).filter(|scopes| !scopes.is_empty())
}

/// The allowed scopes that were meant, if each requested one is nearly an allowed one.
fn meant(asked: &ScopeSet, allowed: &ScopeSet) -> Option<String> {
    let plain = |scope: &str| scope.to_ascii_lowercase().replace(['.', '_', '/', '-'], ":");
    let near = |scope: &str| {
        let distance = |known: &str| strsim::damerau_levenshtein(&plain(known), &plain(scope));
        let nearest = allowed.iter().min_by_key(|known| distance(known))?;
        (distance(nearest) <= 2 && distance(nearest) * 3 < scope.len()).then(|| nearest.to_owned())
    };
    let meant: Option<Vec<String>> = asked.iter().map(near).collect();
    meant.filter(|scopes| !scopes.is_empty()).map(|scopes| scopes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found_among_the_allowed_scopes() {
        let set = |text: &str| text.parse::<ScopeSet>().unwrap();
        let allowed = set("simulation:read simulation:write");
        for (asked, found) in [
            ("Simulation:Read", Some("simulation:read")),
            ("simulation.read", Some("simulation:read")),
            ("simulation:red", Some("simulation:read")),
            ("simulation:read simulation:wirte", Some("simulation:read simulation:write")),
            ("memory:read", None),
            ("simulation:read admin", None),
        ] {
            assert_eq!(meant(&set(asked), &allowed).as_deref(), found, "{asked}");
        }
        assert_eq!(apart(&set("a;b|c x")).as_deref(), Some("a b c x"));
        assert_eq!(apart(&set("a b")), None);
    }

    #[test]
    fn the_list_of_a_refusal_is_read() {
        let read = |words| super::allowed(Some(words)).map(|scopes| scopes.to_string());
        assert_eq!(read("the client may not have scope x; it may have: b a").as_deref(), Some("a b"));
        assert_eq!(read("the client may not have scope x; it may have: none").as_deref(), Some(""));
        assert_eq!(read("no such scope"), None);
    }
}
