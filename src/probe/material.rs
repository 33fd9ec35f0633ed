//! The material of a run: the request, tokens, keys and identities. Nothing here is sent by itself.

use super::exchange::ProbeRequest;
use super::forge::GenuineParts;
use super::variation::Variation;
use crate::clock::Timestamp;
use crate::jose::compact::{self, Token};
use crate::jose::digest::sha256;
use crate::jose::key::VerifyingKey;
use crate::jose::sign::Signer;
use crate::json::{Json, Object};
use crate::secret::Secret;
use crate::testbench::draft::TokenDraft;
use crate::testbench::flaw::Flaw;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// The lifetime of tokens that are signed here.
const LIFETIME: Duration = Duration::from_secs(3600);

/// The request that a good token opens.
#[derive(Clone)]
pub struct ProbeTarget {
    /// The URL, for reports and proofs.
    pub url: String,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, Secret)>,
    pub body: Secret,
    /// The status of success; any 2xx without.
    pub expect: Option<u16>,
}

impl ProbeTarget {
    /// Whether a status means that the request got in.
    #[must_use]
    pub fn is_accepted(&self, status: u16) -> bool {
        (200..300).contains(&status) || self.expect == Some(status)
    }

    /// Whether it is the answer that a good token must get.
    #[must_use]
    pub fn is_good(&self, status: u16) -> bool {
        self.expect.map_or((200..300).contains(&status), |expected| expected == status)
    }

    #[must_use]
    pub fn request(&self) -> ProbeRequest {
        ProbeRequest {
            method: self.method.clone(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
        }
    }
}

/// A key that the API trusts, and the token that it accepts.
pub struct TrustedSigner {
    pub signer: Signer,
    /// The same key with the other algorithms of its kind.
    pub siblings: Vec<Signer>,
    /// Members of the header that differ from the usual ones.
    pub header: Object,
    pub claims: Object,
}

/// A key that the API does not know.
pub struct Stranger {
    pub signer: Signer,
    /// Its self-signed certificate in base64, if there is one.
    pub certificate: Option<String>,
}

/// A server of a stranger, which has the stranger's keys.
pub struct CountingServer {
    /// Its base URL.
    pub url: String,
    /// The number of requests so far.
    pub asked: Box<dyn Fn() -> usize>,
}

/// The issuer's answer to a request for its key set.
pub enum JwksAnswer {
    /// The key of the run.
    Usual,
    /// This document.
    Set(String),
    Status(u16),
    Html,
    Redirect(String),
}

/// An issuer that the probe controls.
pub trait TestIssuer {
    fn answer(&self, answer: JwksAnswer);
    /// The number of requests for the key set so far.
    fn asked(&self) -> usize;
}

pub struct Material {
    pub target: ProbeTarget,
    /// A token that the API accepts.
    pub genuine: Secret,
    pub trusted: Option<TrustedSigner>,
    /// The public keys that the API trusts, and the text that has them.
    pub public: Vec<VerifyingKey>,
    pub key_texts: Vec<Secret>,
    pub stranger: Stranger,
    pub listener: Option<CountingServer>,
    /// The API's issuer, if that is the probe.
    pub issuer: Option<Box<dyn TestIssuer>>,
    /// Waits; only with `--deep`.
    pub wait: Option<Box<dyn Fn(Duration)>>,
    pub other_scope: Option<String>,
    /// Requests that the token must not be allowed: method and path.
    pub writes: Vec<(String, String)>,
    /// The key of DPoP proofs. `None` if the API accepts no bound token.
    pub dpop: Option<Signer>,
    pub nonce: RefCell<Option<String>>,
    pub now: Timestamp,
    /// Makes ids of tokens unique to the run.
    pub seed: [u8; 16],
    pub count: Cell<u64>,
}

/// A skipped case's reason without a key.
pub const NO_KEY: &str = "needs a key that the API trusts: --key, --secret-file, --store or --serve";

impl Material {
    #[must_use]
    pub fn genuine(&self) -> &str {
        self.genuine.expose_str().unwrap_or_default()
    }

    /// # Errors
    /// If the genuine token is not a JWT.
    pub fn parts(&self) -> Result<GenuineParts, String> {
        GenuineParts::of(self.genuine())
    }

    /// # Errors
    /// Without such a key.
    pub fn trusted(&self) -> Result<&TrustedSigner, String> {
        self.trusted.as_ref().ok_or_else(|| NO_KEY.to_owned())
    }

    /// An id that no other token of the run has.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        let count = self.count.get();
        self.count.set(count.wrapping_add(1));
        let digest = sha256(&[&self.seed[..], &count.to_be_bytes()].concat());
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        id
    }

    /// A token like the good one, not signed yet.
    ///
    /// # Errors
    /// Without a key.
    pub fn draft(&self) -> Result<TokenDraft, String> {
        let trusted = self.trusted()?;
        let mut draft =
            TokenDraft::new(trusted.claims.clone(), &trusted.signer, self.now, LIFETIME, self.id());
        for (name, value) in trusted.header.iter() {
            draft.header.set(name, value.clone());
        }
        Ok(draft)
    }

    /// A freshly signed token with one thing changed.
    ///
    /// # Errors
    /// Without a key, or if the library refuses.
    pub fn signed(&self, change: impl FnOnce(&mut TokenDraft)) -> Result<String, String> {
        let mut draft = self.draft()?;
        change(&mut draft);
        draft.signed(&self.trusted()?.signer).map_err(|error| error.to_string())
    }

    /// A freshly signed token with this flaw.
    ///
    /// # Errors
    /// As for `signed`.
    pub fn flawed(&self, flaw: Flaw) -> Result<String, String> {
        flaw.signed(&self.draft()?, &self.trusted()?.signer, self.now).map_err(|error| error.to_string())
    }

    /// Another token that the API accepts, with another subject if it can be signed.
    ///
    /// # Errors
    /// Without a key.
    pub fn second(&self) -> Result<String, String> {
        self.signed(|draft| draft.claims.set("sub", Json::String("another-subject".to_owned())))
    }

    /// The usual request with this token.
    #[must_use]
    pub fn presents(&self, label: impl Into<String>, token: &str) -> Variation {
        let request = self.target.request().with("Authorization", format!("Bearer {token}"));
        Variation::new(label, request).holding(token)
    }

    /// The same for a freshly signed token.
    ///
    /// # Errors
    /// As for `signed`.
    pub fn signs(
        &self,
        label: impl Into<String>,
        change: impl FnOnce(&mut TokenDraft),
    ) -> Result<Variation, String> {
        Ok(self.presents(label, &self.signed(change)?))
    }

    /// Like `signs`, for one claim; `None` removes it.
    ///
    /// # Errors
    /// As for `signed`.
    pub fn claims(&self, name: &str, value: Option<Json>) -> Result<Variation, String> {
        let label =
            value.as_ref().map_or_else(|| format!("{name} absent"), |value| format!("{name}: {value}"));
        self.signs(crate::text::truncate(&label, 100), |draft| set(&mut draft.claims, name, value))
    }

    /// A claim of the good token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Json> {
        let trusted = self.trusted.as_ref().and_then(|trusted| trusted.claims.get(name).cloned());
        trusted.or_else(|| {
            let Token::Jws(jws) = compact::read(self.genuine()) else { return None };
            jws.peek_unverified()?.get(name).cloned()
        })
    }

    /// A claim of the good token that is text.
    ///
    /// # Errors
    /// If it has none.
    pub fn claimed_text(&self, name: &str) -> Result<String, String> {
        let claim = self.claim(name);
        let text = claim.as_ref().and_then(Json::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("the good token has no {name} that is text"))
    }
}

/// Sets a member, or removes it.
pub fn set(object: &mut Object, name: &str, value: Option<Json>) {
    match value {
        Some(value) => object.set(name, value),
        None => object.remove(name),
    }
}
