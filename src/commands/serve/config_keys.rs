//! The keys of heist.toml: what each takes, a value to paste, and what people write in their place.

use crate::commands::configuration::schema::{Key, Kind, Schema, SectionForm, TomlSection};

pub const HEIST_TOML: Schema = Schema {
    file: "heist.toml",
    phase: "configuration",
    sections: &[
        TomlSection { name: "", form: SectionForm::Top, keys: GENERAL, meant: MEANT_GENERAL },
        TomlSection { name: "tls", form: SectionForm::Table, keys: TLS, meant: MEANT_TLS },
        TomlSection { name: "signing", form: SectionForm::Table, keys: SIGNING, meant: MEANT_SIGNING },
        TomlSection { name: "limits", form: SectionForm::Table, keys: LIMITS, meant: MEANT_LIMITS },
        TomlSection { name: "client", form: SectionForm::List, keys: CLIENT, meant: MEANT_CLIENT },
    ],
    flags: &[
        "config",
        "demo",
        "must_exist",
        "check",
        "json",
        "wait_for_store",
        "tls_self_signed",
        "quiet",
        "verbose",
        "color",
    ],
};

const fn key(name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { name, kind, example }
}

const GENERAL: &[Key] = &[
    key("issuer", Kind::Url, "\"https://as.example.com\""),
    key("public_url", Kind::Url, "\"https://tokens.example.com\""),
    key("listen", Kind::Address, "\"127.0.0.1:8001\""),
    key("metrics_listen", Kind::Address, "\"127.0.0.1:9001\""),
    key("insecure_http", Kind::Flag, "true"),
    key("ready_file", Kind::Path, "\"/run/heistctl/ready\""),
    key("log", Kind::Word, "\"json\""),
    key("token_lifetime", Kind::Length, "\"1h\""),
    key("leeway", Kind::Length, "\"5s\""),
    key("audience", Kind::OneOrMore, "\"https://api.example.com\""),
    key("explain_client_errors", Kind::Flag, "true"),
    key("dpop_nonce", Kind::Flag, "true"),
    key("response_types_supported", Kind::Flag, "true"),
    key("audit_log", Kind::Path, "\"audit.log\""),
    key("store", Kind::Text, "\"sqlite:heistctl.db\""),
    key("store_outage", Kind::Length, "\"1h\""),
    key("store_connections", Kind::Count, "16"),
    key("allow_from", Kind::Networks, "[\"10.0.0.0/8\"]"),
    key("trusted_proxies", Kind::Networks, "[\"10.0.0.0/8\"]"),
];

const MEANT_GENERAL: &[(&[&str], &str)] = &[
    (
        &[
            "port",
            "host",
            "bind",
            "bind_address",
            "address",
            "addr",
            "listen_address",
            "listen_addr",
            "http_port",
        ],
        "listen",
    ),
    (
        &[
            "ttl",
            "expires_in",
            "lifetime",
            "token_ttl",
            "expiry",
            "access_token_lifetime",
            "access_token_ttl",
        ],
        "token_lifetime",
    ),
    (&["database", "database_url", "db", "dsn", "storage", "sqlite", "postgres"], "store"),
    (&["base_url", "external_url", "url", "hostname", "domain"], "did you mean public_url, or issuer?"),
    (&["iss", "issuer_url"], "issuer"),
    (&["aud", "audiences"], "audience"),
    (&["clock_skew", "skew", "clock_tolerance"], "leeway"),
    (&["log_format", "log_level", "logging", "logs"], "log"),
    (&["audit", "audit_file"], "audit_log"),
    (&["metrics", "metrics_port", "metrics_address", "prometheus"], "metrics_listen"),
    (&["proxies", "trust_proxy", "trusted_proxy"], "trusted_proxies"),
    (&["tls_cert", "cert", "certificate", "ssl_cert"], "write [tls] and below it cert_file = \"chain.pem\""),
    (&["tls_key", "ssl_key"], "write [tls] and below it key_file = \"key.pem\""),
    (&["client_id"], "write [[client]] and below it id = \"app\""),
    (&["alg"], "write [signing] and below it algorithm = \"ES256\""),
];

const TLS: &[Key] = &[
    key("cert_file", Kind::Path, "\"chain.pem\""),
    key("key_file", Kind::Path, "\"key.pem\""),
    key("client_ca_file", Kind::Path, "\"clients-ca.pem\""),
];

const MEANT_TLS: &[(&[&str], &str)] = &[
    (&["cert", "certificate", "tls_cert", "chain", "chain_file", "cert_path", "crt"], "cert_file"),
    (&["key", "private_key", "tls_key", "key_path"], "key_file"),
    (&["ca", "ca_file", "ca_cert", "client_ca", "cacert"], "client_ca_file"),
    (&["enabled", "enable"], "leave it out: cert_file and key_file turn TLS on"),
];

const SIGNING: &[Key] = &[
    key("algorithm", Kind::Word, "\"ES256\""),
    key("key_file", Kind::Path, "\"signing.pem\""),
    key("secret_env", Kind::Text, "\"SIGNING_SECRET\""),
    key("secret_file", Kind::Path, "\"signing.secret\""),
    key("rotate_every", Kind::Length, "\"30d\""),
];

const MEANT_SIGNING: &[(&[&str], &str)] = &[
    (&["alg"], "algorithm"),
    (&["key", "private_key", "key_path", "private_key_file"], "key_file"),
    (&["rotation", "rotate", "rotation_interval"], "rotate_every"),
];

const LIMITS: &[Key] = &[
    key("per_client", Kind::Rate, "\"100/s\""),
    key("per_address", Kind::Rate, "\"100/s\""),
    key("connections", Kind::Count, "10000"),
    key("connections_per_address", Kind::Count, "1000"),
    key("new_connections_per_address", Kind::Rate, "\"100/s\""),
    key("handshakes_per_address", Kind::Rate, "\"100/s\""),
    key("idle_timeout", Kind::Length, "\"1m\""),
    key("store_places", Kind::Count, "32"),
];

const MEANT_LIMITS: &[(&[&str], &str)] = &[
    (&["per_ip", "rate", "rate_limit", "requests_per_second"], "did you mean per_address, or per_client?"),
    (&["max_connections"], "connections"),
    (&["timeout", "keep_alive"], "idle_timeout"),
];

const CLIENT: &[Key] = &[
    key("id", Kind::Text, "\"app\""),
    key("secret_env", Kind::Text, "\"APP_SECRET\""),
    key("secret_file", Kind::Path, "\"app.secret\""),
    key("secret_hash", Kind::Text, "\"sha256:…\""),
    key("auth_method", Kind::Word, "\"client_secret_basic\""),
    key("assertion_audience", Kind::Word, "\"issuer\""),
    key("jwks", Kind::Jwks, "\"app.jwks.json\""),
    key("jwks_uri", Kind::Url, "\"https://app.example.com/jwks.json\""),
    key("tls_client_auth_subject_dn", Kind::Text, "\"CN=app,O=example\""),
    key("tls_client_auth_san_dns", Kind::Text, "\"app.example.com\""),
    key("tls_client_auth_san_uri", Kind::Text, "\"spiffe://example.com/app\""),
    key("tls_client_auth_san_ip", Kind::Text, "\"192.0.2.7\""),
    key("tls_client_auth_san_email", Kind::Text, "\"app@example.com\""),
    key("tls_certificate", Kind::Path, "\"app.pem\""),
    key("tls_client_certificate_bound_access_tokens", Kind::Flag, "true"),
    key("allow_from", Kind::Networks, "[\"10.0.0.0/8\"]"),
    key("audiences", Kind::List, "[\"https://api.example.com\"]"),
    key("introspect", Kind::Flag, "true"),
    key("token_exchange", Kind::Flag, "true"),
    key("dpop", Kind::Word, "\"required\""),
    key("scopes", Kind::List, "[\"a\", \"b\"]"),
    key("default_scopes", Kind::List, "[\"a\"]"),
    key("lifetime", Kind::Length, "\"1h\""),
    key("claims", Kind::Table, "{ team = \"orders\" }"),
];

/// The one grant of a client of its own.
const ONE_GRANT: &str = "leave it out: every client has the client credentials grant, and no other is offered but token_exchange = true";

const MEANT_CLIENT: &[(&[&str], &str)] = &[
    (&["client_id", "name", "client_name", "identifier"], "id"),
    (&["scope", "allowed_scopes", "permissions"], "scopes"),
    (&["default_scope"], "default_scopes"),
    (&["audience", "aud", "resources", "resource"], "audiences"),
    (
        &[
            "grant_types",
            "grants",
            "allowed_grants",
            "grant_type",
            "redirect_uris",
            "redirect_uri",
            "response_types",
        ],
        ONE_GRANT,
    ),
    (&["token_endpoint_auth_method", "authentication", "auth"], "auth_method"),
    (&["token_lifetime", "ttl", "token_ttl", "expires_in"], "lifetime"),
    (&["public_key", "key", "keys", "key_file"], "jwks"),
    (&["hash", "hashed_secret", "secret_digest", "secret_sha256"], "secret_hash"),
    (&["certificate", "cert", "cert_file"], "tls_certificate"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args;

    #[test]
    fn every_flag_of_serve_is_a_key_or_known_to_be_none() {
        let command = crate::cli::ServeArgs::augment_args(clap::Command::new("serve"));
        for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
            let name = flag.replace('-', "_");
            let is_meant = MEANT_GENERAL.iter().any(|(words, _)| words.contains(&name.as_str()));
            let is_key = HEIST_TOML.top().key(&name).is_some();
            assert!(is_key || is_meant || HEIST_TOML.flags.contains(&name.as_str()), "{flag}");
        }
    }

    #[test]
    fn words_that_people_write_are_no_keys_of_their_section() {
        for section in HEIST_TOML.sections {
            for word in section.meant.iter().flat_map(|(words, _)| *words) {
                assert!(section.key(word).is_none(), "{word}");
            }
        }
    }
}
