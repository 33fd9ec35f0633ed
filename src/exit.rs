//! Exit codes, their descriptions, and the conversion from an error to its code.

use crate::os_error::plain_chain;
use std::fmt;
use std::process::ExitCode;

/// The exit code; the numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done: token printed, 2xx, every requested check passed, clean stop of `serve`.
    Done = 0,
    /// Failed for a local reason: I/O, cannot bind, cannot write.
    Local = 1,
    /// Usage or configuration is wrong, an unreadable key or secret file among it.
    Usage = 2,
    /// `call`: a redirect was not followed.
    Redirect = 3,
    /// The server refused: OAuth error or HTTP 4xx.
    Refused = 4,
    /// The server failed: 5xx, an invalid answer, or a redirect of a token request.
    ServerFailed = 5,
    /// Not reachable: DNS, refused, TLS.
    Unreachable = 6,
    /// Timed out.
    TimedOut = 7,
    /// A check says no: `inspect`, `token --check`, `health`, `probe`, `doctor`, `test expect`.
    CheckFailed = 8,
    /// `inspect`: not a readable token.
    Unreadable = 9,
    /// As [`Exit::Refused`], while `call` was getting its token.
    TokenRefused = 14,
    /// As [`Exit::ServerFailed`], while `call` was getting its token.
    TokenServerFailed = 15,
    /// As [`Exit::Unreachable`], while `call` was getting its token.
    TokenUnreachable = 16,
    /// As [`Exit::TimedOut`], while `call` was getting its token.
    TokenTimedOut = 17,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// In the order of the README's table.
    pub const ALL: [Self; 15] = [
        Self::Done,
        Self::Local,
        Self::Usage,
        Self::Redirect,
        Self::Refused,
        Self::ServerFailed,
        Self::Unreachable,
        Self::TimedOut,
        Self::CheckFailed,
        Self::Unreadable,
        Self::TokenRefused,
        Self::TokenServerFailed,
        Self::TokenUnreachable,
        Self::TokenTimedOut,
        Self::Interrupted,
    ];

    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Its description in the README and `--help`.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Done => "done: token printed, 2xx, every requested check passed, clean stop of serve",
            Self::Local => "failed for a local reason: I/O, cannot bind, cannot write",
            Self::Usage => "usage or configuration is wrong (also an unreadable key or secret file)",
            Self::Redirect => "call: redirect not followed",
            Self::Refused => "the server refused: OAuth error or HTTP 4xx",
            Self::ServerFailed => {
                "the server failed: 5xx, an invalid answer, or a redirect of a token request"
            }
            Self::Unreachable => "not reachable: DNS, refused, TLS",
            Self::TimedOut => "timed out",
            Self::CheckFailed => {
                "a check says no: inspect, token --check, health, probe, doctor, client list, test expect, trust test"
            }
            Self::Unreadable => {
                "inspect, trust test: not a token that they can read (opaque, JWE, malformed)"
            }
            Self::TokenRefused => "call: as 4, while getting its token",
            Self::TokenServerFailed => "call: as 5, while getting its token",
            Self::TokenUnreachable => "call: as 6, while getting its token",
            Self::TokenTimedOut => "call: as 7, while getting its token",
            Self::Interrupted => "interrupted",
        }
    }

    /// The code of `call` for a failure while it requests a token.
    #[must_use]
    pub const fn while_getting_token(self) -> Self {
        match self {
            Self::Refused => Self::TokenRefused,
            Self::ServerFailed => Self::TokenServerFailed,
            Self::Unreachable => Self::TokenUnreachable,
            Self::TimedOut => Self::TokenTimedOut,
            other => other,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A failure as shown to people: the phase, the problem and the fix.
#[derive(Clone, Debug)]
pub struct Failure {
    pub exit: Exit,
    /// The phase, such as `configuration` or `token request`.
    pub phase: &'static str,
    /// The problem, with the file or URL.
    pub what: String,
    /// The fix.
    pub hint: Option<String>,
    /// Whether it may be temporary, such as an unreachable store.
    pub may_pass: bool,
    /// The line in a file that it concerns, if any.
    pub place: Option<Box<Place>>,
    /// Further failures: a configuration is read to its end.
    pub others: Vec<Failure>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name as given.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The line to sort by, if it is another one.
    pub order: Option<usize>,
}

impl Place {
    /// A line of a file.
    #[must_use]
    pub fn line(file: &str, line: usize) -> Self {
        Self { file: file.to_owned(), line: Some(line), column: None, order: None }
    }

    fn key(&self) -> (&str, [Option<usize>; 3]) {
        (&self.file, [self.order.or(self.line), self.line, self.column])
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, phase: &'static str, what: impl Into<String>) -> Self {
        Self { exit, phase, what: what.into(), hint: None, may_pass: false, place: None, others: Vec::new() }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(Box::new(place)), ..self }
    }

    /// Combines failures, ordered by place; `None` if there are none.
    #[must_use]
    pub fn of_all(mut failures: Vec<Self>) -> Option<Self> {
        failures.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
        let mut all = failures.into_iter();
        let first = all.next()?;
        Some(Self { others: all.collect(), ..first })
    }

    fn sort_key(&self) -> Option<(&str, [Option<usize>; 3])> {
        self.place.as_deref().map(Place::key)
    }

    /// This failure and the others, one by one.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.others)
    }

    /// The problem, with its place.
    #[must_use]
    pub fn placed(&self) -> String {
        let place = self.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        format!("{place}{}", self.what)
    }

    /// Problem and hint in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let hint = self.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}{hint}", self.placed())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.phase, self.placed())
    }
}

impl std::error::Error for Failure {}

/// Any error as a [`Failure`]; other types become [`Exit::Local`].
#[must_use]
pub fn failure(error: &anyhow::Error) -> Failure {
    error
        .downcast_ref::<Failure>()
        .cloned()
        .unwrap_or_else(|| Failure::new(Exit::Local, "internal", plain_chain(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_interface() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15, 16, 17, 130]);
    }

    #[test]
    fn only_the_servers_share_moves_while_a_token_is_fetched() {
        for exit in Exit::ALL {
            let moved = exit.while_getting_token().code();
            let expected = if (4..=7).contains(&exit.code()) { exit.code() + 10 } else { exit.code() };
            assert_eq!(moved, expected);
        }
    }

    #[test]
    fn several_failures_are_one_in_the_order_of_their_lines() {
        let at = |line| Failure::new(Exit::Usage, "p", format!("w{line}")).at(Place::line("f", line));
        let all = Failure::of_all(vec![at(10), at(9), Failure::new(Exit::Usage, "p", "w")]).unwrap();
        let lines: Vec<String> = all.each().map(ToString::to_string).collect();
        assert_eq!(lines, ["p: w", "p: f:9: w9", "p: f:10: w10"]);
        assert!(Failure::of_all(Vec::new()).is_none());
    }

    #[test]
    fn a_failure_survives_its_context() {
        let error =
            anyhow::Error::new(Failure::new(Exit::Refused, "token request", "no")).context("while calling");
        assert_eq!(failure(&error).exit, Exit::Refused);
        assert_eq!(failure(&anyhow::anyhow!("x")).exit, Exit::Local);
    }
}
