//! The token endpoint: the table of its checks. The functions are in `token_answers`.

use super::check::{CheckGroup, CheckNeeds, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Inquiry, IssuerEvidence};
use super::profile::SecurityProfile as For;
use super::token_answers as answers;

const fn check(
    number: u8,
    name: &'static str,
    weight: Weight,
    judge: fn(&IssuerEvidence) -> Finding,
) -> DoctorCheck {
    DoctorCheck {
        needs: CheckNeeds::Client,
        ..DoctorCheck::new(CheckGroup::TokenEndpoint, number, name, weight, judge)
    }
}

pub(super) const CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        title: "client_credentials gives a token, by each advertised method that the client has",
        section: "RFC 6749 section 4.4",
        cure: "allow the client this grant and its scopes, and advertise only methods that work",
        breaks: &["every client"],
        asks: &[Inquiry::Granted, Inquiry::OtherMethod],
        ..check(49, "token-granted", Weight::Must, answers::granted)
    },
    DoctorCheck {
        title: "a wrong secret by Basic is 401 invalid_client with WWW-Authenticate: Basic",
        section: "RFC 6749 section 5.2",
        cure: "answer 401 with WWW-Authenticate: Basic and {\"error\":\"invalid_client\"}",
        breaks: &["clients that tell a wrong secret from other errors"],
        asks: &[Inquiry::WrongSecret],
        ..check(50, "wrong-secret", Weight::Must, answers::wrong_secret)
    },
    DoctorCheck {
        needs: CheckNeeds::Nothing,
        title: "an unknown client is refused as a wrong secret is: same status, same words, same time",
        section: "RFC 6749 section 5.2; RFC 9700; ASVS 10.4",
        cure: "answer 401 invalid_client for both, with one description, and verify a decoy for unknown clients",
        breaks: &["nobody, but strangers can find out which clients exist"],
        musts: &[For::Rfc9700],
        asks: &[Inquiry::UnknownClient, Inquiry::UnknownSample, Inquiry::WrongSecret],
        ..check(51, "unknown-client", Weight::Should, answers::unknown_client)
    },
    DoctorCheck {
        title: "without grant_type: invalid_request; with an unknown one: unsupported_grant_type",
        section: "RFC 6749 section 5.2",
        cure: "answer 400 with these errors",
        breaks: &["clients that choose what to do by the error"],
        asks: &[Inquiry::NoGrantType, Inquiry::OtherGrant],
        ..check(52, "grant-type-errors", Weight::Must, answers::grant_type)
    },
    DoctorCheck {
        title: "a parameter that occurs twice is invalid_request",
        section: "RFC 6749 section 3.2",
        cure: "refuse repeated parameters: a proxy and the server may read different ones",
        breaks: &["nobody, but filters before the server can be bypassed"],
        asks: &[Inquiry::RepeatedParameter],
        ..check(53, "repeated-parameter", Weight::Must, answers::repeated_parameter)
    },
    DoctorCheck {
        title: "a secret in header and body at once is refused",
        section: "RFC 6749 section 2.3",
        cure: "answer 400 invalid_request if a request authenticates in two ways",
        breaks: &["nobody, but it is unclear which client has asked"],
        asks: &[Inquiry::TwoMethods],
        ..check(54, "two-methods", Weight::Must, answers::two_methods)
    },
    DoctorCheck {
        title: "an id and a secret with special characters work form-encoded in Basic, as the RFC says, and raw",
        section: "RFC 6749 section 2.3.1 and appendix B",
        cure: "decode both parts of Basic as a form does; try them as they are if that does not match",
        breaks: &["curl and half of all clients send them raw, the others encoded"],
        asks: &[Inquiry::EncodedBasic, Inquiry::RawBasic],
        ..check(56, "encoded-secret", Weight::Compat, answers::encoded_secret)
    },
    DoctorCheck {
        title: "an unknown scope is invalid_scope, or the answer says which scope was granted",
        section: "RFC 6749 sections 3.3 and 5.1",
        cure: "answer 400 invalid_scope",
        breaks: &["clients: they believe to have a scope that they lack"],
        asks: &[Inquiry::UnknownScope],
        ..check(57, "unknown-scope", Weight::Must, answers::unknown_scope)
    },
    DoctorCheck {
        title: "Cache-Control: no-store, with a token and with an error",
        section: "RFC 6749 section 5.1",
        cure: "send Cache-Control: no-store from the token endpoint, always",
        breaks: &["everybody behind a cache that keeps tokens"],
        asks: &[Inquiry::Granted, Inquiry::WrongSecret],
        ..check(58, "no-store", Weight::Must, answers::no_store)
    },
    DoctorCheck {
        title: "token_type is there, expires_in is a number, and there is no refresh_token",
        section: "RFC 6749 sections 5.1 and 4.4.3",
        cure: "answer {\"access_token\", \"token_type\": \"Bearer\", \"expires_in\": 3600}",
        breaks: &["clients that cache tokens", "typed clients: \"3600\" is not a number"],
        asks: &[Inquiry::Granted],
        ..check(59, "token-answer", Weight::Must, answers::token_answer)
    },
    DoctorCheck {
        title: "error and error_description have only the characters that are allowed",
        section: "RFC 6749 section 5.2",
        cure: "write them in ASCII, without quotes, backslashes and line ends",
        breaks: &["clients that check them, as those by Nimbus"],
        asks: &[Inquiry::WrongSecret, Inquiry::OtherGrant, Inquiry::UnknownScope],
        ..check(60, "error-characters", Weight::Must, answers::error_characters)
    },
    DoctorCheck {
        title: "a resource is honoured: it is the aud; a foreign one is invalid_target",
        section: "RFC 8707 section 2",
        cure: "support resource indicators, and refuse unknown ones; never ignore them",
        breaks: &["MCP clients: their token is for another API, or for all"],
        musts: &[For::Mcp],
        asks: &[Inquiry::ForeignResource],
        ..check(61, "resource-indicator", Weight::Should, answers::resource_indicator)
    },
    DoctorCheck {
        title: "a JSON body is refused or taken, and does not fail the server",
        section: "RFC 6749 section 4.4.2",
        cure: "answer 415 or 400",
        breaks: &["people who try it: 500 hides the cause"],
        asks: &[Inquiry::JsonBody],
        ..check(62, "json-body", Weight::Should, answers::json_body)
    },
    DoctorCheck {
        title: "ten tokens at the same time are granted, and all differ",
        section: "-",
        cure: "let the server take more requests at a time; each token needs its own jti",
        breaks: &["jobs that start together"],
        asks: &[Inquiry::Together],
        ..check(70, "parallel-tokens", Weight::Should, answers::together)
    },
];
