//! docs/monitoring.md names each metric and each audit event of the program, and no others.

use crate::registry::Store;
use crate::support::process::{needs_program, wait_until};
use crate::support::{Server, heistctl, program, repository};
use std::collections::BTreeSet;

/// Names in the first column of the document's table with this heading.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(repository().join("docs/monitoring.md")).unwrap();
    let rows = text.lines().skip_while(|line| *line != heading).take_while(|line| line.starts_with('|'));
    let firsts = rows.skip(2).filter_map(|row| row.split('|').nth(1));
    firsts.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// A server that has every metric: TLS, an audit log, a store that has been asked often, a limit that was hit.
fn with_every_metric(store: &Store) -> Server {
    store
        .file("heist.toml", "audit_log = 'audit.log'\n[limits]\nper_client = '1/h'\n[[guard]]\nname = 'g'\n");
    let secret = store.add("backend", &["--scope", "x"]);
    // The secret ends, and the client still uses it.
    store.client(&["rotate", "backend"]).run().exits(0);
    let args =
        ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--store", &store.url()];
    let args = args.into_iter().chain(["--tls-self-signed", "certs"]);
    let server = heistctl(args).in_folder(store.folder.path()).serve();
    let ask = |id: &str, secret| {
        let client = [("HEISTCTL_CLIENT_ID", id), ("HEISTCTL_CLIENT_SECRET", secret)];
        let token = heistctl(["token", "--no-cache", "--cacert", "certs/ca.pem"]);
        let token = token.env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&client);
        token.in_folder(store.folder.path()).run()
    };
    let client = [("HEISTCTL_CLIENT_ID", "backend"), ("HEISTCTL_CLIENT_SECRET", &secret)];
    let guard = format!("{}/guard/g", server.url());
    let call = heistctl(["call", "--no-cache", "--cacert", "certs/ca.pem", &guard]);
    let call = call.env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&client);
    call.in_folder(store.folder.path()).run().exits(0);
    ask("backend", &secret).exits(4);
    // Each of these asks the store, whose latency is known after twenty answers.
    for number in 0..20 {
        ask(&format!("nobody{number}"), "x").exits(4);
    }
    server
}

#[test]
fn the_document_has_each_metric() {
    let store = Store::new();
    let server = with_every_metric(&store);
    wait_until("the store's answers have been timed", || server.metrics().contains("store_latency_seconds"));
    let text = server.metrics();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let metrics: BTreeSet<String> = types.map(str::to_owned).collect();
    assert_eq!(documented("| metric | labels | meaning |"), metrics, "left: document, right: program");
    let labels = text.split("limit_hits_total{limit=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let limits = documented("| `limit` | what happened |");
    let unknown: Vec<&str> = labels.filter(|label| !limits.contains(*label)).collect();
    assert!(!limits.is_empty() && unknown.is_empty(), "{unknown:?} of {limits:?}");
}

/// The words of a text that name a metric, without the suffixes of a histogram.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let metrics = words.filter(|word| word.starts_with("heistctl_"));
    metrics.map(|word| word.strip_suffix("_bucket").unwrap_or(word).to_owned()).collect()
}

/// The text of a file for Prometheus or Grafana.
fn packaged(name: &str) -> String {
    std::fs::read_to_string(repository().join("packaging").join(name)).unwrap()
}

#[test]
fn alerts_and_dashboard_name_metrics_that_are_exported() {
    let metrics = documented("| metric | labels | meaning |");
    for name in ["alerts.yml", "grafana.json"] {
        let named = named(&packaged(name));
        let unknown: Vec<&String> = named.difference(&metrics).collect();
        assert!(named.len() > 5 && unknown.is_empty(), "{name}: {unknown:?}");
    }
    let dashboard: serde_json::Value = serde_json::from_str(&packaged("grafana.json")).unwrap();
    let shown = named(&dashboard.to_string());
    assert_eq!(
        metrics.difference(&shown).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "the dashboard has all"
    );
}

#[test]
fn each_documented_alert_is_packaged() {
    let text = std::fs::read_to_string(repository().join("docs/monitoring.md")).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("| alert ")).skip(2);
    let named: BTreeSet<&str> =
        rows.take_while(|line| line.starts_with('|')).filter_map(|row| row.split('`').nth(1)).collect();
    let alerts = packaged("alerts.yml");
    let packaged: BTreeSet<&str> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert_eq!(named, packaged, "left: document, right: alerts.yml");
}

#[test]
fn promtool_takes_the_alerts() {
    if !needs_program("promtool") {
        return;
    }
    for (words, file) in [(["check", "rules"], "alerts.yml"), (["test", "rules"], "alerts_test.yml")] {
        let file = repository().join("packaging").join(file);
        let args = words.iter().map(AsRef::as_ref).chain([file.as_os_str()]);
        program("promtool", args).run().exits(0);
    }
}

/// Where the source needs an event for endpoints that have none: they make no decisions.
const UNUSED: [&str; 2] = ["request.answered", "request.refused"];

#[test]
fn the_document_has_each_audit_event() {
    let source = std::fs::read_to_string(repository().join("src/server/audit/entry.rs")).unwrap();
    let source = source.split("#[cfg(test)]").next().unwrap();
    let is_event = |text: &&str| {
        let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
        text.split_once('.').is_some_and(|(what, how)| is_word(what) && is_word(how))
    };
    let events =
        source.split('"').skip(1).step_by(2).filter(is_event).filter(|event| !UNUSED.contains(event));
    let events: BTreeSet<String> = events.map(str::to_owned).collect();
    assert_eq!(documented("| event | meaning |"), events, "left: document, right: program");
}
