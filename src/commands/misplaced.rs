//! Common mistakes in settings: wrong kinds of values, quotes, unexpanded variables. Each table row has the
//! name and the hint. Pure. Settings are never quoted.

/// A test of the setting, and the mistake in words, with `it` for the setting.
type MisplacedKind = (fn(&str) -> bool, &'static str);
/// The same with a hint.
type MisplacedSetting = (fn(&str) -> bool, &'static str, &'static str);

/// Common mistakes in paths that do not exist.
const PATHS: [MisplacedKind; 11] = [
    (|path| path.contains("-----BEGIN"), "it is the key itself, not its path"),
    (|path| begins(path, &["eyJ"]), "it is a token, not a path"),
    (|path| begins(path, &["heist_"]), "it is a secret of heistctl itself, not its path"),
    (|path| begins(path, &["~"]), "it begins with ~, which only a shell expands"),
    (|path| path.contains("/~/"), "it has ~ in it, which only a shell expands"),
    (|path| names_variable(path), "it has the name of a variable in it, which only a shell expands"),
    (|path| begins(path, &["@"]), "it begins with @, which only curl takes for a file"),
    (|path| begins(path, &["file:"]), "it is a file: URL, not a path"),
    (|path| begins(path, &["http://", "https://"]), "it is a URL, not a path"),
    (|path| is_quoted(path), "it is in quotes"),
    (|path| path.trim() != path, "it has blanks or line ends around it"),
];

/// The hint for a path in place of a secret.
pub(super) const TAKES_PATH: &str = "--client-secret-file or HEISTCTL_CLIENT_SECRET_FILE takes a path";

/// Common mistakes in secrets that were refused.
const SECRETS: [MisplacedSetting; 17] = [
    (is_quoted, "is in quotes", "take out the quotes: docker's --env-file and files keep them as they are"),
    (
        |text| text.ends_with("\\n"),
        "ends with \\n, a backslash and a letter",
        "take out the \\n: printf %s writes no line end",
    ),
    (|text| text.contains("-----BEGIN "), "is a PEM", "--client-key takes a private key"),
    (
        |text| begins(text, &["Basic "]),
        "is an Authorization header",
        "give the client's secret alone: base64 -d shows ID:SECRET in it",
    ),
    (
        |text| begins(text, &["Bearer "]) || is_jwt(text),
        "is a token",
        "give the client's secret, not a token",
    ),
    (
        |text| begins(text, &["{"]) && !begins(text, &["{{"]) && text.ends_with('}'),
        "is JSON",
        "give the secret alone: jq -r .client_secret FILE takes it out",
    ),
    (
        is_assignment,
        "begins with the name of a variable and =",
        "give the text after the =: a secret's file holds the secret alone",
    ),
    (
        names_variable,
        "has a variable in it that was not expanded",
        "a shell expands it: secret_command = [\"sh\", \"-c\", \"…\"]; in a file or variable write the secret",
    ),
    (
        |text| begins(text, &["op://", "vault:", "arn:aws:", "sm://", "ssm:", "gcp:", "keyring:"]),
        "is the address of a secret in a secret manager",
        "secret_command in a profile runs the secret manager's own program",
    ),
    (
        |text| begins(text, &["<!", "<html", "<HTML"]),
        "is a web page",
        "the download failed: fetch the secret again",
    ),
    (
        |text| begins(text, &["<"]) && text.ends_with('>') || is_placeholder(text),
        "is a placeholder",
        "write the secret in its place",
    ),
    (|text| begins(text, &["file:"]), "is a file: URL", TAKES_PATH),
    (|text| begins(text, &["@"]), "begins with @, which only curl takes for a file", TAKES_PATH),
    (
        |text| begins(text, &["/", "./", "../", "~/"]) && !text.contains(char::is_whitespace),
        "looks like a path",
        TAKES_PATH,
    ),
    (
        |text| text.trim_end().lines().count() > 1,
        "has more than one line",
        "give the line of the secret alone: head -n 1 FILE | heistctl token --client-secret-file -",
    ),
    (
        |text| {
            text.starts_with("b'") && text.ends_with('\'') || text.starts_with("b\"") && text.ends_with('"')
        },
        "is written as Python writes bytes",
        "print the text: secret.decode()",
    ),
    (
        |text| text.contains('%') && is_percent_encoded(text),
        "is percent-encoded",
        "give the secret as it is: heistctl encodes it itself",
    ),
];

/// Shell syntax in the words of a command that runs without a shell.
const COMMANDS: [MisplacedKind; 6] = [
    (names_variable, "a variable"),
    (|word| word.contains('`'), "a command in backticks"),
    (|word| begins(word, &["~"]) || word.contains(" ~/"), "a ~"),
    (|word| word == "|" || word.contains(" | "), "a |"),
    (|word| ["&&", "||", ";", ">", "<", "2>&1"].contains(&word) || word.contains(" && "), "an operator"),
    (|word| begins(word, &["*"]) || word.contains("/*"), "a *"),
];

/// The mistake in a path that does not exist, if it is recognized.
pub(super) fn path(path: &str) -> Option<&'static str> {
    PATHS.iter().find(|(fits, _)| fits(path)).map(|(_, what)| *what)
}

/// The kind of credential that a path certainly is: a key, a secret or a token.
pub(super) fn credential(path: &str) -> Option<&'static str> {
    let text = path.trim_start();
    if text.starts_with('{') && text.contains('"') || text.starts_with("[{") || text.contains("-----BEGIN") {
        return Some("a key");
    }
    let is_secret =
        text.rsplit('/').next().is_some_and(|name| name.starts_with("heist_") && !name.contains('.'));
    if is_secret {
        return Some("a secret");
    }
    (text.starts_with("ey") && text.matches('.').count() >= 2).then_some("a token")
}

/// The mistake in a refused secret or id, and the hint, if it is recognized.
pub(super) fn secret(text: &str) -> Option<(&'static str, &'static str)> {
    SECRETS.iter().find(|(fits, ..)| fits(text)).map(|(_, what, cure)| (*what, *cure))
}

/// Shell syntax in a command's words. Words for a shell as the program are allowed.
pub(super) fn unexpanded(words: &[String]) -> Option<&'static str> {
    const SHELLS: [&str; 7] = ["sh", "bash", "zsh", "dash", "fish", "env", "pwsh"];
    let program = words.first()?.rsplit('/').next()?;
    if SHELLS.contains(&program) {
        return None;
    }
    words.iter().find_map(|word| COMMANDS.iter().find(|(fits, _)| fits(word)).map(|(_, what)| *what))
}

fn begins(text: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| text.starts_with(prefix))
}

pub(super) fn is_quoted(text: &str) -> bool {
    let text = text.trim();
    [('"', '"'), ('\'', '\''), ('`', '`'), ('\u{201c}', '\u{201d}'), ('\u{2018}', '\u{2019}')]
        .iter()
        .any(|(open, close)| text.len() > 1 && text.starts_with(*open) && text.ends_with(*close))
}

fn is_jwt(text: &str) -> bool {
    text.starts_with("eyJ") && text.matches('.').count() == 2
}

/// Unexpanded `$NAME`, `${NAME}`, `$(command)`, `%NAME%` and `{{ name }}`.
pub(super) fn names_variable(text: &str) -> bool {
    let after = |c: char| c.is_ascii_uppercase() || c == '_' || c == '{' || c == '(';
    let dollar = text.match_indices('$').any(|(at, _)| text[at + 1..].starts_with(after));
    let percent = text.len() > 2 && text.starts_with('%') && text.ends_with('%');
    dollar || percent || text.contains("{{") && text.contains("}}")
}

/// `NAME=value`, possibly after `export`, as in env files.
pub(super) fn is_assignment(text: &str) -> bool {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let Some((name, value)) = text.split_once('=') else { return false };
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_known = ["client_secret", "secret", "password"].contains(&name.trim());
    !value.trim_matches('=').is_empty() && (is_known || name.contains('_') && name.chars().all(fits))
}

pub(super) fn is_placeholder(text: &str) -> bool {
    const PLACEHOLDERS: [&str; 8] =
        ["changeme", "change-me", "secret", "password", "your-secret", "your-client-secret", "todo", "xxx"];
    let text = text.to_ascii_lowercase().replace('_', "-");
    PLACEHOLDERS.contains(&text.as_str()) || text.len() > 2 && text.chars().all(|c| c == 'x' || c == '*')
}

fn is_percent_encoded(text: &str) -> bool {
    let is_code = |at: usize| {
        text.get(at + 1..at + 3).is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    text.match_indices('%').all(|(at, _)| is_code(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_place_of_a_path_is_recognised() {
        for (text, part) in [
            ("-----BEGIN PRIVATE KEY-----\nA", "the key itself"),
            ("eyJhbGciOiJub25lIn0.e30.", "a token"),
            ("heist_abc", "secret of heistctl"),
            ("~/secret.txt", "~"),
            ("/etc/heistctl/~/secret.txt", "~"),
            ("$HOME/secret.txt", "a variable"),
            ("/run/${NAME}/secret", "a variable"),
            ("%APPDATA%", "a variable"),
            ("@secret.txt", "curl"),
            ("file:///run/secret", "a file: URL"),
            ("https://vault/secret", "a URL"),
            ("'secret.txt'", "quotes"),
            ("secret.txt\n", "line ends"),
        ] {
            assert!(path(text).is_some_and(|what| what.contains(part)), "{text}: {:?}", path(text));
        }
        for text in ["secret.txt", "/run/secrets/app", "hunter2", "C$d"] {
            assert_eq!(path(text), None, "{text}");
        }
    }

    #[test]
    fn what_stands_in_place_of_a_secret_is_recognised() {
        for (text, part) in [
            ("\"hunter2\"", "in quotes"),
            ("'hunter2'", "in quotes"),
            ("\u{201c}hunter2\u{201d}", "in quotes"),
            ("hunter2\\n", "a backslash"),
            ("-----BEGIN PRIVATE KEY-----\nA", "a PEM"),
            ("Basic YTpi", "Authorization"),
            ("Bearer abc", "a token"),
            ("eyJhbGciOiJub25lIn0.e30.", "a token"),
            (r#"{"client_secret":"x"}"#, "JSON"),
            ("HEISTCTL_CLIENT_SECRET=hunter2", "name of a variable"),
            ("export CLIENT_SECRET=hunter2", "name of a variable"),
            ("client_secret=hunter2", "name of a variable"),
            ("$CLIENT_SECRET", "was not expanded"),
            ("${CLIENT_SECRET}", "was not expanded"),
            ("$(cat secret)", "was not expanded"),
            ("%SECRET%", "was not expanded"),
            ("{{ secret }}", "was not expanded"),
            ("op://vault/app/secret", "secret manager"),
            ("<!doctype html>", "a web page"),
            ("<client secret>", "a placeholder"),
            ("changeme", "a placeholder"),
            ("YOUR_CLIENT_SECRET", "a placeholder"),
            ("********", "a placeholder"),
            ("/run/secrets/app", "a path"),
            ("hunter2\nother", "more than one line"),
            ("b'hunter2'", "Python"),
            ("hunter2%21", "percent-encoded"),
        ] {
            let found = secret(text);
            assert!(found.is_some_and(|(what, _)| what.contains(part)), "{text}: {found:?}");
        }
        for text in ["hunter2", "hacker-secret-123", "heist_abc", "a=b", "100%", "pa$$word", "QUJD==", "\""] {
            assert_eq!(secret(text), None, "{text}");
        }
    }

    #[test]
    fn what_only_a_shell_expands_is_recognised() {
        for (words, part) in [
            (&["echo", "$HOME/x"][..], Some("a variable")),
            (&["cat", "~/x"], Some("a ~")),
            (&["cat ~/x"], Some("a ~")),
            (&["cat", "x", "|", "head"], Some("a |")),
            (&["cat", "`which x`"], Some("backticks")),
            (&["cat", "x", "2>&1"], Some("an operator")),
            (&["cat", "/run/*"], Some("a *")),
            (&["sh", "-c", "cat $HOME/x"], None),
            (&["/bin/bash", "-c", "cat ~/x"], None),
            (&["pass", "show", "x"], None),
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let found = unexpanded(&words);
            assert_eq!(found.is_some(), part.is_some(), "{words:?}");
            assert!(
                found.is_none_or(|found| found.contains(part.unwrap_or_default())),
                "{words:?} {found:?}"
            );
        }
    }
}
