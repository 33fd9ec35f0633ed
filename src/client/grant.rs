//! The grants that a token request may name, each with the tokens that it sends.

use crate::secret::Secret;

/// RFC 7523 section 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// RFC 8693 section 2.1.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

#[derive(Clone, Debug)]
pub enum TokenGrant {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// An assertion of another issuer becomes a token (RFC 7523 section 2.1).
    JwtBearer { assertion: Secret },
    /// One token becomes another (RFC 8693).
    TokenExchange {
        subject: TypedToken,
        actor: Option<TypedToken>,
        /// The type of the token to issue; by default the server chooses.
        requested_type: Option<String>,
    },
}

/// A token and the URI of its type (RFC 8693 section 3).
#[derive(Clone, Debug)]
pub struct TypedToken {
    pub token: Secret,
    pub kind: String,
}

impl TokenGrant {
    /// The parameters of the request that only this grant has.
    #[must_use]
    pub fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![("grant_type", self.grant_type().to_owned())];
        match self {
            Self::ClientCredentials => {}
            Self::JwtBearer { assertion } => form.push(("assertion", text(assertion))),
            Self::TokenExchange { subject, actor, requested_type } => {
                form.push(("subject_token", text(&subject.token)));
                form.push(("subject_token_type", subject.kind.clone()));
                if let Some(actor) = actor {
                    form.push(("actor_token", text(&actor.token)));
                    form.push(("actor_token_type", actor.kind.clone()));
                }
                form.extend(requested_type.iter().map(|kind| ("requested_token_type", kind.clone())));
            }
        }
        form
    }

    /// Its name in `grant_type`.
    #[must_use]
    pub const fn grant_type(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::JwtBearer { .. } => JWT_BEARER,
            Self::TokenExchange { .. } => TOKEN_EXCHANGE,
        }
    }
}

/// Tokens are visible ASCII: they were read as tokens.
fn text(token: &Secret) -> String {
    String::from_utf8_lossy(token.expose()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(grant: &TokenGrant) -> String {
        let pairs = grant.form();
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert!(!format!("{grant:?}").contains("t0k3n"), "{grant:?}");
        pairs.join("&").replace("urn:ietf:params:oauth:", "§")
    }

    #[test]
    fn a_grant_sends_the_tokens_that_are_its_own() {
        let typed = |token: &str, kind: &str| TypedToken { token: Secret::new(token), kind: kind.to_owned() };
        let exchange = |actor, requested_type: Option<&str>| TokenGrant::TokenExchange {
            subject: typed("t0k3n", "urn:a"),
            actor,
            requested_type: requested_type.map(str::to_owned),
        };
        for (grant, form) in [
            (TokenGrant::ClientCredentials, "grant_type=client_credentials"),
            (
                TokenGrant::JwtBearer { assertion: Secret::new("t0k3n") },
                "grant_type=§grant-type:jwt-bearer&assertion=t0k3n",
            ),
            (
                exchange(None, None),
                "grant_type=§grant-type:token-exchange&subject_token=t0k3n&subject_token_type=urn:a",
            ),
            (
                exchange(Some(typed("t0k3n2", "urn:b")), Some("urn:c")),
                "grant_type=§grant-type:token-exchange&subject_token=t0k3n&subject_token_type=urn:a\
                 &actor_token=t0k3n2&actor_token_type=urn:b&requested_token_type=urn:c",
            ),
        ] {
            assert_eq!(sent(&grant), form);
        }
    }
}
