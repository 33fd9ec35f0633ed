//! The server that a command asks: the named one, else that of this machine.

use super::declared::Declared;
use super::environment::{Sourced, agent, var};
use super::listen_address::settled;
use super::session::urls::endpoint;
use crate::client::agent::Agent;
use crate::client::endpoint::EndpointUrl;
use crate::exit::{Exit, Failure};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The source of the address of this machine's server with TLS.
pub(super) const DECLARED: &str = "heist.toml";

/// The flags that name a server.
pub(super) struct ServerFlags {
    /// The URL and where it was typed.
    pub(super) url: Option<Sourced<String>>,
    pub(super) cacert: Option<PathBuf>,
    pub(super) insecure_http: bool,
    pub(super) timeout: Duration,
    /// The phase of failures.
    pub(super) phase: &'static str,
}

pub(super) struct ServerUrl {
    /// The base URL, without a trailing slash.
    pub(super) url: String,
    /// The same, parsed.
    pub(super) base: Sourced<EndpointUrl>,
    phase: &'static str,
    pub(super) agent: Agent,
}

impl ServerUrl {
    /// The server of the flag, of `HEISTCTL_URL`, or the one that this machine's settings describe.
    ///
    /// # Errors
    /// Exit 2 if a setting is not valid.
    pub(super) fn settle(flags: ServerFlags) -> Result<Self, Failure> {
        let cacert = flags.cacert.map(|path| Sourced::new(path, "--cacert"));
        let agent = agent(flags.timeout, cacert.as_ref())?;
        let named = flags.url.map_or_else(|| var("HEISTCTL_URL"), |url| Ok(Some(url)))?;
        let Some(Sourced { value, origin }) = named else { return Self::local(agent, flags.phase) };
        let base = endpoint(&value, flags.insecure_http, flags.phase, &origin)?;
        let url = value.trim_end_matches('/').to_owned();
        Ok(Self { url, base: Sourced::new(base, origin), phase: flags.phase, agent })
    }

    /// An endpoint of the server.
    ///
    /// # Errors
    /// Exit 2 if the path is not valid.
    pub(super) fn at(&self, path: &str) -> Result<Sourced<EndpointUrl>, Failure> {
        let Sourced { value, origin } = &self.base;
        let whole = format!("{}{path}", value.uri().path().trim_end_matches('/'));
        let invalid = || Failure::new(Exit::Usage, self.phase, format!("{path:?} is not a path"));
        Ok(Sourced::new(value.with_path(&whole).ok_or_else(invalid)?, origin.clone()))
    }

    /// The server of this machine. With a certificate, it is asked by the name that clients use, at the address
    /// where it listens.
    fn local(agent: Agent, phase: &'static str) -> Result<Self, Failure> {
        let declared = Declared::find(None);
        let address = reachable(settled(declared.as_ref().and_then(|declared| declared.listen))?);
        let public = declared.filter(|declared| declared.has_tls).map(|declared| declared.public);
        let (url, origin) = match public {
            None => (
                format!("http://{address}"),
                "the listen address: HEISTCTL_LISTEN, else heist.toml, else the default",
            ),
            Some(public) => {
                let host = public.as_deref().and_then(host).unwrap_or_else(|| "localhost".to_owned());
                (format!("https://{host}:{}", address.port()), DECLARED)
            }
        };
        let base = Sourced::new(endpoint(&url, false, phase, origin)?, origin);
        Ok(Self { url, base, phase, agent: agent.at(address) })
    }
}

/// The address for a client of this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn host(url: &str) -> Option<String> {
    EndpointUrl::parse(url, true).ok().map(|url| url.host().to_owned())
}
