//! Finds placeholders that a template or shell should have replaced: `${NAME}`, `{{NAME}}`, `<NAME>`,
//! `YOUR_DOMAIN`, `CHANGEME` and similar. `heist.toml` does not expand them.

/// How certain it is that a text is a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confidence {
    /// The text has no other use.
    Sure,
    /// The word may be a real name, as in `your-server.example.com`.
    Perhaps,
}

/// Returns the first placeholder in a text.
pub(super) fn find(text: &str) -> Option<(&str, Confidence)> {
    let sure = template(text).or_else(|| marked(text)).or_else(|| word(text, is_shouted));
    sure.map(|found| (found, Confidence::Sure))
        .or_else(|| word(text, |_| true).map(|found| (found, Confidence::Perhaps)))
}

/// Returns the first placeholder of a form that secrets and hashes do not contain by chance: `${NAME}`,
/// `{{NAME}}`, `$(NAME)`.
pub(super) fn template(text: &str) -> Option<&str> {
    const FORMS: [(&str, &str); 5] = [("${", "}"), ("{{", "}}"), ("$(", ")"), ("env(", ")"), ("<%", "%>")];
    FORMS.into_iter().find_map(|(open, close)| between(text, open, close, is_expression))
}

/// Whether a whole secret is a placeholder. The weaker forms can occur inside a secret by chance.
pub(super) fn is_all(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']);
    template(text).is_some() || find(text).is_some_and(|(found, _)| found == text)
}

/// `$NAME`, `<NAME>`, `%NAME%`, `@NAME@`, `__NAME__`.
fn marked(text: &str) -> Option<&str> {
    // Short names are excluded: %C3% is part of an encoded URL, and names may contain _x_.
    let is_long_name = |name: &str| name.len() > 2 && is_name(name);
    between(text, "%", "%", is_long_name)
        .or_else(|| between(text, "@", "@", is_long_name))
        .or_else(|| between(text, "__", "__", is_long_name))
        .or_else(|| {
            between(text, "<", ">", |inner| inner.starts_with(char::is_alphabetic) && is_words(inner))
        })
        .or_else(|| variable(text))
}

/// `$NAME` in capitals, as in a shell, `$name` alone, and `env:NAME`.
fn variable(text: &str) -> Option<&str> {
    let of_lower = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_whole = |name: &str| name.len() > 2 && name.len() <= MAX_NAME && name.chars().all(of_lower);
    let alone = text.strip_prefix('$').is_some_and(is_whole);
    if alone || text.strip_prefix("env:").is_some_and(is_name) {
        return Some(text);
    }
    text.match_indices('$').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        (end > 1 && is_name(&rest[..end])).then(|| &text[at..=at + end])
    })
}

/// Returns the first part between `open` and `close` whose inner text `fits`.
fn between<'a>(text: &'a str, open: &str, close: &str, fits: impl Fn(&str) -> bool) -> Option<&'a str> {
    text.match_indices(open).find_map(|(at, _)| {
        let inner = &text[at + open.len()..];
        let inner = &inner[..inner.find(close)?];
        fits(inner).then(|| &text[at..at + open.len() + inner.len() + close.len()])
    })
}

/// Longer names are not placeholders and may be a secret.
const MAX_NAME: usize = 64;

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() <= MAX_NAME && name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(fits)
}

fn is_words(inner: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-. ".contains(c);
    inner.len() <= MAX_NAME && inner.chars().all(fits)
}

/// Whether a template could have this text between its marks: names, fields, defaults.
fn is_expression(inner: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-. :/|\"'[]()".contains(c);
    (1..=MAX_NAME).contains(&inner.len()) && inner.chars().all(fits) && inner.contains(char::is_alphanumeric)
}

fn is_shouted(word: &str) -> bool {
    !word.contains(|c: char| c.is_ascii_lowercase())
}

/// Returns the first example word that `fits`.
fn word(text: &str, fits: impl Fn(&str) -> bool) -> Option<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    words.filter_map(of_example).find(|word| fits(word))
}

/// Returns the part of a word that is an example: the whole word or a part between hyphens. `todo` in small
/// letters is the name of many services. `your` counts at the start of a word or in capitals.
fn of_example(word: &str) -> Option<&str> {
    const WHOLE: [&str; 8] = [
        "changeme",
        "change_me",
        "replaceme",
        "replace_me",
        "fixme",
        "yourdomain",
        "yourcompany",
        "insert_here",
    ];
    if matches!(word, "TODO" | "TBD") {
        return Some(word);
    }
    let plain = word.to_ascii_lowercase().replace('-', "_");
    let is_edge = |at: usize| at == 0 || plain.as_bytes()[at - 1] == b'_';
    let is_end = |at: usize| at == plain.len() || plain.as_bytes()[at] == b'_';
    let whole = WHOLE.into_iter().find_map(|example| {
        let at = plain.find(example).filter(|at| is_edge(*at) && is_end(at + example.len()))?;
        Some(&word[at..at + example.len()])
    });
    let yours = || {
        let at = plain.find("your_").filter(|at| is_edge(*at) && at + "your_".len() < plain.len())?;
        Some(&word[at..]).filter(|rest| at == 0 || is_shouted(rest))
    };
    whole.or_else(yours)
}

/// Returns the placeholders in the strings of a configuration, each with its key.
pub(super) fn left_in(table: &toml::Table) -> Vec<LeftPlaceholder> {
    let mut found: Vec<LeftPlaceholder> =
        table.iter().flat_map(|(key, value)| left_in_value(key, value)).collect();
    found.dedup();
    found
}

/// A placeholder in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeftPlaceholder {
    /// The key with its tables, such as `tls.cert_file`.
    pub(super) key: String,
    /// The text of the placeholder.
    pub(super) found: String,
}

impl LeftPlaceholder {
    /// Whether a failure is about this placeholder: its message quotes the placeholder or, if the value may
    /// be a secret, names the key.
    pub(super) fn is_cause_of(&self, what: &str) -> bool {
        let key = self.key.rsplit('.').next().unwrap_or_default();
        let mut words = what.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        !what.contains("placeholder") && (what.contains(&self.found) || words.any(|word| word == key))
    }

    /// The warning about a placeholder that does not cause a failure.
    pub(super) fn warning(&self) -> String {
        let Self { key, found } = self;
        if found.starts_with(char::is_alphabetic) {
            return format!("{key}: {found} looks like a placeholder: replace it if it is one");
        }
        format!("{key}: {found} is used literally: heist.toml does not expand variables")
    }
}

fn left_in_value(key: &str, value: &toml::Value) -> Vec<LeftPlaceholder> {
    match value {
        toml::Value::String(text) => of_key(key, text)
            .map(|found| LeftPlaceholder { key: key.to_owned(), found: found.to_owned() })
            .into_iter()
            .collect(),
        toml::Value::Array(items) => items.iter().flat_map(|item| left_in_value(key, item)).collect(),
        // Skip it: base64url values can contain the weaker forms by chance.
        toml::Value::Table(_) if key.ends_with(".jwks") => Vec::new(),
        toml::Value::Table(table) => {
            table.iter().flat_map(|(name, value)| left_in_value(&format!("{key}.{name}"), value)).collect()
        }
        _ => Vec::new(),
    }
}

/// A hash, and a store URL with a password, can contain the weaker forms by chance.
fn of_key<'a>(key: &str, text: &'a str) -> Option<&'a str> {
    let is_chancy = key == "store" || ["secret_hash", "secret_env"].iter().any(|end| key.ends_with(end));
    if is_chancy { template(text) } else { find(text).map(|(found, _)| found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_every_kind_are_found() {
        for (text, placeholder) in [
            ("https://${HOST}/a", "${HOST}"),
            ("${HOST:-as.example.com}", "${HOST:-as.example.com}"),
            ("https://$HOST", "$HOST"),
            ("$(HOST)", "$(HOST)"),
            ("$host", "$host"),
            ("env(HOST)", "env(HOST)"),
            ("env:HOST", "env:HOST"),
            ("https://{{HOST}}", "{{HOST}}"),
            ("{{ .Values.host }}", "{{ .Values.host }}"),
            ("https://<your domain>", "<your domain>"),
            ("<HOST>", "<HOST>"),
            ("https://%HOST%/", "%HOST%"),
            ("@HOST@", "@HOST@"),
            ("__HOST__", "__HOST__"),
            ("https://YOUR_DOMAIN/", "YOUR_DOMAIN"),
            ("https://YOUR-TENANT.example.com", "YOUR-TENANT"),
            ("CHANGEME", "CHANGEME"),
            ("CHANGE_ME", "CHANGE_ME"),
            ("https://TODO", "TODO"),
            ("/var/log/audit-YOUR_NAME.log", "YOUR_NAME"),
            ("key-CHANGEME.pem", "CHANGEME"),
        ] {
            assert_eq!(find(text), Some((placeholder, Confidence::Sure)), "{text}");
        }
        for (text, placeholder) in [
            ("https://your-server.example.com", "your-server"),
            ("https://yourdomain.com", "yourdomain"),
            ("changeme", "changeme"),
        ] {
            assert_eq!(find(text), Some((placeholder, Confidence::Perhaps)), "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_none() {
        for text in [
            "",
            "https://as.example.com",
            "https://as.example.com/%C3%BCber/%2F%2F",
            "a@example.com, b@example.com",
            "costs $5 or $50",
            "x$",
            "a < b > c",
            "<jane@example.com>",
            "${}",
            "{{}}",
            "100%",
            "todo:read",
            "your",
            "read-your-mail",
            "exchange_media",
            "snake__case__name",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn a_secret_is_one_as_a_whole_or_by_a_template() {
        for text in
            ["${SECRET}", "prefix-{{ secret }}", "$CLIENT_SECRET", "<secret>", "\"%SECRET%\"", "CHANGEME\n"]
        {
            assert!(is_all(text), "{text}");
        }
        for text in ["h6p-fZ2kq9-Wn3sV5", "a$BCD9efgh%QWERT%", "x<y>z", "CHANGEME-9f8e7d6c5b4a"] {
            assert!(!is_all(text), "{text}");
        }
    }

    #[test]
    fn keys_are_named_with_their_tables() {
        let toml = "issuer = '$HOST'\nstore = 'postgres://a:$SECRET@db/x'\n[tls]\ncert_file = '<cert>'\n\
                    [[client]]\nid = 'a'\nscopes = ['x', '${SCOPE}', '${SCOPE}']\nsecret_hash = '$argon2id$v=19$AB$CD'\n\
                    jwks = { keys = [{ x = '__ABC__' }] }\n";
        let found: Vec<String> = left_in(&toml.parse().unwrap())
            .into_iter()
            .map(|left| format!("{}: {}", left.key, left.found))
            .collect();
        assert_eq!(found, ["client.scopes: ${SCOPE}", "issuer: $HOST", "tls.cert_file: <cert>"]);
    }
}
