//! `heistctl inspect`: reads a token from where people have it, asks the judge, reports.

pub mod reading;

use crate::cli::{InspectArgs, scope_list};
use crate::clock::Timestamp;
use crate::commands::Report;
use crate::commands::environment::{read_all, secret_file, secret_var, stdin_is_terminal, var};
use crate::exit::{Exit, Failure};
use crate::jose::compact::{self, Jws, Payload, Token};
use crate::jose::digest::fingerprint;
use crate::jose::key::VerifyingKey;
use crate::json::{Json, Object};
use crate::verdict::{self, Check, Outcome, Policy};
use reading::{Stripped, strip};

const PHASE: &str = "inspect";
/// How far ahead an `iat` may be before it is a failure, in seconds: clocks differ.
const IAT_GRACE: u64 = 60;

/// What was found out about a token.
#[derive(Debug)]
pub struct InspectReport {
    /// What it is.
    pub finding: Finding,
    /// The first 16 hex digits of its SHA-256.
    pub fingerprint: String,
    /// Whether the report is printed as JSON.
    pub json: bool,
    /// As of when it was judged.
    pub now: Timestamp,
    /// What was stripped from around it.
    pub notes: Vec<String>,
}

/// What a text turned out to be.
#[derive(Debug)]
pub enum Finding {
    /// A signed token, judged.
    Jws {
        /// Its header.
        header: Object,
        /// Its payload as JSON, where it is that.
        payload: Option<Json>,
        /// The bytes of a payload that is no JSON.
        payload_bytes: Vec<u8>,
        /// The judgement.
        outcome: Outcome,
        /// What it rests on.
        checks: Vec<Check>,
    },
    /// An encrypted token; only its header can be read.
    Jwe {
        /// Its header.
        header: Object,
    },
    /// Nothing that can be read.
    Unreadable {
        /// True where it looks like a damaged JWT.
        damaged: bool,
        /// What is wrong with it.
        why: String,
    },
}

impl InspectReport {
    /// The exit code: 0, 8 or 9.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.finding {
            Finding::Jws { outcome: Outcome::Fail, .. } => Exit::CheckFailed,
            Finding::Jws { .. } => Exit::Done,
            Finding::Jwe { .. } | Finding::Unreadable { .. } => Exit::Unreadable,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Exit 2 where there is no token or no key to read.
pub fn run(args: &InspectArgs) -> anyhow::Result<Report> {
    let keys = keys(args)?;
    let policy = policy(args)?;
    let now = args.now.unwrap_or_else(Timestamp::now);
    let stripped = token(args)?;
    let finding = match compact::read(&stripped.token) {
        Token::Jws(jws) => judged(&jws, &keys, &policy, now),
        Token::Jwe(header) => Finding::Jwe { header },
        Token::Unreadable(unreadable) => {
            Finding::Unreadable { damaged: unreadable.damaged, why: unreadable.why }
        }
    };
    let notes = stripped.notes.iter().map(|note| format!("{note} is no part of the token and was left out"));
    Ok(Report::Inspect(Box::new(InspectReport {
        finding,
        fingerprint: fingerprint(&stripped.token),
        json: args.json,
        now,
        notes: notes.collect(),
    })))
}

fn judged(jws: &Jws<'_>, keys: &[VerifyingKey], policy: &Policy, now: Timestamp) -> Finding {
    let verdict = verdict::judge(jws, keys, policy, now);
    let payload = match &jws.payload {
        Payload::Claims(claims) => Some(Json::Object(claims.clone())),
        Payload::OtherJson(other) => Some(other.clone()),
        Payload::NotJson(_) | Payload::Undecodable => None,
    };
    Finding::Jws {
        header: jws.header.clone(),
        payload,
        payload_bytes: jws.payload_bytes.clone(),
        outcome: verdict.outcome,
        checks: verdict.checks,
    }
}

/// TOKEN, `-`, `HEISTCTL_TOKEN`, piped stdin, in this order.
fn token(args: &InspectArgs) -> Result<Stripped, Failure> {
    let usage = || {
        Failure::new(Exit::Usage, PHASE, "no token")
            .hint("give it as argument, in HEISTCTL_TOKEN, or pipe it: heistctl token | heistctl inspect")
    };
    match args.token.as_deref() {
        Some("-") => from_stdin(),
        Some(token) => Ok(strip(token)),
        None => match var("HEISTCTL_TOKEN")? {
            Some(token) => Ok(strip(&token.value)),
            None if stdin_is_terminal() => Err(usage()),
            None => from_stdin(),
        },
    }
    .and_then(|stripped| if stripped.token.is_empty() { Err(usage()) } else { Ok(stripped) })
}

fn from_stdin() -> Result<Stripped, Failure> {
    let bytes = read_all(std::io::stdin().lock(), "stdin")
        .map_err(|error| Failure::new(Exit::Local, PHASE, format!("{error:#}")))?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::new(Exit::Unreadable, PHASE, "stdin is not UTF-8: a token is plain ASCII"))?;
    Ok(strip(text))
}

fn keys(args: &InspectArgs) -> Result<Vec<VerifyingKey>, Failure> {
    const PHASE: &str = "key";
    let secret = match (&args.secret_file, &args.secret_env) {
        (Some(path), _) => secret_file(path, PHASE)?,
        (None, Some(name)) => secret_var(name)
            .ok_or_else(|| Failure::new(Exit::Usage, PHASE, format!("{name} is not set or empty")))?,
        (None, None) => return Ok(Vec::new()),
    };
    Ok(vec![VerifyingKey::hmac(secret.value, secret.origin)])
}

fn policy(args: &InspectArgs) -> Result<Policy, Failure> {
    let scopes: Vec<String> = args.scope.iter().map(ToString::to_string).collect();
    let scope = scope_list(&scopes).map_err(|error| Failure::new(Exit::Usage, PHASE, error))?;
    Ok(Policy {
        leeway: args.leeway.as_secs(),
        iat_grace: IAT_GRACE,
        iss: args.iss.clone(),
        aud: args.aud.clone(),
        sub: args.sub.clone(),
        scope: (!scope.is_empty()).then_some(scope),
        typ: args.typ.clone(),
        alg: args.alg.clone(),
        max_lifetime: args.max_lifetime.map(|lifetime| lifetime.as_secs()),
        require: args.require.clone(),
    })
}
