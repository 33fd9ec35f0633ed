//! T: when a token is valid.

use crate::json::Json;
use crate::probe::case::Way::{Measures, Sends, Untried};
use crate::probe::case::row;
use crate::probe::case::{Asking, ProbeCase, Variations};
use crate::probe::forge::{number, text};
use crate::probe::material::{Material, set};
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::terms::CaseSeverity::{Critical, High, Info, Low, Medium};
use crate::probe::terms::ProbeMode::{Issuer, Key, Token};
use crate::probe::terms::Right::{Accept, Noted, Refuse};
use crate::testbench::flaw::Flaw;
use std::time::Duration;

const HOUR: i64 = 3600;
/// Leeways in seconds: above the first it is noted, above the second it is a failure.
const GOOD_LEEWAY: i64 = 60;
const MOST_LEEWAY: i64 = 300;
/// The longest wait for a token's end, in seconds.
const LONGEST_WAIT: i64 = 960;
const EXP: &str =
    "Require exp, as a number, and refuse tokens after it (some libraries need an option for that).";

pub(super) const CASES: [ProbeCase; 10] = [
    row(
        "T1",
        (Key, Critical, Refuse),
        Sends(expired),
        ["expired an hour ago", EXP, "RFC 9068 section 4, OWASP ASVS 9.2.1"],
    ),
    row(
        "T2",
        (Key, Medium, Refuse),
        Measures(leeway),
        [
            "for how long an expired token is accepted",
            "Allow for clocks that differ with a minute at most.",
            "RFC 7519 section 4.1.4",
        ],
    ),
    row("T3", (Key, High, Refuse), Sends(without_exp), ["exp is absent", EXP, "RFC 9068 section 2.2"]),
    row(
        "T4",
        (Key, High, Refuse),
        Sends(odd_exp),
        ["exp is not a time", EXP, "RFC 7519 section 4.1.4, CVE-2026-25537"],
    ),
    row(
        "T5",
        (Key, Medium, Noted),
        Sends(huge_exp),
        [
            "exp is a huge number",
            "Parse numbers without overflow; a lifetime far above the issuer's is suspicious.",
            "RFC 7519 section 2",
        ],
    ),
    row(
        "T6",
        (Key, Low, Accept),
        Sends(fraction),
        ["exp has a fraction", "Accept fractions of seconds: NumericDate allows them.", "RFC 7519 section 2"],
    ),
    row(
        "T7",
        (Key, High, Refuse),
        Sends(not_yet),
        ["valid in an hour (nbf)", "Check nbf where it is there.", "RFC 7519 section 4.1.5"],
    ),
    row(
        "T8",
        (Key, Info, Noted),
        Sends(issued),
        [
            "iat in an hour, and ten years ago",
            "Decide about iat: an upper limit of a token's age bounds the harm of a long exp.",
            "RFC 8725bis",
        ],
    ),
    ProbeCase {
        deep: true,
        ..row(
            "T9",
            (Token, Critical, Refuse),
            Measures(ended),
            ["the good token after its end", EXP, "RFC 9068 section 4"],
        )
    },
    row(
        "T10",
        (Issuer, Info, Noted),
        Untried("not tried: it needs an issuer that revokes tokens"),
        [
            "a token of a client that was disabled",
            "Keep lifetimes short, or ask by introspection.",
            "RFC 7009 section 2.1, RFC 9700",
        ],
    ),
];

fn expired(m: &Material) -> Variations {
    Ok(vec![m.presents("exp an hour ago", &m.flawed(Flaw::Expired)?)])
}

fn without_exp(m: &Material) -> Variations {
    Ok(vec![m.presents("exp absent", &m.flawed(Flaw::NoExp)?)])
}

fn not_yet(m: &Material) -> Variations {
    Ok(vec![m.presents("nbf in an hour", &m.flawed(Flaw::NotYet)?)])
}

fn odd_exp(m: &Material) -> Variations {
    let later = (m.now.unix() + HOUR).to_string();
    let values = [
        Json::Null,
        text(&later),
        text("tomorrow"),
        number(-1),
        number(0),
        Json::Array(vec![number(m.now.unix() + HOUR)]),
        Json::Bool(true),
    ];
    values.into_iter().map(|value| m.claims("exp", Some(value))).collect()
}

fn huge_exp(m: &Material) -> Variations {
    let numbers = ["1e400", "9223372036854775808", "18446744073709551616", "99999999999999"];
    numbers.into_iter().map(|text| m.claims("exp", Some(Json::Number(text.to_owned())))).collect()
}

fn fraction(m: &Material) -> Variations {
    let exp = Json::Number(format!("{}.5", m.now.unix() + HOUR));
    Ok(vec![m.claims("exp", Some(exp))?])
}

fn issued(m: &Material) -> Variations {
    let now = m.now.unix();
    [now + HOUR, now - 10 * 8766 * HOUR].into_iter().map(|iat| m.claims("iat", Some(number(iat)))).collect()
}

/// The good token once it has ended, if that is soon.
fn ended(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let wait = m.wait.as_ref().ok_or("needs --deep: it waits for the token's end")?;
    let end = match crate::probe::forge::GenuineParts::of(m.genuine())?.claims.get("exp") {
        Some(Json::Number(exp)) => exp.parse::<i64>().map_err(|_| "its exp is not a time")?,
        _ => return Err("the good token has no exp".to_owned()),
    };
    let left = end - m.now.unix() + GOOD_LEEWAY + 1;
    if left > LONGEST_WAIT {
        return Err(format!("the good token ends in {left} s; get one that ends within 15 minutes"));
    }
    wait(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
    Ok(vec![ask(m.presents("a minute after its end", m.genuine()))])
}

/// The longest time after exp at which a token is accepted, by bisection.
fn leeway(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let mut accepts = |ago: i64| {
        let (iat, exp) = (m.now.unix() - ago - HOUR, m.now.unix() - ago);
        let sent = m.signs(format!("exp {ago} s ago"), |draft| {
            set(&mut draft.claims, "iat", Some(number(iat)));
            set(&mut draft.claims, "exp", Some(number(exp)));
        })?;
        Ok::<_, String>(ask(sent).verdict == ProbeVerdict::Accepted)
    };
    let (mut taken, mut refused) = (0, MOST_LEEWAY + 30);
    if accepts(refused)? {
        let note = format!("accepted {refused} s after exp");
        return Ok(vec![Probed::finding("expired tokens", ProbeVerdict::Accepted, note)]);
    }
    while refused - taken > 5 {
        let middle = taken.midpoint(refused);
        if accepts(middle)? { taken = middle } else { refused = middle }
    }
    let verdict = match taken {
        ..=GOOD_LEEWAY => ProbeVerdict::Passed,
        _ => ProbeVerdict::Noted,
    };
    Ok(vec![Probed::finding(
        "expired tokens",
        verdict,
        format!("accepted for at most {refused} s after exp"),
    )])
}
