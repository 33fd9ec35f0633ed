//! Any bytes as a token: the reader, the judge with keys of each family and all its advice, and
//! both renderings. Nothing panics, and no unsafe character reaches a terminal.

#![no_main]

use heistctl::clock::Timestamp;
use heistctl::commands::inspect::reading::strip;
use heistctl::commands::inspect::report::InspectReport;
use heistctl::commands::inspect::{Question, examine};
use heistctl::jose::keyset::KeySet;
use heistctl::render::inspect::text;
use heistctl::render::style::{Palette, escape};
use heistctl::verdict::{CheckName, Policy, as_api};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const KEYS: &str = r#"{"keys":[
 {"kty":"oct","kid":"h","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"},
 {"kty":"EC","kid":"e","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
 {"kty":"OKP","kid":"o","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
 {"kty":"RSA","kid":"r","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}]}"#;

static QUESTIONS: LazyLock<[Question; 2]> = LazyLock::new(|| {
    heistctl::jose::install_provider();
    let now = Timestamp::from_unix(1_795_420_800);
    let policy = Policy {
        iss: Some("me".to_owned()),
        aud: vec!["api".to_owned()],
        scope: "a b".parse().ok(),
        max_lifetime: Some(3600),
        require: vec![CheckName::Exp, CheckName::Typ],
        advise: true,
        ..Policy::default()
    };
    let keys = KeySet::read(KEYS.as_bytes(), "fuzz").expect("the keys above");
    [
        Question { keys, policy: as_api::strict(policy), now, as_api: true },
        Question { keys: KeySet::none(), policy: Policy { advise: true, ..Policy::default() }, now, as_api: false },
    ]
});

/// The fuzzer writes `{header}.{payload}.signature` in clear; the encoding is put around it here.
fn assembled(input: &str) -> String {
    let parts: Vec<&str> = input.splitn(3, '\u{1}').collect();
    match parts.as_slice() {
        [header, payload, signature] => {
            let encode = |text: &str| heistctl::jose::digest::base64url(text.as_bytes());
            format!("{}.{}.{}", encode(header), encode(payload), encode(signature))
        }
        _ => input.to_owned(),
    }
}

fuzz_target!(|data: &[u8]| {
    let input = String::from_utf8_lossy(data);
    let stripped = strip(&assembled(&input));
    for question in QUESTIONS.iter() {
        let mut report = examine(&stripped, question);
        for (json, as_api) in [(true, true), (true, false), (false, false)] {
            report.json = json;
            report.api = report.api.filter(|_| as_api);
            let shown = text(&report, Palette::default()).replace('\n', "");
            assert_eq!(escape(&shown), shown, "an unsafe character is shown");
        }
    }
});
