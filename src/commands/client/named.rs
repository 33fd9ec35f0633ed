//! Checks client ids as typed: invisible characters, common mistakes, and similar ids in the store.

use super::failures::PHASE;
use crate::cli::ClientCommand;
use crate::commands::declared::Declared;
use crate::commands::misplaced;
use crate::commands::store::place::StorePlace;
use crate::exit::{Exit, Failure};
use crate::http::visible::{is_invisible, not_vschar};
use crate::registry::MAX_ID;
use crate::registry::store::Store;
use crate::text::shell_word;
use std::path::Path;

/// The number of clients that are searched for a similar id.
const LOOKED_AT: usize = 2_000;

const BEST: &str = "letters, digits, - and _ are best: every client writes them the same way";

/// Rejects an impossible id before a store is created for it.
///
/// # Errors
/// Exit 2, with the command to paste.
pub(super) fn check_command(command: &ClientCommand) -> Result<(), Failure> {
    match (command, command.id()) {
        (ClientCommand::Add(add), _) => check_new(&add.id, "client add"),
        (_, Some(id)) => check(id, &format!("client {}", command.name())),
        (_, None) => Ok(()),
    }
}

/// Rejects an impossible id. `command` is `client add`, `client show`, …, after which an id goes.
///
/// # Errors
/// Exit 2, with the command to paste.
fn check(id: &str, command: &str) -> Result<(), Failure> {
    let wrong = |what: String, hint: String| Err(Failure::new(Exit::Usage, PHASE, what).hint(hint));
    if id.starts_with("eyJ") || id.contains("heist_") || id.contains("-----BEGIN") {
        let what = "a secret was given instead of a client id".to_owned();
        return wrong(what, "heistctl client list shows ids; a secret goes to stdin".to_owned());
    }
    if id.is_empty() {
        return wrong("the id is empty".to_owned(), format!("heistctl {command} backend"));
    }
    let Some((why, bare)) = fault(id) else { return Ok(()) };
    let hint = match bare {
        Some(bare) => format!("heistctl {command} {}", shell_word(&bare)),
        None => BEST.to_owned(),
    };
    wrong(format!("the id {id:?} {why}"), hint)
}

/// The problem with an id, and the intended id.
fn fault(id: &str) -> Option<(String, Option<String>)> {
    let bare = id.trim_matches(is_invisible);
    if bare.len() != id.len() {
        let why = not_vschar(id).unwrap_or_else(|| {
            format!("{} with a blank", if id.starts_with(' ') { "begins" } else { "ends" })
        });
        return Some((why, Some(bare.to_owned()).filter(|bare| not_vschar(bare).is_none())));
    }
    if let Some(why) = not_vschar(id) {
        return Some((why, None));
    }
    if misplaced::is_quoted(id) {
        return Some(("is in quotes".to_owned(), Some(id[1..id.len() - 1].to_owned())));
    }
    let named = ["id=", "client_id=", "client-id=", "name="].iter().find_map(|name| id.strip_prefix(name));
    named.map(|bare| ("has its name in it".to_owned(), Some(bare.to_owned())))
}

/// Like [`check`], for a new client's id.
///
/// # Errors
/// As [`check`].
pub(in crate::commands) fn check_new(id: &str, command: &str) -> Result<(), Failure> {
    check(id, command)?;
    let wrong = |why: &str, hint: &str| {
        Err(Failure::new(Exit::Usage, PHASE, format!("the id {id:?} {why}")).hint(hint.to_owned()))
    };
    if id.len() > MAX_ID {
        let what = format!("the id has {} characters, at most {MAX_ID} are allowed", id.len());
        return Err(Failure::new(Exit::Usage, PHASE, what).hint(BEST));
    }
    if misplaced::names_variable(id) {
        return wrong(
            "has a variable in it that was not expanded",
            "write the id itself, or use double quotes",
        );
    }
    if id.starts_with('<') && id.ends_with('>') {
        return wrong("is a placeholder", &format!("heistctl {command} backend, or another name"));
    }
    let is_list = [".json", ".jsonl", ".ndjson"].iter().any(|end| id.ends_with(end));
    if is_list && Path::new(id).is_file() {
        return wrong("is the name of a file", &format!("heistctl client import {}", shell_word(id)));
    }
    Ok(())
}

/// The failure for an id that is not in the store.
pub(super) fn missing(
    store: &dyn Store,
    id: &str,
    command: &str,
    place: &StorePlace,
    config: Option<&Path>,
) -> Failure {
    let failure = |what: String, hint: String| Failure::new(Exit::Usage, PHASE, what).hint(hint);
    let declared = Declared::find(config);
    if let Some(declared) = declared.filter(|declared| declared.clients.iter().any(|known| known == id)) {
        let file = declared.file.display();
        let what = format!("client {id:?} is declared in {file}, not in the store");
        return failure(what, format!("change it there: [[client]] with id = {id:?} in {file}"));
    }
    let what = format!("there is no client {id:?} in the store {}", place.url.name());
    if let Some(prefix) = id.strip_suffix('*').filter(|prefix| !prefix.is_empty()) {
        return failure(
            what,
            format!("one id at a time; heistctl client list --prefix {prefix} shows those"),
        );
    }
    if ["*", "all", "any", "every"].contains(&id) {
        return failure(what, "name one client by its id: heistctl client list shows ids".to_owned());
    }
    let hint = match alike(store, id).as_slice() {
        [] => "heistctl client list shows ids; clients of heist.toml are changed there".to_owned(),
        found => {
            let lines: Vec<String> =
                found.iter().map(|id| format!("heistctl client {command} {}", shell_word(id))).collect();
            lines.join(", or ")
        }
    };
    failure(what, hint)
}

/// Up to three similar ids.
fn alike(store: &dyn Store, id: &str) -> Vec<String> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '.', ' '], "-");
    let typed = plain(id);
    let listed = store.clients("", LOOKED_AT).unwrap_or_default();
    let distance = |known: &str| {
        let known = plain(known);
        let begins = typed.len() > 2 && (known.starts_with(&typed) || typed.starts_with(&known));
        let most = match typed.len() {
            0..3 => 0,
            3..5 => 1,
            _ => 2,
        };
        let letters = strsim::damerau_levenshtein(&known, &typed);
        match (letters <= most, begins) {
            (true, _) => Some(letters),
            (false, true) => Some(most + 1),
            (false, false) => None,
        }
    };
    let mut near: Vec<(usize, String)> =
        listed.into_iter().filter_map(|one| Some((distance(&one.id)?, one.id))).collect();
    near.sort();
    let best = near.first().map(|(distance, _)| *distance);
    near.into_iter().take_while(|(distance, _)| Some(*distance) == best).take(3).map(|(_, id)| id).collect()
}
