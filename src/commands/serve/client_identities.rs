//! `federated` and `claims_from` of `[[client]]`: the rules as typed become rules.

use super::config::ClientEntry;
use super::problems::wrong;
use crate::commands::configuration::literal::{list, may_show};
use crate::exit::Failure;
use crate::registry::federated::FederatedRule;
use serde_json::Value;

const KEYS: [&str; 5] = ["trust", "sub", "sub_glob", "claims", "allow_broad"];
/// Names that people write by mistake.
const MEANT: [(&str, &str); 8] = [
    ("issuer", "trust"),
    ("iss", "trust"),
    ("name", "trust"),
    ("subject", "sub"),
    ("glob", "sub_glob"),
    ("pattern", "sub_glob"),
    ("claim", "claims"),
    ("broad", "allow_broad"),
];
const EXAMPLE: &str = "federated = [{ trust = \"github\", sub = \"repo:acme/api:environment:prod\" }]";

/// The rules of an entry.
pub(super) fn rules(entry: &ClientEntry) -> Result<Vec<FederatedRule>, Failure> {
    let rule = |(at, value): (usize, &Value)| {
        let fault =
            |what: String, hint: String| wrong(format!("rule {} of federated {what}", at + 1)).hint(hint);
        let members = value.as_object().into_iter().flat_map(serde_json::Map::keys);
        if let Some(unknown) = members.into_iter().find(|name| !KEYS.contains(&name.as_str())) {
            let meant = MEANT.iter().find(|(word, _)| *word == unknown.as_str());
            let hint = meant.map_or_else(
                || format!("a rule has {}; other claims are below claims", list(&KEYS)),
                |(_, key)| format!("write {key}"),
            );
            let shown = if may_show(unknown) { unknown } else { "…" };
            return Err(fault(format!("has the unknown key {shown:?}"), hint));
        }
        serde_json::from_value(value.clone()).map_err(|_| {
            let kinds = "trust, sub and sub_glob are texts, claims a table, allow_broad true or false";
            fault(format!("has a value of another type: {kinds}"), EXAMPLE.to_owned())
        })
    };
    entry.federated.iter().enumerate().map(rule).collect()
}
