//! The flags of commands that work on a store, as typed.

use super::duration::parse_duration;
use clap::Args;
use std::time::Duration;

/// Which store, and how it is opened and answered from.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// sqlite:PATH or postgres://HOST/DATABASE
    ///
    /// Without the flag: HEISTCTL_STORE, else a SQLite file of the user's.
    #[arg(id = "store", long, global = true, value_name = "URL", display_order = 100)]
    pub url: Option<String>,
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
    /// Refuse where there is no store yet
    #[arg(long, global = true, display_order = 100)]
    pub must_exist: bool,
    /// Answer with a JSON object
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
}
