//! The issuer's metadata: the table of its checks. The functions are in `metadata_members` and
//! `metadata_algorithms`.

use super::check::{CheckGroup, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Inquiry, IssuerEvidence};
use super::metadata_algorithms as algorithms;
use super::metadata_members as members;
use super::profile::SecurityProfile as For;

const fn check(
    number: u8,
    name: &'static str,
    weight: Weight,
    judge: fn(&IssuerEvidence) -> Finding,
) -> DoctorCheck {
    DoctorCheck {
        asks: &Inquiry::METADATA,
        ..DoctorCheck::new(CheckGroup::Metadata, number, name, weight, judge)
    }
}

pub(super) const CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        title: "token_endpoint is an https URL without a fragment, and answers",
        section: "RFC 6749 section 3.2; RFC 8414 section 2",
        cure: "name the token endpoint's address as clients reach it from outside",
        breaks: &["every client"],
        asks: &[Inquiry::TokenEmpty],
        ..check(11, "token-endpoint", Weight::Must, members::token_endpoint)
    },
    DoctorCheck {
        title: "grant_types_supported lists client_credentials",
        section: "RFC 8414 section 2",
        cure: "list client_credentials: an absent list means authorization_code and implicit",
        breaks: &["clients that choose their grant by metadata"],
        ..check(12, "grant-types", Weight::Must, members::grant_types)
    },
    DoctorCheck {
        title: "token_endpoint_auth_methods_supported has registered names, and not none alone",
        section: "RFC 8414 section 2; SEP-1046",
        cure: "list the methods, such as client_secret_basic and private_key_jwt",
        breaks: &["MCP clients for machines", "clients that choose their method by metadata"],
        musts: &[For::Mcp],
        ..check(13, "auth-methods", Weight::Compat, members::auth_methods)
    },
    DoctorCheck {
        title: "wherever a method with a JWT is listed, its algorithms are, too",
        section: "RFC 8414 section 2",
        cure: "add token_endpoint_auth_signing_alg_values_supported, and those of introspection and revocation",
        breaks: &["clients with private_key_jwt: they cannot choose an algorithm"],
        ..check(14, "auth-algorithms", Weight::Must, algorithms::auth_algorithms)
    },
    DoctorCheck {
        title: "none is not an algorithm for clients, and HS* only goes with client_secret_jwt",
        section: "RFC 8414 section 2",
        cure: "remove none, and HS256 to HS512 without client_secret_jwt, from the lists",
        breaks: &["nobody, but assertions may be accepted that anybody can make"],
        ..check(15, "no-none", Weight::Must, algorithms::no_none)
    },
    DoctorCheck {
        title: "authorization_endpoint is there",
        section: "RFC 8414 section 2, which allows its absence",
        cure: "name an endpoint that answers unsupported_response_type, even without users",
        breaks: &["MCP SDK for TypeScript", "MCP SDK for Python", "rmcp", "MSAL Python"],
        ..check(16, "authorization-endpoint", Weight::Compat, members::authorization_endpoint)
    },
    DoctorCheck {
        title: "response_types_supported is there, and no list is empty",
        section: "RFC 8414 sections 2 and 3.2",
        cure: "\"response_types_supported\": [\"none\"] for an issuer without users; omit empty lists",
        breaks: &["MCP SDK for TypeScript"],
        ..check(17, "response-types", Weight::Compat, members::response_types)
    },
    DoctorCheck {
        title: "OpenID's document has jwks_uri, subject_types_supported and id_token_signing_alg_values_supported",
        section: "OpenID Connect Discovery section 3",
        cure: "add them: \"subject_types_supported\": [\"public\"] and the algorithm that signs",
        breaks: &[
            "MCP SDK for TypeScript (typescript-sdk#2733)",
            "libraries over Nimbus, as Spring Security",
        ],
        asks: &[Inquiry::OpenIdInserted, Inquiry::OpenIdAppended],
        musts: &[For::Oidc],
        ..check(18, "openid-members", Weight::Compat, members::openid_members)
    },
    DoctorCheck {
        title: "jwks_uri is an https URL that answers; without it there is introspection",
        section: "RFC 8414 section 2",
        cure: "name the key set's address as APIs reach it from outside",
        breaks: &["every API that verifies tokens"],
        asks: &[Inquiry::KeySet],
        ..check(19, "jwks-uri", Weight::Must, members::jwks_uri)
    },
    DoctorCheck {
        title: "introspection and revocation are named, each with its own methods of authentication",
        section: "RFC 8414 section 2; RFC 7662; RFC 7009",
        cure: "add the endpoint and its …_endpoint_auth_methods_supported",
        breaks: &["clients that revoke their tokens", "APIs that introspect"],
        ..check(20, "other-endpoints", Weight::Should, members::other_endpoints)
    },
    DoctorCheck {
        title: "dpop_signing_alg_values_supported has only algorithms with a key pair",
        section: "RFC 9449 section 5.1",
        cure: "remove none and HS* from dpop_signing_alg_values_supported",
        breaks: &["nobody, but proofs may be accepted that anybody can make"],
        ..check(21, "dpop-algorithms", Weight::Must, algorithms::dpop_algorithms)
    },
    DoctorCheck {
        title: "members about client certificates fit each other, and the aliases answer",
        section: "RFC 8705 sections 3.3 and 5",
        cure: "mtls_endpoint_aliases needs certificates somewhere, and https addresses that answer",
        breaks: &["clients with a certificate"],
        asks: &[Inquiry::MtlsToken],
        ..check(22, "mutual-tls", Weight::Must, members::mutual_tls)
    },
    DoctorCheck {
        title: "scopes_supported has valid scopes, each once",
        section: "RFC 6749 section 3.3",
        cure: "list each scope as an element of its own, without blanks and quotes",
        breaks: &["clients that request what is listed"],
        ..check(23, "scopes", Weight::Should, members::scopes)
    },
    DoctorCheck {
        title: "neither the password grant nor the implicit grant is offered",
        section: "RFC 9700 sections 2.1.2 and 2.4; ASVS 10.4.4",
        cure: "remove password and implicit from the grants, and token from the response types",
        breaks: &["nobody: OAuth 2.1 has neither"],
        musts: &[For::Rfc9700, For::Fapi2],
        ..check(24, "old-grants", Weight::Should, members::old_grants)
    },
    DoctorCheck {
        title: "strangers cannot register clients",
        section: "RFC 7591 section 5; ASVS 10.4.7",
        cure: "require an initial access token, or switch registration off",
        breaks: &["nobody, but anybody can fill the registry"],
        asks: &[Inquiry::Registration],
        ..check(25, "open-registration", Weight::Should, members::open_registration)
    },
    DoctorCheck {
        title: "client_id_metadata_document_supported is true",
        section: "MCP authorization, client registration",
        cure: "accept clients by the URL of their document; heistctl: [client_documents] in heist.toml",
        breaks: &["MCP clients that nobody has registered"],
        ..check(26, "client-documents", Weight::Info, members::client_documents)
    },
    DoctorCheck {
        title: "all endpoints are on the issuer's origin",
        section: "-",
        cure: "no cure is needed if the other host is yours",
        breaks: &["nobody"],
        ..check(27, "one-origin", Weight::Info, members::one_origin)
    },
    DoctorCheck {
        title: "each of protected_resources has a document that names this issuer",
        section: "RFC 9728 section 4",
        cure: "serve /.well-known/oauth-protected-resource there, with authorization_servers",
        breaks: &["clients that find the resource by the issuer"],
        asks: &[Inquiry::ResourceMetadata],
        ..check(28, "protected-resources", Weight::Should, members::protected_resources)
    },
    DoctorCheck {
        title: "FAPI 2: PS256, ES256 or EdDSA; private_key_jwt or certificates; DPoP or certificates",
        section: "FAPI 2.0 security profile sections 5.3.2 and 5.4.1",
        cure: "remove the other methods and algorithms from the metadata, and switch them off",
        breaks: &["clients that FAPI 2 certifies"],
        ..check(29, "fapi2", Weight::Must, algorithms::fapi2)
    },
];
