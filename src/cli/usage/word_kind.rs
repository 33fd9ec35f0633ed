//! Guesses what a typed word is: a URL, a method, a scope.

/// The methods of RFC 9110 section 9, and PATCH (RFC 5789).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

pub(super) fn is_web_url(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}

pub(super) fn is_method(text: &str) -> bool {
    METHODS.iter().any(|method| method.eq_ignore_ascii_case(text))
}

/// Matches `orders:read`, but not `localhost:8080`, `mailto:…`, or `app:hunter2` of curl's -u.
pub(super) fn is_scope_like(text: &str) -> bool {
    let fits = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*'))
    };
    let has_no_digit =
        |scope: &str| scope.split(':').skip(1).all(|part| !part.bytes().any(|byte| byte.is_ascii_digit()));
    text.split([',', ' '])
        .all(|scope| scope.contains(':') && scope.split(':').all(fits) && has_no_digit(scope))
}
