//! heist.toml as typed: its keys, and errors that name line and cure. No file is read here, and no
//! value that may be a secret is shown.

use crate::cli::parse_duration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The configuration of a server.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table explains each key by its name")]
pub struct Config {
    pub issuer: Option<String>,
    pub listen: Option<SocketAddr>,
    #[serde(default, deserialize_with = "duration")]
    pub token_lifetime: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    pub leeway: Option<Duration>,
    #[serde(default, deserialize_with = "one_or_more")]
    pub audience: Vec<String>,
    #[serde(default)]
    pub explain_client_errors: bool,
    #[serde(default)]
    pub signing: Signing,
    #[serde(default, rename = "client")]
    pub clients: Vec<ClientEntry>,
}

/// `[signing]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table explains each key by its name")]
pub struct Signing {
    pub algorithm: Option<String>,
    pub secret_env: Option<String>,
    pub secret_file: Option<PathBuf>,
}

/// `[[client]]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the README's table explains each key by its name")]
pub struct ClientEntry {
    pub id: String,
    pub secret_env: Option<String>,
    pub secret_file: Option<PathBuf>,
    pub secret_hash: Option<String>,
    #[serde(default)]
    pub scopes: Vec<String>,
    pub default_scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "duration")]
    pub lifetime: Option<Duration>,
    #[serde(default)]
    pub claims: serde_json::Map<String, serde_json::Value>,
}

/// What is wrong with a configuration, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] for what is no TOML, an unknown key, or a value of the wrong type.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| explain(text, &error))
    }
}

fn explain(text: &str, error: &toml::de::Error) -> ConfigError {
    let span = error.span();
    let line = span.as_ref().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message();
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return ConfigError { line, what: without_values(message), hint: None };
    };
    let key = rest.split('`').next().unwrap_or_default();
    let known: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
    ConfigError { line, what: format!("unknown key {key:?}"), hint: Some(nearest(key, &known)) }
}

/// serde's messages quote the value of a wrong type, which may be a secret in the wrong place.
fn without_values(message: &str) -> String {
    let Some((kind, rest)) = message.split_once(", expected ") else {
        return message.lines().next().unwrap_or_default().to_owned();
    };
    let kind = kind.split([' ', ':']).take(2).collect::<Vec<_>>().join(" ");
    format!("{kind}: expected {}", rest.lines().next().unwrap_or_default())
}

fn nearest(key: &str, known: &[&str]) -> String {
    if key == "secret" {
        return "a secret never stands in the configuration: name its secret_env or secret_file".to_owned();
    }
    let best = known.iter().map(|name| (strsim::damerau_levenshtein(key, name), name)).min();
    match best {
        Some((distance, name)) if distance <= 3 => format!("did you mean {name}?"),
        _ => format!("the keys here are {}", known.join(", ")),
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map(Some).map_err(D::Error::custom)
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a string or a list of strings")]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ConfigError {
        Config::parse(text).unwrap_err()
    }

    #[test]
    fn every_key_is_read() {
        let config = Config::parse(
            r#"
            issuer = "https://as.example.com"
            listen = "127.0.0.1:0"
            token_lifetime = "1h 5m"
            leeway = "2s"
            audience = ["a", "b"]
            explain_client_errors = true
            [signing]
            algorithm = "HS256"
            secret_env = "KEY"
            secret_file = "key"
            [[client]]
            id = "a"
            secret_env = "A"
            secret_file = "a"
            secret_hash = "sha256:"
            scopes = ["x"]
            default_scopes = []
            lifetime = "10s"
            claims = { team = "heist", n = [1, { x = true }] }
            "#,
        )
        .unwrap();
        assert_eq!(config.token_lifetime, Some(Duration::from_secs(3900)));
        assert_eq!(config.clients[0].claims["n"][1]["x"], true);
        assert_eq!(Config::parse("audience = 'a'").unwrap().audience, ["a"]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
        let found = error("\n[[client]]\nid = 'a'\nscope = ['x']\n");
        assert_eq!((found.line, found.what.as_str()), (Some(4), "unknown key \"scope\""));
        assert_eq!(found.hint.as_deref(), Some("did you mean scopes?"));
        assert_eq!(error("isuer = 'x'").hint.as_deref(), Some("did you mean issuer?"));
        assert!(error("frobnicate = 1").hint.unwrap().contains("token_lifetime"));
        assert!(error("[signing]\nsecret = 'x'").hint.unwrap().contains("never stands"));
    }

    #[test]
    fn no_value_is_shown() {
        for text in [
            "listen = 'hunter2'",
            "token_lifetime = 'hunter2'",
            "signing = 'hunter2'",
            "[[client]]\nid = 'a'\nscopes = 'hunter2'",
            "[signing]\nsecret = 'hunter2'",
            "issuer = hunter2",
            "explain_client_errors = 'hunter2'",
            "audience = { x = 'hunter2' }",
        ] {
            let error = error(text);
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
