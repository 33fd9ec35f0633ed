//! Reference pages for the terminal: configuration, environment and exit codes, 80 columns wide.

pub mod client_documents;
pub mod config_key;
pub mod configuration;
pub mod environment;
pub mod guard_keys;
pub mod trust_keys;

use crate::exit::Exit;
use configuration::HEIST_TOML;
use environment::ENVIRONMENT;

const COLUMNS: usize = 80;

/// The reference page with that name.
#[must_use]
pub fn named(name: &str) -> Option<String> {
    match name {
        "config" => Some(configuration_text()),
        "environment" => Some(environment_text()),
        "exit-codes" => Some(exit_codes_text()),
        _ => None,
    }
}

fn configuration_text() -> String {
    let mut out = "The keys of heist.toml, each with an example.\n".to_owned();
    for section in &HEIST_TOML {
        let header = if section.header.is_empty() { String::new() } else { format!("{}\n", section.header) };
        out.push_str(&format!("\n{header}"));
        for key in section.keys {
            let meaning = format!("{}. Default: {}.", plain(key.meaning), plain(key.default));
            let meaning = meaning.replace("Default: required.", "Required.");
            out.push_str(&format!("{} = {}\n{}", key.name, key.example, wrapped(&meaning, "    ", "    ")));
        }
    }
    out
}

fn environment_text() -> String {
    let mut out = "A flag overrides its variable. An empty variable counts as not set.\n".to_owned();
    for group in &ENVIRONMENT {
        out.push_str(&format!("\n{}\n", plain(group.heading)));
        for variable in group.variables {
            let flag = if variable.flag.is_empty() { String::new() } else { format!(" ({})", variable.flag) };
            let meaning = format!("{}{flag}", plain(variable.meaning));
            out.push_str(&format!("  {}\n{}", variable.names, wrapped(&meaning, "      ", "      ")));
        }
    }
    out
}

fn exit_codes_text() -> String {
    let line = |exit: &Exit| wrapped(exit.sentence(), &format!("{:>5}  ", exit.code()), "       ");
    Exit::ALL.iter().map(line).collect()
}

/// Removes Markdown's code marks.
fn plain(markdown: &str) -> String {
    markdown.replace('`', "")
}

/// Wraps a text. Each line ends with a newline.
fn wrapped(text: &str, first: &str, indent: &str) -> String {
    let (mut out, mut line) = (String::new(), first.to_owned());
    let mut is_first = true;
    for word in text.split_whitespace() {
        if !is_first && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            out.push_str(&line);
            out.push('\n');
            line = indent.to_owned();
            is_first = true;
        }
        line.push_str(if is_first { "" } else { " " });
        line.push_str(word);
        is_first = false;
    }
    format!("{out}{line}\n")
}
