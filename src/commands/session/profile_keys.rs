//! The keys of config.toml: their types, examples, and common wrong names.

use crate::commands::configuration::schema::{Key, Kind, Schema, SectionForm, TomlSection};

pub const CONFIG_TOML: Schema = Schema {
    file: "config.toml",
    phase: "profile",
    sections: &[
        TomlSection { name: "", form: SectionForm::Top, keys: &[], meant: &[] },
        TomlSection { name: "profile", form: SectionForm::Named, keys: PROFILE, meant: MEANT },
    ],
    flags: &["config", "json", "output", "verbose", "quiet", "color"],
};

const fn key(name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { name, kind, example }
}

const PROFILE: &[Key] = &[
    key("issuer", Kind::Url, "\"https://as.example.com\""),
    key("token_url", Kind::Url, "\"https://as.example.com/oauth/token\""),
    key("client_id", Kind::Text, "\"app\""),
    key("client_secret_file", Kind::Path, "\"app.secret\""),
    key("secret_command", Kind::List, "[\"pass\", \"show\", \"app\"]"),
    key("identity", Kind::Text, "\"kubernetes\""),
    key("identity_command", Kind::List, "[\"spire-agent\", \"api\", \"fetch\"]"),
    key("identity_audience", Kind::Text, "\"https://as.example.com\""),
    key("assertion_type", Kind::Word, "\"jwt-bearer\""),
    key("grant", Kind::Word, "\"token-exchange\""),
    key("subject_token_file", Kind::Path, "\"subject.jwt\""),
    key("subject_token_type", Kind::Text, "\"jwt\""),
    key("actor_token_file", Kind::Path, "\"actor.jwt\""),
    key("requested_token_type", Kind::Text, "\"access_token\""),
    key("auth_method", Kind::Word, "\"client_secret_basic\""),
    key("client_key", Kind::Path, "\"key.pem\""),
    key("client_cert", Kind::Path, "\"chain.pem\""),
    key("client_cert_key", Kind::Path, "\"key.pem\""),
    key("assertion_audience", Kind::Text, "\"https://as.example.com\""),
    key("dpop", Kind::Flag, "true"),
    key("dpop_key", Kind::Path, "\"dpop.pem\""),
    key("scope", Kind::List, "[\"a\", \"b\"]"),
    key("resource", Kind::List, "[\"https://api.example.com\"]"),
    key("audience", Kind::Text, "\"https://api.example.com\""),
    key("params", Kind::Table, "{ tenant = \"a\" }"),
    key("cacert", Kind::Path, "\"ca.pem\""),
    key("timeout", Kind::Length, "\"30s\""),
    key("insecure_http", Kind::Flag, "true"),
];

const MEANT: &[(&[&str], &str)] = &[
    (&["id", "client"], "client_id"),
    (&["scopes"], "scope"),
    (&["url", "token_endpoint"], "token_url"),
    (&["resources"], "resource"),
    (&["secret_file"], "client_secret_file"),
];
