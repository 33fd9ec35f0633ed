//! Parses a line of an import into a client's members. Unknown members and wrong types are explained with the
//! member to write. Possible secrets are never shown.

use super::format::{self, LineError};
use super::members::{ClientMember, ENABLED, HASHED, LEFT_OUT, MEMBERS, MemberKind, SECRETS};
use crate::cli::usage::value_parsers::InvalidValue;
use crate::cli::{parse_duration, scope_list};
use crate::issuer::metadata::AUTH_METHODS;
use crate::json::{Json, without_bom};
use crate::registry::federated::FederatedRule;
use crate::registry::secret_hash::SecretHash;
use crate::secret::looks_like_credential;
use serde_json::{Map, Value, json};

/// Members that `client list --json` adds to the record: the creation time, and details of secrets without
/// the secrets themselves.
const TOLD_ONLY: [&str; 2] = ["created", "secrets"];

/// Parses the members of a line.
///
/// # Errors
/// The line's problems. `file` is the file's name in commands to paste.
pub(super) fn read(line: &[u8], file: &str) -> Result<Map<String, Value>, Vec<LineError>> {
    let members = object(without_bom(line), file).map_err(|error| vec![error])?;
    let known = |name: &str| MEMBERS.iter().find(|member| member.0 == name);
    let fault = |(name, value): (&String, &Value)| match known(name) {
        Some(member) => fits(member, value).err(),
        None => Some(unknown(name, value)),
    };
    let mut found: Vec<LineError> = members.iter().filter_map(fault).collect();
    // An unknown member may be the id.
    if !members.contains_key("id") && members.keys().all(|name| known(name).is_some()) {
        found.push(LineError::new("the line has no id", "\"id\":\"backend\" names the client"));
    }
    if found.is_empty() { Ok(members) } else { Err(found) }
}

/// The members of a line that is one object.
fn object(line: &[u8], file: &str) -> Result<Map<String, Value>, LineError> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(line) else {
        return Err(format::explain(line, file));
    };
    // `client list` prints null for members without a value.
    members.retain(|name, value| !TOLD_ONLY.contains(&name.as_str()) && (name == "id" || !value.is_null()));
    is_single(line)?;
    if let Some((name, Value::Array(_))) = members.iter().next().filter(|_| members.len() == 1)
        && ["clients", "items", "data", "applications", "users"].contains(&name.as_str())
    {
        return Err(LineError::new(
            "the line is an object with a list of clients, not one client",
            format!("jq -c '.{name}[]' {file} | heistctl client import -"),
        ));
    }
    Ok(members)
}

/// Rejects duplicate names: JSON parsers would drop one value silently.
fn is_single(line: &[u8]) -> Result<(), LineError> {
    let Ok(Json::Object(object)) = Json::parse(line) else { return Ok(()) };
    let twice = object.repeated_name().filter(|name| MEMBERS.iter().any(|member| member.0 == *name));
    match twice {
        Some(name) => Err(LineError::new(format!("{name} appears twice"), "write it once")),
        None => Ok(()),
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn has(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|known| known == name)
}

fn unknown(name: &str, value: &Value) -> LineError {
    let is_shown = name.len() <= 40 && !looks_like_credential(name);
    let shown = if is_shown { format!("{name:?}") } else { "(not shown: it may be a secret)".to_owned() };
    LineError::new(format!("unknown member {shown}"), meant(&plain(name), value))
}

/// Suggests the intended member, with the typed value if it fits.
fn meant(name: &str, value: &Value) -> String {
    if has(SECRETS, name) {
        return HASHED.to_owned();
    }
    if has(ENABLED, name) {
        let disabled = fitted(MemberKind::Flag, value).as_deref() == Some("false");
        return format!("write \"disabled\":{disabled}");
    }
    if has(LEFT_OUT, name) {
        return "leave it out: heistctl has only client credentials, and clients have ids but no names"
            .to_owned();
    }
    let near = |known: &str| strsim::damerau_levenshtein(known, name) <= 2 && name.len() > 3;
    let member = MEMBERS
        .iter()
        .find(|member| plain(member.0) == name || has(member.3, name))
        .or_else(|| MEMBERS.iter().find(|member| near(&plain(member.0))));
    match member {
        Some(member) => written(member, value),
        None => {
            let names: Vec<&str> = MEMBERS.iter().map(|member| member.0).collect();
            format!("the members are {}", names.join(", "))
        }
    }
}

fn written(member: &ClientMember, value: &Value) -> String {
    if member.0 == "secret_hash" {
        return HASHED.to_owned();
    }
    format!("write \"{}\":{}", member.0, fitted(member.1, value).as_deref().unwrap_or(member.2))
}

/// Checks the type of a value.
fn fits(member: &ClientMember, value: &Value) -> Result<(), LineError> {
    let ClientMember(name, kind, ..) = member;
    let found = match (kind, value) {
        (MemberKind::Text | MemberKind::Scopes, Value::String(text)) => return fits_text(member, text),
        (MemberKind::Object, Value::Object(_)) | (MemberKind::Flag, Value::Bool(_)) => return Ok(()),
        (MemberKind::Seconds, Value::Number(number)) => return fits_seconds(number),
        (MemberKind::Rules, Value::Array(_)) if is_rules(value) => return Ok(()),
        (MemberKind::Texts, Value::Array(items)) => match items.iter().find(|item| !item.is_string()) {
            None => return Ok(()),
            Some(item) => format!("{name} has {} in it; it must be a list of texts", called(item)),
        },
        (_, value) => format!("{name} is {}; it must be {}", called(value), kind.name()),
    };
    match (*name, value) {
        ("jwks", Value::String(url)) if url.contains("://") && !looks_like_credential(url) => {
            Err(LineError::new(found, format!("write \"jwks_uri\":\"{url}\"")))
        }
        ("jwks", Value::Array(_)) => Err(LineError::new(found, "write \"jwks\":{\"keys\":[…]}")),
        ("jwks_uri", Value::Object(_)) => {
            Err(LineError::new(found, "\"jwks\" has the keys themselves; \"jwks_uri\" says where they are"))
        }
        _ => Err(LineError::new(found, written(member, value))),
    }
}

/// Whether it is a list of rules; the client's own checks follow.
fn is_rules(value: &Value) -> bool {
    serde_json::from_value::<Vec<FederatedRule>>(value.clone()).is_ok()
}

fn called(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn fits_text(member: &ClientMember, text: &str) -> Result<(), LineError> {
    match (member.0, member.1) {
        (_, MemberKind::Scopes) => {
            let fault = |wrong: InvalidValue| {
                let hint = wrong.hint.clone().unwrap_or_default();
                LineError::new(format!("{}: {}", member.0, wrong.about(text)), hint)
            };
            scope_list(&[text.to_owned()]).map(drop).map_err(fault)
        }
        ("secret_hash", _) => fits_hash(text),
        ("auth_method", _) => fits_method(text),
        _ => Ok(()),
    }
}

/// Never shows the hash, or a secret given instead.
fn fits_hash(text: &str) -> Result<(), LineError> {
    if text.parse::<SecretHash>().is_ok() {
        return Ok(());
    }
    let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let what = if is_hex {
        return Err(LineError::new(
            "secret_hash lacks sha256: before its digits",
            "write \"secret_hash\":\"sha256:…\" with the digits after the colon",
        ));
    } else if text.contains("heist_") {
        "secret_hash is the secret itself"
    } else if text.starts_with("$2") {
        "secret_hash is of bcrypt; heistctl takes sha256 and argon2id"
    } else if text.starts_with("$argon2i$") || text.starts_with("$argon2d$") {
        "secret_hash is of argon2i or argon2d; heistctl takes sha256 and argon2id"
    } else if text.starts_with("$argon2id$") {
        "secret_hash is cut off, or costs more than 256 MiB and ten passes"
    } else if text.starts_with(['$', '{']) {
        "secret_hash is of another kind; heistctl takes sha256 and argon2id"
    } else {
        "secret_hash is not a hash"
    };
    Err(LineError::new(what, HASHED))
}

fn fits_method(text: &str) -> Result<(), LineError> {
    if AUTH_METHODS.contains(&text) {
        return Ok(());
    }
    let meant = match plain(text).as_str() {
        "basic" | "secret" | "clientsecret" => "client_secret_basic",
        "post" | "body" | "form" => "client_secret_post",
        "jwt" | "assertion" | "privatekey" => "private_key_jwt",
        "secretjwt" | "hmac" => "client_secret_jwt",
        "tls" | "mtls" | "certificate" => "tls_client_auth",
        "selfsigned" | "selfsignedtls" => "self_signed_tls_client_auth",
        _ => {
            let shown = if looks_like_credential(text) { String::new() } else { format!(" {text:?}") };
            let what = format!("the auth_method{shown} is not one that a store takes");
            return Err(LineError::new(what, format!("one of {}", AUTH_METHODS.join(", "))));
        }
    };
    Err(LineError::new(
        format!("auth_method {text:?} is not a method"),
        format!("write \"auth_method\":\"{meant}\""),
    ))
}

fn fits_seconds(number: &serde_json::Number) -> Result<(), LineError> {
    let what = match (number.as_u64(), number.as_f64()) {
        (Some(0), _) => "lifetime is under a second",
        (Some(_), _) => return Ok(()),
        (None, Some(negative)) if negative < 0.0 => "lifetime is negative",
        _ => "lifetime is not a whole number",
    };
    let value = Value::Number(number.clone());
    let seconds = fitted(MemberKind::Seconds, &value).unwrap_or_else(|| "900".to_owned());
    Err(LineError::new(what, format!("write \"lifetime\":{seconds}, in seconds")))
}

/// The value in the form that its member takes, as JSON, if it cannot be a secret.
fn fitted(kind: MemberKind, value: &Value) -> Option<String> {
    let texts = |items: &[Value]| {
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
    };
    let fitted = match (kind, value) {
        (MemberKind::Text, Value::Number(number)) => json!(number.to_string()),
        (MemberKind::Text, Value::Array(items)) => json!(texts(items)?.first()?),
        (MemberKind::Text | MemberKind::Scopes, Value::String(text)) => json!(text),
        (MemberKind::Scopes, Value::Array(items)) => json!(texts(items)?.join(" ")),
        (MemberKind::Texts, Value::String(text)) => json!([text]),
        (MemberKind::Texts, Value::Array(items)) => json!(texts(items)?),
        (MemberKind::Seconds, value) => json!(seconds(value).filter(|seconds| *seconds > 0)?),
        (MemberKind::Object, Value::Object(members)) => json!(members),
        (MemberKind::Flag, value) => json!(flag(value)?),
        _ => return None,
    };
    let text = fitted.to_string();
    let is_plain = text.len() <= 100 && !text.split(['"', ',', ' ']).any(may_be_secret);
    is_plain.then_some(text)
}

/// A word with digits, and without the punctuation of scopes, URLs and networks, may be a misplaced secret.
fn may_be_secret(word: &str) -> bool {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    looks_like_credential(word) || has_digit && !is_number && !word.contains([':', '.', '/'])
}

fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => {
            number.as_u64().or_else(|| number.to_string().split('.').next()?.parse().ok())
        }
        Value::String(text) => parse_duration(text).ok().map(|time| time.as_secs()),
        _ => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_u64() != Some(0)),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "y" => Some(true),
            "false" | "no" | "off" | "0" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::record::ClientRecord;

    /// The table has the members of a record, and the hash of a secret.
    #[test]
    fn the_members_of_a_line_are_those_of_a_record() {
        let record = serde_json::to_value(ClientRecord::default()).unwrap();
        let mut of_record: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
        of_record.retain(|name| *name != "created");
        of_record.push("secret_hash");
        of_record.sort_unstable();
        let mut named: Vec<&str> = MEMBERS.iter().map(|member| member.0).collect();
        named.sort_unstable();
        assert_eq!(named, of_record);
    }

    #[test]
    fn each_example_fits_its_member() {
        for member in MEMBERS.iter().filter(|member| !member.2.contains('…')) {
            let value: Value = serde_json::from_str(member.2).unwrap();
            assert_eq!(fits(member, &value), Ok(()), "{}", member.0);
        }
    }
}
