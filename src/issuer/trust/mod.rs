//! Workload identity: tokens of trusted issuers that stand for clients in place of a secret, by rules. One engine
//! serves three doors: client assertions (RFC 7523 section 2.2), the grant `jwt-bearer` (section 2.1) and token
//! exchange (RFC 8693).

pub mod accepted;
pub mod check;
pub mod danger;
pub mod door;
pub mod matching;
pub mod preset;
mod trusted_issuer;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod kind_tests;
#[cfg(test)]
mod site;
#[cfg(test)]
mod tests;

pub use trusted_issuer::{TrustKeys, TrustedIssuer, TrustedIssuers, trust_domain};
