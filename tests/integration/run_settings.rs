//! What flags and heist.toml tell a run beside the service: metrics, plain http, the ready file and the form
//! of the log. The flag counts first.

use crate::support::checked::{CLIENT, GOOD};
use crate::support::{Server, binary, folder, heistctl};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const KEYS: &str = "metrics_listen = '127.0.0.1:0'\nready_file = 'ready.json'\n";

fn configured(keys: &str) -> tempfile::TempDir {
    folder(&[("heist.toml", &format!("{keys}{CLIENT}")), ("secret", GOOD)])
}

fn serve(folder: &Path, more: &[&str]) -> Server {
    let args = ["serve", "--store", "memory:", "--listen", "127.0.0.1:0"];
    heistctl(args.iter().chain(more)).in_folder(folder).serve()
}

/// A run with a command that does nothing, as it came.
fn run(folder: &Path, more: &[&str]) -> Output {
    let args = ["serve", "--store", "memory:"];
    let mut command = Command::new(binary());
    command.args(args.iter().chain(more).chain(&["--", "true"])).current_dir(folder).output().unwrap()
}

#[test]
fn metrics_and_the_ready_file_are_keys_and_flags_come_first() {
    let folder = configured(KEYS);
    let server = serve(folder.path(), &[]);
    assert!(server.metrics().contains("heistctl_"));
    let written = std::fs::read_to_string(folder.path().join("ready.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), server.ready);
    server.stop();
    assert!(!folder.path().join("ready.json").exists(), "the file of a server that has stopped");
    let server = serve(folder.path(), &["--ready-file", "other.json"]);
    assert!(folder.path().join("other.json").exists() && !folder.path().join("ready.json").exists());
    server.stop();
}

#[test]
fn plain_http_beyond_loopback_takes_the_key_or_the_flag() {
    let keys = "listen = '0.0.0.0:0'\nissuer = 'http://oauth:8001'\n";
    for (keys, more, code) in [
        (keys.to_owned(), &[][..], 2),
        (keys.to_owned(), &["--insecure-http"], 0),
        (format!("{keys}insecure_http = true\n"), &[], 0),
        (format!("{keys}insecure_http = false\n"), &[], 2),
    ] {
        let folder = configured(&keys);
        let args = ["serve", "--check", "--store", "memory:"];
        heistctl(args.iter().chain(more)).in_folder(folder.path()).run().exits(code);
    }
}

#[test]
fn the_form_of_the_log_is_a_key_and_a_flag() {
    let lines = |out: &Output| String::from_utf8_lossy(&out.stderr).into_owned();
    let is_json = |text: &str| text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok());
    for (keys, more, json) in [
        ("", &[][..], true),
        ("log = 'json'\n", &[], true),
        ("log = 'text'\n", &[], false),
        ("log = 'text'\n", &["--log", "json"], true),
        ("log = 'json'\n", &["--log", "text"], false),
    ] {
        let folder = configured(keys);
        let out = run(folder.path(), more);
        let text = lines(&out);
        assert!(out.status.success() && text.contains("chmod 600 ./secret"), "{keys}{more:?}: {text}");
        assert_eq!(is_json(&text), json, "{keys}{more:?}: {text}");
        assert_eq!(text.contains("note: serve: ./secret"), !json, "{keys}{more:?}: {text}");
    }
    let out = run(configured("").path(), &[]);
    let first: Value = serde_json::from_str(lines(&out).lines().next().unwrap()).unwrap();
    assert_eq!((&first["event"], &first["phase"]), (&"notice".into(), &"serve".into()));
    assert!(first["time"].as_str().unwrap().ends_with('Z') && first["message"].is_string(), "{first}");
}

#[test]
fn a_start_that_fails_says_so_in_the_form_of_the_log() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let start = |form: &str| {
        let args = ["serve", "--store", "memory:", "--listen", &address, "--log", form];
        // As it came: the helpers of these tests put a log into words.
        let out = Command::new(binary()).args(args).output().unwrap();
        assert_eq!((out.status.code(), out.stdout.as_slice()), (Some(1), &b""[..]), "{out:?}");
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    let (text, json) = (start("text"), start("json"));
    let events: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let written = |event: &Value| match (&event["event"], event["message"].as_str().unwrap()) {
        (kind, message) if kind == "hint" => format!("hint: {message}\n"),
        (kind, message) => {
            assert_eq!(kind, "alarm", "{json}");
            format!("error: {}: {message}\n", event["phase"].as_str().unwrap())
        }
    };
    assert_eq!(events.iter().map(written).collect::<String>(), text);
    assert!(text.starts_with("error: ") && text.contains(&address) && text.contains("\nhint: "), "{text}");
}

#[test]
fn what_only_another_start_changes_is_told_at_a_reload() {
    let folder = configured("");
    let mut server = serve(folder.path(), &[]);
    let mut said = server.says();
    std::fs::write(folder.path().join("heist.toml"), format!("{KEYS}log = 'text'\n{CLIENT}")).unwrap();
    server.signal("-HUP");
    for key in ["metrics_listen", "ready_file", "log"] {
        said.until(&format!("note: serve: a new {key} takes effect after a restart"));
    }
    said.until("the configuration was reloaded");
}
