//! A defect for each check that needs a client.

use super::evidence::{Inquiry, IssuerEvidence};
use super::fixture::{answers, edit, first, header};
use super::tests::Defect;
use crate::jose::compact::{self, Token};
use crate::jose::digest::base64url;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const DEFECTS: &[Defect] = &[
    // Without a token, nothing can be said of it.
    Defect(49, |e| refuse(e, Inquiry::Granted), OF_TOKENS),
    Defect(49, |e| refuse(e, Inquiry::OtherMethod), &[]),
    Defect(50, |e| each(e, Inquiry::WrongSecret, |seen| header(seen, "www-authenticate", None)), &[]),
    Defect(50, |e| each(e, Inquiry::WrongSecret, |seen| seen.status = 400), &[51]),
    Defect(
        51,
        |e| each(e, Inquiry::UnknownSample, |seen| edit(seen, |a| a["error_description"] = json!("no"))),
        &[],
    ),
    Defect(51, |e| each(e, Inquiry::WrongSecret, |seen| seen.took = Duration::from_millis(90)), &[]),
    Defect(52, |e| grant(e, Inquiry::NoGrantType), &[]),
    Defect(52, |e| error(e, Inquiry::OtherGrant, "invalid_request"), &[]),
    Defect(53, |e| grant(e, Inquiry::RepeatedParameter), &[]),
    Defect(54, |e| grant(e, Inquiry::TwoMethods), &[]),
    Defect(56, |e| refuse(e, Inquiry::EncodedBasic), &[]),
    Defect(56, |e| refuse(e, Inquiry::RawBasic), &[]),
    Defect(57, |e| grant(e, Inquiry::UnknownScope), &[]),
    Defect(57, |e| error(e, Inquiry::UnknownScope, "invalid_request"), &[]),
    Defect(58, |e| header(first(e, Inquiry::OtherGrant), "cache-control", Some("private")), &[]),
    Defect(59, |e| edit(first(e, Inquiry::Granted), |a| a["expires_in"] = json!("3600")), &[]),
    Defect(59, |e| edit(first(e, Inquiry::Granted), |a| a["refresh_token"] = json!("x")), &[]),
    Defect(60, |e| edit(first(e, Inquiry::OtherGrant), |a| a["error_description"] = json!("a\"b")), &[]),
    Defect(61, ignored, &[]),
    Defect(62, |e| first(e, Inquiry::JsonBody).status = 500, &[]),
    Defect(70, |e| first(e, Inquiry::Together).status = 503, &[]),
    Defect(70, repeated, &[]),
    Defect(72, signature, &[]),
    Defect(73, |e| token(e, |head, _| head["typ"] = json!("JWT")), SIGNED),
    Defect(74, |e| token(e, |_, claims| claims["iss"] = json!("https://b")), &[72, 84]),
    Defect(75, |e| token(e, |_, claims| claims["aud"] = json!("account")), SIGNED),
    Defect(75, |e| token(e, |_, claims| claims["aud"] = claims["client_id"].clone()), SIGNED),
    Defect(76, |e| token(e, |_, claims| claims["sub"] = Value::Null), &[72, 84]),
    Defect(
        77,
        |e| token(e, |_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 90)),
        &[72, 84],
    ),
    Defect(77, long, &[72, 84]),
    Defect(78, |e| token(e, |_, claims| claims["scope"] = json!("write")), &[72, 84]),
    Defect(79, |e| token(e, |head, _| head["alg"] = json!("HS256")), SIGNED),
    Defect(80, ahead, &[72, 77, 84]),
    Defect(81, |e| token(e, |_, claims| claims["email"] = json!("a@b.example")), SIGNED),
    Defect(83, |e| edit(first(e, Inquiry::IntrospectGarbage), |a| a["error"] = json!("x")), &[]),
    Defect(83, |e| first(e, Inquiry::IntrospectGarbage).status = 400, &[]),
    Defect(84, |e| edit(first(e, Inquiry::IntrospectLive), |a| a["scope"] = json!("other")), &[]),
    Defect(84, |e| edit(first(e, Inquiry::IntrospectLive), |a| a["active"] = json!(false)), &[]),
    Defect(87, |e| first(e, Inquiry::ResourceBare).status = 200, &[]),
    Defect(87, |e| header(first(e, Inquiry::ResourceBare), "www-authenticate", Some("Basic")), &[]),
    Defect(87, |e| edit(first(e, Inquiry::ResourceDocument), |d| d["resource"] = json!("https://b")), &[]),
    Defect(
        87,
        |e| edit(first(e, Inquiry::ResourceDocument), |d| d["authorization_servers"] = json!([])),
        &[],
    ),
    Defect(85, |e| first(e, Inquiry::Revoked).status = 400, &[]),
    Defect(85, |e| edit(first(e, Inquiry::IntrospectRevoked), |a| a["active"] = json!(true)), &[]),
];

/// A changed token does not verify.
const SIGNED: &[u8] = &[72];
const OF_TOKENS: &[u8] = &[59, 70, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81];

fn each(evidence: &mut IssuerEvidence, inquiry: Inquiry, change: impl Fn(&mut super::evidence::SeenAnswer)) {
    answers(evidence, inquiry).for_each(change);
}

fn refuse(evidence: &mut IssuerEvidence, inquiry: Inquiry) {
    let refused = answers(evidence, Inquiry::OtherGrant).next().unwrap().clone();
    *first(evidence, inquiry) = refused;
    error(evidence, inquiry, "invalid_client");
}

fn error(evidence: &mut IssuerEvidence, inquiry: Inquiry, name: &str) {
    edit(first(evidence, inquiry), |answer| answer["error"] = json!(name));
}

/// Answers with a token, and does not say for which scope.
fn grant(evidence: &mut IssuerEvidence, inquiry: Inquiry) {
    let granted = answers(evidence, Inquiry::Granted).next().unwrap().clone();
    let seen = first(evidence, inquiry);
    *seen = granted;
    edit(seen, |answer| drop(answer.as_object_mut().unwrap().remove("scope")));
}

fn ignored(evidence: &mut IssuerEvidence) {
    grant(evidence, Inquiry::ForeignResource);
}

fn repeated(evidence: &mut IssuerEvidence) {
    let one = first(evidence, Inquiry::Together).clone();
    each(evidence, Inquiry::Together, |seen| *seen = one.clone());
}

/// Changes header and claims of the first token, which then does not verify.
fn token(evidence: &mut IssuerEvidence, change: impl FnOnce(&mut Value, &mut Value)) {
    edit(first(evidence, Inquiry::Granted), |answer| {
        let text = answer["access_token"].as_str().unwrap().to_owned();
        let Token::Jws(jws) = compact::read(&text) else { panic!("{text}") };
        let mut head: Value = serde_json::from_slice(&jws.header_bytes).unwrap();
        let mut claims: Value = serde_json::from_slice(&jws.payload_bytes).unwrap();
        change(&mut head, &mut claims);
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        answer["access_token"] =
            json!(format!("{}.{}.{}", part(&head), part(&claims), base64url(&jws.signature)));
    });
}

fn signature(evidence: &mut IssuerEvidence) {
    token(evidence, |_, claims| claims["more"] = json!(1));
}

fn long(evidence: &mut IssuerEvidence) {
    token(evidence, |_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 90_000));
    edit(first(evidence, Inquiry::Granted), |answer| answer["expires_in"] = json!(90_000));
}

fn ahead(evidence: &mut IssuerEvidence) {
    token(evidence, |_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 10));
}
