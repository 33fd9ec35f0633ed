//! Is an issuer right? The checks are data: each is a pure function from evidence, which was gathered once, to a
//! finding. No sockets here: a closure sends the requests.

pub mod check;
pub mod evidence;
pub mod examination;
pub mod gather;
pub mod gather_client;
mod known_members;
pub mod profile;
pub mod resource;

mod introspection;
mod key_faults;
mod keys;
mod location;
mod metadata;
mod metadata_algorithms;
mod metadata_members;
mod table;
mod token;
mod token_answers;
mod token_endpoint;
mod transport;
mod urls;

pub use table::CHECKS;

#[cfg(test)]
mod client_defects;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
