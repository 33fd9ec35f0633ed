//! S: the structure of a token.

use crate::jose::digest::base64url;
use crate::json::Json;
use crate::probe::case::Way::{Measures, Sends};
use crate::probe::case::row;
use crate::probe::case::{Asking, ProbeCase, Variations};
use crate::probe::forge::{encoded, json_text, text, with_other_start};
use crate::probe::material::Material;
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::terms::CaseSeverity::{Critical, High, Info, Low, Medium};
use crate::probe::terms::ProbeMode::{Key, Token};
use crate::probe::terms::Right::{Noted, Refuse, RefuseOr, TooLarge};

const VERIFY: &str =
    "Verify the signature over the received bytes with a maintained library; never decode first and trust.";
const STRICT: &str =
    "Let a maintained JWT library parse the token strictly (compact form, base64url without padding).";
const CLAIMS_SET: &str =
    "Refuse a payload that is not a JSON object in UTF-8, with 401 and without an exception.";

pub(super) const CASES: [ProbeCase; 16] = [
    row(
        "S1",
        (Token, Critical, Refuse),
        Sends(empty_signature),
        ["the signature is empty", VERIFY, "RFC 7515 section 5.2"],
    ),
    row(
        "S2",
        (Token, Critical, RefuseOr(&[400])),
        Sends(two_parts),
        ["the signature part is missing", VERIFY, "RFC 7515 section 7.1"],
    ),
    row(
        "S3",
        (Token, Critical, Refuse),
        Sends(changed_signature),
        ["one bit of the signature is changed", VERIFY, "OWASP ASVS 9.1.1"],
    ),
    row(
        "S4",
        (Token, Critical, Refuse),
        Sends(changed_claims),
        ["claims are changed, the signature is kept", VERIFY, "OWASP ASVS 9.1.1"],
    ),
    row(
        "S5",
        (Token, High, Refuse),
        Sends(changed_header),
        [
            "the header is changed, the signature is kept",
            "Verify the signature over the received header, not over one that is written again.",
            "RFC 7515 section 5.2",
        ],
    ),
    row(
        "S6",
        (Token, Critical, Refuse),
        Sends(exchanged),
        ["the payload of one token, the signature of another", VERIFY, "RFC 7515 section 5.2"],
    ),
    row(
        "S7",
        (Token, High, RefuseOr(&[400])),
        Sends(json_form),
        ["the JSON serialization", STRICT, "RFC 8725bis: format confusion"],
    ),
    row(
        "S8",
        (Token, High, RefuseOr(&[400])),
        Sends(five_parts),
        [
            "five parts, as of an encrypted token",
            "Refuse encrypted tokens unless the API expects them, without an exception.",
            "RFC 8725bis section 2.3",
        ],
    ),
    row(
        "S9",
        (Token, Medium, RefuseOr(&[400])),
        Sends(encodings),
        ["other encodings of the same bytes", STRICT, "RFC 7515 section 2"],
    ),
    row(
        "S10",
        (Token, Info, Refuse),
        Sends(stray_bits),
        [
            "the last letter of the signature has stray bits",
            "Several texts for one token defeat lists of revoked or used tokens: decode strictly.",
            "RFC 4648 section 3.5",
        ],
    ),
    row(
        "S11",
        (Token, Medium, TooLarge),
        Sends(large),
        [
            "a token of 10 KB, 64 KB and 1 MB",
            "Limit the size of request heads (8 to 16 KB), and refuse before parsing.",
            "RFC 9110 section 5.4",
        ],
    ),
    row(
        "S12",
        (Token, Low, RefuseOr(&[400])),
        Sends(not_tokens),
        [
            "text that is not a token",
            "Answer 401 for whatever is not a token; let no exception of a parser escape.",
            "RFC 6750 section 3.1",
        ],
    ),
    row(
        "S13",
        (Key, Medium, Refuse),
        Sends(payloads),
        ["a signed payload that is not an object", CLAIMS_SET, "RFC 7519 section 7.2"],
    ),
    row(
        "S14",
        (Key, Medium, Refuse),
        Measures(duplicates),
        [
            "claims that occur twice",
            "Refuse repeated names, or let every part of the system use one parser.",
            "RFC 7519 section 4, RFC 8725bis",
        ],
    ),
    row(
        "S15",
        (Key, Low, Refuse),
        Sends(not_utf8),
        ["a signed payload that is not UTF-8", CLAIMS_SET, "RFC 8725bis section 3.7"],
    ),
    row(
        "S16",
        (Key, Medium, Refuse),
        Sends(nested),
        [
            "a token within a token",
            "Refuse nested tokens (cty JWT) unless the API expects them.",
            "RFC 7519 section 5.2",
        ],
    ),
];

fn empty_signature(m: &Material) -> Variations {
    let parts = m.parts()?;
    Ok(vec![m.presents("HEADER.PAYLOAD.", &format!("{}.{}.", parts.head, parts.payload))])
}

fn two_parts(m: &Material) -> Variations {
    let parts = m.parts()?;
    Ok(vec![m.presents("HEADER.PAYLOAD", &format!("{}.{}", parts.head, parts.payload))])
}

fn changed_signature(m: &Material) -> Variations {
    let parts = m.parts()?;
    let flipped = |at: usize| {
        let mut bytes = parts.signature_bytes.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
        parts.signed_as(&bytes)
    };
    let last = parts.signature_bytes.len().saturating_sub(1);
    Ok(vec![
        m.presents("a bit at its start", &flipped(0)),
        m.presents("a bit at its end", &flipped(last)),
        m.presents(
            "another first letter",
            &parts.with_header(|_| {}).replace(&parts.signature, &with_other_start(&parts.signature)),
        ),
    ])
}

fn changed_claims(m: &Material) -> Variations {
    let parts = m.parts()?;
    let mut claims = parts.claims.clone();
    claims.set("sub", text("admin"));
    let mut more = parts.claims.clone();
    more.set("admin", Json::Bool(true));
    let under = |claims| format!("{}.{}.{}", parts.head, encoded(claims), parts.signature);
    Ok(vec![m.presents("another sub", &under(&claims)), m.presents("one more claim", &under(&more))])
}

fn changed_header(m: &Material) -> Variations {
    let parts = m.parts()?;
    let added = parts.with_header(|header| header.set("x", Json::Number("1".to_owned())));
    let typ = if parts.header.get("typ") == Some(&text("JWT")) { "at+jwt" } else { "JWT" };
    let typed = parts.with_header(|header| header.set("typ", text(typ)));
    Ok(vec![m.presents("one more member", &added), m.presents("another typ", &typed)])
}

fn exchanged(m: &Material) -> Variations {
    let (parts, second) = (m.parts()?, m.second()?);
    let second = crate::probe::forge::GenuineParts::of(&second)?;
    let mixed = format!("{}.{}.{}", parts.head, second.payload, parts.signature);
    Ok(vec![m.presents("two good tokens mixed", &mixed)])
}

fn json_form(m: &Material) -> Variations {
    let parts = m.parts()?;
    let (head, payload, signature) = (&parts.head, &parts.payload, &parts.signature);
    let flat = format!(r#"{{"payload":"{payload}","protected":"{head}","signature":"{signature}"}}"#);
    let general = format!(
        r#"{{"payload":"{payload}","signatures":[{{"protected":"{head}","signature":"{signature}"}}]}}"#
    );
    Ok(vec![
        m.presents("flattened", &flat),
        m.presents("general", &general),
        m.presents("flattened, in base64url", &base64url(flat.as_bytes())),
    ])
}

fn five_parts(m: &Material) -> Variations {
    let parts = m.parts()?;
    let sealed = |header: &str, key: &str| {
        let header = base64url(header.as_bytes());
        let (iv, tag) = (base64url(&[0; 12]), base64url(&[0; 16]));
        format!("{header}.{key}.{iv}.{}.{tag}", parts.payload)
    };
    let wrapped = base64url(&[0; 256]);
    Ok(vec![
        m.presents("dir with an empty key", &sealed(r#"{"alg":"dir","enc":"A256GCM"}"#, "")),
        m.presents("RSA-OAEP", &sealed(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#, &wrapped)),
        m.presents("zip", &sealed(r#"{"alg":"dir","enc":"A128CBC-HS256","zip":"DEF"}"#, "")),
    ])
}

fn encodings(m: &Material) -> Variations {
    let parts = m.parts()?;
    let (head, payload, signature) = (&parts.head, &parts.payload, &parts.signature);
    let padding = "=".repeat((4 - signature.len() % 4) % 4);
    let standard = signature.replace('-', "+").replace('_', "/");
    let mut all = vec![
        ("padding after the signature", format!("{head}.{payload}.{signature}{padding}")),
        ("a space after the header", format!("{head} .{payload}.{signature}")),
        ("a tab before the signature", format!("{head}.{payload}.\t{signature}")),
        ("%0A after the payload", format!("{head}.{payload}%0A.{signature}")),
        ("the standard alphabet", format!("{head}.{payload}.{standard}")),
    ];
    all.retain(|(_, token)| token != m.genuine());
    Ok(all.iter().map(|(label, token)| m.presents(*label, token)).collect())
}

fn stray_bits(m: &Material) -> Variations {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let parts = m.parts()?;
    let at =
        parts.signature.bytes().last().and_then(|last| LETTERS.iter().position(|letter| *letter == last));
    let Some(at) = at.filter(|_| parts.signature.len() % 4 != 0) else {
        return Err("the signature's last letter has no unused bits".to_owned());
    };
    let short = &m.genuine()[..m.genuine().len() - 1];
    let token = format!("{short}{}", char::from(LETTERS[at ^ 1]));
    Ok(vec![m.presents("another last letter for the same bytes", &token)])
}

fn large(m: &Material) -> Variations {
    let one = |(label, size): (&str, usize)| {
        let (head, rest) = m.genuine().split_once('.').unwrap_or((m.genuine(), ""));
        m.presents(label, &format!("{head}.{}{rest}", "A".repeat(size)))
    };
    Ok([("10 KB", 10 * 1024), ("64 KB", 64 * 1024), ("1 MB", 1024 * 1024)].map(one).to_vec())
}

fn not_tokens(m: &Material) -> Variations {
    let texts = [
        "null",
        "undefined",
        "[object Object]",
        "{}",
        r#"{"alg":"none"}"#,
        "true",
        "0",
        "..",
        "....",
        "a.b.c",
        "e30.e30.e30",
        "3ZWZyZXNoLXRva2VuLW9yLXNvbWV0aGluZw",
    ];
    Ok(texts.map(|text| m.presents(format!("Bearer {text}"), text)).to_vec())
}

/// A token with this payload, under the header of a good one.
fn with_payload(m: &Material, payload: &[u8]) -> Result<String, String> {
    let header = json_text(&m.draft()?.header);
    m.trusted()?.signer.sign_bytes(header.as_bytes(), payload).map_err(|error| error.to_string())
}

fn payloads(m: &Material) -> Variations {
    let claims = json_text(&m.draft()?.claims);
    let deep = claims.replacen('{', &format!(r#"{{"deep":{}{},"#, "[".repeat(1000), "]".repeat(1000)), 1);
    let wrapped = format!("[{claims}]");
    let quoted = Json::String(claims.clone()).to_string();
    let all = [
        ("an array of claims", wrapped.as_str(), None),
        ("the claims as a string", &quoted, None),
        ("a number", "42", None),
        ("null", "null", None),
        ("empty", "", None),
        ("good claims and one 1,000 levels deep", &deep, Some(Noted)),
    ];
    let one = |(label, payload, right): (&str, &str, Option<_>)| {
        let variation = m.presents(label, &with_payload(m, payload.as_bytes())?);
        Ok(right.map_or(variation.clone(), |right| variation.right(right)))
    };
    all.into_iter().map(one).collect()
}

/// Either order alone may be accepted: then the parser has a rule. Both show that two values count.
fn duplicates(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let claims = json_text(&m.draft()?.claims);
    let past = (m.now.unix() - 7200).to_string();
    let mut found = Vec::new();
    for (name, bad) in
        [("exp", past.as_str()), ("aud", r#""https://another-api.example""#), ("scope", r#""""#)]
    {
        if m.claim(name).is_none() && name != "exp" {
            continue;
        }
        let last = format!(r#"{},"{name}":{bad}}}"#, claims.trim_end_matches('}'));
        let first = claims.replacen('{', &format!(r#"{{"{name}":{bad},"#), 1);
        let orders = [("a bad one last", last), ("a bad one first", first)];
        let mut probed = Vec::new();
        for (label, payload) in &orders {
            let token = with_payload(m, payload.as_bytes())?;
            let right = if name == "scope" { RefuseOr(&[403]) } else { Refuse };
            probed.push(ask(m.presents(format!("two {name}, {label}"), &token).right(right)));
        }
        let accepted = |probed: &&Probed| probed.verdict == ProbeVerdict::Accepted;
        if probed.iter().filter(accepted).count() == 1 {
            probed.iter_mut().filter(|p| p.verdict == ProbeVerdict::Accepted).for_each(|probed| {
                probed.verdict = ProbeVerdict::Noted;
                probed.note = Some("one of the two counts, always the same".to_owned());
            });
        }
        found.extend(probed);
    }
    Ok(found)
}

fn not_utf8(m: &Material) -> Variations {
    let claims = json_text(&m.draft()?.claims);
    let wide: Vec<u8> = claims.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut broken = claims.replacen('{', r#"{"x":"?","#, 1).into_bytes();
    if let Some(at) = broken.iter().position(|byte| *byte == b'?') {
        broken[at] = 0xff;
    }
    Ok(vec![
        m.presents("UTF-16", &with_payload(m, &wide)?),
        m.presents("a byte that is not UTF-8", &with_payload(m, &broken)?),
    ])
}

fn nested(m: &Material) -> Variations {
    let inner = m.signed(|_| {})?;
    let mut header = m.draft()?.header;
    header.set("cty", text("JWT"));
    let signer = &m.trusted()?.signer;
    let outer = signer.sign_bytes(json_text(&header).as_bytes(), inner.as_bytes());
    Ok(vec![m.presents("cty JWT, the payload is a good token", &outer.map_err(|error| error.to_string())?)])
}
