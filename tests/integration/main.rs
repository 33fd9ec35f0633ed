//! The binary as its users see it. One file a subcommand, `flow` for the whole, `support` for the
//! harness. Loopback only, on ports that the system gives.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::too_many_lines,
    reason = "a test may fail, says when it is skipped, and a table of cases is one function"
)]

mod agreement;
mod attacks;
mod cache;
mod call;
mod certificates;
mod completions;
mod config;
mod faults;
mod flow;
mod inspect;
mod inspect_cases;
mod issuer;
mod keys;
mod known_answers;
mod layers;
mod limits;
mod metadata;
mod online;
mod profiles;
mod proofs;
mod readme;
mod secrets;
mod serve;
mod support;
mod token;
mod watching;
