//! Reads a request's body by its media type, and the parameters in it.

use crate::http::Request;
use crate::http::params::{ParamError, Params};
use crate::issuer::error::{Dialect, Refusal};
use crate::text::truncate;

/// The limit of a content coding that an error repeats, in characters.
const MAX_CODING: usize = 40;

/// The dialect of a request by its media type.
///
/// # Errors
/// 415 for any other type, answered in the form's dialect.
pub fn dialect(request: &Request) -> Result<Dialect, Refusal> {
    match request.media_type().as_deref() {
        Some("application/x-www-form-urlencoded") => Ok(Dialect::Form),
        Some("application/json") => Ok(Dialect::Json),
        Some(_) => Err(Refusal::UnsupportedMediaType(
            "the Content-Type must be application/x-www-form-urlencoded or application/json".to_owned(),
        )),
        None => Err(Refusal::UnsupportedMediaType(
            "the Content-Type is missing: send application/x-www-form-urlencoded or application/json"
                .to_owned(),
        )),
    }
}

/// Reads the body's parameters.
///
/// # Errors
/// `invalid_request` with the reason; 413 if the body is too long, 415 if it is compressed.
pub fn read(request: &Request, dialect: Dialect) -> Result<Params, Refusal> {
    if let Some(coding) = request.content_coding() {
        let coding = truncate(coding, MAX_CODING);
        return Err(Refusal::UnsupportedCoding(format!(
            "the body has Content-Encoding {coding:?}, which is not decoded here: send the body as it is"
        )));
    }
    let params = match dialect {
        Dialect::Form => Params::from_form(&request.body),
        Dialect::Json => Params::from_json(&request.body),
    };
    params.map_err(invalid)
}

/// Checks the types of all parameters.
///
/// # Errors
/// `invalid_request` if one is a JSON value other than a string.
pub fn check_types(params: &Params) -> Result<(), Refusal> {
    params.check_types().map_err(invalid)
}

/// A required parameter.
///
/// # Errors
/// `invalid_request` if it is missing.
pub fn required<'a>(params: &'a Params, name: &'static str) -> Result<&'a str, Refusal> {
    optional(params, name)?.ok_or_else(|| Refusal::InvalidRequest(format!("{name} is missing")))
}

/// An optional parameter.
///
/// # Errors
/// `invalid_request` if it is a JSON value other than a string.
pub fn optional<'a>(params: &'a Params, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    params.get(name).map_err(invalid)
}

/// All distinct values of a parameter that may be repeated.
///
/// # Errors
/// `invalid_request` if one is a JSON value other than a string.
pub fn all<'a>(params: &'a Params, name: &'static str) -> Result<Vec<&'a str>, Refusal> {
    params.all(name).map_err(invalid)
}

fn invalid(error: ParamError) -> Refusal {
    match error {
        ParamError::TooLarge(_) => Refusal::TooLarge(error.to_string()),
        error => Refusal::InvalidRequest(error.to_string()),
    }
}
