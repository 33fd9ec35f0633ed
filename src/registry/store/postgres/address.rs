//! Parses `postgres://…` URLs and decides whether to use TLS. The password is in the URL, so the URL is never
//! shown.

use super::mistyped;
pub use super::mistyped::AddressError;
use crate::secret::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// PostgreSQL's default port, which messages omit.
const PORT: u16 = 5432;
/// Characters of names that a URL must escape.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// Connection timeout.
pub(super) const CONNECT: Duration = Duration::from_secs(3);
/// Time after which unacknowledged bytes count as lost because the network is down.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
/// The idle time after which a connection is probed.
const SILENCE: Duration = Duration::from_secs(10);

#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    config: Config,
    /// Host, port and database, for messages.
    name: String,
}

impl PostgresAddress {
    /// Parses a URL. `sslmode=require`, `verify-ca` and `verify-full` all use TLS and verify the certificate
    /// and the host name. So does `prefer`, the default, except on the local machine (loopback, a Unix
    /// socket), where it uses plain text. Plain text over a network requires `sslmode=disable`.
    ///
    /// # Errors
    /// [`AddressError`] if the URL is not valid.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        mistyped::check(text)?;
        let (rest, mode) = without_mode(text);
        let wrong = |what: &str| {
            let cure = "write it as postgres://user@host/database?sslmode=verify-full";
            AddressError { what: what.to_owned(), cure: cure.to_owned() }
        };
        let mut config: Config = rest.parse().map_err(|_| wrong("it is not a postgres URL"))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names no host"));
        }
        let mode = match mode.as_deref() {
            Some("disable") => SslMode::Disable,
            None | Some("prefer") if is_here(&config) => SslMode::Disable,
            _ => SslMode::Require,
        };
        config.ssl_mode(mode).application_name("heistctl").connect_timeout(CONNECT);
        config.tcp_user_timeout(UNACKNOWLEDGED);
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 4).keepalives_retries(3);
        Ok(Self { name: name(&config), config })
    }

    /// Sets the password, unless the URL has one.
    #[must_use]
    pub fn with_password(mut self, password: Option<&Secret>) -> Self {
        if let Some(password) = password.filter(|_| !self.has_password()) {
            self.config.password(password.expose());
        }
        self
    }

    /// Whether the URL has a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Host, port (unless it is 5432) and database, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A URL of the same database without the password, for commands to paste.
    #[must_use]
    pub fn url(&self) -> String {
        let (config, escaped) = (&self.config, |text: &str| utf8_percent_encode(text, IN_URL).to_string());
        let user = config.get_user().map(|user| format!("{}@", escaped(user))).unwrap_or_default();
        let database = escaped(database(config));
        let mut parameters: Vec<String> =
            config.get_hostaddrs().iter().map(|address| format!("hostaddr={address}")).collect();
        match (config.get_ssl_mode(), is_here(config)) {
            (SslMode::Disable, false) => parameters.push("sslmode=disable".to_owned()),
            (SslMode::Require, true) => parameters.push("sslmode=require".to_owned()),
            _ => {}
        }
        let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
        format!("postgres://{user}{}/{database}{query}", hosts(config, escaped))
    }

    /// The driver's configuration.
    pub(super) const fn config(&self) -> &Config {
        &self.config
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Splits `sslmode` off the URL, because the driver knows only three of its values.
fn without_mode(text: &str) -> (String, Option<String>) {
    let Some((base, query)) = text.split_once('?') else { return (text.to_owned(), None) };
    let (mut kept, mut mode) = (Vec::new(), None);
    for parameter in query.split('&') {
        match parameter.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value.to_owned()),
            _ => kept.push(parameter),
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    (format!("{base}{query}"), mode)
}

/// Whether all its hosts are on this machine.
fn is_here(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    };
    // A `hostaddr` decides where the connection goes, whatever the host name says.
    let addresses = config.get_hostaddrs();
    if addresses.is_empty() {
        config.get_hosts().iter().all(is_here)
    } else {
        addresses.iter().all(std::net::IpAddr::is_loopback)
    }
}

/// Hosts, with ports other than the default, and the database.
fn name(config: &Config) -> String {
    format!("{}/{}", hosts(config, str::to_owned), database(config))
}

/// PostgreSQL calls it by the user's name where none is named.
fn database(config: &Config) -> &str {
    config.get_dbname().or_else(|| config.get_user()).unwrap_or_default()
}

/// Hosts with their ports; folders of sockets as `folder` writes them.
fn hosts(config: &Config, folder: impl Fn(&str) -> String) -> String {
    let shown = |host: &Host| match host {
        Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => folder(&path.to_string_lossy()),
    };
    let mut hosts: Vec<String> = config.get_hosts().iter().map(shown).collect();
    if hosts.is_empty() {
        hosts = config.get_hostaddrs().iter().map(|ip| shown(&Host::Tcp(ip.to_string()))).collect();
    }
    let ports = config.get_ports();
    for (at, host) in hosts.iter_mut().enumerate() {
        // A single port applies to all hosts.
        if let Some(port) = ports.get(at).or(ports.first()).filter(|port| **port != PORT) {
            host.push_str(&format!(":{port}"));
        }
    }
    hosts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown_and_one_from_elsewhere_comes_where_there_is_none() {
        let address = PostgresAddress::parse("postgres://u:hunter2@db.example.com/heist").unwrap();
        assert_eq!(format!("{address} {address:?}"), "db.example.com/heist db.example.com/heist");
        assert!(address.has_password());
        let other = address.clone().with_password(Some(&Secret::new("x")));
        assert_eq!(other.config().get_password(), Some(&b"hunter2"[..]));
        let bare = PostgresAddress::parse("postgresql://u@db.example.com,other/").unwrap();
        assert_eq!((bare.name(), bare.has_password()), ("db.example.com,other/u", false));
        let filled = bare.with_password(Some(&Secret::new("hunter3")));
        assert_eq!(filled.config().get_password(), Some(&b"hunter3"[..]));
        assert!(!format!("{filled:?}").contains("hunter"));
    }

    #[test]
    fn a_port_is_shown_where_it_is_not_the_usual_one() {
        for (url, name) in [
            ("postgres://u@127.0.0.1:29999/heist", "127.0.0.1:29999/heist"),
            ("postgres://u@db:5432/heist?sslmode=require", "db/heist"),
            ("postgres://u@[::1]/heist", "[::1]/heist"),
            ("postgres://u@[::1]:5433/heist", "[::1]:5433/heist"),
            ("postgres://u@a:1,b,c:3/heist", "a:1,b,c:3/heist"),
            ("postgres://u@%2Frun%2Fpg:6000/heist", "/run/pg:6000/heist"),
        ] {
            assert_eq!(PostgresAddress::parse(url).unwrap().name(), name, "{url}");
        }
    }

    #[test]
    fn the_url_to_paste_names_the_same_database_without_the_password() {
        for (url, bare) in [
            ("postgres://u:hunter2@db.example.com/heist", "postgres://u@db.example.com/heist"),
            ("postgresql://u%40x:hunter2@[::1]:5433/a%2Fb", "postgres://u%40x@[::1]:5433/a%2Fb"),
            ("postgres://u@a:1,b/d?password=hunter2&sslmode=disable", "postgres://u@a:1,b/d?sslmode=disable"),
            ("postgres://u@127.0.0.1/d?sslmode=verify-full", "postgres://u@127.0.0.1/d?sslmode=require"),
            ("postgres://u@%2Frun%2Fpg/d", "postgres://u@%2Frun%2Fpg/d"),
            ("postgres://u@a/d?hostaddr=192.0.2.1", "postgres://u@a/d?hostaddr=192.0.2.1"),
        ] {
            let (address, again) =
                (PostgresAddress::parse(url).unwrap(), PostgresAddress::parse(bare).unwrap());
            assert_eq!(address.url(), bare, "{url}");
            let modes = [&address, &again].map(|address| address.config().get_ssl_mode());
            assert_eq!((address.name(), modes[0]), (again.name(), modes[1]), "{url}");
        }
    }

    #[test]
    fn plain_text_stays_on_this_machine_unless_that_is_written() {
        use SslMode::{Disable, Require};
        for (url, mode) in [
            ("postgres://localhost/d", Disable),
            ("postgres://127.0.0.1,[::1]:5433/d?sslmode=prefer", Disable),
            ("postgres://u@%2Frun%2Fpostgresql/d", Disable),
            ("postgres:///d?host=/run/postgresql", Disable),
            ("postgres://localhost/d?sslmode=require", Require),
            ("postgres://localhost/d?sslmode=verify-full", Require),
            ("postgres://db.example.com/d", Require),
            ("postgres://db.example.com/d?connect_timeout=5&sslmode=prefer", Require),
            ("postgres://db.example.com/d?sslmode=disable", Disable),
            ("postgres://localhost,db.example.com/d", Require),
            ("postgres://localhost/d?hostaddr=192.0.2.1", Require),
            ("postgres://localhost.example.com/d", Require),
        ] {
            assert_eq!(PostgresAddress::parse(url).unwrap().config().get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_said_without_repeating_it() {
        for (url, why) in [
            ("postgres://", "it names no host"),
            ("postgres:///d", "it names no host"),
            ("postgres://u:hunter2@h:x/d", "its port is not a number"),
            ("postgres://h/d?hunter2=1", "a parameter that heistctl does not know"),
            ("postgres://h/d?sslmode=allow", "it has the sslmode \"allow\""),
            ("postgres://h/d?sslrootcert=hunter2", "it has the parameter \"sslrootcert\""),
        ] {
            let error = PostgresAddress::parse(url).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
            assert!(error.to_string().contains(why), "{url}: {error}");
        }
    }
}
