//! Results as JUnit XML, the form that CI systems show. Text from other parties is escaped, and characters that XML
//! 1.0 does not have are replaced.

use std::fmt::Write;
use std::time::Duration;

/// A run of checks.
pub struct JunitSuite {
    pub name: String,
    pub cases: Vec<JunitCase>,
    pub time: Duration,
}

/// One check.
pub struct JunitCase {
    /// The group, such as `heistctl.probe.P`: CI systems group by it.
    pub class: String,
    pub name: String,
    pub time: Duration,
    pub verdict: JunitVerdict,
    /// Further text, such as findings that are no failure.
    pub output: String,
}

pub enum JunitVerdict {
    Passed,
    /// A line, and all of it.
    Failed {
        message: String,
        detail: String,
    },
    /// Could not be judged.
    Error {
        message: String,
    },
    Skipped {
        message: String,
    },
}

/// The document, newline-terminated.
#[must_use]
pub fn document(suite: &JunitSuite) -> String {
    let count = |wanted: fn(&JunitVerdict) -> bool| {
        suite.cases.iter().filter(|case| wanted(&case.verdict)).count().to_string()
    };
    let attributes = attributes(&[
        ("name", &suite.name),
        ("tests", &suite.cases.len().to_string()),
        ("failures", &count(|verdict| matches!(verdict, JunitVerdict::Failed { .. }))),
        ("errors", &count(|verdict| matches!(verdict, JunitVerdict::Error { .. }))),
        ("skipped", &count(|verdict| matches!(verdict, JunitVerdict::Skipped { .. }))),
        ("time", &seconds(suite.time)),
    ]);
    let cases: String = suite.cases.iter().map(case).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite{attributes}>\n{cases} \
         </testsuite>\n</testsuites>\n"
    )
}

fn case(case: &JunitCase) -> String {
    let inner = match &case.verdict {
        JunitVerdict::Passed => String::new(),
        JunitVerdict::Failed { message, detail } => {
            format!("   <failure{}>{}</failure>\n", attributes(&[("message", message)]), escaped(detail))
        }
        JunitVerdict::Error { message } => format!("   <error{}/>\n", attributes(&[("message", message)])),
        JunitVerdict::Skipped { message } => {
            format!("   <skipped{}/>\n", attributes(&[("message", message)]))
        }
    };
    let output = if case.output.is_empty() {
        String::new()
    } else {
        format!("   <system-out>{}</system-out>\n", escaped(&case.output))
    };
    let head = attributes(&[("classname", &case.class), ("name", &case.name), ("time", &seconds(case.time))]);
    if inner.is_empty() && output.is_empty() {
        return format!("  <testcase{head}/>\n");
    }
    format!("  <testcase{head}>\n{inner}{output}  </testcase>\n")
}

fn attributes(pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(String::new(), |mut out, (name, value)| {
        // Writing to a String cannot fail.
        let _ = write!(out, " {name}=\"{}\"", escaped(value));
        out
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Text for an attribute or an element (XML 1.0 sections 2.2 and 2.4). In an attribute a line end would become a
/// blank.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case_of(name: &str, verdict: JunitVerdict) -> JunitCase {
        let (class, time) = ("heistctl.x".to_owned(), Duration::from_millis(12));
        JunitCase { class, name: name.to_owned(), time, verdict, output: String::new() }
    }

    #[test]
    fn each_verdict_has_its_element_and_is_counted() {
        let cases = vec![
            case_of("one", JunitVerdict::Passed),
            case_of("two", JunitVerdict::Failed { message: "m".to_owned(), detail: "d".to_owned() }),
            case_of("three", JunitVerdict::Skipped { message: "s".to_owned() }),
            JunitCase {
                output: "o".to_owned(),
                ..case_of("four", JunitVerdict::Error { message: "e".to_owned() })
            },
        ];
        let suite = JunitSuite { name: "probe".to_owned(), cases, time: Duration::from_secs(1) };
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
 <testsuite name="probe" tests="4" failures="1" errors="1" skipped="1" time="1.000">
  <testcase classname="heistctl.x" name="one" time="0.012"/>
  <testcase classname="heistctl.x" name="two" time="0.012">
   <failure message="m">d</failure>
  </testcase>
  <testcase classname="heistctl.x" name="three" time="0.012">
   <skipped message="s"/>
  </testcase>
  <testcase classname="heistctl.x" name="four" time="0.012">
   <error message="e"/>
   <system-out>o</system-out>
  </testcase>
 </testsuite>
</testsuites>
"#;
        assert_eq!(document(&suite), expected);
    }

    #[test]
    fn no_text_can_close_an_element_or_break_the_document() {
        let detail = "</failure>\"<x a='&\u{0}\u{1b}[31m\n\u{ffff}é".to_owned();
        let verdict = JunitVerdict::Failed { message: detail.clone(), detail };
        let text = case(&case_of("a\nb", verdict));
        let safe = "&lt;/failure&gt;&quot;&lt;x a='&amp;\u{fffd}\u{fffd}[31m&#10;\u{fffd}é";
        assert_eq!(text.matches(safe).count(), 2, "{text}");
        assert!(text.contains("name=\"a&#10;b\""), "{text}");
    }
}
