//! The binary as its users see it. One file a subcommand, `flow` for the whole, `support` for the
//! harness. Loopback only, on ports that the system gives.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::too_many_lines,
    reason = "a test may fail, says when it is skipped, and a table of cases is one function"
)]

mod absent_stores;
mod acting;
mod agreement;
mod attacks;
mod audit;
mod away;
mod balanced;
mod banner;
mod bounds;
mod bulkheads;
mod cache;
mod call;
mod call_tokens;
mod callers;
mod certificates;
mod check;
mod checked_certificates;
mod checked_clients;
mod checked_files;
mod checked_urls;
mod client_keys;
mod clocks;
mod codings;
mod command;
mod completions;
mod config;
mod damaged;
mod documents;
mod durable;
mod encodings;
mod exchange;
mod faults;
mod flow;
mod fresh_secrets;
mod guard;
mod guard_server;
mod handshakes;
mod hanging_starts;
mod health;
mod health_command;
mod help;
mod hostile;
mod imports;
mod inspect;
mod inspect_cases;
mod interrupted;
mod introspection;
mod invisible;
mod issuer;
mod json;
mod key_files;
mod keys;
mod known_answers;
mod layers;
mod life;
mod limits;
mod listing;
mod lost_secrets;
mod metadata;
mod mint;
mod mistakes;
mod monitoring;
mod mutual_tls;
mod nodes;
mod odd_answers;
mod online;
mod profiles;
mod proofs;
mod proxies;
mod public_documents;
mod redaction;
mod redirects;
mod registry;
mod replays;
mod resealed;
mod resources;
mod run_settings;
mod scenarios;
mod secret_commands;
mod secrets;
mod serve;
mod served_certificates;
mod shown_certificates;
mod signing_keys;
mod starts;
mod store_files;
mod stored_settings;
mod strict_clients;
mod support;
mod systemd;
mod tls;
mod tls_faults;
mod token;
mod token_answers;
mod unknown_clients;
mod warnings;
mod watching;
mod weak_keys;
