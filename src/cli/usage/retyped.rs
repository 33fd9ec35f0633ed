//! Corrected command lines to paste. A hint has a whole line only if heistctl accepts it and nothing in it can
//! be a secret.

use super::shown::{plain_word, takes_secret};
use super::word_kind::is_web_url;
use super::{Cli, TypedCommandLine, flag_of, takes_value};
use crate::text::shell_word;
use clap::CommandFactory;
use clap::error::ErrorKind;

/// The line of these words, if it can be pasted.
pub(super) fn line(words: &[String]) -> Option<String> {
    let is_accepted = rejected(words).is_none();
    let typed = TypedCommandLine::of(words.to_vec());
    (is_accepted && !typed.path.is_empty() && typed.may_be_shown()).then(|| {
        let words: Vec<_> = words.iter().map(|word| shell_word(word)).collect();
        format!("heistctl {}", words.join(" "))
    })
}

/// Clap's finding. Asking for help is fine.
pub(super) fn rejected(words: &[String]) -> Option<clap::Error> {
    let line = std::iter::once("heistctl").chain(words.iter().map(String::as_str));
    let error = Cli::command().try_get_matches_from(line).err()?;
    (!matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)).then_some(error)
}

/// `client add` and more words, as words.
pub(super) fn words(command: &str, more: &[String]) -> Vec<String> {
    command.split_whitespace().map(str::to_owned).chain(more.iter().cloned()).collect()
}

impl TypedCommandLine {
    /// Whether no word can be a secret: neither by its look nor by its place.
    fn may_be_shown(&self) -> bool {
        let mut of_flag = None;
        for word in self.own() {
            if word == "--" {
                break;
            }
            let flag = of_flag.take();
            let is_flag = flag.is_none() && word.starts_with('-') && word.len() > 1;
            let is_fit = match flag {
                Some(flag) => fits(flag, word),
                None if is_flag => {
                    let name = flag_of(word);
                    let value = word.split_once('=').map(|(_, value)| value);
                    value.is_none_or(|value| fits(&name, value))
                        && (name.starts_with("--") || name.len() == 2 || !takes_secret(&name[..2]))
                }
                None => self.is_plain_argument(word),
            };
            if !is_fit {
                return false;
            }
            of_flag = Some(word.as_str())
                .filter(|_| is_flag && !word.contains('=') && takes_value(&self.command, word));
        }
        self.words.iter().all(|word| plain_word(word).is_some())
    }

    /// An argument without a flag. A token is a secret, and `call` may get one instead of its URL.
    fn is_plain_argument(&self, word: &str) -> bool {
        match self.path.as_str() {
            "inspect" => word == "-",
            "call" => is_web_url(word),
            _ => true,
        }
    }
}

/// Whether a flag's value may be shown. `--client-id id:SECRET` is a habit from curl's -u.
fn fits(flag: &str, value: &str) -> bool {
    !takes_secret(flag) && (flag != "--client-id" || !value.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_if_it_works_and_has_no_secret() {
        for (typed, shown) in [
            ("token --scope a:b", true),
            ("call -X POST http://x/", true),
            ("client show x --json", true),
            ("serve --demo -- npm test", true),
            ("inspect -", true),
            ("token hunter2", false),
            ("token --nonsense", false),
            ("call hunter2", false),
            ("call -dhunter2 http://x/", false),
            ("call -H a:hunter2 http://x/", false),
            ("inspect hunter2", false),
            ("token --client-secret-file hunter2", false),
            ("token --client-secret-file=hunter2", false),
            ("token --client-id app:hunter2", false),
            ("token --param a=hunter2", false),
            ("client", false),
        ] {
            let words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
            assert_eq!(line(&words), shown.then(|| format!("heistctl {typed}")), "{typed}");
        }
    }
}
