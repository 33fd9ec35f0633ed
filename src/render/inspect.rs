//! The report of `inspect`, as text and as JSON. Both come from the same findings.

use super::chain;
use super::style::{Palette, escape};
use crate::claims::{Claim, ClaimsView};
use crate::clock::{self, Timestamp};
use crate::commands::inspect::report::{InspectReport, Inspected, Introspected, Redacted};
use crate::jose::digest::hex;
use crate::json::{self, Json, Object};
use crate::verdict::as_api::ApiAnswer;
use crate::verdict::{Check, Outcome, Status};
use serde::Serialize;

#[derive(Serialize)]
struct ReportJson<'a> {
    verdict: &'a str,
    kind: &'a str,
    header: &'a Object,
    claims: &'a Json,
    checks: &'a [Check],
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection: Option<&'a Object>,
}

/// The text for stdout.
#[must_use]
pub fn text(report: &InspectReport, palette: Palette) -> String {
    match (&report.api, report.json) {
        (Some(answer), json) => api_answer(answer, json),
        (None, true) => as_json(report),
        (None, false) => as_text(report, palette),
    }
}

/// A resource server's answer as it is sent.
fn api_answer(answer: &ApiAnswer, json: bool) -> String {
    if json {
        return json::line(
            &serde_json::json!({"status": answer.status, "www_authenticate": answer.challenge}),
        );
    }
    let reason = match answer.status {
        200 => "OK",
        403 => "Forbidden",
        _ => "Unauthorized",
    };
    let challenge = answer.challenge.as_ref().map(|value| format!("WWW-Authenticate: {}\n", escape(value)));
    format!("HTTP/1.1 {} {reason}\n{}", answer.status, challenge.unwrap_or_default())
}

/// A token without its signature, with the fingerprint to find the whole token in a log.
pub(super) fn redacted(redacted: &Redacted) -> String {
    let Redacted { token, fingerprint, json } = redacted;
    if *json {
        return json::line(&serde_json::json!({"token": token, "fingerprint": fingerprint}));
    }
    format!("{}\nfingerprint {fingerprint}\n", escape(token))
}

fn verdict_word(report: &InspectReport) -> &'static str {
    match &report.finding {
        _ if report.is_inactive() => "fail",
        Inspected::Jws { outcome: Outcome::Pass, .. } => "pass",
        Inspected::Jws { outcome: Outcome::Unverified, .. } => "unverified",
        Inspected::Jws { outcome: Outcome::Fail, .. } => "fail",
        Inspected::Jwe { .. } | Inspected::Unreadable { .. } => match report.by_issuer() {
            Some(verdict) if verdict.outcome == Outcome::Fail => "fail",
            // An introspection response is not signed.
            Some(_) => "unverified",
            None => "unreadable",
        },
    }
}

pub(super) fn as_json(report: &InspectReport) -> String {
    let nothing = (Object::default(), Json::Object(Object::default()));
    let unreadable = match &report.finding {
        Inspected::Jws { .. } => Vec::new(),
        _ if let Some(verdict) = report.by_issuer() => verdict.checks.clone(),
        Inspected::Jwe { header } => vec![Check::unreadable(encrypted(header))],
        Inspected::Unreadable { why, cure: Some(cure), .. } => {
            vec![Check::unreadable(format!("{why}; {cure}"))]
        }
        Inspected::Unreadable { why, cure: None, .. } => vec![Check::unreadable(why)],
    };
    let (kind, header, claims, checks) = match &report.finding {
        Inspected::Jws { header, payload, checks, .. } => {
            ("jws", header, payload.as_ref().unwrap_or(&nothing.1), checks)
        }
        Inspected::Jwe { header } => ("jwe", header, &nothing.1, &unreadable),
        Inspected::Unreadable { damaged, .. } => {
            (if *damaged { "jws" } else { "opaque" }, &nothing.0, &nothing.1, &unreadable)
        }
    };
    let (verdict, fingerprint) = (verdict_word(report), &report.fingerprint);
    let introspection = report.introspection.as_ref().map(|introspected| &introspected.answer.members);
    json::line(&ReportJson { verdict, kind, header, claims, checks, fingerprint, introspection })
}

fn encrypted(header: &Object) -> String {
    let enc = header.get("enc").map(ToString::to_string).unwrap_or_default();
    format!("an encrypted token (JWE, enc {enc}): only its recipient can read it")
}

fn as_text(report: &InspectReport, palette: Palette) -> String {
    let mut out = String::new();
    match &report.finding {
        Inspected::Jws { header, payload, payload_bytes, outcome, checks } => {
            section(&mut out, palette, "header", header, None);
            match payload {
                Some(Json::Object(claims)) => section(&mut out, palette, "claims", claims, Some(report.now)),
                Some(other) => {
                    line(&mut out, &format!("{}\n  {}", palette.head("payload"), escape(&other.to_string())))
                }
                None => {
                    line(&mut out, &format!("{}\n  {}", palette.head("payload (hex)"), hex(payload_bytes)))
                }
            }
            actors(&mut out, palette, payload.as_ref());
            introspected(&mut out, palette, report);
            line(&mut out, &palette.head("checks"));
            for check in checks {
                line(&mut out, &check_line(check, palette));
            }
            let outcome = if report.is_inactive() { Outcome::Fail } else { *outcome };
            line(&mut out, &format!("\n{}", judgement(outcome, checks, report, palette)));
        }
        Inspected::Jwe { header } => {
            section(&mut out, palette, "header", header, None);
            unread(&mut out, palette, report, &encrypted(header));
        }
        Inspected::Unreadable { why, .. } => unread(&mut out, palette, report, why),
    }
    line(&mut out, &palette.dim(&format!("fingerprint {}", report.fingerprint)));
    out
}

/// A token that only its issuer can read: the issuer's answer, or the reason why it cannot be read.
fn unread(out: &mut String, palette: Palette, report: &InspectReport, why: &str) {
    introspected(out, palette, report);
    let Some(verdict) = report.by_issuer() else {
        return line(out, &format!("{} {}", palette.bad("UNREADABLE:"), escape(why)));
    };
    let shown: Vec<&Check> = verdict.checks.iter().filter(|check| check.status != Status::Skip).collect();
    if !shown.is_empty() {
        line(out, &palette.head("checks"));
        shown.iter().for_each(|check| line(out, &check_line(check, palette)));
        line(out, "");
    }
    if verdict.outcome == Outcome::Fail || report.is_inactive() {
        return line(out, &judgement(Outcome::Fail, &verdict.checks, report, palette));
    }
    line(
        out,
        &format!("{} the issuer says that the token is active, and no check failed", palette.good("ACTIVE:")),
    );
}

/// The issuer's answer, if it was asked.
fn introspected(out: &mut String, palette: Palette, report: &InspectReport) {
    if let Some(Introspected { by, answer, .. }) = &report.introspection {
        section(out, palette, &format!("introspection by {}", escape(by)), &answer.members, Some(report.now));
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// An object's members, one per line, with aligned names. Claims that are times also show the time.
fn section(out: &mut String, palette: Palette, title: &str, object: &Object, now: Option<Timestamp>) {
    line(out, &palette.head(title));
    let view = ClaimsView::of(object);
    let width = object.iter().map(|(name, _)| escape(name).chars().count()).max().unwrap_or(0).min(24);
    for (name, value) in object.iter() {
        let time = now.and_then(|now| time_beside(&view, name, now));
        let time = time.map(|time| format!("  {}", palette.dim(&time))).unwrap_or_default();
        let shown = match value {
            Json::String(text) => escape(text),
            other => escape(&other.to_string()),
        };
        line(out, &format!("  {:width$}  {shown}{time}", escape(name)));
    }
    out.push('\n');
}

/// The actor chain, if the token has one.
fn actors(out: &mut String, palette: Palette, payload: Option<&Json>) {
    let lines = payload.and_then(Json::as_object).map(chain::lines).unwrap_or_default();
    if lines.is_empty() {
        return;
    }
    line(out, &palette.head("chain"));
    for text in lines {
        line(out, &format!("  {}", escape(&text)));
    }
    out.push('\n');
}

fn time_beside(view: &ClaimsView<'_>, name: &str, now: Timestamp) -> Option<String> {
    let claim = match name {
        "exp" => &view.exp,
        "nbf" => &view.nbf,
        "iat" => &view.iat,
        _ => return None,
    };
    match claim {
        Claim::Value(date) => Some(format!(
            "{}, {}",
            clock::rfc3339(date.seconds).replacen('T', " ", 1),
            clock::relative(date.seconds, now)
        )),
        Claim::Absent | Claim::Mistyped(_) => None,
    }
}

fn check_line(check: &Check, palette: Palette) -> String {
    format!("  {:9}  {}  {}", check.name, palette.status(check.status), escape(&check.message))
}

fn judgement(outcome: Outcome, checks: &[Check], report: &InspectReport, palette: Palette) -> String {
    match outcome {
        Outcome::Pass => format!("{} the signature is verified and no check failed", palette.good("PASS:")),
        Outcome::Unverified if report.introspection.is_some() => format!(
            "{} the issuer says that the token is active, and no check failed; the signature was not checked",
            palette.warn("UNVERIFIED:")
        ),
        Outcome::Unverified => format!(
            "{} no check failed, but the signature was not checked: anyone can have written this. Give a key: --key, --secret-file or --issuer",
            palette.warn("UNVERIFIED:")
        ),
        Outcome::Fail => {
            let failed = checks.iter().filter(|check| check.status == Status::Fail);
            let names: Vec<&str> = failed
                .map(|check| check.name.as_str())
                .chain(report.is_inactive().then_some("introspection"))
                .collect();
            format!("{} {}", palette.bad("FAIL:"), names.join(", "))
        }
    }
}
