//! Finds and reads the configuration file of a server.

use super::config::Config;
use super::config_keys::HEIST_TOML;
use super::limits;
use super::placeholders::{self, LeftPlaceholder};
use super::problems::{PHASE, Problems, wrong};
use crate::cli::{LogForm, ServeArgs};
use crate::commands::configuration;
use crate::commands::environment::{MAX_INPUT, Sourced, read_all, var};
use crate::commands::store::StoreUrl;
use crate::exit::{Exit, Failure, Place};
use crate::os_error::{plain, plain_chain};
use std::path::{Path, PathBuf};

const DEFAULT_FILE: &str = "heist.toml";
/// The hint for a server without a configuration.
const FIRST_FILE: &str = "heistctl serve --demo needs none; to start with one, write into heist.toml: \
                          issuer = \"https://as.example.com\"; --config names another file";

/// A configuration and its file.
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) config: Config,
    pub(super) problems: Problems,
    pub(super) text: String,
    /// The values that still have a placeholder.
    pub(super) placeholders: Vec<LeftPlaceholder>,
    /// Warnings about empty lists of networks.
    pub(super) empty_lists: Vec<String>,
}

/// Reads the configuration. Returns `None` if a store is enough to serve.
///
/// # Errors
/// If the file does not exist or its sections cannot be recognized.
pub(super) fn read(args: &ServeArgs) -> Result<Option<ConfigFile>, Failure> {
    let Some(file) = find(args)? else { return Ok(None) };
    let text = read_text(&file)?;
    let (config, problems) = Config::parse(&file.value.display().to_string(), &text);
    let repaired = configuration::repaired(&HEIST_TOML, &text);
    let table: toml::Table = toml::from_str(&repaired).unwrap_or_default();
    let (placeholders, empty_lists) = (placeholders::left_in(&table), limits::empty_lists(&table));
    let problems = Problems::new(problems);
    let Some(config) = config else {
        return problems.end(None);
    };
    Ok(Some(ConfigFile { path: file.value, config, problems, text, placeholders, empty_lists }))
}

fn find(args: &ServeArgs) -> Result<Option<Sourced<PathBuf>>, Failure> {
    if let Some(path) = &args.config {
        return Ok(Some(Sourced::new(path.clone(), "--config")));
    }
    if let Some(path) = var("HEISTCTL_CONFIG")? {
        return Ok(Some(Sourced::new(PathBuf::from(path.value), path.origin)));
    }
    if Path::new(DEFAULT_FILE).exists() {
        return Ok(Some(Sourced::new(PathBuf::from(DEFAULT_FILE), "this folder")));
    }
    if StoreUrl::settle(args.store.as_deref(), None)?.is_some() {
        return Ok(None);
    }
    let what = format!("there is no {DEFAULT_FILE} here");
    Err(Failure::new(Exit::Usage, PHASE, what).hint(FIRST_FILE))
}

/// The form of the log in a configuration that may have mistakes elsewhere.
pub(super) fn log_form(args: &ServeArgs) -> Option<LogForm> {
    let text = read_text(&find(args).ok()??).ok()?;
    let is_json = |line: &str| {
        let (key, value) = line.split_once('=').unwrap_or_default();
        key.trim() == "log" && ["\"json\"", "'json'"].iter().any(|json| value.trim().starts_with(json))
    };
    text.lines().take_while(|line| !line.starts_with('[')).any(is_json).then_some(LogForm::Json)
}

fn read_text(file: &Sourced<PathBuf>) -> Result<String, Failure> {
    let path = &file.value;
    let name = format!("{} (from {})", path.display(), file.origin);
    if path.is_dir() {
        return Err(wrong(format!("{name} is a folder")).hint("name the file in it, as --config heist.toml"));
    }
    let opened = std::fs::File::open(path);
    let reader = opened.map_err(|error| {
        wrong(format!("cannot read {name}: {}", plain(&error)))
            .hint("check that the path is right and that you may read it")
    })?;
    let bytes = read_all(reader, &name).map_err(|error| {
        let failure = wrong(plain_chain(&error));
        if std::fs::metadata(path).is_ok_and(|file| file.len() > MAX_INPUT) {
            return failure.hint("clients in a store need no configuration: heistctl client import FILE");
        }
        failure
    })?;
    String::from_utf8(bytes)
        .map_err(|error| encoding(path, error.as_bytes(), error.utf8_error().valid_up_to()))
}

/// The failure of a file that is not UTF-8, with the command that converts it.
fn encoding(path: &Path, bytes: &[u8], at: usize) -> Failure {
    let name = path.display();
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return wrong(format!("{name} is UTF-16, and heist.toml is UTF-8"))
            .hint(format!("iconv -f UTF-16 -t UTF-8 {name} > utf8.toml converts it"));
    }
    if bytes.contains(&0) {
        return wrong(format!("{name} is not a text file"))
            .hint(format!("--config takes heist.toml; file {name} shows what it is"));
    }
    let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    wrong("not UTF-8".to_owned())
        .at(Place::line(&name.to_string(), line))
        .hint(format!("iconv -f ISO-8859-1 -t UTF-8 {name} > utf8.toml converts it"))
}
