//! `heistctl inspect`: finds the token in the input, judges it and reports.

mod diff;
mod introspection;
mod keys;
mod misplaced;
pub mod reading;
pub mod report;

use crate::cli::{InspectArgs, RawPart, scope_list};
use crate::clock::Timestamp;
use crate::commands::Report;
use crate::commands::environment::{file, stdin, stdin_is_terminal, var};
use crate::exit::{Exit, Failure};
use crate::jose::compact::{self, Jws, Payload, Token, Unreadable};
use crate::jose::digest::Fingerprint;
use crate::jose::keyset::KeySet;
use crate::json::{Json, Object};
use crate::os_error::plain_chain;
use crate::text::{decoded_wide, shell_word};
use crate::verdict::as_api::{self, ApiAnswer};
use crate::verdict::{self, Policy};
use reading::{ForeignText, Stripped, strip};
use report::{Difference, InspectReport, Inspected, Redacted};
use std::borrow::Cow;
use std::path::Path;

const PHASE: &str = "inspect";
/// Hints for a damaged JWT, and for a token that only its issuer can read.
const COPY_AGAIN: &str = "copy it again as a whole: three parts with two dots between them";
const ASK_ISSUER: &str = "heistctl inspect --introspect asks the issuer of the environment or the profile";
/// The allowed clock difference for an `iat` in the future, in seconds.
const IAT_GRACE: u64 = 60;

/// Runs the command.
///
/// # Errors
/// Exit 2 if the token or a key is missing, 9 if a view needs a readable token.
pub fn run(args: &InspectArgs) -> anyhow::Result<Report> {
    let policy = policy(args)?;
    let stripped = token(args)?;
    if args.redact || args.raw.is_some() || args.diff.is_some() {
        return Ok(view(args, &stripped)?);
    }
    let opaque = !matches!(compact::read(&stripped.token), Token::Jws(_));
    // Keys are useless for a token that only its issuer can read.
    let mut unfetched = None;
    let keys = match keys::keys(args, !(args.introspect && opaque)) {
        Ok(keys) => keys,
        // The issuer may answer about the token even if its keys cannot be fetched.
        Err(failure)
            if args.introspect && failure.phase == keys::ISSUER_PHASE && failure.exit != Exit::Usage =>
        {
            unfetched = Some(format!("{}: {}; the signature is not checked", failure.phase, failure.what));
            KeySet::none()
        }
        Err(failure) => return Err(failure.into()),
    };
    let question =
        Question { keys, policy, now: args.now.unwrap_or_else(Timestamp::now), as_api: args.as_api };
    let mut report = InspectReport { json: args.json, ..examine(&stripped, &question) };
    report.notes.extend(unfetched);
    if args.introspect {
        introspection::ask(args, &stripped, &question.policy, &mut report)?;
    }
    Ok(Report::Inspect(Box::new(report)))
}

/// The keys and rules for the verdict.
pub struct Question {
    pub keys: KeySet,
    pub policy: Policy,
    pub now: Timestamp,
    /// Whether to add the answer of a strict API.
    pub as_api: bool,
}

/// Reads and judges a token. Pure.
#[must_use]
pub fn examine(stripped: &Stripped, question: &Question) -> InspectReport {
    let (finding, api) = match (&stripped.foreign, compact::read(&stripped.token)) {
        (Some(ForeignText { what, cure, .. }), _) => (unreadable(false, what, Some(cure)), None),
        _ if stripped.token.contains(char::REPLACEMENT_CHARACTER) => {
            let why = "it is not UTF-8, or was damaged on its way: a token is plain ASCII";
            (unreadable(false, why, None), None)
        }
        (None, Token::Jws(jws)) => judged(&jws, question),
        (None, Token::Jwe(header)) => (Inspected::Jwe { header }, None),
        (None, Token::Unreadable(Unreadable { damaged, why })) => {
            let cure = if damaged { COPY_AGAIN } else { ASK_ISSUER };
            (unreadable(damaged, &why, Some(cure)), None)
        }
    };
    let not_a_jwt = || ApiAnswer::invalid_token("it is not a JWT that can be read");
    InspectReport {
        finding,
        fingerprint: Fingerprint::of(&stripped.token).to_string(),
        json: false,
        now: question.now,
        notes: stripped.notes.clone(),
        api: question.as_api.then(|| api.unwrap_or_else(not_a_jwt)),
        introspection: None,
    }
}

fn unreadable(damaged: bool, why: &str, cure: Option<&str>) -> Inspected {
    Inspected::Unreadable { damaged, why: why.to_owned(), cure: cure.map(str::to_owned) }
}

/// The views without a verdict.
fn view(args: &InspectArgs, stripped: &Stripped) -> Result<Report, Failure> {
    let jws = readable(stripped)?;
    if let Some(other) = &args.diff {
        let other = other_token(&String::from_utf8_lossy(other.expose()))?;
        let right = readable(&other).map_err(for_diff)?;
        let nothing = Object::default();
        let claims = |jws: &Jws<'_>| jws.peek_unverified().unwrap_or(&nothing).clone();
        let header = diff::changes(&jws.header, &right.header, false);
        let claims = diff::changes(&claims(&jws), &claims(&right), true);
        let same_bytes = jws.payload_bytes == right.payload_bytes && jws.header_bytes == right.header_bytes;
        return Ok(Report::Diff(Difference { header, claims, same_bytes, json: args.json }));
    }
    Ok(match args.raw {
        Some(RawPart::Header) => Report::Raw(jws.header_bytes),
        Some(RawPart::Claims) if matches!(jws.payload, Payload::Undecodable) => {
            return Err(Failure::new(
                Exit::Unreadable,
                PHASE,
                "the payload is not base64url: it has no bytes",
            ));
        }
        Some(RawPart::Claims) => Report::Raw(jws.payload_bytes),
        None if holds_a_token(&jws) => {
            let failure = Failure::new(
                Exit::Unreadable,
                PHASE,
                "it contains another token, and would keep its signature",
            );
            return Err(failure.hint("--raw claims gives the inner token: redact that"));
        }
        None => {
            let signed = String::from_utf8_lossy(jws.signing_input());
            let token = format!("{signed}.SIGNATURE-REMOVED");
            Report::Redacted(Redacted {
                token,
                fingerprint: Fingerprint::of(jws.token).to_string(),
                json: args.json,
            })
        }
    })
}

fn for_diff(failure: Failure) -> Failure {
    let hint = failure.hint.unwrap_or_else(|| "--diff takes a token, or @FILE".to_owned());
    Failure { what: format!("--diff: {}", failure.what), hint: Some(hint), ..failure }
}

/// A nested token (RFC 7519 section 5.2) would be shown with its signature.
fn holds_a_token(jws: &Jws<'_>) -> bool {
    let payload = String::from_utf8_lossy(&jws.payload_bytes);
    !matches!(compact::read(payload.trim()), Token::Unreadable(_))
}

fn readable(stripped: &Stripped) -> Result<Jws<'_>, Failure> {
    let failure = |why: &str| Failure::new(Exit::Unreadable, PHASE, why);
    if let Some(foreign) = &stripped.foreign {
        return Err(failure(&foreign.what).hint(&foreign.cure));
    }
    match compact::read(&stripped.token) {
        Token::Jws(jws) => Ok(jws),
        Token::Jwe(_) => Err(failure("it is an encrypted token (JWE)")),
        Token::Unreadable(unreadable) => Err(failure(&unreadable.why)),
    }
}

/// A token, or `@FILE`.
fn other_token(given: &str) -> Result<Stripped, Failure> {
    let Some(path) = given.strip_prefix('@') else {
        let found = strip_word(given);
        let cure = found.foreign.as_ref().map(|_| format!("--diff @{}", shell_word(given)));
        let is_file = Path::new(given).exists();
        return Ok(match (found.foreign, cure.filter(|_| is_file)) {
            (Some(foreign), Some(cure)) => {
                Stripped { foreign: Some(ForeignText { cure, ..foreign }), ..found }
            }
            (foreign, _) => Stripped { foreign, ..found },
        });
    };
    Ok(strip(&text_of(file(Path::new(path), PHASE)?.value.expose())))
}

fn judged(jws: &Jws<'_>, question: &Question) -> (Inspected, Option<ApiAnswer>) {
    let verdict = verdict::judge(jws, &question.keys, &question.policy, question.now);
    let api = question.as_api.then(|| as_api::answer(&verdict));
    let payload = match &jws.payload {
        Payload::Claims(claims) => Some(Json::Object(claims.clone())),
        Payload::OtherJson(other) => Some(other.clone()),
        Payload::NotJson(_) | Payload::Undecodable => None,
    };
    let finding = Inspected::Jws {
        header: jws.header.clone(),
        payload,
        payload_bytes: jws.payload_bytes.clone(),
        outcome: verdict.outcome,
        checks: verdict.checks,
    };
    (finding, api)
}

/// TOKEN, `-`, `HEISTCTL_TOKEN`, piped stdin, in this order.
fn token(args: &InspectArgs) -> Result<Stripped, Failure> {
    let usage = || {
        Failure::new(Exit::Usage, PHASE, "no token")
            .hint("give it as argument, in HEISTCTL_TOKEN, or pipe it: heistctl token | heistctl inspect")
    };
    let given = args.token.as_ref().map(|token| String::from_utf8_lossy(token.expose()));
    match given.as_deref() {
        Some("-") => from_stdin(),
        Some(token) => Ok(strip_word(token)),
        None => match var("HEISTCTL_TOKEN")? {
            Some(token) => Ok(strip_word(&token.value)),
            None if stdin_is_terminal() => Err(usage()),
            None => from_stdin(),
        },
    }
    .and_then(|stripped| if stripped.token.is_empty() { Err(usage()) } else { Ok(stripped) })
}

/// A word given as a token may be the name of its file.
fn strip_word(word: &str) -> Stripped {
    let stripped = strip(word);
    if matches!(compact::read(&stripped.token), Token::Unreadable(_)) {
        let path = word.strip_prefix('@').unwrap_or(word);
        if Path::new(path).is_dir() {
            let what = format!("{path} is the name of a folder, not a token");
            let cure = format!("heistctl inspect - < {}", shell_word(&format!("{path}/FILE")));
            return Stripped { foreign: Some(ForeignText::new(what, cure)), ..stripped };
        }
        if Path::new(path).is_file() {
            let what = format!("{path} is the name of a file, not a token");
            let cure = format!("heistctl inspect - < {}", shell_word(path));
            return Stripped { foreign: Some(ForeignText::new(what, cure)), ..stripped };
        }
    }
    stripped
}

fn from_stdin() -> Result<Stripped, Failure> {
    let bytes = stdin().map_err(|error| {
        let failure = Failure::new(Exit::Unreadable, PHASE, plain_chain(&error));
        failure.hint("pipe a file with the token alone: heistctl inspect - < token.txt")
    })?;
    Ok(strip(&text_of(&bytes)))
}

/// Windows PowerShell writes UTF-16.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    decoded_wide(bytes).map_or_else(|| String::from_utf8_lossy(bytes), Cow::Owned)
}

fn policy(args: &InspectArgs) -> Result<Policy, Failure> {
    let scopes: Vec<String> = args.scope.iter().map(ToString::to_string).collect();
    let scope = scope_list(&scopes)
        .map_err(|wrong| Failure::new(Exit::Usage, PHASE, wrong.about(&scopes.join(" "))))?;
    let policy = Policy {
        leeway: args.leeway.as_secs(),
        iat_grace: IAT_GRACE,
        iss: args.iss.clone().or_else(|| args.issuer.clone()),
        aud: args.aud.clone(),
        sub: args.sub.clone(),
        scope: (!scope.is_empty()).then_some(scope),
        typ: args.typ.clone(),
        alg: args.alg.clone(),
        max_lifetime: args.max_lifetime.map(|lifetime| lifetime.as_secs()),
        require: args.require.clone(),
        advise: true,
        ..Policy::default()
    };
    Ok(if args.as_api { as_api::strict(policy) } else { policy })
}
