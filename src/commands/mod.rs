//! The subcommands, one module each: they read files, environment and stdin, do the work, and return a
//! report. They print nothing.

pub mod call;
pub mod client;
pub mod configuration;
mod declared;
pub mod doctor;
pub mod environment;
mod file_access;
pub mod git_credential;
pub mod health;
pub mod history;
mod hmac_secret;
pub mod init;
pub mod inspect;
pub mod interrupt;
pub mod key;
mod listen_address;
pub mod mint;
mod misplaced;
mod pasted_token;
pub mod probe;
mod prompt;
mod report;
pub mod serve;
mod server_secrets;
mod server_url;
pub mod session;
pub mod store;
pub mod store_command;
mod store_examination;
pub mod store_key;
pub mod test;
pub mod token;
pub mod trust;

pub use report::Report;
