//! `heistctl inspect --json` on a token and a key, and its report in the words of a test.

use super::{Ran, folder, heistctl};
use serde_json::Value;

/// As of when the tests' tokens are judged.
pub(crate) const NOW: i64 = 1_795_420_800;

/// A report and the code that came with it.
pub(crate) struct Judged {
    pub(crate) ran: Ran,
    pub(crate) report: Value,
}

#[derive(serde::Deserialize)]
struct Report {
    verdict: String,
    kind: String,
    checks: Value,
    fingerprint: String,
}

/// Inspects a token as of [`NOW`]; `key` is a file's content.
pub(crate) fn inspect(token: &str, key: Option<&str>, more: &[&str]) -> Judged {
    let folder = folder(&[("key", key.unwrap_or_default())]);
    let path = folder.path().join("key").display().to_string();
    let now = NOW.to_string();
    let mut args = vec!["inspect", "--json", "--now", &now];
    match key {
        Some(text) if text.contains("-----BEGIN") || text.trim_start().starts_with('{') => {
            args.extend(["--key", &path])
        }
        Some(_) => args.extend(["--secret-file", &path]),
        None => {}
    }
    args.extend(more);
    args.push("-");
    let ran = heistctl(args).stdin(token).run();
    assert!(!ran.stderr.contains("panicked") && [0, 8, 9].contains(&ran.code), "{ran}");
    assert!(
        !ran.stdout.chars().any(|c| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c))),
        "{ran}"
    );
    // Claims are numbers as written, which may be too large for this parser.
    let parsed: Report = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"));
    let Report { verdict, kind, checks, fingerprint } = parsed;
    let report =
        serde_json::json!({"verdict": verdict, "kind": kind, "checks": checks, "fingerprint": fingerprint});
    Judged { ran, report }
}

impl Judged {
    pub(crate) fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap()
    }

    fn check(&self, name: &str) -> &Value {
        let checks = self.report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name}\n{}", self.ran))
    }

    pub(crate) fn status(&self, name: &str) -> &str {
        self.check(name)["status"].as_str().unwrap()
    }

    pub(crate) fn message(&self, name: &str) -> &str {
        self.check(name)["message"].as_str().unwrap()
    }

    /// That check has that status and says that.
    #[track_caller]
    pub(crate) fn says(self, name: &str, status: &str, part: &str) -> Self {
        assert_eq!(self.status(name), status, "{name}\n{}", self.ran);
        assert!(self.message(name).contains(part), "{name} lacks {part:?}\n{}", self.ran);
        self
    }

    #[track_caller]
    pub(crate) fn is(self, verdict: &str) -> Self {
        assert_eq!(self.verdict(), verdict, "{}", self.ran);
        let code = match verdict {
            "pass" | "unverified" => 0,
            "fail" => 8,
            _ => 9,
        };
        assert_eq!(self.ran.code, code, "{}", self.ran);
        self
    }
}
