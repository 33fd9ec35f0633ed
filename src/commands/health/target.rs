//! The server that `health` asks: the named one, else that of this machine.

use super::report::PHASE;
use crate::cli::HealthTarget;
use crate::client::agent::Agent;
use crate::client::endpoint::EndpointUrl;
use crate::commands::declared::Declared;
use crate::commands::environment::{Sourced, agent, var};
use crate::commands::listen_address::settled;
use crate::commands::session::urls::endpoint;
use crate::exit::Failure;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

const READYZ: &str = "/readyz";

pub(super) struct Target {
    /// The base URL.
    pub(super) url: String,
    pub(super) readyz: Sourced<EndpointUrl>,
    pub(super) agent: Agent,
}

impl Target {
    /// The server of the flag, of `HEISTCTL_URL`, or the one that this machine's settings describe.
    ///
    /// # Errors
    /// Exit 2 if the URL or a setting is not valid.
    pub(super) fn settle(args: &HealthTarget, timeout: Duration) -> Result<Self, Failure> {
        let cacert = args.cacert.clone().map(|path| Sourced::new(path, "--cacert"));
        let agent = agent(timeout, cacert.as_ref())?;
        let named = args.url.clone().map(|url| Sourced::new(url, "the URL"));
        let named = named.map_or_else(|| var("HEISTCTL_URL"), |url| Ok(Some(url)))?;
        match named {
            Some(Sourced { value, origin }) => {
                let url = value.trim_end_matches('/').to_owned();
                let readyz = endpoint(&format!("{url}{READYZ}"), args.insecure_http, PHASE, &origin)?;
                Ok(Self { url, readyz: Sourced::new(readyz, origin), agent })
            }
            None => Self::local(agent),
        }
    }

    /// The server of this machine. With a certificate, it is asked by the name that clients use, at the address
    /// where it listens.
    fn local(agent: Agent) -> Result<Self, Failure> {
        let declared = Declared::find();
        let address = reachable(settled(declared.as_ref().and_then(|declared| declared.listen))?);
        let public = declared.filter(|declared| declared.has_tls).map(|declared| declared.public);
        let (url, origin) = match public {
            None => (format!("http://{address}"), "HEISTCTL_LISTEN, else heist.toml, else the default"),
            Some(public) => {
                let host = public.as_deref().and_then(host).unwrap_or_else(|| "localhost".to_owned());
                (format!("https://{host}:{}", address.port()), "heist.toml")
            }
        };
        let readyz = endpoint(&format!("{url}{READYZ}"), false, PHASE, origin)?;
        Ok(Self { url, readyz: Sourced::new(readyz, origin), agent: agent.at(address) })
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
