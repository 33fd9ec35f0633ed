//! Why a resource refused a token: its challenge, what it says of itself and its clock, held against
//! the very token that was sent, by the judge that `inspect` asks. Pure; the words of the server are
//! hostile until escaped, and nothing of them stands in a command to paste but what is plain.

use crate::client::challenge::Challenge;
use crate::client::endpoint::EndpointUrl;
use crate::client::protected_resource::ProtectedResource;
use crate::client::redact::{Redactor, truncate};
use crate::clock::{Timestamp, span};
use crate::commands::session::answer::SKEW;
use crate::jose::compact::{self, Jws, Token};
use crate::jose::keyset::KeySet;
use crate::json::Json;
use crate::scope::ScopeSet;
use crate::verdict::{self, Check, CheckName, Policy, Status, Verdict};

/// A longer flag nobody pastes.
const FLAG: usize = 200;
/// Of the places that a URL lies in, so many may be the name of an audience, the outermost first: a server
/// that redirects may name one of any depth.
const WITHIN: usize = 16;

/// What was sent, and to whom.
pub(super) struct SentRequest<'a> {
    pub(super) url: &'a EndpointUrl,
    pub(super) token: &'a str,
    /// What no message may repeat, the token among it.
    pub(super) redactor: &'a Redactor,
    /// Whether it was sent with a proof (DPoP).
    pub(super) bound: bool,
    /// Whether the connection could show a certificate.
    pub(super) certificate: bool,
    /// The scope that the issuer said to have granted.
    pub(super) granted: ScopeSet,
    /// The scope that it was asked for.
    pub(super) asked: &'a ScopeSet,
    /// The resources that it was asked for.
    pub(super) resources: &'a [String],
}

impl SentRequest<'_> {
    /// Words of others, no more of them than people read. A server may repeat the token that it was sent:
    /// that goes before the end does, of which half a token could be left.
    fn words(&self, words: &str) -> String {
        truncate(&self.redactor.redact(words))
    }

    /// A flag to paste. What a server names is part of it only if no shell sees anything in it.
    fn flag(&self, name: &str, value: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " _.:/@+,=~-".contains(c);
        if value.chars().all(is_plain) && value.len() <= FLAG && self.redactor.redact(value) == value {
            format!("{name} \"{value}\"")
        } else {
            format!("{name} with that")
        }
    }
}

/// What came back.
pub(super) struct ResourceAnswer<'a> {
    pub(super) status: u16,
    pub(super) challenges: &'a [Challenge],
    /// Whether the answer gives a nonce for the next proof.
    pub(super) has_nonce: bool,
    /// Whether the request could not be sent again.
    pub(super) stopped: bool,
    /// By how many seconds the server's clock is ahead.
    pub(super) ahead: Option<i64>,
    /// What the resource says of itself.
    pub(super) resource: Option<&'a ProtectedResource>,
    pub(super) now: Timestamp,
}

/// A refusal in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    pub(super) what: String,
    pub(super) hint: String,
}

/// Something that does not fit.
struct Finding {
    /// Whether it is the cause for certain, as far as anybody can see from here.
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
    match compact::read(sent.token) {
        Token::Jws(jws) => findings.extend(judged(&jws, sent, heard)),
        Token::Jwe(_) => {
            findings.extend(unread("encrypted (JWE): only its recipient can read it", sent, heard))
        }
        Token::Unreadable(_) => {
            findings.extend(unread("opaque: only its issuer can say what it is", sent, heard))
        }
    }
    if findings.iter().any(|finding| finding.sure) {
        findings.retain(|finding| finding.sure);
    }
    if findings.is_empty() {
        findings.push(nothing(sent, heard));
    }
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
    let told = heard.challenges.iter().find_map(|challenge| Some((challenge.get("error")?, challenge)));
    let Some((error, challenge)) = told else {
        if heard.challenges.is_empty() && heard.status == 401 {
            return Some("it gives no reason: WWW-Authenticate is missing (RFC 6750 section 3)".to_owned());
        }
        let schemes: Vec<&str> = heard.challenges.iter().map(|c| c.scheme.as_str()).collect();
        let wants = format!("it wants {}, and names no error", sent.words(&schemes.join(" or ")));
        return (!schemes.is_empty()).then_some(wants);
    };
    let description = challenge.get("error_description").map(|text| format!(": {}", sent.words(text)));
    Some(format!("{}{}", sent.words(error), description.unwrap_or_default()))
}

/// The scheme, and what the token is bound to (RFC 9449 section 7.2, RFC 8705 section 3).
fn binding(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Vec<Finding> {
    let wants = |scheme: &str| heard.challenges.iter().any(|challenge| challenge.is(scheme));
    let mut findings = Vec::new();
    if !heard.challenges.is_empty() && !wants("Bearer") && !wants("DPoP") {
        findings
            .push(Finding::sure("no access token is what it wants", "is this the API that takes tokens?"));
    }
    let requires = heard.resource.is_some_and(|resource| resource.dpop_bound_access_tokens_required);
    if !sent.bound && (requires || wants("DPoP") && !wants("Bearer")) {
        let what = "it takes tokens that are bound to a key (DPoP), and a bearer token was sent";
        findings.push(Finding::sure(what, "--dpop binds one"));
    }
    if sent.bound && wants("Bearer") && !wants("DPoP") {
        let what = "it takes bearer tokens, and one that is bound to a key (DPoP) was sent";
        findings.push(Finding::sure(what, "ask without --dpop"));
    }
    findings.extend(nonce(sent, heard));
    let of_proof = |challenge: &Challenge| challenge.get("error") == Some("invalid_dpop_proof");
    if let Some(ahead) = heard.ahead.filter(|ahead| ahead.unsigned_abs() > SKEW)
        && heard.challenges.iter().any(of_proof)
    {
        let what = format!("the proof has the time of the clock here, and {}", off(ahead));
        findings.push(Finding::sure(what, SET_CLOCKS));
    }
    findings
}

/// A nonce that the resource asks for (RFC 9449 section 9), and that could not be given, or did not help.
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
    (!heard.stopped).then(|| Finding::sure(what, "it was given the nonce that it asked for, and asks again"))
}

const SET_CLOCKS: &str = "set the clocks";

/// `the resource's clock is 31s ahead of the one here`.
fn off(ahead: i64) -> String {
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    format!("the resource's clock is {} {side} the one here", span(u128::from(ahead.unsigned_abs())))
}

/// What the judge finds in the claims, at the resource's time and for what it is known to want.
fn judged(jws: &Jws<'_>, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Vec<Finding> {
    let then = Timestamp::from_unix(heard.now.unix().saturating_add(heard.ahead.unwrap_or(0)));
    let aud = heard.resource.map_or_else(|| names(sent.url), |resource| spellings(&resource.resource));
    let wanted = wanted_scope(heard);
    let policy = Policy { iat_grace: SKEW, aud, scope: wanted.clone(), ..Policy::default() };
    let verdict = verdict::judge(jws, &KeySet::none(), &policy, then);
    let mut findings = bound_to(jws, sent);
    findings.extend(issuer(&verdict, sent, heard));
    for check in verdict.checks.iter().filter(|check| check.status == Status::Fail) {
        findings.push(match check.name {
            CheckName::Exp | CheckName::Nbf | CheckName::Iat => time(check, heard),
            CheckName::Aud if heard.resource.is_some() || may_be_audience(heard) => {
                audience(check, sent, heard)
            }
            CheckName::Aud => continue,
            CheckName::Scope => {
                let has = check.value.as_deref().and_then(|value| value.parse().ok());
                scope(&has.unwrap_or_default(), &wanted.clone().unwrap_or_default(), sent, heard)
            }
            name => Finding::sure(format!("{name} of the token: {}", sent.words(&check.message)), INSPECT),
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
        let what = "the token was sent with a proof (DPoP) and is bound to no key";
        findings.push(Finding::sure(what, "does the issuer know DPoP? Otherwise ask without --dpop"));
    }
    if has("x5t#S256") && !sent.certificate {
        let what = "the token is bound to a certificate (cnf.x5t#S256), and none was shown";
        findings.push(Finding::sure(what, "--client-cert and --client-cert-key name it"));
    }
    findings
}

fn issuer(verdict: &Verdict, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Option<Finding> {
    let servers = &heard.resource?.authorization_servers;
    let iss = verdict.check(CheckName::Iss)?.value.as_deref()?;
    (!servers.is_empty() && !servers.iter().any(|server| server == iss)).then(|| {
        let what = format!(
            "the token is by {}, and the resource takes those by {}",
            sent.words(iss),
            sent.words(&servers.join(" or "))
        );
        Finding::sure(what, "--issuer names one of them")
    })
}

fn time(check: &Check, heard: &ResourceAnswer<'_>) -> Finding {
    let what = format!("{} of the token: {}", check.name, check.message);
    match heard.ahead.filter(|ahead| ahead.unsigned_abs() > SKEW) {
        Some(ahead) => Finding::sure(format!("{what}, and {}", off(ahead)), SET_CLOCKS),
        None if check.name == CheckName::Exp => Finding::sure(what, "--refresh gets another"),
        None => Finding::sure(what, "is the issuer's clock right?"),
    }
}

/// Without metadata the audience is a guess, which a server's own words can rule out.
fn may_be_audience(heard: &ResourceAnswer<'_>) -> bool {
    let mut words = heard.challenges.iter().filter_map(|challenge| challenge.get("error_description"));
    words.next().is_none_or(|words| words.to_ascii_lowercase().contains("aud"))
}

fn audience(check: &Check, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Finding {
    let has = check.value.as_deref().map_or_else(
        || "the token names no audience".to_owned(),
        |aud| format!("the token is for {}", sent.words(aud)),
    );
    let Some(resource) = heard.resource else {
        let at = sent.url.origin();
        let what = format!("{has}, and what was called is at {at}");
        let asks = format!("{} asks for one, if that is its name", sent.flag("--resource", &at));
        // Nothing but the claims points to it.
        let cure = if heard.challenges.is_empty() { format!("{LOG}; perhaps {asks}") } else { asks };
        return Finding::perhaps(what, cure);
    };
    let name = &resource.resource;
    let cure = if sent.resources.contains(name) {
        "it was asked for: the issuer must allow the client that audience".to_owned()
    } else {
        format!("{} asks for it", sent.flag("--resource", name))
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
        "it was asked for: the issuer must allow the client that scope".to_owned()
    } else {
        format!("{} asks for it", sent.flag("--scope", all.as_str()))
    };
    // What a challenge names is needed for this; what a resource supports is not.
    let named = heard.challenges.iter().any(|challenge| challenge.get("scope").is_some());
    if named { Finding::sure(what, cure) } else { Finding::perhaps(what.replacen("wants", "knows", 1), cure) }
}

/// The scope that the challenge names; of a 403 without one, what the resource supports.
fn wanted_scope(heard: &ResourceAnswer<'_>) -> Option<ScopeSet> {
    let of_challenge = heard.challenges.iter().find_map(|challenge| challenge.get("scope")?.parse().ok());
    let supported = || {
        let scopes = &heard.resource.filter(|_| heard.status == 403)?.scopes_supported;
        ScopeSet::from_tokens(scopes.iter().map(String::as_str)).ok()
    };
    of_challenge.or_else(supported).filter(|scope: &ScopeSet| !scope.is_empty())
}

/// A token that nobody can read here; its scope is what the issuer said.
fn unread(kind: &str, sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Vec<Finding> {
    let wanted = wanted_scope(heard).filter(|wanted| !wanted.is_subset(&sent.granted));
    if let Some(wanted) = wanted {
        return vec![scope(&sent.granted, &wanted, sent, heard)];
    }
    let cure = "heistctl token | heistctl inspect --introspect asks it";
    vec![Finding::perhaps(format!("the token is {kind}"), cure)]
}

/// Where the reason is of a refusal that gives none.
const LOG: &str = "the API's own log has the reason";
const INSPECT: &str = "heistctl token | heistctl inspect shows what the token says";

fn nothing(sent: &SentRequest<'_>, heard: &ResourceAnswer<'_>) -> Finding {
    if heard.status == 403 {
        let has = if sent.granted.is_empty() {
            "no scope".to_owned()
        } else {
            format!("scope {}", sent.words(sent.granted.as_str()))
        };
        let cure = "may the client do this at all? --scope asks for more";
        return Finding::perhaps(format!("the token has {has}"), cure);
    }
    let what = "nothing in the token's claims is seen to be wrong";
    let log = if heard.challenges.is_empty() { format!("{LOG}; ") } else { String::new() };
    Finding::perhaps(what, format!("{log}does it trust this issuer, and its keys? {INSPECT}"))
}

/// The audiences by which a URL may be known: itself, and each of what it lies in.
fn names(url: &EndpointUrl) -> Vec<String> {
    let whole = url.to_string();
    let origin = url.origin();
    let ends = whole.char_indices().filter(|(at, c)| *c == '/' && *at >= origin.len()).map(|(at, _)| at);
    let within: Vec<&str> = ends.take(WITHIN).map(|at| &whole[..at]).chain([whole.as_str()]).collect();
    within.into_iter().flat_map(spellings).collect()
}

/// With and without the slash at its end.
fn spellings(name: &str) -> Vec<String> {
    let bare = name.trim_end_matches('/');
    vec![bare.to_owned(), format!("{bare}/")]
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
