//! The access token itself, if it is a JWT.

use super::check::{CheckGroup, CheckNeeds, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Inquiry, IssuerEvidence, SeenAnswer, shortened};
use super::profile::SecurityProfile as For;
use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::client::agent::clock_ahead;
use crate::jose::compact::{self, Jws, Token};
use crate::jose::keyset::KeySet;
use crate::json::{Json, Object};
use crate::verdict::{CheckName, Policy, Status, judge};

const fn check(
    number: u8,
    name: &'static str,
    weight: Weight,
    judge: fn(&IssuerEvidence) -> Finding,
) -> DoctorCheck {
    DoctorCheck {
        needs: CheckNeeds::Client,
        asks: &[Inquiry::Granted],
        ..DoctorCheck::new(CheckGroup::Token, number, name, weight, judge)
    }
}

pub(super) const CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        title: "the token verifies by a published key with its kid; an opaque one is known to introspection",
        section: "RFC 9068 section 4",
        cure: "publish the key that signs in jwks_uri, with the kid that tokens name",
        breaks: &["every API"],
        ..check(72, "token-verifies", Weight::Must, verifies)
    },
    DoctorCheck {
        title: "typ is at+jwt",
        section: "RFC 9068 section 2.1",
        cure: "issue tokens by RFC 9068, so that no other JWT is taken for one",
        breaks: &["APIs by RFC 9068, as those with oauth4webapi"],
        ..check(73, "token-typ", Weight::Should, typ)
    },
    DoctorCheck {
        title: "iss is the issuer, byte for byte",
        section: "RFC 9068 section 2.2",
        cure: "sign with the issuer that the metadata names",
        breaks: &["every API that checks iss"],
        ..check(74, "token-iss", Weight::Must, iss)
    },
    DoctorCheck {
        title: "aud names an API: it is there, and neither the client nor a placeholder",
        section: "RFC 9068 section 3",
        cure: "name the API in the server's settings (in heistctl's heist.toml: audience = [\"https://api.example.com\"]), or \
               request it: --resource https://api.example.com (RFC 8707)",
        breaks: &["APIs that check aud; without it, a token for one API is good for all"],
        ..check(75, "token-aud", Weight::Must, aud)
    },
    DoctorCheck {
        title: "sub, client_id and jti are there, and jti differs in each token",
        section: "RFC 9068 section 2.2",
        cure: "issue tokens by RFC 9068; sub is the client where there is no user",
        breaks: &["APIs that log or limit by sub, client_id or jti"],
        ..check(76, "token-ids", Weight::Should, ids)
    },
    DoctorCheck {
        title: "exp - iat is expires_in, and not over an hour",
        section: "RFC 6749 section 5.1; RFC 6750 section 5.3; RFC 9700",
        cure: "let tokens live for minutes, an hour at most",
        breaks: &["clients that cache by expires_in", "everybody, if a long-lived token is lost"],
        ..check(77, "token-lifetime", Weight::Should, lifetime)
    },
    DoctorCheck {
        title: "the claim scope is the scope of the answer",
        section: "RFC 9068 section 2.2.3",
        cure: "write the granted scope into the claim scope, as one text",
        breaks: &["APIs that check scopes"],
        ..check(78, "token-scope", Weight::Should, scope)
    },
    DoctorCheck {
        title: "the algorithm has a key pair",
        section: "RFC 9068 section 2.1",
        cure: "sign by ES256, RS256, PS256 or EdDSA",
        breaks: &["APIs: with a shared secret, each of them could make tokens"],
        musts: &[For::Rfc9700],
        ..check(79, "token-algorithm", Weight::Must, algorithm)
    },
    DoctorCheck {
        title: "iat is not ahead of the server's own Date",
        section: "RFC 7519 section 4.1.6",
        cure: "set the clocks of all nodes by NTP",
        breaks: &["APIs without leeway: the token is not valid yet"],
        ..check(80, "token-iat", Weight::Should, iat)
    },
    DoctorCheck {
        title: "it is under 4 KiB, and no claim looks like a person's data or a secret",
        section: "RFC 9068 section 6",
        cure: "remove what APIs do not need from the claims",
        breaks: &["servers and proxies that limit header fields"],
        ..check(81, "token-content", Weight::Should, content)
    },
];

/// The answer with the first token.
pub(super) fn granted(evidence: &IssuerEvidence) -> Option<(&SeenAnswer, &str)> {
    let seen = evidence.seen(Inquiry::Granted).filter(|seen| seen.status == 200)?;
    Some((seen, seen.text("access_token")?))
}

const NO_TOKEN: &str = "no token was granted";
const OPAQUE: &str = "the token is opaque";

/// Applies a function to the token's answer and its parts, if it is a JWT.
fn of(evidence: &IssuerEvidence, judge: impl FnOnce(&SeenAnswer, &Jws<'_>, &Object) -> Finding) -> Finding {
    let Some((seen, token)) = granted(evidence) else { return Finding::skip(NO_TOKEN) };
    match compact::read(token) {
        Token::Jws(jws) => match jws.peek_unverified() {
            Some(claims) => judge(seen, &jws, claims),
            None => Finding::fail("its payload is not an object"),
        },
        Token::Jwe(_) => Finding::skip("the token is encrypted"),
        Token::Unreadable(_) => Finding::skip(OPAQUE),
    }
}

fn verifies(evidence: &IssuerEvidence) -> Finding {
    let Some((_, token)) = granted(evidence) else { return Finding::skip(NO_TOKEN) };
    let Token::Jws(jws) = compact::read(token) else { return opaque(evidence) };
    let Some(set) = evidence.seen(Inquiry::KeySet) else {
        return Finding::skip("there is no key set to verify it with");
    };
    let keys = match KeySet::read(&set.body, "jwks_uri") {
        Ok(keys) => keys,
        Err(error) => return Finding::fail(format!("the key set: {error}")),
    };
    let verdict = judge(&jws, &keys, &Policy::default(), evidence.now);
    let wrong = [CheckName::Structure, CheckName::Alg, CheckName::Key, CheckName::Signature]
        .into_iter()
        .filter_map(|name| verdict.check(name))
        .find(|check| check.status == Status::Fail);
    Finding::fail_if(wrong.map(|check| format!("{}: {}", check.name, shortened(&check.message))))
}

/// Whether introspection knows the opaque token.
fn opaque(evidence: &IssuerEvidence) -> Finding {
    let active = evidence.seen(Inquiry::IntrospectLive).and_then(|seen| seen.object()?.get("active"));
    match active {
        Some(Json::Bool(true)) => Finding::Pass,
        Some(_) => Finding::fail("it is opaque, and introspection does not know it"),
        None => Finding::skip("it is opaque, and introspection does not answer"),
    }
}

fn typ(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, jws, _| {
        let typ = jws.header_str("typ");
        let is_right = typ.is_some_and(|typ| compact::media_type(typ) == "at+jwt");
        if is_right {
            Finding::Pass
        } else {
            Finding::fail(format!("typ is {}", typ.map_or("absent".to_owned(), shortened)))
        }
    })
}

fn iss(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, _, claims| match ClaimsView::of(claims).iss {
        Claim::Value(iss) if iss == evidence.issuer => Finding::Pass,
        Claim::Value(iss) => Finding::fail(format!("iss is {}", shortened(iss))),
        Claim::Absent => Finding::fail("it has no iss"),
        Claim::Mistyped(why) => Finding::fail(why),
    })
}

/// Audiences that name no API.
const PLACEHOLDERS: [&str; 6] = ["account", "default", "api", "resource", "undefined", "null"];

fn aud(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, _, claims| {
        let view = ClaimsView::of(claims);
        let client = match view.client_id {
            Claim::Value(client) => client,
            _ => "",
        };
        match view.aud {
            Claim::Absent => Finding::fail("it has no aud"),
            Claim::Mistyped(why) => Finding::fail(why),
            Claim::Value(found) if found.is_empty() => Finding::fail("aud is an empty list"),
            Claim::Value(found) => {
                let names_api = |aud: &&str| *aud != client && !PLACEHOLDERS.contains(aud);
                let shown = shortened(&found.join(" "));
                if found.iter().any(names_api) {
                    Finding::Pass
                } else {
                    Finding::fail(format!("aud is {shown}"))
                }
            }
        }
    })
}

fn ids(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, _, claims| {
        let missing = ["sub", "client_id", "jti"]
            .into_iter()
            .filter(|name| claims.get(name).and_then(Json::as_str).is_none_or(str::is_empty));
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            return Finding::fail(format!("it has no {}", missing.join(", ")));
        }
        let jtis: Vec<String> = evidence.all(Inquiry::Granted).iter().filter_map(jti).collect();
        let repeats = jtis.windows(2).any(|pair| pair[0] == pair[1]);
        Finding::fail_if(repeats.then(|| "two tokens have the same jti".to_owned()))
    })
}

fn jti(exchange: &super::evidence::Exchange) -> Option<String> {
    let token = exchange.outcome.as_ref().ok()?.text("access_token")?;
    let Token::Jws(jws) = compact::read(token) else { return None };
    jws.peek_unverified()?.get("jti")?.as_str().map(str::to_owned)
}

/// In seconds: an hour is good, a day is too long.
const HOUR: i128 = 3600;
const DAY: i128 = 24 * HOUR;

fn lifetime(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |seen, _, claims| {
        let view = ClaimsView::of(claims);
        let (Claim::Value(iat), Claim::Value(exp)) = (view.iat, view.exp) else {
            return Finding::fail("it lacks iat or exp");
        };
        let lives = exp.seconds - iat.seconds;
        let said = seen.object().and_then(|answer| answer.get("expires_in")).map(ToString::to_string);
        if let Some(said) =
            said.and_then(|said| said.parse::<i128>().ok()).filter(|said| (said - lives).abs() > 1)
        {
            return Finding::fail(format!("expires_in is {said}, exp - iat is {lives}"));
        }
        if lives > DAY {
            return Finding::fail(format!("it lives for {lives} s, longer than a day"));
        }
        let is_long = lives > HOUR;
        if is_long {
            Finding::warn(format!("it lives for {lives} s, longer than an hour"))
        } else {
            Finding::Pass
        }
    })
}

fn scope(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |seen, _, claims| {
        let Some(said) = seen.text("scope") else { return Finding::skip("the answer names no scope") };
        let words = |text: &str| {
            let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        match claims.get("scope") {
            Some(Json::String(scope)) if words(scope) == words(said) => Finding::Pass,
            Some(other) => Finding::fail(format!(
                "the claim is {}, the answer says {}",
                shortened(&other.to_string()),
                shortened(said)
            )),
            None => Finding::fail("it has no scope"),
        }
    })
}

fn algorithm(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, jws, _| match jws.header_str("alg") {
        None => Finding::fail("it has no alg"),
        Some(alg) if alg.eq_ignore_ascii_case("none") || alg.starts_with("HS") => {
            Finding::fail(format!("alg is {}", shortened(alg)))
        }
        Some(_) => Finding::Pass,
    })
}

fn iat(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |seen, _, claims| {
        let Claim::Value(NumericDate { seconds, .. }) = ClaimsView::of(claims).iat else {
            return Finding::skip("it has no iat");
        };
        let (_, received) = seen.between;
        let Some(ahead) = clock_ahead(&seen.headers, received) else {
            return Finding::skip("the answer has no Date");
        };
        let date = i128::from(received.unix()) + i128::from(ahead);
        // Date and iat are whole seconds of two moments.
        let beyond = seconds - date;
        Finding::fail_if((beyond > 1).then(|| format!("iat is {beyond} s ahead of Date")))
    })
}

/// Claims that tell of people, or hold secrets.
const PRIVATE: [&str; 12] = [
    "email",
    "phone_number",
    "birthdate",
    "address",
    "given_name",
    "family_name",
    "password",
    "client_secret",
    "secret",
    "api_key",
    "ssn",
    "access_token",
];

fn content(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, jws, claims| {
        let mut wrong = Vec::new();
        if jws.token.len() >= 4096 {
            wrong.push(format!("it has {} bytes", jws.token.len()));
        }
        let private = PRIVATE.into_iter().filter(|name| claims.get(name).is_some());
        wrong.extend(private.map(|name| format!("it has the claim {name}")));
        Finding::fail_of(&wrong)
    })
}
