//! The requests that need nothing but the issuer's URL: read-only, each sent once. A closure sends them.

use super::evidence::{Exchange, GivenMeans, Inquiry, IssuerEvidence, SeenAnswer, Unanswered};
use super::profile::SecurityProfile;
use crate::client::discovery;
use crate::client::endpoint::EndpointUrl;
use crate::client::request::OutgoingRequest;
use crate::clock::Timestamp;
use crate::http::authorization::basic_raw;
use crate::secret::Secret;
use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use ::http::{HeaderName, Method};

/// Sends requests, several at the same time, and returns each answer or why there is none.
pub type SendRequests<'a> = dyn FnMut(&[OutgoingRequest]) -> Vec<Result<SeenAnswer, Unanswered>> + 'a;

/// The id of a client that nobody has registered.
pub const UNKNOWN_CLIENT: &str = "heistctl-doctor-unknown-client";
/// An origin that no server knows.
const OTHER_ORIGIN: &str = "https://doctor.invalid";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// How often a document is fetched again.
const AGAIN: usize = 4;
/// The body and the parameters of an intrusive run.
const LARGE: usize = 64 * 1024;
const MANY: usize = 100;
/// The most resources whose documents are fetched.
const MOST_RESOURCES: usize = 5;

/// The settings of a run.
#[derive(Clone, Copy, Debug)]
pub struct ExaminationScope {
    pub profile: Option<SecurityProfile>,
    pub given: GivenMeans,
    /// Whether plain http to other hosts is allowed.
    pub insecure_http: bool,
}

/// Gathers all that the URL alone gives. Stops if the issuer cannot be reached.
///
/// # Errors
/// If the issuer is not a URL, or is plain http to another host.
pub fn gather(
    issuer: &str,
    scope: ExaminationScope,
    now: Timestamp,
    send: &mut SendRequests<'_>,
) -> Result<IssuerEvidence, discovery::DiscoveryError> {
    let addresses = documents(issuer, scope.insecure_http)?;
    let evidence = IssuerEvidence::new(issuer, now, scope.profile, scope.given);
    let mut gathering = Gathering { evidence, insecure_http: scope.insecure_http, send };
    for (inquiry, address) in &addresses {
        gathering.ask(*inquiry, &discovery::prepare(address));
        if gathering.is_unreached() {
            return Ok(gathering.evidence);
        }
    }
    gathering.repeat_documents(&addresses);
    gathering.token_endpoint();
    gathering.other_endpoints();
    gathering.resources();
    Ok(gathering.evidence)
}

/// The addresses of all documents that may be metadata.
fn documents(
    issuer: &str,
    insecure_http: bool,
) -> Result<Vec<(Inquiry, EndpointUrl)>, discovery::DiscoveryError> {
    let known = discovery::addresses(issuer, insecure_http)?;
    let mut inquirys: Vec<(Inquiry, EndpointUrl)> = match known.as_slice() {
        [oauth, openid] => {
            return Ok(vec![
                (Inquiry::OAuthMetadata, oauth.clone()),
                (Inquiry::OpenIdAppended, openid.clone()),
            ]);
        }
        known => [Inquiry::OAuthMetadata, Inquiry::OpenIdInserted, Inquiry::OpenIdAppended]
            .into_iter()
            .zip(known.iter().cloned())
            .collect(),
    };
    let appended = inquirys.last().and_then(|(_, openid)| {
        let path = openid.uri().path().replace("openid-configuration", "oauth-authorization-server");
        openid.with_path(&path)
    });
    inquirys.extend(appended.map(|url| (Inquiry::OAuthAppended, url)));
    Ok(inquirys)
}

pub(super) struct Gathering<'a, 'b> {
    pub(super) evidence: IssuerEvidence,
    pub(super) insecure_http: bool,
    pub(super) send: &'a mut SendRequests<'b>,
}

impl Gathering<'_, '_> {
    pub(super) fn ask(&mut self, inquiry: Inquiry, request: &OutgoingRequest) {
        self.ask_together(inquiry, std::slice::from_ref(request));
    }

    /// Asks, if the request could be made.
    pub(super) fn ask_if(&mut self, inquiry: Inquiry, request: Option<OutgoingRequest>) {
        if let Some(request) = request {
            self.ask(inquiry, &request);
        }
    }

    /// Sends requests at the same time.
    pub(super) fn ask_together(&mut self, inquiry: Inquiry, requests: &[OutgoingRequest]) {
        let outcomes = (self.send)(requests);
        let exchanges = self.evidence.exchanges.entry(inquiry).or_default();
        for (request, outcome) in requests.iter().zip(outcomes) {
            exchanges.push(Exchange { asked: format!("{} {}", request.method, request.endpoint), outcome });
        }
    }

    /// Whether nothing has answered so far.
    fn is_unreached(&self) -> bool {
        let all = self.evidence.exchanges.values().flatten();
        all.into_iter().all(|exchange| matches!(&exchange.outcome, Err(Unanswered { unreached: true, .. })))
    }

    /// An address in the metadata that may be asked.
    pub(super) fn named(&self, name: &str) -> Option<EndpointUrl> {
        self.usable(self.evidence.text(name)?)
    }

    fn usable(&self, url: &str) -> Option<EndpointUrl> {
        discovery::named(url, &self.evidence.issuer, self.insecure_http).ok()
    }

    fn repeat_documents(&mut self, addresses: &[(Inquiry, EndpointUrl)]) {
        let found = self.evidence.documents().next().map(|(inquiry, ..)| inquiry);
        let address = addresses.iter().find(|(inquiry, _)| Some(*inquiry) == found);
        if let Some((_, address)) = address {
            for _ in 0..AGAIN {
                self.ask(Inquiry::MetadataAgain, &discovery::prepare(address));
            }
        }
        if let Some(keys) = self.named("jwks_uri") {
            self.ask(Inquiry::KeySet, &discovery::prepare(&keys));
            for _ in 0..AGAIN {
                self.ask(Inquiry::KeySetAgain, &discovery::prepare(&keys));
            }
        }
        let unknown = addresses.first().and_then(|(_, url)| url.with_path("/heistctl-doctor-unknown-page"));
        if let Some(unknown) = unknown {
            self.ask(Inquiry::UnknownPage, &discovery::prepare(&unknown));
        }
    }

    fn token_endpoint(&mut self) {
        let Some(token) = self.named("token_endpoint") else { return };
        for (inquiry, method) in [
            (Inquiry::TokenGet, Method::GET),
            (Inquiry::TokenHead, Method::HEAD),
            (Inquiry::TokenOptions, Method::OPTIONS),
        ] {
            self.ask(inquiry, &request(method, &token, &[(ACCEPT, "application/json")], ""));
        }
        self.ask(Inquiry::TokenEmpty, &post(&token, FORM, ""));
        self.ask(Inquiry::TokenText, &post(&token, "text/plain", "heistctl doctor"));
        self.ask(Inquiry::UnknownClient, &of_unknown_client(&token));
        if token.is_https()
            && let Some(plain) = plain(&token)
        {
            self.ask(Inquiry::PlainToken, &of_unknown_client(&plain));
        }
        if self.evidence.given.intrusive {
            let body = "a".repeat(LARGE);
            self.ask(Inquiry::LargeBody, &post(&token, FORM, &body));
            let parameters: Vec<String> = (0..MANY).map(|number| format!("p{number}=1")).collect();
            self.ask(Inquiry::ManyParameters, &post(&token, FORM, &parameters.join("&")));
        }
    }

    fn other_endpoints(&mut self) {
        for (inquiry, name) in [
            (Inquiry::IntrospectionBare, "introspection_endpoint"),
            (Inquiry::RevocationBare, "revocation_endpoint"),
        ] {
            if let Some(endpoint) = self.named(name) {
                self.ask(inquiry, &post(&endpoint, FORM, "token=heistctl-doctor"));
            }
        }
        // An empty body is never a registration.
        if let Some(endpoint) = self.named("registration_endpoint") {
            self.ask(Inquiry::Registration, &post(&endpoint, "application/json", ""));
        }
        let alias = self.evidence.metadata().and_then(|metadata| {
            metadata.get("mtls_endpoint_aliases")?.as_object()?.get("token_endpoint")?.as_str()
        });
        if let Some(alias) = alias.and_then(|url| self.usable(url)) {
            self.ask(Inquiry::MtlsToken, &post(&alias, FORM, ""));
        }
    }

    fn resources(&mut self) {
        let named = self.evidence.list("protected_resources").unwrap_or_default();
        let documents: Vec<EndpointUrl> = named
            .into_iter()
            .take(MOST_RESOURCES)
            .filter_map(|resource| well_known_resource(&self.usable(resource)?))
            .collect();
        for document in documents {
            self.ask(Inquiry::ResourceMetadata, &discovery::prepare(&document));
        }
    }
}

/// The address of a resource's metadata (RFC 9728 section 3.1).
pub(super) fn well_known_resource(resource: &EndpointUrl) -> Option<EndpointUrl> {
    let path = resource.uri().path().trim_end_matches('/');
    resource.with_path(&format!("/.well-known/oauth-protected-resource{path}"))
}

/// The same address over plain http: port 80 for 443, else the same port.
fn plain(url: &EndpointUrl) -> Option<EndpointUrl> {
    let host = if url.host().contains(':') { format!("[{}]", url.host()) } else { url.host().to_owned() };
    let port = if url.port() == 443 { 80 } else { url.port() };
    EndpointUrl::parse(&format!("http://{host}:{port}{}", url.uri().path()), true).ok()
}

fn of_unknown_client(token: &EndpointUrl) -> OutgoingRequest {
    let credentials = basic_raw(&Secret::new(UNKNOWN_CLIENT), &Secret::new("wrong"));
    let mut request = post(token, FORM, "grant_type=client_credentials");
    request.headers.push((AUTHORIZATION, credentials));
    request
}

/// A request of another origin, which shows what the server allows web pages.
pub(super) fn post(endpoint: &EndpointUrl, media_type: &str, body: &str) -> OutgoingRequest {
    let headers = [(CONTENT_TYPE, media_type), (ACCEPT, "application/json"), (ORIGIN, OTHER_ORIGIN)];
    request(Method::POST, endpoint, &headers, body)
}

fn request(
    method: Method,
    endpoint: &EndpointUrl,
    headers: &[(HeaderName, &str)],
    body: &str,
) -> OutgoingRequest {
    OutgoingRequest {
        method,
        endpoint: endpoint.clone(),
        headers: headers.iter().map(|(name, value)| (name.clone(), Secret::new(*value))).collect(),
        body: Secret::new(body),
    }
}
