//! Mistakes in the lines of `client import`: members of other tools, values of other types, and files of
//! another format.

use super::Mistake;
use crate::registry::Store;

/// A secret that stands in a line; no message has it.
const SECRET: &str = "heist_TdgFRXLncSQPnaS6IEZbkNxtJEXyOyx5KJ3c4hIQI10GPYutV";

fn are_explained(rows: &[(&str, &str, &str)]) {
    let store = Store::new();
    for (stdin, cause, cure) in rows {
        let stdin = stdin.replace('§', SECRET);
        let mistake = Mistake { typed: &["import", "-"], exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| store.client(typed).stdin(stdin.clone()));
        assert!(ran.stdout.is_empty() && !ran.stderr.contains("heist_"), "{stdin}: {ran}");
        for serde in ["invalid type", "expected a map", "u64", "sequence", "at line 1 column"] {
            assert!(!ran.stderr.contains(serde), "{stdin}: {ran}");
        }
    }
    assert!(store.client(&["list"]).run().stdout.is_empty());
}

#[test]
fn a_member_of_another_tool_is_named_with_ours() {
    are_explained(&[
        (r#"{"client_id":"a","scope":"x"}"#, "stdin:1: unknown member \"client_id\"", "\"id\""),
        (r#"{"clientId":"a"}"#, "unknown member \"clientId\"", "\"id\""),
        (r#"{"name":"a"}"#, "unknown member \"name\"", "\"id\""),
        (r#"{"id":"a","scope":"x"}"#, "unknown member \"scope\"", "\"scopes\":\"x\""),
        (r#"{"id":"a","scope":"§"}"#, "unknown member \"scope\"", "\"scopes\""),
        (r#"{"id":"a","Scopes":"x"}"#, "unknown member \"Scopes\"", "\"scopes\":\"x\""),
        (r#"{"id":"a","scopse":"x"}"#, "unknown member \"scopse\"", "\"scopes\":\"x\""),
        (r#"{"id":"a","allowedScopes":["x","y"]}"#, "\"allowedScopes\"", "\"scopes\":\"x y\""),
        (r#"{"id":"a","permissions":"x"}"#, "\"permissions\"", "\"scopes\":\"x\""),
        (r#"{"id":"a","audience":"https://a"}"#, "\"audience\"", "\"audiences\":[\"https://a\"]"),
        (r#"{"id":"a","aud":["https://a"]}"#, "\"aud\"", "\"audiences\":[\"https://a\"]"),
        (r#"{"id":"a","resource":"https://a"}"#, "\"resource\"", "\"audiences\":[\"https://a\"]"),
        (r#"{"id":"a","token_lifetime":900}"#, "\"token_lifetime\"", "\"lifetime\":900"),
        (r#"{"id":"a","ttl":"15m"}"#, "\"ttl\"", "\"lifetime\":900"),
        (r#"{"id":"a","accessTokenLifetime":60}"#, "\"accessTokenLifetime\"", "\"lifetime\":60"),
        (
            r#"{"id":"a","token_endpoint_auth_method":"client_secret_post"}"#,
            "\"token_endpoint_auth_method\"",
            "\"auth_method\":\"client_secret_post\"",
        ),
        (r#"{"id":"a","jwks_url":"https://a/jwks"}"#, "\"jwks_url\"", "\"jwks_uri\":\"https://a/jwks\""),
        (r#"{"id":"a","public_key":"x"}"#, "\"public_key\"", "\"jwks\""),
        (r#"{"id":"a","ip":"10.0.0.1"}"#, "\"ip\"", "\"allow_from\":[\"10.0.0.1\"]"),
        (r#"{"id":"a","enabled":false}"#, "\"enabled\"", "\"disabled\":true"),
        (r#"{"id":"a","active":true}"#, "\"active\"", "\"disabled\":false"),
        (
            r#"{"id":"a","dpop_bound_access_tokens":true}"#,
            "\"dpop_bound_access_tokens\"",
            "\"dpop_required\":true",
        ),
        (r#"{"id":"a","custom_claims":{"t":1}}"#, "\"custom_claims\"", "\"claims\":{\"t\":1}"),
        (r#"{"id":"a","grant_types":["client_credentials"]}"#, "\"grant_types\"", "leave it out"),
        (r#"{"id":"a","redirect_uris":[]}"#, "\"redirect_uris\"", "leave it out"),
        (r#"{"id":"a","client_name":"My app"}"#, "\"client_name\"", "leave it out"),
        (
            r#"{"id":"a","frobnicate":1}"#,
            "\"frobnicate\"",
            "id, scopes, default_scopes, audiences, default_audiences",
        ),
        (r#"{"id":"a","secret":"§"}"#, "\"secret\"", "heistctl client hash"),
        (r#"{"id":"a","client_secret":"§"}"#, "\"client_secret\"", "heistctl client hash"),
        (r#"{"id":"a","password":"§"}"#, "\"password\"", "heistctl client hash"),
        (r#"{"id":"a","§":1}"#, "unknown member (not shown", "id, scopes"),
        (r#"{"id":"a","secret_env":"S"}"#, "\"secret_env\"", "\"secret_hash\""),
        (r#"{"id":"a","secretHash":"x"}"#, "\"secretHash\"", "\"secret_hash\""),
    ]);
}

#[test]
fn a_value_of_another_type_is_named_with_one_that_fits() {
    are_explained(&[
        (r#"{"id":7}"#, "id is a number; it must be a text", "\"id\":\"7\""),
        (r#"{"id":null}"#, "id is null; it must be a text", "\"id\":\"backend\""),
        (r#"{"id":["a"]}"#, "id is a list; it must be a text", "\"id\":\"a\""),
        (r#"{"scopes":"x"}"#, "the line has no id", "\"id\":\"backend\""),
        (r#"{"id":"a","scopes":["x","y"]}"#, "scopes is a list; it must be a text", "\"scopes\":\"x y\""),
        (r#"{"id":"a","scopes":["§"]}"#, "scopes is a list", "\"scopes\":\"orders:read orders:write\""),
        (r#"{"id":"a","default_scopes":["x"]}"#, "default_scopes is a list", "\"default_scopes\":\"x\""),
        (
            r#"{"id":"a","scopes":{"x":1}}"#,
            "scopes is an object; it must be a text",
            "\"scopes\":\"orders:read",
        ),
        (r#"{"id":"a","scopes":"a\"b"}"#, "scopes: \"a\"b\" has a double quote", "visible ASCII"),
        (
            r#"{"id":"a","audiences":"https://a"}"#,
            "audiences is a text; it must be a list of texts",
            "\"audiences\":[\"https://a\"]",
        ),
        (r#"{"id":"a","audiences":[1]}"#, "audiences has a number in it", "\"audiences\":[\"https://"),
        (
            r#"{"id":"a","allow_from":"10.0.0.0/8"}"#,
            "allow_from is a text",
            "\"allow_from\":[\"10.0.0.0/8\"]",
        ),
        (
            r#"{"id":"a","lifetime":"15m"}"#,
            "lifetime is a text; it must be a number of seconds",
            "\"lifetime\":900",
        ),
        (r#"{"id":"a","lifetime":"900"}"#, "lifetime is a text", "\"lifetime\":900"),
        (r#"{"id":"a","lifetime":900.5}"#, "lifetime is not a whole number", "\"lifetime\":900"),
        (r#"{"id":"a","lifetime":-1}"#, "lifetime is negative", "\"lifetime\":900"),
        (r#"{"id":"a","lifetime":0}"#, "lifetime is under a second", "\"lifetime\":900"),
        (
            r#"{"id":"a","introspect":"yes"}"#,
            "introspect is a text; it must be true or false",
            "\"introspect\":true",
        ),
        (r#"{"id":"a","introspect":"false"}"#, "introspect is a text", "\"introspect\":false"),
        (r#"{"id":"a","token_exchange":1}"#, "token_exchange is a number", "\"token_exchange\":true"),
        (r#"{"id":"a","dpop_required":[]}"#, "dpop_required is a list", "\"dpop_required\":true"),
        (r#"{"id":"a","claims":[]}"#, "claims is a list; it must be an object", "\"claims\":{"),
        (r#"{"id":"a","claims":"x"}"#, "claims is a text", "\"claims\":{"),
        (
            r#"{"id":"a","jwks":[{"kty":"EC"}]}"#,
            "jwks is a list; it must be an object",
            "\"jwks\":{\"keys\":[",
        ),
        (r#"{"id":"a","jwks":"https://a/jwks"}"#, "jwks is a text", "\"jwks_uri\":\"https://a/jwks\""),
        (r#"{"id":"a","jwks_uri":{"keys":[]}}"#, "jwks_uri is an object", "\"jwks\""),
        (
            r#"{"id":"a","auth_method":"basic"}"#,
            "auth_method \"basic\"",
            "\"auth_method\":\"client_secret_basic\"",
        ),
        (
            r#"{"id":"a","auth_method":"hmac"}"#,
            "auth_method \"hmac\"",
            "\"auth_method\":\"client_secret_jwt\"",
        ),
        (
            r#"{"id":"a","auth_method":true}"#,
            "auth_method is true or false; it must be a text",
            "client_secret_basic",
        ),
        (r#"{"id":"a","secret_hash":5}"#, "secret_hash is a number", "heistctl client hash"),
        (r#"{"id":"a","secret_hash":"§"}"#, "secret_hash is the secret itself", "heistctl client hash"),
        (r#"{"id":"a","secret_hash":"hunter2"}"#, "secret_hash is not a hash", "heistctl client hash"),
        (
            r#"{"id":"a","secret_hash":"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"}"#,
            "secret_hash lacks sha256: before its digits",
            "\"secret_hash\":\"sha256:",
        ),
        (
            r#"{"id":"a","secret_hash":"$2y$10$abcdefghijklmnopqrstuv"}"#,
            "secret_hash is of bcrypt; heistctl takes sha256 and argon2id",
            "heistctl client hash",
        ),
        (
            r#"{"id":"a","secret_hash":"$argon2i$v=19$m=64,t=1,p=1$c29t$aGFz"}"#,
            "secret_hash is of argon2i",
            "heistctl client hash",
        ),
        (r#"{"id":"a","id":"b"}"#, "id appears twice", "once"),
    ]);
}

#[test]
fn a_file_of_another_format_is_named_with_the_way_to_turn_it() {
    are_explained(&[
        ("[{\"id\":\"a\"}]", "stdin:1: the line is a list of clients", "jq -c '.[]'"),
        ("[\n {\"id\":\"a\"}\n]", "a list of clients", "jq -c '.[]'"),
        ("{\"clients\":[{\"id\":\"a\"}]}", "an object with a list of clients", "jq -c '.clients[]'"),
        ("{\n  \"id\":\"a\"\n}", "one client over several lines", "jq -c ."),
        ("{\"id\":\"a\"} {\"id\":\"b\"}", "two clients in one line", "jq -c ."),
        ("{\"id\":\"a\"},", "a comma after the client", "end the line without the comma"),
        ("{\"id\":\"a\",}", "a comma before }", "remove the comma after the last member"),
        ("{\"id\":\"a\"", "the line is cut off", "}"),
        ("{'id':'a'}", "single quotes", "double quotes"),
        ("{\u{201c}id\u{201d}:\u{201c}a\u{201d}}", "typographic quotes", "double quotes"),
        ("{id:\"a\"}", "a name without quotes", "double quotes"),
        ("{\"id\":\"a\" \"scopes\":\"x\"}", "at column 11", "{\"id\":\"backend\""),
        ("# clients\n{\"id\":\"a\"}", "a comment", "grep -v '^#'"),
        ("// clients\n{\"id\":\"a\"}", "a comment", "grep -v '^//'"),
        ("id,scopes\na,x", "CSV", "{\"id\":\"backend\""),
        ("a;x\nb;y", "CSV", "{\"id\":\"backend\""),
        ("- id: a\n  scopes: x", "YAML", "yq -o json"),
        ("id: a\nscopes: x", "YAML", "yq -o json"),
        ("clients:\n  - id: a", "YAML", "yq -o json"),
        ("[[client]]\nid = \"a\"", "heist.toml", "heistctl serve --config"),
        ("id = \"a\"", "heist.toml", "heistctl serve --config"),
        ("\"a\"", "the line is a text", "{\"id\":\"backend\""),
        ("a", "is not JSON", "{\"id\":\"backend\""),
        ("<xml/>", "is not JSON", "{\"id\":\"backend\""),
        ("§", "is not JSON", "{\"id\":\"backend\""),
        (
            "{\"id\":\"a\"}\n{\"id\":\"a\"}",
            "stdin:2: client \"a\" appears twice",
            "remove one of them from the file",
        ),
        ("", "there is no client in stdin", "{\"id\":\"backend\""),
        ("\n\n", "there is no client in stdin", "{\"id\":\"backend\""),
        ("SQLite format 3\u{0}", "is a SQLite database", "--store sqlite:"),
    ]);
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let store = Store::new();
    for (stdin, cause, cure) in [
        (&b"\x1f\x8b\x08\0\0"[..], "is compressed", "gunzip -c FILE | heistctl client import -"),
        (b"\xff\xfe{\0\"\0", "is UTF-16", "iconv -f UTF-16"),
        (b"{\"id\":\"\xe9\"}", "is not UTF-8", "{\"id\":\"backend\""),
    ] {
        let mistake = Mistake { typed: &["import", "-"], exit: 2, cause, cure };
        mistake.is_explained(|typed| store.client(typed).stdin(stdin));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_cure() {
    let store = Store::new();
    let folder = store.folder.path().display().to_string();
    for (file, cause, cure) in [
        ("missing.jsonl", "cannot read missing.jsonl", "is the path right"),
        (folder.as_str(), "is a folder", "heistctl client import FILE"),
        (
            "https://x/clients.jsonl",
            "\"https://x/clients.jsonl\" is a URL",
            "curl -fsS URL | heistctl client import -",
        ),
        ("{\"id\":\"a\"}", "a client was given instead of a file's path", "heistctl client import - <"),
        ("~/clients.jsonl", "it begins with ~", "is the path right"),
        ("@clients.jsonl", "it begins with @", "is the path right"),
    ] {
        let mistake = Mistake { typed: &["import", file], exit: 2, cause, cure };
        mistake.is_explained(|typed| store.client(typed));
    }
}
