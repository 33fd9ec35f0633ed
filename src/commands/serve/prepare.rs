//! From configuration, flags, files and environment to a service that is ready to run: everything
//! that can be wrong is found here, before the socket opens.

use super::config::{ClientEntry, Config, Signing};
use super::demo;
use crate::cli::ServeArgs;
use crate::commands::environment::{Sourced, read_all, secret_file, secret_var, var};
use crate::exit::{Exit, Failure};
use crate::issuer::{Settings, reserved_claim};
use crate::jose::sign::{Signer, SignerError};
use crate::registry::secret_hash::{SecretHash, SecretHashError};
use crate::registry::{Client, Registry};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use anyhow::Context;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const PHASE: &str = "configuration";
const DEFAULT_FILE: &str = "heist.toml";
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8001);
const SIGNING_SECRET_VAR: &str = "HEISTCTL_SIGNING_SECRET";

/// All that is needed to start, but the socket.
pub struct Prepared {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The issuer; `None` for the listen URL.
    pub issuer: Option<String>,
    /// The clients.
    pub registry: Registry,
    /// The key that signs.
    pub signer: Signer,
    /// The rest.
    pub settings: Settings,
    /// Whether this is the demo, whose secrets everybody knows.
    pub demo: bool,
}

/// Reads and checks everything.
///
/// # Errors
/// Exit 2, naming file, line and cure.
pub fn prepare(args: &ServeArgs) -> Result<Prepared, Failure> {
    let prepared = if args.demo { demo::prepared(args)? } else { configured(args)? };
    if !prepared.listen.ip().is_loopback() {
        return Err(Failure::new(
            Exit::Usage,
            PHASE,
            format!("{} is not a loopback address", prepared.listen),
        )
        .hint("listen on 127.0.0.1 or [::1]: there is no TLS yet"));
    }
    Ok(prepared)
}

/// Where to listen: the flag, else what was configured.
#[must_use]
pub fn listen(args: &ServeArgs, configured: Option<SocketAddr>) -> SocketAddr {
    args.listen.or(configured).unwrap_or(DEFAULT_LISTEN)
}

fn configured(args: &ServeArgs) -> Result<Prepared, Failure> {
    let file = config_file(args)?;
    let text = read_config(&file).map_err(|error| Failure::new(Exit::Usage, PHASE, format!("{error:#}")))?;
    let config = Config::parse(&text).map_err(|error| {
        let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
        let failure =
            Failure::new(Exit::Usage, PHASE, format!("{}{line}: {}", file.value.display(), error.what));
        Failure { hint: error.hint, ..failure }
    })?;
    // Never empty: a secret_file of "-" is a file of that name, not stdin.
    let folder = Path::new(".").join(file.value.parent().unwrap_or(Path::new("")));
    from_config(args, config, &folder)
        .map_err(|failure| Failure { what: format!("{}: {}", file.value.display(), failure.what), ..failure })
}

fn read_config(file: &Sourced<PathBuf>) -> anyhow::Result<String> {
    let name = format!("{} (from {})", file.value.display(), file.origin);
    let reader = std::fs::File::open(&file.value).with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(read_all(reader, &name)?).with_context(|| format!("{name} is not UTF-8"))
}

fn config_file(args: &ServeArgs) -> Result<Sourced<PathBuf>, Failure> {
    if let Some(path) = &args.config {
        return Ok(Sourced::new(path.clone(), "--config"));
    }
    if let Some(path) = var("HEISTCTL_CONFIG")? {
        return Ok(Sourced::new(PathBuf::from(path.value), path.origin));
    }
    if Path::new(DEFAULT_FILE).exists() {
        return Ok(Sourced::new(PathBuf::from(DEFAULT_FILE), "this folder"));
    }
    Err(Failure::new(Exit::Usage, PHASE, format!("there is no {DEFAULT_FILE} here"))
        .hint("heistctl serve --demo needs none; the README has one to start from, --config names another"))
}

fn from_config(args: &ServeArgs, config: Config, folder: &Path) -> Result<Prepared, Failure> {
    let defaults = Settings::default();
    let settings = Settings {
        lifetime: config.token_lifetime.unwrap_or(defaults.lifetime),
        leeway: config.leeway.unwrap_or(defaults.leeway),
        audience: config.audience,
        explain_client_errors: config.explain_client_errors,
    };
    if settings.audience.iter().any(String::is_empty) {
        return Err(wrong("audience is empty").hint("leave it away for tokens without an audience"));
    }
    if settings.lifetime.as_secs() == 0 {
        return Err(wrong("token_lifetime is under a second").hint("write it as \"1h\""));
    }
    let signer = signer(&config.signing, folder)?;
    let mut registry = Registry::default();
    for entry in config.clients {
        let client = client(entry, folder)?;
        registry.add(client).map_err(|id| {
            wrong(format!("client {id:?} is declared twice"))
                .hint("each id once; a client may have several scopes")
        })?;
    }
    let issuer = args.issuer.clone().or(config.issuer);
    if let Some(issuer) = &issuer {
        check_issuer(issuer)?;
    }
    Ok(Prepared { listen: listen(args, config.listen), issuer, registry, signer, settings, demo: false })
}

fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}

/// Any name will do for an issuer; one that is a URL has no query and no fragment (RFC 8414
/// section 2).
pub(super) fn check_issuer(issuer: &str) -> Result<(), Failure> {
    if issuer.is_empty() || issuer.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(
            wrong("the issuer is empty or has blanks in it").hint("write it as https://as.example.com")
        );
    }
    if issuer.contains("://") && issuer.contains(['?', '#']) {
        let failure = wrong("the issuer has a query or a fragment (RFC 8414 section 2)");
        return Err(failure.hint("write it as https://as.example.com"));
    }
    Ok(())
}

fn signer(signing: &Signing, folder: &Path) -> Result<Signer, Failure> {
    if signing.algorithm.as_deref().is_some_and(|name| name != "HS256") {
        return Err(wrong("signing.algorithm is one that is not offered").hint("it is HS256"));
    }
    let secret = match (&signing.secret_env, &signing.secret_file) {
        (Some(_), Some(_)) => return Err(wrong("signing has both secret_env and secret_file").hint("keep one")),
        (Some(name), None) => from_env(name, "signing.secret_env")?,
        (None, Some(path)) => secret_file(&folder.join(path), PHASE)?,
        (None, None) => secret_var(SIGNING_SECRET_VAR).ok_or_else(|| {
            wrong("no signing secret").hint(format!(
                "head -c 32 /dev/urandom | base64 > signing.secret, and secret_file = \"signing.secret\" under [signing]; or set {SIGNING_SECRET_VAR}"
            ))
        })?,
    };
    Signer::hs256(secret.value).map_err(|error @ SignerError::WeakSecret { .. }| {
        wrong(format!("{error}, from {}", secret.origin))
            .hint("head -c 32 /dev/urandom | base64 makes a good one")
    })
}

fn from_env(name: &str, key: &str) -> Result<Sourced<Secret>, Failure> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.len() > 64 || name.is_empty() || !name.chars().all(is_name) {
        let failure = wrong(format!("{key} is no name of an environment variable"));
        return Err(failure.hint("it names the variable that holds the secret, not the secret itself"));
    }
    secret_var(name).ok_or_else(|| {
        wrong(format!("{key} names {name}, which is not set"))
            .hint(format!("export {name} before the server starts"))
    })
}

fn client(entry: ClientEntry, folder: &Path) -> Result<Client, Failure> {
    let id = entry.id.clone();
    check_client(entry, folder)
        .map_err(|failure| Failure { what: format!("client {id:?}: {}", failure.what), ..failure })
}

fn check_client(entry: ClientEntry, folder: &Path) -> Result<Client, Failure> {
    if entry.id.is_empty() || !entry.id.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
        let failure = wrong("an id is one or more visible ASCII characters (RFC 6749 appendix A.1)");
        return Err(failure.hint("letters, digits, - and _ are best: every client writes them the same way"));
    }
    let secret = client_secret(&entry, folder)?;
    let scopes = scopes(&entry.scopes)?;
    let default_scopes = match &entry.default_scopes {
        Some(tokens) => self::scopes(tokens)?,
        None => scopes.clone(),
    };
    let beyond: Vec<&str> = default_scopes.minus(&scopes).collect();
    if !beyond.is_empty() {
        let failure = wrong(format!("default_scopes has {}, which scopes lacks", beyond.join(" ")));
        return Err(failure.hint("add it to scopes, or take it out of default_scopes"));
    }
    if let Some(name) = reserved_claim(&entry.claims) {
        let failure = wrong(format!("claims has {name:?}, which is the server's to set"));
        return Err(failure.hint("choose another name"));
    }
    if entry.lifetime.is_some_and(|lifetime| lifetime.as_secs() == 0) {
        return Err(wrong("lifetime is under a second").hint("write it as \"15m\""));
    }
    let ClientEntry { id, lifetime, claims, .. } = entry;
    Ok(Client { id, secret, scopes, default_scopes, lifetime, claims })
}

fn client_secret(entry: &ClientEntry, folder: &Path) -> Result<SecretHash, Failure> {
    match (&entry.secret_env, &entry.secret_file, &entry.secret_hash) {
        (Some(name), None, None) => Ok(SecretHash::of(&from_env(name, "secret_env")?.value)),
        (None, Some(path), None) => Ok(SecretHash::of(&secret_file(&folder.join(path), PHASE)?.value)),
        (None, None, Some(hash)) => {
            let hint = "printf %s \"$SECRET\" | sha256sum gives the digits";
            hash.parse().map_err(|error: SecretHashError| wrong(format!("secret_hash: {error}")).hint(hint))
        }
        _ => Err(wrong("it needs exactly one of secret_env, secret_file and secret_hash")
            .hint("public clients have no place in the client credentials grant (RFC 6749 section 4.4)")),
    }
}

fn scopes(tokens: &[String]) -> Result<ScopeSet, Failure> {
    ScopeSet::from_tokens(tokens.iter().map(String::as_str))
        .map_err(|error| wrong(error.to_string()).hint("write them as scopes = [\"a:read\", \"a:write\"]"))
}
