//! Flags for the tokens of trusted issuers that stand for a client in place of a secret.

use super::heading::AUTHENTICATION;
use super::usage::value_parsers::InvalidValue;
use clap::Args;
use serde_json::Value;

#[derive(Debug, Default, Args)]
pub struct IdentityFlags {
    /// A [[trust]] of the server whose tokens it has
    ///
    /// In place of a secret, with --sub or --sub-glob and --claim. Replaces the rules that it has.
    #[arg(long, value_name = "NAME", help_heading = AUTHENTICATION)]
    pub trust: Option<String>,
    /// With --trust: the exact sub of such a token
    #[arg(long, value_name = "SUB", requires = "trust", help_heading = AUTHENTICATION)]
    pub sub: Option<String>,
    /// With --trust: a pattern; * stops at : and /
    ///
    /// ** does not stop.
    #[arg(
        long,
        value_name = "PATTERN",
        requires = "trust",
        conflicts_with = "sub",
        help_heading = AUTHENTICATION
    )]
    pub sub_glob: Option<String>,
    /// With --trust: a claim it must have; repeatable
    ///
    /// The value is a text, as in --claim repository_id=74.
    #[arg(
        long,
        value_name = "NAME=VALUE",
        requires = "trust",
        value_parser = parse_claim,
        help_heading = AUTHENTICATION
    )]
    pub claim: Vec<(String, String)>,
    /// With --trust: strangers may fit the rule
    ///
    /// The server does not use rules that are open to everybody at a shared platform without it.
    #[arg(long, requires = "trust", help_heading = AUTHENTICATION)]
    pub allow_broad: bool,
    /// Several rules at once, as JSON
    ///
    /// As in heist.toml: '[{"trust":"github","sub":"repo:acme/api:environment:prod"}]'. '[]' removes them.
    #[arg(
        long,
        value_name = "JSON",
        conflicts_with = "trust",
        value_parser = parse_rules,
        help_heading = AUTHENTICATION
    )]
    pub federated: Option<RulesFlag>,
    /// Claim of such a token for its own; repeatable
    #[arg(long, value_name = "NAME", help_heading = AUTHENTICATION)]
    pub claims_from: Vec<String>,
}

/// A JSON array of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesFlag(pub Vec<Value>);

fn parse_claim(text: &str) -> Result<(String, String), InvalidValue> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err(InvalidValue::new("is not NAME=VALUE").hint("write it as --claim repository_id=74")),
    }
}

fn parse_rules(text: &str) -> Result<RulesFlag, InvalidValue> {
    const EXAMPLE: &str =
        "write it as --federated '[{\"trust\":\"github\",\"sub\":\"repo:acme/api:environment:prod\"}]'";
    match serde_json::from_str(text) {
        Ok(Value::Array(rules)) => Ok(RulesFlag(rules)),
        Ok(_) => Err(InvalidValue::new("is not a JSON array").hint(EXAMPLE)),
        Err(_) => Err(InvalidValue::new("is not JSON").hint(EXAMPLE)),
    }
}
