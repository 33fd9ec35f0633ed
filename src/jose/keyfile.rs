//! Opens key files of every common encoding: PEM (also in one line, with a byte order mark, or indented),
//! DER, base64 of either, JWK, OpenSSH. Unwraps and identifies the content, but parses no key.

mod damage;
mod error;
pub(crate) mod forms;

use crate::jose::der_outline::Form;
use crate::jose::digest::{unbase64, unhex, without_blanks};
use crate::json::{Json, Object};
use crate::text::decoded_wide;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::STANDARD as BASE64;
pub(crate) use damage::COPY_AGAIN;
use error::BEGIN;
pub use error::KeyFileError;

/// The content of a key file, unwrapped.
pub enum Content {
    Json(Json),
    /// DER sections; a DER file is one section.
    Sections(Vec<Section>),
    /// Lines of OpenSSH public keys (RFC 4253 section 6.6).
    OpenSsh(String),
}

/// A section of a PEM file.
pub struct Section {
    /// The label in `BEGIN label`.
    pub label: String,
    /// Whether its header declares encryption (RFC 1421 section 4.6.1.1).
    pub encrypted: bool,
    /// Its bytes, or why they cannot be decoded.
    pub der: Result<Vec<u8>, &'static str>,
}

/// Hints for PEM content that is neither a key nor a certificate.
pub(crate) const SIGN_REQUEST: &str = "give the certificate that the authority made of it";
pub(crate) const UNPACK_PKCS7: &str =
    "openssl pkcs7 -in FILE -print_certs -out chain.pem extracts its certificates";
const SSH2_BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
const SSH_TYPES: [&str; 4] = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
/// The magic bytes of Java key stores: JKS and JCEKS.
const JAVA_STORES: [&[u8]; 2] = [&[0xFE, 0xED, 0xFE, 0xED], &[0xCE, 0xCE, 0xCE, 0xCE]];
/// Unsupported formats by their first bytes, with the command that converts each.
const FOREIGN: [(&str, &str, &str); 5] = [
    (
        "openssh-key-v1",
        "it is an OpenSSH private key without its BEGIN and END lines",
        "ssh-keygen -p -m PKCS8 -f FILE converts the whole file",
    ),
    (
        "PuTTY-User-Key-File-",
        "it is a PuTTY key",
        "puttygen FILE -O private-openssh -o key.pem, then ssh-keygen -p -m PKCS8 -f key.pem",
    ),
    ("<RSAKeyValue>", "it is a key in XML", "openssl and most libraries write PEM instead"),
    ("age-encryption.org/", "it is encrypted by age", "age -d FILE > key.pem decrypts it"),
    ("AGE-SECRET-KEY-", "it is an age key, which is for encryption", "signatures need a key of another kind"),
];

/// Unwraps a file.
///
/// # Errors
/// With the actual content of the file, without quoting it.
pub fn open(bytes: &[u8]) -> Result<Content, KeyFileError> {
    open_at(bytes, 2)
}

/// Unwraps base64 up to `depth` times.
fn open_at(bytes: &[u8], depth: u8) -> Result<Content, KeyFileError> {
    if let Some(form) = Form::of(bytes) {
        return der(bytes, form);
    }
    if let Some(kind) = ssh_blob(bytes) {
        return Ok(Content::OpenSsh(format!("{kind} {}", BASE64.encode(bytes))));
    }
    if JAVA_STORES.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(KeyFileError::new(
            "it is a Java key store",
            "keytool -importkeystore -srckeystore FILE -destkeystore key.p12 -deststoretype PKCS12, then openssl pkcs12 -in key.p12 -nodes -out key.pem",
        ));
    }
    if let Some((what, cure)) = damage::of_bytes(bytes) {
        return Err(KeyFileError::new(what, cure));
    }
    of_text(&text(bytes), depth).map_err(|error| match std::str::from_utf8(bytes) {
        Err(_) if error.hint.is_none() => "it is binary, neither PEM nor JWK, and no key in DER".into(),
        _ => error,
    })
}

/// The damage of a file without a readable private key, with its hint; otherwise `error`.
pub(crate) fn explained(bytes: &[u8], error: KeyFileError) -> KeyFileError {
    match damage::of_private(&text(bytes)) {
        Some((what, cure)) if error.hint.is_none() => KeyFileError::new(what, cure),
        _ => error,
    }
}

/// Like `explained`, for a file without a public key; it may have one in another form.
pub(crate) fn explained_public(bytes: &[u8], error: KeyFileError) -> KeyFileError {
    if error.hint.is_some() {
        return error;
    }
    let text = text(bytes);
    let damage = || damage::of_text(&text).map(|(what, cure)| KeyFileError::new(what, cure));
    forms::of_text(&text).or_else(damage).unwrap_or(error)
}

/// Like `explained`, for a file without a certificate.
pub(crate) fn explained_certificate(bytes: &[u8], error: KeyFileError) -> KeyFileError {
    const WORDS: [(&str, &str); 6] = [
        ("PRIVATE KEY", "CERTIFICATE"),
        ("openssl pkey", "openssl x509"),
        ("key.pem", "cert.pem"),
        ("key.der", "cert.der"),
        (" a key", " a certificate"),
        ("the key", "the certificate"),
    ];
    let of_certificate = |text: &str| {
        WORDS.iter().fold(text.to_owned(), |text, (key, certificate)| text.replace(key, certificate))
    };
    match damage::of_text(&text(bytes)) {
        Some((what, cure)) if error.hint.is_none() => {
            KeyFileError::new(of_certificate(what), of_certificate(cure))
        }
        _ => error,
    }
}

fn of_text(text: &str, depth: u8) -> Result<Content, KeyFileError> {
    let start = text.trim();
    if start.is_empty() {
        return Err("it is empty: neither PEM nor JWK nor JWK Set".into());
    }
    let has_pem = start.contains(BEGIN);
    if start.starts_with('{') && !has_pem {
        let json = Json::parse(start.as_bytes()).map_err(|error| format!("it is {error}"))?;
        return Ok(Content::Json(json));
    }
    // JSON may contain a PEM in a member, and a PEM may follow a comment with JSON.
    if let Some(json) = Json::parse(start.as_bytes()).ok().filter(is_structure) {
        return Ok(Content::Json(json));
    }
    if has_pem {
        return Ok(Content::Sections(sections(text)));
    }
    if let Some((_, what, hint)) = FOREIGN.iter().find(|(begin, ..)| start.starts_with(begin)) {
        return Err(KeyFileError::new(*what, *hint));
    }
    if start.contains(SSH2_BEGIN) {
        return Ok(Content::OpenSsh(ssh2_line(start)));
    }
    if start.lines().any(|line| ssh_fields(line).is_some()) {
        return Ok(Content::OpenSsh(start.to_owned()));
    }
    let decoded = unbase64(&STANDARD, start.as_bytes()).or_else(|| unbase64(&URL_SAFE, start.as_bytes()));
    if let (Some(inner), true) = (decoded.filter(|inner| !inner.is_empty()), depth > 0) {
        match open_at(&inner, depth - 1) {
            Ok(content) => return Ok(content),
            Err(KeyFileError { what, hint: Some(hint) }) => {
                let hint = hint.replace("FILE", "decoded");
                let what = format!("{what} in base64");
                return Err(KeyFileError::new(what, format!("base64 -d FILE > decoded, then {hint}")));
            }
            Err(_) => {}
        }
    }
    Err("it is neither PEM nor JWK nor JWK Set".into())
}

fn der(bytes: &[u8], form: Form) -> Result<Content, KeyFileError> {
    let foreign = match form {
        Form::Pkcs12 => Some((
            "it is a PKCS#12 store (.p12, .pfx)",
            "openssl pkcs12 -in FILE -nodes -out key.pem converts it",
        )),
        Form::Pkcs7 => Some((
            "it is a PKCS#7 bundle (.p7b)",
            "openssl pkcs7 -inform DER -in FILE -print_certs -out chain.pem extracts its certificates",
        )),
        Form::CertificateRequest => {
            Some(("it is a certificate signing request, not a certificate", SIGN_REQUEST))
        }
        _ => None,
    };
    if let Some((what, hint)) = foreign {
        return Err(KeyFileError::new(what, hint));
    }
    let label = form.label().to_owned();
    Ok(Content::Sections(vec![Section { label, encrypted: false, der: Ok(bytes.to_vec()) }]))
}

/// Decodes a file's text: UTF-8 or UTF-16 (PowerShell's default), with or without a byte order mark.
/// Comments around a PEM may have any encoding.
fn text(bytes: &[u8]) -> String {
    let plain = || String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned();
    decoded_wide(bytes).unwrap_or_else(plain)
}

/// The PEM sections of a text. Line ends may be missing or written as `
/// `, as in variables and env files.
fn sections(text: &str) -> Vec<Section> {
    let text = text.replace("\\\\", "\\").replace("\\r", "\n").replace("\\n", "\n");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let Some((label, body)) = after.split_once("-----").filter(|(label, _)| !label.contains('\n')) else {
            rest = after;
            continue;
        };
        let end = format!("-----END {label}-----");
        let whole = body.split_once(&end);
        let (body, next) = whole.map_or((Err(damage::unended(body)), body), |(body, next)| (Ok(body), next));
        rest = next;
        found.push(section(label, body));
    }
    found
}

fn section(label: &str, body: Result<&str, &'static str>) -> Section {
    let label = label.to_owned();
    let body = match body {
        Ok(body) => body,
        Err(why) => return Section { label, encrypted: false, der: Err(why) },
    };
    let is_header = |line: &&str| line.contains(':');
    let encrypted = body.lines().filter(is_header).any(|line| line.contains("ENCRYPTED"));
    let data: String = body.lines().filter(|line| !is_header(line)).collect();
    let der = match unbase64(&STANDARD, data.as_bytes()) {
        Some(der) if der.is_empty() => Err("there is nothing between its BEGIN line and its END line"),
        Some(der) => Ok(der),
        None => Err("it is damaged: the text between BEGIN and END is not base64"),
    };
    Section { label, encrypted, der }
}

/// Splits `ssh-rsa AAAA… comment`, optionally after the options of an authorized_keys line, into type and
/// base64.
pub(crate) fn ssh_fields(line: &str) -> Option<(&str, &str)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let is_type = |field: &&str| SSH_TYPES.iter().any(|prefix| field.starts_with(prefix));
    let at = fields.iter().position(is_type)?;
    fields.get(at + 1).filter(|data| data.starts_with("AAAA")).map(|data| (fields[at], *data))
}

fn is_structure(json: &Json) -> bool {
    matches!(json, Json::Object(_) | Json::Array(_))
}

/// The length-prefixed type of an OpenSSH public key (RFC 4253 section 6.6).
fn ssh_blob(bytes: &[u8]) -> Option<&str> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let kind = std::str::from_utf8(rest.get(..length)?).ok()?;
    SSH_TYPES.iter().any(|prefix| kind.starts_with(prefix)).then_some(kind)
}

/// Converts RFC 4716 to an OpenSSH line; headers may continue after a backslash.
fn ssh2_line(text: &str) -> String {
    let mut data = String::new();
    let mut goes_on = false;
    for line in text.lines().map(str::trim) {
        let is_header = goes_on || line.contains(':') || line.starts_with("----");
        goes_on = is_header && line.ends_with('\\');
        if !is_header {
            data.push_str(line);
        }
    }
    // The type is also in the data.
    format!("ssh-key {data}")
}

/// Why a JSON object is neither a JWK nor a JWK Set.
pub(crate) fn no_jwk(object: &Object) -> KeyFileError {
    let is_pem = |name| object.get(name).and_then(Json::as_str).is_some_and(|text| text.contains(BEGIN));
    if is_pem("private_key") {
        let what = "it is JSON with a PEM in its private_key, neither a JWK nor a JWK Set";
        return KeyFileError::new(what, "jq -r .private_key FILE > key.pem extracts it");
    }
    if object.get("error").is_some() {
        let what = "it is an error message in JSON, not a key: neither a JWK nor a JWK Set";
        return KeyFileError::new(what, "the download failed: jq . FILE shows why");
    }
    "it is neither a JWK (no kty) nor a JWK Set (no keys)".into()
}

/// The kind of key in these bytes, in any encoding, where a shared secret is expected; `None` if it may be
/// a secret.
#[must_use]
pub fn key_in_disguise(bytes: &[u8]) -> Option<String> {
    if bytes.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes()) {
        return Some("a PEM".to_owned());
    }
    let wrapped = if Form::of(bytes).is_some() { " in DER" } else { "" };
    // openssl prints hexadecimal digits with colons and line breaks.
    let digits: Vec<u8> = without_blanks(bytes).into_iter().filter(|byte| *byte != b':').collect();
    match open(bytes).or_else(|error| unhex(&digits).map_or(Err(error), |bytes| open(&bytes))) {
        Ok(Content::OpenSsh(_)) => Some("an OpenSSH public key".to_owned()),
        Ok(Content::Json(json)) => jwk_within(&json).map(str::to_owned),
        Ok(Content::Sections(sections)) => {
            let form = sections.iter().find_map(|section| Form::of(section.der.as_deref().ok()?));
            Some(form.map_or("a PEM".to_owned(), |form| format!("{}{wrapped}", form.noun())))
        }
        // An error with a hint identified the content: a key store, or another program's key.
        Err(KeyFileError { what, hint: Some(_) }) => Some(what.trim_start_matches("it is ").to_owned()),
        Err(_) => None,
    }
}

/// Why these bytes cannot be a client's secret: they are a key.
#[must_use]
pub fn not_a_secret(bytes: &[u8]) -> Option<String> {
    key_in_disguise(bytes)
        .map(|key| format!("is {key}, and a key is never an HMAC secret or a client secret"))
}

fn jwk_within(json: &Json) -> Option<&'static str> {
    match json {
        Json::Object(object) => jwk_noun(object),
        Json::Array(items) => items.iter().find_map(jwk_within),
        _ => None,
    }
}

fn jwk_noun(object: &Object) -> Option<&'static str> {
    match (object.get("kty"), object.get("keys")) {
        (Some(Json::String(_)), _) => Some("a JWK"),
        (None, Some(Json::Array(_))) => Some("a JWK Set"),
        _ => None,
    }
}
