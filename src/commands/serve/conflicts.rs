//! Finds settings of a client that contradict its server: networks without a common address, and signing
//! keys that both have.

use super::prepared::Prepared;
use crate::http::address::Address;
use crate::issuer::metadata::JWKS_PATH;
use crate::jose::key::VerifyingKey;
use crate::registry::networks::Networks;
use crate::registry::{Client, ClientAuth, ClientKeys};

/// The settings of the server.
pub(super) struct Own<'a> {
    allow_from: &'a Networks,
    /// The thumbprints (RFC 7638) of the server's signing keys.
    keys: Vec<String>,
    /// The URLs of the server's key set.
    published: Vec<Address>,
}

impl<'a> Own<'a> {
    pub(super) fn of(prepared: &'a Prepared) -> Self {
        let bases = [&prepared.public_url, &prepared.issuer].into_iter().flatten();
        let url = |base: &String| Address::parse(&format!("{}{JWKS_PATH}", base.trim_end_matches('/')));
        let ring = prepared.signing.ring();
        Self {
            allow_from: &prepared.limits.allow_from,
            keys: ring.keys.keys.iter().filter_map(VerifyingKey::thumbprint).collect(),
            published: bases.filter_map(url).collect(),
        }
    }

    /// Returns the warnings about a client.
    pub(super) fn conflicts(&self, client: &Client) -> Vec<String> {
        let reasons = self.networks(client).into_iter().chain(self.keys(client));
        reasons.map(|why| format!("client {:?}: {why}", client.id)).collect()
    }

    fn networks(&self, client: &Client) -> Option<String> {
        let is_apart = !self.allow_from.is_empty()
            && !client.allow_from.is_empty()
            && !self.allow_from.overlaps(&client.allow_from);
        is_apart.then(|| {
            "it can never get a token: its allow_from has no address in common with the server's allow_from; \
             add its networks to the server's"
                .to_owned()
        })
    }

    fn keys(&self, client: &Client) -> Option<String> {
        let ClientAuth::PrivateKeyJwt { keys, .. } = &client.auth else { return None };
        let (key, is_own) = match keys {
            ClientKeys::Fixed(keys) => {
                let is_own =
                    |key: &VerifyingKey| key.thumbprint().is_some_and(|own| self.keys.contains(&own));
                ("jwks", keys.keys.iter().any(is_own))
            }
            ClientKeys::At(at) => {
                ("jwks_uri", Address::parse(&at.uri).is_some_and(|uri| self.published.contains(&uri)))
            }
        };
        is_own.then(|| {
            format!(
                "{key} has the key that signs the server's tokens: a client with that private key can \
                 forge tokens, and a client without it cannot authenticate; give the client a key of its own"
            )
        })
    }
}
