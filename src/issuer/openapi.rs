//! `/openapi.json` (OpenAPI 3.1), generated from the table of endpoints, so that it never lists an endpoint
//! that does not exist.

use crate::claims::SOURCE_JTIS;
use crate::http::Response;
use crate::issuer::request::{JWT_BEARER, TOKEN_EXCHANGE};
use crate::issuer::{LogRecord, LoggedResponse, Service, metadata};
use serde_json::{Map, Value, json};

pub const PATH: &str = "/openapi.json";

/// The description of a route.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Unique; code generators name functions by it.
    pub id: &'static str,
    pub summary: &'static str,
    /// The form's parameters; `*` after a name marks a required one.
    pub form: &'static [&'static [&'static str]],
    /// The members of the 200 answer; `*` after a name marks one that is always present.
    pub answer: &'static [&'static [&'static str]],
    /// The statuses of errors, besides those of every operation.
    pub errors: &'static [u16],
    /// The accepted authentication methods; an empty name stands for parameters in the form.
    pub security: &'static [&'static str],
    /// Whether it accepts a DPoP proof.
    pub dpop: bool,
}

/// The authentication method that requires TLS with client certificates.
pub const MUTUAL_TLS: &str = "tls_client_auth";

/// Every error status, with its meaning.
const ERRORS: [(u16, &str); 14] = [
    (400, "the request is malformed or not allowed"),
    (401, "the credentials are missing or wrong"),
    (403, "the network, or the scope, is not allowed"),
    (404, "the issuer has no metadata"),
    (408, "the request did not arrive in time"),
    (411, "the length of the body is missing"),
    (413, "the body is too large"),
    (414, "the target is too long"),
    (415, "the body has another media type or coding"),
    (417, "the expectation is not met"),
    (429, "too many requests"),
    (431, "the header fields are too large"),
    (500, "the server failed; its log says why"),
    (503, "the server cannot answer now"),
];
/// The statuses that every operation may answer.
const COMMON_ERRORS: [u16; 10] = [400, 403, 408, 413, 414, 417, 429, 431, 500, 503];

/// Answers with the document for these operations, each with its path and method. It is generated once per
/// configuration, because that costs as much as many tokens.
#[must_use]
pub fn answer(
    service: &Service,
    operations: impl Iterator<Item = (&'static str, &'static str, Operation)>,
) -> LoggedResponse {
    let response = service.openapi.get_or_init(|| document(service, operations)).clone();
    LoggedResponse { response, record: LogRecord::default() }
}

fn document(
    service: &Service,
    operations: impl Iterator<Item = (&'static str, &'static str, Operation)>,
) -> Response {
    let mut paths = Map::new();
    for (path, method, operation) in operations {
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[method.to_ascii_lowercase()] = describe(service, &operation);
    }
    let responses: Map<String, Value> = ERRORS.iter().map(|(status, what)| error(*status, what)).collect();
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "heistctl", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": service.public_url}],
        "paths": paths,
        "components": {
            "schemas": {"Error": answered(&[&["error*", "error_description*", "detail"]])},
            "responses": responses,
            "securitySchemes": {
                "client_secret_basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "dpop": {"type": "http", "scheme": "dpop"},
                MUTUAL_TLS: {"type": "mutualTLS"},
            },
        },
    });
    Response::cacheable(&document, Some(metadata::MAX_AGE))
}

/// The answer of every operation with that status, and its name.
fn error(status: u16, what: &str) -> (String, Value) {
    let field = |required: bool| json!({"required": required, "schema": {"type": "string"}});
    let mut headers = json!({});
    match status {
        401 => headers["WWW-Authenticate"] = field(true),
        429 | 503 => headers["Retry-After"] = field(true),
        _ => {}
    }
    if matches!(status, 400 | 401) {
        headers["DPoP-Nonce"] = field(false);
    }
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}});
    (error_name(status), json!({"description": what, "headers": headers, "content": content}))
}

fn error_name(status: u16) -> String {
    format!("Error{status}")
}

fn describe(service: &Service, operation: &Operation) -> Value {
    let way = |name: &&str| if name.is_empty() { json!({}) } else { json!({*name: []}) };
    let offered = |name: &&&str| service.settings.client_certificates || **name != MUTUAL_TLS;
    let security: Vec<Value> = operation.security.iter().filter(offered).map(way).collect();
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "responses": responses(operation),
        "security": security,
    });
    if operation.dpop {
        let what = "a proof that its sender holds the key of the token (RFC 9449)";
        described["parameters"] =
            json!([{"name": "DPoP", "in": "header", "description": what, "schema": {"type": "string"}}]);
    }
    if !operation.form.is_empty() {
        let content = json!({
            "application/x-www-form-urlencoded": {"schema": form(operation.form)},
            "application/json": {"schema": json_body(operation.form)},
        });
        described["requestBody"] = json!({"required": true, "content": content});
    }
    described
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let cached = json!({"Cache-Control": {"required": true, "schema": {"type": "string"}}});
    let content = json!({"application/json": {"schema": answered(operation.answer)}});
    let ok = json!({"description": "OK", "headers": cached, "content": content});
    let mut statuses: Vec<u16> = COMMON_ERRORS.iter().chain(operation.errors).copied().collect();
    statuses.sort_unstable();
    let refused = |status: u16| json!({"$ref": format!("#/components/responses/{}", error_name(status))});
    let refusals = statuses.into_iter().map(|status| (status.to_string(), refused(status)));
    std::iter::once(("200".to_owned(), ok)).chain(refusals).collect()
}

/// The members of an answer.
fn answered(names: &[&[&str]]) -> Value {
    object(names, |name, _| answer_member(name))
}

fn form(names: &[&[&str]]) -> Value {
    object(names, |name, is_required| match is_required {
        // An empty value counts as omitted (RFC 6749 section 3.2).
        true => filled(parameter(name)),
        false => parameter(name),
    })
}

/// The article's JSON has no `grant_type`, and `null` counts as omitted.
fn json_body(names: &[&[&str]]) -> Value {
    let mut body = object(names, |name, is_required| match is_required && name != GRANT_TYPE {
        true => filled(parameter(name)),
        false => json!({"oneOf": [parameter(name), {"type": "null"}]}),
    });
    if let Some(required) = body["required"].as_array_mut() {
        required.retain(|name| name != GRANT_TYPE);
    }
    body
}

const GRANT_TYPE: &str = "grant_type";

fn filled(mut schema: Value) -> Value {
    if schema.get("enum").is_none() {
        schema["minLength"] = json!(1);
    }
    schema
}

fn object(names: &[&[&str]], schema: impl Fn(&str, bool) -> Value) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for marked in names.iter().copied().flatten() {
        let name = marked.trim_end_matches('*');
        let is_required = name.len() < marked.len();
        properties.insert(name.to_owned(), schema(name, is_required));
        required.extend(is_required.then_some(name));
    }
    json!({"type": "object", "properties": properties, "required": required})
}

fn parameter(name: &str) -> Value {
    match name {
        GRANT_TYPE => json!({"type": "string", "enum": ["client_credentials", TOKEN_EXCHANGE, JWT_BEARER]}),
        "resource" | "audience" => one_or_more(),
        _ => json!({"type": "string"}),
    }
}

fn answer_member(name: &str) -> Value {
    match name {
        "expires_in" | "exp" | "iat" => json!({"type": "integer"}),
        "active"
        | "tls_client_certificate_bound_access_tokens"
        | "client_id_metadata_document_supported"
        | "dpop_bound_access_tokens_required" => {
            json!({"type": "boolean"})
        }
        "keys" => {
            let key =
                json!({"type": "object", "properties": {"kty": {"type": "string"}}, "required": ["kty"]});
            json!({"type": "array", "items": key})
        }
        "aud" => one_or_more(),
        "status" => json!({"type": "string", "enum": ["healthy", "degraded", "unhealthy"]}),
        "cnf" | "act" | "paths" | "info" | "components" => json!({"type": "object"}),
        "servers" => json!({"type": "array", "items": {"type": "object"}}),
        "protected_resources" | "authorization_servers" => texts(),
        _ if name == SOURCE_JTIS || name.ends_with("_supported") => texts(),
        _ => json!({"type": "string"}),
    }
}

fn texts() -> Value {
    json!({"type": "array", "items": {"type": "string"}})
}

fn one_or_more() -> Value {
    json!({"oneOf": [{"type": "string"}, texts()]})
}
