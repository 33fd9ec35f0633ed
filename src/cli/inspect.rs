//! Flags of `inspect`.

use super::duration::parse_duration;
use super::heading::EXAMPLES_FIRST;
use super::heading::{EXPECTATIONS, KEY, ONLINE, OUTPUT};
use super::parse::parse_scope;
use super::parse::parse_token;
use super::usage::value_parsers::{file, parse_algorithm, parse_check, parse_inspected};
use crate::clock::Timestamp;
use crate::jose::algorithm::Algorithm;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::verdict::CheckName;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl token | heistctl inspect
  heistctl inspect --secret-file key --iss https://as.example.com < token.txt
  heistctl inspect --key public.pem --aud orders --as-api < token.txt
  heistctl inspect --issuer https://as.example.com < token.txt  (fetches keys)
  heistctl inspect --introspect < token.txt                     (asks issuer)
  heistctl inspect --redact < token.txt                         (for a ticket)
"
)]
pub struct InspectArgs {
    /// The token; - or nothing reads HEISTCTL_TOKEN or stdin
    ///
    /// Other users of this machine can see a token in the command line: argv is public.
    #[arg(value_name = "TOKEN|-", value_parser = parse_inspected)]
    pub token: Option<Secret>,
    /// File with the HMAC secret
    ///
    /// One trailing line end is not part of the secret.
    #[arg(long, value_name = "FILE", group = "vouching", help_heading = KEY)]
    pub secret_file: Option<PathBuf>,
    /// Variable that holds the HMAC secret
    #[arg(long, value_name = "NAME", group = "vouching", help_heading = KEY)]
    pub secret_env: Option<String>,
    /// raw, base64, base64url or hex
    ///
    /// Encoding of the secret. raw uses every byte, including a line end.
    #[arg(
        long,
        value_name = "ENCODING",
        requires = "vouching",
        hide_possible_values = true,
        help_heading = KEY
    )]
    pub secret_encoding: Option<SecretEncoding>,
    /// Public key: PEM, certificate, JWK or JWK Set
    #[arg(long, value_name = "FILE", group = "vouching", value_parser = file(), help_heading = KEY)]
    pub key: Option<PathBuf>,
    /// File with a JWK Set
    #[arg(long, value_name = "FILE", group = "vouching", value_parser = file(), help_heading = KEY)]
    pub jwks: Option<PathBuf>,
    /// Fetch this issuer's keys, and expect it as iss
    #[arg(long, value_name = "URL", group = "vouching", help_heading = ONLINE)]
    pub issuer: Option<String>,
    /// Fetch the JWK Set at this address
    #[arg(long, value_name = "URL", group = "vouching", help_heading = ONLINE)]
    pub jwks_url: Option<String>,
    /// Introspect the token at its issuer (RFC 7662)
    ///
    /// Uses the client from the environment or --profile. The issuer comes from --issuer, else from
    /// HEISTCTL_TOKEN_URL, HEISTCTL_ISSUER or the profile.
    #[arg(long, conflicts_with = "view", help_heading = ONLINE)]
    pub introspect: bool,
    /// Introspection endpoint
    ///
    /// Default: as the issuer's metadata says, else beside the token endpoint.
    #[arg(long, value_name = "URL", requires = "introspect", help_heading = ONLINE)]
    pub introspection_url: Option<String>,
    /// Profile of the client that introspects
    ///
    /// Without the flag: HEISTCTL_PROFILE.
    #[arg(long, value_name = "NAME", requires = "introspect", help_heading = ONLINE)]
    pub profile: Option<String>,
    /// Authorities to trust instead of the usual ones
    ///
    /// PEM. Without the flag: SSL_CERT_FILE.
    #[arg(long, value_name = "FILE", value_parser = file(), help_heading = ONLINE)]
    pub cacert: Option<PathBuf>,
    /// Fetch keys over plain http
    ///
    /// From loopback addresses http is always allowed. Elsewhere anybody on the network can replace the keys.
    #[arg(long, help_heading = ONLINE)]
    pub insecure_http: bool,
    /// The issuer, byte for byte
    #[arg(long, value_name = "URL", help_heading = EXPECTATIONS)]
    pub iss: Option<String>,
    /// An audience; of several, one must match
    #[arg(long, value_name = "AUD", help_heading = EXPECTATIONS)]
    pub aud: Vec<String>,
    /// The subject
    #[arg(long, value_name = "SUB", help_heading = EXPECTATIONS)]
    pub sub: Option<String>,
    /// Scopes, all of them
    #[arg(long, value_name = "SCOPE", value_parser = parse_scope, help_heading = EXPECTATIONS)]
    pub scope: Vec<ScopeSet>,
    /// The header's typ, as at+jwt
    #[arg(long, value_name = "TYP", help_heading = EXPECTATIONS)]
    pub typ: Vec<String>,
    /// Allowed algorithms, as RS256,ES256
    #[arg(
        long,
        value_name = "ALG",
        value_delimiter = ',',
        value_parser = parse_algorithm,
        help_heading = EXPECTATIONS
    )]
    pub alg: Vec<Algorithm>,
    /// Longest allowed lifetime, as 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = EXPECTATIONS)]
    pub max_lifetime: Option<Duration>,
    /// Checks that must pass, as exp,aud
    ///
    /// A skipped check, or one of an absent claim, then fails.
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        value_parser = parse_check,
        help_heading = EXPECTATIONS
    )]
    pub require: Vec<CheckName>,
    /// Allowed clock difference [default: 0s]
    #[arg(
        long,
        value_name = "TIME",
        default_value = "0s",
        hide_default_value = true,
        value_parser = parse_duration,
        help_heading = EXPECTATIONS
    )]
    pub leeway: Duration,
    /// Judge at this time: RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME", help_heading = EXPECTATIONS)]
    pub now: Option<Timestamp>,
    /// Print the report as JSON
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
    /// Print the answer of a strict API; needs a key
    ///
    /// By RFC 6750 and RFC 9068.
    #[arg(long, requires = "vouching", group = "view", help_heading = OUTPUT)]
    pub as_api: bool,
    /// Print the decoded bytes of header or claims
    #[arg(
        long,
        value_name = "PART",
        group = "view",
        conflicts_with = "json",
        hide_possible_values = true,
        help_heading = OUTPUT
    )]
    pub raw: Option<RawPart>,
    /// Print the token without its signature
    ///
    /// Also prints its fingerprint. Safe to put in a ticket.
    #[arg(long, group = "view", help_heading = OUTPUT)]
    pub redact: bool,
    /// Compare with another token, or one in @FILE
    #[arg(long, value_name = "OTHER", group = "view", value_parser = parse_token, help_heading = OUTPUT)]
    pub diff: Option<Secret>,
}

/// Encodings of a secret in a file or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretEncoding {
    /// Every byte as it is.
    Raw,
    /// Standard base64.
    Base64,
    /// base64url.
    Base64url,
    /// Hexadecimal.
    Hex,
}

impl SecretEncoding {
    /// Its value on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Base64 => "base64",
            Self::Base64url => "base64url",
            Self::Hex => "hex",
        }
    }
}

/// The parts of a token that `--raw` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RawPart {
    /// The header.
    Header,
    /// The claims.
    Claims,
}
