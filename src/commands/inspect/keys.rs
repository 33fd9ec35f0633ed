//! The keys to verify the token with: a secret, a key file, a JWK Set, or the issuer's published keys, which
//! are fetched only on request.

use super::misplaced;
use crate::cli::{InspectArgs, SecretEncoding, SessionArgs};
use crate::client::agent::Answer;
use crate::client::discovery::{self, IssuerMetadata, JwksError};
use crate::client::endpoint::EndpointUrl;
use crate::commands::environment::{
    NAMES_THE_VARIABLE, Sourced, agent, file, is_variable_name, secret_var, unshown_file,
};
use crate::commands::hmac_secret;
use crate::commands::session::connection::{Caching, DEFAULT_TIMEOUT, caching};
use crate::commands::session::metadata;
use crate::commands::session::send::RequestSender;
use crate::commands::session::urls::{endpoint, named};
use crate::exit::{Exit, Failure};
use crate::jose::key::VerifyingKey;
use crate::jose::keyset::KeySet;
use crate::secret::Secret;
use std::path::Path;
use std::time::Instant;

const PHASE: &str = "key";
pub(super) const ISSUER_PHASE: &str = "issuer's keys";
const JWKS_URL: &str = "--jwks-url";
/// The path of the keys of `heistctl serve`.
const JWKS_PATH: &str = "/.well-known/jwks.json";

/// Loads the keys that the flags name, if any. Uses the network only if `ask` is set.
///
/// # Errors
/// Exit 2 for a file that is not a key, 5 to 7 if the issuer cannot be reached.
pub(super) fn keys(args: &InspectArgs, ask: bool) -> Result<KeySet, Failure> {
    if let Some(path) = &args.secret_file {
        let path = Sourced::new(path.clone(), "--secret-file");
        return secret(unshown_file(&path, PHASE, misplaced::SECRET_ITSELF)?, args.secret_encoding);
    }
    if let Some(name) = &args.secret_env {
        if !is_variable_name(name) {
            let what = "--secret-env takes the name of an environment variable, and its value is not one";
            return Err(Failure::new(Exit::Usage, PHASE, what).hint(NAMES_THE_VARIABLE));
        }
        let unset = || {
            // A name in small letters may be the secret itself.
            if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
                let what = "no variable has the name that --secret-env gives (not shown: it may be a secret)";
                return Failure::new(Exit::Usage, PHASE, what).hint(NAMES_THE_VARIABLE);
            }
            Failure::new(Exit::Usage, PHASE, format!("{name} is not set or empty"))
                .hint(format!("export {name}, or use --secret-file"))
        };
        return secret(secret_var(name).ok_or_else(unset)?, args.secret_encoding);
    }
    if args.secret_encoding.is_some() {
        let failure = Failure::new(Exit::Usage, PHASE, "--secret-encoding is for a secret");
        return Err(failure.hint("it goes with --secret-file or --secret-env"));
    }
    let named = args.key.as_deref().map(|path| ("--key", path));
    if let Some((flag, path)) = named.or_else(|| args.jwks.as_deref().map(|path| ("--jwks", path))) {
        return key_file(flag, path);
    }
    if ask { online(args) } else { Ok(KeySet::none()) }
}

fn online(args: &InspectArgs) -> Result<KeySet, Failure> {
    let cacert = args.cacert.clone().map(|path| Sourced::new(path, "--cacert"));
    let (issuer, url) = (args.issuer.as_ref(), args.jwks_url.as_ref());
    if issuer.is_none() && url.is_none() {
        return Ok(KeySet::none());
    }
    let agent = agent(DEFAULT_TIMEOUT, cacert.as_ref())?;
    let sender = RequestSender { agent: &agent, deadline: Instant::now() + DEFAULT_TIMEOUT, has_dpop: false };
    let found = match (issuer, url) {
        (Some(issuer), _) => of_issuer(&sender, issuer, args),
        (None, Some(url)) => {
            let address = endpoint(url, args.insecure_http, ISSUER_PHASE, JWKS_URL).map_err(|failure| {
                if Path::new(url).is_file() {
                    failure.hint(format!("--jwks {url} takes a file"))
                } else {
                    failure
                }
            })?;
            jwks_at(&sender, &Sourced::new(address, JWKS_URL))
        }
        (None, None) => Ok(KeySet::none()),
    };
    found.map_err(|failure| Failure { phase: ISSUER_PHASE, ..for_inspect(failure) })
}

fn secret(given: Sourced<Secret>, encoding: Option<SecretEncoding>) -> Result<KeySet, Failure> {
    let secret = hmac_secret::decoded(&given, encoding, PHASE)?;
    Ok(KeySet::of(VerifyingKey::hmac(secret, given.origin)))
}

/// Reads a key file, `-` for stdin. A path without a file may be the key itself.
fn named_key(flag: &str, path: &Path) -> Result<Sourced<Secret>, Failure> {
    let is_there = match path.try_exists() {
        Ok(is_there) => is_there,
        // A folder on the way may be unreadable. The reader reports that.
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
    };
    if is_there || path == Path::new("-") {
        return file(path, PHASE);
    }
    let (what, cure) = misplaced::key(flag, &path.to_string_lossy());
    Err(Failure::new(Exit::Usage, PHASE, what).hint(cure))
}

fn key_file(flag: &str, path: &Path) -> Result<KeySet, Failure> {
    let Sourced { value, origin } = named_key(flag, path)?;
    KeySet::read(value.expose(), &origin).map_err(|error| {
        let hint = match error.hint_for(&origin) {
            // Nothing can be made of an empty file.
            _ if value.expose().trim_ascii().is_empty() => {
                format!("write the public key into it, or name another: {flag} FILE")
            }
            Some(hint) => hint,
            None => format!("copy the whole file again; {flag} takes a public key: PEM, JWK or JWK Set"),
        };
        Failure::new(Exit::Usage, PHASE, format!("{origin}: {error}")).hint(hint)
    })
}

/// The keys from the issuer's metadata. Cached metadata may be out of date: if its address fails, the
/// metadata is fetched again.
fn of_issuer(sender: &RequestSender<'_>, issuer: &str, args: &InspectArgs) -> Result<KeySet, Failure> {
    let issuer = Sourced::new(issuer.to_owned(), "--issuer");
    let find = |caching: &Caching| metadata::of_issuer(sender, caching, &issuer, args.insecure_http);
    let caching = caching(&SessionArgs::default(), &mut Vec::new());
    let found = find(&caching)?;
    match (keys_named(sender, &found.value, args), caching) {
        // Without time, the metadata would fail, too, and hide the cause.
        (Err(failure), Caching::Use(cache)) if found.is_cached && failure.exit != Exit::TimedOut => {
            keys_named(sender, &find(&Caching::Refresh(cache))?.value, args)
        }
        (keys, _) => keys,
    }
}

fn keys_named(
    sender: &RequestSender<'_>,
    metadata: &IssuerMetadata,
    args: &InspectArgs,
) -> Result<KeySet, Failure> {
    let issuer = &metadata.issuer;
    let Some(jwks_uri) = &metadata.jwks_uri else {
        // The token can still be introspected.
        if args.introspect {
            return Ok(KeySet::none());
        }
        let what = format!("{issuer} publishes no keys: its metadata has no jwks_uri");
        let failure = Failure::new(Exit::ServerFailed, ISSUER_PHASE, what);
        return Err(failure.hint("it may sign with a shared secret: --secret-file"));
    };
    let address = named("jwks_uri", jwks_uri, issuer, args.insecure_http, ISSUER_PHASE)?;
    jwks_at(sender, &Sourced::new(address.value, "the issuer's metadata (jwks_uri)"))
}

fn jwks_at(sender: &RequestSender<'_>, address: &Sourced<EndpointUrl>) -> Result<KeySet, Failure> {
    let answer = sender.send(ISSUER_PHASE, address, |_| Ok(discovery::prepare(&address.value)))?.answer;
    let keys = discovery::read_keys(&answer, &address.value.to_string());
    keys.map(KeySet::published).map_err(|error| {
        let is_refused = matches!(error, JwksError::Status(400..=499));
        let exit = if is_refused { Exit::Refused } else { Exit::ServerFailed };
        let failure = Failure::new(exit, ISSUER_PHASE, format!("{} {error}", with_colon(address, &error)));
        failure.hint(jwks_cure(address, &error, &answer))
    })
}

fn with_colon(address: &Sourced<EndpointUrl>, error: &JwksError) -> String {
    let colon = if matches!(error, JwksError::Status(_)) { "" } else { ":" };
    format!("{}{colon}", address.value)
}

/// The address to try if there is no key set at this one.
fn jwks_cure(address: &Sourced<EndpointUrl>, error: &JwksError, answer: &Answer) -> String {
    if address.origin != JWKS_URL {
        return "the issuer must publish a JWK Set there; --jwks FILE takes a copy of its keys".to_owned();
    }
    match error {
        JwksError::Status(500..) => return "try again later; the server's log says more".to_owned(),
        JwksError::Status(300..=399) => {
            let location = answer.headers.get("location").unwrap_or_default();
            if let Ok(target) = EndpointUrl::parse(location, true) {
                return format!("it leads to {target}: if you trust it, {JWKS_URL} {target}");
            }
        }
        _ => {}
    }
    let url = address.value.to_string();
    let issuer = match url.split_once("/.well-known/") {
        Some((issuer, _)) => issuer.to_owned(),
        None => address.value.origin(),
    };
    format!(
        "--issuer {issuer} finds the address of its keys by metadata; heistctl serve has {issuer}{JWKS_PATH}"
    )
}

/// Removes hints that name flags `inspect` does not have.
pub(super) fn for_inspect(failure: Failure) -> Failure {
    let names_another = |hint: &String| ["--token-url", "--timeout"].iter().any(|flag| hint.contains(flag));
    if !failure.hint.as_ref().is_some_and(names_another) {
        return failure;
    }
    let by_letter = "is this the issuer, byte for byte? --jwks-url URL names its keys without metadata, and \
                     --secret-file FILE the secret of an issuer that has no keys";
    let copy = "--jwks FILE takes a copy of its keys, and needs no network";
    let hint = if failure.exit == Exit::TimedOut { copy } else { by_letter };
    Failure { hint: Some(hint.to_owned()), ..failure }
}
