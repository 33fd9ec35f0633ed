//! The banner of `serve` in a terminal: facts about the server, and commands to paste into another terminal
//! in the same folder. It fits 80 columns, unless a name or a path is longer.

use crate::commands::serve::{Banner, Trial, TrialClient, TrialSecret};
use crate::render::style::{Palette, escape};

const COLUMNS: usize = 80;
/// Columns before the values of the table.
const INDENT: usize = 13;
/// Indentation of commands and of their continuation lines.
const COMMAND: &str = "  ";
const CONTINUED: &str = "    ";

pub(super) fn text(banner: &Banner, palette: Palette) -> String {
    format!("{}{}", facts(banner, palette), palette.dim("Ctrl-C stops it. Requests:"))
}

/// Everything but the last line, which is for a terminal.
pub(super) fn facts(banner: &Banner, palette: Palette) -> String {
    let title = format!("{} {}\n\n", palette.head("heistctl serve"), palette.good(&banner.ready.url));
    let facts = [server(banner, palette), endpoints(banner), clients(banner, palette)].concat();
    let mut out = format!("{title}{facts}\n{}", trial(banner));
    if banner.demo {
        let warning = "DEMO: these secrets and the signing key are public. Never use them elsewhere.";
        out.push_str(&format!("{}\n\n", palette.warn(warning)));
    }
    if banner.test {
        let warning = "TEST: every process of this machine controls clock, keys and faults.";
        out.push_str(&format!("{}\n\n", palette.warn(warning)));
    }
    out
}

/// A line of the table.
fn row(label: &str, value: &str) -> String {
    format!("  {label:9}  {value}\n")
}

fn server(banner: &Banner, palette: Palette) -> String {
    let mut out = row("issuer", &escape(&banner.ready.issuer));
    let ephemeral =
        if banner.ephemeral_key { ", with a key for this run: its tokens end with it" } else { "" };
    out.push_str(&row("signing", &format!("{}{}", banner.signing, palette.warn(ephemeral))));
    let page = (banner.demo || banner.test).then(|| format!("{}/ in a browser", banner.ready.url));
    let ends = banner.certificate_ends.as_ref().map(|ends| format!("certificate until {ends}"));
    let store = banner.store.as_deref().map(escape);
    let metrics = banner.ready.metrics_url.clone();
    for (label, value) in [("tls", ends), ("store", store), ("metrics", metrics), ("page", page)] {
        out.extend(value.map(|value| row(label, &value)));
    }
    out
}

fn endpoints(banner: &Banner) -> String {
    let label = |index| if index == 0 { "endpoints" } else { "" };
    let described =
        |(index, (method, path)): (usize, &(&str, &str))| row(label(index), &format!("{method:4} {path}"));
    banner.endpoints.iter().enumerate().map(described).collect()
}

fn clients(banner: &Banner, palette: Palette) -> String {
    if banner.clients.is_empty() {
        return row("clients", &palette.warn("none, so no tokens are issued"));
    }
    let width = banner.clients.iter().map(|(id, _)| escape(id).chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (index, (id, scopes)) in banner.clients.iter().enumerate() {
        let label = if index == 0 { "clients" } else { "" };
        let scopes = scopes_that_fit(scopes, COLUMNS.saturating_sub(INDENT + width + 2));
        out.push_str(&row(label, format!("{:width$}  {scopes}", escape(id)).trim_end()));
    }
    if banner.more_clients {
        let all = format!("{} client list {}", quoted(&banner.program), store_flag(&banner.trial));
        out.push_str(&row("", &format!("… {}", all.trim_end())));
    }
    out
}

fn store_flag(trial: &Trial) -> String {
    trial.store.as_deref().map(|store| format!("--store {}", quoted(store))).unwrap_or_default()
}

/// Returns as many scopes as fit, but at least one.
fn scopes_that_fit(scopes: &str, columns: usize) -> String {
    if scopes.chars().count() <= columns {
        return scopes.to_owned();
    }
    let mut words = scopes.split(' ');
    let mut shown = words.next().unwrap_or_default().to_owned();
    for word in words {
        // Room for a blank, the word, a blank and the ellipsis.
        if shown.chars().count() + 1 + word.chars().count() + 2 > columns {
            break;
        }
        shown = format!("{shown} {word}");
    }
    format!("{shown} …")
}

fn trial(banner: &Banner) -> String {
    let Some(client) = &banner.trial.client else { return no_trial(banner).to_owned() };
    let needs_password = banner.trial.store_password && client.secret == TrialSecret::Added;
    let with = if needs_password { ", with the store's password in PGPASSWORD" } else { "" };
    let commands = commands(&quoted(&banner.program), &banner.trial, client);
    format!("Try it in another terminal{with}:\n\n{commands}\n")
}

/// The text if no command would work as it is.
const fn no_trial(banner: &Banner) -> &'static str {
    match (banner.clients.is_empty(), banner.store.is_some()) {
        // Clients can be added to any other store.
        (true, true) => "The store is in memory, so add a [[client]] to heist.toml: heistctl help config\n\n",
        (true, false) => "Add a [[client]] to heist.toml: heistctl help config\n\n",
        (false, _) => "These clients need more than a secret to get a token: heistctl token -h\n\n",
    }
}

fn commands(program: &str, trial: &Trial, client: &TrialClient) -> String {
    let (id, file) = (quoted(&client.id), quoted(&format!("{}.secret", client.id)));
    let set = |name: &str, value: &str| command(&["export", &format!("HEISTCTL_{name}={value}")]);
    let mut out = String::new();
    if client.secret == TrialSecret::Added {
        // The secret is for nobody else on this machine.
        out.push_str(&command(&["umask 077"]));
        let add = format!("{program} client add {id} --scope try:it");
        out.push_str(&command(&[&add, &store_flag(trial), &format!("> {file}")]));
    }
    out.push_str(&set("TOKEN_URL", &quoted(&trial.token_url)));
    out.push_str(&set("CLIENT_ID", &id));
    let trust = trial.cacert.as_deref().map(|path| format!("--cacert {}", quoted(path))).unwrap_or_default();
    let scope = client.scope.map(|scope| format!("--scope {}", quoted(scope))).unwrap_or_default();
    let insecure = if trial.insecure { "--insecure-http" } else { "" };
    let call = format!("{program} call");
    let secret = match &client.secret {
        TrialSecret::Public(secret) => set("CLIENT_SECRET", &quoted(secret)),
        TrialSecret::File(path) => set("CLIENT_SECRET_FILE", &quoted(path)),
        TrialSecret::Added => set("CLIENT_SECRET_FILE", &file),
        // This command prompts for the secret, so nothing may be pasted after it.
        TrialSecret::Typed => {
            return out + &command(&[&call, &trust, insecure, "--client-secret-file -"]);
        }
    };
    out.push_str(&secret);
    out.push_str(&command(&[&call, &trust, insecure, &scope]));
    let token = format!("{program} token");
    out + &command(&[&token, &trust, insecure, &scope, &format!("| {program} inspect")])
}

/// A command to paste. It is broken between its parts if it is too long for a line.
fn command(parts: &[&str]) -> String {
    let (mut out, mut line) = (String::new(), COMMAND.to_owned());
    let mut is_first = true;
    for part in parts.iter().filter(|part| !part.is_empty()) {
        // Room for a blank before the part, and a blank and a backslash after it.
        if !is_first && line.chars().count() + part.chars().count() + 3 > COLUMNS {
            out.push_str(&format!("{line} \\\n"));
            line = CONTINUED.to_owned();
            is_first = true;
        }
        line.push_str(if is_first { "" } else { " " });
        line.push_str(part);
        is_first = false;
    }
    format!("{out}{line}\n")
}

/// Quotes a word for a shell if needed.
fn quoted(word: &str) -> String {
    let word = escape(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
#[path = "banner_tests.rs"]
mod tests;
