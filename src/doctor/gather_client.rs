//! The requests with a client: tokens by each method, and token requests that are wrong in one thing. All tokens
//! are revoked at the end.

use super::evidence::{Inquiry, IssuerEvidence, SeenAnswer};
use super::gather::{FORM, Gathering, SendRequests, UNKNOWN_CLIENT};
use crate::client::Attempt;
use crate::client::authentication::{AuthenticatedClient, ClientProof};
use crate::client::endpoint::EndpointUrl;
use crate::client::request::OutgoingRequest;
use crate::client::token::{self, AccessTokenRequest};
use crate::client::{introspect, revoke};
use crate::http::authorization::basic_raw;
use crate::http::params;
use crate::jose::digest;
use crate::secret::Secret;
use ::http::header::AUTHORIZATION;

/// A client that the run may use.
#[derive(Clone, Debug)]
pub struct ExaminedClient {
    /// The client, by the method that it uses.
    pub identity: AuthenticatedClient,
    /// The same client by other advertised methods.
    pub others: Vec<(String, AuthenticatedClient)>,
    /// The token request that it makes; its identity is the one above.
    pub request: AccessTokenRequest,
}

/// A scope and a resource that no issuer knows.
const UNKNOWN_SCOPE: &str = "heistctl-doctor-unknown-scope";
pub(super) const UNKNOWN_RESOURCE: &str = "https://heistctl-doctor.invalid/resource";
/// How many tokens are requested at the same time.
const TOGETHER: usize = 10;
/// How often an unknown client and a wrong secret are compared.
const SAMPLES: usize = 5;

/// Adds all that a client can find out to the evidence.
#[must_use]
pub fn gather(
    evidence: IssuerEvidence,
    insecure_http: bool,
    client: &ExaminedClient,
    send: &mut SendRequests<'_>,
) -> IssuerEvidence {
    let mut gathering = Gathering { evidence, insecure_http, send };
    gathering.with_client(client);
    gathering.evidence
}

type ClientForm<'a> = Vec<(&'a str, String)>;

fn grant<'a>() -> ClientForm<'a> {
    vec![("grant_type", "client_credentials".to_owned())]
}

impl Gathering<'_, '_> {
    fn attempt(&self) -> Option<Attempt> {
        Some(Attempt { now: self.evidence.now, id: digest::random().ok()?, nonce: None })
    }

    /// Asks all that a client can.
    fn with_client(&mut self, client: &ExaminedClient) {
        let token = client.request.endpoint.clone();
        self.grants(client);
        self.wrong_credentials(client, &token);
        self.wrong_requests(client, &token);
        self.targets(client);
        self.introspection(client);
        self.revoke_all(client);
    }

    fn token_request(&self, request: &AccessTokenRequest) -> Option<OutgoingRequest> {
        token::prepare(request, &self.attempt()?).ok()
    }

    fn grants(&mut self, client: &ExaminedClient) {
        for _ in 0..2 {
            let request = self.token_request(&client.request);
            self.ask_if(Inquiry::Granted, request);
        }
        for (name, identity) in &client.others {
            let request = AccessTokenRequest { client: identity.clone(), ..client.request.clone() };
            let request = self.token_request(&request);
            self.ask_if(Inquiry::OtherMethod, request);
            self.evidence.methods.push(name.clone());
        }
        let together: Vec<OutgoingRequest> =
            (0..TOGETHER).filter_map(|_| self.token_request(&client.request)).collect();
        self.ask_together(Inquiry::Together, &together);
    }

    /// Takes turns, so that a slow moment counts for both.
    fn wrong_credentials(&mut self, client: &ExaminedClient, token: &EndpointUrl) {
        for _ in 0..SAMPLES {
            for (inquiry, id) in [
                (Inquiry::WrongSecret, client.identity.client_id.as_deref().unwrap_or_default()),
                (Inquiry::UnknownSample, UNKNOWN_CLIENT),
            ] {
                let mut request = self.form(token, &grant());
                let credentials = basic_raw(&Secret::new(id), &Secret::new("heistctl-doctor-wrong-secret"));
                request.headers.push((AUTHORIZATION, credentials));
                self.ask(inquiry, &request);
            }
        }
    }

    fn form(&self, endpoint: &EndpointUrl, form: &ClientForm<'_>) -> OutgoingRequest {
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = params::form(&pairs);
        OutgoingRequest { body, ..super::gather::post(endpoint, FORM, "") }
    }

    /// A request of the authenticated client.
    fn authenticated(
        &self,
        client: &ExaminedClient,
        to: &EndpointUrl,
        form: ClientForm<'_>,
    ) -> Option<OutgoingRequest> {
        client.identity.post(to, form, &self.attempt()?).ok()
    }

    fn wrong_requests(&mut self, client: &ExaminedClient, token: &EndpointUrl) {
        let with = |more: &[(&'static str, &str)]| {
            let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
            grant().into_iter().chain(more).collect::<ClientForm<'static>>()
        };
        let other = vec![("grant_type", "urn:heistctl:doctor:unknown".to_owned())];
        for (inquiry, form) in [
            (Inquiry::NoGrantType, vec![("scope", String::new())]),
            (Inquiry::OtherGrant, other),
            (Inquiry::RepeatedParameter, with(&[("grant_type", "client_credentials")])),
            (Inquiry::UnknownScope, with(&[("scope", UNKNOWN_SCOPE)])),
        ] {
            let request = self.authenticated(client, token, form);
            self.ask_if(inquiry, request);
        }
        if let ClientProof::Basic(secret) | ClientProof::Post(secret) = &client.identity.proof
            && let Some(id) = client.identity.client_id.as_deref()
            && let Ok(secret) = secret.expose_str()
        {
            let basic = AuthenticatedClient {
                client_id: Some(id.to_owned()),
                proof: ClientProof::Basic(Secret::new(secret)),
            };
            let twice = with(&[("client_id", id), ("client_secret", secret)]);
            let request = self.attempt().and_then(|attempt| basic.post(token, twice, &attempt).ok());
            self.ask_if(Inquiry::TwoMethods, request);
            let mut raw = self.form(token, &grant());
            raw.headers.push((AUTHORIZATION, basic_raw(&Secret::new(id), &Secret::new(secret))));
            if params::encode(id) != id || params::encode(secret) != secret {
                self.ask(Inquiry::RawBasic, &raw);
                let encoded = self.attempt().and_then(|attempt| basic.post(token, grant(), &attempt).ok());
                self.ask_if(Inquiry::EncodedBasic, encoded);
            }
        }
        let json = super::gather::post(token, "application/json", "{\"grant_type\":\"client_credentials\"}");
        self.ask(Inquiry::JsonBody, &json);
    }

    fn targets(&mut self, client: &ExaminedClient) {
        let resources = vec![UNKNOWN_RESOURCE.to_owned()];
        let request = AccessTokenRequest { resources, ..client.request.clone() };
        let request = self.token_request(&request);
        self.ask_if(Inquiry::ForeignResource, request);
    }

    /// The token of the first answer.
    fn token(&self) -> Option<String> {
        self.evidence.seen(Inquiry::Granted)?.text("access_token").map(str::to_owned)
    }

    fn introspection(&mut self, client: &ExaminedClient) {
        let Some(endpoint) = self.named("introspection_endpoint") else { return };
        let token = self.token();
        let garbage = Some("heistctl-doctor-no-token".to_owned());
        for (inquiry, token) in
            [(Inquiry::IntrospectLive, token.clone()), (Inquiry::IntrospectGarbage, garbage)]
        {
            self.introspect(inquiry, &endpoint, client, token);
        }
        let Some(revocation) = self.named("revocation_endpoint") else { return };
        let unknown = Some("heistctl-doctor-no-token".to_owned());
        for token in [token.clone(), token.clone(), unknown] {
            let request = token.and_then(|token| {
                let token = Secret::new(token);
                revoke::prepare(&revocation, &client.identity, &token, &self.attempt()?).ok()
            });
            self.ask_if(Inquiry::Revoked, request);
        }
        self.introspect(Inquiry::IntrospectRevoked, &endpoint, client, token);
    }

    fn introspect(
        &mut self,
        inquiry: Inquiry,
        endpoint: &EndpointUrl,
        client: &ExaminedClient,
        token: Option<String>,
    ) {
        let request = token
            .and_then(|token| introspect::prepare(endpoint, &client.identity, &token, &self.attempt()?).ok());
        self.ask_if(inquiry, request);
    }

    /// Revokes every token that was granted, but the first, which is revoked already.
    fn revoke_all(&mut self, client: &ExaminedClient) {
        let Some(revocation) = self.named("revocation_endpoint") else { return };
        let tokens: Vec<String> =
            self.evidence.every().filter_map(|(_, seen)| granted(seen)).skip(1).collect();
        for token in tokens {
            let request = self.attempt().and_then(|attempt| {
                revoke::prepare(&revocation, &client.identity, &Secret::new(token), &attempt).ok()
            });
            self.ask_if(Inquiry::CleanedUp, request);
        }
    }
}

/// The access token of an answer.
fn granted(seen: &SeenAnswer) -> Option<String> {
    let is_token = seen.status == 200 && seen.text("token_type").is_some();
    seen.text("access_token").filter(|_| is_token).map(str::to_owned)
}
