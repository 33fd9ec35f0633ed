//! Rules that let in strangers, or that no identity can fit.

use super::preset::IdentityKind;
use super::trusted_issuer::{TrustedIssuer, trust_domain};
use crate::registry::federated::FederatedRule;
use crate::registry::subject_glob::literal_start;
use serde_json::Value;

/// The problem of a rule, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleDanger {
    pub what: String,
    pub hint: String,
}

impl RuleDanger {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

/// Why the server does not use a rule, unless the operator says that it is meant.
#[must_use]
pub fn refused(trust: &TrustedIssuer, rule: &FederatedRule) -> Option<RuleDanger> {
    if rule.allow_broad {
        return None;
    }
    open_owner(trust, rule).or_else(|| no_lasting_id(trust, rule))
}

/// Users of two identity providers can have the same subject, and a token names its user by nothing else.
#[must_use]
pub fn mixed_users<'a>(
    trusts: impl Iterator<Item = &'a TrustedIssuer>,
    rules: &[FederatedRule],
) -> Option<RuleDanger> {
    let jags: Vec<&str> = trusts
        .filter(|trust| trust.preset.kind == IdentityKind::IdJag)
        .map(|trust| trust.name.as_str())
        .collect();
    let rules: Vec<&FederatedRule> =
        rules.iter().filter(|rule| jags.contains(&rule.trust.as_str())).collect();
    let first = rules.first()?;
    let other = rules.iter().find(|rule| rule.trust != first.trust)?;
    (!rules.iter().all(|rule| rule.allow_broad)).then(|| {
        RuleDanger::new(
            format!(
                "it has rules of two id-jag trusts, {:?} and {:?}: a user of one could have the sub of a user of \
                 the other",
                first.trust, other.trust
            ),
            "write a client for each identity provider; allow_broad = true in each rule says that it is meant",
        )
    })
}

/// A `*` in the owner's part, at an issuer that anybody can get tokens of.
fn open_owner(trust: &TrustedIssuer, rule: &FederatedRule) -> Option<RuleDanger> {
    let platform = trust.platform()?;
    let pattern = rule.sub_glob.as_deref()?;
    let start = literal_start(pattern);
    let is_closed = match platform.before_owner {
        // An owner ends before the next separator, so that "acme*" is not "acme-evil".
        Some(before) if start.starts_with(before) => {
            start[before.len()..].find(['/', ':']).is_some_and(|length| length > 0)
        }
        // A subject of other claims: an id among the claims decides.
        Some(before) => !before.starts_with(start) && start.contains(':'),
        None => start == pattern,
    };
    (!is_closed).then(|| {
        RuleDanger::new(
            format!("sub_glob {pattern:?} leaves the owner open: everybody at {} could fit it", trust.issuer),
            "write the owner before the first *; allow_broad = true says that it is meant",
        )
    })
}

/// At a shared issuer a name can be given up, and taken by a stranger. A number cannot.
fn no_lasting_id(trust: &TrustedIssuer, rule: &FederatedRule) -> Option<RuleDanger> {
    let ids = trust.platform()?.lasting_ids;
    if ids.iter().any(|id| has_id(rule, id)) {
        return None;
    }
    let example = ids.first().copied().unwrap_or("id");
    let hint = if example == "sub" {
        "write the number of the account: sub = \"104857600000000000000\"".to_owned()
    } else {
        format!("claims = {{ {example} = \"74\" }}; allow_broad = true says that it is meant")
    };
    let what = format!("it names no {}, and names at {} can change hands", ids.join(" or "), trust.issuer);
    Some(RuleDanger::new(what, hint))
}

/// Whether a rule wants one id: a number, or of some platforms a UUID.
fn has_id(rule: &FederatedRule, name: &str) -> bool {
    let is_id = |text: &str| {
        let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
        let is_uuid = hex == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        !text.is_empty() && (is_uuid || text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match (name, rule.claims.get(name)) {
        ("sub", _) => rule.sub.as_deref().is_some_and(is_id),
        (_, Some(Value::String(text))) => is_id(text),
        (_, Some(Value::Number(number))) => number.is_u64(),
        _ => false,
    }
}

/// Doubts about a rule that is used.
#[must_use]
pub fn doubts(trust: &TrustedIssuer, rule: &FederatedRule) -> Vec<String> {
    [default_account(trust, rule), no_environment(trust, rule), impossible(trust, rule), number(trust, rule)]
        .into_iter()
        .flatten()
        .collect()
}

fn default_account(trust: &TrustedIssuer, rule: &FederatedRule) -> Option<String> {
    let is_default = trust.preset.name == "kubernetes" && rule.subject().ends_with(":default");
    is_default.then(|| {
        format!(
            "{:?} is the account of every pod that names none: give the workload a service account of its own",
            rule.subject()
        )
    })
}

fn no_environment(trust: &TrustedIssuer, rule: &FederatedRule) -> Option<String> {
    let has_one = rule.subject().contains(":environment:")
        || rule.subject().starts_with("environment:")
        || rule.claims.contains_key("environment");
    (trust.preset.name == "github-actions" && !has_one).then(|| {
        format!(
            "{:?} names no environment, so whoever can push a workflow to the repository fits it: protect an \
             environment, and write sub = \"repo:OWNER/NAME:environment:prod\"",
            rule.subject()
        )
    })
}

/// A pattern that the platform's subjects never fit.
fn impossible(trust: &TrustedIssuer, rule: &FederatedRule) -> Option<String> {
    let (subjects, start) = (trust.preset.subjects, literal_start(rule.subject()));
    let fits = |subject: &&str| start.starts_with(*subject) || subject.starts_with(start);
    let whole = rule.sub.is_some();
    let parts: Vec<&str> = rule.subject().split(':').collect();
    let is_possible = match trust.preset.name {
        "google" => rule.subject().bytes().all(|byte| byte.is_ascii_digit() || byte == b'*'),
        "kubernetes" if whole => parts.len() == 4 && parts[2..].iter().all(|part| !part.is_empty()),
        "github-actions" | "gitlab" if whole => {
            parts.len() > 2 && (!matches!(parts[0], "repo" | "project_path") || parts[1].contains('/'))
        }
        "spiffe" if whole => trust_domain(rule.subject()) == Some(&trust.issuer),
        "spiffe" => start.starts_with(&trust.issuer) || trust.issuer.starts_with(start),
        _ => true,
    };
    if is_possible && (subjects.is_empty() || subjects.iter().any(fits)) {
        return None;
    }
    let example = match trust.preset.name {
        "github-actions" => "repo:OWNER/NAME:environment:prod",
        "gitlab" => "project_path:GROUP/NAME:ref_type:branch:ref:main",
        "kubernetes" => "system:serviceaccount:NAMESPACE:ACCOUNT",
        "google" => "104857600000000000000",
        "buildkite" => "organization:ORG:pipeline:NAME:ref:refs/heads/main:commit:HASH:step:KEY",
        "circleci" => "org/ORG_ID/project/PROJECT_ID/user/USER_ID",
        _ => "spiffe://example.org/ns/NAMESPACE/sa/ACCOUNT",
    };
    Some(format!("no subject of {} fits {:?}: one is like {example}", trust.preset.name, rule.subject()))
}

fn number(trust: &TrustedIssuer, rule: &FederatedRule) -> Option<String> {
    let is_other = |value: &Value| value.is_number() || value.is_boolean();
    let (name, value) =
        rule.claims.iter().find(|(_, value)| trust.preset.has_texts_only && is_other(value))?;
    Some(format!(
        "{} writes {name} as a text, so {value} never fits: write {name} = \"{value}\"",
        trust.preset.name
    ))
}
