//! Each check is turned by its own defect, and by no other.

use super::check::DoctorFinding;
use super::evidence::{Inquiry, IssuerEvidence};
use super::examination::{Examination, Grade};
use super::fixture::{answers, body, edit, first, good, header, keys, replace, set, silence};
use super::profile::SecurityProfile;
use crate::clock::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A check, a change of the evidence that turns it, and the checks that must turn with it.
pub(super) struct Defect(pub(super) u8, pub(super) fn(&mut IssuerEvidence), pub(super) &'static [u8]);

fn all_defects() -> impl Iterator<Item = &'static Defect> {
    DEFECTS.iter().chain(super::client_defects::DEFECTS)
}

const DEFECTS: &[Defect] = &[
    Defect(1, |e| e.issuer.push_str("?a=b"), &[4, 5, 28, 74, 87]),
    Defect(
        2,
        |e| {
            lost(
                e,
                &[
                    Inquiry::OAuthMetadata,
                    Inquiry::OpenIdInserted,
                    Inquiry::OpenIdAppended,
                    Inquiry::OAuthAppended,
                ],
            )
        },
        EVERY,
    ),
    Defect(3, |e| lost(e, &[Inquiry::OpenIdAppended]), &[]),
    Defect(4, |e| lost(e, &[Inquiry::OAuthMetadata, Inquiry::OpenIdInserted]), &[2, 9]),
    Defect(5, |e| set(e, "issuer", json!("https://as.example.com/tenant/")), &[]),
    Defect(
        6,
        |e| edit(first(e, Inquiry::OpenIdAppended), |d| d["token_endpoint"] = json!("https://b/t")),
        &[],
    ),
    Defect(7, |e| lost_by(e, Inquiry::OAuthAppended, 301), &[]),
    Defect(8, |e| header(first(e, Inquiry::OpenIdAppended), "content-type", Some("text/html")), &[]),
    Defect(8, |e| repeated(e, Inquiry::OAuthMetadata), &[9]),
    Defect(9, |e| header(first(e, Inquiry::OAuthMetadata), "cache-control", Some("no-store")), &[]),
    Defect(9, |e| edit(first(e, Inquiry::MetadataAgain), |d| d["x"] = json!(1)), &[]),
    Defect(10, |e| set(e, "grant_type_supported", json!(["client_credentials"])), &[]),
    Defect(11, |e| set(e, "token_endpoint", json!("http://as.example.com/token")), &[27]),
    Defect(11, |e| silence(e, Inquiry::TokenEmpty), &[]),
    Defect(11, |e| set(e, "token_endpoint", json!("https://as.example.com/token#x")), &[]),
    Defect(12, |e| set(e, "grant_types_supported", Value::Null), &[]),
    Defect(12, |e| set(e, "grant_types_supported", json!(["authorization_code"])), &[]),
    Defect(13, |e| set(e, "token_endpoint_auth_methods_supported", json!(["none"])), &[22]),
    Defect(13, |e| set(e, "token_endpoint_auth_methods_supported", json!(["client_secret"])), &[]),
    Defect(14, |e| set(e, "revocation_endpoint_auth_signing_alg_values_supported", Value::Null), &[]),
    Defect(15, |e| set(e, "token_endpoint_auth_signing_alg_values_supported", json!(["ES256", "none"])), &[]),
    Defect(15, |e| set(e, "token_endpoint_auth_signing_alg_values_supported", json!(["HS256"])), &[]),
    Defect(16, |e| set(e, "authorization_endpoint", Value::Null), &[]),
    Defect(17, |e| set(e, "response_types_supported", Value::Null), &[]),
    Defect(17, |e| set(e, "claims_supported", json!([])), &[]),
    Defect(
        18,
        |e| {
            edit(first(e, Inquiry::OpenIdAppended), |d| {
                drop(d.as_object_mut().unwrap().remove("subject_types_supported"))
            })
        },
        &[],
    ),
    Defect(19, |e| set(e, "jwks_uri", json!("http://as.example.com/jwks.json")), &[27]),
    Defect(20, |e| set(e, "introspection_endpoint_auth_methods_supported", Value::Null), &[]),
    Defect(20, |e| silence(e, Inquiry::RevocationBare), &[]),
    Defect(21, |e| set(e, "dpop_signing_alg_values_supported", json!(["ES256", "HS256"])), &[]),
    Defect(22, |e| set(e, "mtls_endpoint_aliases", json!({"token_endpoint": "http://b/t"})), &[]),
    Defect(23, |e| set(e, "scopes_supported", json!(["read", "read"])), &[]),
    Defect(23, |e| set(e, "scopes_supported", json!(["read write"])), &[]),
    Defect(24, |e| set(e, "grant_types_supported", json!(["client_credentials", "password"])), &[]),
    Defect(
        25,
        |e| {
            set(e, "registration_endpoint", json!("https://as.example.com/r"));
            replace(e, Inquiry::Registration, 400, json!({"error": "invalid_client_metadata"}))
        },
        &[],
    ),
    Defect(26, |e| set(e, "client_id_metadata_document_supported", Value::Null), &[]),
    Defect(27, |e| set(e, "revocation_endpoint", json!("https://other.example.com/r")), &[]),
    Defect(
        28,
        |e| edit(first(e, Inquiry::ResourceMetadata), |d| d["authorization_servers"] = json!(["https://b"])),
        &[],
    ),
    Defect(30, |e| header(first(e, Inquiry::KeySet), "content-type", Some("text/html")), &[]),
    Defect(30, |e| keys(e, |keys| keys[0]["use"] = json!("enc")), &[72]),
    Defect(31, |e| keys(e, |keys| keys[0]["d"] = json!("AAAA")), &[]),
    Defect(32, |e| keys(e, |keys| keys.push(keys[0].clone())), &[39]),
    Defect(32, |e| keys(e, |keys| keys.push(without(&keys[0], "kid"))), &[39]),
    Defect(33, |e| keys(e, |keys| keys.push(short_rsa())), &[39]),
    Defect(33, |e| keys(e, |keys| keys[0]["x"] = json!("AAAA")), &[30, 72]),
    Defect(34, |e| keys(e, |keys| keys[0] = without(&keys[0], "use")), &[]),
    Defect(35, |e| header(first(e, Inquiry::KeySet), "cache-control", None), &[]),
    Defect(35, |e| header(first(e, Inquiry::KeySet), "cache-control", Some("max-age=10")), &[]),
    Defect(36, |e| edit(first(e, Inquiry::KeySetAgain), |set| set["keys"] = json!([])), &[]),
    Defect(37, |e| keys(e, |keys| keys[0]["x5c"] = json!(["AAAA"])), &[30, 72]),
    Defect(
        38,
        |e| {
            keys(e, |keys| {
                keys.insert(0, json!({"kty": "AKP", "kid": "a", "alg": "ML-DSA-44", "use": "sig"}))
            })
        },
        &[39],
    ),
    Defect(40, |e| tls(e, "TLSv1_3", 13), &[]),
    Defect(41, |e| tls(e, "TLSv1_1", 100), &[]),
    Defect(42, |e| replace(e, Inquiry::PlainToken, 401, json!({"error": "invalid_client"})), &[]),
    Defect(43, |e| every(e, |seen| header(seen, "strict-transport-security", None)), &[]),
    Defect(44, |e| every(e, |seen| header(seen, "date", Some("Mon, 23 Nov 2026 08:00:06 GMT"))), &[]),
    Defect(45, |e| header(first(e, Inquiry::TokenGet), "allow", None), &[]),
    Defect(46, |e| header(first(e, Inquiry::UnknownPage), "content-type", Some("text/html")), &[]),
    Defect(46, |e| header(first(e, Inquiry::TokenEmpty), "server", Some("Example/1.2.3")), &[]),
    Defect(
        46,
        |e| body(first(e, Inquiry::TokenText), "{\"error\":\"Traceback (most recent call last)\"}"),
        &[],
    ),
    Defect(
        47,
        |e| {
            for name in ["access-control-allow-origin", "access-control-allow-credentials"] {
                header(first(e, Inquiry::TokenEmpty), name, Some("true"))
            }
        },
        &[],
    ),
    Defect(
        51,
        |e| edit(first(e, Inquiry::UnknownClient), |d| d["error_description"] = json!("Client not found")),
        &[],
    ),
    Defect(51, |e| first(e, Inquiry::UnknownClient).status = 400, &[]),
    Defect(82, |e| replace(e, Inquiry::IntrospectionBare, 200, json!({"active": false})), &[]),
    Defect(48, |e| replace(e, Inquiry::LargeBody, 502, json!({})), &[]),
    Defect(48, |e| silence(e, Inquiry::ManyParameters), &[]),
];

/// All checks of metadata and of what it names.
const EVERY: &[u8] =
    &[3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28];

fn lost(evidence: &mut IssuerEvidence, questions: &[Inquiry]) {
    questions.iter().for_each(|question| lost_by(evidence, *question, 404));
}

fn lost_by(evidence: &mut IssuerEvidence, question: Inquiry, status: u16) {
    replace(evidence, question, status, json!({"error": "not_found"}));
}

/// A member twice, which a JSON value cannot have.
fn repeated(evidence: &mut IssuerEvidence, question: Inquiry) {
    let seen = first(evidence, question);
    let text = String::from_utf8(seen.body.clone()).unwrap();
    body(seen, text.replacen('{', "{\"issuer\":\"https://as.example.com/tenant\",", 1));
}

fn every(evidence: &mut IssuerEvidence, change: impl Fn(&mut super::evidence::SeenAnswer)) {
    let all: Vec<Inquiry> = evidence.exchanges.keys().copied().collect();
    all.into_iter().for_each(|question| answers(evidence, question).for_each(&change));
}

fn tls(evidence: &mut IssuerEvidence, version: &'static str, days: i64) {
    let ends = Timestamp::from_unix(evidence.now.unix() + days * 86_400);
    let facts = first(evidence, Inquiry::OAuthMetadata).tls.as_mut().unwrap();
    (facts.version, facts.ends) = (version, Some(ends));
}

fn without(key: &Value, name: &str) -> Value {
    let mut key = key.clone();
    key.as_object_mut().unwrap().remove(name);
    key
}

/// A modulus of 1024 bits without small factors.
fn short_rsa() -> Value {
    let n = format!("{}w", "_".repeat(170));
    json!({"kty": "RSA", "n": n, "e": "AQAB", "kid": "short", "use": "sig", "alg": "RS256"})
}

/// Each check's finding, in a word.
fn words(evidence: &IssuerEvidence) -> BTreeMap<u8, (&'static str, String)> {
    let word = |finding: &DoctorFinding| match finding {
        DoctorFinding::Pass => ("pass", String::new()),
        DoctorFinding::Fail { seen, .. } => ("fail", seen.clone()),
        DoctorFinding::Warn(seen) => ("warn", seen.clone()),
        DoctorFinding::Skip(why) => ("skip", why.clone()),
    };
    let judged = Examination::of(evidence).checks;
    judged.iter().map(|judged| (judged.check.number, word(&judged.finding))).collect()
}

#[test]
fn heistctl_itself_passes_every_check() {
    for profile in
        [None, Some(SecurityProfile::Mcp), Some(SecurityProfile::Rfc9700), Some(SecurityProfile::Oidc)]
    {
        let evidence = good(profile);
        let found = words(&evidence);
        let other: Vec<_> = found.iter().filter(|(_, (word, _))| ["fail", "warn"].contains(word)).collect();
        assert!(other.is_empty(), "{profile:?}: {other:?}");
        assert_eq!(Examination::of(&evidence).grade, Grade::A);
    }
}

#[test]
fn each_defect_turns_its_check_and_no_other() {
    let good = good(None);
    let before = words(&good);
    let mut wrong = Vec::new();
    for (at, Defect(number, change, companions)) in all_defects().enumerate() {
        let mut evidence = good.clone();
        change(&mut evidence);
        let after = words(&evidence);
        if !["fail", "warn"].contains(&after[number].0) {
            wrong.push(format!("defect {at} leaves {number}: {:?}", after[number]));
        }
        let turned = after.iter().filter(|(other, (word, _))| before[other].0 != *word);
        let others = turned.filter(|(other, _)| *other != number && !companions.contains(other));
        wrong.extend(others.map(|other| format!("defect {at} of {number} turns {other:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_defect() {
    let tested: Vec<u8> = all_defects().map(|Defect(number, ..)| *number).collect();
    for judged in Examination::of(&good(None)).checks {
        let number = judged.check.number;
        // The others are judged with --for fapi2, and by two looks.
        assert!(tested.contains(&number) || [29, 39].contains(&number), "{number}");
    }
}

#[test]
fn fapi_2_is_judged_where_it_is_wanted() {
    let evidence = good(Some(SecurityProfile::Fapi2));
    assert!(words(&evidence)[&29].1.contains("client_secret_basic"), "{:?}", words(&evidence)[&29]);
    let mut fapi = evidence;
    set(&mut fapi, "token_endpoint_auth_methods_supported", json!(["private_key_jwt"]));
    set(&mut fapi, "token_endpoint_auth_signing_alg_values_supported", json!(["ES256"]));
    assert_eq!(words(&fapi)[&29].0, "pass");
}

#[test]
fn the_grade_follows_the_heaviest_failure() {
    let of = |profile, change: fn(&mut IssuerEvidence)| {
        let mut evidence = good(profile);
        change(&mut evidence);
        Examination::of(&evidence).grade
    };
    let old: fn(&mut IssuerEvidence) =
        |e| set(e, "grant_types_supported", json!(["client_credentials", "password"]));
    assert_eq!(of(None, old), Grade::B);
    assert_eq!(of(Some(SecurityProfile::Rfc9700), old), Grade::D);
    assert_eq!(of(None, |e| set(e, "authorization_endpoint", Value::Null)), Grade::C);
    assert_eq!(of(None, |e| set(e, "issuer", json!("https://b"))), Grade::D);
    assert_eq!(of(None, |e| lost(e, &Inquiry::METADATA)), Grade::F);
}

#[test]
fn large_requests_are_sent_where_they_are_allowed_and_else_skipped() {
    let mut evidence = good(None);
    for question in [Inquiry::LargeBody, Inquiry::ManyParameters] {
        assert_eq!(evidence.all(question).len(), 1, "{question:?}");
        evidence.exchanges.remove(&question);
    }
    assert_eq!(words(&evidence)[&48].0, "skip", "nothing was sent");
    evidence.given.intrusive = false;
    assert!(words(&evidence)[&48].1.contains("--intrusive"));
}

/// The numbers and names are an interface, and the words are there.
#[test]
fn the_table_is_complete() {
    let all: Vec<_> = super::CHECKS.iter().flat_map(|group| group.iter()).collect();
    let numbers: Vec<u8> = all.iter().map(|check| check.number).collect();
    assert!(numbers.is_sorted() && numbers.windows(2).all(|pair| pair[0] != pair[1]), "{numbers:?}");
    for check in all {
        let texts = [check.title, check.section, check.cure];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", check.number);
        assert!(!check.breaks.is_empty(), "{}", check.number);
        let is_kebab = check.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(is_kebab, "{}", check.name);
    }
}
