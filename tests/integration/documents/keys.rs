//! docs/configuration.md and docs/tokens-in-scripts.md list each key that the program accepts, and no other;
//! each example is one that the program reads.

use super::document;
use heistctl::commands::configuration::schema::{SectionForm, TomlSection};
use heistctl::commands::serve::config::Config;
use heistctl::commands::serve::config_keys::HEIST_TOML;
use heistctl::commands::session::profile::Profiles;
use heistctl::commands::session::profile_keys::CONFIG_TOML;
use std::collections::BTreeSet;

/// A row of a table of keys: the key and the example.
struct Row {
    key: String,
    example: String,
}

/// The rows below a heading up to the next one, of tables with the columns key, default, example, meaning.
fn rows(name: &str, heading: &str) -> Vec<Row> {
    let text = document(name);
    let from = text.split_once(&format!("\n## {heading}\n")).expect("the heading is there").1;
    let section = from.split("\n## ").next().unwrap_or_default();
    let cells = section.lines().map(|line| line.split(" | ").collect::<Vec<_>>());
    let rows = cells.filter_map(|cells| {
        let [key, _, example, _] = cells.as_slice() else { return None };
        let key = key.strip_prefix("| `")?.strip_suffix('`')?.to_owned();
        Some(Row { key, example: example.strip_prefix('`')?.strip_suffix('`')?.to_owned() })
    });
    rows.collect()
}

/// Compares the rows with the keys of a section, and reads each example below these lines.
fn compare(place: (&str, &str), section: &TomlSection, above: &str, read: impl Fn(&str) -> Vec<String>) {
    let rows = rows(place.0, place.1);
    let written: BTreeSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(written.len(), rows.len(), "{place:?}: a key twice");
    let accepted: BTreeSet<&str> = section.keys.iter().map(|key| key.name).collect();
    assert_eq!(written, accepted, "{place:?}: on the left is what is written");
    for Row { key, example } in &rows {
        let assigned = format!("{key} = ");
        assert!(example.starts_with(&assigned), "{place:?}: {example}");
        let above = above.lines().filter(|line| !line.starts_with(&assigned));
        let toml = above.chain([example.as_str()]).collect::<Vec<_>>().join("\n");
        assert_eq!(read(&toml), Vec::<String>::new(), "{place:?}: {toml}");
    }
}

#[test]
fn the_keys_of_the_configuration_are_those_that_the_server_accepts() {
    let read = |toml: &str| {
        let (_, problems) = Config::parse("heist.toml", toml);
        problems.iter().map(ToString::to_string).collect()
    };
    for section in HEIST_TOML.sections {
        let heading = match section.form {
            SectionForm::Top => "Top-level keys".to_owned(),
            _ => format!("`{}`", section.header()),
        };
        let needed = match section.name {
            "trust" => "\nname = 'a'",
            "tls" => "\ncert_file = 'a'\nkey_file = 'b'",
            "client" => "\nid = 'a'",
            "resource" => "\nid = 'https://a.example'",
            "guard" => "\nname = 'a'",
            "client_documents" => "\nallow = ['https://a.example/*']",
            _ => "",
        };
        let above = format!("{}{needed}", section.header());
        compare(("docs/configuration.md", &heading), section, &above, read);
    }
}

#[test]
fn the_keys_of_a_profile_are_those_that_commands_accept() {
    let read = |toml: &str| {
        let problem = Profiles::parse("config.toml", toml).err();
        problem.iter().map(ToString::to_string).collect()
    };
    let profile = CONFIG_TOML.section("profile").expect("it is there");
    compare(("docs/tokens-in-scripts.md", "Profiles"), profile, "[profile.a]", read);
}
