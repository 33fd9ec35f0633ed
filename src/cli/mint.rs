//! Flags of `mint`.

use super::duration::parse_duration;
use super::heading::{CLAIMS, EXAMPLES_FIRST, KEY, OUTPUT};
use super::inspect::SecretEncoding;
use super::parse::parse_scope;
use super::usage::value_parsers::{InvalidValue, file, parse_algorithm};
use crate::clock::Timestamp;
use crate::jose::algorithm::Algorithm;
use crate::scope::ScopeSet;
use crate::testbench::flaw::Flaw;
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use std::path::PathBuf;
use std::time::Duration;

/// The value of `--store` without a URL: the store that a server would use.
pub const ANY_STORE: &str = "";

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl mint --key key.pem --iss https://as.example.com --aud orders
  heistctl mint --secret-file secret --sub alice --scope 'a b' --expires 5m
  heistctl mint --key key.pem --claims @claims.json --broken expired
  heistctl mint --key key.pem --claims '{\"roles\":[\"admin\"]}' --header kid=k1
",
    after_help = flaws()
)]
pub struct MintArgs {
    /// Private key: PEM, DER or JWK; - is stdin
    #[arg(long, value_name = "FILE", group = "signing", value_parser = file(), help_heading = KEY)]
    pub key: Option<PathBuf>,
    /// File with the HMAC secret; - is stdin
    ///
    /// One trailing line end is not part of the secret.
    #[arg(long, value_name = "FILE", group = "signing", help_heading = KEY)]
    pub secret_file: Option<PathBuf>,
    /// raw, base64, base64url or hex
    ///
    /// Encoding of the secret. raw uses every byte, including a line end.
    #[arg(
        long,
        value_name = "ENCODING",
        requires = "secret_file",
        hide_possible_values = true,
        help_heading = KEY
    )]
    pub secret_encoding: Option<SecretEncoding>,
    /// The key that a store signs with
    ///
    /// Without URL: the server's store, as for `key`. Needs --yes-sign-with-this-key, because APIs accept such
    /// a token; the store's history then has an entry.
    #[arg(
        long,
        value_name = "URL",
        num_args = 0..=1,
        default_missing_value = ANY_STORE,
        group = "signing",
        help_heading = KEY
    )]
    pub store: Option<String>,
    /// With --store: the server's heist.toml
    ///
    /// Says where the store is. Without the flag: HEISTCTL_CONFIG, else ./heist.toml if there.
    #[arg(long, value_name = "FILE", requires = "store", value_parser = file(), help_heading = KEY)]
    pub config: Option<PathBuf>,
    /// With --store: sign with a key that is in use
    #[arg(long, requires = "store", help_heading = KEY)]
    pub yes_sign_with_this_key: bool,
    /// Algorithm [default: by the key]
    #[arg(long, value_name = "ALG", value_parser = parse_algorithm, help_heading = KEY)]
    pub alg: Option<Algorithm>,
    /// Claims: a JSON object; @FILE reads it, @- is stdin
    #[arg(long, value_name = "JSON|@FILE", help_heading = CLAIMS)]
    pub claims: Option<String>,
    /// The issuer
    #[arg(long, value_name = "URL", help_heading = CLAIMS)]
    pub iss: Option<String>,
    /// The subject
    #[arg(long, value_name = "SUB", help_heading = CLAIMS)]
    pub sub: Option<String>,
    /// An audience; may be repeated
    #[arg(long, value_name = "AUD", help_heading = CLAIMS)]
    pub aud: Vec<String>,
    /// Scopes
    #[arg(long, value_name = "SCOPE", value_parser = parse_scope, help_heading = CLAIMS)]
    pub scope: Vec<ScopeSet>,
    /// Lifetime [default: 1h]
    #[arg(
        long,
        value_name = "TIME",
        default_value = "1h",
        hide_default_value = true,
        value_parser = parse_duration,
        help_heading = CLAIMS
    )]
    pub expires: Duration,
    /// Date it at this time: RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME", help_heading = CLAIMS)]
    pub now: Option<Timestamp>,
    /// The header's typ [default: at+jwt or JWT]
    ///
    /// at+jwt with an audience (RFC 9068), else JWT.
    #[arg(long, value_name = "TYP", help_heading = CLAIMS)]
    pub typ: Option<String>,
    /// A member of the header; JSON or text
    #[arg(long, value_name = "NAME=VALUE", value_parser = header_member, help_heading = CLAIMS)]
    pub header: Vec<(String, String)>,
    /// Make it wrong in one thing; see below
    #[arg(long, value_name = "FLAW", value_parser = FlawNames, hide_possible_values = true, help_heading = OUTPUT)]
    pub broken: Option<Flaw>,
    /// Print token, header and claims as JSON
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
}

fn flaws() -> String {
    let row = |flaw: Flaw| format!("  {:<14}{}\n", flaw.name(), flaw.meaning());
    format!("Flaws:\n{}", Flaw::ALL.map(row).concat())
}

fn header_member(text: &str) -> Result<(String, String), InvalidValue> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(InvalidValue::new("is not NAME=VALUE")
            .hint("write --header kid=k1, or --header 'crit=[\"exp\"]'")),
    }
}

/// The flaws by name, for completions and for the parser.
#[derive(Clone)]
struct FlawNames;

impl TypedValueParser for FlawNames {
    type Value = Flaw;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Flaw, clap::Error> {
        let names = clap::builder::PossibleValuesParser::new(Flaw::ALL.map(Flaw::name));
        let name = names.parse_ref(command, arg, value)?;
        name.parse().map_err(|_| clap::Error::new(clap::error::ErrorKind::InvalidValue).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Flaw::ALL.into_iter().map(|flaw| PossibleValue::new(flaw.name()).help(flaw.meaning()))))
    }
}
