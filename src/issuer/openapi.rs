//! `/openapi.json` (OpenAPI 3.1), generated from the table of endpoints, so that it never lists an endpoint
//! that does not exist.

use crate::claims::SOURCE_JTIS;
use crate::http::Response;
use crate::issuer::{LogRecord, LoggedResponse, Service, metadata};
use serde_json::{Value, json};

/// The description of a route.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub path: &'static str,
    /// `get` or `post`.
    pub method: &'static str,
    pub summary: &'static str,
    /// The form's parameters; `*` after a name marks a required one.
    pub form: &'static [&'static str],
    /// The members of the 200 answer; `*` after a name marks one that is always present.
    pub answer: &'static [&'static str],
    /// The statuses of errors.
    pub errors: &'static [u16],
    /// The accepted authentication methods; an empty name stands for parameters in the form.
    pub security: &'static [&'static str],
    /// Whether it accepts a DPoP proof.
    pub dpop: bool,
}

/// Answers with the document for these operations. It is generated once per configuration, because that
/// costs as much as many tokens.
#[must_use]
pub fn answer(service: &Service, operations: impl Iterator<Item = Operation>) -> LoggedResponse {
    let response = service.openapi.get_or_init(|| document(service, operations)).clone();
    LoggedResponse { response, record: LogRecord::default() }
}

fn document(service: &Service, operations: impl Iterator<Item = Operation>) -> Response {
    let mut paths = serde_json::Map::new();
    for operation in operations {
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        entry[operation.method] = describe(service, &operation);
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "heistctl", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "MIT"}},
        "servers": [{"url": service.public_url}],
        "paths": paths,
        "components": {
            "schemas": {"Error": object(&["error*", "error_description*", "detail"])},
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

/// The authentication method that requires TLS with client certificates.
pub const MUTUAL_TLS: &str = "tls_client_auth";

fn describe(service: &Service, operation: &Operation) -> Value {
    let mut responses = serde_json::Map::new();
    let ok =
        json!({"description": "OK", "content": {"application/json": {"schema": object(operation.answer)}}});
    responses.insert("200".to_owned(), ok);
    for status in operation.errors {
        let schema = json!({"$ref": "#/components/schemas/Error"});
        let refusal = json!({"description": "refused", "content": {"application/json": {"schema": schema}}});
        responses.insert(status.to_string(), refusal);
    }
    let way = |name: &&str| if name.is_empty() { json!({}) } else { json!({*name: []}) };
    let offered = |name: &&&str| service.settings.client_certificates || **name != MUTUAL_TLS;
    let security: Vec<Value> = operation.security.iter().filter(offered).map(way).collect();
    let mut described = json!({"summary": operation.summary, "responses": responses, "security": security});
    if operation.dpop {
        let what = "a proof that its sender holds the key of the token (RFC 9449)";
        described["parameters"] =
            json!([{"name": "DPoP", "in": "header", "description": what, "schema": {"type": "string"}}]);
    }
    if !operation.form.is_empty() {
        let schema = object(operation.form);
        let content = json!({"application/x-www-form-urlencoded": {"schema": schema}, "application/json": {"schema": schema}});
        described["requestBody"] = json!({"required": true, "content": content});
    }
    described
}

fn object(names: &[&str]) -> Value {
    let mut properties = serde_json::Map::new();
    for name in names {
        properties.insert(name.trim_end_matches('*').to_owned(), schema(name.trim_end_matches('*')));
    }
    let required: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix('*')).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn schema(name: &str) -> Value {
    match name {
        "expires_in" | "exp" | "iat" => json!({"type": "integer"}),
        "active" | "tls_client_certificate_bound_access_tokens" => json!({"type": "boolean"}),
        "keys" => json!({"type": "array", "items": {"type": "object"}}),
        "resource" | "aud" => {
            json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
        }
        "cnf" | "act" | "paths" | "info" => json!({"type": "object"}),
        _ if name == SOURCE_JTIS || name.ends_with("_supported") => {
            json!({"type": "array", "items": {"type": "string"}})
        }
        _ => json!({"type": "string"}),
    }
}
