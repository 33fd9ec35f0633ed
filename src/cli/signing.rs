//! Flags of commands that sign tokens: the key, the claims and the header.

use super::heading::{CLAIMS, KEY};
use super::inspect::SecretEncoding;
use super::parse::parse_scope;
use super::usage::value_parsers::{InvalidValue, file, parse_algorithm};
use crate::jose::algorithm::Algorithm;
use crate::scope::ScopeSet;
use clap::Args;
use std::path::PathBuf;

/// The value of `--store` without a URL: the store that a server would use.
pub const ANY_STORE: &str = "";

/// The key to sign with.
#[derive(Debug, Args)]
pub struct SigningArgs {
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
}

/// The claims of the token.
#[derive(Debug, Args)]
pub struct ClaimArgs {
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
}

/// Members of the token's header.
#[derive(Debug, Args)]
pub struct HeaderArgs {
    /// The header's typ [default: at+jwt or JWT]
    ///
    /// at+jwt with an audience (RFC 9068), else JWT.
    #[arg(long, value_name = "TYP", help_heading = CLAIMS)]
    pub typ: Option<String>,
    /// A member of the header; JSON or text
    #[arg(long, value_name = "NAME=VALUE", value_parser = header_member, help_heading = CLAIMS)]
    pub header: Vec<(String, String)>,
}

fn header_member(text: &str) -> Result<(String, String), InvalidValue> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(InvalidValue::new("is not NAME=VALUE")
            .hint("write --header kid=k1, or --header 'crit=[\"exp\"]'")),
    }
}
