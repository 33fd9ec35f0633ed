//! Clients, their permissions and their secrets. Secrets themselves are not stored, only their hashes; except
//! those that clients sign with.

pub mod cached_clients;
pub mod certificate_names;
mod client;
pub mod client_cache;
mod client_rules;
pub mod expiring_set;
pub mod federated;
mod federated_clients;
mod federated_index;
pub mod generated_secret;
pub mod keys;
mod known_traits;
mod lookup;
pub mod networks;
pub mod record;
mod revalidate;
mod rollback;
pub mod secret_hash;
pub mod secret_sealing;
pub mod secret_throttle;
pub mod secret_uses;
pub mod shared_clock;
pub mod shared_secrets;
mod single_flight;
pub mod store;
pub mod store_health;
mod store_latency;
pub mod subject_glob;
pub mod token_buckets;
pub mod wait;
mod wakeup;
mod write_backoff;
pub mod write_behind;

pub use client::{
    AssertionAudience, Client, ClientAuth, ClientKeys, KeysNamedBy, KeysUrl, LiveSecret, Permissions,
    SecretMethod, SharedKey,
};
pub use client_rules::{
    InvalidClient, MAX_ID, MIN_SECRET, assertion_audience, own_certificates, scope_claim, shared_key,
};
pub use lookup::{Authentication, Registry};
