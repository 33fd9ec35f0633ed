//! Findings as SARIF 2.1.0, the form in which code hosts show the findings of scanners.

use crate::json::line;
use serde_json::{Value, json};

/// One finding of a rule.
pub struct SarifFinding {
    pub rule: &'static str,
    pub title: &'static str,
    pub help: String,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// From 0 to 10.
    pub score: &'static str,
    pub message: String,
    /// Where it was found.
    pub uri: String,
}

/// The document, newline-terminated.
#[must_use]
pub fn document(tool: &str, findings: &[SarifFinding]) -> String {
    let rules: Vec<Value> = findings.iter().map(rule).collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    line(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": tool,
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "results": results,
        }],
    }))
}

fn rule(finding: &SarifFinding) -> Value {
    json!({
        "id": finding.rule,
        "shortDescription": { "text": finding.title },
        "help": { "text": finding.help },
        "properties": { "security-severity": finding.score, "tags": ["security"] },
    })
}

fn result(finding: &SarifFinding) -> Value {
    json!({
        "ruleId": finding.rule,
        "level": finding.level,
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": finding.uri } } }],
    })
}
