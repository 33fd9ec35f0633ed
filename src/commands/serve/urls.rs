//! The URLs by which a server is known: its issuer and `public_url`.

use super::prepare::wrong;
use crate::client::endpoint::Endpoint;
use crate::commands::environment::is_variable_name;
use crate::exit::Failure;

/// Any name will do for an issuer; one that is a URL is https (or loopback), without a query, a
/// fragment or credentials (RFC 8414 section 2).
pub(super) fn check_issuer(issuer: &str) -> Result<(), Failure> {
    const HINT: &str = "write it as https://as.example.com";
    no_placeholder("issuer", issuer)?;
    if issuer.is_empty() || !issuer.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>".contains(&byte))
    {
        return Err(wrong("the issuer is empty, or has characters that no URL has").hint(HINT));
    }
    if !issuer.contains("://") {
        return Ok(());
    }
    if issuer.contains(['?', '#']) {
        return Err(wrong("the issuer has a query or a fragment (RFC 8414 section 2)").hint(HINT));
    }
    let is_plain = issuer.starts_with("https://") || issuer.starts_with("http://");
    match Endpoint::parse(issuer, false) {
        Ok(_) if is_plain => Ok(()),
        Ok(_) => Err(wrong("the issuer's scheme is not in small letters").hint(HINT)),
        Err(error) => Err(wrong(format!("the issuer: {error}")).hint(HINT)),
    }
}

/// Refuses what some template or shell should have replaced.
fn no_placeholder(key: &str, value: &str) -> Result<(), Failure> {
    let Some(placeholder) = placeholder(value) else { return Ok(()) };
    let what = format!("{key} still has the placeholder {placeholder}: heist.toml expands no variables");
    Err(wrong(what).hint(format!(
        "write the value itself, or make the file by envsubst; {key} = \"https://as.example.com\""
    )))
}

/// The first `${NAME}` in a text.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    let start = text.find("${")?;
    let end = text[start..].find('}')?;
    let found = &text[start..=start + end];
    is_variable_name(&found[2..found.len() - 1]).then_some(found)
}

pub(super) fn check_public_url(url: &str) -> Result<(), Failure> {
    no_placeholder("public_url", url)?;
    let fine = Endpoint::parse(url, true).is_ok_and(|url| url.uri().query().is_none());
    if fine {
        Ok(())
    } else {
        Err(wrong("public_url is not a URL, or has a query").hint("write it as https://tokens.example.com"))
    }
}
