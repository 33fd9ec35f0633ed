//! Results of `client`, as text and as JSON. stdout has nothing but a new secret, so that it can be piped.

use super::call::Bar;
use super::print::notes;
use super::stream::OutputStream;
use super::style::{Palette, escape};
use crate::clock::{Timestamp, ago, relative};
use crate::commands::call::repeat::Progress;
use crate::commands::client::import::{ImportProgress, Importing};
use crate::commands::client::list::{Damaged, ListedClient, Listing, damage};
use crate::commands::client::report::{ClientOutcome, ClientReport, shown_hash};
use crate::exit::{Exit, Failure};
use crate::json;
use crate::registry::record::{ClientRecord, SecretRecord, StoredClient};
use crate::registry::shared_secrets::is_kept;
use crate::registry::store::Use;
use crate::secret::Secret;
use serde::Serialize;
use serde_json::{Value, json};

/// The text for stdout.
#[must_use]
pub fn text(report: &ClientReport, palette: Palette) -> Secret {
    if report.json {
        return Secret::new(json::line(&as_json(report)));
    }
    Secret::new(match &report.found {
        ClientOutcome::Secret { secret, .. } => {
            match secret.as_ref().and_then(|secret| secret.expose_str().ok()) {
                Some(secret) => format!("{secret}\n"),
                None => String::new(),
            }
        }
        ClientOutcome::Imported(secrets) => {
            secrets.iter().map(|(id, secret)| made_line(id, secret)).collect()
        }
        ClientOutcome::Client(client) => shown(client, (report.now, report.ends), palette),
        ClientOutcome::Importing(_) | ClientOutcome::Clients(_) | ClientOutcome::Done { .. } => String::new(),
        ClientOutcome::Hash(hash) => format!("{hash}\n"),
    })
}

/// Prints a list while it is read.
///
/// # Errors
/// Where the store fails, stdout cannot be written, or a client is damaged.
pub fn list(mut listing: Listing, json: bool, palette: Palette) -> Result<(), Failure> {
    let mut stream = OutputStream::new(json.then_some("clients"));
    let (mut damaged, mut count): (Vec<Damaged>, usize) = (Vec::new(), 0);
    while let Some(page) = listing.next_page()? {
        count += page.clients.len();
        for client in &page.clients {
            if json {
                stream.item(&client_json(client));
            } else {
                stream.text(&row(&client.stored, palette));
            }
        }
        damaged.extend(page.damaged);
        if stream.flush()?.is_closed() {
            return Ok(());
        }
    }
    let ids = || json!(damaged.iter().map(|client| client.id.as_str()).collect::<Vec<_>>());
    let members: Vec<_> = (!damaged.is_empty()).then(|| ("damaged", ids())).into_iter().collect();
    stream.end(&members)?;
    damage(&damaged).or_else(|| listing.finding(count)).map_or(Ok(()), Err)
}

/// Registers clients, and prints the secrets of each batch once it is registered. Stops when they cannot be
/// printed, because the next secrets would be lost, too.
///
/// # Errors
/// Where the store fails, a line is not a client, or stdout cannot be written.
pub fn import(mut importing: Importing, json: bool) -> Result<(), Failure> {
    let mut stream = OutputStream::new(json.then_some("clients"));
    loop {
        let secrets = match importing.next_batch() {
            Ok(Some(secrets)) => secrets,
            Ok(None) => return stream.end(&[]),
            Err(failure) => {
                // Print every registered client before reporting the failure.
                stream.end(&[])?;
                return Err(failure);
            }
        };
        for made in &secrets {
            if json {
                stream.item(&made_json(made));
            } else {
                stream.text(&made_line(&made.0, &made.1));
            }
        }
        let lost = |what: &str| {
            let what = format!("{what}; the clients are registered, but secrets are lost: {}", secrets.len());
            Failure::new(Exit::Local, "output", what).hint("heistctl client rotate ID makes a new one")
        };
        match stream.flush() {
            Ok(reader) if reader.is_closed() && !secrets.is_empty() => {
                return Err(lost("cannot write to stdout: it is closed"));
            }
            Ok(_) => {}
            Err(failure) => return Err(lost(&failure.what)),
        }
    }
}

/// Reports an import's progress on stderr: a bar on a terminal, and a note at the end.
pub struct ImportDisplay {
    bar: Bar,
    /// Does nothing if output is quiet.
    notes: Option<Palette>,
}

impl ImportDisplay {
    /// `palette` is that of stderr.
    #[must_use]
    pub fn new(is_terminal: bool, notes: Option<Palette>) -> Self {
        Self { bar: Bar::new(is_terminal && notes.is_some()), notes }
    }
}

impl ImportProgress for ImportDisplay {
    fn at(&self, done: usize, of: usize) {
        if let (Ok(done), Ok(of)) = (u32::try_from(done), u32::try_from(of))
            && of > 0
        {
            self.bar.at(done, of);
        }
    }

    fn note(&self, what: &str) {
        self.bar.end();
        if let Some(palette) = self.notes {
            notes(&[what.to_owned()], palette);
        }
    }

    fn end(&self, summary: &str) {
        self.note(summary);
    }
}

fn made_json((id, secret): &(String, Secret)) -> Value {
    json!({"client_id": id, "client_secret": secret.expose_str().ok()})
}

/// Tab-separated: no id and no secret contains a tab.
fn made_line(id: &str, secret: &Secret) -> String {
    format!("{id}\t{}\n", secret.expose_str().unwrap_or_default())
}

fn row(stored: &StoredClient, palette: Palette) -> String {
    let record = &stored.record;
    let state = if record.disabled { palette.warn(" disabled") } else { String::new() };
    format!("{}  {}{state}\n", escape(&record.id), record.scopes)
}

fn shown(
    ListedClient { stored, uses }: &ListedClient,
    (now, ends): (Timestamp, Timestamp),
    palette: Palette,
) -> String {
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
    line("scope claim", scope_claim(record));
    line("audiences", record.audiences.join(" "));
    line("default", record.default_audiences.join(" "));
    line(
        "lifetime",
        record.lifetime.map(|seconds| crate::clock::span(u128::from(seconds))).unwrap_or_default(),
    );
    let claims = serde_json::to_string(&record.claims).unwrap_or_default();
    line("claims", Some(claims).filter(|_| !record.claims.is_empty()).unwrap_or_default());
    line("method", record.auth_method.clone().unwrap_or_default());
    line("assertion", record.assertion_audience.clone().unwrap_or_default());
    line("jwks_uri", record.jwks_uri.clone().unwrap_or_default());
    for (key, name) in record.certificate_names() {
        line(key.trim_start_matches("tls_client_auth_"), name.to_owned());
    }
    for rule in &record.federated {
        line("identity", format!("{} {}", rule.trust, rule.subject()));
    }
    line("claims from", record.claims_from.join(" "));
    line("allow_from", record.allow_from.join(" "));
    line("may", may(record).join(", "));
    for secret in &stored.secrets {
        line("secret", secret_line(secret, last_use(uses, secret), ends));
    }
    out
}

fn scope_claim(record: &ClientRecord) -> String {
    let form = record.scope_claim_form.as_ref().map(|form| format!(", {form}")).unwrap_or_default();
    record.scope_claim.as_ref().map(|name| format!("{name}{form}")).unwrap_or_default()
}

fn may(record: &ClientRecord) -> Vec<&'static str> {
    let words = [
        (record.introspect, "introspect"),
        (record.token_exchange, "token_exchange"),
        (record.dpop_required, "dpop_required"),
        (record.tls_client_certificate_bound_access_tokens, "tls_bound"),
    ];
    words.into_iter().filter(|(yes, _)| *yes).map(|(_, word)| word).collect()
}

fn last_use<'a>(uses: &'a [Use], secret: &SecretRecord) -> Option<&'a Use> {
    uses.iter().find(|used| used.number == secret.number)
}

fn secret_line(secret: &SecretRecord, used: Option<&Use>, now: Timestamp) -> String {
    let made = ago(i128::from(secret.created), now);
    let ends = match secret.ends {
        None => "no end".to_owned(),
        Some(end) if end <= now.unix() => format!("ended {}", ago(i128::from(end), now)),
        Some(end) => format!("ends {}", relative(i128::from(end), now)),
    };
    let used = match used {
        // Uses of a secret that the client signs with are not recorded.
        _ if is_kept(&secret.hash) => return format!("{}, made {}, {ends}", shown_hash(&secret.hash), made),
        None => "never used".to_owned(),
        Some(used) => {
            let from = used.from.map(|from| format!(" from {from}")).unwrap_or_default();
            format!("last used {}{from}", ago(i128::from(used.at.unix()), now))
        }
    };
    format!("{}, made {made}, {ends}, {used}", shown_hash(&secret.hash))
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

fn client_json(ListedClient { stored, uses }: &ListedClient) -> Value {
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

fn as_json(report: &ClientReport) -> Value {
    match &report.found {
        ClientOutcome::Secret { id, secret, old_end } => json!({
            "client_id": id,
            "client_secret": secret.as_ref().and_then(|secret| secret.expose_str().ok()),
            "old_secrets_end": old_end.map(|end| end.to_string()),
        }),
        ClientOutcome::Imported(secrets) => {
            json!({ "clients": secrets.iter().map(made_json).collect::<Vec<_>>() })
        }
        // These are printed while they are read.
        ClientOutcome::Importing(_) | ClientOutcome::Clients(_) => Value::Null,
        ClientOutcome::Client(client) => client_json(client),
        ClientOutcome::Done { id, what } => json!({ "client_id": id, "done": what }),
        ClientOutcome::Hash(hash) => json!({ "secret_hash": hash }),
    }
}
