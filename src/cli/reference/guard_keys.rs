//! The keys of `[[resource]]` and `[[guard]]`.

use super::config_key::ConfigKey;
use super::config_key::Kind::{List, Routes, Text, Url};
use super::config_key::key;

pub const RESOURCE: &[ConfigKey] = &[
    key(
        "id",
        Url,
        "required",
        r#""https://api.example.com/orders""#,
        "its URL: the audience of tokens for it, and the place of its metadata (RFC 9728)",
    ),
    key("name", Text, "none", r#""Orders""#, "its name for people"),
    key(
        "scopes",
        List,
        "any",
        r#"["orders:read", "orders:write"]"#,
        "the scopes that it knows; tokens for it carry no others",
    ),
    key(
        "accept",
        List,
        "all three",
        r#"["bearer", "dpop", "certificate"]"#,
        "the tokens that it accepts: unbound ones, those bound to a key (RFC 9449), those bound to a certificate (RFC 8705)",
    ),
];

pub const GUARD: &[ConfigKey] = &[
    key("name", Text, "required", r#""orders""#, "its name: gateways ask `/guard/NAME`"),
    key(
        "resource",
        Url,
        "tokens for `/protected-resource`, or without an audience",
        r#""https://api.example.com/orders""#,
        "the `id` of the `[[resource]]` that tokens must be for",
    ),
    key(
        "routes",
        Routes,
        "every path",
        r#"[{ method = "GET", path = "/orders/**", scopes = ["orders:read"] }]"#,
        "the scopes that a method and a path need. The first route that fits counts; without one the answer is 403",
    ),
    key(
        "accept",
        List,
        "what the resource accepts",
        r#"["bearer", "dpop", "certificate", "basic"]"#,
        "tokens, as for the resource; `basic` also accepts a client's id and secret",
    ),
    key(
        "issuer",
        Url,
        "this server",
        r#""https://login.example.com""#,
        "another issuer, whose tokens are accepted in place of ours. Its keys are found by discovery",
    ),
];
