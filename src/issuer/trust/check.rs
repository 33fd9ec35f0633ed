//! The checks of an identity, a token of a trusted issuer, in their order. Each is one step with a name, so a
//! refusal names the first that fails. Nothing is written before all of them have passed.

use super::accepted::resources;
use super::preset::IdentityKind;
use super::trusted_issuer::{ID_JAG_TYPE, TrustedIssuer, trust_domain};
use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock::Timestamp;
use crate::jose::algorithm::Family;
use crate::jose::compact::{self, Jws, Token};
use crate::jose::keyset::{KeySet, client_most_tried};
use crate::jose::verify;
use crate::json::{Json, JsonLimits, Object};
use crate::registry::federated::MAX_SUBJECT;
use crate::verdict::{self, CheckName, Policy, Status, Verdict};
use std::fmt;

/// The longest identity, in bytes. Platforms issue up to 4 KiB.
pub const MAX_IDENTITY: usize = 12 * 1024;

/// Where an identity is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityDoor {
    /// In place of a secret (RFC 7523 section 2.2).
    Client,
    /// As an authorization grant (RFC 7523 section 2.1).
    Grant,
    /// As the subject token of an exchange (RFC 8693).
    Exchange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityStep {
    Size,
    Structure,
    Critical,
    Algorithm,
    Type,
    Issuer,
    Bound,
    Key,
    Signature,
    Audience,
    Expiry,
    NotBefore,
    IssuedAt,
    Lifetime,
    Rule,
    Replay,
}

impl IdentityStep {
    pub const ALL: [Self; 16] = [
        Self::Size,
        Self::Structure,
        Self::Critical,
        Self::Algorithm,
        Self::Type,
        Self::Issuer,
        Self::Bound,
        Self::Key,
        Self::Signature,
        Self::Audience,
        Self::Expiry,
        Self::NotBefore,
        Self::IssuedAt,
        Self::Lifetime,
        Self::Rule,
        Self::Replay,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Structure => "structure",
            Self::Critical => "crit",
            Self::Algorithm => "alg",
            Self::Type => "typ",
            Self::Issuer => "iss",
            Self::Bound => "cnf",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Audience => "aud",
            Self::Expiry => "exp",
            Self::NotBefore => "nbf",
            Self::IssuedAt => "iat",
            Self::Lifetime => "lifetime",
            Self::Rule => "rule",
            Self::Replay => "replay",
        }
    }
}

/// The first check that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFault {
    pub step: IdentityStep,
    pub why: String,
}

impl IdentityFault {
    #[must_use]
    pub fn new(step: IdentityStep, why: impl Into<String>) -> Self {
        Self { step, why: why.into() }
    }
}

impl fmt::Display for IdentityFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "identity: {}: {}", self.step.name(), self.why)
    }
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    Passed,
    Failed(String),
    /// It needs the issuer's keys.
    Skipped,
}

/// An identity that is read and not verified.
#[derive(Debug)]
pub struct IdentityCheck<'a> {
    pub jws: &'a Jws<'a>,
    pub claims: &'a Object,
    pub trust: &'a TrustedIssuer,
    pub door: IdentityDoor,
    /// This server's issuer.
    pub audience: &'a str,
    /// The tolerated clock difference, in seconds.
    pub leeway: u64,
    pub now: Timestamp,
}

/// A check, with the judge's verdict about the token.
pub(super) type StepCheck = fn(&IdentityCheck<'_>, &Verdict) -> Result<(), String>;
type StepTable = &'static [(IdentityStep, StepCheck)];

/// The checks before the issuer's keys are asked for.
pub(super) const BEFORE_KEYS: StepTable = &[
    (IdentityStep::Structure, structure),
    (IdentityStep::Critical, critical),
    (IdentityStep::Algorithm, algorithm),
    (IdentityStep::Type, typ),
    (IdentityStep::Issuer, issuer),
    (IdentityStep::Bound, bound),
];

/// The checks with its keys.
pub(super) const WITH_KEYS: StepTable = &[
    (IdentityStep::Key, key),
    (IdentityStep::Signature, signature),
    (IdentityStep::Audience, audience),
    (IdentityStep::Expiry, expiry),
    (IdentityStep::NotBefore, not_before),
    (IdentityStep::IssuedAt, issued_at),
    (IdentityStep::Lifetime, lifetime),
];

/// Reads the text of an identity: bounded size, three parts, a claims set.
///
/// # Errors
/// [`IdentityStep::Size`] or [`IdentityStep::Structure`].
pub fn read(text: &str) -> Result<Jws<'_>, IdentityFault> {
    size(text)?;
    match compact::read_within(text, JsonLimits::ASSERTION) {
        Token::Jws(jws) if jws.peek_unverified().is_some() => Ok(jws),
        Token::Jws(_) => Err(IdentityFault::new(IdentityStep::Structure, "its payload is not a claims set")),
        Token::Jwe(_) => Err(IdentityFault::new(IdentityStep::Structure, "it is encrypted")),
        Token::Unreadable(_) => Err(IdentityFault::new(IdentityStep::Structure, "it is not a signed JWT")),
    }
}

/// Checks the length of an identity.
///
/// # Errors
/// [`IdentityStep::Size`]
pub fn size(text: &str) -> Result<(), IdentityFault> {
    if text.len() <= MAX_IDENTITY {
        return Ok(());
    }
    let why = format!("it has {} bytes, at most {MAX_IDENTITY} are read", text.len());
    Err(IdentityFault::new(IdentityStep::Size, why))
}

impl IdentityCheck<'_> {
    /// Checks what needs no key.
    ///
    /// # Errors
    /// The first fault.
    pub fn before_keys(&self) -> Result<(), IdentityFault> {
        self.run(BEFORE_KEYS, &KeySet::none(), None)
    }

    /// Checks signature, audience and times.
    ///
    /// # Errors
    /// The first fault.
    pub fn with_keys(&self, keys: &KeySet) -> Result<(), IdentityFault> {
        self.run(WITH_KEYS, keys, None)
    }

    /// The result of every check, also after one that fails. Without keys, those that need one are skipped.
    #[must_use]
    pub fn outcomes(&self, keys: Option<&KeySet>) -> Vec<(IdentityStep, StepOutcome)> {
        let none = KeySet::none();
        let verdict = verdict::judge(self.jws, keys.unwrap_or(&none), &self.policy(), self.now);
        let outcome = |(step, check): &(IdentityStep, StepCheck)| {
            let needs_key = matches!(step, IdentityStep::Key | IdentityStep::Signature);
            let outcome = match check(self, &verdict) {
                _ if needs_key && keys.is_none() => StepOutcome::Skipped,
                Ok(()) => StepOutcome::Passed,
                Err(why) => StepOutcome::Failed(why),
            };
            (*step, outcome)
        };
        BEFORE_KEYS.iter().chain(WITH_KEYS).map(outcome).collect()
    }

    /// Runs the checks of a table; tests leave one out.
    pub(super) fn run(
        &self,
        steps: StepTable,
        keys: &KeySet,
        without: Option<IdentityStep>,
    ) -> Result<(), IdentityFault> {
        let verdict = verdict::judge(self.jws, keys, &self.policy(), self.now);
        let mut steps = steps.iter().filter(|(step, _)| Some(*step) != without);
        steps.try_for_each(|(step, check)| {
            check(self, &verdict).map_err(|why| IdentityFault { step: *step, why })
        })
    }

    fn policy(&self) -> Policy {
        Policy {
            leeway: self.leeway,
            iss: self.named_issuer().map(str::to_owned),
            alg: self.trust.algorithms.clone(),
            most_keys: verify::algorithm(self.jws).ok().map(client_most_tried),
            max_lifetime: Some(self.trust.max_lifetime),
            ..Policy::default()
        }
    }

    /// The issuer that the token must name. A JWT-SVID may name any, and proves its trust domain by its key.
    fn named_issuer(&self) -> Option<&str> {
        (self.trust.preset.kind != IdentityKind::Spiffe).then_some(self.trust.issuer.as_str())
    }

    fn view(&self) -> ClaimsView<'_> {
        ClaimsView::of(self.claims)
    }
}

/// The judge's check of that name, unless it fails.
fn passed(verdict: &Verdict, name: CheckName) -> Result<(), String> {
    match verdict.check(name) {
        Some(check) if check.status == Status::Fail => Err(check.message.clone()),
        Some(_) => Ok(()),
        None => Err("it was not checked".to_owned()),
    }
}

fn structure(check: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    passed(verdict, CheckName::Structure)?;
    match check.view().sub {
        Claim::Value("") | Claim::Absent => Err("it has no sub".to_owned()),
        Claim::Mistyped(what) => Err(what),
        Claim::Value(sub) if sub.len() > MAX_SUBJECT => {
            Err(format!("its sub has more than {MAX_SUBJECT} bytes"))
        }
        Claim::Value(_) if check.trust.preset.kind == IdentityKind::IdJag => {
            resources(check.claims).map(drop)
        }
        Claim::Value(_) => Ok(()),
    }
}

fn critical(_: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    passed(verdict, CheckName::Crit)
}

fn algorithm(check: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    passed(verdict, CheckName::Alg)?;
    match verify::algorithm(check.jws) {
        Ok(algorithm) if algorithm.family() == Family::Hmac => {
            Err(format!("{algorithm} needs a shared secret, and there is none"))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// The types of other tokens are refused (RFC 8725 section 3.12): an access token or a proof is no identity.
fn typ(check: &IdentityCheck<'_>, _: &Verdict) -> Result<(), String> {
    let is_jag = check.trust.preset.kind == IdentityKind::IdJag;
    if is_jag && check.door != IdentityDoor::Grant {
        return Err("an ID-JAG is a grant: send it as the assertion of grant_type jwt-bearer".to_owned());
    }
    let own: &[&str] = match (check.trust.preset.kind, check.door) {
        (IdentityKind::IdJag, _) => &[ID_JAG_TYPE],
        (IdentityKind::Spiffe, _) => &["jwt", "jose"],
        (IdentityKind::Jwt, IdentityDoor::Client) => &["jwt", "client-authentication+jwt"],
        (IdentityKind::Jwt, IdentityDoor::Grant) => &["jwt", "authorization-grant+jwt"],
        (IdentityKind::Jwt, IdentityDoor::Exchange) => &["jwt"],
    };
    match check.jws.header.get("typ") {
        None if is_jag => Err(format!("it has no typ, and must have {ID_JAG_TYPE}")),
        None => Ok(()),
        Some(Json::String(typ)) if own.contains(&compact::media_type(typ).as_str()) => Ok(()),
        Some(Json::String(typ)) => {
            Err(format!("{typ:?} belongs to another kind of token; expected {}", own.join(" or ")))
        }
        Some(other) => Err(format!("typ is {}, must be a string", other.kind())),
    }
}

fn issuer(check: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    if check.named_issuer().is_some() {
        return passed(verdict, CheckName::Iss).and_then(|()| match check.view().iss {
            Claim::Value(_) => Ok(()),
            Claim::Absent | Claim::Mistyped(_) => Err("it has no iss".to_owned()),
        });
    }
    let Claim::Value(sub) = check.view().sub else { return Err("it has no sub".to_owned()) };
    let domain = trust_domain(sub);
    if domain == Some(check.trust.issuer.as_str()) {
        return Ok(());
    }
    Err(format!("its sub is not a SPIFFE ID of {}", check.trust.issuer))
}

/// A stolen copy of a bound token must be worthless, and no door asks for the proof of the key.
fn bound(check: &IdentityCheck<'_>, _: &Verdict) -> Result<(), String> {
    let is_bound = check.claims.get("cnf").is_some();
    if is_bound { Err("it is bound to a key, and must be free of cnf".to_owned()) } else { Ok(()) }
}

fn key(_: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    passed(verdict, CheckName::Key)
}

fn signature(_: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    match verdict.check(CheckName::Signature) {
        Some(check) if check.status == Status::Pass => Ok(()),
        Some(check) => Err(check.message.clone()),
        None => Err("it was not checked".to_owned()),
    }
}

/// It must be for this server alone: whoever else is named could present it here.
fn audience(check: &IdentityCheck<'_>, _: &Verdict) -> Result<(), String> {
    let is_ours = |aud: &str| aud == check.audience || check.trust.audiences.iter().any(|ours| ours == aud);
    let wanted = check.audience;
    match check.claims.get("aud") {
        Some(Json::String(aud)) if is_ours(aud) => Ok(()),
        Some(Json::String(aud)) => Err(format!("it is for {aud}, not for {wanted}")),
        Some(Json::Array(items)) => match items.as_slice() {
            [Json::String(aud)] if is_ours(aud) => Ok(()),
            [Json::String(aud)] => Err(format!("it is for {aud}, not for {wanted}")),
            [] => Err("aud is an empty list".to_owned()),
            _ => Err(format!("it must be for {wanted} alone, and its aud lists several")),
        },
        Some(other) => Err(format!("aud is {}, must be {wanted}", other.kind())),
        None => Err(format!("it has no aud, must be {wanted}")),
    }
}

fn expiry(check: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    passed(verdict, CheckName::Exp)?;
    if check.view().exp == Claim::Absent { Err("it has no exp".to_owned()) } else { Ok(()) }
}

fn not_before(_: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    passed(verdict, CheckName::Nbf)
}

fn issued_at(_: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    passed(verdict, CheckName::Iat)
}

/// A JWT-SVID need not say when it was issued. Its remaining lifetime counts then.
fn lifetime(check: &IdentityCheck<'_>, verdict: &Verdict) -> Result<(), String> {
    let view = check.view();
    if check.trust.preset.kind != IdentityKind::Spiffe || view.iat != Claim::Absent {
        return passed(verdict, CheckName::Lifetime);
    }
    let Claim::Value(exp) = view.exp else { return Err("it has no exp".to_owned()) };
    let latest = NumericDate::from_timestamp(check.now).plus(check.trust.max_lifetime + check.leeway);
    if exp <= latest {
        Ok(())
    } else {
        Err(format!("it ends more than {} s from now", check.trust.max_lifetime))
    }
}
