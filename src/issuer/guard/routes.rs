//! The routes of a guard: which scopes a method and a path need. The first route that fits counts.

use super::path::{OddPath, segments};
use crate::scope::ScopeSet;

/// A pattern of paths: segments, `*` for any one segment, and at the end `**` for any number of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern(Vec<PatternPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum PatternPart {
    /// This segment, decoded.
    Exact(String),
    /// One segment that is not empty.
    One,
    /// The rest, even if it is empty.
    Rest,
}

/// Why a text is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("{0}")]
    Path(OddPath),
    #[error("** stands for the rest of the path, so nothing may follow it")]
    AfterRest,
    #[error("* and ** stand for whole segments, such as /orders/*")]
    Within,
    #[error("it has a query, and only the path is compared")]
    Query,
}

impl PathPattern {
    /// Parses a pattern such as `/orders/*/items` or `/orders/**`.
    ///
    /// # Errors
    /// [`PatternError`]
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.contains(['?', '#']) {
            return Err(PatternError::Query);
        }
        let written: Vec<&str> = text.split('/').skip(1).collect();
        let part = |(segment, written): (String, &&str)| match *written {
            "*" => Ok(PatternPart::One),
            "**" => Ok(PatternPart::Rest),
            written if written.contains('*') => Err(PatternError::Within),
            _ => Ok(PatternPart::Exact(segment)),
        };
        let segments = segments(text).map_err(PatternError::Path)?;
        let parts: Vec<PatternPart> =
            segments.into_iter().zip(&written).map(part).collect::<Result<_, _>>()?;
        match parts.iter().position(|part| *part == PatternPart::Rest) {
            Some(at) if at + 1 < parts.len() => Err(PatternError::AfterRest),
            _ => Ok(Self(parts)),
        }
    }

    fn fits(&self, path: &[String]) -> bool {
        self.fits_by(path.iter().map(String::as_str), |one, other| one == other)
    }

    fn fits_by<'a>(
        &self,
        mut path: impl Iterator<Item = &'a str>,
        equal: impl Fn(&str, &str) -> bool,
    ) -> bool {
        for part in &self.0 {
            match (part, path.next()) {
                (PatternPart::Rest, _) => return true,
                (PatternPart::One, Some(segment)) if !segment.is_empty() => {}
                (PatternPart::Exact(known), Some(segment)) if equal(known, segment) => {}
                _ => return false,
            }
        }
        path.next().is_none()
    }

    /// Whether an API that ignores case or a slash at the end would read a path of this pattern.
    fn is_near(&self, path: &[String]) -> bool {
        let without = match path.split_last() {
            Some((last, rest)) if last.is_empty() => rest,
            _ => path,
        };
        let without = || without.iter().map(String::as_str);
        self.fits_by(without(), are_alike) || self.fits_by(without().chain([""]), are_alike)
    }

    /// Whether every path of the other pattern fits this one, or is near to it.
    fn covers(&self, other: &Self) -> bool {
        let plain = |parts: &[PatternPart]| match parts.split_last() {
            Some((PatternPart::Exact(last), rest)) if last.is_empty() => rest.to_vec(),
            _ => parts.to_vec(),
        };
        let (ours, theirs) = (plain(&self.0), plain(&other.0));
        let mut theirs = theirs.iter();
        for part in &ours {
            match (part, theirs.next()) {
                (PatternPart::Rest, _) => return true,
                (PatternPart::One, Some(PatternPart::One | PatternPart::Exact(_))) => {}
                (PatternPart::Exact(one), Some(PatternPart::Exact(other))) if are_alike(one, other) => {}
                _ => return false,
            }
        }
        theirs.next().is_none()
    }
}

/// Whether two texts differ at most in case.
fn are_alike(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || !(one.is_ascii() && other.is_ascii()) && one.to_lowercase() == other.to_lowercase()
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardRoute {
    /// The method; `None` for any. GET includes HEAD (RFC 9110 section 9.3.2).
    pub method: Option<String>,
    /// The pattern as written.
    pub path: String,
    pub pattern: PathPattern,
    /// The scopes that a token needs.
    pub scopes: ScopeSet,
}

/// The route of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteChoice<'a> {
    Fits(&'a GuardRoute),
    /// No route before this one fits, and the path differs from it only in case or in a slash at its end.
    /// An API that ignores that would treat the request as one of this route.
    Near(&'a GuardRoute),
    Nothing,
}

impl GuardRoute {
    fn has_method(&self, method: &str) -> bool {
        match self.method.as_deref() {
            None => true,
            Some("GET") => method == "GET" || method == "HEAD",
            Some(known) => known == method,
        }
    }

    /// Whether this route, which comes first, leaves no request to the other one.
    #[must_use]
    pub fn shadows(&self, other: &Self) -> bool {
        let method = match other.method.as_deref() {
            None => self.method.is_none(),
            Some(method) => self.has_method(method),
        };
        method && self.pattern.covers(&other.pattern)
    }
}

/// The route of a method and a path's segments.
#[must_use]
pub fn choose<'a>(routes: &'a [GuardRoute], method: &str, path: &[String]) -> RouteChoice<'a> {
    for route in routes.iter().filter(|route| route.has_method(method)) {
        if route.pattern.fits(path) {
            return RouteChoice::Fits(route);
        }
        if route.pattern.is_near(path) {
            return RouteChoice::Near(route);
        }
    }
    RouteChoice::Nothing
}

#[cfg(test)]
#[path = "routes_tests.rs"]
mod tests;
