//! The keys of heist.toml, for `heistctl help config` and for the schema that `serve` reads the file with. A test
//! compares docs/configuration.md with them.

use super::client_documents::CLIENT_DOCUMENTS;
use super::config_key::key;
pub use super::config_key::{ConfigKey, Kind};
use super::guard_keys::{GUARD, RESOURCE};
use super::trust_keys::TRUST;
use Kind::{
    Address, Count, Flag, IdentityRules, Jwks, Length, List, Networks, OneOrMore, Path, Rate, Table, Text,
    Url, Word,
};

/// A section of the file.
#[derive(Debug)]
pub struct ConfigSection {
    /// The header, as in `[limits]`; empty for keys above all sections.
    pub header: &'static str,
    pub keys: &'static [ConfigKey],
}

pub const HEIST_TOML: [ConfigSection; 10] = [
    ConfigSection { header: "", keys: TOP },
    ConfigSection { header: "[limits]", keys: LIMITS },
    ConfigSection { header: "[tls]", keys: TLS },
    ConfigSection { header: "[signing]", keys: SIGNING },
    ConfigSection { header: "[metadata]", keys: METADATA },
    ConfigSection { header: "[[client]]", keys: CLIENT },
    ConfigSection { header: "[[trust]]", keys: TRUST },
    ConfigSection { header: "[[client_documents]]", keys: CLIENT_DOCUMENTS },
    ConfigSection { header: "[[resource]]", keys: RESOURCE },
    ConfigSection { header: "[[guard]]", keys: GUARD },
];

pub const TOP: &[ConfigKey] = &[
    key(
        "issuer",
        Url,
        "the listen URL",
        r#""https://as.example.com""#,
        "`iss` of the tokens. A URL gives clients metadata (RFC 8414); a plain name works without. `--issuer` overrides it",
    ),
    key(
        "public_url",
        Url,
        "the issuer if it is a URL, else the listen URL",
        r#""https://tokens.example.com""#,
        "where clients reach the endpoints: the base of all addresses in metadata, and of DPoP's `htu`",
    ),
    key(
        "listen",
        Address,
        "`127.0.0.1:8001`",
        r#""127.0.0.1:8001""#,
        "address and port; port 0 takes a free one. `--listen` and `HEISTCTL_LISTEN` override it",
    ),
    key(
        "metrics_listen",
        Address,
        "no metrics",
        r#""127.0.0.1:9001""#,
        "address and port of `/metrics` for Prometheus. `--metrics-listen` overrides it",
    ),
    key(
        "insecure_http",
        Flag,
        "`false`",
        "true",
        "plain http is served beyond loopback addresses, and an `issuer` may be plain http: for a proxy that serves https, or a network that nobody else is on. `--insecure-http` does the same",
    ),
    key(
        "ready_file",
        Path,
        "no file",
        r#""/run/heistctl/ready""#,
        "the ready event is written there once the server listens. `--ready-file` overrides it",
    ),
    key(
        "log",
        Word,
        "text on a terminal, else JSON",
        r#""json""#,
        "format of the log, notices and alarms: `text` or `json`. `--log` overrides it",
    ),
    key("token_lifetime", Length, "`1h`", r#""1h""#, "lifetime of tokens; at least a second"),
    key(
        "leeway",
        Length,
        "`5s`",
        r#""5s""#,
        "how far clocks may differ when tokens, assertions and proofs are checked; at most ten minutes",
    ),
    key(
        "audience",
        OneOrMore,
        "none",
        r#""https://api.example.com""#,
        "`aud` of the tokens, a text or a list. Tokens with an audience, including one requested by `resource`, have the type `at+jwt` (RFC 9068)",
    ),
    key(
        "explain_client_errors",
        Flag,
        "`false`",
        "true",
        "say whether the client is unknown or its secret is wrong. Outside a test network this helps attackers",
    ),
    key(
        "dpop_nonce",
        Flag,
        "`false`",
        "true",
        "demand a nonce of the server in every DPoP proof (RFC 9449 section 8)",
    ),
    key(
        "audit_log",
        Path,
        "none",
        r#""audit.log""#,
        "record each decision as a JSON line: a file, a FIFO, `stdout` or `syslog`",
    ),
    key(
        "store",
        Text,
        "`heistctl.db` beside it",
        r#""sqlite:heistctl.db""#,
        "clients, signing keys and revocations: `sqlite:PATH`, `postgres://HOST/DATABASE` or `memory:`. `--store` and `HEISTCTL_STORE` override it. Commands read it, too",
    ),
    key(
        "store_outage",
        Length,
        "`5m`",
        r#""1h""#,
        "how long clients of the store still get tokens while the store is unreachable; at most 30 days",
    ),
    key(
        "store_connections",
        Count,
        "`16`",
        "16",
        "connections to PostgreSQL, 1 to 1000; up to three more are opened when needed",
    ),
    key(
        "allow_from",
        Networks,
        "every address",
        r#"["10.0.0.0/8"]"#,
        "networks that may connect. Others get 403 over plain http, and no TLS handshake",
    ),
    key(
        "trusted_proxies",
        Networks,
        "none",
        r#"["10.0.0.0/8"]"#,
        "proxies whose `X-Forwarded-For` is trusted, and gateways that [guards](guard.md) believe",
    ),
];

pub const LIMITS: &[ConfigKey] = &[
    key("per_client", Rate, "none", r#""100/s""#, "requests of each client"),
    key("per_address", Rate, "none", r#""20/s""#, "requests of each address"),
    key(
        "connections",
        Count,
        "as many as descriptors allow, at most 10,000",
        "10000",
        "connections at a time",
    ),
    key(
        "connections_per_address",
        Count,
        "a quarter of `connections`",
        "1000",
        "connections of each address at a time",
    ),
    key(
        "new_connections_per_address",
        Rate,
        "`5000/s`",
        r#""100/s""#,
        "new connections of each address; others are closed",
    ),
    key(
        "handshakes_per_address",
        Rate,
        "`1000/s`; `400/s` with RSA-2048, `100/s` with larger RSA keys",
        r#""50/s""#,
        "TLS handshakes of each address; four seconds' worth may come at once",
    ),
    key("idle_timeout", Length, "`20s`", r#""1m""#, "how long a connection may be idle; a second to an hour"),
    key(
        "store_places",
        Count,
        "`32`",
        "32",
        "requests that wait for the store at a time, 1 to 1000; eight times as many queue, others get 503",
    ),
];

pub const TLS: &[ConfigKey] = &[
    key("cert_file", Path, "required", r#""chain.pem""#, "the certificate and its chain, PEM"),
    key("key_file", Path, "required", r#""key.pem""#, "its private key, PEM"),
    key(
        "client_ca_file",
        Path,
        "none",
        r#""clients-ca.pem""#,
        "authorities that issue clients' certificates (`tls_client_auth`, RFC 8705)",
    ),
];

pub const SIGNING: &[ConfigKey] = &[
    key(
        "algorithm",
        Word,
        "what the key is for; `ES256` for a new key",
        r#""ES256""#,
        "ES256, RS256, PS256, ES384, EdDSA, ES512, PS384, PS512; HS256 with a secret",
    ),
    key("key_file", Path, "none", r#""signing.pem""#, "a private key: PEM, DER or JWK"),
    key("secret_file", Path, "none", r#""signing.secret""#, "file with the secret for HS256"),
    key("secret_env", Text, "none", r#""SIGNING_SECRET""#, "variable with the secret for HS256"),
    key(
        "rotate_every",
        Length,
        "never",
        r#""30d""#,
        "how often the store's keys are rotated; at least ten minutes",
    ),
];

pub const METADATA: &[ConfigKey] = &[
    key(
        "strict_rfc8414",
        Flag,
        "`false`",
        "true",
        "leave out `authorization_endpoint`, `response_types_supported` and the members of OpenID, which an issuer without users does not need and many clients demand",
    ),
    key(
        "scopes_supported",
        List,
        "none",
        r#"["orders:read", "orders:write"]"#,
        "the scopes that everybody may know of",
    ),
];

pub const CLIENT: &[ConfigKey] = &[
    key("id", Text, "required", r#""app""#, "the client's id"),
    key("secret_env", Text, "none", r#""APP_SECRET""#, "variable that holds the secret"),
    key(
        "secret_file",
        Path,
        "none",
        r#""app.secret""#,
        "file with the secret; one trailing line end is ignored",
    ),
    key(
        "secret_hash",
        Text,
        "none",
        r#""sha256:…""#,
        "`sha256:` and hex digits, or an argon2id PHC string for secrets chosen by people. `heistctl client hash` prints one",
    ),
    key(
        "auth_method",
        Word,
        "by its keys; with a secret, header or form",
        r#""client_secret_basic""#,
        "client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth",
    ),
    key(
        "assertion_audience",
        Word,
        "`issuer`",
        r#""issuer-or-token-url""#,
        "the `aud` that assertions must have; the second value is for older libraries",
    ),
    key(
        "jwks",
        Jwks,
        "none",
        r#""app.jwks.json""#,
        "its public keys: a file (PEM, JWK or JWK Set), or the set itself as a table",
    ),
    key(
        "jwks_uri",
        Url,
        "none",
        r#""https://app.example.com/jwks.json""#,
        "where it publishes its public keys",
    ),
    key(
        "tls_client_auth_subject_dn",
        Text,
        "none",
        r#""CN=app,O=Example,C=DE""#,
        "subject of its certificate (RFC 8705 section 2.1.2)",
    ),
    key("tls_client_auth_san_dns", Text, "none", r#""app.example.com""#, "DNS name in its certificate"),
    key("tls_client_auth_san_uri", Text, "none", r#""spiffe://example.com/app""#, "URI in its certificate"),
    key("tls_client_auth_san_ip", Text, "none", r#""192.0.2.7""#, "IP address in its certificate"),
    key(
        "tls_client_auth_san_email",
        Text,
        "none",
        r#""app@example.com""#,
        "e-mail address in its certificate",
    ),
    key("tls_certificate", Path, "none", r#""app.pem""#, "file with its own certificates"),
    key(
        "tls_client_certificate_bound_access_tokens",
        Flag,
        "`false`",
        "true",
        "bind its tokens to its TLS certificate, with any authentication method",
    ),
    key("allow_from", Networks, "every address", r#"["10.0.0.0/8"]"#, "networks that it may connect from"),
    key(
        "audiences",
        List,
        "none",
        r#"["https://api.example.com"]"#,
        "resources that it may request tokens for (RFC 8707), besides `audience`",
    ),
    key(
        "default_audiences",
        List,
        "`audience`",
        r#"["https://api.example.com"]"#,
        "audience of its tokens if a request names none; each must be in `audiences`",
    ),
    key(
        "federated",
        IdentityRules,
        "none",
        r#"[{ trust = "github", sub = "repo:acme/api:environment:prod" }]"#,
        "the tokens of trusted issuers that stand for it, in place of a secret: see [no secrets](no-secrets.md)",
    ),
    key(
        "claims_from",
        List,
        "none",
        r#"["repository", "sha", "run_id"]"#,
        "claims of such a token that its own tokens take over; the audit log has them, too",
    ),
    key("introspect", Flag, "`false`", "true", "may introspect any token (RFC 7662)"),
    key("token_exchange", Flag, "`false`", "true", "may exchange tokens (RFC 8693)"),
    key(
        "dpop",
        Word,
        "`optional`",
        r#""required""#,
        "`required`: all its tokens are bound to a key (RFC 9449)",
    ),
    key("scopes", List, "none", r#"["orders:read", "orders:write"]"#, "scopes that it may have"),
    key(
        "default_scopes",
        List,
        "all of `scopes`",
        r#"["orders:read"]"#,
        "scopes of a request without scopes",
    ),
    key(
        "scope_claim",
        Word,
        "`scope` alone",
        r#""scp""#,
        "a claim that repeats the granted scope beside `scope`, for APIs that do not read that: `scp`, `scopes` or `permissions`",
    ),
    key("scope_claim_form", Word, "`string`", r#""list""#, "form of `scope_claim`: `string` or `list`"),
    key("lifetime", Length, "`token_lifetime`", r#""1h""#, "lifetime of its tokens"),
    key(
        "claims",
        Table,
        "none",
        r#"{ team = "orders" }"#,
        "claims that each of its tokens has, besides the registered ones, which cannot be set",
    ),
];
