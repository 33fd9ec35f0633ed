//! Good evidence for tests: what a service of heistctl itself answers, without a socket.

use super::evidence::{Exchange, GivenMeans, Inquiry, IssuerEvidence, SeenAnswer, Unanswered};
use super::gather::{ExaminationScope, gather};
use super::gather_client::{self, ExaminedClient};
use super::profile::SecurityProfile;
use super::resource;
use crate::client::agent::TlsFacts;
use crate::client::authentication::{AuthenticatedClient, ClientProof};
use crate::client::endpoint::EndpointUrl;
use crate::client::grant::TokenGrant;
use crate::client::request::OutgoingRequest;
use crate::client::token::AccessTokenRequest;
use crate::clock::Timestamp;
use crate::http::{Headers, Method, Request};
use crate::issuer::metadata_members::MetadataSettings;
use crate::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use crate::jose::algorithm::Algorithm;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::registry::secret_hash::SecretHash;
use crate::registry::{Client, ClientAuth, LiveSecret, Permissions, Registry};
use crate::secret::Secret;
use crate::server::route::route;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

pub(super) const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const DATE: &str = "Mon, 23 Nov 2026 08:00:00 GMT";
const YEAR: i64 = 31_536_000;
pub(super) const ISSUER: &str = "https://as.example.com/tenant";
pub(super) const SECRET: &str = "a secret of the test: 100% + more";

pub(super) fn service() -> Service {
    crate::jose::install_provider();
    let mut registry = Registry::default();
    for id in ["first", "second"] {
        let secrets = vec![LiveSecret::lasting(SecretHash::of(&Secret::new(SECRET)))];
        let auth = ClientAuth::Secret { secrets, only: None };
        let may = Permissions { introspect: true, exchange: true, ..Permissions::default() };
        registry.add(Client { may, ..Client::new(id, auth, "read write".parse().unwrap()) }).unwrap();
    }
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    let algorithm = Algorithm::ES256;
    let signer = Signer::asymmetric(PrivateKey::generate(algorithm).unwrap(), algorithm).unwrap();
    let metadata = MetadataSettings {
        scopes_supported: vec!["read".to_owned(), "write".to_owned()],
        ..MetadataSettings::default()
    };
    let settings = ServiceSettings {
        metadata: Arc::new(metadata),
        audience: vec!["https://api.example.com".to_owned()],
        client_certificates: true,
        ..ServiceSettings::default()
    };
    Service::new(identity, registry, signer, settings, Arc::new(NoRemoteKeys))
}

/// Answers a request as a server behind TLS does.
pub(super) fn answer(service: &Service, request: &OutgoingRequest, id: u8) -> Result<SeenAnswer, Unanswered> {
    if !request.endpoint.is_https() {
        return Err(Unanswered { why: "connection refused".to_owned(), unreached: true });
    }
    let mut headers = Headers::default();
    for (name, value) in &request.headers {
        headers.push(name.as_str(), value.expose_str().unwrap());
    }
    let method = Method::parse(request.method.as_str());
    let target = request.endpoint.uri().path_and_query().map_or("/", |target| target.as_str());
    let asked = Request::new(method, target, headers, request.body.expose());
    let mut ids = id;
    let response = route(service, &asked, NOW, || {
        ids = ids.wrapping_add(1);
        Ok([ids; 16])
    })
    .response;
    let mut fields = Headers::default();
    response.headers.iter().for_each(|(name, value)| fields.push(*name, value.as_ref()));
    fields.push("Date", DATE);
    fields.push("Server", "heistctl");
    fields.push("Strict-Transport-Security", "max-age=31536000");
    let seen = SeenAnswer::new(response.status, fields, response.body, Duration::from_millis(2), (NOW, NOW));
    let ends = Some(Timestamp::from_unix(NOW.unix() + YEAR));
    Ok(SeenAnswer { tls: Some(TlsFacts { version: "TLSv1_3", ends, wants_certificate: true }), ..seen })
}

/// The evidence of a good issuer, with a client that has a secret.
pub(super) fn good(profile: Option<SecurityProfile>) -> IssuerEvidence {
    let service = service();
    let mut id = 0;
    let mut send = |requests: &[OutgoingRequest]| {
        let one = |request| {
            id += 1;
            answer(&service, request, id)
        };
        requests.iter().map(one).collect()
    };
    let given = GivenMeans { client: true, resource: true, intrusive: true };
    let scope = ExaminationScope { profile, given, insecure_http: false };
    let evidence = gather(ISSUER, scope, NOW, &mut send).unwrap();
    let mut evidence = gather_client::gather(evidence, false, &client(), &mut send);
    let own = EndpointUrl::parse(&format!("{ISSUER}/protected-resource"), false).unwrap();
    evidence = resource::gather(evidence, false, &own, &mut send);
    set(&mut evidence, "client_id_metadata_document_supported", Value::Bool(true));
    evidence
}

fn client() -> ExaminedClient {
    let of = |proof| AuthenticatedClient { client_id: Some("first".to_owned()), proof };
    let identity = of(ClientProof::Basic(Secret::new(SECRET)));
    let post = of(ClientProof::Post(Secret::new(SECRET)));
    let request = AccessTokenRequest {
        endpoint: EndpointUrl::parse(&format!("{ISSUER}/oauth/token"), false).unwrap(),
        client: identity.clone(),
        grant: TokenGrant::ClientCredentials,
        scope: "read".parse().unwrap(),
        resources: Vec::new(),
        audience: None,
        params: Vec::new(),
        dpop: None,
    };
    ExaminedClient { identity, others: vec![("client_secret_post".to_owned(), post)], request }
}

/// All answers to a question.
pub(super) fn answers(
    evidence: &mut IssuerEvidence,
    question: Inquiry,
) -> impl Iterator<Item = &mut SeenAnswer> {
    let all = evidence.exchanges.get_mut(&question).into_iter().flatten();
    all.filter_map(|exchange| exchange.outcome.as_mut().ok())
}

/// The first answer to a question.
pub(super) fn first(evidence: &mut IssuerEvidence, question: Inquiry) -> &mut SeenAnswer {
    answers(evidence, question).next().unwrap_or_else(|| panic!("{question:?} was not answered"))
}

/// Changes the JSON of an answer.
pub(super) fn edit(seen: &mut SeenAnswer, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&seen.body).unwrap();
    change(&mut value);
    body(seen, value.to_string());
}

/// Replaces the body of an answer.
pub(super) fn body(seen: &mut SeenAnswer, text: impl Into<Vec<u8>>) {
    let new = SeenAnswer::new(seen.status, seen.headers.clone(), text.into(), seen.took, seen.between);
    *seen = SeenAnswer { tls: seen.tls.take(), ..new };
}

/// Replaces a header field; `None` removes it.
pub(super) fn header(seen: &mut SeenAnswer, name: &str, value: Option<&str>) {
    let mut headers = Headers::default();
    seen.headers.iter().filter(|(field, _)| !field.eq_ignore_ascii_case(name)).for_each(|(field, value)| {
        headers.push(field, value);
    });
    value.into_iter().for_each(|value| headers.push(name, value));
    seen.headers = headers;
}

const DOCUMENTS: [Inquiry; 5] = [
    Inquiry::OAuthMetadata,
    Inquiry::OpenIdInserted,
    Inquiry::OpenIdAppended,
    Inquiry::OAuthAppended,
    Inquiry::MetadataAgain,
];

/// Sets a member in all documents, or removes it with null.
pub(super) fn set(evidence: &mut IssuerEvidence, name: &str, value: Value) {
    for question in DOCUMENTS {
        for seen in answers(evidence, question).filter(|seen| seen.status == 200) {
            edit(seen, |document| {
                let members = document.as_object_mut().unwrap();
                match &value {
                    Value::Null => drop(members.remove(name)),
                    value => drop(members.insert(name.to_owned(), value.clone())),
                }
            });
        }
    }
}

/// Changes the key set, and each repetition of it.
pub(super) fn keys(evidence: &mut IssuerEvidence, change: impl Fn(&mut Vec<Value>)) {
    for question in [Inquiry::KeySet, Inquiry::KeySetAgain] {
        for seen in answers(evidence, question) {
            edit(seen, |set| change(set["keys"].as_array_mut().unwrap()));
        }
    }
}

/// Makes a question answered with that status and JSON.
pub(super) fn replace(evidence: &mut IssuerEvidence, question: Inquiry, status: u16, json: Value) {
    let mut headers = Headers::default();
    headers.push("Content-Type", "application/json");
    headers.push("Date", DATE);
    let seen = SeenAnswer::new(status, headers, json.to_string().into_bytes(), Duration::ZERO, (NOW, NOW));
    let exchange = Exchange { asked: "GET https://as.example.com/".to_owned(), outcome: Ok(seen) };
    evidence.exchanges.insert(question, vec![exchange]);
}

/// Makes a question unanswered.
pub(super) fn silence(evidence: &mut IssuerEvidence, question: Inquiry) {
    let unanswered = Unanswered { why: "the connection was refused".to_owned(), unreached: true };
    let exchange = Exchange { asked: "GET https://as.example.com/".to_owned(), outcome: Err(unanswered) };
    evidence.exchanges.insert(question, vec![exchange]);
}
