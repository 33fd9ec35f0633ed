//! Flags of `store`, and those of all commands that use a store.

use super::duration::parse_duration;
use super::heading::EXAMPLES_FIRST;
use super::usage::value_parsers::file;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct StoreArgs {
    /// sqlite:PATH or postgres://HOST/DATABASE
    ///
    /// Without the flag: HEISTCTL_STORE, else the store of the server's configuration, else heistctl.db in
    /// STATE_DIRECTORY, beside the configuration, or in the user's data folder.
    #[arg(id = "store", long, global = true, value_name = "URL", display_order = 100)]
    pub url: Option<String>,
    /// Configuration [default: ./heist.toml if there]
    ///
    /// Says where the store is. Without the flag: HEISTCTL_CONFIG, else ./heist.toml if there.
    #[arg(long, global = true, value_name = "FILE", value_parser = file(), display_order = 100)]
    pub config: Option<PathBuf>,
    /// Wait for an absent store, as 30s [default: 0s]
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        default_value = "0s",
        hide_default_value = true,
        value_parser = parse_duration,
        display_order = 100
    )]
    pub wait_for_store: Duration,
    /// Fail if the store does not exist
    #[arg(long, global = true, display_order = 100)]
    pub must_exist: bool,
    /// Print a JSON object
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl store backup heistctl-2026-11-29.db
  heistctl store restore heistctl-2026-11-29.db --replace
  heistctl store check
  heistctl store export > clients.jsonl
"
)]
pub struct StoreCommandArgs {
    #[command(subcommand)]
    pub command: StoreCommand,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Copy the store into one file, while servers run
    ///
    /// The copy is consistent, and checked before it gets its name. It is a SQLite store, also of a
    /// PostgreSQL database. Sealed keys stay sealed.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl store backup heistctl-2026-11-29.db
  heistctl store backup backup.db --store postgres://heist@db/heist
"
    )]
    Backup(BackupArgs),
    /// Put a backup into an empty store
    ///
    /// Servers may run meanwhile. The backup may come from the other kind of database.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl store restore heistctl-2026-11-29.db
  heistctl store restore heistctl-2026-11-29.db --replace
"
    )]
    Restore(RestoreArgs),
    /// Read everything: is it whole, and do its keys open?
    ///
    /// Exit code 8 if something is damaged, or a sealed key does not open with HEISTCTL_STORE_KEY. The store
    /// stays unchanged.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl store check
  heistctl store check --store sqlite:backup.db
"
    )]
    Check,
    /// Print the clients with the hashes of their secrets
    ///
    /// One JSON object per line, without signing keys and without secrets that clients sign with
    /// (client_secret_jwt). A weak secret could be found from its hash: keep the file private.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl store export > clients.jsonl
  heistctl store export | jq -r .id
"
    )]
    Export,
    /// Register the clients of an export, all or none
    ///
    /// Their secrets stay valid. heistctl client import reads files of other origin.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl store import clients.jsonl
  heistctl store export | heistctl store import - --store sqlite:other.db
"
    )]
    Import(StoreImportArgs),
}

impl StoreCommand {
    /// The subcommand's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Backup(_) => "backup",
            Self::Restore(_) => "restore",
            Self::Check => "check",
            Self::Export => "export",
            Self::Import(_) => "import",
        }
    }
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// A new file
    ///
    /// It is readable for its owner only.
    #[arg(value_parser = file())]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Replace what the store has
    ///
    /// Its clients, signing keys and revocations are lost, unless a running server knows the revocation.
    #[arg(long)]
    pub replace: bool,
    /// The backup, which stays unchanged
    #[arg(value_parser = file())]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct StoreImportArgs {
    /// Lines of `store export`; - for stdin
    #[arg(value_parser = file())]
    pub file: PathBuf,
}
