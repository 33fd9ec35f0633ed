//! The claims and header members of the flags.

use crate::cli::{ClaimArgs, HeaderArgs, scope_list};
use crate::commands::environment::{file, refuse_credential};
use crate::exit::{Exit, Failure};
use crate::json::{Json, Object};
use std::path::Path;

const FORM: &str = r#"write an object: --claims '{"role":"admin"}', or --claims @claims.json"#;

/// The claims from `--claims`, replaced by the flags of single ones.
///
/// # Errors
/// Exit 2 if `--claims` is not a JSON object, or scopes are not valid.
pub(in crate::commands) fn of(args: &ClaimArgs, phase: &'static str) -> Result<Object, Failure> {
    let mut claims = args.claims.as_deref().map_or(Ok(Object::default()), |text| parsed(text, phase))?;
    let text = |value: &String| Json::String(value.clone());
    let single = [("iss", args.iss.as_ref()), ("sub", args.sub.as_ref())];
    for (name, value) in single.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        claims.set(name, text(value));
    }
    match args.aud.as_slice() {
        [] => {}
        [one] => claims.set("aud", text(one)),
        several => claims.set("aud", Json::Array(several.iter().map(text).collect())),
    }
    let scopes: Vec<String> = args.scope.iter().map(ToString::to_string).collect();
    if !scopes.is_empty() {
        let scope = scope_list(&scopes).map_err(|error| Failure {
            hint: error.hint.clone(),
            ..Failure::new(Exit::Usage, phase, format!("--scope {error}"))
        })?;
        claims.set("scope", Json::String(scope.to_string()));
    }
    Ok(claims)
}

/// The header members from `--typ` and `--header`. A value that is not JSON is text.
pub(in crate::commands) fn header(args: &HeaderArgs) -> impl Iterator<Item = (String, Json)> {
    let member = |(name, value): &(String, String)| {
        let json = Json::parse(value.as_bytes()).unwrap_or_else(|_| Json::String(value.clone()));
        (name.clone(), json)
    };
    let typ = args.typ.iter().map(|typ| ("typ".to_owned(), Json::String(typ.clone())));
    typ.chain(args.header.iter().map(member))
}

fn parsed(text: &str, phase: &'static str) -> Result<Object, Failure> {
    let (bytes, origin) = match text.strip_prefix('@') {
        Some(path) => {
            refuse_credential(Path::new(path), "--claims @", phase)?;
            let file = file(Path::new(path), phase)?;
            (file.value.expose().to_vec(), file.origin)
        }
        None => (text.as_bytes().to_vec(), "--claims".to_owned()),
    };
    let failure = |what: String| Failure::new(Exit::Usage, phase, format!("{origin}: {what}")).hint(FORM);
    match Json::parse(crate::json::without_bom(&bytes)) {
        Ok(Json::Object(claims)) => Ok(claims),
        Ok(other) => Err(failure(format!("claims are a JSON object, and this is {}", other.kind()))),
        Err(error) => Err(failure(format!("it is {error}"))),
    }
}
