//! Makes a faulty answer of a good one. Pure.

use super::draft::TokenDraft;
use super::fault::FaultEffect;
use super::flaw::Flaw;
use super::other_key::other_key;
use crate::clock::Timestamp;
use crate::http::{Cut, Response, Sending};
use crate::jose::compact::{self, Token};
use crate::jose::sign::Signer;
use crate::json::Json;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::io::Write;
use std::time::Duration;

/// The size of the huge body.
const HUGE: usize = 10 * 1024 * 1024;
/// The gzip bomb has a gigabyte in a megabyte: this many members of a huge body.
const MEMBERS: usize = 100;
const HTML: &str = "<!doctype html><title>Bad Gateway</title><h1>502 Bad Gateway</h1>\n";

/// The parts of the server that a fault needs.
pub struct FaultContext<'a> {
    /// The key that signs, if there is one.
    pub signer: Option<&'a Signer>,
    pub now: Timestamp,
    /// Whether the endpoint takes access tokens (RFC 6750).
    pub takes_tokens: bool,
}

impl FaultEffect {
    /// The answer with this fault.
    #[must_use]
    pub fn apply(&self, mut response: Response, context: &FaultContext<'_>) -> Response {
        self.spoil_members(&mut response, context);
        if self.nonce {
            response = oauth_error(
                if context.takes_tokens { 401 } else { 400 },
                "use_dpop_nonce",
                context.takes_tokens,
            );
            response = response.header("DPoP-Nonce", format!("nonce-{}", context.now.unix()));
        }
        if let Some(status) = self.status {
            let usual = usual_error(status, context.takes_tokens);
            response = oauth_error(status, self.error.as_deref().unwrap_or(usual), context.takes_tokens);
        }
        if let Some(seconds) = self.retry_after {
            response = replaced(response, "Retry-After", seconds.to_string());
        }
        if let Some(url) = &self.redirect {
            response.status = 307;
            // A client that ignores the status must not find a token here.
            response.body.clear();
            response = replaced(response, "Location", url.clone());
        }
        response = self.with_body(response);
        if let Some(content_type) = &self.content_type {
            response = replaced(response, "Content-Type", content_type.clone());
        }
        response.delay = response.delay.max(Duration::from_millis(self.delay.unwrap_or(0)));
        response.sending = self.sending();
        response
    }

    fn sending(&self) -> Sending {
        let cut = match (self.reset_after, self.close_after) {
            (Some(bytes), _) => Some(Cut::Reset(bytes)),
            (None, Some(bytes)) => Some(Cut::Close(bytes)),
            (None, None) => None,
        };
        Sending { drip: self.drip.map(Duration::from_millis), cut }
    }

    /// Changes a JSON object. Any other body stays as it is.
    fn spoil_members(&self, response: &mut Response, context: &FaultContext<'_>) {
        let changes = [self.set.is_empty(), self.claims.is_empty(), self.omit.is_empty()].contains(&false);
        if !changes && self.token.is_none() && self.keys.is_none() {
            return;
        }
        let Ok(Value::Object(mut members)) = serde_json::from_slice(&response.body) else { return };
        if let Some(token) = members.get("access_token").and_then(Value::as_str)
            && let Some(token) = self.spoilt_token(token, context)
        {
            members.insert("access_token".to_owned(), Value::String(token));
        }
        if let Some(keys) = members.get_mut("keys").and_then(Value::as_array_mut) {
            self.spoil_keys(keys, context);
        }
        members.extend(self.set.clone());
        self.omit.iter().for_each(|name| drop(members.remove(name)));
        response.body = text(&members);
    }

    fn spoilt_token(&self, token: &str, context: &FaultContext<'_>) -> Option<String> {
        let flaw = self.token.as_deref().and_then(|name| name.parse::<Flaw>().ok());
        if flaw.is_none() && self.claims.is_empty() {
            return None;
        }
        let Token::Jws(jws) = compact::read(token) else { return None };
        let mut draft = TokenDraft { header: jws.header.clone(), claims: jws.peek_unverified()?.clone() };
        for (name, value) in &self.claims {
            draft.claims.set(name, Json::parse(value.to_string().as_bytes()).ok()?);
        }
        let signer = context.signer?;
        let signed =
            flaw.map_or_else(|| draft.signed(signer), |flaw| flaw.signed(&draft, signer, context.now));
        signed.ok()
    }

    fn spoil_keys(&self, keys: &mut Vec<Value>, context: &FaultContext<'_>) {
        let current = context.signer.and_then(|signer| signer.verifying_key().kid.clone());
        let is_current = |key: &Value| key.get("kid").and_then(Value::as_str) == current.as_deref();
        match self.keys.as_deref() {
            Some("empty") => keys.clear(),
            Some("without-current") => keys.retain(|key| !is_current(key)),
            Some(how @ ("duplicate-kid" | "duplicate-kid-after")) => {
                // A verifier that takes the first of two keys fails with one, and one that takes the last
                // with the other.
                let other = keys.iter().find(|key| is_current(key)).map(|key| other_key(key.clone()));
                let at = if how == "duplicate-kid" { 0 } else { keys.len() };
                keys.splice(at..at, other);
            }
            _ => {}
        }
    }

    fn with_body(&self, mut response: Response) -> Response {
        match self.body.as_deref() {
            Some("html") => {
                response.body = HTML.into();
                response = replaced(response, "Content-Type", "text/html; charset=utf-8".to_owned());
            }
            Some("truncated") => response.body.truncate(response.body.len() / 2),
            Some("huge") => response.body = vec![b' '; HUGE],
            Some("gzip-bomb") => {
                response.body = bomb();
                response = replaced(response, "Content-Encoding", "gzip".to_owned());
            }
            _ => {}
        }
        if let Some(raw) = &self.raw {
            response.body = raw.clone().into_bytes();
        }
        response
    }
}

fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = encoder.write_all(&vec![b' '; HUGE]);
    encoder.finish().unwrap_or_default().repeat(MEMBERS)
}

fn text(members: &Map<String, Value>) -> Vec<u8> {
    let mut body = serde_json::to_vec(members).unwrap_or_default();
    body.push(b'\n');
    body
}

fn oauth_error(status: u16, error: &str, takes_tokens: bool) -> Response {
    let body = json!({ "error": error, "error_description": "a fault that the test has set" });
    let response = Response::json(status, &body);
    let scheme = if error == "use_dpop_nonce" { "DPoP" } else { "Bearer" };
    match (status, takes_tokens) {
        (401 | 403, true) => response.header("WWW-Authenticate", format!("{scheme} error=\"{error}\"")),
        (401, false) => response.header("WWW-Authenticate", "Basic realm=\"heistctl\""),
        _ => response,
    }
}

const fn usual_error(status: u16, takes_tokens: bool) -> &'static str {
    match status {
        401 if takes_tokens => "invalid_token",
        401 => "invalid_client",
        403 => "insufficient_scope",
        429 | 503 => "temporarily_unavailable",
        400..500 => "invalid_request",
        _ => "server_error",
    }
}

fn replaced(mut response: Response, name: &'static str, value: impl Into<Cow<'static, str>>) -> Response {
    response.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    response.header(name, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::algorithm::Algorithm;
    use crate::jose::private::PrivateKey;

    fn faulty(fault: &str, response: Response) -> Response {
        crate::jose::install_provider();
        let key = PrivateKey::generate(Algorithm::ES256).unwrap();
        let signer = Signer::asymmetric(key, Algorithm::ES256).unwrap();
        let fault: FaultEffect = serde_json::from_str(fault).unwrap();
        let context = FaultContext {
            signer: Some(&signer),
            now: Timestamp::from_unix(1_795_420_800),
            takes_tokens: false,
        };
        fault.apply(response, &context)
    }

    #[test]
    fn each_fault_changes_what_it_names_and_nothing_else() {
        let good =
            || Response::json(200, &json!({"access_token": "a.b.c", "expires_in": 3600, "scope": "x"}));
        let body = |fault: &str| String::from_utf8(faulty(fault, good()).body).unwrap();
        for (fault, expected) in [
            ("{}", r#"{"access_token":"a.b.c","expires_in":3600,"scope":"x"}"#),
            (
                r#"{"set":{"expires_in":"3600"}}"#,
                r#"{"access_token":"a.b.c","expires_in":"3600","scope":"x"}"#,
            ),
            (r#"{"omit":["expires_in","scope"]}"#, r#"{"access_token":"a.b.c"}"#),
            (r#"{"raw":"null"}"#, "null"),
        ] {
            assert_eq!(body(fault).trim_end(), expected, "{fault}");
        }
        let answer = faulty(r#"{"status":503,"retry_after":3,"drip":20,"reset_after":7,"delay":5}"#, good());
        assert_eq!((answer.status, answer.delay), (503, Duration::from_millis(5)));
        assert!(answer.headers.iter().any(|(name, value)| *name == "Retry-After" && value == "3"));
        let sending = Sending { drip: Some(Duration::from_millis(20)), cut: Some(Cut::Reset(7)) };
        assert_eq!(answer.sending, sending);
        assert!(faulty(r#"{"body":"truncated"}"#, good()).body.len() < good().body.len());
        let bomb = faulty(r#"{"body":"gzip-bomb"}"#, good()).body;
        assert!(bomb.len() < 2 * 1024 * 1024, "{}", bomb.len());
    }

    #[test]
    fn key_sets_lose_and_repeat_keys() {
        let set = || Response::json(200, &json!({"keys": [{"kid": "other", "x": "AA"}]}));
        let keys = |fault: &str| {
            let body: Value = serde_json::from_slice(&faulty(fault, set()).body).unwrap();
            body["keys"].as_array().unwrap().len()
        };
        assert_eq!((keys(r#"{"keys":"empty"}"#), keys(r#"{"keys":"without-current"}"#)), (0, 1));
    }
}
