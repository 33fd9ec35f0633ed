//! Explains why a resource refused a token. Compares its challenge, its metadata and its clock with the token
//! that was sent, using the same checks as `inspect`. Pure. The server's words are escaped, and only harmless
//! ones become part of commands to paste.

use super::refused::{ResourceAnswer, SentRequest};
use crate::claims::is_resource;
use crate::client::endpoint::EndpointUrl;
use crate::clock::{Timestamp, span};
use crate::commands::session::answer::SKEW;
use crate::http::challenge::Challenge;
use crate::jose::compact::{self, Jws, Token};
use crate::jose::keyset::KeySet;
use crate::json::Json;
use crate::scope::ScopeSet;
use crate::verdict::{self, Check, CheckName, Policy, Status};

/// The number of parent URLs that may name the audience, the outermost first. A redirecting server may name a
/// URL of any depth.
const WITHIN: usize = 16;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    pub(super) what: String,
    pub(super) hint: String,
}

/// A mismatch.
struct Finding {
    /// Whether it is certainly the cause, as far as a client can tell.
    sure: bool,
    what: String,
    cure: String,
}

impl Finding {
    fn sure(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { sure: true, what: what.into(), cure: cure.into() }
    }

    fn perhaps(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { sure: false, ..Self::sure(what, cure) }
    }
}

/// Explains a 401 or 403.
pub(super) fn explain(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Explanation {
    let mut findings = binding(sent, heard);
    if let Some(foreign) = other_issuer(sent, heard) {
        return told(vec![foreign], sent, heard);
    }
    match compact::read(sent.token) {
        Token::Jws(jws) => findings.extend(judged(&jws, sent, heard)),
        Token::Jwe(_) => {
            findings.extend(unread("encrypted (JWE): only its recipient can read it", sent, heard))
        }
        Token::Unreadable(_) => findings.extend(unread("opaque: only its issuer can read it", sent, heard)),
    }
    if findings.iter().any(|finding| finding.sure) {
        findings.retain(|finding| finding.sure);
    } else if heard.is_bare_forbidden() {
        findings.insert(0, forbidden(sent, heard));
    }
    if findings.is_empty() {
        findings.push(nothing(sent, heard));
    }
    told(findings, sent, heard)
}

/// Joins the server's words and the findings.
fn told(findings: Vec<Finding>, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Explanation {
    let join = |parts: Vec<String>| {
        let mut once: Vec<String> = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if !once.contains(&part) {
                once.push(part);
            }
        }
        once.join("; ")
    };
    let whats = findings.iter().map(|finding| finding.what.clone());
    let what = join(server_words(sent, heard).into_iter().chain(whats).collect());
    let hint = join(findings.into_iter().map(|finding| finding.cure).collect());
    Explanation { what, hint }
}

/// `invalid_token: The token expired`.
fn server_words(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Option<String> {
    let refusal = heard.challenges.iter().find_map(|challenge| Some((challenge.get("error")?, challenge)));
    let Some((error, challenge)) = refusal else {
        if heard.is_bare_forbidden() {
            return None;
        }
        if heard.challenges.is_empty() && heard.status == 401 {
            return Some("it gives no reason: WWW-Authenticate is missing (RFC 6750 section 3)".to_owned());
        }
        let schemes: Vec<&str> = heard.challenges.iter().map(|c| c.scheme.as_str()).collect();
        let wants = format!("it wants {}, and gives no error code", sent.words(&schemes.join(" or ")));
        return (!schemes.is_empty()).then_some(wants);
    };
    let description = challenge.get("error_description").map(|text| format!(": {}", sent.words(text)));
    Some(format!("{}{}", sent.words(error), description.unwrap_or_default()))
}

/// Checks the scheme and the token's binding (RFC 9449 section 7.2, RFC 8705 section 3).
fn binding(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Vec<Finding> {
    let wants = |scheme: &str| heard.challenges.iter().any(|challenge| challenge.is(scheme));
    let mut findings = Vec::new();
    if !heard.challenges.is_empty() && !wants("Bearer") && !wants("DPoP") {
        findings.push(Finding::sure("it does not take access tokens", "is this the API that takes tokens?"));
    }
    let requires = heard.resource.is_some_and(|resource| resource.dpop_bound_access_tokens_required);
    if !sent.bound && (requires || wants("DPoP") && !wants("Bearer")) {
        let what = "it takes tokens that are bound to a key (DPoP), and a bearer token was sent";
        findings.push(Finding::sure(what, "--dpop binds the token to a key"));
    }
    if sent.bound && wants("Bearer") && !wants("DPoP") {
        let what = "it takes bearer tokens, and one that is bound to a key (DPoP) was sent";
        findings.push(Finding::sure(what, "retry without --dpop"));
    }
    findings.extend(nonce(sent, heard));
    let of_proof = |challenge: &Challenge| challenge.get("error") == Some("invalid_dpop_proof");
    if let Some(ahead) = heard.ahead.filter(|ahead| ahead.unsigned_abs() > SKEW)
        && heard.challenges.iter().any(of_proof)
    {
        let what = format!("the proof has the time of this machine, and {}", off(ahead));
        findings.push(Finding::sure(what, SET_CLOCKS));
    }
    findings
}

/// The resource requires a nonce (RFC 9449 section 9) that could not be sent or did not help.
fn nonce(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Option<Finding> {
    let asks = heard.challenges.iter().any(|challenge| challenge.get("error") == Some("use_dpop_nonce"));
    if !sent.bound || !asks {
        return None;
    }
    let what = "it asks for a nonce in the DPoP proof";
    if !heard.has_nonce {
        let cure = "its answer has no DPoP-Nonce header: the resource must send one";
        return Some(Finding::sure(what, cure));
    }
    (!heard.stopped).then(|| Finding::sure(what, NONCE_AGAIN))
}

const NONCE_AGAIN: &str = "it got the nonce that it asked for, and asks again: its own log says more";
const SET_CLOCKS: &str = "set the clocks";

/// `the resource's clock is 31s ahead of this machine's`.
fn off(ahead: i64) -> String {
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    format!("the resource's clock is {} {side} this machine's", span(u128::from(ahead.unsigned_abs())))
}

/// Checks the claims at the resource's time against its known requirements.
fn judged(jws: &Jws<'_>, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Vec<Finding> {
    let then = Timestamp::from_unix(heard.now.unix().saturating_add(heard.ahead.unwrap_or(0)));
    let aud = wanted_audience(heard).map_or_else(|| names(sent.url), spellings);
    let needed = wanted_scope(heard);
    let policy = Policy { iat_grace: SKEW, aud, scope: needed.clone(), ..Policy::default() };
    let verdict = verdict::judge(jws, &KeySet::none(), &policy, then);
    let mut findings = bound_to(jws, sent);
    for check in verdict.checks.iter().filter(|check| check.status == Status::Fail) {
        findings.push(match check.name {
            CheckName::Exp | CheckName::Nbf | CheckName::Iat => time(check, sent, heard),
            CheckName::Aud if heard.accepted_token() => continue,
            CheckName::Aud if may_be_audience(heard) => audience(check, sent, heard),
            CheckName::Aud => continue,
            CheckName::Scope => {
                let has = check.value.as_deref().and_then(|value| value.parse().ok());
                scope(&has.unwrap_or_default(), &needed.clone().unwrap_or_default(), sent, heard)
            }
            name => Finding::sure(
                format!("{name} of the token: {}", sent.words(&check.message)),
                sent.inspection(),
            ),
        });
    }
    findings
}

fn bound_to(jws: &Jws<'_>, sent: &SentRequest<'_>) -> Vec<Finding> {
    let cnf = jws.peek_unverified().and_then(|claims| claims.get("cnf")).and_then(Json::as_object);
    let has = |name: &str| cnf.is_some_and(|cnf| cnf.get(name).is_some());
    let mut findings = Vec::new();
    if has("jkt") && !sent.bound {
        let what = "the token is bound to a key (cnf.jkt) and was sent as a bearer token";
        findings.push(Finding::sure(what, "--dpop-key names its key"));
    }
    if sent.bound && !has("jkt") {
        let what = "the token was sent with a proof (DPoP) but is not bound to a key";
        findings.push(Finding::sure(what, "does the issuer support DPoP? If not, retry without --dpop"));
    }
    if has("x5t#S256") && !sent.certificate {
        let what = "the token is bound to a certificate (cnf.x5t#S256), and no certificate was presented";
        findings.push(Finding::sure(what, "--client-cert and --client-cert-key name it"));
    }
    findings
}

/// The resource's metadata names only other issuers. It is not followed: the rest of it is for their tokens.
fn other_issuer(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Option<Finding> {
    let (resource, issuer) = (heard.resource?, sent.issuer?);
    if resource.accepts(issuer) || heard.is_bare_forbidden() {
        return None;
    }
    let servers = sent.words(&resource.authorization_servers.join(" or "));
    let what = format!("the token's issuer is {}, and the resource accepts {servers}", sent.words(issuer));
    Some(Finding::sure(what, "--issuer names one of them, if you trust it with this client's credentials"))
}

fn time(check: &Check, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Finding {
    let what = format!("{} of the token: {}", check.name, check.message);
    match heard.ahead.filter(|ahead| ahead.unsigned_abs() > SKEW) {
        Some(ahead) => Finding::sure(format!("{what}, and {}", off(ahead)), SET_CLOCKS),
        None if check.name == CheckName::Exp => Finding::sure(what, sent.renewal()),
        None => Finding::sure(what, "is the issuer's clock right?"),
    }
}

/// The server's error may rule out the audience as the cause.
fn may_be_audience(heard: &ResourceAnswer<'_>) -> bool {
    let mut words = heard.challenges.iter().filter_map(|challenge| challenge.get("error_description"));
    words.next().is_none_or(is_about_audience)
}

fn is_about_audience(words: &str) -> bool {
    words.to_ascii_lowercase().contains("aud") || words.contains(NOT_FOR)
}

/// How heistctl's guard tells that a token is for another audience.
const NOT_FOR: &str = ", not for ";

/// The audience in the metadata, else the one that a challenge of heistctl's guard names.
fn wanted_audience<'a>(heard: &ResourceAnswer<'a>) -> Option<&'a str> {
    let named = |challenge: &'a Challenge| {
        let words = challenge.get("error_description").filter(|words| is_about_audience(words))?;
        let (_, name) = words.split_once("expected ").or_else(|| words.split_once(NOT_FOR))?;
        name.split([' ', ',', ';']).next().filter(|name| is_resource(name))
    };
    let of_metadata = heard.resource.map(|resource| resource.resource.as_str());
    of_metadata.or_else(|| heard.challenges.iter().find_map(named))
}

fn audience(check: &Check, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Finding {
    let has = check.value.as_deref().map_or_else(
        || "the token has no audience".to_owned(),
        |aud| format!("the token is for {}", sent.words(aud)),
    );
    let Some(name) = wanted_audience(heard) else {
        let at = sent.url.origin();
        let what = format!("{has}, and the called URL is at {at}");
        let asks = format!("{}, if that is its name", sent.request(&sent.flag("--resource", &at), "one"));
        // Only the claims suggest it.
        let cure = if heard.challenges.is_empty() { format!("{LOG}; perhaps {asks}") } else { asks };
        return Finding::perhaps(what, cure);
    };
    let cure = if sent.resources.iter().any(|asked| asked == name) {
        "it was requested: the issuer must allow the client that audience".to_owned()
    } else {
        sent.request(&sent.flag("--resource", name), "it")
    };
    Finding::sure(format!("the resource wants a token for {}, and {has}", sent.words(name)), cure)
}

fn scope(has: &ScopeSet, wanted: &ScopeSet, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Finding {
    let missing: Vec<&str> = wanted.minus(has).collect();
    let has_words = if has.is_empty() { "none".to_owned() } else { sent.words(has.as_str()) };
    let what = format!("it wants scope {}, and the token has {has_words}", sent.words(wanted.as_str()));
    let all: Vec<&str> = has.iter().chain(wanted.iter()).collect();
    let all = ScopeSet::from_tokens(all).unwrap_or_default();
    let cure = if !missing.is_empty() && missing.iter().all(|scope| sent.asked.iter().any(|s| s == *scope)) {
        "it was requested: the issuer must allow the client that scope".to_owned()
    } else {
        sent.request(&sent.flag("--scope", all.as_str()), "it")
    };
    // A scope that the challenge names is required. A supported one is not.
    let named = heard.challenges.iter().any(|challenge| challenge.get("scope").is_some());
    if named { Finding::sure(what, cure) } else { Finding::perhaps(what.replacen("wants", "knows", 1), cure) }
}

/// The scope in the challenge, or for a 403 without one, the supported scopes.
fn wanted_scope(heard: &ResourceAnswer<'_>) -> Option<ScopeSet> {
    let of_challenge = heard.challenges.iter().find_map(|challenge| challenge.get("scope")?.parse().ok());
    let supported = || {
        let scopes = &heard.resource.filter(|_| heard.status == 403)?.scopes_supported;
        ScopeSet::from_tokens(scopes.iter().map(String::as_str)).ok()
    };
    of_challenge.or_else(supported).filter(|scope: &ScopeSet| !scope.is_empty())
}

/// A token that only the issuer can read. Its scope comes from the token response.
fn unread(kind: &str, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Vec<Finding> {
    let needed = wanted_scope(heard).filter(|needed| !needed.is_subset(&sent.granted));
    if let Some(needed) = needed {
        return vec![scope(&sent.granted, &needed, sent, heard)];
    }
    if heard.is_bare_forbidden() {
        return Vec::new();
    }
    let token = if sent.caller_origin.is_some() { "heistctl" } else { "heistctl token | heistctl" };
    vec![Finding::perhaps(format!("the token is {kind}"), format!("{token} inspect --introspect asks it"))]
}

/// The hint for a refusal without a reason.
const LOG: &str = "the API's own log has the reason";

/// A bare 403.
fn forbidden(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Finding {
    let has = if sent.granted.is_empty() {
        "which has no scope".to_owned()
    } else {
        format!("which has scope {}", sent.words(sent.granted.as_str()))
    };
    let code = if heard.challenges.is_empty() { "no challenge" } else { "no error code" };
    let what = format!(
        "it gives {code}: the token, {has}, was accepted, and the action is not allowed (RFC 6750 section 3.1)"
    );
    Finding::perhaps(what, "is the client allowed to do this? The API's own log has the reason")
}

fn nothing(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Finding {
    if heard.status == 403 {
        let has = if sent.granted.is_empty() {
            "no scope".to_owned()
        } else {
            format!("scope {}", sent.words(sent.granted.as_str()))
        };
        let cure = format!("is the client allowed to do this? {}", sent.request("--scope", "more"));
        return Finding::perhaps(format!("the token has {has}"), cure);
    }
    let what = "the token's claims show no cause";
    let log = if heard.challenges.is_empty() { format!("{LOG}; ") } else { String::new() };
    Finding::perhaps(what, format!("{log}does it trust this issuer, and its keys? {}", sent.inspection()))
}

/// Possible audiences of a URL: itself and its parents.
fn names(url: &EndpointUrl) -> Vec<String> {
    let whole = url.to_string();
    let origin = url.origin();
    let ends = whole.char_indices().filter(|(at, c)| *c == '/' && *at >= origin.len()).map(|(at, _)| at);
    let within: Vec<&str> = ends.take(WITHIN).map(|at| &whole[..at]).chain([whole.as_str()]).collect();
    within.into_iter().flat_map(spellings).collect()
}

/// The URL with and without a trailing slash.
fn spellings(name: &str) -> Vec<String> {
    let bare = name.trim_end_matches('/');
    vec![bare.to_owned(), format!("{bare}/")]
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
