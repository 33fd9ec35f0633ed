//! `heistctl help config` and `heistctl help environment` say what the documents say.

use super::document;
use heistctl::cli::reference::configuration::HEIST_TOML;
use heistctl::cli::reference::environment::ENVIRONMENT;

/// A row without the addresses of its links, which a terminal does not show.
fn without_links(row: &str) -> String {
    let mut parts = row.split("](");
    let first = parts.next().unwrap_or_default().replace('[', "");
    parts.fold(first, |out, part| out + &part.split_once(')').map_or("", |(_, rest)| rest).replace('[', ""))
}

/// The rows of a section's tables.
fn rows(name: &str, heading: &str) -> Vec<String> {
    let text = document(name);
    let from = text.split_once(&format!("\n## {heading}\n")).expect("the heading is there").1;
    let lines = from.split("\n## ").next().unwrap_or_default().lines();
    lines.filter(|line| line.starts_with("| `")).map(str::to_owned).collect()
}

#[test]
fn the_reference_of_the_configuration_is_that_of_the_document() {
    for section in &HEIST_TOML {
        let heading = if section.header.is_empty() { "Top-level keys" } else { section.header };
        let heading = if section.header.is_empty() { heading.to_owned() } else { format!("`{heading}`") };
        let written = rows("docs/configuration.md", &heading);
        let written: Vec<String> =
            written.into_iter().filter(|row| row.matches(" | ").count() == 3).collect();
        let row = |key: &heistctl::cli::reference::configuration::ConfigKey| {
            let (name, example) = (key.name, key.example);
            format!("| `{name}` | {} | `{name} = {example}` | {} |", key.default, key.meaning)
        };
        let known: Vec<String> = section.keys.iter().map(row).collect();
        assert_eq!(known, written, "{heading}: on the left is what the program prints");
    }
}

#[test]
fn the_reference_of_the_environment_is_that_of_the_document() {
    let written: Vec<String> = rows("docs/reference.md", "Environment variables");
    let written: Vec<String> = written.iter().map(|row| without_links(row).replace('`', "")).collect();
    let mut known = Vec::new();
    for group in &ENVIRONMENT {
        let has_flags = group.variables.iter().any(|variable| !variable.flag.is_empty());
        for variable in group.variables {
            let flag = match variable.flag {
                "" if has_flags => " |".to_owned(),
                "" => String::new(),
                flag => format!(" {flag} |"),
            };
            let meaning = variable.meaning.replace('`', "");
            known.push(format!("| {} |{flag} {meaning} |", variable.names));
        }
    }
    assert_eq!(known, written, "on the left is what the program prints");
}
