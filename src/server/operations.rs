//! The operations that `/openapi.json` describes. `*` after a name marks a member that is always there.

use crate::issuer::metadata_members::{EXPECTED, MEMBERS, OPENID};
use crate::issuer::openapi::{MUTUAL_TLS, Operation};

/// Basic, a certificate, or credentials in the form (an empty name).
const AS_CLIENT: &[&str] = &["client_secret_basic", MUTUAL_TLS, ""];
const CREDENTIALS: &[&str] = &["client_id", "client_secret", "client_assertion", "client_assertion_type"];

pub(super) const TOKEN: Operation = Operation {
    id: "issueToken",
    summary: "issue an access token (RFC 6749 section 4.4, RFC 8693)",
    form: &[
        &[
            "grant_type*",
            "scope",
            "resource",
            "audience",
            "subject_token",
            "subject_token_type",
            "actor_token",
            "actor_token_type",
            "requested_token_type",
            "assertion",
        ],
        CREDENTIALS,
    ],
    answer: &[&["access_token*", "token_type*", "expires_in*", "scope", "issued_token_type"]],
    errors: &[401, 411, 415],
    security: AS_CLIENT,
    dpop: true,
};

pub(super) const SHORT_TOKEN: Operation =
    Operation { id: "issueTokenAtShortPath", summary: "the same as /oauth/token", ..TOKEN };

pub(super) const INTROSPECT: Operation = Operation {
    id: "introspectToken",
    summary: "introspect a token (RFC 7662)",
    form: &[&["token*", "token_type_hint"], CREDENTIALS],
    answer: &[&[
        "active*",
        "token_type",
        "iss",
        "sub",
        "client_id",
        "aud",
        "scope",
        "iat",
        "exp",
        "jti",
        "cnf",
        "act",
        "source_jtis",
    ]],
    errors: TOKEN.errors,
    security: AS_CLIENT,
    dpop: false,
};

pub(super) const REVOKE: Operation =
    Operation { id: "revokeToken", summary: "revoke a token (RFC 7009)", answer: &[], ..INTROSPECT };

/// A document that needs no credentials.
const DOCUMENT: Operation =
    Operation { id: "", summary: "", form: &[], answer: &[], errors: &[], security: &[], dpop: false };

pub(super) const PROTECTED_RESOURCE: Operation = Operation {
    id: "getProtectedResource",
    summary: "a resource that needs a token (RFC 6750, RFC 9449)",
    answer: &[&["message*", "client*", "scope*"]],
    errors: &[401],
    security: &["bearer", "dpop"],
    dpop: true,
    ..DOCUMENT
};

pub(super) const RESOURCE_METADATA: Operation = Operation {
    id: "getResourceMetadata",
    summary: "the metadata of the protected resource (RFC 9728)",
    answer: &[&[
        "resource*",
        "resource_name",
        "authorization_servers",
        "scopes_supported",
        "bearer_methods_supported*",
        "tls_client_certificate_bound_access_tokens",
        "dpop_signing_alg_values_supported",
        "dpop_bound_access_tokens_required",
    ]],
    errors: &[404],
    ..DOCUMENT
};

pub(super) const METADATA: Operation = Operation {
    id: "getMetadata",
    summary: "the issuer's metadata (RFC 8414)",
    answer: &[MEMBERS, EXPECTED],
    errors: &[404],
    ..DOCUMENT
};

pub(super) const OPENID_METADATA: Operation = Operation {
    id: "getOpenIdMetadata",
    summary: "the issuer's metadata, where OpenID Connect Discovery looks for it",
    answer: &[MEMBERS, EXPECTED, OPENID],
    ..METADATA
};

pub(super) const JWKS: Operation = Operation {
    id: "getKeys",
    summary: "the public keys that verify tokens (RFC 7517)",
    answer: &[&["keys*"]],
    ..DOCUMENT
};

pub(super) const HEALTH: Operation = Operation {
    id: "getHealth",
    summary: "whether the service is well, and its store reachable",
    answer: &[&["status*", "service*", "reason"]],
    ..DOCUMENT
};

pub(super) const LIVEZ: Operation =
    Operation { id: "getLiveness", summary: "whether the process answers", ..HEALTH };

pub(super) const READYZ: Operation =
    Operation { id: "getReadiness", summary: "whether known clients get tokens", ..HEALTH };

pub(super) const OPENAPI: Operation = Operation {
    id: "getOpenApi",
    summary: "this document",
    answer: &[&["openapi*", "info*", "servers*", "paths*", "components*"]],
    ..DOCUMENT
};

pub(super) const ROOT: Operation = Operation {
    id: "getRoot",
    summary: "where the documents are; with --demo and --test, a page for browsers",
    answer: &[&["service*", "issuer*", "metadata", "openapi*"]],
    ..DOCUMENT
};
