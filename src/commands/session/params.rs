//! Additional parameters of a token request. Those with a flag of their own are refused, so that no setting is
//! made twice and no secret stands in argv.

use super::profile::Profile;
use super::source::{PHASE, SettingSource};
use crate::cli::SessionArgs;
use crate::cli::usage::form_parameters;
use crate::exit::{Exit, Failure};

/// # Errors
/// Exit 2 for a parameter without a name or value, and for one with its own flag.
pub(super) fn settle(args: &SessionArgs, source: &SettingSource) -> Result<Vec<(String, String)>, Failure> {
    let given = source.of_profile(|p: &Profile| Some(p.params.clone())).map(|p| p.value).unwrap_or_default();
    let mut params: Vec<(String, String)> = given.into_iter().collect();
    for pair in &args.param {
        let (name, value) = pair.split_once('=').ok_or_else(|| without_value(pair))?;
        if name.is_empty() {
            let what = "--param: there is no name before =";
            return Err(Failure::new(Exit::Usage, PHASE, what).hint("--param NAME=VALUE"));
        }
        params.retain(|(known, _)| known != name);
        params.push((name.to_owned(), value.to_owned()));
    }
    match params.iter().find_map(|(name, value)| Some((name, form_parameters::cure(name, Some(value))?))) {
        Some((name, cure)) => {
            Err(Failure::new(Exit::Usage, PHASE, format!("the parameter {name} has its own flag")).hint(cure))
        }
        None => Ok(params),
    }
}

fn without_value(pair: &str) -> Failure {
    let name: String = pair.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '_').collect();
    let failure = |what: String| Failure::new(Exit::Usage, PHASE, what);
    if let Some(cure) = form_parameters::cure(&name, None) {
        return failure(format!("--param without =, and {name} has its own flag")).hint(cure);
    }
    // A word of letters is a name; any other may be a secret.
    let is_name = !name.is_empty() && name.len() == pair.len();
    let (what, name) = if is_name {
        (format!("--param: {name:?} has no ="), &*name)
    } else {
        ("--param without =".to_owned(), "NAME")
    };
    failure(what).hint(format!("write it as --param {name}=VALUE"))
}
