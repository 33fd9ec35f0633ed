//! Headings of help pages, in the order in which they appear.

/// The server's address, or the address to listen on.
pub const SERVER: &str = "Server";
/// The server's configuration.
pub const CONFIGURATION: &str = "Configuration";
/// The server's certificates.
pub const TLS: &str = "TLS";
/// Control by tests.
pub const TEST: &str = "Test";
/// The client's identity and authentication.
pub const CLIENT: &str = "Client";
/// The content of a client's tokens.
pub const TOKENS: &str = "Tokens";
/// How a client of the store authenticates.
pub const AUTHENTICATION: &str = "Authentication";
/// Permissions and duties of a client of the store.
pub const PERMISSIONS: &str = "Permissions";
pub const REQUEST: &str = "Request";
pub const CACHE: &str = "Cache";
/// Keys that `inspect` verifies with.
pub const KEY: &str = "Key";
/// Requests that `inspect` may send.
pub const ONLINE: &str = "Online";
/// The content of a token that `mint` makes.
pub const CLAIMS: &str = "Claims and header";
/// Values that a token must have.
pub const EXPECTATIONS: &str = "Expectations";
/// Which cases `probe` tries, and how fast.
pub const RUN: &str = "Run";
pub const OUTPUT: &str = "Output";
pub const GLOBAL: &str = "Global";

/// The template of help pages. Examples come first.
pub(super) const EXAMPLES_FIRST: &str =
    "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";
