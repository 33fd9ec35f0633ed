//! `GET /protected-resource`, the article's: a token in, its client and scope out. Asks the same
//! judge as `inspect` (RFC 6750, RFC 9068 section 4).

use crate::claims::{Claim, ClaimsView};
use crate::clock::Timestamp;
use crate::http::authorization::{bearer, quotable, split};
use crate::http::{Request, Response};
use crate::issuer::error::error_response;
use crate::issuer::{Note, Outcome, Service};
use crate::jose::compact::{self, Token};
use crate::json::Object;
use crate::verdict::{self, Outcome as Judgement};
use serde::Serialize;

#[derive(Serialize)]
struct Granted<'a> {
    message: &'a str,
    client: &'a str,
    scope: &'a str,
}

/// Why the resource is not given.
enum Denial {
    /// No credentials, or of a scheme that is not ours: no error code (RFC 6750 section 3.1).
    NoToken(String),
    /// More than one Authorization header.
    Malformed(String),
    /// A token that is not good.
    InvalidToken(String),
}

/// Answers a request for the protected resource as of `now`.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp) -> Outcome {
    match decide(service, http, now) {
        Ok((client, scope)) => {
            let granted = Granted { message: "Access granted!", client: &client, scope: &scope };
            let response = Response::json(200, &granted);
            Outcome { response, note: Note { client: Some(client), scope: Some(scope), reason: None } }
        }
        Err(denial) => denial.outcome(),
    }
}

fn decide(service: &Service, http: &Request, now: Timestamp) -> Result<(String, String), Denial> {
    let token = presented(http)?;
    let jws = match compact::read(token) {
        Token::Jws(jws) => jws,
        Token::Jwe(_) => return Err(Denial::InvalidToken("it is encrypted".to_owned())),
        Token::Unreadable(unreadable) => return Err(Denial::InvalidToken(unreadable.why)),
    };
    let verdict = verdict::judge(&jws, service.keys(), service.policy(), now);
    match (verdict.outcome, verdict.first_failure(), jws.peek_unverified()) {
        (Judgement::Pass, None, Some(claims)) => {
            identity(claims).ok_or_else(|| Denial::InvalidToken("it has no sub".to_owned()))
        }
        (_, Some(check), _) => Err(Denial::InvalidToken(format!("{}: {}", check.name, check.message))),
        _ => Err(Denial::InvalidToken("its signature could not be checked".to_owned())),
    }
}

fn presented(http: &Request) -> Result<&str, Denial> {
    let mut headers = http.headers.all("authorization");
    let header = headers.next();
    if headers.next().is_some() {
        return Err(Denial::Malformed("there is more than one Authorization header".to_owned()));
    }
    let header = header.filter(|value| !value.is_empty());
    let header = header.ok_or_else(|| Denial::NoToken("No authorization header".to_owned()))?;
    let (scheme, rest) = split(header);
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Denial::NoToken("No bearer token: the Authorization scheme is another".to_owned()));
    }
    bearer(rest).map_err(|error| Denial::InvalidToken(error.to_string()))
}

/// Who the token speaks for and what it allows; the judge has vouched for both.
fn identity(claims: &Object) -> Option<(String, String)> {
    let view = ClaimsView::of(claims);
    let Claim::Value(sub) = view.sub else { return None };
    let scope = match &view.scope {
        Claim::Value(scope) => scope.to_string(),
        _ => String::new(),
    };
    Some((sub.to_owned(), scope))
}

impl Denial {
    fn outcome(self) -> Outcome {
        let (response, reason) = match self {
            Self::NoToken(detail) => {
                let description = format!("{detail}; send Authorization: Bearer and an access token");
                let response = error_response(401, "invalid_request", &description, Some(&detail));
                (response.header("WWW-Authenticate", r#"Bearer realm="heistctl""#), detail)
            }
            Self::Malformed(why) => (error_response(400, "invalid_request", &why, Some(&why)), why),
            Self::InvalidToken(why) => {
                let detail = format!("Invalid token: {why}");
                let challenge = format!(
                    r#"Bearer realm="heistctl", error="invalid_token", error_description="{}""#,
                    quotable(&why)
                );
                let response = error_response(401, "invalid_token", &why, Some(&detail));
                (response.header("WWW-Authenticate", challenge), why)
            }
        };
        Outcome { response, note: Note { reason: Some(reason), ..Note::default() } }
    }
}
