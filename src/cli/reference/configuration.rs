//! The keys of heist.toml: `heistctl help config`, and what docs/configuration.md is compared with.

/// A section of the file.
#[derive(Debug)]
pub struct ConfigSection {
    /// `[limits]`; empty for the keys above all sections.
    pub header: &'static str,
    pub keys: &'static [ConfigKey],
}

/// A key. Its texts are Markdown, as in the document.
#[derive(Debug)]
pub struct ConfigKey {
    pub name: &'static str,
    pub default: &'static str,
    /// A value as TOML writes it.
    pub example: &'static str,
    pub meaning: &'static str,
}

const fn key(
    name: &'static str,
    default: &'static str,
    example: &'static str,
    meaning: &'static str,
) -> ConfigKey {
    ConfigKey { name, default, example, meaning }
}

pub const HEIST_TOML: [ConfigSection; 5] = [
    ConfigSection { header: "", keys: TOP },
    ConfigSection { header: "[limits]", keys: LIMITS },
    ConfigSection { header: "[tls]", keys: TLS },
    ConfigSection { header: "[signing]", keys: SIGNING },
    ConfigSection { header: "[[client]]", keys: CLIENT },
];

const TOP: &[ConfigKey] = &[
    key(
        "issuer",
        "the listen URL",
        r#""https://tokens.example.com""#,
        "`iss` of the tokens. A URL gives clients metadata (RFC 8414); a plain name works without. `--issuer` comes first",
    ),
    key(
        "public_url",
        "the issuer if it is a URL, else the listen URL",
        r#""https://tokens.example.com""#,
        "where clients reach the endpoints: the base of all addresses in metadata, and of DPoP's `htu`",
    ),
    key(
        "listen",
        "`127.0.0.1:8001`",
        r#""127.0.0.1:8001""#,
        "address and port; port 0 takes a free one. `--listen` and `HEISTCTL_LISTEN` come first",
    ),
    key("token_lifetime", "`1h`", r#""30m""#, "lifetime of tokens; at least a second"),
    key(
        "leeway",
        "`5s`",
        r#""10s""#,
        "how far clocks may differ when tokens, assertions and proofs are checked; at most ten minutes",
    ),
    key(
        "audience",
        "none",
        r#"["https://api.example.com"]"#,
        "`aud` of the tokens, a text or a list. Tokens with an audience, also one that `resource` asked for, are of type `at+jwt` (RFC 9068)",
    ),
    key(
        "explain_client_errors",
        "`false`",
        "true",
        "tell an unknown client from a wrong secret. Outside a test network that helps attackers",
    ),
    key(
        "dpop_nonce",
        "`false`",
        "true",
        "demand a nonce of the server in every DPoP proof (RFC 9449 section 8)",
    ),
    key(
        "response_types_supported",
        "`false`",
        "true",
        "put an empty `response_types_supported` into the metadata, for client libraries that require the member",
    ),
    key(
        "audit_log",
        "none",
        r#""audit.log""#,
        "record each decision as a JSON line: a file, a FIFO, `stdout` or `syslog`",
    ),
    key(
        "store",
        "a SQLite file of the user",
        r#""sqlite:clients.db""#,
        "clients, signing keys and revocations: `sqlite:PATH`, `postgres://HOST/DATABASE` or `memory:`. `--store` and `HEISTCTL_STORE` come first",
    ),
    key(
        "store_outage",
        "`5m`",
        r#""15m""#,
        "how long clients of the store still get tokens while the store is away",
    ),
    key(
        "store_connections",
        "`16`",
        "8",
        "connections to PostgreSQL, 1 to 1000; up to three more are opened when needed",
    ),
    key(
        "allow_from",
        "every address",
        r#"["10.0.0.0/8", "::1"]"#,
        "networks that may connect. Others get 403 over plain http, and no TLS handshake",
    ),
    key("trusted_proxies", "none", r#"["10.0.0.5"]"#, "proxies whose `X-Forwarded-For` is believed"),
];

const LIMITS: &[ConfigKey] = &[
    key("per_client", "none", r#""100/s""#, "requests of each client"),
    key("per_address", "none", r#""20/s""#, "requests of each address"),
    key("connections", "as many as descriptors allow, at most 10,000", "5000", "connections at a time"),
    key(
        "connections_per_address",
        "a quarter of `connections`",
        "500",
        "connections of each address at a time",
    ),
    key(
        "new_connections_per_address",
        "`5000/s`",
        r#""100/s""#,
        "new connections of each address; others are closed",
    ),
    key(
        "handshakes_per_address",
        "`1000/s`; `400/s` with RSA-2048, `100/s` with larger RSA keys",
        r#""50/s""#,
        "TLS handshakes of each address; four seconds' worth may come at once",
    ),
    key("idle_timeout", "`20s`", r#""1m""#, "how long a connection may be idle"),
    key(
        "store_places",
        "`32`",
        "64",
        "requests that wait for the store at a time, 1 to 1000; eight times as many queue, others get 503",
    ),
];

const TLS: &[ConfigKey] = &[
    key("cert_file", "required", r#""server.pem""#, "the certificate and its chain, PEM"),
    key("key_file", "required", r#""server.key""#, "its private key, PEM"),
    key(
        "client_ca_file",
        "none",
        r#""ca.pem""#,
        "authorities that issue clients' certificates (`tls_client_auth`, RFC 8705)",
    ),
];

const SIGNING: &[ConfigKey] = &[
    key(
        "algorithm",
        "what the key is for; `ES256` for a new key",
        r#""ES384""#,
        "ES256, RS256, PS256, ES384, EdDSA, ES512, PS384, PS512; HS256 with a secret",
    ),
    key("key_file", "none", r#""signing.pem""#, "a private key: PEM, DER or JWK"),
    key("secret_file", "none", r#""signing.secret""#, "file with the secret for HS256"),
    key("secret_env", "none", r#""SIGNING_SECRET""#, "variable with the secret for HS256"),
    key("rotate_every", "never", r#""30d""#, "replace the store's keys by themselves; at least ten minutes"),
];

const CLIENT: &[ConfigKey] = &[
    key("id", "required", r#""backend""#, "the client's id"),
    key("secret_env", "none", r#""BACKEND_SECRET""#, "variable that holds the secret"),
    key(
        "secret_file",
        "none",
        r#""backend.secret""#,
        "file with the secret; one line end after it does not count",
    ),
    key(
        "secret_hash",
        "none",
        r#""sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8""#,
        "`sha256:` and hex digits, or an argon2id PHC string for secrets that people made up. `heistctl client hash` prints one",
    ),
    key(
        "auth_method",
        "by its keys; with a secret, header or form",
        r#""client_secret_basic""#,
        "client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth",
    ),
    key(
        "assertion_audience",
        "`issuer`",
        r#""issuer-or-token-url""#,
        "the `aud` that assertions must have; the second value is for older libraries",
    ),
    key(
        "jwks",
        "none",
        r#""agent.pub.pem""#,
        "its public keys: a file (PEM, JWK or JWK Set), or the set itself as a table",
    ),
    key(
        "jwks_uri",
        "none",
        r#""https://backend.example.com/jwks.json""#,
        "where it publishes its public keys",
    ),
    key(
        "tls_client_auth_subject_dn",
        "none",
        r#""CN=backend,O=Example,C=DE""#,
        "subject of its certificate (RFC 8705 section 2.1.2)",
    ),
    key("tls_client_auth_san_dns", "none", r#""backend.example.com""#, "DNS name in its certificate"),
    key("tls_client_auth_san_uri", "none", r#""spiffe://example.com/backend""#, "URI in its certificate"),
    key("tls_client_auth_san_ip", "none", r#""192.0.2.7""#, "IP address in its certificate"),
    key("tls_client_auth_san_email", "none", r#""backend@example.com""#, "e-mail address in its certificate"),
    key("tls_certificate", "none", r#""worker.pem""#, "file with its own certificates"),
    key(
        "tls_client_certificate_bound_access_tokens",
        "`false`",
        "true",
        "bind its tokens to the certificate that it shows, whichever way it authenticates",
    ),
    key("allow_from", "every address", r#"["10.0.0.0/8"]"#, "networks that it may ask from"),
    key(
        "audiences",
        "none",
        r#"["https://orders.example.com"]"#,
        "resources that it may ask tokens for (RFC 8707), besides `audience`",
    ),
    key("introspect", "`false`", "true", "may ask what any token is (RFC 7662)"),
    key("token_exchange", "`false`", "true", "may act for others (RFC 8693)"),
    key("dpop", "`optional`", r#""required""#, "`required`: all its tokens are bound to a key (RFC 9449)"),
    key("scopes", "none", r#"["orders:read", "orders:write"]"#, "scopes that it may have"),
    key("default_scopes", "all of `scopes`", r#"["orders:read"]"#, "scopes of a request that names none"),
    key("lifetime", "`token_lifetime`", r#""15m""#, "lifetime of its tokens"),
    key(
        "claims",
        "none",
        r#"{ team = "heist" }"#,
        "claims that each of its tokens has, besides the registered ones, which cannot be set",
    ),
];
