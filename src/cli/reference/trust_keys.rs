//! The keys of `[[trust]]`.

use super::config_key::ConfigKey;
use super::config_key::Kind::{Length, List, Text, Url, Word};
use super::config_key::key;

pub const TRUST: &[ConfigKey] = &[
    key("name", Text, "required", r#""github""#, "its name, by which the rules of clients refer to it"),
    key(
        "preset",
        Word,
        "none",
        r#""github-actions""#,
        "the platform: `github-actions`, `gitlab`, `kubernetes`, `google`, `buildkite`, `circleci`, `spiffe` or `id-jag`. It fills in the other keys, and knows which rules are dangerous",
    ),
    key(
        "issuer",
        Url,
        "the preset's, where everybody shares one",
        r#""https://token.actions.githubusercontent.com""#,
        "the `iss` of its tokens; of `spiffe`, the trust domain as `spiffe://example.org`",
    ),
    key(
        "keys",
        Text,
        "`discovery`",
        r#""discovery""#,
        "`discovery` by the issuer's metadata, the URL of a key set, or a file with one. `spiffe` needs the URL or the file of a bundle",
    ),
    key(
        "algorithms",
        List,
        "the preset's",
        r#"["RS256", "ES256"]"#,
        "the algorithms that its tokens may be signed with; never one with a shared secret",
    ),
    key(
        "audiences",
        List,
        "none",
        r#"["https://gitlab.example.com"]"#,
        "accepted `aud` besides this server's issuer, for platforms that cannot ask for it",
    ),
    key(
        "max_lifetime",
        Length,
        "`1h`, or the preset's",
        r#""1h""#,
        "the longest accepted lifetime; at most a day",
    ),
    key(
        "replay",
        Word,
        "`once`, or the preset's",
        r#""once""#,
        "`once`: each token gets one token here, on all nodes. `reuse`: until it ends, for tokens in files",
    ),
];
