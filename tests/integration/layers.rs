//! Who may use whom: the arrows of the crate's map, and one owner for each package and effect.

use crate::support::repository;
use crate::support::sources::{Source, Sources};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may use. All may use the bottom ones.
const ARROWS: [(&str, &[&str]); 13] = [
    (
        "commands",
        &[
            "cli",
            "exit",
            "server",
            "testbench",
            "client",
            "doctor",
            "issuer",
            "registry",
            "probe",
            "verdict",
            "jose",
            "http",
        ],
    ),
    (
        "render",
        &["cli", "exit", "commands", "doctor", "server", "registry", "testbench", "probe", "verdict", "jose"],
    ),
    ("probe", &["testbench", "verdict", "jose", "http"]),
    ("server", &["issuer", "registry", "testbench", "http", "jose"]),
    ("client", &["http", "jose", "verdict", "exit"]),
    ("issuer", &["registry", "jose", "verdict", "http"]),
    ("registry", &["jose"]),
    ("verdict", &["jose", "http"]),
    ("cli", &["jose", "verdict", "testbench", "doctor", "exit"]),
    ("doctor", &["client", "http", "jose", "verdict"]),
    ("testbench", &["jose", "verdict", "http"]),
    ("jose", &[]),
    ("http", &[]),
];
const BOTTOM: [&str; 8] = ["atomic_file", "claims", "scope", "secret", "clock", "json", "os_error", "text"];

/// A package, or a way to touch the world, and the only places where its name may stand.
const OWNERS: [(&str, &[&str]); 39] = [
    ("clap", &["cli", "lib.rs"]),
    ("tiny_http", &["server/engine.rs"]),
    ("mio", &["server/gate/"]),
    ("httparse", &["server/gate/"]),
    ("rustls::Server", &["server/gate/"]),
    ("socket2", &["server/listen.rs"]),
    (
        "rustix::process",
        &[
            "server/listen.rs",
            "server/gate/handshakes.rs",
            "commands/serve/command.rs",
            "commands/file_access.rs",
            "commands/serve/warnings.rs",
            "commands/interrupt.rs",
            "commands/environment.rs",
            "commands/init/templates.rs",
            "client/token_cache.rs",
            "registry/store/",
        ],
    ),
    ("rustix::termios", &["commands/prompt.rs"]),
    ("rustix::system", &["commands/serve/development.rs"]),
    ("rcgen", &["commands/serve/development.rs", "commands/probe/stranger.rs"]),
    ("signal_hook", &["commands/serve/events.rs", "commands/serve/running.rs", "commands/interrupt.rs"]),
    ("sd_notify", &["commands/serve/mod.rs", "commands/serve/running.rs"]),
    ("listenfd", &["commands/serve/sockets.rs"]),
    ("ureq", &["client/agent.rs", "client/agent/"]),
    ("jsonwebtoken", &["jose/"]),
    ("aws_lc_rs", &["jose/"]),
    ("colored", &["render/style.rs"]),
    ("argon2", &["registry/secret_hash.rs"]),
    ("std::env::var", &["commands/environment.rs", "render/style.rs"]),
    ("std::time::SystemTime::now", &["clock/moment.rs"]),
    ("rustix::time", &["clock/boot.rs"]),
    ("std::io::stdout", &["render/", "lib.rs"]),
    ("std::io::stdin", &["commands/"]),
    ("std::io::stderr", &["render/", "lib.rs", "commands/prompt.rs", "commands/probe/child.rs"]),
    (
        "std::fs",
        &[
            "atomic_file.rs",
            "commands/",
            "client/token_cache.rs",
            "clock/boot.rs",
            "registry/store/private_file.rs",
            "registry/store/sqlite/file.rs",
            "server/engine_socket.rs",
            "server/audit/target.rs",
        ],
    ),
    (
        "rustix::fs",
        &[
            "server/audit/target.rs",
            "commands/file_access.rs",
            "commands/serve/development.rs",
            "client/token_cache.rs",
            "render/print.rs",
        ],
    ),
    ("tempfile", &["atomic_file.rs"]),
    ("url::Url", &["client/redirect.rs", "http/address.rs"]),
    ("prometheus", &["server/metrics.rs", "server/metrics/"]),
    ("flate2", &["client/agent/content_coding.rs", "testbench/fault_answer.rs"]),
    ("webpki::Error", &["client/agent/tls_failure.rs"]),
    ("x509_cert", &["jose/"]),
    ("lru", &["registry/", "server/gate/connection_limits.rs"]),
    ("governor", &["registry/token_buckets.rs"]),
    ("ipnet", &["registry/networks.rs", "client/proxy.rs"]),
    ("rusqlite", &["registry/store/sqlite/"]),
    ("tokio_postgres", &["registry/store/postgres/"]),
    ("tokio", &["registry/store/postgres/"]),
    ("webpki_roots", &["registry/store/postgres/tls.rs", "client/agent/tls.rs"]),
];

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What cargo builds there, by hand or by a bench, is not the project's own source.
        if path.ends_with("target") {
            continue;
        }
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let sources = Sources::read();
    let mut seen = 0;
    for source in sources.iter() {
        for file in sources.used_by(source) {
            let (room, used) = (room(&source.file), room(file));
            let allowed = used == room
                || BOTTOM.contains(&used) && (!BOTTOM.contains(&room) || room == "claims")
                || arrows.get(room).is_some_and(|below| below.contains(&used));
            assert!(allowed || room == "lib" || room == "main", "src/{} uses src/{file}", source.file);
            seen += 1;
        }
    }
    assert!(seen > 500, "{seen} uses were seen: the test looks at the wrong place");
}

#[test]
fn each_package_and_effect_has_one_owner() {
    let sources = Sources::read();
    for (needle, owners) in OWNERS {
        let mut users = sources.iter().filter(|source| source.names_path(needle)).peekable();
        assert!(users.peek().is_some(), "nobody uses {needle}: the table is stale");
        for Source { file, .. } in users {
            assert!(
                owners.iter().any(|owner| file.starts_with(owner)),
                "src/{file} uses {needle}, which {owners:?} own"
            );
        }
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let mut files = Vec::new();
    for entry in ["src", "tests/integration", "benches"] {
        collect(&repository().join(entry), &mut files);
    }
    // What cargo writes beside the baseline's sources is for cargo.
    files.retain(|path| path.extension().is_some_and(|kind| kind == "rs" || kind == "sh"));
    assert!(files.len() > 50);
    for path in files {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}

/// Files that reach themselves by what they use: a reader cannot begin with any of them.
#[test]
fn no_file_needs_itself_through_others() {
    let sources = Sources::read();
    let uses: BTreeMap<&str, BTreeSet<&str>> =
        sources.iter().map(|source| (source.file.as_str(), sources.used_by(source))).collect();
    let circles: Vec<String> = uses.keys().filter_map(|file| circle(&uses, file)).collect();
    assert!(circles.is_empty(), "{} circles:\n{}", circles.len(), circles.join("\n"));
}

/// The shortest way from a file back to itself.
fn circle(uses: &BTreeMap<&str, BTreeSet<&str>>, start: &str) -> Option<String> {
    let mut ways: VecDeque<Vec<&str>> = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in &uses[way.last()?] {
            if *next == start {
                return Some([way.as_slice(), &[start]].concat().join(" -> "));
            }
            if seen.insert(*next) {
                ways.push_back([way.as_slice(), &[*next]].concat());
            }
        }
    }
    None
}

/// A name that stands for two things has to be looked up each time.
#[test]
fn a_type_name_stands_for_one_thing() {
    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let sources = Sources::read();
    for source in sources.iter() {
        for name in &source.types {
            named.entry(name.clone()).or_default().push(&source.file);
        }
    }
    let shared: Vec<_> = named.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

/// The map in docs/architecture.md leads somewhere, and it has every room.
#[test]
fn the_map_of_the_architecture_is_that_of_the_sources() {
    let map = std::fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let named: Vec<&str> =
        map.split('`').skip(1).step_by(2).filter(|name| name.starts_with("src/")).collect();
    assert!(named.len() > 40, "{named:?}");
    for name in &named {
        assert!(repository().join(name).exists(), "{name}");
    }
    for room in ARROWS.iter().map(|(room, _)| *room).chain(BOTTOM) {
        assert!(named.iter().any(|name| name.trim_end_matches(".rs") == format!("src/{room}")), "{room}");
    }
}

/// CONTRIBUTING.md, "Rules": a comment names its subject.
#[test]
fn no_comment_has_a_clause_with_who_or_what_as_its_subject() {
    let mut files = Vec::new();
    collect(&repository().join("src"), &mut files);
    for path in files {
        for (line, text) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let Some((_, comment)) = text.split_once("//") else { continue };
            let comment = comment.trim_start_matches(['/', '!']).trim_start();
            let is_clause = ["Who ", "What ", "Whoever "].iter().any(|word| comment.starts_with(word));
            assert!(!is_clause || comment.ends_with('?'), "{}:{}: {comment}", path.display(), line + 1);
        }
    }
}
