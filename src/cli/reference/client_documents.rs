//! The keys of `[[client_documents]]`.

use super::config_key::ConfigKey;
use super::config_key::Kind::{Flag, Length, List};
use super::config_key::key;

pub const CLIENT_DOCUMENTS: &[ConfigKey] = &[
    key(
        "allow",
        List,
        "required",
        r#"["https://agents.example.com/*"]"#,
        "URLs that may be client ids; with `/*` at the end, all URLs below",
    ),
    key("scopes", List, "none", r#"["orders:read"]"#, "scopes that such clients may have"),
    key(
        "audiences",
        List,
        "none",
        r#"["https://api.example.com"]"#,
        "resources that they may request tokens for (RFC 8707), besides `audience`",
    ),
    key("lifetime", Length, "`token_lifetime`", r#""10m""#, "lifetime of their tokens"),
    key(
        "allow_private",
        Flag,
        "`false`",
        "true",
        "documents and keys may be at addresses that are not on the public internet: for tests",
    ),
];
