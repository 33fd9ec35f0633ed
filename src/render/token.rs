//! A token in the formats of `token --output`, and the results of options that print no token.

use super::print::{write_once, write_out};
use super::style::escape;
use crate::cli::TokenOutput;
use crate::clock::Timestamp;
use crate::commands::token::reader::TokenReader;
use crate::commands::token::report::{CheckReport, ProfilesReport, TokenReport, profile_line};
use crate::exit::Failure;
use crate::json;
use crate::secret::Secret;
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;

#[derive(Serialize)]
struct TokenJson<'a> {
    access_token: &'a str,
    token_type: &'a str,
    scope: &'a str,
    expires_in: Option<i64>,
    expires_at: Option<String>,
    expires_at_unix: Option<i64>,
    cached: bool,
    token_url: &'a str,
}

/// Prints the token. A runner of GitHub Actions gets it only after it was told to mask it.
///
/// # Errors
/// If it cannot be written.
pub fn print(report: &TokenReport) -> Result<(), Failure> {
    let text = text(report);
    if let TokenReader::Github { .. } = report.reader {
        write_once(text.expose())?;
        return report.reader.hand_over(&report.acquired.entry.access_token);
    }
    write_out(text.expose())
}

/// The text for stdout, with a newline.
fn text(report: &TokenReport) -> Secret {
    let token = &report.acquired.entry.access_token;
    Secret::new(match report.output {
        TokenOutput::Raw => format!("{token}\n"),
        TokenOutput::Json => as_json(report),
        TokenOutput::Header => format!("Authorization: Bearer {token}\n"),
        TokenOutput::Env => format!("HEISTCTL_TOKEN={}\n", shell_word(token)),
        TokenOutput::Curl => format!("header = \"Authorization: Bearer {}\"\n", within_quotes(token)),
        TokenOutput::Bearer => format!("Bearer {token}\n"),
        TokenOutput::Headers => json::line(&json!({ "Authorization": format!("Bearer {token}") })),
        TokenOutput::Kubernetes => exec_credential(report),
        TokenOutput::Google => pluggable(report),
        TokenOutput::Github | TokenOutput::GithubEnv => {
            // The runner decodes %25 only.
            format!("::add-mask::{}\n", token.replace('%', "%25"))
        }
    })
}

/// Quotes a token for a shell where it needs quotes.
fn shell_word(token: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.bytes().all(is_plain) {
        return Cow::Borrowed(token);
    }
    Cow::Owned(format!("'{}'", token.replace('\'', r"'\''")))
}

/// Escapes a token for curl's quoted configuration values.
fn within_quotes(token: &str) -> String {
    token.replace('\\', r"\\").replace('"', "\\\"")
}

fn as_json(report: &TokenReport) -> String {
    let entry = &report.acquired.entry;
    let expires = report.end();
    json::line(&TokenJson {
        access_token: &entry.access_token,
        token_type: &entry.token_type,
        scope: entry.scope.as_deref().unwrap_or_default(),
        expires_in: expires.map(|moment| left(moment, report.now)),
        expires_at: expires.and_then(written),
        expires_at_unix: expires.map(Timestamp::unix),
        cached: report.acquired.cached,
        token_url: &entry.token_url,
    })
}

/// A credential for kubectl and client-go (`client.authentication.k8s.io`).
fn exec_credential(report: &TokenReport) -> String {
    let api_version = match report.reader {
        TokenReader::Kubernetes { api_version } => api_version,
        TokenReader::Any | TokenReader::Github { .. } => "",
    };
    let mut status = json!({ "token": report.acquired.entry.access_token });
    if let Some(end) = report.end().and_then(written) {
        status["expirationTimestamp"] = end.into();
    }
    json::line(&json!({ "apiVersion": api_version, "kind": "ExecCredential", "status": status }))
}

/// The answer of an executable for Google's authentication libraries (executable-sourced credentials).
fn pluggable(report: &TokenReport) -> String {
    let mut answer = json!({
        "version": 1,
        "success": true,
        "token_type": "urn:ietf:params:oauth:token-type:jwt",
        "id_token": report.acquired.entry.access_token,
    });
    if let Some(end) = report.end() {
        answer["expiration_time"] = end.unix().into();
    }
    json::line(&answer)
}

fn left(moment: Timestamp, now: Timestamp) -> i64 {
    moment.unix().saturating_sub(now.unix())
}

/// RFC 3339 ends at the year 9999.
fn written(moment: Timestamp) -> Option<String> {
    Some(moment.to_string()).filter(|text| text.ends_with('Z'))
}

#[derive(Serialize)]
struct CheckJson {
    ok: bool,
    expires_in: Option<i64>,
    expires_at: Option<String>,
}

/// The result of `--check`, as JSON. For people it is a note.
#[must_use]
pub fn checked(report: &CheckReport) -> String {
    if !report.json {
        return String::new();
    }
    let expires = report.entry.as_ref().map(|entry| Timestamp::from_unix(entry.expires));
    json::line(&CheckJson {
        ok: expires.is_some(),
        expires_in: expires.map(|moment| left(moment, report.now)),
        expires_at: expires.and_then(written),
    })
}

#[derive(Serialize)]
struct ProfileJson<'a> {
    name: &'a str,
    client_id: Option<&'a str>,
    issuer: Option<&'a str>,
    token_url: Option<&'a str>,
}

/// The profiles, one per line, or as JSON.
#[must_use]
pub fn profiles(report: &ProfilesReport) -> String {
    let profiles = report.profiles.iter();
    if !report.json {
        return profiles.map(|(name, profile)| escape(&profile_line(name, profile)) + "\n").collect();
    }
    let listed = profiles.map(|(name, profile)| ProfileJson {
        name,
        client_id: profile.client_id.as_deref(),
        issuer: profile.issuer.as_deref(),
        token_url: profile.token_url.as_deref(),
    });
    json::line(&serde_json::json!({ "profiles": listed.collect::<Vec<_>>() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_quoted_where_its_characters_mean_something() {
        for (token, word, quoted) in [
            ("a.b-c_~+/==", "a.b-c_~+/==", "a.b-c_~+/=="),
            ("Atza|Iw!%:", "'Atza|Iw!%:'", "Atza|Iw!%:"),
            ("$(id)`id`", "'$(id)`id`'", "$(id)`id`"),
            (r#"a'b"c\d"#, r#"'a'\''b"c\d'"#, r#"a'b\"c\\d"#),
        ] {
            assert_eq!((&*shell_word(token), within_quotes(token).as_str()), (word, quoted), "{token}");
        }
    }
}
