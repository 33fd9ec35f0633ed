//! Trusted keys, read from a file of any form, and the selection for a token: by `kid`, then by each key's
//! restrictions (RFC 7515 section 6, RFC 7517 section 4).

use crate::jose::algorithm::Algorithm;
use crate::jose::jwk::{self, MAX_KEYS, Unusable};
use crate::jose::key::{CLIENT_RSA_MAX_BITS, KeySource, VerifyingKey};
use crate::jose::keyfile::{self, Content, KeyFileError};
use crate::jose::{openssh, pem, verify};
use crate::json::Json;
use crate::secret::Secret;

/// The maximum number of a client's keys that an assertion is verified with: strangers cause that work. Two are
/// enough to replace a key. One check with ES512 costs as much as four tokens, so there it is one.
#[must_use]
pub const fn client_most_tried(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::ES512 => 1,
        _ => 2,
    }
}

/// Keys that may verify a token.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    /// Whether a key or set was given, even an empty one.
    pub given: bool,
    /// The usable keys.
    pub keys: Vec<VerifyingKey>,
    /// The unusable keys, with reasons.
    pub unusable: Vec<Unusable>,
    /// Warnings about the set as a whole.
    pub warnings: Vec<String>,
    /// The files as read: a careless verifier may have used their bytes as a secret.
    pub files: Vec<Secret>,
}

impl KeySet {
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn of(key: VerifyingKey) -> Self {
        Self { given: true, keys: vec![key], ..Self::default() }
    }

    /// Removes shared secrets, since anybody can fetch a published one (RFC 7517 section 9.2).
    #[must_use]
    pub fn published(self) -> Self {
        let why = "it is a shared secret, and published: anybody can sign with it";
        self.without(|key| (key.source == KeySource::Secret).then(|| why.to_owned()))
    }

    /// Keeps only keys that can verify a client's assertion. Long RSA keys are removed: refusing a
    /// stranger's forged assertion would cost the server as much as a dozen tokens.
    #[must_use]
    pub fn of_a_client(self) -> Self {
        let set = self.published().without(|key| {
            let bits = key.material.rsa_bits();
            let is_long = bits > CLIENT_RSA_MAX_BITS;
            is_long.then(|| format!("its RSA key has {bits} bits, more than the {CLIENT_RSA_MAX_BITS} that a client's key may have"))
        });
        set.without(verify::never_verifies)
    }

    /// Removes private keys from a client's fetched set, since a published private key is not secret.
    #[must_use]
    pub fn fetched(self) -> Self {
        let why = "it is a private key, and published: anybody can sign with it";
        self.of_a_client().without(|key| (key.source == KeySource::Private).then(|| why.to_owned()))
    }

    /// The warning for a client's set in which a key may never be tried: an assertion without a `kid` is tried
    /// with [`client_most_tried`] of the keys for its algorithm.
    #[must_use]
    pub fn demands_kid(&self) -> Option<String> {
        let count = |algorithm| self.candidates(None, algorithm).map_or(0, |keys| keys.len());
        let counted = Algorithm::ALL.into_iter().map(|algorithm| (count(algorithm), algorithm));
        let untried = counted.rev().filter(|(count, algorithm)| *count > client_most_tried(*algorithm));
        let (count, algorithm) = untried.max_by_key(|(count, _)| *count)?;
        Some(format!(
            "{count} of its keys are for {algorithm}, and an assertion without a kid is tried with the first {} \
             alone: give each key a kid of its own, and have the client name it in the header",
            client_most_tried(algorithm)
        ))
    }

    /// Removes the keys for which `reason` returns one.
    fn without(mut self, reason: impl Fn(&VerifyingKey) -> Option<String>) -> Self {
        for key in std::mem::take(&mut self.keys) {
            match reason(&key) {
                Some(why) => self.unusable.push(Unusable::unknown(key.kid, why)),
                None => self.keys.push(key),
            }
        }
        self
    }

    /// Whether it has a private key, usable or not. A shared secret does not count.
    #[must_use]
    pub fn has_private_key(&self) -> bool {
        self.keys.iter().any(|key| key.source == KeySource::Private)
            || self.unusable.iter().any(|key| key.private.is_some_and(|name| name != "k"))
    }

    /// Reads a key file: PEM (keys or certificates), DER, OpenSSH public keys, JWK or JWK Set. The form is
    /// detected.
    ///
    /// # Errors
    /// [`KeyFileError`] with the actual content and a hint. The file is not quoted.
    pub fn read(bytes: &[u8], origin: &str) -> Result<Self, KeyFileError> {
        let of_keys = |keys| Self { given: true, keys, ..Self::default() };
        let explained = |error| keyfile::explained_public(bytes, error);
        let mut set = match keyfile::open(bytes).map_err(|error| about_secrets(explained(error)))? {
            Content::Json(json) => Self::read_json(&json, origin)?,
            Content::Sections(sections) => of_keys(pem::read(&sections, origin).map_err(explained)?),
            Content::OpenSsh(text) => of_keys(openssh::read(&text, origin)?),
        };
        set.warnings.extend(set.keys.iter().flat_map(VerifyingKey::weaknesses));
        set.files.push(Secret::new(bytes));
        Ok(set)
    }

    fn read_json(json: &Json, origin: &str) -> Result<Self, KeyFileError> {
        let object = json.as_object().ok_or_else(|| {
            keyfile::forms::of_json(json)
                .unwrap_or_else(|| "it is JSON, but not an object: neither a JWK nor a JWK Set".into())
        })?;
        // A repeated name within a key makes only that key unusable.
        if let Some(name) = object.repeated_name() {
            return Err(format!("its member {name:?} occurs more than once").into());
        }
        match object.get("keys") {
            Some(Json::Array(items)) if items.len() > MAX_KEYS => {
                Err(format!("it has {} keys, more than the {MAX_KEYS} that are read", items.len()).into())
            }
            Some(Json::Array(items)) => Ok(Self::read_set(items, origin)),
            Some(_) => Err("its keys member is not an array (RFC 7517 section 5.1)".into()),
            None if object.get("kty").is_some() => {
                let key =
                    jwk::read(object, origin).map_err(|unusable| format!("the JWK: {}", unusable.why))?;
                Ok(Self::of(key))
            }
            None => Err(keyfile::forms::of_json(json).unwrap_or_else(|| keyfile::no_jwk(object))),
        }
    }

    fn read_set(items: &[Json], origin: &str) -> Self {
        let mut set = Self { given: true, ..Self::default() };
        for item in items {
            match item.as_object().map(|object| jwk::read(object, origin)) {
                Some(Ok(key)) => set.keys.push(key),
                Some(Err(unusable)) => set.unusable.push(unusable),
                None => set.unusable.push(Unusable::unknown(None, "it is not an object")),
            }
        }
        set.warnings = odd(&set.keys, items);
        set
    }

    /// The keys that may verify a token with that `kid` and algorithm, the likeliest first.
    ///
    /// # Errors
    /// With the reason and the available keys.
    pub fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Vec<&VerifyingKey>, String> {
        let named: Vec<&VerifyingKey> = match kid {
            Some(_) => self.keys.iter().filter(|key| key.kid.as_deref() == kid).collect(),
            None => self.keys.iter().collect(),
        };
        let is_unusable = kid.is_some() && self.unusable.iter().any(|key| key.kid.as_deref() == kid);
        // If no key has a kid (as in PEM), each may be the intended one.
        let pool = if named.is_empty() && !is_unusable && self.keys.iter().all(|key| key.kid.is_none()) {
            self.keys.iter().collect()
        } else {
            named
        };
        if pool.is_empty() {
            return Err(self.no_such_kid(kid));
        }
        let fitting: Vec<&VerifyingKey> =
            pool.iter().copied().filter(|key| key.misfit(algorithm).is_none()).collect();
        match (fitting.is_empty(), pool.as_slice()) {
            (false, _) => Ok(fitting),
            (true, [only]) => Err(only.misfit(algorithm).unwrap_or_default()),
            (true, _) => Err(format!("no key fits {algorithm}; there are {}", list(&pool))),
        }
    }

    fn no_such_kid(&self, kid: Option<&str>) -> String {
        let unusable = |unusable: &Unusable| {
            let kid = unusable.kid.as_deref().map(|kid| format!(" of kid {kid:?}")).unwrap_or_default();
            format!("the key{kid} cannot be used: {}", unusable.why)
        };
        let meant = self.unusable.iter().find(|unusable| kid.is_some() && unusable.kid.as_deref() == kid);
        if let Some(meant) = meant.or(self.unusable.first().filter(|_| self.keys.is_empty())) {
            return unusable(meant);
        }
        let keys: Vec<&VerifyingKey> = self.keys.iter().collect();
        match kid {
            Some(kid) if !keys.is_empty() => format!("no key has the kid {kid:?}; there are {}", list(&keys)),
            _ => "the set has no key in it".to_owned(),
        }
    }
}

/// Text that is not a key may be a secret.
fn about_secrets(error: KeyFileError) -> KeyFileError {
    let hint = if error.what.starts_with("it is not JSON") {
        "its JSON is damaged: copy the whole file again; python3 -m json.tool FILE checks it"
    } else {
        "an HMAC secret is given by --secret-file FILE"
    };
    KeyFileError { hint: error.hint.or(Some(hint.into())), ..error }
}

/// Lists at most ten keys for a message.
fn list(keys: &[&VerifyingKey]) -> String {
    let describe = |key: &&VerifyingKey| match &key.kid {
        Some(kid) => format!("{kid:?} ({})", key.kind()),
        None => key.kind(),
    };
    let mut shown: Vec<String> = keys.iter().take(10).map(describe).collect();
    if keys.len() > 10 {
        shown.push(format!("{} more", keys.len() - 10));
    }
    shown.join(", ")
}

fn odd(keys: &[VerifyingKey], items: &[Json]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut kids: Vec<&str> = keys.iter().filter_map(|key| key.kid.as_deref()).collect();
    kids.sort_unstable();
    if let Some(pair) = kids.windows(2).find(|pair| pair[0] == pair[1]) {
        warnings
            .push(format!("the kid {:?} occurs more than once in the set (RFC 7517 section 4.5)", pair[0]));
    }
    let secrets = keys.iter().filter(|key| key.source == KeySource::Secret).count();
    if secrets > 0 && secrets < keys.len() {
        warnings.push("the set mixes shared secrets with public keys".to_owned());
    }
    if items.iter().filter_map(Json::as_object).any(|object| jwk::private_member(object).is_some()) {
        warnings.push(
            "the set holds private or shared keys: it must never be published (RFC 7517 section 9.2)"
                .to_owned(),
        );
    }
    warnings
}
