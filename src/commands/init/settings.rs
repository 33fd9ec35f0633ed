//! The settings of `init`: flags, else the answers of a person.

use super::report::PHASE;
use crate::cli::{InitArgs, scope_list};
use crate::commands::client::check_new_id;
use crate::commands::serve::check_issuer;
use crate::exit::{Exit, Failure};
use crate::scope::ScopeSet;

/// The settings, from flags or a person.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InitSettings {
    /// `None` for the address of the server.
    pub(super) issuer: Option<String>,
    pub(super) client: String,
    pub(super) scopes: ScopeSet,
}

/// Asks a person: the question, and the answer for an empty line.
pub(super) type Questioner<'a> = &'a mut dyn FnMut(&str, &str) -> Result<String, Failure>;

/// # Errors
/// Exit 2 if a setting is missing or not valid.
pub(super) fn settle(args: &InitArgs, mut ask: Option<Questioner<'_>>) -> Result<InitSettings, Failure> {
    let mut asked = |flag: Option<String>, question: &str, default: &str| match (flag, &mut ask) {
        (Some(given), _) => Ok(Some(given)),
        (None, Some(ask)) => ask(question, default).map(Some),
        (None, None) => Ok(None),
    };
    let issuer = asked(args.issuer.clone(), "URL that clients use", "the server's address")?;
    let issuer = issuer.filter(|issuer| issuer != "the server's address");
    // Checked before the next question, so that no answer is typed in vain.
    if let Some(issuer) = &issuer {
        check_issuer(issuer, false)
            .map_err(|failure| of_init(failure).hint("heistctl init --issuer https://tokens.example.com"))?;
    }
    let client = asked(args.client.clone(), "Id of the first client", "backend")?;
    let client = client.ok_or_else(|| {
        Failure::new(Exit::Usage, PHASE, "--client is missing, and there is no terminal to ask")
            .hint("heistctl init --client backend --scope orders:read")
    })?;
    check_new_id(&client, "init --client").map_err(of_init)?;
    let scopes = (!args.scope.is_empty()).then(|| args.scope.join(" "));
    let scopes = asked(scopes, "Scopes it may have, as orders:read orders:write", "")?.unwrap_or_default();
    let scopes = scope_list(std::slice::from_ref(&scopes)).map_err(|wrong| {
        let what = format!("--scope: {}", wrong.about(&scopes));
        Failure { hint: wrong.hint, ..Failure::new(Exit::Usage, PHASE, what) }
    })?;
    Ok(InitSettings { issuer, client, scopes })
}

fn of_init(failure: Failure) -> Failure {
    Failure { phase: PHASE, ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(issuer: Option<&str>, client: Option<&str>, scope: &[&str]) -> InitArgs {
        InitArgs {
            folder: ".".into(),
            issuer: issuer.map(str::to_owned),
            client: client.map(str::to_owned),
            scope: scope.iter().map(|scope| (*scope).to_owned()).collect(),
            systemd: false,
            compose: false,
            json: false,
        }
    }

    fn settings(issuer: Option<&str>, client: &str, scopes: &str) -> InitSettings {
        let issuer = issuer.map(str::to_owned);
        InitSettings { issuer, client: client.to_owned(), scopes: scopes.parse().unwrap() }
    }

    #[test]
    fn a_person_is_asked_for_what_no_flag_gives() {
        let mut asked = Vec::new();
        let mut ask = |question: &str, default: &str| {
            asked.push(question.to_owned());
            Ok(if question.starts_with("Scopes") { "b a".to_owned() } else { default.to_owned() })
        };
        let found = settle(&args(None, None, &[]), Some(&mut ask)).unwrap();
        assert_eq!(found, settings(None, "backend", "a b"));
        let found = settle(&args(Some("https://as.example.com"), Some("x"), &[]), Some(&mut ask)).unwrap();
        assert_eq!(found, settings(Some("https://as.example.com"), "x", "a b"));
        assert_eq!(asked.len(), 4, "{asked:?}");
    }

    #[test]
    fn without_a_terminal_flags_are_enough_and_a_missing_id_is_named() {
        let found = settle(&args(None, Some("a\"\\b"), &["r w", "x"]), None).unwrap();
        assert_eq!(found, settings(None, "a\"\\b", "r w x"));
        for (args, part) in [
            (args(None, None, &["a"]), "--client is missing"),
            (args(None, Some(""), &[]), "the id "),
            (args(None, Some("\u{e9}"), &[]), "the id "),
            (args(None, Some("a\nb"), &[]), "the id "),
            (args(None, Some(&"a".repeat(256)), &[]), "at most 255"),
            (args(None, Some("heist_secret"), &[]), "a secret was given"),
            (args(None, Some("a"), &["\u{e9}"]), "--scope"),
            (args(Some("http://as.example.com"), Some("a"), &[]), "http"),
        ] {
            let failure = settle(&args, None).unwrap_err();
            assert!(failure.what.contains(part) && failure.hint.is_some(), "{failure:?}");
            assert_eq!((failure.exit, failure.phase), (Exit::Usage, PHASE));
        }
    }
}
