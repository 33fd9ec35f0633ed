//! The protocol, pure: from a request, a time and random bytes to a response and a log record. No sockets,
//! clock or files.
//!
//! Requirements of the RFCs that do not apply, and why:
//!
//! | line | why |
//! |---|---|
//! | RFC 6749 4.4.3, 6: refresh tokens | none are issued: a client asks again |
//! | RFC 6749 2.1, 4.4: public clients | every client has a secret or a key; an entry without is refused |
//! | RFC 6749 3.1, 4.1, 4.2: authorization endpoint | no user is involved; it refuses every request |
//! | RFC 6750 2.2, 2.3: token in body or query | not read; the header is the one way |
//! | RFC 7009 2.2.1: `unsupported_token_type` | there is one type of token; a hint is not needed to find it |
//! | RFC 7662 2.2: `username` | no user is involved |
//! | RFC 7523 2.1: a client's own assertion as a grant | that authenticates it; a grant is of a trusted issuer |
//! | RFC 8414 2.1: `signed_metadata` | optional, and nobody asks for it |
//! | RFC 8693 2.1: delegation without actor | subject and actor token are both required |
//! | RFC 8693 4.4: `may_act` | no token of ours has it, and only ours are taken |
//! | RFC 8705 2.2.2: certificates by `jwks_uri` | a configuration has them, as files or as `x5c` |
//! | RFC 8705 4: public clients with bound tokens | every client proves who it is |
//! | RFC 8705 5: `mtls_endpoint_aliases` | certificates are asked for where everything else is |
//! | RFC 9068 2.2.3.1: groups, roles | a configuration's extra claims can say them |
//! | RFC 9068 3: several resources | allowed; each must be on the client's list |
//! | RFC 9449 5: DPoP for refresh tokens, 10: `dpop_jkt` | no refresh tokens, no authorization request |
//! | RFC 9728 2.2: `signed_metadata` | optional, and nobody asks for it |

pub mod accept;
pub mod active_token;
mod assertion;
pub mod authenticate;
pub mod authorize;
pub mod challenge;
pub mod client_document;
mod client_documents;
pub mod credentials;
pub mod decoy;
pub mod dpop;
mod endpoint;
pub mod error;
pub mod grant;
pub mod guard;
mod identity_grant;
pub mod introspect;
pub mod log_record;
pub mod metadata;
pub mod metadata_members;
pub mod openapi;
pub mod parameters;
pub mod presented_token;
pub mod protected_resource;
mod published_keys;
mod refusal_answer;
mod remote_keys;
pub mod request;
pub mod required_scope;
pub mod resource;
pub mod resource_indicator;
pub mod resource_metadata;
pub mod revoke;
pub mod root;
mod run;
mod service;
mod settings;
pub mod standing;
mod state;
pub mod token;
pub mod token_binding;
mod token_policies;
pub mod trust;

pub use client_documents::{ClientDocuments, DocumentUse, NoClientDocuments};
pub use log_record::{LogRecord, LoggedResponse};
pub use remote_keys::{FetchError, NoRemoteKeys, RemoteKeys};
pub use run::Run;
pub use service::{IssuerIdentity, Service};
pub use settings::{MAX_LEEWAY, ServiceSettings};
pub use state::{MAX_IDS, ServiceState};
pub use token_policies::TokenPolicies;
