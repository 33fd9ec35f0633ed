//! Whom a guard lets in, and the header fields that tell it to the API.

use crate::claims::{Actor, Claim, ClaimsView};
use crate::issuer::standing::text;
use crate::json::{Json, Object};
use crate::registry::Client;
use crate::scope::ScopeSet;

/// The fields of an answer that grants. All of them are always sent, so that a gateway replaces those that
/// a caller sends itself.
pub const FIELDS: [&str; 6] =
    ["X-Auth-Client", "X-Auth-Subject", "X-Auth-Scope", "X-Auth-Actor", "X-Auth-Token-Id", "X-Auth-Expires"];

/// The claims that name the client, by issuer: RFC 9068, OpenID Connect, Okta, Entra.
const CLIENT_CLAIMS: [&str; 4] = ["client_id", "azp", "cid", "appid"];

/// The holder of a token, or a client that has authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub client: String,
    pub scope: ScopeSet,
    /// The values of [`FIELDS`]; empty where there is nothing.
    pub values: [String; 6],
}

impl Holder {
    /// The holder of a verified token, which grants this scope.
    ///
    /// # Errors
    /// If a claim cannot be sent in a header field without becoming another value.
    pub fn of_token(claims: &Object, scope: Claim<ScopeSet>) -> Result<Self, String> {
        let view = ClaimsView::of(claims);
        let client = CLIENT_CLAIMS.iter().find_map(|name| claims.get(name).and_then(Json::as_str));
        let scope = match scope {
            Claim::Value(scope) => scope,
            Claim::Absent => ScopeSet::empty(),
            Claim::Mistyped(why) => return Err(why),
        };
        let expires = if let Claim::Value(exp) = view.exp { exp.seconds.to_string() } else { String::new() };
        let owned = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let values = [
            owned(client),
            owned(text(&view.sub)),
            scope.to_string(),
            Actor::of(claims).map(|actor| actor.sub).unwrap_or_default(),
            owned(text(&view.jti)),
            expires,
        ];
        match FIELDS.iter().zip(&values).find(|(_, value)| !is_sendable(value)) {
            Some((field, _)) => Err(format!("its value for {field} has characters that no header can carry")),
            None => Ok(Self { client: values[0].clone(), scope, values }),
        }
    }

    /// A client with its id and secret, which has this scope.
    ///
    /// # Errors
    /// As for [`Self::of_token`].
    pub fn of_client(client: &Client, scope: ScopeSet) -> Result<Self, String> {
        if !is_sendable(&client.id) {
            return Err("the client's id has characters that no header can carry".to_owned());
        }
        let (id, nothing) = (client.id.clone(), String::new);
        let values = [id.clone(), id.clone(), scope.to_string(), nothing(), nothing(), nothing()];
        Ok(Self { client: id, scope, values })
    }
}

/// Whether a text arrives as it is: visible ASCII, with blanks only within.
fn is_sendable(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && value.trim_matches(' ') == value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(claims: &str) -> Result<Holder, String> {
        let Ok(Json::Object(claims)) = Json::parse(claims.as_bytes()) else { panic!("{claims}") };
        Holder::of_token(&claims, ClaimsView::of(&claims).scope)
    }

    #[test]
    fn every_field_has_a_value_or_is_empty() {
        let all = r#"{"client_id":"c","sub":"s","scope":"b a","act":{"sub":"x","act":{"sub":"y"}},"jti":"j","exp":7}"#;
        assert_eq!(holder(all).unwrap().values, ["c", "s", "a b", "x", "j", "7"]);
        assert_eq!(holder("{}").unwrap().values, [""; 6]);
        assert_eq!(holder(r#"{"azp":"c","scp":["b","a"]}"#).unwrap().values, ["c", "", "a b", "", "", ""]);
    }

    #[test]
    fn no_claim_becomes_another_value_on_its_way() {
        for claims in [
            r#"{"sub":"admin\r\nX-Auth-Client: root"}"#,
            r#"{"sub":"admin "}"#,
            r#"{"sub":" admin"}"#,
            "{\"sub\":\"adm\u{ed}n\"}",
            r#"{"client_id":"a\u0000"}"#,
            r#"{"act":{"sub":"a\n"}}"#,
            r#"{"scope":7}"#,
        ] {
            assert!(holder(claims).is_err(), "{claims}");
        }
    }
}
