//! Clients, their permissions and their secrets. Secrets themselves are not stored, only their hashes.

pub mod cached_clients;
mod client;
pub mod client_cache;
mod client_rules;
pub mod expiring_set;
pub mod generated_secret;
pub mod keys;
mod lookup;
pub mod networks;
pub mod record;
mod revalidate;
mod rollback;
pub mod secret_hash;
pub mod secret_throttle;
pub mod shared_clock;
mod single_flight;
pub mod store;
pub mod store_health;
mod store_latency;
pub mod token_buckets;
pub mod wait;
mod wakeup;
mod write_backoff;
pub mod write_behind;

pub use client::{AssertionAudience, Client, ClientAuth, ClientKeys, LiveSecret, Permissions, SecretMethod};
pub use client_rules::{InvalidClient, MIN_SECRET};
pub use lookup::{Authentication, Registry};
