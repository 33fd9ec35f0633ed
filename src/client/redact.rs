//! Redacts sent secrets, assertions, proofs and tokens from a server's answer: as sent, as escaped by HTML,
//! forms or JSON, and any long part. Also truncates a server's words in messages. Pure.

use crate::client::request::OutgoingRequest;
use crate::http::authorization::{basic, split};
use crate::http::params::{Params, encode};
use crate::secret::Secret;
use crate::text;
use std::collections::HashSet;

/// The replacement for redacted text.
const HIDDEN: &str = "(not shown: we sent it)";
/// The form parameters that are secret.
const FORM: [&str; 6] =
    ["client_secret", "client_assertion", "token", "assertion", "subject_token", "actor_token"];

/// A part of this many bytes is redacted like the whole, since servers also truncate what they repeat.
const RUN: usize = 16;
/// A shorter text may occur in our own words by chance.
const CHANCE: usize = 8;
/// The limit of a server's words in a message, in characters.
const WORDS: usize = 200;

/// Secrets to redact.
#[derive(Clone, Debug, Default)]
pub struct Redactor(Vec<Secret>);

impl Redactor {
    /// The secrets of a request.
    #[must_use]
    pub fn of(request: &OutgoingRequest) -> Self {
        let mut found = Self::default();
        for (name, value) in &request.headers {
            let Ok(value) = value.expose_str() else { continue };
            if *name == "DPoP" {
                found.add(value);
            } else if *name == "Authorization" {
                let (scheme, credentials) = split(value);
                found.add(credentials);
                let readings = if scheme == "Basic" { basic(credentials) } else { Ok(Vec::new()) };
                for reading in readings.unwrap_or_default() {
                    reading.secret.expose_str().into_iter().for_each(|secret| found.add(secret));
                }
            }
        }
        if let Ok(form) = Params::from_form(request.body.expose()) {
            let values = FORM.into_iter().filter_map(|name| form.get(name).ok().flatten());
            values.for_each(|value| found.add(value));
        }
        // Longest first: replacing a part first would leave the rest of the whole.
        found.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
        found
    }

    fn add(&mut self, text: &str) {
        let json = serde_json::Value::from(text).to_string();
        let page =
            text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let texts = [text.to_owned(), encode(text), json.trim_matches('"').to_owned(), page];
        self.0.extend(texts.into_iter().filter(|text| !text.is_empty()).map(Secret::new));
    }

    /// Adds the secrets of another request.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
    }

    /// Redacts a server's text.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.without(text, 1)
    }

    /// Redacts a message of ours that quotes the server.
    #[must_use]
    pub fn redact_ours(&self, text: &str) -> String {
        self.without(text, CHANCE)
    }

    fn without(&self, text: &str, least: usize) -> String {
        let texts =
            self.0.iter().filter(|text| text.len() >= least).filter_map(|text| text.expose_str().ok());
        let text = texts.fold(text.to_owned(), |text, redactor| text.replace(redactor, HIDDEN));
        self.without_parts(&text)
    }

    fn without_parts(&self, text: &str) -> String {
        let known: HashSet<&[u8]> = self.0.iter().flat_map(|text| text.expose().windows(RUN)).collect();
        let mut is_part = vec![false; text.len()];
        for (at, run) in text.as_bytes().windows(RUN).enumerate() {
            if known.contains(run) {
                is_part[at..at + RUN].fill(true);
            }
        }
        let (mut shown, mut hiding) = (String::with_capacity(text.len()), false);
        for (at, c) in text.char_indices() {
            let hidden = is_part[at..at + c.len_utf8()].contains(&true);
            match (hidden, hiding) {
                (false, _) => shown.push(c),
                (true, false) => shown.push_str(HIDDEN),
                (true, true) => {}
            }
            hiding = hidden;
        }
        shown
    }
}

/// Truncates a server's words for a message.
#[must_use]
pub fn truncate(words: &str) -> String {
    text::truncate(words, WORDS).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Attempt;
    use crate::client::authentication::{AuthenticatedClient, ClientProof};
    use crate::client::endpoint::EndpointUrl;
    use crate::clock::Timestamp;

    fn sent(proof: ClientProof) -> (OutgoingRequest, Redactor) {
        let endpoint = EndpointUrl::parse("https://as.example.com/token", false).unwrap();
        let identity = AuthenticatedClient { client_id: Some("me".to_owned()), proof };
        let attempt = Attempt { now: Timestamp::from_unix(0), id: [0; 16], nonce: None };
        let request = identity.post(&endpoint, vec![("token", "t0k3n".to_owned())], &attempt).unwrap();
        let redactor = Redactor::of(&request);
        (request, redactor)
    }

    #[test]
    fn a_secret_is_hidden_in_every_form_in_which_a_server_may_repeat_it() {
        let secret = "pa\"ss & 1+1";
        for proof in [ClientProof::Basic(Secret::new(secret)), ClientProof::Post(Secret::new(secret))] {
            let (request, redactor) = sent(proof);
            let header = request.headers.iter().filter(|(name, _)| *name == "Authorization");
            let header: String = header.map(|(_, value)| value.expose_str().unwrap()).collect();
            let body = request.body.expose_str().unwrap();
            let echo = format!(
                "{secret} pa%22ss+%26+1%2B1 pa\\\"ss & 1+1 pa&quot;ss &amp; 1+1 t0k3n {header} {body} the rest"
            );
            let shown = redactor.redact(&echo);
            for part in ["pa", "1+1", "1%2B1", "t0k3n", header.trim_start_matches("Basic ")] {
                assert!(part.is_empty() || !shown.contains(part), "{part} in {shown}");
            }
            assert!(shown.ends_with("the rest") && !format!("{redactor:?}").contains("ss"), "{shown}");
        }
    }

    #[test]
    fn a_part_of_a_long_one_is_hidden_and_a_short_one_in_our_own_words_is_not() {
        let of = |secret: &str| {
            let mut redactor = Redactor::default();
            redactor.add(secret);
            redactor
        };
        let long = of("0123456789abcdefghijklmnop");
        for (text, shown) in [
            ("a 0123456789abcdef b", "a (not shown: we sent it) b"),
            ("é456789abcdefghijklmnopé", "é(not shown: we sent it)é"),
            ("456789abcdefghij", "(not shown: we sent it)"),
            ("0123456789abcdef 456789abcdefghijk", "(not shown: we sent it) (not shown: we sent it)"),
            ("0123456789abcde", "0123456789abcde"),
            ("", ""),
        ] {
            assert_eq!((long.redact(text).as_str(), long.redact_ours(text).as_str()), (shown, shown));
        }
        // A multi-byte character may start within a part and end after it.
        let odd = of("0123456789abcde\u{e9}fghijkl");
        assert_eq!(odd.redact("x0123456789abcde\u{eb}y"), "x(not shown: we sent it)y");
        let short = of("answer");
        assert_eq!(short.redact("answered"), "(not shown: we sent it)ed");
        assert_eq!(short.redact_ours("answered"), "answered");
    }

    #[test]
    fn assertions_and_proofs_are_hidden_too() {
        crate::jose::install_provider();
        let signer = crate::jose::sign::Signer::hs256(Secret::new("0123456789abcdef0123456789abcdef"));
        let (signer, audience) = (std::sync::Arc::new(signer.unwrap()), "https://as".to_owned());
        let (mut request, _) = sent(ClientProof::AssertionClaims { signer, kid: None, audience });
        request.headers.push((ureq::http::HeaderName::from_static("dpop"), Secret::new("p.r.f")));
        let shown = Redactor::of(&request).redact(&format!("p.r.f {}", request.body.expose_str().unwrap()));
        assert!(!shown.contains("p.r.f") && !shown.contains("eyJ"), "{shown}");
        assert!(shown.contains("client_id=me"), "{shown}");
    }
}
