//! Persistent clients, secrets, keys and used IDs behind one trait. Each engine has its own file or folder.

mod changes;
mod contract;
pub mod delayed;
mod delegated;
mod error;
#[cfg(test)]
pub(crate) mod faulty;
pub mod history;
mod id;
pub mod identity;
pub mod memory;
mod opening;
pub mod postgres;
mod private_file;
mod row;
pub mod sqlite;
mod tables;
pub mod test_store;

pub use changes::{Changes, MAX_CHANGES, Position, Revocations};
pub use contract::{ClientChange, ClientTrait, Listed, RecordChange, Store, Use, Versioned};
use error::RUN_NEWER;
pub use error::StoreError;
pub use id::{Id, IdKind};
pub use opening::OpenMode;
pub use row::{client_digest, text_digest};

#[cfg(test)]
mod tests;
