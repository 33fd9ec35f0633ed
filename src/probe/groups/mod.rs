//! The tables of the battery, one file per group.

mod algorithms;
mod answers;
pub(super) mod binding;
mod forged_keys;
mod gateway;
mod issuer_audience;
mod issuer_keys;
mod key_ids;
mod kind;
mod permission;
mod presentation;
mod structure;
mod time;

use super::case::ProbeCase;

/// All rows, in the order in which they are tried.
pub const TABLES: [&[ProbeCase]; 10] = [
    &presentation::CASES,
    &structure::CASES,
    &algorithms::CASES,
    &time::CASES,
    &issuer_audience::CASES,
    &kind::CASES,
    &permission::CASES,
    &binding::CASES,
    &gateway::CASES,
    &answers::CASES,
];
