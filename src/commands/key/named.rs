//! Explains a wrong key id, and finds the key that was meant.

use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::http::visible::is_invisible;
use crate::registry::keys::{KeyRecord, Stage, StoreKeys};
use crate::secret::looks_like_credential;

/// The failure for an unknown key id.
pub(super) fn missing(typed: &str, keys: &StoreKeys, now: Timestamp) -> Failure {
    let failure = |what: String, hint: String| Failure::new(Exit::Usage, "signing", what).hint(hint);
    let list = "heistctl key list shows ids".to_owned();
    if typed.is_empty() {
        return failure("the key's id is empty".to_owned(), list);
    }
    if typed.starts_with("eyJ") || typed.contains("heist_") || typed.contains("-----BEGIN") {
        return failure("a secret was given instead of a key id".to_owned(), list);
    }
    let found = meant(typed, keys, now);
    let why = found.as_ref().map(|(why, _)| format!(": it {why}")).unwrap_or_default();
    // Do not show it: an id with one wrong letter looks like a secret and may be one.
    let shown = if why.is_empty() && looks_like_credential(typed) {
        "of that id".to_owned()
    } else {
        format!("{typed:?}")
    };
    let what = format!("there is no key {shown} in the store{why}");
    let Some((_, meant)) = found else {
        let is_several = ["all", "old", "*", "any", "every", "unused", "retired"].contains(&typed);
        let hint = if is_several { format!("retire one key by its id: {list}") } else { list };
        return failure(what, hint);
    };
    let is_signing = |key: &&KeyRecord| keys.stage(key, now) == Stage::Signing;
    let lines: Vec<String> = meant
        .iter()
        .filter(|key| !is_signing(key))
        .map(|key| format!("heistctl key retire {}", key.kid))
        .collect();
    failure(what, if lines.is_empty() { SUCCESSOR.to_owned() } else { lines.join(", or ") })
}

/// The hint for the key that signs.
const SUCCESSOR: &str = "heistctl key rotate publishes a successor; the key then retires by itself";

/// The keys that may be meant, and what was typed instead of their ids.
fn meant<'a>(typed: &str, keys: &'a StoreKeys, now: Timestamp) -> Option<(&'static str, Vec<&'a KeyRecord>)> {
    let matching = |fits: &dyn Fn(&KeyRecord) -> bool| -> Vec<&'a KeyRecord> {
        keys.0.iter().filter(|key| fits(key)).collect()
    };
    let bare = typed.strip_prefix("kid=").unwrap_or(typed).trim_matches(|c: char| {
        is_invisible(c) || matches!(c, '"' | '\'' | '`' | ',' | ';' | '.' | '…' | '<' | '>' | '*')
    });
    let lower = bare.to_ascii_lowercase();
    let forms: [(&'static str, Vec<&KeyRecord>); 6] = [
        ("has something else around an id", matching(&|key| key.kid == bare)),
        ("is the beginning of an id", matching(&|key| !bare.is_empty() && key.kid.starts_with(bare))),
        ("differs from an id in upper and lower case", matching(&|key| key.kid.eq_ignore_ascii_case(bare))),
        ("is a part of an id", matching(&|key| bare.len() > 3 && key.kid.contains(bare))),
        ("is an algorithm", matching(&|key| key.algorithm.eq_ignore_ascii_case(bare))),
        ("is a state, not an id", matching(&|key| keys.stage(key, now).name() == lower)),
    ];
    forms.into_iter().find(|(_, found)| !found.is_empty())
}
