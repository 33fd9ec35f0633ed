//! GitLab CI: a job gets its ID tokens in variables that its `id_tokens` name.

use super::request::IdentityError;

pub(super) const EXPIRED: &str =
    "GitLab's ID token ends with the job's timeout or after 5 minutes: get the token earlier in the job";

/// The lines of `.gitlab-ci.yml` that issue the token.
pub(super) fn id_token(name: &str, audience: &str) -> String {
    format!("in the job of .gitlab-ci.yml: id_tokens: {{ {name}: {{ aud: \"{audience}\" }} }}")
}

pub(super) fn missing(name: &str, audience: Option<&str>) -> IdentityError {
    let what = format!("the variable {name} is not set: this job has no such ID token");
    IdentityError::new(what, id_token(name, audience.unwrap_or("https://as.example.com")))
}

pub(super) fn no_name() -> IdentityError {
    let hint = "--identity gitlab:ID_TOKEN, where the job has id_tokens: { ID_TOKEN: { aud: ISSUER } }";
    IdentityError::new("gitlab needs the name of a variable", hint)
}
