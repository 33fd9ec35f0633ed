//! A reference API as a pure function: it checks everything, and each check can be switched off by the id of the case
//! that must find it.

use super::claims::{self, Claimed};
use super::keys::{self, Keyring};
use crate::http::Headers;
use crate::jose::digest::{base64url, sha256};
use crate::json::Json;
use crate::probe::exchange::{ProbeAnswer, ProbeRequest, SendError};
use std::collections::HashSet;
use std::time::Duration;

pub(super) const PATH: &str = "/orders/7";
pub(super) const URL: &str = "http://127.0.0.1:3000/orders/7";
pub(super) const CONTENT: &str = r#"{"order":7,"item":"a thing to be sold"}"#;
const METADATA: &str = "/.well-known/oauth-protected-resource/orders/7";

/// The API, with at most one check off.
pub(super) struct ReferenceApi {
    pub(super) off: &'static str,
    pub(super) keys: Keyring,
    pub(super) proofs: HashSet<String>,
}

/// Why a request is refused.
pub(super) struct Refusing {
    pub(super) status: u16,
    pub(super) error: &'static str,
}

pub(super) const BAD: Refusing = Refusing { status: 401, error: "invalid_token" };
pub(super) const NO_TOKEN: Refusing = Refusing { status: 401, error: "" };
pub(super) const FALLS: Refusing = Refusing { status: 500, error: "" };
pub(super) const SCOPE: Refusing = Refusing { status: 403, error: "insufficient_scope" };

impl ReferenceApi {
    /// Whether a check is made.
    pub(super) fn on(&self, case: &str) -> bool {
        self.off != case
    }

    /// Refuses, unless the check is off.
    pub(super) fn check(&self, case: &str, is_good: bool, why: Refusing) -> Result<(), Refusing> {
        if is_good || !self.on(case) { Ok(()) } else { Err(why) }
    }

    pub(super) fn answer(&mut self, request: &ProbeRequest) -> Result<ProbeAnswer, SendError> {
        let path = request.path.split('?').next().unwrap_or_default();
        if path == METADATA {
            return Ok(self.metadata());
        }
        let is_write = path == "/orders" && request.method == "DELETE";
        if path != PATH && !is_write {
            let is_variant = path.to_ascii_lowercase().contains("orders");
            let opens = !self.on("P10") && is_variant;
            return Ok(if opens { self.opened() } else { reply(404, "", "{}") });
        }
        if self.has_hole(request) {
            return Ok(self.opened());
        }
        let decided = self.decide(request, is_write);
        Ok(match decided {
            Ok(()) if matches!(request.method.as_str(), "GET" | "POST" | "DELETE") => self.opened(),
            Ok(()) => reply(405, "", "{}"),
            Err(why) => self.refused(&why, request),
        })
    }

    /// Ways round the check of the token.
    fn has_hole(&self, request: &ProbeRequest) -> bool {
        let has = |name: &str| request.header(name).is_some();
        let bare = !has("authorization");
        let is_odd = !matches!(request.method.as_str(), "GET" | "POST" | "DELETE");
        let read_by = |name: &str| request.header(name) == Some("GET");
        !self.on("P9") && bare && is_odd
            || !self.on("P11") && bare && has("x-original-url")
            || !self.on("H1") && bare && has("x-forwarded-user")
            || !self.on("H4") && read_by("x-forwarded-method")
            || !self.on("O8")
                && request.method == "DELETE"
                && !bare
                && !has("x-forwarded-method")
                && !has("x-original-method")
                && !has("x-http-method-override")
    }

    fn decide(&mut self, request: &ProbeRequest, is_write: bool) -> Result<(), Refusing> {
        let (scheme, token) = self.presented(request)?;
        if token.is_empty() {
            return self.check("P7", false, NO_TOKEN);
        }
        self.check("S11", token.len() <= 16 * 1024, Refusing { status: 431, error: "" })?;
        if token.len() > 16 * 1024 {
            return Err(FALLS);
        }
        let (header, payload) = keys::verified(self, &token)?;
        let claims = claims::read(self, &header, &payload)?;
        claims::check(self, &header, &claims, is_write)?;
        self.binding(request, &scheme, &token, &claims)
    }

    /// Scheme and token, from wherever the API takes them.
    fn presented(&self, request: &ProbeRequest) -> Result<(String, String), Refusing> {
        let malformed = Refusing { status: 400, error: "invalid_request" };
        let fields: Vec<&str> = request
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
            .filter_map(|(_, value)| value.expose_str().ok())
            .collect();
        self.check("P2", fields.len() < 2, malformed)?;
        let Some(field) = fields.first() else { return self.elsewhere(request) };
        let (scheme, token) = field.split_once(' ').unwrap_or((field, ""));
        let is_known = |known: &str| {
            if self.on("P1") { scheme.eq_ignore_ascii_case(known) } else { scheme == known }
        };
        if !self.on("P6") && scheme == "Basic" {
            return Ok(("Bearer".to_owned(), keys::password(token)));
        }
        if !is_known("Bearer") && !is_known("DPoP") {
            return Err(NO_TOKEN);
        }
        let token = token.trim_matches(' ');
        let whole = |c: char| c == ',' || c == '%' || c == ' ' && !token.starts_with('{');
        let token = if self.on("P8") { token } else { token.split(whole).next().unwrap_or_default() };
        Ok((scheme.to_owned(), token.to_owned()))
    }

    fn elsewhere(&self, request: &ProbeRequest) -> Result<(String, String), Refusing> {
        let query = request.path.split_once("access_token=").map(|(_, token)| token.to_owned());
        let body = String::from_utf8_lossy(request.body.expose()).into_owned();
        let form = body.strip_prefix("access_token=").map(str::to_owned);
        let cookie = request.header("cookie").and_then(|cookie| cookie.split_once('='));
        let cookie = cookie.map(|(_, token)| token.to_owned());
        let ways = [("P3", query), ("P4", form), ("P5", cookie)];
        let found = ways.into_iter().find(|(case, token)| !self.on(case) && token.is_some());
        found.and_then(|(_, token)| Some(("Bearer".to_owned(), token?))).ok_or(NO_TOKEN)
    }

    /// RFC 9449 section 4.3.
    fn binding(
        &mut self,
        request: &ProbeRequest,
        scheme: &str,
        token: &str,
        claims: &Claimed,
    ) -> Result<(), Refusing> {
        let Some(bound) = claims.thumbprint() else { return Ok(()) };
        let bad = || Refusing { status: 401, error: "invalid_dpop_proof" };
        if !scheme.eq_ignore_ascii_case("DPoP") {
            return self.check("B1", false, BAD);
        }
        let proofs: Vec<&str> = request
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("dpop"))
            .filter_map(|(_, value)| value.expose_str().ok())
            .collect();
        let [proof] = proofs.as_slice() else { return self.check("B2", false, bad()) };
        let Some(proof) = keys::Proof::read(self, proof)? else { return self.check("B2", false, bad()) };
        self.check("B3", proof.thumbprint == bound, bad())?;
        let htu = proof.text("htu");
        let htu = htu.split('?').next().unwrap_or_default();
        let is_same = if self.on("B5") { htu.eq_ignore_ascii_case(URL) } else { proof.text("htu") == URL };
        self.check("B4", is_same && proof.text("htm") == request.method, bad())?;
        self.check("B6", proof.text("ath") == base64url(&sha256(token.as_bytes())), bad())?;
        let age = claims::number(proof.claims.get("iat")).map(|iat| self.keys.now - iat);
        let is_fresh = age.is_some_and(|age| age.abs() < 100);
        let is_new = self.proofs.insert(proof.text("jti"));
        self.check("B7", is_fresh && is_new, bad())
    }

    fn opened(&self) -> ProbeAnswer {
        let mut answer = reply(200, "", CONTENT);
        if !self.on("N7") {
            answer.headers.push("Cache-Control", "public, max-age=60");
        }
        answer
    }

    fn refused(&self, why: &Refusing, request: &ProbeRequest) -> ProbeAnswer {
        if !self.on("N4") && why.status == 401 {
            let mut answer = reply(302, "", "");
            answer.headers.push("Location", "/login");
            return answer;
        }
        let error = match why.error {
            "invalid_token" if !self.on("N2") => "invalid_request",
            "insufficient_scope" if !self.on("N3") => "",
            error => error,
        };
        let mut challenge = format!(r#"Bearer resource_metadata="http://127.0.0.1:3000{METADATA}""#);
        if !error.is_empty() {
            challenge.push_str(&format!(r#", error="{error}", scope="orders:read""#));
        }
        let challenge = if self.on("N1") || why.status != 401 { challenge.as_str() } else { "" };
        let token = request.header("authorization").unwrap_or_default();
        let body = if self.on("N5") { "{}" } else { token };
        let mut answer = reply(why.status, challenge, body);
        if !self.on("N8") {
            answer.took = Duration::from_millis(1500);
        }
        answer
    }

    fn metadata(&self) -> ProbeAnswer {
        let resource =
            if self.on("N6") { "http://127.0.0.1:3000/orders" } else { "https://another-api.example" };
        let demands = !self.on("B10");
        reply(
            200,
            "",
            &format!(
                r#"{{"resource":"{resource}","authorization_servers":["{}"],"dpop_bound_access_tokens_required":{demands}}}"#,
                claims::ISSUER
            ),
        )
    }
}

fn reply(status: u16, challenge: &str, body: &str) -> ProbeAnswer {
    let mut headers = Headers::default();
    headers.push("Content-Type", "application/json");
    if !challenge.is_empty() {
        headers.push("WWW-Authenticate", challenge);
    }
    ProbeAnswer { status, headers, body: body.as_bytes().to_vec(), took: Duration::from_millis(1) }
}

/// A member that is text.
pub(super) fn text(value: Option<&Json>) -> String {
    value.and_then(Json::as_str).unwrap_or_default().to_owned()
}
