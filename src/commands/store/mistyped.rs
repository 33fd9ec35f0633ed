//! Explains invalid store addresses, and finds the intended one. Possible passwords are not shown.

use crate::commands::misplaced::names_variable;
use crate::exit::{Exit, Failure};
use crate::http::visible::is_invisible;
use crate::secret::looks_like_credential;

/// A common mistake: the corrected text and the explanation.
type Fault = (fn(&str) -> Option<String>, &'static str);

const QUOTES: [char; 8] = ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', ';'];

/// Applied one after another. The first match is reported.
const FAULTS: [Fault; 13] = [
    (|text| changed(text, text.trim_matches(is_invisible)), "it has blanks or line ends around it"),
    (assigned, "it begins with the name of a setting"),
    (|text| changed(text, text.trim_matches(QUOTES)), "it is in quotes"),
    (|text| text.strip_prefix("jdbc:").map(str::to_owned), "it is written for Java"),
    (parameters, "it is a list of parameters"),
    (capital, "its scheme is in capital letters"),
    (memory, "memory: is written by itself"),
    (postgres, "its scheme is not postgres://"),
    (sqlite, "its scheme is not sqlite:"),
    (|text| unquoted_path(text), "its path is in quotes"),
    (slashes, "// is before its path"),
    (
        |text| with_path(text, |path| path.split_once('?').map(|(path, _)| path.to_owned())),
        "it has parameters",
    ),
    (without_scheme, "it has no scheme"),
];

/// Other databases, by their schemes.
const OTHERS: [(&str, &str); 9] = [
    ("mysql mysql2 mysqlx", "MySQL"),
    ("mariadb", "MariaDB"),
    ("redis rediss valkey", "Redis"),
    ("mongodb mongodb+srv mongo", "MongoDB"),
    ("mssql sqlserver", "SQL Server"),
    ("oracle oci", "Oracle"),
    ("cockroachdb cockroach crdb", "CockroachDB"),
    ("etcd etcd3 consul", "key-value store"),
    ("s3 gs az gcs", "object storage"),
];

const EITHER: &str =
    "sqlite:heistctl.db is a file, postgres://user@host/database a database, memory: ends with the server";

/// Rejects common mistakes in a store's address, and paths that are probably mistyped.
///
/// # Errors
/// Exit 2, with the correct address.
pub(super) fn check(text: &str, phase: &'static str, origin: &str) -> Result<(), Failure> {
    let failure = |why: &str, hint: String| {
        let what = format!("{origin}: {} {why}", shown(text));
        Err(Failure::new(Exit::Usage, phase, what.trim_end().to_owned()).hint(hint))
    };
    if text.trim_matches(is_invisible).is_empty() {
        return failure("is empty", setting(origin, "sqlite:heistctl.db"));
    }
    let (why, url) = mended(text);
    if let Some(path) = url.strip_prefix("sqlite:").filter(|path| is_unexpanded(path)) {
        let why = why.unwrap_or(if path.starts_with('~') {
            "it begins with ~, which only a shell expands"
        } else {
            "it has the name of a variable in it, which only a shell expands"
        });
        return failure(&format!("is not a store: {why}"), expanded(origin, path));
    }
    if is_store(&url) && names_variable(&url) {
        let why = "is not a store: it has the name of a variable in it, which only a shell expands";
        return failure(why, format!("in double quotes a shell expands it: {origin} \"postgres://…\""));
    }
    match why {
        None if is_store(&url) => Ok(()),
        Some(why) if is_store(&url) => {
            let url = if is_secret(text) { example(&url) } else { url };
            failure(&format!("is not a store: {why}"), format!("write {}", setting(origin, &url)))
        }
        _ => Err(unknown(text, phase, origin)),
    }
}

/// The failure for an address with an unknown mistake.
pub(super) fn unknown(text: &str, phase: &'static str, origin: &str) -> Failure {
    let what = format!("{origin}: {} {}", shown(text), foreign(text));
    Failure::new(Exit::Usage, phase, what)
        .hint(format!("{EITHER}: {}", setting(origin, "sqlite:heistctl.db")))
}

/// The intended address, and the first mistake.
fn mended(text: &str) -> (Option<&'static str>, String) {
    let mut first = None;
    let mut url = text.to_owned();
    for (mend, why) in FAULTS {
        if let Some(mended) = mend(&url) {
            first = first.or(Some(why));
            url = mended;
        }
    }
    (first, url)
}

fn is_store(url: &str) -> bool {
    url == "memory:"
        || url.strip_prefix("sqlite:").is_some_and(|path| !path.is_empty() && !is_windows(path))
        || url.starts_with("postgres://")
        || url.starts_with("postgresql://")
}

/// The setting in the form of its source, quoted for a shell where needed.
fn setting(origin: &str, url: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:._-@%,+=[]~".contains(c);
    let quoted = if url.chars().all(is_plain) { url.to_owned() } else { format!("\"{url}\"") };
    match origin {
        flag if flag.starts_with("--") => format!("{flag} {quoted}"),
        variable if variable.starts_with("HEISTCTL_") => format!("{variable}={quoted}"),
        key => format!("{key} = \"{url}\""),
    }
}

/// The line with a path that a shell expands.
fn expanded(origin: &str, path: &str) -> String {
    let path = path.strip_prefix('~').map_or_else(|| path.to_owned(), |rest| format!("$HOME{rest}"));
    if origin.starts_with("--") || origin.starts_with("HEISTCTL_") {
        format!("in double quotes a shell expands it: {}", setting(origin, &format!("sqlite:{path}")))
    } else {
        format!("write the whole path: {}", setting(origin, "sqlite:/var/lib/heistctl/heistctl.db"))
    }
}

fn is_unexpanded(path: &str) -> bool {
    path.starts_with('~') || names_variable(path)
}

fn is_windows(path: &str) -> bool {
    path.get(1..3) == Some(":\\")
}

/// Whether the text may contain a password.
fn is_secret(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let has_password = rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    let is_bare = !text.contains([':', '/', '.', '=', ' ']) && !WORDS.contains(&text.to_lowercase().as_str());
    let names_one = ["pass", "pwd", "secret"].iter().any(|word| text.to_lowercase().contains(word));
    has_password || is_bare || names_one || looks_like_credential(text)
}

fn shown(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else if is_secret(text) {
        "(not shown: it may have a password)".to_owned()
    } else {
        format!("{text:?}")
    }
}

/// Words that are neither a store nor a password.
const WORDS: [&str; 14] = [
    "memory",
    "mem",
    "ram",
    "sqlite",
    "sqlite3",
    "file",
    "postgres",
    "postgresql",
    "none",
    "off",
    "false",
    "null",
    "default",
    "disk",
];

/// An example with the same scheme.
fn example(url: &str) -> String {
    if url.starts_with("sqlite:") { "sqlite:heistctl.db" } else { "postgres://user@host/database" }.to_owned()
}

/// Explains a text that cannot be corrected.
fn foreign(text: &str) -> String {
    let scheme = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let other = OTHERS.iter().find(|(schemes, _)| schemes.split(' ').any(|known| known == scheme));
    match other {
        Some((_, name)) => format!("is not a store: heistctl has no {name}"),
        None if scheme == "http" || scheme == "https" => {
            "is the address of a web page, not a store".to_owned()
        }
        None if is_windows(text.trim_start_matches("sqlite:")) => {
            "is not a store: it is a path of Windows".to_owned()
        }
        None if scheme == "sqlite" || scheme == "sqlite3" => "is not a store: it has no path".to_owned(),
        None => "is not a store".to_owned(),
    }
}

fn changed(before: &str, after: &str) -> Option<String> {
    (before != after).then(|| after.to_owned())
}

/// `HEISTCTL_STORE=…`, `--store=…`, `store = "…"`.
fn assigned(text: &str) -> Option<String> {
    let (name, url) = text.split_once('=')?;
    let name = name.trim().trim_start_matches("export ").trim_start_matches('-').to_ascii_lowercase();
    let is_name = ["store", "heistctl_store", "database_url", "db", "url", "dsn"].contains(&name.as_str());
    is_name.then(|| url.trim().trim_matches(QUOTES).to_owned())
}

/// `host=db dbname=x user=u`, as libpq accepts. Leaves the password out.
fn parameters(text: &str) -> Option<String> {
    let pairs: Vec<(&str, &str)> =
        text.split_whitespace().map(|pair| pair.split_once('=')).collect::<Option<_>>()?;
    let value = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    value("host").or(value("dbname"))?;
    let user = value("user").map(|user| format!("{user}@")).unwrap_or_default();
    let port = value("port").map(|port| format!(":{port}")).unwrap_or_default();
    let (host, database) = (value("host").unwrap_or("localhost"), value("dbname").unwrap_or("database"));
    Some(format!("postgres://{user}{host}{port}/{database}"))
}

fn capital(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let lower = scheme.to_ascii_lowercase();
    let is_known = ["sqlite", "sqlite3", "postgres", "postgresql", "memory"].contains(&lower.as_str());
    (is_known && lower != scheme).then(|| format!("{lower}:{rest}"))
}

fn memory(text: &str) -> Option<String> {
    const FORMS: [&str; 10] = [
        "memory",
        "memory://",
        "mem",
        "mem:",
        "mem://",
        "ram",
        ":memory:",
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite:///:memory:",
    ];
    let is_it = FORMS.contains(&text) || text.strip_prefix("memory:").is_some_and(|rest| !rest.is_empty());
    is_it.then(|| "memory:".to_owned())
}

/// `pg://h`, `postgres+asyncpg://h`, `postgres:/h`, `postgres//h`.
fn postgres(text: &str) -> Option<String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return None;
    }
    let end = text.find([':', '/'])?;
    let scheme = text[..end].split('+').next()?.to_ascii_lowercase();
    let is_it = ["pg", "psql", "pgsql", "pgx", "postgre", "postgress", "postgres", "postgresql"]
        .contains(&scheme.as_str());
    let rest = text[end..].trim_start_matches([':', '/']);
    (is_it && !rest.is_empty()).then(|| format!("postgres://{rest}"))
}

/// `sqlite3:x`, `file:x`, `sqlite:file:x`, `sqlite x`, `sqlite=x`.
fn sqlite(text: &str) -> Option<String> {
    let path = text
        .strip_prefix("sqlite:file:")
        .or_else(|| text.strip_prefix("sqlite3:"))
        .or_else(|| text.strip_prefix("file:"))
        .or_else(|| text.strip_prefix("sqlite "))
        .or_else(|| text.strip_prefix("sqlite="))
        .or_else(|| text.strip_prefix("sqlite+").and_then(|rest| Some(rest.split_once(':')?.1)))?;
    Some(format!("sqlite:{}", path.trim()))
}

fn with_path(text: &str, mend: impl Fn(&str) -> Option<String>) -> Option<String> {
    text.strip_prefix("sqlite:").and_then(mend).map(|path| format!("sqlite:{path}"))
}

fn unquoted_path(text: &str) -> Option<String> {
    with_path(text, |path| changed(path, path.trim_matches(QUOTES)))
}

/// `sqlite://x` and `sqlite:///x`, as other programs write it.
fn slashes(text: &str) -> Option<String> {
    with_path(text, |path| {
        let rest = path.strip_prefix("//")?;
        Some(if rest.starts_with('/') {
            format!("/{}", rest.trim_start_matches('/'))
        } else {
            rest.to_owned()
        })
    })
}

/// `x.db`, `/var/lib/x`, `db.example.com:5432/heist`.
fn without_scheme(text: &str) -> Option<String> {
    if is_store(text) || text.contains("://") {
        return None;
    }
    const ENDS: [&str; 4] = [".db", ".sqlite", ".sqlite3", ".db3"];
    let is_path = text.starts_with(['/', '~', '.', '$']) || ENDS.iter().any(|end| text.ends_with(end));
    if is_path && !text.contains(':') {
        return Some(format!("sqlite:{text}"));
    }
    let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
    let (host, port) = place.split('/').next()?.split_once(':')?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_port && !host.is_empty()).then(|| format!("postgres://{text}"))
}
