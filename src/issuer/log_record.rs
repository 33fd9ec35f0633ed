//! A request's record for the log, the audit log and metrics: client, request, grant or refusal. It has
//! names, ids and reasons, and never a secret, token, assertion or body.

use super::error::UnconfirmedRefusal;
use super::settings::ServiceSettings;
use super::trust::accepted::AcceptedIdentity;
use crate::http::Response;
use crate::jose::compact::Token;
use crate::jose::digest::Fingerprint;
use crate::json::Json;
use crate::registry::federated::MAX_CLAIMS;
use crate::registry::wait::Wait;
use crate::text::truncate;
use serde_json::Value;
use std::borrow::Cow;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRecord {
    /// The authenticated client, or else the one that the request names.
    pub client: Option<String>,
    /// Whether it is authenticated. If not, the name is unverified.
    pub authenticated: bool,
    /// The request, as far as it could be read.
    pub asked: RequestedFields,
    /// The grant; `None` if the request was refused.
    pub given: Option<GrantedFields>,
    /// The token of a trusted issuer that stood for the client.
    pub identity: Option<Box<IdentityLogRecord>>,
    /// The token concerned, for an audit log (see [`ServiceSettings::audited`]).
    pub token: Option<Box<TokenLogRecord>>,
    /// The error code of a refusal.
    pub error: Option<&'static str>,
    pub reason: Option<String>,
    /// The limit that was exceeded, if any: `brake`, `per_client`, `per_address`, `allow_from`.
    pub limit: Option<&'static str>,
    /// The request changed state that outlives its answer: a used id or a revocation. It must be recorded.
    pub remembered: bool,
    /// The answer must wait for this; nothing is decided yet, and a later run may wait.
    pub waits_for: Option<Wait>,
    /// The refusal that a later run must confirm.
    pub unconfirmed: Option<Box<UnconfirmedRefusal>>,
}

/// A token of a trusted issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityLogRecord {
    /// The name of the trusted issuer.
    pub trust: String,
    pub sub: String,
    /// The claims that the client takes over, as texts.
    pub claims: Vec<(String, String)>,
}

impl IdentityLogRecord {
    pub(super) fn of(identity: &AcceptedIdentity) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self {
            trust: identity.trust.clone(),
            sub: identity.sub.clone(),
            claims: identity.claims.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        }
    }
}

/// An answer and its log record.
#[derive(Clone, Debug)]
pub struct LoggedResponse {
    pub response: Response,
    pub record: LogRecord,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedFields {
    /// `grant_type`, if it is offered.
    pub grant: Option<&'static str>,
    /// `scope`
    pub scope: Option<String>,
    /// `resource` (RFC 8707), each once.
    pub resources: Vec<String>,
    /// The request that a guard was asked about.
    pub guarded: Option<Box<GuardedRequest>>,
}

/// A request at a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuardedRequest {
    /// The guard's name.
    pub guard: String,
    pub method: String,
    /// Without the query, which may hold secrets.
    pub path: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantedFields {
    /// The scope of the issued or presented token.
    pub scope: Option<String>,
    pub audience: Vec<String>,
    /// In seconds.
    pub expires_in: Option<u64>,
    /// The signature algorithm.
    pub algorithm: Option<&'static str>,
    /// The result of introspection.
    pub active: Option<bool>,
}

/// Identifies a token without containing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLogRecord {
    pub jti: Option<String>,
    pub sub: Option<String>,
    /// The prefix of its hash. Texts that are not tokens are not hashed, since they might be passwords.
    pub fingerprint: Option<Fingerprint>,
}

impl TokenLogRecord {
    /// The record of a presented token, from its unverified claims.
    #[must_use]
    pub fn presented(settings: &ServiceSettings, text: &str, token: &Token<'_>) -> Option<Box<Self>> {
        if !settings.audited {
            return None;
        }
        let claims = if let Token::Jws(jws) = token { jws.peek_unverified() } else { None };
        let claim = |name| claims?.get(name).and_then(Json::as_str).map(str::to_owned);
        let is_token = !matches!(token, Token::Unreadable(_));
        let fingerprint = is_token.then(|| Fingerprint::of(text));
        Some(Box::new(Self { jti: claim("jti"), sub: claim("sub"), fingerprint }))
    }
}

/// Longer texts are truncated, since strangers write the requests and records wait in a queue.
const MAX_TEXT: usize = 256;
/// The most resources or audiences in a record.
const MAX_LIST: usize = 16;

impl LogRecord {
    /// The granted scope, or else the requested one.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.given.as_ref().map_or(&self.asked.scope, |given| &given.scope).as_deref()
    }

    /// Truncates every text.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        // Only a later run needs it, and this record is the last run's.
        self.unconfirmed = None;
        let texts = [&mut self.client, &mut self.asked.scope, &mut self.reason];
        texts.into_iter().flatten().for_each(cut);
        cut_list(&mut self.asked.resources);
        if let Some(guarded) = &mut self.asked.guarded {
            [&mut guarded.method, &mut guarded.path].into_iter().for_each(cut);
        }
        if let Some(given) = &mut self.given {
            given.scope.iter_mut().for_each(cut);
            cut_list(&mut given.audience);
        }
        if let Some(identity) = &mut self.identity {
            cut(&mut identity.sub);
            identity.claims.truncate(MAX_CLAIMS);
            identity.claims.iter_mut().for_each(|(_, value)| cut(value));
        }
        if let Some(token) = &mut self.token {
            [&mut token.jti, &mut token.sub].into_iter().flatten().for_each(cut);
        }
        self
    }
}

fn cut(text: &mut String) {
    if let Cow::Owned(cut) = truncate(text, MAX_TEXT) {
        *text = cut;
    }
}

fn cut_list(list: &mut Vec<String>) {
    list.truncate(MAX_LIST);
    list.iter_mut().for_each(cut);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_note_is_bounded() {
        let long = || Some("ü".repeat(1000));
        let many = || vec!["u".repeat(1000); 100];
        let note = LogRecord {
            client: long(),
            reason: long(),
            asked: RequestedFields { scope: long(), resources: many(), ..RequestedFields::default() },
            given: Some(GrantedFields { scope: long(), audience: many(), ..GrantedFields::default() }),
            token: Some(Box::new(TokenLogRecord { jti: long(), sub: long(), fingerprint: None })),
            ..LogRecord::default()
        };
        // Two lists of 16, six other texts, each with its ellipsis, and the field names.
        let shown = format!("{:?}", note.bounded());
        assert_eq!(shown.matches('…').count(), 2 * MAX_LIST + 6);
        assert!(shown.chars().count() < (2 * MAX_LIST + 6) * (MAX_TEXT + 5) + 500, "{shown}");
        let short = LogRecord { client: Some("ü".repeat(MAX_TEXT)), ..LogRecord::default() };
        assert_eq!(short.clone().bounded(), short);
    }
}
