//! How full each bound is stands in the metrics, and what happens beyond it in docs/operations.md.

use crate::registry::{Store, token};
use crate::support::{heistctl, repository};

/// The value of a metric.
fn value(text: &str, metric: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn every_bound_has_its_gauges_and_its_line_in_the_documents() {
    let store = Store::new();
    let toml = "issuer = 'https://as.example.com'\n";
    store.file("heist.toml", toml);
    let secret = store.add("a", &["--scope", "x"]);
    let args =
        ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--store", &store.url()];
    let server = heistctl(args).in_folder(store.folder.path()).serve();
    let before = server.metrics();
    token(&server, "a", &secret).exits(0);
    token(&server, "nobody", "x").exits(4);
    let after = server.metrics();
    let operations = std::fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let names =
        after.lines().filter_map(|line| line.strip_prefix("heistctl_bound_used{bound=\"")?.split('"').next());
    let names: Vec<&str> = names.collect();
    assert_eq!(names.len(), 12, "{after}");
    for name in names {
        let gauge = |of: &str, text| value(text, &format!("heistctl_bound_{of}{{bound=\"{name}\"}}"));
        let (used, limit) = (gauge("used", &after).unwrap(), gauge("limit", &after).unwrap());
        assert!(used <= limit && limit > 0, "{name}: {used} of {limit}");
        assert!(operations.contains(&format!("`{name}`")), "docs/operations.md has no {name}");
        let expected = match name {
            "config_bytes" => toml.len() as u64,
            "absent_ids" => 1,
            "clients_remembered_bytes" => {
                assert_eq!(gauge("used", &before), Some(0));
                assert!((500..5000).contains(&used), "{used}");
                used
            }
            // Whether it is written already depends on when the store was last asked.
            "uses_to_write" => used.min(1),
            _ => 0,
        };
        assert_eq!(used, expected, "{name}");
    }
    assert_eq!(value(&after, "heistctl_clients_remembered"), Some(1));
}

#[test]
fn a_configuration_that_is_too_long_is_refused_with_its_cure() {
    let store = Store::new();
    store.file("heist.toml", &"#".repeat(1024 * 1024 + 1));
    let ran = heistctl(["serve", "--check"]).in_folder(store.folder.path()).run();
    ran.fails(2, &["heist.toml", "is larger than 1048576 bytes", "heistctl client import"]);
}
