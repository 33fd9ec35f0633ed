//! heist.toml that is not TOML: what was written, and the line as it should be.

use super::config::{Row, all_are_explained};

const QUOTES: [Row; 13] = [
    (
        "issuer = https://as.example.com\n",
        "heist.toml:1:10: the value of issuer needs quotes",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "listen = 127.0.0.1:8001\n",
        "heist.toml:1:10: the value of listen needs quotes",
        "listen = \"127.0.0.1:8001\"",
    ),
    ("token_lifetime = 1h\n", "the value of token_lifetime needs quotes", "token_lifetime = \"1h\""),
    (
        "[limits]\nper_client = 100/s\n",
        "heist.toml:2:14: the value of per_client needs quotes",
        "per_client = \"100/s\"",
    ),
    ("audience = api\n", "the value of audience needs quotes", "audience = \"api\""),
    ("[[client]]\nid = app\n", "heist.toml:2:6: the value of id needs quotes", "id = \"app\""),
    (
        "[[client]]\nid = 'a'\nscopes = [a:read, b]\n",
        "heist.toml:3:10: the values of scopes need quotes",
        "scopes = [\"a:read\", \"b\"]",
    ),
    ("[[client]]\nid = 'a'\nscopes = a, b\n", "the value of scopes needs quotes", "scopes = [\"a\", \"b\"]"),
    (
        "issuer = \u{201c}https://as.example.com\u{201d}\n",
        "typographic quotes",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "issuer = \"https://as.example.com\n",
        "heist.toml:1:10: the quote of issuer is not closed",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "issuer = 'https://as.example.com\n",
        "the quote of issuer is not closed",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "issuer = https://as.example.com\"\n",
        "the value of issuer needs quotes",
        "issuer = \"https://as.example.com\"",
    ),
    ("audit_log = \"C:\\certs\\chain.pem\"\n", "a backslash", "audit_log = 'C:\\certs\\chain.pem'"),
];

const FORMS: [Row; 23] = [
    ("issuer =\n", "heist.toml:1: issuer has no value", "issuer = \"https://as.example.com\""),
    ("token_lifetime = # an hour\n", "token_lifetime has no value", "token_lifetime = \"1h\""),
    (
        "issuer: https://as.example.com\n",
        "heist.toml:1:7: \"=\" is expected, not \":\"",
        "issuer = \"https://as.example.com\"",
    ),
    ("token_lifetime: 1h\n", "\"=\" is expected, not \":\"", "token_lifetime = \"1h\""),
    (
        "issuer \"https://as.example.com\"\n",
        "\"=\" is missing after issuer",
        "issuer = \"https://as.example.com\"",
    ),
    ("issuer\n", "issuer has no value", "issuer = \"https://as.example.com\""),
    ("issuer == 'a'\n", "\"=\" is written twice", "issuer = \"https://as.example.com\""),
    ("issuer => 'a'\n", "\"=\" is expected, not \"=>\"", "issuer = \"https://as.example.com\""),
    ("issuer := 'a'\n", "\"=\" is expected, not \":=\"", "issuer = \"https://as.example.com\""),
    ("[tls\ncert_file = 'a'\n", "heist.toml:1: the header of the section is not closed", "[tls]"),
    ("[[client]\nid = 'a'\n", "heist.toml:1: the header of the section is not closed", "[[client]]"),
    ("[client]]\nid = 'a'\n", "heist.toml:1: the header of the section", "[[client]]"),
    (
        "[tls] cert_file = 'a'\n",
        "heist.toml:1: a section's header needs a line of its own",
        "cert_file = \"a\"",
    ),
    (
        "[[client]]\nid = 'a'\nscopes = ['a', 'b'\n",
        "heist.toml:3: the list of scopes is not closed",
        "scopes = [\"a\", \"b\"]",
    ),
    ("[[client]]\nid = 'a'\nscopes = ['a' 'b']\n", "a comma is missing", "scopes = [\"a\", \"b\"]"),
    ("// the issuer\n", "heist.toml:1: a comment begins with #", "# the issuer"),
    ("; the issuer\n", "a comment begins with #", "# the issuer"),
    ("issuer = 'a';\n", "\";\" is after the value of issuer", "issuer = \"https://as.example.com\""),
    ("issuer = 'a',\n", "\",\" is after the value of issuer", "issuer = \"https://as.example.com\""),
    (
        "{\n  \"issuer\": \"https://as.example.com\"\n}\n",
        "heist.toml:1: this is JSON, and heist.toml is TOML",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "---\nissuer: a\n",
        "heist.toml:1: this is YAML, and heist.toml is TOML",
        "issuer = \"https://as.example.com\"",
    ),
    ("issuer = null\n", "TOML has no null", "leave the line of issuer out"),
    ("export ISSUER='a'\n", "\"export\" is a shell's word", "issuer = \"https://as.example.com\""),
];

const WORDS: [Row; 5] = [
    (
        "explain_client_errors = True\n",
        "explain_client_errors is true or false, in small letters",
        "explain_client_errors = true",
    ),
    (
        "explain_client_errors = yes\n",
        "explain_client_errors is true or false",
        "explain_client_errors = true",
    ),
    (
        "explain_client_errors = off\n",
        "explain_client_errors is true or false",
        "explain_client_errors = false",
    ),
    ("issuer = 'a'\nissuer = 'b'\n", "heist.toml:2: issuer is written twice", "line 1"),
    ("[tls]\ncert_file = 'a'\nkey_file = 'a'\n[tls]\n", "heist.toml:4: [tls] is written twice", "line 1"),
];

#[test]
fn quotes_that_are_missing_or_wrong_are_shown_in_their_place() {
    all_are_explained(&QUOTES);
}

#[test]
fn lines_of_another_form_are_shown_as_toml() {
    all_are_explained(&FORMS);
}

#[test]
fn words_and_repetitions_are_named() {
    all_are_explained(&WORDS);
}

#[test]
fn a_file_in_another_encoding_is_converted_by_a_command() {
    let utf16: Vec<u8> = "\u{feff}issuer = 'a'\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let folder = crate::support::folder(&[]);
    for (bytes, cause, cure) in [
        (&utf16[..], "heist.toml is UTF-16", "iconv -f UTF-16 -t UTF-8 heist.toml"),
        (b"issuer = 'caf\xe9'\n", "heist.toml:1: not UTF-8", "iconv -f ISO-8859-1 -t UTF-8 heist.toml"),
        (b"\x1f\x8b\x08\x00\x00", "heist.toml is not a text file", "heist.toml"),
    ] {
        std::fs::write(folder.path().join("heist.toml"), bytes).unwrap();
        super::config::is_explained(folder.path(), cause, cure);
    }
}
