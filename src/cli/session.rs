//! Flags that `token` and `call` share.

use super::duration::{parse_duration, parse_timeout};
use super::grant::GrantArgs;
use super::heading::{CACHE, CLIENT, REQUEST, SERVER};
use super::usage::value_parsers::file;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Default, Args)]
pub struct SessionArgs {
    /// The issuer; its metadata names the token endpoint
    ///
    /// Without the flag: HEISTCTL_ISSUER.
    #[arg(long, value_name = "URL", conflicts_with = "token_url", help_heading = SERVER)]
    pub issuer: Option<String>,
    /// Token endpoint [default: 127.0.0.1:8001/oauth/token]
    ///
    /// Without the flag: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token.
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    pub token_url: Option<String>,
    /// Authorities to trust instead of the usual ones, PEM
    ///
    /// Without the flag: SSL_CERT_FILE.
    #[arg(long, value_name = "FILE", value_parser = file(), help_heading = SERVER)]
    pub cacert: Option<PathBuf>,
    /// Time for the whole request [default: 30s]
    ///
    /// Write 30s or 1m. Without the flag: HEISTCTL_TIMEOUT.
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, help_heading = SERVER)]
    pub timeout: Option<Duration>,
    /// Send secrets and tokens over plain http
    ///
    /// To loopback addresses http is always allowed. Elsewhere anybody on the network can read them.
    #[arg(long, help_heading = SERVER)]
    pub insecure_http: bool,
    /// Profile in config.toml
    ///
    /// The file is $XDG_CONFIG_HOME/heistctl/config.toml. Without the flag: HEISTCTL_PROFILE.
    #[arg(long, value_name = "NAME", help_heading = CLIENT)]
    pub profile: Option<String>,
    /// The client's id
    ///
    /// Without the flag: HEISTCTL_CLIENT_ID.
    #[arg(long, value_name = "ID", help_heading = CLIENT)]
    pub client_id: Option<String>,
    /// File with the secret, - for stdin
    ///
    /// Without the flag: HEISTCTL_CLIENT_SECRET_FILE, else the secret itself in HEISTCTL_CLIENT_SECRET.
    #[arg(long, value_name = "FILE", help_heading = CLIENT)]
    pub client_secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub grant: GrantArgs,
    /// How to authenticate; --help lists the methods
    ///
    /// client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or
    /// self_signed_tls_client_auth. Default: as the issuer's metadata says, else client_secret_basic.
    #[arg(long, value_name = "METHOD", hide_possible_values = true, help_heading = CLIENT)]
    pub auth_method: Option<AuthMethod>,
    /// Private key for private_key_jwt, PEM or JWK
    #[arg(long, value_name = "FILE", help_heading = CLIENT)]
    pub client_key: Option<PathBuf>,
    /// Audience of assertions [default: the issuer]
    ///
    /// Without an issuer it is the token endpoint.
    #[arg(long, value_name = "AUD", hide_short_help = true, help_heading = CLIENT)]
    pub assertion_audience: Option<String>,
    /// Certificate and its chain, PEM (RFC 8705)
    #[arg(long, value_name = "FILE", value_parser = file(), requires = "client_cert_key", help_heading = CLIENT)]
    pub client_cert: Option<PathBuf>,
    /// Private key of --client-cert, PEM
    #[arg(long, value_name = "FILE", requires = "client_cert", help_heading = CLIENT)]
    pub client_cert_key: Option<PathBuf>,
    /// Bind the token to a key (DPoP, RFC 9449)
    ///
    /// The key is made for this run, unless --dpop-key names one.
    #[arg(long, help_heading = CLIENT)]
    pub dpop: bool,
    /// Key to bind the token to, PEM or JWK
    #[arg(long, value_name = "FILE", help_heading = CLIENT)]
    pub dpop_key: Option<PathBuf>,
    /// Scopes to request, as 'a b'; repeatable
    ///
    /// Separated by spaces or commas. Without the flag: HEISTCTL_SCOPE.
    #[arg(long, value_name = "SCOPE", help_heading = REQUEST)]
    pub scope: Vec<String>,
    /// Resource the token is for (RFC 8707); repeatable
    ///
    /// Without the flag: HEISTCTL_RESOURCE.
    #[arg(long, value_name = "URI", help_heading = REQUEST)]
    pub resource: Vec<String>,
    /// Audience, where --resource is not supported
    #[arg(long, value_name = "AUD", help_heading = REQUEST)]
    pub audience: Option<String>,
    /// Another request parameter; repeatable
    #[arg(long, value_name = "NAME=VALUE", help_heading = REQUEST)]
    pub param: Vec<String>,
    /// How long a cached token must stay valid [default: 60s]
    ///
    /// For short-lived tokens, half of their lifetime is enough.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "60s",
        hide_default_value = true,
        value_parser = parse_duration,
        help_heading = CACHE
    )]
    pub min_ttl: Duration,
    /// Get a new token and cache it
    #[arg(long, conflicts_with = "no_cache", help_heading = CACHE)]
    pub refresh: bool,
    /// Neither read nor write the cache
    #[arg(long, help_heading = CACHE)]
    pub no_cache: bool,
}

impl SessionArgs {
    /// The first flag that asks for a token, or says which one or as which client. Those that only name the server
    /// or turn off the cache do not: `call` needs them with any token.
    #[must_use]
    pub fn asks_for_token(&self) -> Option<&'static str> {
        let given = [
            ("--profile", self.profile.is_some()),
            ("--client-id", self.client_id.is_some()),
            ("--client-secret-file", self.client_secret_file.is_some()),
            ("--auth-method", self.auth_method.is_some()),
            ("--client-key", self.client_key.is_some()),
            ("--assertion-audience", self.assertion_audience.is_some()),
            ("--dpop", self.dpop),
            ("--scope", !self.scope.is_empty()),
            ("--resource", !self.resource.is_empty()),
            ("--audience", self.audience.is_some()),
            ("--param", !self.param.is_empty()),
            ("--refresh", self.refresh),
        ];
        let given = given.into_iter().find_map(|(name, is_given)| is_given.then_some(name));
        given.or_else(|| self.grant.asks_for_token())
    }
}

/// Client authentication methods, by their names in metadata (RFC 8414).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Id and secret in the Authorization header
    ClientSecretBasic,
    /// Id and secret in the body
    ClientSecretPost,
    /// An assertion authenticated with the secret
    ClientSecretJwt,
    /// An assertion signed with a private key
    PrivateKeyJwt,
    /// A certificate issued by a trusted authority
    TlsClientAuth,
    /// A registered self-signed certificate
    SelfSignedTlsClientAuth,
}

impl AuthMethod {
    /// The name in metadata.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
