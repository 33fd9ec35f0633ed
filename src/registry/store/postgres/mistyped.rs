//! Explains common mistakes in postgres URLs: unescaped characters in the password, an invalid port,
//! parameters of other drivers. Shows only parts of the URL that cannot be a password.

const EXAMPLE: &str = "postgres://user@host:5432/database?sslmode=verify-full";

/// Why a URL is not valid. Never contains a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct AddressError {
    /// The problem, with `it` as the subject.
    pub what: String,
    /// How to fix it.
    pub cure: String,
}

/// Parameters that the driver and heistctl support.
const KNOWN: [&str; 19] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Parameters with a numeric value.
const NUMBERS: [&str; 6] = [
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "tcp_user_timeout",
];

/// Parameters of other drivers, and the fix; § stands for the value.
const FOREIGN: [(&str, &str); 8] = [
    ("ssl tls usessl use_ssl requiressl require_ssl encrypt secure", "write sslmode=verify-full"),
    ("sslrootcert sslca ssl_ca cafile ca_file rootcert", "SSL_CERT_FILE=§ names the authorities to trust"),
    (
        "sslcert sslkey sslpassword sslcrl sslcertmode",
        "leave it out: heistctl logs in with a password, not with a certificate",
    ),
    ("schema search_path currentschema searchpath", "write options=-c%20search_path%3D§"),
    ("db database", "write the database after the host: postgres://user@host/§"),
    ("username", "write user=§"),
    ("passwd pwd pass", "PGPASSWORD holds the password"),
    (
        "pool pool_size poolsize max_pool_size pool_max_conns pool_timeout pool_recycle connection_limit \
         max_connections maxconnections pgbouncer statement_cache_size prepare_threshold charset \
         client_encoding encoding timezone socket_timeout sockettimeout statement_timeout timeout \
         reconnect keepalive parsetime serverversion readonly application",
        "leave it out: heistctl sets that itself",
    ),
];

/// Values of `sslmode`, and their common misspellings.
const MODES: [(&str, &str); 4] = [
    ("disable", "disable off no false 0 none disabled never plain"),
    ("prefer", "prefer preferred auto"),
    ("require", "require required"),
    ("verify-full", "verify-full verifyfull full on yes true 1 verify strict always"),
];

/// Refuses a URL with a known mistake.
///
/// # Errors
/// The mistake and the fix.
pub(super) fn check(url: &str) -> Result<(), AddressError> {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    check_password(rest)?;
    check_percent(rest)?;
    if rest.contains('<') && rest.contains('>') {
        return wrong("it has a placeholder (<…>)", format!("write the names themselves: {EXAMPLE}"));
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    check_place(place)?;
    query.split('&').filter(|parameter| !parameter.is_empty()).try_for_each(check_parameter)
}

fn wrong(what: impl Into<String>, cure: impl Into<String>) -> Result<(), AddressError> {
    Err(AddressError { what: what.into(), cure: cure.into() })
}

/// Finds an unescaped character in the password at which URL parsers would end it.
fn check_password(rest: &str) -> Result<(), AddressError> {
    let before = rest.rsplit_once('@').map_or("", |(before, _)| before);
    let ends = before.find(['@', '/', '?', '#']);
    // A host and port before a path, in which an @ is harmless.
    let is_port = |text: &str| {
        text.rsplit_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let bad = ends.filter(|at| before[*at..].starts_with('@') || !is_port(&before[..*at]));
    let bad = bad.and_then(|at| before[at..].chars().next());
    let Some(bad) = bad.or_else(|| rest.contains('#').then_some('#')) else { return Ok(()) };
    let code = format!("%{:02X}", u32::from(bad));
    wrong(
        format!("it has an unescaped {bad}: in the password it must be {code}"),
        format!("write {code} for {bad}, or leave the password out and set PGPASSWORD"),
    )
}

fn check_percent(rest: &str) -> Result<(), AddressError> {
    let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bad = rest.match_indices('%').any(|(at, _)| !rest.get(at + 1..at + 3).is_some_and(is_code));
    if bad { wrong("it has an unescaped %", "write %25 for a % in the password") } else { Ok(()) }
}

/// Checks the hosts with their ports, and the database.
fn check_place(place: &str) -> Result<(), AddressError> {
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let (hosts, database) = host.split_once('/').unwrap_or((host, ""));
    if hosts.contains('&') || database.contains('&') {
        return wrong("it has a & before any ?", "the first parameter follows a ?: ?sslmode=verify-full");
    }
    for host in hosts.split(',') {
        let Some((name, port)) = host.rsplit_once(':').filter(|_| !host.ends_with(']')) else { continue };
        if name.contains(':') && !name.starts_with('[') {
            return wrong(
                "it has an IPv6 address without brackets",
                "write it as postgres://user@[::1]:5432/database",
            );
        }
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return wrong("its port is not a number", format!("write it as {EXAMPLE}"));
        }
        if port.parse::<u16>().is_err() {
            return wrong("its port is above 65535", format!("write it as {EXAMPLE}"));
        }
    }
    Ok(())
}

fn check_parameter(parameter: &str) -> Result<(), AddressError> {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    if name == "sslmode" {
        return check_mode(value);
    }
    if KNOWN.contains(&name) {
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        if NUMBERS.contains(&name) && !is_number {
            return wrong(format!("its {name} is not a whole number"), format!("write {name}=5, in seconds"));
        }
        return Ok(());
    }
    let lower = name.to_ascii_lowercase();
    let row = FOREIGN.iter().find(|(names, _)| names.split(' ').any(|known| known == lower));
    let near = || KNOWN.iter().find(|known| strsim::damerau_levenshtein(known, &lower) <= 2);
    let cure = match row {
        Some((_, cure)) => cure.replace('§', plain(value).unwrap_or("x")),
        None => match near() {
            Some(known) => format!("write {known}"),
            None => {
                let what = "it has a parameter that heistctl does not know";
                return wrong(what, format!("leave it out; those of heistctl are {}", KNOWN.join(", ")));
            }
        },
    };
    wrong(format!("it has the parameter {name:?}"), cure)
}

fn check_mode(value: &str) -> Result<(), AddressError> {
    const EXACT: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];
    if EXACT.contains(&value) {
        return Ok(());
    }
    let lower = value.to_ascii_lowercase().replace('_', "-");
    let meant = MODES.iter().find(|(_, typed)| typed.split(' ').any(|typed| typed == lower));
    let meant = meant.map_or("verify-full", |(mode, _)| mode);
    let shown = plain(value).map(|value| format!(" {value:?}")).unwrap_or_default();
    wrong(
        format!("it has the sslmode{shown}, which heistctl does not have"),
        format!("write sslmode={meant}; also disable, prefer, require or verify-full"),
    )
}

/// A value that is safe to show: a word of letters, or a path.
fn plain(value: &str) -> Option<&str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    (value.len() <= 64 && value.chars().all(fits)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mistyped_is_named_without_the_password() {
        for (url, part, cure) in [
            ("postgres://u:hunt@er2@h/d", "an unescaped @", "%40"),
            ("postgres://u:hunt#er2@h/d", "an unescaped #", "%23"),
            ("postgres://u:hunt/er2@h/d", "an unescaped /", "%2F"),
            ("postgres://u:hunt?er2@h/d", "an unescaped ?", "%3F"),
            ("postgres://u:hunter2%@h/d", "an unescaped %", "%25"),
            ("postgres://h:x/d", "its port", "5432"),
            ("postgres://h:99999/d", "65535", "5432"),
            ("postgres://::1/d", "without brackets", "[::1]"),
            ("postgres://<u>@h/d", "placeholder", "user@host"),
            ("postgres://h/d&sslmode=require", "a & before", "?sslmode"),
            ("postgres://h/d?sslmod=x", "\"sslmod\"", "sslmode"),
            ("postgres://h/d?schema=x", "\"schema\"", "search_path%3Dx"),
            ("postgres://h/d?hunter2=1", "does not know", "sslmode"),
            ("postgres://h/d?sslmode=off", "\"off\"", "sslmode=disable"),
            ("postgres://h/d?connect_timeout=5s", "connect_timeout", "connect_timeout=5"),
        ] {
            let error = check(url).unwrap_err();
            assert!(error.what.contains(part) && error.cure.contains(cure), "{url}: {error:?}");
            assert!(!format!("{error:?}").contains("hunt"), "{url}: {error:?}");
        }
    }

    #[test]
    fn what_the_driver_understands_is_left_to_it() {
        for url in [
            "postgres://localhost/d",
            "postgres://h:5432/d?options=a@b",
            "postgres://u:p%40ss@a:1,b,c:3/d?connect_timeout=5&sslmode=verify-ca",
            "postgres://u@[::1]:5433/d",
            "postgres://u@[::1]/d",
            "postgres://u@%2Frun%2Fpg:6000/d",
            "postgres:///d?host=/run/postgresql&port=5433",
            "postgres://",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }
}
