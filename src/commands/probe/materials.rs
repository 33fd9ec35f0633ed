//! The material of a run: tokens and keys from the flags, and identities of this run.

use super::issuer::OwnIssuer;
use super::report::PHASE;
use super::stranger::stranger;
use crate::cli::ProbeArgs;
use crate::clock::Timestamp;
use crate::commands::environment::{Sourced, named_file};
use crate::commands::mint::{claims, keys};
use crate::commands::session::given;
use crate::exit::{Exit, Failure};
use crate::jose::algorithm::Algorithm;
use crate::jose::compact::{self, Token};
use crate::jose::digest;
use crate::jose::key::{KeySource, VerifyingKey};
use crate::jose::keyset::KeySet;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::json::{Json, Object};
use crate::probe::material::{Material, ProbeTarget, TestIssuer, TrustedSigner};
use crate::secret::Secret;
use std::cell::{Cell, RefCell};

/// Claims of the good token that are made anew for each token.
const FRESH: [&str; 5] = ["iat", "exp", "nbf", "jti", "cnf"];
const SUBJECT: &str = "heistctl-probe";
const NO_TOKEN: &str =
    "heistctl token | heistctl probe --token - URL, or --key FILE --iss ISSUER --aud AUDIENCE";

/// The material, and how its tokens are made.
pub(super) struct PreparedProbe {
    pub material: Material,
    pub source: String,
    pub notes: Vec<String>,
}

/// The key that signs.
struct SigningSide {
    signer: Signer,
    siblings: Vec<Signer>,
    issuer: Option<String>,
    control: Option<Box<dyn TestIssuer>>,
    key_text: Option<Secret>,
    source: String,
}

/// # Errors
/// Exit 2 if there is neither a token nor a key.
pub(super) fn prepare(
    args: &ProbeArgs,
    target: ProbeTarget,
    issuer: Option<OwnIssuer>,
) -> Result<PreparedProbe, Failure> {
    let mut notes = Vec::new();
    let has_key = issuer.is_some() || signs(args);
    let token = given::token(args.token.as_ref(), has_key, &mut notes)?;
    let side = signing_side(args, issuer, &mut notes)?;
    let Some(algorithm) = algorithm(side.as_ref(), token.as_ref()) else {
        return Err(Failure::new(Exit::Usage, PHASE, "no token to probe with").hint(NO_TOKEN));
    };
    let (public, key_texts) = public_keys(args, side.as_ref())?;
    let (stranger, listener) = stranger(algorithm)?;
    let source = source(side.as_ref(), token.as_ref());
    let mut control = None;
    let trusted = side
        .map(|mut side| {
            control = side.control.take();
            trusted(args, side, token.as_ref().map(|token| &token.value), &target.url)
        })
        .transpose()?;
    let mut material = Material {
        target,
        genuine: token.map_or_else(|| Secret::new(""), |token| token.value),
        dpop: trusted.is_some().then(dpop_key).flatten(),
        trusted,
        public,
        key_texts,
        stranger,
        listener: Some(listener),
        issuer: control,
        wait: args.deep.then(|| Box::new(std::thread::sleep) as Box<dyn Fn(std::time::Duration)>),
        other_scope: args.other_scope.clone(),
        writes: args.write.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
        nonce: RefCell::new(None),
        now: Timestamp::now(),
        seed: digest::random().map_err(|error| local(error.to_string()))?,
        count: Cell::new(0),
    };
    if material.genuine.is_empty() {
        let signed = material.signed(|_| {}).map_err(local)?;
        material.genuine = Secret::new(signed);
    }
    Ok(PreparedProbe { material, source, notes })
}

fn local(why: String) -> Failure {
    Failure::new(Exit::Local, PHASE, why)
}

/// Where tokens come from, for reports.
fn source(side: Option<&SigningSide>, token: Option<&Sourced<Secret>>) -> String {
    match (side, token) {
        (Some(side), _) => side.source.clone(),
        (None, Some(token)) => format!("token from {}", token.origin),
        (None, None) => String::new(),
    }
}

/// Whether a flag names a key to sign with.
fn signs(args: &ProbeArgs) -> bool {
    let flags = &args.signing;
    flags.key.is_some() || flags.secret_file.is_some() || flags.store.is_some()
}

fn signing_side(
    args: &ProbeArgs,
    issuer: Option<OwnIssuer>,
    notes: &mut Vec<String>,
) -> Result<Option<SigningSide>, Failure> {
    if let Some(issuer) = issuer {
        let algorithm = issuer.signer.algorithm();
        return Ok(Some(SigningSide {
            siblings: keys::siblings(issuer.private.expose(), algorithm),
            signer: issuer.signer,
            source: format!("signed by heistctl, the issuer {}", issuer.url),
            issuer: Some(issuer.url),
            control: Some(Box::new(issuer.control)),
            key_text: Some(Secret::new(issuer.keys)),
        }));
    }
    if !signs(args) {
        return Ok(None);
    }
    let key = keys::of(&args.signing, PHASE)?;
    key.record_use("signed tokens of heistctl probe")?;
    notes.extend(key.notes);
    let source = format!("signed by the key of the flags ({})", key.signer.algorithm());
    let (signer, siblings) = (key.signer, key.siblings);
    Ok(Some(SigningSide { signer, siblings, issuer: None, control: None, key_text: None, source }))
}

/// The algorithm of good tokens; `Some(None)` if the token is not a JWT, `None` if there is no token.
fn algorithm(side: Option<&SigningSide>, token: Option<&Sourced<Secret>>) -> Option<Option<Algorithm>> {
    if let Some(side) = side {
        return Some(Some(side.signer.algorithm()));
    }
    let token = token?.value.expose_str().unwrap_or_default();
    let Token::Jws(jws) = compact::read(token) else { return Some(None) };
    Some(jws.header_str("alg").and_then(|alg| alg.parse().ok()))
}

/// The claims and the header: those of the good token, then the flags.
fn trusted(
    args: &ProbeArgs,
    side: SigningSide,
    token: Option<&Secret>,
    url: &str,
) -> Result<TrustedSigner, Failure> {
    let (mut header, mut all) = (Object::default(), Object::default());
    if let Some(Token::Jws(jws)) = token.and_then(|token| token.expose_str().ok()).map(compact::read) {
        all = jws.peek_unverified().cloned().unwrap_or_default();
        FRESH.iter().for_each(|name| all.remove(name));
        header = jws.header.clone();
        header.remove("alg");
    }
    let flags = claims::of(&args.claims, PHASE)?;
    flags.iter().for_each(|(name, value)| all.set(name, value.clone()));
    let issuer = side.issuer.clone().map(|issuer| ("iss", issuer));
    let audience =
        side.issuer.as_ref().map(|_| ("aud", url.split('?').next().unwrap_or_default().to_owned()));
    let subject = [("sub", SUBJECT.to_owned()), ("client_id", SUBJECT.to_owned())];
    for (name, value) in issuer.into_iter().chain(audience).chain(subject) {
        if all.get(name).is_none() {
            all.set(name, Json::String(value));
        }
    }
    claims::header(&args.header).for_each(|(name, value)| header.set(&name, value));
    Ok(TrustedSigner { signer: side.signer, siblings: side.siblings, header, claims: all })
}

/// The keys that verify good tokens, and the text of their set.
fn public_keys(
    args: &ProbeArgs,
    side: Option<&SigningSide>,
) -> Result<(Vec<VerifyingKey>, Vec<Secret>), Failure> {
    let mut texts: Vec<Secret> = side.and_then(|side| side.key_text.clone()).into_iter().collect();
    let of_side = side.map(|side| side.signer.verifying_key().clone());
    let mut keys: Vec<VerifyingKey> = of_side.into_iter().collect();
    if let Some(path) = &args.jwks {
        let read = named_file(&Sourced::new(path.clone(), "--jwks"), PHASE)?;
        let set = KeySet::read(read.value.expose(), &read.origin).map_err(|error| {
            let failure = Failure::new(Exit::Usage, PHASE, format!("{}: {error}", read.origin));
            Failure { hint: error.hint_for(&read.origin), ..failure }
        })?;
        keys.extend(set.keys);
        texts.push(read.value);
    }
    keys.retain(|key| key.source != KeySource::Secret);
    Ok((keys, texts))
}

/// The key of DPoP proofs.
fn dpop_key() -> Option<Signer> {
    let private = PrivateKey::generate(Algorithm::ES256).ok()?;
    Signer::asymmetric(private, Algorithm::ES256).ok()
}
