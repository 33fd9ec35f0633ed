//! docs/reference.md lists the fields of each JSON output, and each variable that the program reads.

use super::{document, path};
use crate::support::{Server, folder, heistctl, repository};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const REFERENCE: &str = "docs/reference.md";
/// A token of another issuer, by another algorithm.
const OTHER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJoZWlzdC1vYXV0aC1zZXJ2aWNlIiwic3ViIjoiaGFja2VyLWNsaWVudCIsInNjb3BlIjoic2ltdWxhdGlvbjpyZWFkIiwiaWF0IjoxNzk1NDE3MjAwLCJleHAiOjE3OTU0MjA4MDB9.YYKoYBzqcjYnx3i8sL3jcdkElaouFeJW7TuyauA5ugY";
const CONFIGURATION: &str =
    "[[client]]\nid = 'backend'\nsecret_file = 'secret'\nscopes = ['a']\nintrospect = true\n";

/// What is printed under each heading: commands for sh, whose stdout is a JSON object a line.
const OUTPUTS: [(&str, &[&str]); 38] = [
    ("`heistctl token --json`", &["heistctl token --json"]),
    ("`heistctl token -o kubernetes`", &["heistctl token -o kubernetes"]),
    ("`heistctl token -o headers`", &["heistctl token -o headers"]),
    ("`heistctl token -o google`", &["heistctl token -o google"]),
    ("`heistctl token --check --json`", &["heistctl token --check --json"]),
    ("`heistctl token --list-profiles --json`", &["heistctl token --list-profiles --json"]),
    ("`heistctl call --repeat N --json`", &["heistctl call --repeat 3 --json"]),
    ("`heistctl inspect --json`", &["heistctl token | heistctl inspect --introspect --json --aud x"]),
    (
        "`heistctl inspect --as-api --json`",
        &["heistctl token | heistctl inspect --as-api --json --issuer $URL"],
    ),
    ("`heistctl inspect --redact --json`", &["heistctl token | heistctl inspect --redact --json"]),
    (
        "`heistctl inspect --diff OTHER --json`",
        &[
            "heistctl token | heistctl inspect --json --diff $OTHER",
            "heistctl inspect --json --diff $OTHER $(heistctl token --dpop)",
        ],
    ),
    (
        "`heistctl serve --check --json`",
        &[
            "heistctl key generate > /dev/null
             heistctl serve --check --json --listen 127.0.0.1:0 --tls-self-signed certs",
            "echo 'isuer = 1' > wrong.toml; heistctl serve --check --json --config wrong.toml",
        ],
    ),
    (
        "Ready event",
        &["heistctl -q serve --demo --metrics-listen 127.0.0.1:0 --ready-file ready -- cat ready"],
    ),
    (
        "Request log",
        &[
            "heistctl serve --demo -- heistctl token 2>&1 | grep '\"event\":\"request\"'",
            "heistctl serve --demo -- sh -c 'HEISTCTL_CLIENT_SECRET=x heistctl token --no-cache' 2>&1 | grep '\"event\":\"request\"'",
        ],
    ),
    (
        "Notices and alarms",
        &[
            "heistctl serve --store memory: -- absent-program 2>&1 | grep '\"event\":\"alarm\"'",
            "heistctl serve --store sqlite:new.db -- true 2>&1 | grep '\"event\":\"notice\"'",
        ],
    ),
    ("`heistctl mint --json`", &["heistctl mint --json --secret-file secret"]),
    (
        "`heistctl probe --json`",
        &["HEISTCTL_TOKEN=$(heistctl token) heistctl probe --json --only P,S,N $URL/protected-resource"],
    ),
    (
        "`heistctl health --json`",
        &[
            "heistctl health --json $URL",
            "HEISTCTL_STORE_KEY=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY heistctl -q serve --listen $FREE --store \
             'postgres://h@127.0.0.1:1/h?sslmode=disable' > log 2>&1 & \
             heistctl wait --timeout 2s --json http://$FREE; kill $!",
        ],
    ),
    (
        "`heistctl doctor ISSUER --json`",
        &["heistctl -q serve --test --store memory: -- sh -c 'heistctl test fault --on metadata --omit \
           authorization_endpoint > fault; heistctl doctor $HEISTCTL_ISSUER --for mcp --json'"],
    ),
    ("`heistctl doctor --json`", &["heistctl doctor --json; HTTPS_PROXY=none:x heistctl doctor --json"]),
    (
        "`heistctl test fault --json`",
        &["heistctl -q serve --test --demo -- heistctl test fault --on token --delay 1s --json"],
    ),
    (
        "`heistctl test clock --json`",
        &[
            "heistctl -q serve --test --demo -- heistctl test clock --json",
            "heistctl -q serve --test --demo -- heistctl test reset --json",
        ],
    ),
    (
        "`heistctl test keys --json`",
        &["heistctl -q serve --test --store memory: -- heistctl test keys --rotate drop-old --json"],
    ),
    (
        "`heistctl test requests --json`",
        &["unset HEISTCTL_CLIENT_SECRET_FILE; heistctl -q serve --test --demo -- sh -c \
           'heistctl test fault --on token --delay 0s > faults; heistctl token --dpop > token; HEISTCTL_CLIENT_SECRET=x heistctl token --refresh; \
            for n in 1 2 3; do heistctl test requests --json && break; done' 2> log"],
    ),
    (
        "`heistctl test expect --json`",
        &["heistctl -q serve --test --demo -- heistctl test expect --tokens 1 --json 2> log"],
    ),
    ("`heistctl client add --json`", &["heistctl client add b --json", "heistctl client rotate b --json"]),
    ("`heistctl client import --json`", &["echo '{\"id\":\"c\"}' | heistctl client import --json -"]),
    ("`heistctl client show --json`", &["heistctl client show b --json"]),
    (
        "`heistctl client disable --json`",
        &[
            "heistctl client disable b --json",
            "heistctl client enable b --json",
            "heistctl client set b --scope c --json",
            "heistctl client remove c --json",
        ],
    ),
    ("`heistctl init --json`", &["heistctl init --client e --json new"]),
    ("`heistctl client hash --json`", &["echo some-secret-of-a-person | heistctl client hash --json"]),
    ("`heistctl client history --json`", &["heistctl client history --json", "heistctl key history --json"]),
    (
        "`heistctl key list --json`",
        &["heistctl key generate --json", "heistctl key rotate --json", "heistctl key list --json"],
    ),
    (
        "`heistctl store backup --json`",
        &["heistctl store backup b.db --json", "heistctl store restore b.db --replace --json"],
    ),
    ("`heistctl store check --json`", &["heistctl store check --json"]),
    (
        "`heistctl store import --json`",
        &["heistctl store export | heistctl store import - --json --store sqlite:other.db"],
    ),
    (
        "`heistctl trust test --json`",
        &["openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out trust.pem 2> /dev/null
             printf '%s\\n' \"issuer = 'https://as.example.com'\" '[[trust]]' \"name = 'idp'\" \
                 \"issuer = 'https://idp.example.com'\" '[[client]]' \"id = 'a'\" \
                 \"federated = [{ trust = 'idp', sub = 'a' }]\" > trust.toml
             for sub in a b; do
                 heistctl mint --key trust.pem --iss https://idp.example.com --sub $sub --typ JWT \
                     --aud https://as.example.com | heistctl trust test --json --config trust.toml -
             done"],
    ),
    (
        "`heistctl store export`",
        &["heistctl client add d --scope x --store sqlite:exported.db > /dev/null
             heistctl store export --store sqlite:exported.db"],
    ),
];

/// The fields below a heading.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = document(REFERENCE);
    let from = text.split_once(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("no {heading}")).1;
    let rows = from.split("\n### ").next().unwrap_or_default().lines();
    rows.filter_map(|row| row.strip_prefix("| `")?.split_once('`'))
        .map(|(field, _)| field.to_owned())
        .collect()
}

/// The names of fields in a value, as the document writes them. What an object has is not looked at unless the
/// document does.
fn fields(value: &Value, name: &str, documented: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    let inside = |mark: &str| documented.iter().any(|field| field.starts_with(&format!("{name}{mark}")));
    match value {
        Value::Object(members) if name.is_empty() || inside(".") => {
            let dot = if name.is_empty() { "" } else { "." };
            members
                .iter()
                .for_each(|(key, value)| fields(value, &format!("{name}{dot}{key}"), documented, found));
        }
        Value::Array(items) if inside("[].") => {
            items.iter().for_each(|item| fields(item, &format!("{name}[]"), documented, found));
        }
        Value::Null if inside(".") => {}
        _ => {
            found.insert(name.to_owned());
        }
    }
}

fn printed(command: &str, here: &Path, server: &Server) -> Vec<Value> {
    let mut sh = Command::new("sh");
    sh.args(["-c", command]).current_dir(here).env_clear().env("PATH", path()).env("OTHER", OTHER);
    sh.env("XDG_CONFIG_HOME", here).env("XDG_CACHE_HOME", here).env("HEISTCTL_STORE", "sqlite:store.db");
    sh.env("HEISTCTL_TOKEN_URL", server.token_url()).env("URL", server.url());
    sh.env("FREE", crate::starts::free_port().to_string());
    sh.env("HEISTCTL_CLIENT_ID", "backend").env("HEISTCTL_CLIENT_SECRET_FILE", here.join("secret"));
    let ran = sh.output().expect("sh runs");
    let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8_lossy(&ran.stderr));
    assert!(!out.is_empty(), "{command} prints nothing: {err}");
    let json = |line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{command}: {why}\n{out}"));
    out.lines().map(json).collect()
}

#[test]
fn the_fields_of_each_json_output_are_listed() {
    let here = folder(&[("heist.toml", CONFIGURATION), ("secret", "0b7c1d93e8f24a0b7c1d93e8f24a")]);
    std::fs::create_dir(here.path().join("heistctl")).unwrap();
    let profile = "[profile.a]\nclient_id = 'b'\ntoken_url = 'http://127.0.0.1:1'\n";
    std::fs::write(here.path().join("heistctl/config.toml"), profile).unwrap();
    let server = heistctl(["serve", "--listen", "127.0.0.1:0", "--store", "memory:"]).in_folder(here.path());
    let server = server.serve();
    for (heading, commands) in OUTPUTS {
        let documented = documented(heading);
        let mut found = BTreeSet::new();
        for value in commands.iter().flat_map(|command| printed(command, here.path(), &server)) {
            fields(&value, "", &documented, &mut found);
        }
        assert_eq!(documented, found, "{heading}: on the left is what {REFERENCE} lists");
    }
    let headings = document(REFERENCE).matches("\n### ").count();
    assert_eq!(headings, OUTPUTS.len(), "each output under a heading of {REFERENCE} is tested");
}

/// All sources of a folder, one after the other.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.ends_with("cli/reference/environment.rs") {
            // A list of them reads none.
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).expect("it is text"));
        }
    }
    text
}

/// The names between these marks.
fn variables(text: &str, mark: char) -> BTreeSet<String> {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let start = format!("{mark}HEISTCTL_");
    let starts = text.split(&start).skip(1);
    let names = starts.filter_map(|rest| rest.split_once(mark)).map(|(name, _)| name);
    names.filter(|name| is_name(name)).map(|name| format!("HEISTCTL_{name}")).collect()
}

#[test]
fn the_variables_are_those_that_the_program_knows() {
    let text = document(REFERENCE);
    let section = text.split_once("\n## Environment variables\n").expect("a section").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let known = variables(&sources(&repository().join("src")), '"');
    assert!(known.len() > 15, "{known:?}");
    assert_eq!(variables(section, '`'), known, "on the left is what {REFERENCE} lists");
}
