//! Reads heist.toml by the table of its keys, and maps names that people write by mistake.

use crate::cli::reference::client_documents::CLIENT_DOCUMENTS;
use crate::cli::reference::configuration::{CLIENT, ConfigKey, LIMITS, METADATA, SIGNING, TLS, TOP};
use crate::cli::reference::guard_keys::{GUARD, RESOURCE};
use crate::cli::reference::trust_keys::TRUST;
use crate::commands::configuration::schema::{Key, Kind, Schema, SectionForm, TomlSection};

pub const HEIST_TOML: Schema = Schema {
    file: "heist.toml",
    phase: "configuration",
    sections: &[
        TomlSection {
            name: "",
            form: SectionForm::Top,
            keys: &keys::<{ TOP.len() }>(TOP),
            meant: MEANT_GENERAL,
        },
        TomlSection {
            name: "tls",
            form: SectionForm::Table,
            keys: &keys::<{ TLS.len() }>(TLS),
            meant: MEANT_TLS,
        },
        TomlSection {
            name: "signing",
            form: SectionForm::Table,
            keys: &keys::<{ SIGNING.len() }>(SIGNING),
            meant: MEANT_SIGNING,
        },
        TomlSection {
            name: "metadata",
            form: SectionForm::Open,
            keys: &keys::<{ METADATA.len() }>(METADATA),
            meant: MEANT_METADATA,
        },
        TomlSection {
            name: "limits",
            form: SectionForm::Table,
            keys: &keys::<{ LIMITS.len() }>(LIMITS),
            meant: MEANT_LIMITS,
        },
        TomlSection {
            name: "client",
            form: SectionForm::List,
            keys: &keys::<{ CLIENT.len() }>(CLIENT),
            meant: MEANT_CLIENT,
        },
        TomlSection {
            name: "trust",
            form: SectionForm::List,
            keys: &keys::<{ TRUST.len() }>(TRUST),
            meant: MEANT_TRUST,
        },
        TomlSection {
            name: "resource",
            form: SectionForm::List,
            keys: &keys::<{ RESOURCE.len() }>(RESOURCE),
            meant: MEANT_RESOURCE,
        },
        TomlSection {
            name: "guard",
            form: SectionForm::List,
            keys: &keys::<{ GUARD.len() }>(GUARD),
            meant: MEANT_GUARD,
        },
        TomlSection {
            name: "client_documents",
            form: SectionForm::List,
            keys: &keys::<{ CLIENT_DOCUMENTS.len() }>(CLIENT_DOCUMENTS),
            meant: MEANT_CLIENT_DOCUMENTS,
        },
    ],
    flags: &[
        "config",
        "demo",
        "must_exist",
        "check",
        "test",
        "clock",
        "script",
        "json",
        "wait_for_store",
        "tls_self_signed",
        "yes_this_is_public",
        "quiet",
        "verbose",
        "color",
    ],
};

/// The keys of a section of the reference.
const fn keys<const N: usize>(section: &[ConfigKey]) -> [Key; N] {
    let mut keys = [Key { name: "", kind: Kind::Text, example: "" }; N];
    let mut at = 0;
    while at < N {
        let ConfigKey { name, kind, example, .. } = section[at];
        keys[at] = Key { name, kind, example };
        at += 1;
    }
    keys
}

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
    (&["log_format", "logging", "logs"], "log"),
    (
        &["log_level", "loglevel", "level", "verbosity"],
        "remove it: -q and -v change how much is logged, and log = \"json\" the format",
    ),
    (&["audit", "audit_file"], "audit_log"),
    (&["metrics", "metrics_port", "metrics_address", "prometheus"], "metrics_listen"),
    (&["proxies", "trust_proxy", "trusted_proxy"], "trusted_proxies"),
    (&["tls_cert", "cert", "certificate", "ssl_cert"], "write [tls] and below it cert_file = \"chain.pem\""),
    (&["tls_key", "ssl_key"], "write [tls] and below it key_file = \"key.pem\""),
    (&["client_id"], "write [[client]] and below it id = \"app\""),
    (&["alg"], "write [signing] and below it algorithm = \"ES256\""),
    (
        &["response_types_supported"],
        "remove it: the metadata has response_types_supported, unless [metadata] has strict_rfc8414 = true",
    ),
];

const MEANT_TLS: &[(&[&str], &str)] = &[
    (&["cert", "certificate", "tls_cert", "chain", "chain_file", "cert_path", "crt"], "cert_file"),
    (&["key", "private_key", "tls_key", "key_path"], "key_file"),
    (&["ca", "ca_file", "ca_cert", "client_ca", "cacert"], "client_ca_file"),
    (&["enabled", "enable"], "remove it: cert_file and key_file turn TLS on"),
];

const MEANT_SIGNING: &[(&[&str], &str)] = &[
    (&["alg"], "algorithm"),
    (&["key", "private_key", "key_path", "private_key_file"], "key_file"),
    (&["rotation", "rotate", "rotation_interval"], "rotate_every"),
];

const MEANT_METADATA: &[(&[&str], &str)] =
    &[(&["strict"], "strict_rfc8414"), (&["scopes", "scope"], "scopes_supported")];

const MEANT_LIMITS: &[(&[&str], &str)] = &[
    (&["per_ip", "rate", "rate_limit", "requests_per_second"], "did you mean per_address, or per_client?"),
    (&["max_connections"], "connections"),
    (&["timeout", "keep_alive"], "idle_timeout"),
];

/// The hint for keys that list grants.
const ONE_GRANT: &str =
    "remove it: every client has the client credentials grant; token_exchange = true adds the only other one";

const MEANT_CLIENT: &[(&[&str], &str)] = &[
    (&["client_id", "name", "client_name", "identifier"], "id"),
    (&["scope", "allowed_scopes", "permissions"], "scopes"),
    (&["default_scope"], "default_scopes"),
    (&["audience", "aud", "resources", "resource"], "audiences"),
    (&["default_audience", "default_resource", "default_resources"], "default_audiences"),
    (&["scp", "scope_claim_name", "scope_claim_names", "permissions_claim"], "scope_claim"),
    (&["scope_claim_type", "scope_claim_format", "scope_format"], "scope_claim_form"),
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
    (&["federation", "identity", "identities", "workload_identity", "trust"], "federated"),
    (&["claims_from_identity", "identity_claims", "copy_claims"], "claims_from"),
];

const MEANT_TRUST: &[(&[&str], &str)] = &[
    (&["id", "trust"], "name"),
    (&["platform", "provider", "type", "kind"], "preset"),
    (&["iss", "issuer_url", "url", "trust_domain"], "issuer"),
    (&["jwks", "jwks_uri", "jwks_url", "jwks_file", "bundle", "key", "discovery"], "keys"),
    (&["algorithm", "alg", "algs"], "algorithms"),
    (&["audience", "aud"], "audiences"),
    (&["lifetime", "ttl", "max_ttl", "max_age"], "max_lifetime"),
];

const MEANT_RESOURCE: &[(&[&str], &str)] = &[
    (&["url", "uri", "resource", "identifier", "audience"], "id"),
    (&["resource_name", "title"], "name"),
    (&["scope", "scopes_supported", "allowed_scopes"], "scopes"),
    (&["accepts", "methods", "token_types"], "accept"),
];

const MEANT_GUARD: &[(&[&str], &str)] = &[
    (&["id", "guard"], "name"),
    (&["audience", "aud", "api", "resource_id"], "resource"),
    (&["route", "rules", "paths", "path", "scopes", "scope", "method", "methods"], "routes"),
    (&["accepts", "token_types"], "accept"),
    (&["iss", "issuer_url", "authorization_server"], "issuer"),
];

const MEANT_CLIENT_DOCUMENTS: &[(&[&str], &str)] = &[
    (&["url", "urls", "allowed", "client_id", "id", "hosts", "host"], "allow"),
    (&["scope", "allowed_scopes", "permissions"], "scopes"),
    (&["audience", "aud", "resources", "resource"], "audiences"),
    (&["token_lifetime", "ttl", "token_ttl", "expires_in"], "lifetime"),
    (&["private", "allow_private_addresses"], "allow_private"),
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
