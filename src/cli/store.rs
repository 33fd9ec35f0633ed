//! Flags of commands that use a store.

use super::duration::parse_duration;
use clap::Args;
use std::time::Duration;

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
    /// Fail if the store does not exist
    #[arg(long, global = true, display_order = 100)]
    pub must_exist: bool,
    /// Print a JSON object
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
}
