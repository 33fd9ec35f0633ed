//! A decision that must be recorded before its answer is sent.

use crate::issuer::LoggedResponse;
use crate::issuer::log_record::LogRecord;
use crate::server::endpoint::Endpoint;
use crate::server::gate::DeferredAnswer;
use crate::server::route::refused;

/// The endpoints whose answers are decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    Token,
    Introspection,
    Revocation,
    Resource,
    Guard,
}

impl DecisionKind {
    /// `None` for documents and for the answers to health checks.
    #[must_use]
    pub const fn of(endpoint: Endpoint) -> Option<Self> {
        match endpoint {
            Endpoint::Token => Some(Self::Token),
            Endpoint::Introspect => Some(Self::Introspection),
            Endpoint::Revoke => Some(Self::Revocation),
            Endpoint::ProtectedResource => Some(Self::Resource),
            Endpoint::Guard => Some(Self::Guard),
            Endpoint::Authorize
            | Endpoint::ResourceMetadata
            | Endpoint::Metadata
            | Endpoint::Jwks
            | Endpoint::Health
            | Endpoint::Livez
            | Endpoint::Readyz
            | Endpoint::OpenApi
            | Endpoint::Root => None,
        }
    }
}

/// A decision and its answer.
#[derive(Debug)]
pub struct AuditedDecision {
    /// Determines the event name of its line.
    pub kind: DecisionKind,
    /// Sent once the decision is recorded.
    pub answer: DeferredAnswer,
}

impl AuditedDecision {
    /// The refusal that replaces it if it is not recorded in time.
    pub(super) fn refused(mut self) -> Self {
        let LoggedResponse { response, record } = CannotRecord::Failing.outcome();
        let exchange = &mut self.answer.exchange;
        let LogRecord { client, authenticated, asked, .. } = std::mem::take(&mut exchange.note);
        exchange.note = LogRecord { client, authenticated, asked, ..record };
        exchange.status = response.status;
        self.answer.response = response;
        self
    }
}

/// Why no decision can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotRecord {
    /// The target cannot be written.
    Failing,
    /// Too many decisions are waiting for it.
    Full,
}

impl CannotRecord {
    /// The answer to the client. The cause is for operators only.
    #[must_use]
    pub fn outcome(self) -> LoggedResponse {
        let (why, retry_after) = match self {
            Self::Failing => ("the audit log cannot be written; try again later", "5"),
            Self::Full => ("too many requests are waiting for the audit log; try again in a moment", "1"),
        };
        let mut outcome = refused(503, "temporarily_unavailable", why);
        outcome.record.limit = Some("audit");
        outcome.response = outcome.response.header("Retry-After", retry_after);
        outcome
    }
}

/// Receives decisions back from the audit log.
pub trait AnswerReleaser: Send + Sync {
    /// These are recorded, or have become refusals: their answers may be sent. Must not block.
    fn release(&self, decisions: Vec<AuditedDecision>);
    /// Reports a problem that operators should know of at once.
    fn alarm(&self, what: &str);
    /// Reports that the problem is over.
    fn notice(&self, what: &str);
}
