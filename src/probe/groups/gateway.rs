//! H: an API behind a gateway.

use crate::probe::case::Way::{Sends, Untried};
use crate::probe::case::row;
use crate::probe::case::{ProbeCase, Variations};
use crate::probe::material::Material;
use crate::probe::terms::CaseSeverity::{Critical, High};
use crate::probe::terms::ProbeMode::Token;
use crate::probe::terms::Right::{Forbid, NotReached, Refuse};
use crate::probe::variation::Variation;

const FIELDS: &str =
    "Remove the gateway's own fields from every request of a caller before setting them, in every spelling.";
const ECHO: &str = "not tried: it needs an upstream that shows which fields it received";

pub(super) const CASES: [ProbeCase; 5] = [
    row(
        "H1",
        (Token, Critical, NotReached),
        Sends(identities),
        ["no token, with the fields by which gateways name the caller", FIELDS, "RFC 9700 section 4.13"],
    ),
    row(
        "H2",
        (Token, Critical, Refuse),
        Untried(ECHO),
        ["the good token, with forged fields", FIELDS, "RFC 9700 section 4.13"],
    ),
    row(
        "H3",
        (Token, High, Refuse),
        Untried(ECHO),
        ["forged fields in other spellings", FIELDS, "RFC 9700 section 4.13"],
    ),
    row(
        "H4",
        (Token, Critical, Forbid),
        Sends(methods),
        [
            "a write request that claims to be a read",
            "Let the gateway set the forwarded method itself, and never take it from the caller.",
            "RFC 9700 section 4.13",
        ],
    ),
    row(
        "H5",
        (Token, Critical, Refuse),
        Untried("not tried: it needs the URL of the API behind its gateway"),
        [
            "the API itself, past the gateway",
            "Let the API listen where only the gateway reaches it, or check tokens there, too.",
            "RFC 9700 section 4.13",
        ],
    ),
];

fn identities(m: &Material) -> Variations {
    let one = |name: &str| {
        let request = m.target.request().with(name, "admin");
        Variation::new(format!("{name}: admin, no token"), request)
    };
    let names = [
        "X-Auth-Client",
        "X-Auth-Subject",
        "X-Auth-Request-User",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Remote-User",
        "Remote-User",
        "X-User",
        "X-Authenticated-Userid",
        "X-Consumer-Username",
    ];
    Ok(names.map(one).to_vec())
}

fn methods(m: &Material) -> Variations {
    if m.writes.is_empty() {
        return Err("needs --write METHOD PATH".to_owned());
    }
    let one = |(method, path): &(String, String), field: &str| {
        let request = m.target.request().by(method).at(path.clone()).with(field, "GET");
        let request = request.with("Authorization", format!("Bearer {}", m.genuine()));
        Variation::new(format!("{method} {path} with {field}: GET"), request).holding(m.genuine())
    };
    let fields = ["X-Forwarded-Method", "X-Original-Method", "X-HTTP-Method-Override"];
    Ok(m.writes.iter().flat_map(|write| fields.map(|field| one(write, field))).collect())
}
