//! What `client` has done or found, for people and as JSON. A secret that was made is the answer, alone.

use super::style::{Palette, escape};
use crate::clock::{Timestamp, ago, relative};
use crate::commands::clients::{Found, RegistryReport, Shown, shown_hash};
use crate::json;
use crate::registry::record::{ClientRecord, SecretRecord, Stored};
use crate::registry::store::Use;
use crate::secret::Secret;
use serde::Serialize;
use serde_json::{Value, json};

/// What goes to stdout.
#[must_use]
pub fn text(report: &RegistryReport, palette: Palette) -> Secret {
    if report.json {
        return Secret::new(json::line(&as_json(report)));
    }
    Secret::new(match &report.found {
        Found::Secret { secret, .. } => match secret.as_ref().and_then(|secret| secret.expose_str().ok()) {
            Some(secret) => format!("{secret}\n"),
            None => String::new(),
        },
        Found::Imported(secrets) => secrets.iter().map(|(id, secret)| made_line(id, secret)).collect(),
        Found::Clients { clients, .. } => clients.iter().map(|shown| row(&shown.stored, palette)).collect(),
        Found::Client(client) => shown(client, report.now, palette),
        Found::Done { .. } => String::new(),
        Found::Hash(hash) => format!("{hash}\n"),
    })
}

/// A tab stands in no id and in no secret.
fn made_line(id: &str, secret: &Secret) -> String {
    format!("{id}\t{}\n", secret.expose_str().unwrap_or_default())
}

fn row(stored: &Stored, palette: Palette) -> String {
    let record = &stored.record;
    let state = if record.disabled { palette.warn(" disabled") } else { String::new() };
    format!("{}  {}{state}\n", escape(&record.id), record.scopes)
}

fn shown(Shown { stored, uses }: &Shown, now: Timestamp, palette: Palette) -> String {
    let record = &stored.record;
    let mut out = format!(
        "{}{}\n",
        palette.head(&escape(&record.id)),
        if record.disabled { palette.warn(" disabled") } else { String::new() }
    );
    let mut line = |label: &str, value: String| {
        if !value.is_empty() {
            out.push_str(&format!("  {label:12} {}\n", escape(&value)));
        }
    };
    line("added", moment(record.created, now));
    line("scopes", record.scopes.to_string());
    line("default", record.default_scopes.as_ref().map(ToString::to_string).unwrap_or_default());
    line("audiences", record.audiences.join(" "));
    line(
        "lifetime",
        record.lifetime.map(|seconds| crate::clock::span(u128::from(seconds))).unwrap_or_default(),
    );
    line("method", record.auth_method.clone().unwrap_or_default());
    line("jwks_uri", record.jwks_uri.clone().unwrap_or_default());
    line("allow_from", record.allow_from.join(" "));
    line("may", may(record).join(", "));
    for secret in &stored.secrets {
        line("secret", secret_line(secret, last_use(uses, secret), now));
    }
    out
}

fn may(record: &ClientRecord) -> Vec<&'static str> {
    let words = [
        (record.introspect, "introspect"),
        (record.token_exchange, "token_exchange"),
        (record.dpop_required, "dpop_required"),
    ];
    words.into_iter().filter(|(yes, _)| *yes).map(|(_, word)| word).collect()
}

fn last_use<'a>(uses: &'a [Use], secret: &SecretRecord) -> Option<&'a Use> {
    uses.iter().find(|used| used.number == secret.number)
}

fn secret_line(secret: &SecretRecord, used: Option<&Use>, now: Timestamp) -> String {
    let ends = match secret.ends {
        None => "no end".to_owned(),
        Some(end) if end <= now.unix() => format!("ended {}", ago(i128::from(end), now)),
        Some(end) => format!("ends {}", relative(i128::from(end), now)),
    };
    let used = match used {
        None => "never used".to_owned(),
        Some(used) => {
            let from = used.from.map(|from| format!(" from {from}")).unwrap_or_default();
            format!("last used {}{from}", ago(i128::from(used.at.unix()), now))
        }
    };
    format!("{}, made {}, {ends}, {used}", shown_hash(&secret.hash), ago(i128::from(secret.created), now))
}

fn moment(seconds: i64, now: Timestamp) -> String {
    format!("{}, {}", Timestamp::from_unix(seconds), ago(i128::from(seconds), now))
}

#[derive(Serialize)]
struct SecretJson {
    number: i64,
    kind: String,
    created: String,
    ends: Option<String>,
    last_used: Option<String>,
    last_used_from: Option<String>,
}

fn client_json(Shown { stored, uses }: &Shown) -> Value {
    let time = |seconds: i64| Timestamp::from_unix(seconds).to_string();
    let secrets = stored.secrets.iter().map(|secret| (secret, last_use(uses, secret)));
    let secrets = secrets.map(|(secret, used)| SecretJson {
        number: secret.number,
        kind: shown_hash(&secret.hash),
        created: time(secret.created),
        ends: secret.ends.map(time),
        last_used: used.map(|used| used.at.to_string()),
        last_used_from: used.and_then(|used| used.from).map(|from| from.to_string()),
    });
    let mut value = serde_json::to_value(&stored.record).unwrap_or_default();
    value["created"] = json!(time(stored.record.created));
    value["secrets"] = json!(secrets.collect::<Vec<_>>());
    value
}

fn as_json(report: &RegistryReport) -> Value {
    match &report.found {
        Found::Secret { id, secret, old_end } => json!({
            "client_id": id,
            "client_secret": secret.as_ref().and_then(|secret| secret.expose_str().ok()),
            "old_secrets_end": old_end.map(|end| end.to_string()),
        }),
        Found::Imported(secrets) => {
            let made = |(id, secret): &(String, Secret)| json!({"client_id": id, "client_secret": secret.expose_str().ok()});
            json!({ "clients": secrets.iter().map(made).collect::<Vec<_>>() })
        }
        Found::Clients { clients, damaged } => {
            let clients: Vec<Value> = clients.iter().map(client_json).collect();
            if damaged.is_empty() {
                json!({ "clients": clients })
            } else {
                let damaged: Vec<&str> = damaged.iter().map(|client| client.id.as_str()).collect();
                json!({ "clients": clients, "damaged": damaged })
            }
        }
        Found::Client(client) => client_json(client),
        Found::Done { id, what } => json!({ "client_id": id, "done": what }),
        Found::Hash(hash) => json!({ "secret_hash": hash }),
    }
}
