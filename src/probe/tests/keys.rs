//! The reference API's keys and signatures.

use super::api::{BAD, FALLS, ReferenceApi, Refusing, text};
use crate::jose::compact::{self, DefectKind, Jws, Token};
use crate::jose::digest::{base64url, hmac_sha256};
use crate::jose::key::VerifyingKey;
use crate::jose::public_forms::all;
use crate::jose::{jwk, verify};
use crate::json::{Json, JsonLimits, Object};
use crate::probe::material::JwksAnswer;
use crate::probe::tests::world::IssuerState;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The keys that the API knows.
pub(super) struct Keyring {
    pub(super) now: i64,
    pub(super) good: VerifyingKey,
    pub(super) stranger: VerifyingKey,
    pub(super) genuine: String,
    /// The API's copy of the key set.
    pub(super) cached: RefCell<Vec<VerifyingKey>>,
    pub(super) issuer: Rc<IssuerState>,
    /// Fetches that found no new key, one after the other.
    pub(super) fruitless: Cell<usize>,
    /// Whether a fetch has failed and the API with it.
    pub(super) fell: Cell<bool>,
    /// Requests to the stranger's server.
    pub(super) strange: Rc<Cell<usize>>,
}

type Opened = (Object, Vec<u8>);

/// The password of Basic credentials.
pub(super) fn password(credentials: &str) -> String {
    let pair = STANDARD.decode(credentials).unwrap_or_default();
    String::from_utf8_lossy(&pair)
        .split_once(':')
        .map(|(_, password)| password.to_owned())
        .unwrap_or_default()
}

/// Header and payload of a token with a good signature.
pub(super) fn verified(api: &ReferenceApi, token: &str) -> Result<Opened, Refusing> {
    if token.starts_with('{') {
        api.check("S7", false, BAD)?;
        return verified(api, &from_json(token));
    }
    let parts: Vec<&str> = token.split('.').collect();
    if parts.len() == 5 {
        return Err(if api.on("S8") { BAD } else { FALLS });
    }
    if let [head, payload] = parts.as_slice() {
        api.check("S2", false, BAD)?;
        return unverified(&format!("{head}.{payload}.AA"));
    }
    let cleaned = cleaned(token);
    let token = if api.on("S9") { token } else { &cleaned };
    let read = compact::read_within(token, JsonLimits::DOCUMENT);
    let Token::Jws(jws) = read else {
        return Err(if api.on("S12") || parts.len() < 3 && token != "null" { BAD } else { FALLS });
    };
    if let Some(defect) = jws.defects.first() {
        let case = if defect.kind == DefectKind::TrailingBits { "S10" } else { "always" };
        api.check(case, false, BAD)?;
        let (signed, _) = token.rsplit_once('.').unwrap_or_default();
        return verified(api, &format!("{signed}.{}", base64url(&jws.signature)));
    }
    let opened = (jws.header.clone(), jws.payload_bytes.clone());
    algorithm(api, &jws)?;
    let is_trusted = trusts(api, &jws);
    if api.keys.fell.take() {
        return Err(FALLS);
    }
    if is_trusted { Ok(opened) } else { Err(BAD) }
}

fn unverified(token: &str) -> Result<Opened, Refusing> {
    match compact::read(token) {
        Token::Jws(jws) => Ok((jws.header, jws.payload_bytes)),
        _ => Err(BAD),
    }
}

fn from_json(text: &str) -> String {
    let json = Json::parse(text.as_bytes()).ok();
    let object = json.as_ref().and_then(Json::as_object).cloned().unwrap_or_default();
    let member = |name: &str| super::api::text(object.get(name));
    format!("{}.{}.{}", member("protected"), member("payload"), member("signature"))
}

fn cleaned(token: &str) -> String {
    token.replace("%0A", "").replace([' ', '\t', '='], "").replace('+', "-").replace('/', "_")
}

/// The demands of the header.
fn algorithm(api: &ReferenceApi, jws: &Jws<'_>) -> Result<(), Refusing> {
    api.check("A12", jws.header.get("crit").is_none() && jws.header.get("b64").is_none(), BAD)?;
    let alg = text(jws.header.get("alg"));
    let ours = alg == "ES256" || !api.on("A11") && (alg.starts_with("ES") || alg.starts_with("RS"));
    let is_hole = [
        !api.on("A1") && jws.signature.is_empty() && alg.eq_ignore_ascii_case("none"),
        !api.on("A2") && !jws.signature.is_empty() && alg == "none",
        ["A3", "A4", "A10", "A16"].contains(&api.off) && alg == "HS256",
    ];
    if ours || is_hole.contains(&true) { Ok(()) } else { Err(BAD) }
}

/// Whether a key that counts made the signature.
fn trusts(api: &ReferenceApi, jws: &Jws<'_>) -> bool {
    let ring = &api.keys;
    let alg = text(jws.header.get("alg"));
    if alg == "HS256" || alg.eq_ignore_ascii_case("none") || alg.is_empty() {
        return trusts_without_pair(api, jws, &alg);
    }
    let (head, rest) = ring.genuine.split_once('.').unwrap_or_default();
    let (payload, signature) = rest.split_once('.').unwrap_or_default();
    let parts: Vec<&str> = jws.token.split('.').collect();
    let [is_head, is_payload, is_signature] = [parts[0] == head, parts[1] == payload, parts[2] == signature];
    let kid = text(jws.header.get("kid"));
    if jws.token == ring.genuine {
        ring.fruitless.set(0);
    }
    if !api.on("A13") && is_null(&jws.signature) {
        return true;
    }
    if jws.signature.is_empty() || is_null(&jws.signature) {
        return !api.on("S1") && jws.signature.is_empty();
    }
    let holes = [
        !api.on("S3") && is_head && is_payload && jws.signature.len() == 64,
        !api.on("S4") && is_head && is_signature,
        !api.on("S5") && is_payload && is_signature,
        !api.on("A5") && jws.header.get("jwk").is_some(),
    ];
    if holes.contains(&true) {
        return true;
    }
    strangers(api, jws, &kid) || fits(api, jws, &kid)
}

fn is_null(signature: &[u8]) -> bool {
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order = crate::jose::digest::unhex(order.as_bytes()).unwrap_or_default();
    let is_odd = |half: &[u8]| half == order || half.iter().all(|byte| *byte == 0);
    signature.len() == 64 && signature.chunks(32).any(is_odd)
}

/// Ways in which a stranger's key comes to count.
fn strangers(api: &ReferenceApi, jws: &Jws<'_>, kid: &str) -> bool {
    let has = |name: &str| jws.header.get(name).is_some();
    let is_his = verify::verify(jws, &api.keys.stranger).is_ok();
    let follows = |case: &str, name: &str| !api.on(case) && has(name);
    if follows("A6", "jku") || follows("A7", "x5u") {
        api.keys.strange.set(api.keys.strange.get() + 1);
        return false;
    }
    let is_bare = !["jwk", "jku", "x5u", "x5c"].iter().any(|name| has(name));
    let is_known = Some(kid) == api.keys.good.kid.as_deref();
    is_his && is_bare && (!api.on("A8") && !is_known || !api.on("A9") && is_known)
}

/// A key of the set, fetched again for an unknown kid.
fn fits(api: &ReferenceApi, jws: &Jws<'_>, kid: &str) -> bool {
    let known = |keys: &[VerifyingKey]| keys.iter().any(|key| key.kid.as_deref() == Some(kid));
    let is_known = known(&api.keys.cached.borrow());
    let may_fetch = api.keys.fruitless.get() < 3 || !api.on("A20") || !api.on("A19");
    if !is_known && !kid.is_empty() && may_fetch {
        fetch(api);
        let found = known(&api.keys.cached.borrow());
        api.keys.fruitless.set(if found { 0 } else { api.keys.fruitless.get() + 1 });
    }
    let keys = api.keys.cached.borrow();
    let named = keys.iter().filter(|key| key.kid.as_deref() == Some(kid));
    let verifies = |key: &VerifyingKey| {
        let free = VerifyingKey { usage: None, key_ops: None, alg: None, ..key.clone() };
        let key = if api.on("A15") { key } else { &free };
        verify::verify(jws, key).is_ok()
            || !api.on("A14") && other_form(jws, key)
            || !api.on("A11") && other_alg(jws, key)
    };
    let is_good = named.clone().any(verifies);
    if is_good {
        api.keys.fruitless.set(0);
    }
    is_good
}

/// The header's alg is ignored.
fn other_alg(jws: &Jws<'_>, key: &VerifyingKey) -> bool {
    verify::matches(jws, &key.material, crate::jose::algorithm::Algorithm::ES256)
}

fn other_form(jws: &Jws<'_>, key: &VerifyingKey) -> bool {
    let signature = &jws.signature;
    // Only the first form of the case; the others are alike.
    let is_der = signature.first() == Some(&0x30) && signature.len() > 64;
    let (swapped, of) = (signature.len() == 64, &key.material);
    let half = |bytes: &[u8]| [&bytes[32..], &bytes[..32]].concat();
    let as_raw = |raw: &[u8]| {
        let token = format!("{}.{}", jws.token.rsplit_once('.').unwrap_or_default().0, base64url(raw));
        matches!(compact::read(&token), Token::Jws(jws) if verify::verify(&jws, key).is_ok())
    };
    is_der && verify::matches_as_der(jws, of) || swapped && as_raw(&half(signature))
}

/// HS256, and no algorithm at all.
fn trusts_without_pair(api: &ReferenceApi, jws: &Jws<'_>, alg: &str) -> bool {
    if alg != "HS256" {
        return true;
    }
    let kid = text(jws.header.get("kid"));
    let is_by = |key: &[u8]| hmac_sha256(key, jws.signing_input()).as_slice() == jws.signature;
    let is_known = Some(kid.as_str()) == api.keys.good.kid.as_deref();
    match api.off {
        "A3" => all(&api.keys.good).iter().any(|(_, form)| is_by(form)),
        "A4" => is_known && is_by(b"secret"),
        "A10" => kid.contains("/dev/null") && is_by(b""),
        "A16" => {
            fetch(api);
            let keys = api.keys.cached.borrow();
            keys.iter().any(|key| key.kid.as_deref() == Some(&kid) && verify::verify(jws, key).is_ok())
        }
        _ => false,
    }
}

/// Fetches the key set, as far as the issuer gives it.
fn fetch(api: &ReferenceApi) {
    let (ring, issuer) = (&api.keys, &api.keys.issuer);
    issuer.asked.set(issuer.asked.get() + 1);
    if !api.on("A19") {
        return;
    }
    let set = match &*issuer.answer.borrow() {
        JwksAnswer::Usual => issuer.usual.clone(),
        JwksAnswer::Set(set) => set.clone(),
        JwksAnswer::Redirect(_) if !api.on("A22") => {
            ring.strange.set(ring.strange.get() + 1);
            return;
        }
        _ if api.on("A21") => return,
        _ => return ring.fell.set(true),
    };
    let json = Json::parse(set.as_bytes()).ok();
    let keys = json.as_ref().and_then(Json::as_object).and_then(|set| set.get("keys").cloned());
    let Some(Json::Array(items)) = keys else { return };
    let read = items.iter().filter_map(|item| jwk::read(item.as_object()?, "the set").ok());
    let mut cached = ring.cached.borrow_mut();
    // Off, keys that the set no longer has stay.
    if api.on("A18") {
        cached.clear();
    }
    cached.extend(read);
}

/// A DPoP proof whose signature is good.
pub(super) struct Proof {
    pub(super) thumbprint: String,
    pub(super) claims: Object,
}

impl Proof {
    /// `None` if it is not a JWT.
    pub(super) fn read(api: &ReferenceApi, proof: &str) -> Result<Option<Self>, Refusing> {
        let bad = || Refusing { status: 401, error: "invalid_dpop_proof" };
        let Token::Jws(jws) = compact::read(proof) else { return Ok(None) };
        let claims = jws.peek_unverified().cloned().unwrap_or_default();
        let shown = jws.header.get("jwk").and_then(Json::as_object).cloned().unwrap_or_default();
        let mut public = shown.clone();
        public.remove("d");
        let key = jwk::read(&public, "the proof").map_err(|_| bad())?;
        let is_good = text(jws.header.get("typ")) == "dpop+jwt"
            && shown.get("d").is_none()
            && verify::verify(&jws, &key).is_ok();
        api.check("B8", is_good, bad())?;
        Ok(Some(Self { thumbprint: key.thumbprint().unwrap_or_default(), claims }))
    }

    pub(super) fn text(&self, name: &str) -> String {
        text(self.claims.get(name))
    }
}
