//! Explains common mistakes in the text of `--json-body`, from a table. Pure. Never quotes the body, which
//! may be secret.

/// A test of the trimmed text, and the hint. The first match counts.
type NotJsonKind = (fn(&str) -> bool, &'static str);

const QUOTED: &str = "names and texts need double quotes, and the whole single ones from the shell: --json-body '{\"name\":\"value\"}'";

const KINDS: [NotJsonKind; 10] = [
    (str::is_empty, "give JSON, or the file that has it: --json-body @FILE"),
    (
        |text| text.contains(['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']),
        "typographic quotes: JSON has plain double quotes, as in '{\"name\":\"value\"}'",
    ),
    (is_file, "is it the name of a file? --json-body @FILE sends its bytes"),
    (is_form, "it looks like a form: --data 'name=value' sends one"),
    (|text| text.starts_with('<'), "it looks like XML: --data @FILE with -H 'Content-Type: application/xml'"),
    (
        |text| text.contains("\\\""),
        "no backslashes before the quotes within single ones: --json-body '{\"name\":\"value\"}'",
    ),
    (|text| text.contains('\'') && !text.contains('"'), QUOTED),
    (|text| is_trailing_comma(text), "take out the comma before the closing bracket"),
    (
        |text| ["True", "False", "None"].iter().any(|word| text.contains(word)),
        "JSON has true, false and null, as json.dumps of Python writes them",
    ),
    (|text| text.contains("//") && !text.contains("://") || text.contains("/*"), "JSON has no comments"),
];

pub(super) fn cure(text: &str) -> &'static str {
    let text = text.trim();
    let known = KINDS.iter().find(|(fits, _)| fits(text)).map(|(_, cure)| *cure);
    known.unwrap_or_else(|| {
        if text.starts_with(['{', '[']) {
            of_structure(text)
        } else {
            "in JSON a text needs double quotes: --json-body '\"text\"'; --data sends bytes as they are"
        }
    })
}

/// A shell removes double quotes that are not within single quotes.
fn of_structure(text: &str) -> &'static str {
    let count = |open: char, close: char| text.matches(open).count() > text.matches(close).count();
    if count('{', '}') || count('[', ']') {
        return "a bracket is not closed: is the end missing?";
    }
    if text.contains('"') { "jq . shows the place; --json-body @FILE sends a file's bytes" } else { QUOTED }
}

fn is_file(text: &str) -> bool {
    !text.contains(char::is_whitespace) && text.ends_with(".json") && !text.starts_with(['{', '['])
}

/// `a=1` or `a=1&b=2`.
fn is_form(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    text.contains('=')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.[]".contains(c))
}

fn is_trailing_comma(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.contains(",}") || text.contains(",]")
}

/// Whether the text for `--data` is JSON, which is sent as a form.
pub(super) fn looks_like_json(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    matches!((text.first(), text.last()), (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_cure() {
        for (text, part) in [
            ("", "@FILE"),
            ("{a:1}", "double quotes"),
            ("{name:value}", "double quotes"),
            ("{'a':1}", "double quotes"),
            ("{\u{201c}a\u{201d}:1}", "typographic"),
            ("thing.json", "@FILE"),
            ("a=1&b=2", "--data"),
            ("<a/>", "XML"),
            (r#"{\"a\":1}"#, "no backslashes"),
            (r#"{"a":1,}"#, "comma"),
            (r#"{"a":[1, ]}"#, "comma"),
            (r#"{"a":True}"#, "true, false and null"),
            ("{\"a\":1} // x", "comments"),
            (r#"{"a":1"#, "not closed"),
            (r#"{"a" 1}"#, "jq ."),
            ("hello", "--json-body '\"text\"'"),
        ] {
            assert!(cure(text).contains(part), "{text}: {}", cure(text));
        }
    }

    #[test]
    fn json_is_told_from_forms() {
        assert!(looks_like_json(b" {\"a\":1}\n") && looks_like_json(b"[1]"));
        assert!(!looks_like_json(b"a={1}") && !looks_like_json(b"") && !looks_like_json(b"{a"));
    }
}
