//! Parsing JSON as written, and writing lines that are safe to show.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

#[test]
fn order_duplicates_and_numbers_stay_as_written() {
    let text = r#"{"b":1e400,"a":[1.0,-0,99999999999999999999],"b":{"x":null}}"#;
    assert_eq!(parse(text).to_string(), text);
}

#[test]
fn a_duplicate_name_is_found_with_all_its_values() {
    let json = parse(r#"{"sub":"a","x":1,"sub":"b"}"#);
    let found = json.as_object().unwrap().duplicate().unwrap();
    assert_eq!((found.path.as_str(), found.values.len()), ("sub", 2));
    assert_eq!(found.to_string(), r#"name "sub" occurs 2 times: "a", "b""#);
    assert_eq!(parse("{}").as_object().unwrap().duplicate(), None);
}

#[test]
fn a_duplicate_is_found_at_every_depth_and_its_path_told() {
    let wide: String = (0..100).map(|n| format!(r#""m{n}":0,"#)).collect();
    for (text, path) in [
        (r#"{"cnf":{"jkt":"a","jkt":"b"}}"#, Some("cnf.jkt")),
        (r#"{"cnf":{"jwk":{"kty":"EC","crv":"P-256","kty":"RSA"}}}"#, Some("cnf.jwk.kty")),
        (r#"{"act":{"act":{"sub":"a","\u0073ub":"b"}}}"#, Some("act.act.sub")),
        (r#"{"keys":[{},{"kid":"a","kid":"a"}]}"#, Some("keys[1].kid")),
        (r#"{"a":[[0,{"b":[],"b":[]}]]}"#, Some("a[0][1].b")),
        (r#"{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":1}]}"#, None),
        (&format!(r#"{{"a":{{{wide}"m7":0}}}}"#), Some("a.m7")),
        (&format!(r#"{{{wide}"M7":0}}"#), None),
    ] {
        let json = parse(text);
        assert_eq!(json.duplicate().map(|found| found.path).as_deref(), path, "{text}");
    }
    let deep = format!(r#"{}{{"a":1,"a":2}}{}"#, r#"{"x":"#.repeat(31), "}".repeat(31));
    assert_eq!(parse(&deep).duplicate().unwrap().path, format!("{}a", "x.".repeat(31)));
}

#[test]
fn the_same_name_with_an_escape_is_a_duplicate() {
    let json = parse(r#"{"sub":"a","\u0073ub":"b"}"#);
    assert_eq!(json.as_object().unwrap().duplicate().unwrap().path, "sub");
}

#[test]
fn nesting_ends_at_its_limit() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(Json::parse(nested(32).as_bytes()).is_ok());
    assert_eq!(Json::parse(nested(33).as_bytes()), Err(JsonError::TooDeep(32)));
    assert_eq!(Json::parse(nested(8000).as_bytes()), Err(JsonError::TooDeep(32)));
    let two = |text: &str| Json::parse_within(text.as_bytes(), JsonLimits { depth: 2, values: 4 });
    assert!(two(r#"{"a":[0]}"#).is_ok());
    assert_eq!(two(r#"{"a":[{}]}"#), Err(JsonError::TooDeep(2)));
    assert!(two("[[],[],[]]").is_ok(), "siblings are not deeper");
    assert_eq!(two("[[],[],[],[]]"), Err(JsonError::TooMany(4)));
}

const NOT_JSON: &[&str] = &[
    "",
    " ",
    "{",
    "{} {}",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "1e+",
    "0x1",
    "NaN",
    "Infinity",
    "nul",
    "True",
    "nullx",
    r#""\ud800""#,
    r#""\udc00""#,
    r#""\ud800\u0041""#,
    r#""\ud800x""#,
    r#""\u12""#,
    r#""\u12g4""#,
    r#""\x41""#,
    "\"\n\"",
    "\"\0\"",
    "\"a",
    "\"a\\",
    "\u{feff}{}",
    "// c\n1",
    "[1] x",
    "\u{a0}1",
];

#[test]
fn what_is_no_json_is_refused_by_its_kind() {
    assert_eq!(Json::parse(b"\"a\xff\""), Err(JsonError::NotUtf8 { valid: 2 }));
    for bad in NOT_JSON {
        let read = Json::parse(bad.as_bytes());
        assert!(matches!(read, Err(JsonError::Syntax { .. })), "{bad:?}: {read:?}");
    }
}

#[test]
fn an_error_has_a_place_and_no_text() {
    for (text, error) in [
        ("{\"a\": hunter2}", "not JSON: a value is expected at line 1, column 7"),
        (
            "{\n  \"a\": 1\n  \"b\": 2\n}",
            "not JSON: a comma or the end of the list is expected at line 3, column 3",
        ),
        ("{\"a\":", "not JSON: it ends too early at line 1, column 6"),
        ("{} x", "not JSON: something follows the value at line 1, column 4"),
    ] {
        assert_eq!(Json::parse(text.as_bytes()).unwrap_err().to_string(), error);
    }
}

#[test]
fn escapes_are_resolved() {
    let text = r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\uFFFFé""#;
    assert_eq!(parse(text).as_str(), Some("\"\\/\u{8}\u{c}\n\r\té\u{1f600}\u{ffff}é"));
}

#[test]
fn json_is_the_same_json_without_unsafe_characters() {
    let text = "{\"a\":\"\u{202e}x\u{e0041}\u{85}\"}\n";
    let escaped = escape_json(text);
    assert_eq!(escaped, "{\"a\":\"\\u202ex\\udb40\\udc41\\u0085\"}\n");
    let (a, b): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(text).unwrap(), serde_json::from_str(&escaped).unwrap());
    assert_eq!(a, b);
}

#[test]
fn an_array_is_no_object() {
    #[derive(Debug, serde::Deserialize)]
    struct One {
        a: u8,
    }
    for text in [" \n{\"a\":1}", "\u{feff}{\"a\":1}", "\u{feff}\r\n{\"a\":1}"] {
        assert_eq!(object::<One>(text.as_bytes()).unwrap().a, 1, "{text:?}");
    }
    for no_object in ["[1]", "1", "", "{", "null", "\u{feff}\u{feff}{\"a\":1}"] {
        assert!(object::<One>(no_object.as_bytes()).is_err(), "{no_object}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Json::parse(&bytes);
    }

    #[test]
    fn what_was_read_survives_its_own_text(text in r#"[\[\]{}":,0-9a-z\\. -]{0,24}"#) {
        if let Ok(json) = Json::parse(text.as_bytes()) {
            prop_assert_eq!(parse(&json.to_string()), json);
        }
    }

    /// Another parser gives the same result, except for numbers beyond its range and the depth limit.
    #[test]
    fn serde_json_agrees(text in r#"[\[\]{}":,01eE.+a\\u\n -]{0,16}"#) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match Json::parse(text.as_bytes()) {
            Ok(json) => {
                let beyond = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
                prop_assert!(beyond || theirs.is_ok(), "{}: {:?}", text, json);
                if let Ok(value) = theirs && json.duplicate().is_none() {
                    prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json.to_string()).unwrap(), value);
                }
            }
            Err(error) => prop_assert!(theirs.is_err(), "{}: {}", text, error),
        }
    }

    #[test]
    fn every_string_is_read_as_serde_json_writes_it(text in any::<String>()) {
        let written = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(parse(&written), Json::String(text));
    }
}
