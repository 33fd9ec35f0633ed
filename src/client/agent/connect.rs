//! Connects to a server: through a proxy if one is configured (CONNECT, RFC 9110 section 9.3.6), then TLS.
//! ureq resolves names and opens the socket.

use super::failure::{TransportError, is_cut_off};
use super::public_address::is_public;
use super::tls::{self, Trust};
use crate::client::proxy::{ProxyAddress, authority};
use http::{StatusCode, Uri};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, Transport, TransportAdapter};

/// The limit of a proxy's response head, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Finds the address to connect to: the fixed one, or the proxy's if one is used. The proxy resolves the server's
/// name.
#[derive(Debug)]
pub(super) struct Addresses {
    system: DefaultResolver,
    proxy: Option<Uri>,
    fixed: Option<SocketAddr>,
    /// Whether other addresses are left out. The connection goes to the addresses that were checked.
    only_public: bool,
}

impl Addresses {
    pub(super) fn of(proxy: Option<&ProxyAddress>, fixed: Option<SocketAddr>, only_public: bool) -> Self {
        let uri =
            |proxy: &ProxyAddress| format!("http://{}", authority(&proxy.host, proxy.port)).parse().ok();
        Self { system: DefaultResolver::default(), proxy: proxy.and_then(uri), fixed, only_public }
    }
}

impl Resolver for Addresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if let Some(fixed) = self.fixed {
            let mut found = self.empty();
            found.push(fixed);
            return Ok(found);
        }
        let found = self.system.resolve(self.proxy.as_ref().unwrap_or(uri), config, timeout)?;
        if !self.only_public {
            return Ok(found);
        }
        let mut public = self.system.empty();
        for address in found.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() {
            let what = "its address is not on the public internet, and it is not requested";
            return Err(TransportError::NoWay(what.to_owned()).into());
        }
        Ok(public)
    }
}

/// Turns an open socket into a connection that is ready for requests.
#[derive(Debug)]
pub(super) struct ProxyTunnel {
    pub(super) proxy: Option<ProxyAddress>,
    pub(super) trust: Trust,
}

impl<In: Transport> Connector<In> for ProxyTunnel {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(socket) = chained else { return Ok(None) };
        let mut transport: Box<dyn Transport> = Box::new(socket);
        if let Some(proxy) = &self.proxy {
            transport = self.tunnel(proxy, details, transport)?;
        }
        if details.needs_tls() {
            let host = details.uri.host().unwrap_or_default();
            let secured = tls::connect(&self.trust, host, details, transport);
            transport = secured.map_err(|error| self.blamed(error))?;
        }
        Ok(Some(transport))
    }
}

impl ProxyTunnel {
    /// Through a tunnel, it is unknown which end closed the connection.
    fn blamed(&self, error: ureq::Error) -> ureq::Error {
        match (&self.proxy, error) {
            (Some(proxy), ureq::Error::Io(io)) if is_cut_off(io.kind()) => failed(format!(
                "the connection through the proxy {proxy} was closed before the server answered"
            )),
            (None, ureq::Error::Io(io)) if is_cut_off(io.kind()) => TransportError::Tls {
                what: "the server closed the connection during the handshake".to_owned(),
                cure: Some("does it speak TLS on this port, and know this host's name?"),
            }
            .into(),
            (_, error) => error,
        }
    }

    fn tunnel(
        &self,
        proxy: &ProxyAddress,
        details: &ConnectionDetails,
        socket: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let broken = |error: ureq::Error| match error {
            ureq::Error::Io(io) if is_cut_off(io.kind()) => closed(proxy),
            error => error,
        };
        let socket = if proxy.is_https {
            // The client's certificate is for the server, not for the proxy.
            tls::connect(&self.trust.without_certificate(), &proxy.host, details, socket).map_err(broken)?
        } else {
            socket
        };
        let target = target(details.uri);
        let mut stream = TransportAdapter::new(socket, details.current_time.clone());
        stream.set_timeout(details.timeout);
        // One write, because some proxies read only once.
        stream.write_all(&request(proxy, &target)).map_err(|error| broken(error.into()))?;
        let head = head(&mut stream).map_err(|error| broken(error.into()))?;
        match answer(&head) {
            Some(answer) if (200..=299).contains(&answer.status) && !is_whole(&head) => Err(failed(format!(
                "the proxy {proxy} answers CONNECT with a head of more than {MAX_HEAD} bytes"
            ))),
            Some(answer) if (200..=299).contains(&answer.status) => Ok(stream.into_inner()),
            Some(answer) => Err(answer.refused(proxy, &target).into()),
            None if head.is_empty() => Err(closed(proxy)),
            None => Err(failed(format!("the proxy {proxy} does not answer in HTTP"))),
        }
    }
}

fn failed(what: String) -> ureq::Error {
    TransportError::Proxy { what, cure: "is it an HTTP proxy? NO_PROXY=HOST goes without it" }.into()
}

fn closed(proxy: &ProxyAddress) -> ureq::Error {
    failed(format!("the proxy {proxy} closed the connection without an answer"))
}

fn target(uri: &Uri) -> String {
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default))
}

fn request(proxy: &ProxyAddress, target: &str) -> Vec<u8> {
    let mut head = format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: heistctl/{}\r\n",
        env!("CARGO_PKG_VERSION")
    )
    .into_bytes();
    if let Some(authorization) = &proxy.authorization {
        head.extend(b"Proxy-Authorization: ");
        head.extend(authorization.expose());
        head.extend(b"\r\n");
    }
    head.extend(b"\r\n");
    head
}

/// Reads the response head byte by byte; bytes after it belong to the server. Empty if the proxy sends
/// nothing.
fn head(stream: &mut TransportAdapter) -> io::Result<Vec<u8>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while head.len() < MAX_HEAD && !is_whole(&head) {
        match stream.read(&mut byte)? {
            0 if head.is_empty() => return Ok(head),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => head.push(byte[0]),
        }
    }
    Ok(head)
}

/// Whether the head is complete.
fn is_whole(head: &[u8]) -> bool {
    head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n")
}

/// A proxy's answer to CONNECT.
#[derive(Debug, PartialEq, Eq)]
struct ProxyAnswer {
    status: u16,
    /// The schemes in `Proxy-Authenticate`.
    schemes: Vec<String>,
}

fn answer(head: &[u8]) -> Option<ProxyAnswer> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let (_, line) = lines.next()?.strip_prefix("HTTP/1.")?.split_once(' ')?;
    let status = line.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?;
    let fields = lines.filter_map(|line| line.split_once(':'));
    let asks = fields.filter(|(name, _)| name.trim().eq_ignore_ascii_case("proxy-authenticate"));
    let schemes = asks.filter_map(|(_, value)| value.split_whitespace().next().map(str::to_owned));
    Some(ProxyAnswer { status: status.parse().ok()?, schemes: schemes.collect() })
}

impl ProxyAnswer {
    fn refused(&self, proxy: &ProxyAddress, target: &str) -> TransportError {
        // Use the RFC's reason phrase: the proxy's own may repeat the password.
        let status = StatusCode::from_u16(self.status).unwrap_or_default();
        let reason = status.canonical_reason().unwrap_or_default();
        let line = format!("{} {reason}", self.status);
        let line = line.trim_end();
        let (what, cure) = match self.status {
            407 => return TransportError::NoWay(self.wants_credentials(proxy)),
            502..=504 => (
                format!("the proxy {proxy} could not reach {target}: it answered {line}"),
                "is the name right, and can the proxy reach it? NO_PROXY=HOST goes without the proxy",
            ),
            _ => (
                format!("the proxy {proxy} refuses the connection to {target}: it answered {line}"),
                "does the proxy allow this host and port? NO_PROXY=HOST goes without the proxy",
            ),
        };
        TransportError::Proxy { what, cure }
    }

    fn wants_credentials(&self, proxy: &ProxyAddress) -> String {
        const OTHERS: [&str; 4] = ["Negotiate", "NTLM", "Digest", "Bearer"];
        let offers = |name: &str| self.schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(name));
        if !self.schemes.is_empty() && !offers("Basic") {
            let known: Vec<&str> = OTHERS.into_iter().filter(|name| offers(name)).collect();
            let known = if known.is_empty() { "another scheme".to_owned() } else { known.join(" or ") };
            return format!("the proxy {proxy} requires {known} (407), and heistctl supports only Basic");
        }
        match proxy.authorization {
            None => format!("the proxy {proxy} requires a user name and a password (407)"),
            Some(_) => format!("the proxy {proxy} rejected this user name and password (407)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_connect_is_read_or_is_not_http() {
        let of = |head: &[u8]| answer(head).map(|answer| answer.status);
        assert_eq!(of(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(of(b"HTTP/1.0 502 Bad Gateway\n\n"), Some(502));
        assert_eq!(of(b"HTTP/1.1 407\r\n\r\n"), Some(407));
        for bad in
            [&b""[..], b"SSH-2.0-x\r\n", b"HTTP/1.1 x\r\n\r\n", b"HTTP/1.1 2\r\n\r\n", b"HTTP/2 200\r\n\r\n"]
        {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_proxy_that_wants_what_we_do_not_know_says_so() {
        let proxy = ProxyAddress {
            is_https: false,
            host: "proxy".to_owned(),
            port: 1,
            authorization: None,
            origin: "X".to_owned(),
        };
        let said = |head: &str| answer(head.as_bytes()).unwrap().refused(&proxy, "a:443").to_string();
        let asks = "HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\n";
        assert!(
            said(&format!("{asks}\r\n"))
                .contains("requires Negotiate (407), and heistctl supports only Basic")
        );
        assert!(said(&format!("{asks}proxy-authenticate: basic realm=x\r\n\r\n")).contains("a user name"));
        assert!(
            said("HTTP/1.1 403 No\r\n\r\n")
                .ends_with("refuses the connection to a:443: it answered 403 Forbidden")
        );
        assert!(said("HTTP/1.1 504 No\r\n\r\n").contains("the proxy proxy:1 (X) could not reach a:443"));
    }
}
