//! The differences of two tokens, as text and as JSON.

use super::style::{Palette, escape};
use crate::commands::inspect::report::{Difference, MemberDifference};
use crate::json::{self, Json};

/// The text for stdout.
pub(super) fn text(difference: &Difference, palette: Palette) -> String {
    let Difference { header, claims, same_bytes, json } = difference;
    if *json {
        let same =
            *same_bytes || (header.is_empty() && claims.is_empty() && !has_hidden_difference(difference));
        return json::line(&serde_json::json!({"same": same, "header": header, "claims": claims}));
    }
    if has_hidden_difference(difference) {
        let out = "they differ outside the claims set, or in duplicate names or spelling: compare inspect --raw claims\n";
        return out.to_owned();
    }
    if header.is_empty() && claims.is_empty() {
        return "the same header and the same claims\n".to_owned();
    }
    let mut out = String::new();
    for (title, changes) in [("header", header), ("claims", claims)] {
        if changes.is_empty() {
            continue;
        }
        out.push_str(&format!("{}\n", palette.head(title)));
        for change in changes {
            out.push_str(&line(change, palette));
        }
    }
    out
}

/// The compared values are equal, but the bytes are not.
fn has_hidden_difference(difference: &Difference) -> bool {
    difference.header.is_empty() && difference.claims.is_empty() && !difference.same_bytes
}

fn line(change: &MemberDifference, palette: Palette) -> String {
    let shown = |value: &Option<Json>| match value {
        Some(Json::String(text)) => escape(text),
        Some(other) => escape(&other.to_string()),
        None => "(absent)".to_owned(),
    };
    let words = change.difference.as_ref().map(|words| format!("  {}", palette.head(&escape(words))));
    let (left, right) = (palette.bad(&shown(&change.left)), palette.good(&shown(&change.right)));
    format!("  {:10} {left} -> {right}{}\n", escape(&change.name), words.unwrap_or_default())
}
