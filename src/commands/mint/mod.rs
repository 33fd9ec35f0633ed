//! `heistctl mint`: makes a token for a test, offline.

pub(in crate::commands) mod claims;
pub(in crate::commands) mod keys;
pub mod report;

use super::Report;
use crate::cli::MintArgs;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::jose::digest;
use crate::jose::sign::SignError;
use crate::json::Json;
use crate::testbench::draft::TokenDraft;
use report::{MintReport, PHASE};

/// Runs the command.
///
/// # Errors
/// Exit 2 if there is no key, or claims are not valid; 1 if the store fails.
pub fn run(args: &MintArgs) -> anyhow::Result<Report> {
    let now = args.now.unwrap_or_else(Timestamp::now);
    let claims = claims::of(&args.claims, PHASE)?;
    let key = keys::of(&args.signing, PHASE)?;
    let id = digest::random().map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))?;
    let mut draft = TokenDraft::new(claims, &key.signer, now, args.expires, id);
    for (name, value) in claims::header(&args.header) {
        draft.header.set(&name, value);
    }
    // The history has the entry before anybody has the token.
    key.record(draft.claims.get("jti").and_then(Json::as_str).unwrap_or_default())?;
    let token = match args.broken {
        None => draft.signed(&key.signer),
        Some(flaw) => flaw.signed(&draft, &key.signer, now),
    };
    let token = token.map_err(|error: SignError| Failure::new(Exit::Local, PHASE, error.to_string()))?;
    Ok(Report::Mint(MintReport { token, json: args.json, notes: key.notes }))
}
