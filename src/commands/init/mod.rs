//! `heistctl init`: writes a configuration with a first client, and never overwrites a file.

mod files;
pub mod report;
mod settings;
mod templates;

use super::environment::stdin_is_terminal;
use super::prompt;
use crate::cli::InitArgs;
use crate::exit::{Exit, Failure};
use crate::registry::generated_secret;
use crate::registry::secret_hash::SecretHash;
use report::{InitReport, PHASE};
use settings::{Questioner, settle};
use templates::Start;

/// Runs the command.
///
/// # Errors
/// Exit 2 if a setting is missing or not valid, 1 if a file exists or cannot be written.
pub fn run(args: &InitArgs) -> Result<InitReport, Failure> {
    let folder = args.folder.as_path();
    let start = Start::of(args, folder)?;
    // Before a person is asked for anything.
    files::check_absent(folder, &start.names())?;
    let ask: Questioner<'_> = &mut |question, default| prompt::text(question, default, PHASE);
    let settings = settle(args, stdin_is_terminal().then_some(ask))?;
    let made = generated_secret::secret();
    let secret = made.map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))?;
    let files = start.files(&settings, &SecretHash::of(&secret).text());
    let written = files::write(folder, &files)?;
    let next = start.command(&written);
    Ok(InitReport { client: settings.client, secret, files: written, next, json: args.json })
}
