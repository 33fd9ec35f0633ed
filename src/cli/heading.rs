//! The headings of help pages, in the order in which they appear.

/// Where the server is, or listens.
pub const SERVER: &str = "Server";
/// What a server is made from.
pub const CONFIGURATION: &str = "Configuration";
/// Certificates of a server.
pub const TLS: &str = "TLS";
/// Which client asks, and how it authenticates.
pub const CLIENT: &str = "Client";
/// What is requested.
pub const REQUEST: &str = "Request";
/// Tokens that are kept.
pub const CACHE: &str = "Cache";
/// What `inspect` verifies with.
pub const KEY: &str = "Key";
/// What `inspect` asks others.
pub const ONLINE: &str = "Online";
/// What a token must be.
pub const EXPECTATIONS: &str = "Expectations";
/// What is printed.
pub const OUTPUT: &str = "Output";
/// Flags of every command.
pub const GLOBAL: &str = "Global";

/// The template of help pages: examples come first.
pub(super) const EXAMPLES_FIRST: &str =
    "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";
