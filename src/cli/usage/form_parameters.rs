//! Parameters of a token request that have flags of their own, as in `curl -d` and `--param`.

use super::foreign_flags::NO_SECRET;
use super::shown::plain_word;
use crate::text::shell_word;

/// The hint for a parameter that is not for `--param`. Never has the value of a credential.
#[must_use]
pub fn cure(name: &str, value: Option<&str>) -> Option<String> {
    let shown = value.filter(|value| !value.is_empty()).and_then(plain_word);
    let flag = |flag: &str, example: &str| {
        let value = shown.map_or_else(|| example.to_owned(), |value| shell_word(value).into_owned());
        Some(format!("{flag} {value}"))
    };
    match name {
        "grant_type" => flag("--grant", "token-exchange"),
        "client_secret" => Some(NO_SECRET.to_owned()),
        "client_assertion" | "client_assertion_type" => {
            Some("--client-key key.pem makes an assertion, --identity SOURCE sends the platform's".to_owned())
        }
        "assertion" => {
            Some("--grant jwt-bearer with --identity SOURCE or --subject-token-file FILE".to_owned())
        }
        "subject_token" => Some("--subject-token-file FILE, - for stdin".to_owned()),
        "subject_token_type" => flag("--subject-token-type", "access_token"),
        "actor_token" | "actor_token_type" => Some("--actor-token-file FILE".to_owned()),
        "requested_token_type" => flag("--requested-token-type", "access_token"),
        "client_id" if shown.is_some_and(|id| id.contains(':')) => Some("--client-id ID".to_owned()),
        "client_id" => flag("--client-id", "ID"),
        "scope" => flag("--scope", "'orders:read orders:write'"),
        "resource" => flag("--resource", "https://api.example.com"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_with_a_flag_names_it_and_hides_credentials() {
        for (name, value, hint) in [
            ("client_id", "app", Some("--client-id app")),
            ("client_id", "app:hunter2", Some("--client-id ID")),
            ("scope", "a:b c:d", Some("--scope 'a:b c:d'")),
            ("scope", "", Some("--scope 'orders:read orders:write'")),
            ("client_secret", "hunter2", Some(NO_SECRET)),
            ("grant_type", "token-exchange", Some("--grant token-exchange")),
            ("subject_token", "eyJhbGciOi.x.y", Some("--subject-token-file FILE, - for stdin")),
            (
                "assertion",
                "x",
                Some("--grant jwt-bearer with --identity SOURCE or --subject-token-file FILE"),
            ),
            ("tenant", "acme", None),
        ] {
            assert_eq!(cure(name, Some(value)).as_deref(), hint, "{name}");
        }
    }
}
