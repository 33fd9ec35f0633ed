//! Turns flags into a client's record, and validates records before they are stored.

use super::failures::PHASE;
use crate::cli::{ClearableSetting, ClientFlags, IdentityFlags, RegisteredMethod, RulesFlag, scope_list};
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::clock::Timestamp;
use crate::commands::environment::{self, Sourced};
use crate::exit::{Exit, Failure};
use crate::jose::certificate::{self, Certificate};
use crate::jose::jwk;
use crate::jose::key::VerifyingKey;
use crate::jose::keyset::KeySet;
use crate::registry::federated::FederatedRule;
use crate::registry::record::{ClientRecord, StoredClient};
use crate::registry::{InvalidClient, own_certificates};
use crate::scope::ScopeSet;
use crate::secret::looks_like_credential;
use crate::text::shell_word;
use serde_json::Value;

/// Applies the flags to a record. `read` comes from the files that they name.
pub(super) fn apply(
    record: &mut ClientRecord,
    flags: &ClientFlags,
    read: Credentials,
) -> Result<(), Failure> {
    if !flags.scope.is_empty() {
        record.scopes = scopes("--scope", &flags.scope)?;
    }
    if !flags.default_scope.is_empty() {
        record.default_scopes = Some(scopes("--default-scope", &flags.default_scope)?);
    }
    replace_list(&mut record.audiences, &flags.audience);
    replace_list(&mut record.default_audiences, &flags.default_audience);
    replace_list(&mut record.allow_from, &flags.allow_from);
    replace(&mut record.scope_claim, &flags.scope_claim);
    replace(&mut record.scope_claim_form, &flags.scope_claim_form);
    replace(&mut record.assertion_audience, &flags.assertion_audience);
    record.lifetime = flags.lifetime.as_ref().map(|lifetime| lifetime.time.as_secs()).or(record.lifetime);
    if let Some(claims) = &flags.claims {
        record.claims.clone_from(&claims.0);
    }
    if let Some(rules) = identity_rules(&flags.identity)? {
        if rules.is_empty() {
            // There is no identity left to take them from.
            record.claims_from.clear();
        }
        record.federated = rules;
    }
    replace_list(&mut record.claims_from, &flags.identity.claims_from);
    record.introspect = flags.introspect.unwrap_or(record.introspect);
    record.token_exchange = flags.token_exchange.unwrap_or(record.token_exchange);
    record.dpop_required = flags.dpop_required.unwrap_or(record.dpop_required);
    let bound = &mut record.tls_client_certificate_bound_access_tokens;
    *bound = flags.tls_bound.unwrap_or(*bound);
    apply_credentials(record, flags, read);
    Ok(())
}

/// Removes settings, so that the defaults apply again.
///
/// # Errors
/// If a flag gives one of them a value.
pub(super) fn clear(
    record: &mut ClientRecord,
    settings: &[ClearableSetting],
    flags: &ClientFlags,
) -> Result<(), Failure> {
    for setting in settings {
        if let Some(flag) = flags.setting(*setting) {
            let what = format!("--clear removes a setting, and {flag} gives it a value");
            return Err(Failure::new(Exit::Usage, PHASE, what).hint("keep one of the two"));
        }
        match setting {
            ClearableSetting::DefaultScopes => record.default_scopes = None,
            ClearableSetting::ScopeClaim => (record.scope_claim, record.scope_claim_form) = (None, None),
            ClearableSetting::Audiences => record.audiences.clear(),
            ClearableSetting::DefaultAudiences => record.default_audiences.clear(),
            ClearableSetting::Lifetime => record.lifetime = None,
            ClearableSetting::Claims => record.claims.clear(),
            ClearableSetting::AuthMethod => clear_credentials(record),
            ClearableSetting::AssertionAudience => record.assertion_audience = None,
            ClearableSetting::AllowFrom => record.allow_from.clear(),
        }
    }
    Ok(())
}

/// The client has a secret again, and no keys and certificates.
fn clear_credentials(record: &mut ClientRecord) {
    record.auth_method = None;
    record.jwks = None;
    for text in [
        &mut record.jwks_uri,
        &mut record.tls_certificate,
        &mut record.tls_client_auth_subject_dn,
        &mut record.tls_client_auth_san_dns,
        &mut record.tls_client_auth_san_uri,
        &mut record.tls_client_auth_san_ip,
        &mut record.tls_client_auth_san_email,
    ] {
        *text = None;
    }
}

/// The rules that the flags describe, if they do.
fn identity_rules(flags: &IdentityFlags) -> Result<Option<Vec<FederatedRule>>, Failure> {
    if let Some(RulesFlag(rules)) = &flags.federated {
        let read = serde_json::from_value(Value::Array(rules.clone())).map_err(|_| {
            let what = "--federated has a member that rules do not have, or a value of another type";
            Failure::new(Exit::Usage, PHASE, what)
                .hint("a rule has trust, sub or sub_glob, claims and allow_broad")
        })?;
        return Ok(Some(read));
    }
    let Some(trust) = &flags.trust else { return Ok(None) };
    let claims = flags.claim.iter().map(|(name, value)| (name.clone(), Value::String(value.clone())));
    Ok(Some(vec![FederatedRule {
        trust: trust.clone(),
        sub: flags.sub.clone(),
        sub_glob: flags.sub_glob.clone(),
        claims: claims.collect(),
        allow_broad: flags.allow_broad,
    }]))
}

fn replace(value: &mut Option<String>, flag: &Option<String>) {
    if flag.is_some() {
        value.clone_from(flag);
    }
}

fn replace_list(values: &mut Vec<String>, flag: &[String]) {
    if !flag.is_empty() {
        *values = flag.to_vec();
    }
}

/// New credentials replace the former ones, and imply the method.
fn apply_credentials(record: &mut ClientRecord, flags: &ClientFlags, read: Credentials) {
    let names = [
        &flags.tls_subject_dn,
        &flags.tls_san_dns,
        &flags.tls_san_uri,
        &flags.tls_san_ip,
        &flags.tls_san_email,
    ];
    let Credentials { jwks, certificate } = read;
    let implied = if jwks.is_some() || flags.jwks_uri.is_some() {
        Some(RegisteredMethod::PrivateKeyJwt)
    } else if certificate.is_some() {
        Some(RegisteredMethod::SelfSignedTlsClientAuth)
    } else {
        names.iter().any(|name| name.is_some()).then_some(RegisteredMethod::TlsClientAuth)
    };
    if implied.is_some() {
        (record.jwks, record.jwks_uri, record.tls_certificate) = (jwks, flags.jwks_uri.clone(), certificate);
        let [subject_dn, san_dns, san_uri, san_ip, san_email] = names.map(Clone::clone);
        record.tls_client_auth_subject_dn = subject_dn;
        record.tls_client_auth_san_dns = san_dns;
        record.tls_client_auth_san_uri = san_uri;
        record.tls_client_auth_san_ip = san_ip;
        record.tls_client_auth_san_email = san_email;
    }
    if let Some(method) = flags.auth_method.or(implied) {
        record.auth_method = Some(method.name().to_owned());
    }
}

fn scopes(flag: &str, texts: &[String]) -> Result<ScopeSet, Failure> {
    scope_list(texts).map_err(|wrong| {
        let what = format!("{flag}: {}", wrong.about(&texts.join(" ")));
        Failure { hint: wrong.hint, ..Failure::new(Exit::Usage, PHASE, what) }
    })
}

/// The content of the files that prove a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Credentials {
    pub jwks: Option<Value>,
    /// PEM.
    pub certificate: Option<String>,
}

impl Credentials {
    /// Reads the files in `--jwks` and `--tls-certificate`, if they are given.
    pub(super) fn read(flags: &ClientFlags) -> Result<Self, Failure> {
        let is_certificate = flags.auth_method == Some(RegisteredMethod::SelfSignedTlsClientAuth);
        if let Some(path) = &flags.tls_certificate {
            let read = environment::named_file(&Sourced::new(path.clone(), "--tls-certificate"), PHASE)?;
            let origin = format!("--tls-certificate {}", read.origin);
            let certificate = pem_of(own_certificates(read.value.expose()), &origin)?;
            return Ok(Self { certificate: Some(certificate), ..Self::default() });
        }
        let Some(path) = &flags.jwks else { return Ok(Self::default()) };
        let path = Sourced::new(path.clone(), "--jwks");
        let read = environment::named_file(&path, PHASE)?;
        let origin = format!("--jwks {}", read.origin);
        if is_certificate {
            let certificate = pem_of(certificate::from_jwks(read.value.expose()), &origin)?;
            return Ok(Self { certificate: Some(certificate), ..Self::default() });
        }
        Ok(Self { jwks: Some(public_keys(read.value.expose(), &origin)?), ..Self::default() })
    }
}

/// The certificates alone, without what else was in their file.
fn pem_of(found: Result<Vec<Vec<u8>>, String>, origin: &str) -> Result<String, Failure> {
    found.map(|found| certificate::to_pem(&found)).map_err(|why| {
        Failure::new(Exit::Usage, PHASE, format!("{origin}: {why}"))
            .hint("--tls-certificate client.pem names a PEM of its certificates; a JWK Set has them as x5c")
    })
}

/// The public part of every usable key, from any format.
fn public_keys(bytes: &[u8], origin: &str) -> Result<Value, Failure> {
    let wrong = |why: String| {
        Failure::new(Exit::Usage, PHASE, format!("{origin}: {why}")).hint("public keys: PEM, JWK or JWK Set")
    };
    let set =
        KeySet::read(bytes, origin).map(KeySet::of_a_client).map_err(|error| wrong(error.to_string()))?;
    if let Some(broken) = set.unusable.iter().find(|unusable| unusable.broken) {
        return Err(wrong(format!("a key in it is broken: {}", broken.why)));
    }
    let published: Vec<_> = set.keys.iter().filter_map(jwk::publish).collect();
    if published.is_empty() {
        let why = set.unusable.first().map_or("there is no public key in it", |key| key.why.as_str());
        return Err(wrong(why.to_owned()));
    }
    Ok(serde_json::json!({ "keys": published }))
}

/// Warnings about usable keys: weak ones, several that require a `kid` in assertions, and certificates that
/// are not valid at `now`.
pub(super) fn key_notes(record: &ClientRecord, now: Timestamp) -> Vec<String> {
    let (id, jwks) = (&record.id, record.jwks.as_ref());
    let own = record.tls_certificate.as_ref().and_then(|pem| own_certificates(pem.as_bytes()).ok());
    let certificates = own.map(|found| outside_its_time(id, &found, now)).unwrap_or_default();
    let set = jwks.and_then(|set| KeySet::read(set.to_string().as_bytes(), "jwks").ok()).unwrap_or_default();
    let weak = set.keys.iter().flat_map(VerifyingKey::weaknesses);
    let keys = weak.chain(set.demands_kid()).map(|why| format!("client {id:?}: jwks: {why}"));
    keys.chain(certificates).collect()
}

/// Warns about certificates that are not valid at `now`: they get no token (RFC 8705 section 2.2).
pub(in crate::commands) fn outside_its_time(id: &str, found: &[Vec<u8>], now: Timestamp) -> Vec<String> {
    let why = |der: &Vec<u8>| Certificate::read(der).ok()?.check_dates(now).err();
    let outside: Vec<String> = found.iter().filter_map(why).collect();
    let rest = found.len() - outside.len();
    let warning = |why: String| {
        if rest == 0 {
            format!(
                "client {id:?} cannot get a token: its certificate is not valid now, {why}; register a new \
                 one"
            )
        } else {
            format!("client {id:?} has a certificate that is not valid now, {why}; remove it")
        }
    };
    outside.into_iter().map(warning).collect()
}

/// Validates a record for storage. Rejects settings that a server cannot use, and claims that verifiers would
/// not understand. Keeps only the public part of keys, and certificates as PEM.
pub(super) fn checked(record: ClientRecord) -> Result<ClientRecord, Failure> {
    let record = with_plain_certificate(record)?;
    let faults = StoredClient::new(record.clone(), None).faults();
    let mut faults: Vec<Failure> = faults.into_iter().map(|why| unfit(why, PHASE)).collect();
    faults.extend(record.jwks_uri.as_deref().and_then(|uri| check_jwks_uri(uri).err()));
    Failure::of_all(faults).map_or(Ok(()), Err)?;
    let jwks = record.jwks.map(|set| public_keys(set.to_string().as_bytes(), "jwks")).transpose()?;
    Ok(ClientRecord { jwks, ..record })
}

fn with_plain_certificate(mut record: ClientRecord) -> Result<ClientRecord, Failure> {
    let is_own = record.auth_method.as_deref() == Some("self_signed_tls_client_auth");
    if let Some(set) = record.jwks.take_if(|_| is_own && record.tls_certificate.is_none()) {
        record.tls_certificate = Some(pem_of(certificate::from_jwks(set.to_string().as_bytes()), "jwks")?);
    } else if let Some(pem) = &record.tls_certificate {
        record.tls_certificate = Some(pem_of(own_certificates(pem.as_bytes()), "tls_certificate")?);
    }
    Ok(record)
}

/// Over plain http an attacker could replace the keys.
fn check_jwks_uri(uri: &str) -> Result<(), Failure> {
    let Err(error) = EndpointUrl::parse(uri, false) else { return Ok(()) };
    let path = uri.strip_prefix("file://").or_else(|| uri.strip_prefix("file:")).unwrap_or(uri);
    let is_file = path.len() < uri.len()
        || !uri.contains(':')
            && (uri.starts_with(['/', '.', '~']) || !uri.contains('/') && uri.ends_with(".json"));
    let (why, hint) = if error == EndpointError::Insecure {
        (
            "is plain http: an attacker could replace the keys".to_owned(),
            uri.replacen("http://", "https://", 1),
        )
    } else if is_file {
        let what = format!("--jwks-uri: {uri:?} is the name of a file, not a URL");
        return Err(
            Failure::new(Exit::Usage, PHASE, what).hint(format!("--jwks {} reads it", shell_word(path)))
        );
    } else if !uri.contains(':') && uri.contains('.') {
        ("has no scheme".to_owned(), format!("https://{uri}"))
    } else {
        (format!("is not a URL: {error}"), "https://host/jwks.json".to_owned())
    };
    let shown = if uri.contains(['@', '?']) || looks_like_credential(uri) {
        "(not shown: it may have a secret)".to_owned()
    } else {
        format!("{uri:?}")
    };
    Err(Failure::new(Exit::Usage, PHASE, format!("--jwks-uri: {shown} {why}"))
        .hint(format!("--jwks-uri {hint}")))
}

/// The failure for an invalid client.
pub(in crate::commands) fn unfit(why: InvalidClient, phase: &'static str) -> Failure {
    Failure::new(Exit::Usage, phase, why.what).hint(why.hint)
}
