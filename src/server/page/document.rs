//! The page as a document: one text with its style and script, and the header fields that confine it.

use crate::http::{Request, Response};
use crate::jose::digest::sha256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("tools.js"),
    include_str!("cases.js"),
    include_str!("bench.js"),
    include_str!("page.js")
);

/// The page, with style and script in it.
static HTML: LazyLock<String> =
    LazyLock::new(|| include_str!("page.html").replacen("{STYLE}", STYLE, 1).replacen("{SCRIPT}", SCRIPT, 1));

/// Its content security policy: this style, this script, and requests to this server.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(sha256(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

/// The form of the answer at `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Html,
    Text,
    /// The answer of every other server.
    Json,
}

impl Wanted {
    /// Chooses by the Accept header (RFC 9110 section 12.5.1). Browsers name `text/html`; curl accepts all, and
    /// gets text.
    pub(super) fn of(request: &Request) -> Self {
        let ranges = || request.headers.all("Accept").flat_map(|value| value.split(','));
        let weight = |wanted: &str| {
            let of = |range: &str| {
                let mut parts = range.split(';').map(str::trim);
                let is_it = parts.next()?.eq_ignore_ascii_case(wanted);
                let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
                is_it.then(|| weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok()).unwrap_or(0.0))
            };
            ranges().find_map(of).unwrap_or(0.0)
        };
        let (html, json) = (weight("text/html"), weight("application/json"));
        let text = weight("text/plain").max(weight("text/*"));
        if html > 0.0 && html >= text.max(json) {
            Self::Html
        } else if json > text {
            Self::Json
        } else {
            Self::Text
        }
    }
}

pub(super) fn html() -> Response {
    let page = of("text/html; charset=utf-8", HTML.clone());
    page.header("Content-Security-Policy", POLICY.as_str())
        .header("Cross-Origin-Opener-Policy", "same-origin")
        .header("X-Frame-Options", "DENY")
}

pub(super) fn text(text: String) -> Response {
    of("text/plain; charset=utf-8", text)
}

fn of(media_type: &'static str, body: String) -> Response {
    let response = Response { body: body.into_bytes(), ..Response::empty(200) };
    protected(response.header("Content-Type", media_type).header("Cache-Control", "no-store"))
        .header("Vary", "Accept")
}

/// An answer that a page of another origin cannot use as something else.
pub(super) fn protected(response: Response) -> Response {
    response
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "no-referrer")
        .header("Cross-Origin-Resource-Policy", "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Headers, Method};

    #[test]
    fn browsers_get_the_page_and_programs_get_text() {
        for (accept, wanted) in [
            (&[][..], Wanted::Text),
            (&["*/*"], Wanted::Text),
            (&["text/plain"], Wanted::Text),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Wanted::Html),
            (&["TEXT/HTML ; Q=0.5", "text/plain;q=0.4"], Wanted::Html),
            (&["text/html;q=0.5, text/plain"], Wanted::Text),
            (&["text/html;q=0"], Wanted::Text),
            (&["text/html;q=x"], Wanted::Text),
            (&["application/json"], Wanted::Json),
            (&["application/json, text/plain, */*"], Wanted::Text),
            (&["\\"], Wanted::Text),
        ] {
            let mut headers = Headers::default();
            accept.iter().for_each(|value| headers.push("Accept", *value));
            let found = Wanted::of(&Request::new(Method::Get, "/", headers, b""));
            assert_eq!(found, wanted, "{accept:?}");
        }
    }

    /// The policy lets nothing inline run but the two that it names.
    #[test]
    fn the_page_is_whole_and_has_no_style_or_script_but_its_own() {
        let page = &*HTML;
        assert!(page.contains(STYLE) && page.contains(SCRIPT) && !page.contains("{SCRIPT}"));
        let markup = page.replacen(STYLE, "", 1).replacen(SCRIPT, "", 1);
        assert_eq!((markup.matches("<script").count(), markup.matches("<style").count()), (1, 1));
        for wrong in [" style=", " onclick=", "javascript:", "http://", "https://", "src="] {
            assert!(!markup.contains(wrong), "the page has {wrong}");
        }
        for wrong in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://"] {
            assert!(!SCRIPT.contains(wrong), "the script has {wrong}");
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
