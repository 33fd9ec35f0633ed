//! Extra arguments of `client` and `key`: another id, a scope, a file, or a secret, which is not shown.

use super::TypedCommandLine;
use super::shown::{HIDDEN, plain_word, shown};
use super::value_parsers::parse_key_algorithm;
use super::word_kind::is_scope_like;

const TOO_MANY: &str = "is one argument too many";

impl TypedCommandLine {
    /// The word as shown, the problem, and the hint.
    pub(super) fn beside_id(&self, word: &str) -> (String, (&'static str, String)) {
        let name = self.name();
        let plain = plain_word(word).unwrap_or("ID");
        let hint = match self.path.as_str() {
            "client hash" => {
                let cure = "heistctl client hash < FILE".to_owned();
                if word == "-" {
                    return (shown(word), ("is not needed: heistctl client hash reads stdin", cure));
                }
                let why = "is in argv, which every user of this machine can read";
                return (HIDDEN.to_owned(), (why, cure));
            }
            "client add" | "client set" | "client rotate" => return self.beside_new(word),
            "client list" => {
                format!("heistctl client show {plain}, or heistctl client list --prefix {plain}")
            }
            "client import" => {
                let files: Vec<&str> = self.own().iter().filter_map(|typed| plain_word(typed)).collect();
                let files: Vec<&str> = files.into_iter().filter(|typed| !typed.starts_with('-')).collect();
                format!("cat {} | heistctl client import -", files.join(" "))
            }
            "key generate" | "key rotate" => {
                let known = parse_key_algorithm(&word.to_ascii_uppercase()).ok();
                let flag = known.map(|algorithm| format!("--algorithm {algorithm}"));
                match flag.or_else(|| self.meant_by_value("--algorithm", word, &[])) {
                    Some(flag) => format!("{name} {flag}"),
                    None => format!("{name} takes no id: it makes a new key"),
                }
            }
            "key reseal" => return Self::beside_reseal(word),
            "key list" | "key history" => format!("{name} takes no id: it lists all keys"),
            _ => format!("one id at a time: {name} {plain}"),
        };
        (shown(word), (TOO_MANY, hint))
    }

    /// A word after `key reseal` may be the new key itself, unless it looks like a path.
    fn beside_reseal(word: &str) -> (String, (&'static str, String)) {
        let is_path = |word: &&str| word.contains('/') || word.ends_with(".key") || word.ends_with(".pem");
        let hint = |file: &str| (TOO_MANY, format!("heistctl key reseal --new-key-file {file}"));
        match plain_word(word).filter(is_path) {
            Some(file) => (shown(word), hint(file)),
            None => (HIDDEN.to_owned(), hint("FILE")),
        }
    }

    /// A word after the id of a new or changed client may be its secret.
    fn beside_new(&self, word: &str) -> (String, (&'static str, String)) {
        let name = self.name();
        let takes_scope = self.has_long("scope");
        let scopes: Vec<&str> =
            self.own().iter().map(String::as_str).filter(|typed| is_scope_like(typed)).collect();
        if takes_scope && is_scope_like(word) && plain_word(word).is_some() {
            return (
                shown(word),
                ("is not part of a flag", format!("{name} ID --scope '{}'", scopes.join(" "))),
            );
        }
        let command = if self.has_long("secret-stdin") { name } else { "heistctl client rotate".to_owned() };
        let scope = if takes_scope { "; scopes go into --scope 'a b'" } else { "" };
        (HIDDEN.to_owned(), (TOO_MANY, format!("{command} ID --secret-stdin < FILE takes a secret{scope}")))
    }
}
