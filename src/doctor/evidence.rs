//! The gathered evidence: each request was sent once, and all checks share the answers.

use super::profile::SecurityProfile;
use crate::client::agent::TlsFacts;
use crate::clock::Timestamp;
use crate::http::Headers;
use crate::json::{Json, JsonError, JsonLimits, Object, without_bom};
use std::collections::BTreeMap;
use std::time::Duration;

/// A request of the plan, by its purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inquiry {
    /// `/.well-known/oauth-authorization-server`, before the issuer's path.
    OAuthMetadata,
    /// `/.well-known/openid-configuration`, before the issuer's path.
    OpenIdInserted,
    /// `/.well-known/openid-configuration`, after the issuer's path.
    OpenIdAppended,
    /// `/.well-known/oauth-authorization-server`, after the issuer's path.
    OAuthAppended,
    /// The metadata that was found, again.
    MetadataAgain,
    KeySet,
    KeySetAgain,
    /// An unknown page.
    UnknownPage,
    TokenGet,
    TokenHead,
    TokenOptions,
    /// A token request without parameters.
    TokenEmpty,
    /// A token request that is plain text.
    TokenText,
    /// A token request of a client that nobody has registered.
    UnknownClient,
    /// A token request over plain http.
    PlainToken,
    /// A request to the token endpoint for clients with a certificate.
    MtlsToken,
    /// Introspection without credentials.
    IntrospectionBare,
    /// Revocation without credentials.
    RevocationBare,
    /// An empty registration.
    Registration,
    /// The metadata of a protected resource.
    ResourceMetadata,
    LargeBody,
    ManyParameters,
    /// A token, and another one.
    Granted,
    /// A token by another advertised method.
    OtherMethod,
    /// Tokens at the same time.
    Together,
    WrongSecret,
    /// An unknown client, in turn with a wrong secret.
    UnknownSample,
    NoGrantType,
    OtherGrant,
    RepeatedParameter,
    TwoMethods,
    /// Basic by the rules of forms.
    EncodedBasic,
    /// Basic without encoding.
    RawBasic,
    UnknownScope,
    ForeignResource,
    JsonBody,
    IntrospectLive,
    IntrospectGarbage,
    IntrospectRevoked,
    /// The revocation of a token, again, and of an unknown one.
    Revoked,
    /// The revocation of the other tokens.
    CleanedUp,
    /// The resource without a token.
    ResourceBare,
    /// The metadata of the resource.
    ResourceDocument,
}

impl Inquiry {
    /// All documents that may be metadata, the preferred first.
    pub const METADATA: [Self; 4] =
        [Self::OAuthMetadata, Self::OpenIdInserted, Self::OpenIdAppended, Self::OAuthAppended];
}

/// A request and its answer.
#[derive(Clone)]
pub struct Exchange {
    /// The request, for people: `GET https://as.example.com/token`.
    pub asked: String,
    pub outcome: Result<SeenAnswer, Unanswered>,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    pub why: String,
    /// Whether the server was not reached, rather than failed to answer in HTTP.
    pub unreached: bool,
}

/// An answer. Its body may hold a token, so there is no `Debug`.
#[derive(Clone)]
pub struct SeenAnswer {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    /// The body as JSON.
    pub json: Result<Json, JsonError>,
    pub took: Duration,
    /// The clock here when it was sent, and when the answer came.
    pub between: (Timestamp, Timestamp),
    /// The handshake before it, if one was needed.
    pub tls: Option<TlsFacts>,
}

impl SeenAnswer {
    #[must_use]
    pub fn new(
        status: u16,
        headers: Headers,
        body: Vec<u8>,
        took: Duration,
        between: (Timestamp, Timestamp),
    ) -> Self {
        let json = Json::parse_within(without_bom(&body), JsonLimits::DOCUMENT);
        Self { status, headers, body, json, took, between, tls: None }
    }

    /// The body as an object.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        self.json.as_ref().ok()?.as_object()
    }

    /// A string member of the body.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.object()?.get(name)?.as_str()
    }

    /// The media type in lower case, without its parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let essence = self.headers.get("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
        (!essence.is_empty()).then_some(essence)
    }

    /// Whether it is a redirect.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        (300..=399).contains(&self.status) && self.status != 304
    }

    /// Status and OAuth error, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.text("error") {
            Some(error) => format!("{} {}", self.status, shortened(error)),
            None => self.status.to_string(),
        }
    }

    /// The value of a directive of `Cache-Control`; empty if it has none.
    #[must_use]
    pub fn cache_directive(&self, name: &str) -> Option<String> {
        let directives = self.headers.all("cache-control").flat_map(|field| field.split(','));
        directives.map(str::trim).find_map(|directive| {
            let (found, value) = directive.split_once('=').unwrap_or((directive, ""));
            found.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
        })
    }
}

/// A server's words, for a message.
#[must_use]
pub fn shortened(text: &str) -> String {
    crate::text::truncate(text, 120).into_owned()
}

/// The means of a run beside the issuer's URL.
#[derive(Clone, Copy, Debug, Default)]
pub struct GivenMeans {
    pub client: bool,
    pub intrusive: bool,
    pub resource: bool,
}

/// All that a run has seen.
#[derive(Clone)]
pub struct IssuerEvidence {
    /// The issuer as it was asked for.
    pub issuer: String,
    pub now: Timestamp,
    pub profile: Option<SecurityProfile>,
    pub given: GivenMeans,
    pub exchanges: BTreeMap<Inquiry, Vec<Exchange>>,
    /// The methods of [`Inquiry::OtherMethod`], in their order.
    pub methods: Vec<String>,
    /// The resource beside the issuer.
    pub resource: Option<String>,
}

impl IssuerEvidence {
    #[must_use]
    pub fn new(issuer: &str, now: Timestamp, profile: Option<SecurityProfile>, given: GivenMeans) -> Self {
        Self {
            issuer: issuer.to_owned(),
            now,
            profile,
            given,
            exchanges: BTreeMap::new(),
            methods: Vec::new(),
            resource: None,
        }
    }

    /// The exchanges of a question, in their order.
    #[must_use]
    pub fn all(&self, question: Inquiry) -> &[Exchange] {
        self.exchanges.get(&question).map_or(&[], Vec::as_slice)
    }

    /// The first answer to a question.
    #[must_use]
    pub fn seen(&self, question: Inquiry) -> Option<&SeenAnswer> {
        self.all(question).first()?.outcome.as_ref().ok()
    }

    /// The first answer to a question, or why there is none.
    #[must_use]
    pub fn answer(&self, question: Inquiry) -> Option<Result<&SeenAnswer, &Unanswered>> {
        self.all(question).first().map(|exchange| exchange.outcome.as_ref())
    }

    /// Each answer.
    pub fn every(&self) -> impl Iterator<Item = (&Exchange, &SeenAnswer)> {
        let all = self.exchanges.values().flatten();
        all.filter_map(|exchange| Some((exchange, exchange.outcome.as_ref().ok()?)))
    }

    /// The documents that are metadata, the preferred first.
    pub fn documents(&self) -> impl Iterator<Item = (Inquiry, &Exchange, &Object)> {
        Inquiry::METADATA.into_iter().filter_map(|question| {
            let exchange = self.all(question).first()?;
            let seen = exchange.outcome.as_ref().ok().filter(|seen| seen.status == 200)?;
            Some((question, exchange, seen.object()?))
        })
    }

    /// The issuer's metadata.
    #[must_use]
    pub fn metadata(&self) -> Option<&Object> {
        self.documents().next().map(|(_, _, document)| document)
    }

    /// A string member of the metadata.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.metadata()?.get(name)?.as_str()
    }

    /// The strings of a member of the metadata that is an array.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        match self.metadata()?.get(name)? {
            Json::Array(items) => Some(items.iter().filter_map(Json::as_str).collect()),
            _ => None,
        }
    }

    /// Whether that list of the metadata has that value.
    #[must_use]
    pub fn lists(&self, name: &str, value: &str) -> bool {
        self.list(name).is_some_and(|values| values.contains(&value))
    }
}
