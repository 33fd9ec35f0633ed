//! The endpoints of an issuer beside the token endpoint: where tokens are revoked (RFC 7009), and where it is
//! said what one is (RFC 7662).

use super::acquire::{Endpoints, METADATA_ORIGIN};
use super::endpoint;
use super::settle::{ClientOptions, PHASE, Server};
use crate::client::endpoint::Endpoint;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use crate::http::{INTROSPECT_PATH, REVOKE_PATH, TOKEN_PATH};

/// An endpoint that an issuer may have beside its token endpoint.
struct Kind {
    /// Its name in metadata.
    name: &'static str,
    /// Where heistctl serve has it.
    path: &'static str,
    /// The flag that names it.
    flag: &'static str,
}

const REVOCATION: Kind = Kind { name: "revocation_endpoint", path: REVOKE_PATH, flag: "--revocation-url" };
const INTROSPECTION: Kind =
    Kind { name: "introspection_endpoint", path: INTROSPECT_PATH, flag: "--introspection-url" };

impl Endpoints {
    /// Where tokens are revoked: at the URL that was given, else as the issuer says, else beside the token
    /// endpoint.
    ///
    /// # Errors
    /// Exit 2 where none of them is known, 5 where the issuer names what is not a URL.
    pub fn revocation(
        &self,
        options: &ClientOptions,
        given: Option<&str>,
    ) -> Result<Sourced<Endpoint>, Failure> {
        let named = self.metadata.as_ref().and_then(|metadata| metadata.revocation_endpoint.as_deref());
        self.other(options, given, named, &REVOCATION)
    }

    /// Where it is said what a token is, likewise.
    ///
    /// # Errors
    /// As [`Endpoints::revocation`].
    pub fn introspection(
        &self,
        options: &ClientOptions,
        given: Option<&str>,
    ) -> Result<Sourced<Endpoint>, Failure> {
        let named = self.metadata.as_ref().and_then(|metadata| metadata.introspection_endpoint.as_deref());
        self.other(options, given, named, &INTROSPECTION)
    }

    fn other(
        &self,
        options: &ClientOptions,
        given: Option<&str>,
        named: Option<&str>,
        kind: &Kind,
    ) -> Result<Sourced<Endpoint>, Failure> {
        let at = |url: &str, origin: &str| {
            endpoint(url, options.insecure_http, PHASE, origin).map(|url| Sourced::new(url, origin))
        };
        if let Some(url) = given {
            return at(url, kind.flag);
        }
        if let Some(url) = named {
            let from_server = |failure| Failure { exit: Exit::ServerFailed, ..failure };
            return at(url, METADATA_ORIGIN).map_err(from_server);
        }
        let missing = |what: String, hint: &str| {
            Failure::new(Exit::Usage, PHASE, what).hint(format!("{} URL names it{hint}", kind.flag))
        };
        match &options.server {
            Server::Issuer(issuer) => {
                let what =
                    format!("the metadata of {} ({}) names no {}", issuer.value, issuer.origin, kind.name);
                Err(missing(what, ""))
            }
            Server::Endpoint(token) => {
                let beside = token.value.sibling(TOKEN_PATH, kind.path);
                beside.map(|url| Sourced::new(url, "beside the token endpoint")).ok_or_else(|| {
                    let what = format!(
                        "no {} is known: the token endpoint (from {}) does not end in {TOKEN_PATH}",
                        kind.name, token.origin
                    );
                    missing(what, "; --issuer URL finds it by metadata")
                })
            }
        }
    }
}
