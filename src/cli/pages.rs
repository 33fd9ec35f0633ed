//! Pages of `heistctl help` and `heistctl man`.

use super::reference::environment::ENVIRONMENT;
use super::usage::topics::no_page;
use super::{Cli, reference};
use crate::exit::{Exit, Failure};
use clap::{Command, CommandFactory, Parser};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::io;

/// The long help of a command, or a reference page.
///
/// # Errors
/// Exit 2 for other words.
pub fn help(words: &[String]) -> Result<Vec<u8>, Failure> {
    if let [name] = words
        && let Some(text) = reference::named(name)
    {
        return Ok(text.into_bytes());
    }
    named("help", words)?;
    // Only the parser renders the page as `--help` does.
    let line = ["heistctl"].into_iter().chain(words.iter().map(String::as_str)).chain(["--help"]);
    Ok(Cli::try_parse_from(line).err().map(|page| page.to_string().into_bytes()).unwrap_or_default())
}

/// The command of these words.
fn named(page: &str, words: &[String]) -> Result<Command, Failure> {
    let mut all = Cli::command();
    all.build();
    let found = words.iter().try_fold(&all, |command, word| command.find_subcommand(word));
    found.cloned().ok_or_else(|| no_page(page, words))
}

/// A command's man page.
///
/// # Errors
/// Exit 2 for an unknown command.
pub fn man(words: &[String]) -> Result<Vec<u8>, Failure> {
    let command = named("man", words)?;
    page(&command).map_err(|error| Failure::new(Exit::Local, "man", error.to_string()))
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let source = format!("heistctl {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).manual("heistctl").source(source);
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(command).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    examples(command).to_writer(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    exit_codes().to_writer(&mut page)?;
    if command.get_name() == "heistctl" {
        environment().to_writer(&mut page)?;
    }
    Ok(ascii(&String::from_utf8_lossy(&page)).into_bytes())
}

/// Replaces non-ASCII characters with troff escapes, which every troff reads.
fn ascii(page: &str) -> String {
    let written = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    page.chars().map(written).collect()
}

/// The usage in one line. The generator would list every flag.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text([roman(usage.trim_start_matches("Usage: "))]);
    roff
}

/// The examples of the help page, with their spacing.
fn examples(command: &Command) -> Roff {
    let text = command.get_before_help().map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]).control("EX", []);
    for line in text.lines().filter_map(|line| line.strip_prefix("  ")) {
        roff.text([roman(line)]);
    }
    roff.control("EE", []);
    roff
}

fn exit_codes() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for exit in Exit::ALL {
        roff.control("TP", ["6"]).text([bold(exit.code().to_string())]).text([roman(exit.sentence())]);
    }
    roff
}

fn environment() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["ENVIRONMENT"]);
    for group in &ENVIRONMENT {
        roff.control("SS", [group.heading.replace('`', "").trim_end_matches(':')]);
        for variable in group.variables {
            let flag = if variable.flag.is_empty() { String::new() } else { format!(" ({})", variable.flag) };
            let meaning = format!("{}{flag}", variable.meaning.replace('`', ""));
            roff.control("TP", []).text([bold(variable.names)]).text([roman(meaning)]);
        }
    }
    roff
}
