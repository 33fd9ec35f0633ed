//! The answer to a refused request in the caller's dialect.

use super::error::{Dialect, Refusal, error_response, seconds};
use crate::http::Response;

impl Refusal {
    /// The reason for the caller. It does not reveal which half of the credentials was wrong.
    fn description(&self, explain: bool) -> String {
        match self {
            // The same text is used for unknown clients.
            Self::OddSecret { refusal, odd } => {
                format!("{}: the secret {odd}", refusal.description(explain))
            }
            Self::UnknownClient if explain => "Unknown client".to_owned(),
            Self::WrongSecret if explain => "Invalid secret".to_owned(),
            Self::NoKeys(_) | Self::IdAlone if !explain => "Invalid client credentials".to_owned(),
            // Callers may not learn the address of the client's keys or the server behind it.
            Self::NoKeys(_) => "the client's keys cannot be fetched; the server's log says why".to_owned(),
            Self::InvalidIdentity(_) if !explain => {
                "the identity is not accepted; the server's log says why".to_owned()
            }
            refusal if refusal.is_wrong_guess() && !explain => "Invalid client credentials".to_owned(),
            Self::ServerError(_) => "the server failed; its log says why".to_owned(),
            Self::Unavailable(cannot) => cannot.message.clone(),
            other => other.reason(),
        }
    }

    /// The answer in the caller's dialect. Every 401 names the accepted scheme.
    #[must_use]
    pub fn response(&self, dialect: Dialect, explain: bool) -> Response {
        if let Self::Braked { refusal, delay } = self {
            return Response { delay: *delay, ..refusal.response(dialect, explain) };
        }
        let description = self.description(explain);
        let detail = match (dialect, self) {
            (Dialect::Form, _) => None,
            (Dialect::Json, Self::ScopeNotAllowed { .. } | Self::ScopeOfOtherResource { .. }) => {
                Some("Scope not allowed".to_owned())
            }
            (Dialect::Json, Self::OddSecret { refusal, .. }) => Some(refusal.description(explain)),
            (Dialect::Json, _) => Some(description.clone()),
        };
        let status = self.status(dialect);
        let response = error_response(status, self.code(), &description, detail.as_deref());
        match self {
            // RFC 9110 section 15.5.16: tells the client that the coding was the reason.
            Self::UnsupportedCoding(_) => response.header("Accept-Encoding", "identity"),
            Self::UseDpopNonce(nonce) => response.header("DPoP-Nonce", nonce.clone()),
            Self::Unavailable(cannot) => response.header("Retry-After", cannot.retry_after()),
            Self::TooManyAttempts { retry_after } | Self::TooManyRequests { retry_after } => {
                response.header("Retry-After", seconds(*retry_after).to_string())
            }
            _ if status == 401 => response.header("WWW-Authenticate", r#"Basic realm="heistctl""#),
            _ => response,
        }
    }
}
