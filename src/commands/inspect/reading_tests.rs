//! Pasted texts, and the tokens found in them.

use super::*;
use crate::jose::digest::base64url;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

#[test]
fn what_people_paste_is_understood() {
    for (text, notes) in [
        ("a.b.c", 0),
        ("a.b.c\n", 0),
        ("\n  a.b.c \n", 1),
        ("a.b\n.c\r\n", 1),
        ("\"a.b.c\"", 1),
        ("Bearer a.b.c", 1),
        ("Bearer\ta.b.c", 1),
        ("\u{feff}a.b.c", 0),
        ("-H 'Authorization: Bearer a.b.c'", 4),
        ("authorization: bearer a.b.c", 2),
        ("'Authorization: Bearer a.b.c'", 3),
        ("header = \"Authorization: Bearer a.b.c\"\n", 4),
        ("HEISTCTL_TOKEN=a.b.c", 1),
        (r#"{"token_type":"Bearer","access_token":"a.b.c"}"#, 1),
        ("\u{201c}a.b.c\u{201d}", 1),
        ("\u{200b}a.b.c", 1),
        ("a.b.c\u{200b}", 1),
        ("\u{2060}a.b.c\u{2060}\n", 1),
        ("\u{200e}\u{200b}a.b.c", 2),
        ("a.b.c\u{ad}", 1),
        ("\u{a0}a.b.c\u{a0}", 1),
        ("\u{feff}\"\u{200b}a.b.c\u{200b}\"", 1),
        ("Bearer\u{a0}a.b.c", 1),
        ("a.\u{200b}b.\u{200b}c", 1),
        ("a.b\u{ad}.c\u{feff}", 2),
    ] {
        let stripped = strip(text);
        assert_eq!((stripped.token.as_str(), stripped.notes.len()), ("a.b.c", notes), "{text:?}");
    }
}

#[test]
fn what_token_prints_is_read_again_whatever_characters_it_has() {
    let token = r#"Atza|a'b"c\d!%:"#;
    for printed in [
        format!("{token}\n"),
        format!("Authorization: Bearer {token}\n"),
        "HEISTCTL_TOKEN='Atza|a'\\''b\"c\\d!%:'\n".to_owned(),
        "header = \"Authorization: Bearer Atza|a'b\\\"c\\\\d!%:\"\n".to_owned(),
        serde_json::json!({"access_token": token}).to_string(),
    ] {
        assert_eq!(strip(&printed).token, token, "{printed}");
    }
}

#[test]
fn only_what_may_be_a_token_is_sent() {
    for token in ["a.b.c", "Atza|a!%:", "{not-json"] {
        assert_eq!(sendable(token), Ok(token));
    }
    for (text, part) in [("", "nothing"), ("two words", "a blank"), (r#"{"error":"x"}"#, "JSON without")] {
        assert!(sendable(text).unwrap_err().contains(part), "{text}");
    }
}

#[test]
fn a_note_names_what_was_removed() {
    assert_eq!(strip("\u{200b}a\u{200b}").notes, ["removed a zero-width space (U+200B) beside the token"]);
    assert_eq!(strip("\"a\"").notes, ["removed the quotes around the token"]);
    assert_eq!(strip(" a").notes, ["removed surrounding blanks"]);
}

#[test]
fn a_blank_within_a_token_stays() {
    assert_eq!(strip("a.b c.d").token, "a.b c.d");
    assert_eq!(strip("a.b\tc.d").token, "a.b\tc.d");
    assert_eq!(strip("{\"x\":1}").token, "{\"x\":1}");
    assert_eq!(strip("\"").token, "\"");
}

proptest! {
    #[test]
    fn any_text_is_stripped(text in any::<String>(), pasted in "(bearer |\"|\r?\n|ey\\.| ){0,12}") {
        for text in [text, pasted] {
            let token = strip(&text).token;
            prop_assert!(!token.contains(['\r', '\n']), "{text:?}");
            prop_assert!(token.len() <= text.len() && !token.contains('\u{200b}'), "{text:?}");
        }
    }
}

/// A token, and its parts.
fn jwt() -> (String, [String; 3]) {
    let parts =
        [r#"{"alg":"HS256"}"#, r#"{"sub":"a","exp":1}"#, "signature"].map(|part| base64url(part.as_bytes()));
    (parts.join("."), parts)
}

fn is_found(text: &str, token: &str, note: &str) {
    let stripped = strip(text);
    assert!(stripped.token == token && stripped.foreign.is_none(), "{text:?}");
    assert!(stripped.notes.iter().any(|said| said.contains(note)), "{text:?}: {:?}", stripped.notes);
}

#[test]
fn a_token_is_found_in_mails_terminals_and_commands() {
    let (t, _) = jwt();
    let (head, tail) = t.split_at(30);
    for (text, note) in [
        (format!("> {head}\n> {tail}\n"), "a quoted mail"),
        (format!(">> {t}"), "a quoted mail"),
        (format!("| {head}\n| {tail}"), "a quoted mail"),
        (format!("{head}=\r\n{tail}\r\n"), "the line ends of a mail"),
        (format!("{head}\\\n{tail}"), "the backslashes"),
        (format!("\u{1b}[32m{t}\u{1b}[0m"), "the terminal's colours"),
        (format!("\u{1b}[1;31m{head}\u{1b}[0m{tail}"), "the terminal's colours"),
        (format!("export TOKEN={t}"), "the variable assignment"),
        (format!("export TOKEN=\"{t}\"\n"), "the variable assignment"),
        (format!("$env:TOKEN = '{t}'"), "the variable assignment"),
        (format!("set TOKEN={t}\r\n"), "the variable assignment"),
        (format!("const token = \"{t}\";"), "the variable assignment"),
        (format!("TOKEN={t}"), "the assignment"),
        (format!("token: {t}"), "the text"),
        (format!("curl -H 'Authorization: Bearer {t}' https://api.example.com"), "the curl command"),
        (format!("curl -s \\\n  -H \"Authorization: Bearer {t}\" \\\n  https://a"), "the curl command"),
        (format!("http GET https://a 'Authorization: Bearer {t}'"), "the command"),
    ] {
        is_found(&text, &t, note);
    }
}

#[test]
fn a_token_is_found_in_cookies_forms_urls_and_sentences() {
    let (t, [h, p, s]) = jwt();
    for (text, note) in [
        (format!("Cookie: session={t}; theme=dark"), "the cookie"),
        (format!("Set-Cookie: jwt={t}; Path=/; HttpOnly"), "the cookie"),
        (format!("session={t}; Path=/"), "the cookie"),
        (format!("access_token={t}&token_type=bearer&expires_in=3600"), "the form"),
        (format!("https://app.example.com/cb#access_token={t}&state=x"), "the URL"),
        (format!("https://jwt.io/#token={t}"), "the URL"),
        (format!("#access_token={t}"), "the part of a URL"),
        (format!("Bearer%20{t}"), "the text"),
        (format!("access_token%3D{t}%26x"), "the text"),
        (format!("{h}%2E{p}%2E{s}"), "the text"),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {t}\r\n\r\n"), "the HTTP message"),
        (format!("{{\"token\":\"{t}\"}}"), "the JSON"),
        (format!("[\"{t}\"]"), "the JSON"),
        (format!("{{\"data\":{{\"id_token\":\"a.b.c\",\"access_token\":\"{t}\"}}}}"), "the JSON"),
        (format!("<code>{t}</code>"), "the markup"),
        (format!("```\n{t}\n```"), "the quotes"),
        (format!("```jwt\n{t}\n```"), "the code block"),
        (format!("here is the token: {t}, please look"), "the text"),
        (format!("b'{t}'"), "the text"),
        (format!("{t}\\n"), "the \\n after"),
        (format!("{t}."), "the dot"),
        (format!("{t},"), "the punctuation"),
        (format!("\"{t}\","), "the text"),
        (format!("\u{201e}{t}\u{201c}"), "the quotes"),
        (STANDARD.encode(&t), "the base64"),
        (STANDARD.encode(format!("{t}\n")), "the base64"),
        (STANDARD.encode(format!("{{\"access_token\":\"{t}\"}}")), "the base64"),
        (format!("{t}\n\n{t}"), "the text"),
    ] {
        is_found(&text, &t, note);
    }
}

#[test]
fn of_several_tokens_the_access_token_is_meant_or_none() {
    let (t, [h, p, _]) = jwt();
    let other = format!("{h}.{p}.b3RoZXI");
    for text in [
        format!("{{\"data\":{{\"id_token\":\"{other}\",\"access_token\":\"{t}\"}}}}"),
        format!("access_token={t}&id_token={other}"),
    ] {
        assert_eq!(strip(&text).token, t, "{text}");
    }
    for text in [format!("{t}\n{other}"), format!("{t} {other}"), format!("a={t}&b={other}")] {
        let found = strip(&text).foreign.unwrap();
        assert!(found.what.contains("2 tokens"), "{text}: {found:?}");
    }
}

#[test]
fn blanks_beside_the_dots_stay_and_are_named() {
    let (_, [h, p, s]) = jwt();
    for text in [format!("{h} . {p} . {s}"), format!("{h}. {p}. {s}"), format!("{h}\t.{p}.{s}")] {
        let stripped = strip(&text);
        assert_eq!(stripped.token, text);
        assert!(stripped.notes[0].starts_with("blanks beside its dots"), "{text}: {:?}", stripped.notes);
    }
}

#[test]
fn what_holds_no_token_is_named() {
    for (text, what) in [
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", "a PEM"),
        ("'$TOKEN'", "a variable"),
        ("Authorization: Basic YTpi", "HTTP Basic"),
        ("Bearer null", "the word for no value"),
    ] {
        let found = strip(text).foreign.unwrap_or_else(|| panic!("{text} is unknown"));
        assert!(found.what.contains(what), "{text}: {found:?}");
    }
    assert_eq!(strip("hunter2").foreign, None);
}
