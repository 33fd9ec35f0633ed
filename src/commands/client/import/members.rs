//! The members of an import line, and their names in other tools.

/// The type of a member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberKind {
    Text,
    Scopes,
    Texts,
    Seconds,
    Object,
    /// The rules for tokens of trusted issuers.
    Rules,
    Flag,
}

impl MemberKind {
    /// Completes `it must be …`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text | Self::Scopes => "a text",
            Self::Texts => "a list of texts",
            Self::Seconds => "a number of seconds",
            Self::Object => "an object",
            Self::Rules => "a list of objects with trust and sub",
            Self::Flag => "true or false",
        }
    }
}

/// A member: its name, its type, an example, and other names in lower-case letters and digits.
pub(super) struct ClientMember(
    pub(super) &'static str,
    pub(super) MemberKind,
    pub(super) &'static str,
    pub(super) &'static str,
);

pub(super) const MEMBERS: [ClientMember; 28] = [
    ClientMember(
        "id",
        MemberKind::Text,
        "\"backend\"",
        "clientid client name app appid username user identifier clientids",
    ),
    ClientMember(
        "scopes",
        MemberKind::Scopes,
        "\"orders:read orders:write\"",
        "scope scp allowedscopes permissions permission roles optionalclientscopes",
    ),
    ClientMember("default_scopes", MemberKind::Scopes, "\"orders:read\"", "defaultscope defaultclientscopes"),
    ClientMember(
        "audiences",
        MemberKind::Texts,
        "[\"https://api.example.com\"]",
        "audience aud resource resources api apis",
    ),
    ClientMember(
        "default_audiences",
        MemberKind::Texts,
        "[\"https://api.example.com\"]",
        "defaultaudience defaultresource defaultresources",
    ),
    ClientMember("scope_claim", MemberKind::Text, "\"scp\"", "scopeclaimname permissionsclaim"),
    ClientMember("scope_claim_form", MemberKind::Text, "\"list\"", "scopeclaimtype scopeclaimformat"),
    ClientMember(
        "lifetime",
        MemberKind::Seconds,
        "900",
        "tokenlifetime ttl tokenttl expiresin expires expiry accesstokenlifetime accesstokenttl lifespan",
    ),
    ClientMember(
        "claims",
        MemberKind::Object,
        "{\"tenant\":\"acme\"}",
        "customclaims extraclaims additionalclaims claim metadata",
    ),
    ClientMember(
        "auth_method",
        MemberKind::Text,
        "\"client_secret_basic\"",
        "tokenendpointauthmethod auth method clientauthenticationmethods authmethods authentication",
    ),
    ClientMember(
        "assertion_audience",
        MemberKind::Text,
        "\"issuer-or-token-url\"",
        "assertionaud tokenendpointauthaudience",
    ),
    ClientMember("jwks", MemberKind::Object, "{\"keys\":[…]}", "jwk key keys publickey publickeys pem"),
    ClientMember(
        "jwks_uri",
        MemberKind::Text,
        "\"https://client.example.com/jwks.json\"",
        "jwksurl jwkurl keysurl jwksendpoint",
    ),
    ClientMember(
        "tls_client_auth_subject_dn",
        MemberKind::Text,
        "\"CN=app,O=Example,C=DE\"",
        "subjectdn subject dn tlssubjectdn",
    ),
    ClientMember("tls_client_auth_san_dns", MemberKind::Text, "\"app.example.com\"", "sandns dns tlssandns"),
    ClientMember(
        "tls_client_auth_san_uri",
        MemberKind::Text,
        "\"spiffe://example.com/app\"",
        "sanuri tlssanuri spiffeid",
    ),
    ClientMember("tls_client_auth_san_ip", MemberKind::Text, "\"192.0.2.7\"", "sanip tlssanip"),
    ClientMember(
        "tls_client_auth_san_email",
        MemberKind::Text,
        "\"app@example.com\"",
        "sanemail tlssanemail",
    ),
    ClientMember("tls_certificate", MemberKind::Text, "\"…\"", "certificate cert certificates x5c"),
    ClientMember(
        "tls_client_certificate_bound_access_tokens",
        MemberKind::Flag,
        "true",
        "tlsbound certificatebound certificateboundaccesstokens",
    ),
    ClientMember(
        "allow_from",
        MemberKind::Texts,
        "[\"10.0.0.0/8\"]",
        "ip ips allow allowip network networks cidr cidrs from source allowedips",
    ),
    ClientMember(
        "federated",
        MemberKind::Rules,
        "[{\"trust\":\"github\",\"sub\":\"repo:acme/api:environment:prod\"}]",
        "federation identities workloadidentity federatedcredentials",
    ),
    ClientMember("claims_from", MemberKind::Texts, "[\"repository\"]", "identityclaims"),
    ClientMember("introspect", MemberKind::Flag, "true", "introspection mayintrospect canintrospect"),
    ClientMember("token_exchange", MemberKind::Flag, "true", "exchange onbehalfof obo"),
    ClientMember("dpop_required", MemberKind::Flag, "true", "dpop dpopboundaccesstokens requiredpop"),
    ClientMember("disabled", MemberKind::Flag, "true", "isdisabled blocked suspended locked"),
    ClientMember(
        "secret_hash",
        MemberKind::Text,
        "\"sha256:…\"",
        "hash secrethashes hashedsecret passwordhash",
    ),
];

/// Members of other tools that have no equivalent here.
pub(super) const LEFT_OUT: &str = "granttypes granttype redirecturis redirecturi responsetypes clientname description \
    displayname logouri clienturi contacts tosuri policyuri applicationtype tokentype public publicclient createdat \
    updatedat owner type protocol softwareid softwareversion postlogoutredirecturis weborigins clientsecretexpiresat \
    clientidissuedat tags enforcepkce requirepkce";
pub(super) const SECRETS: &str =
    "secret clientsecret password secrets secretenv secretfile apikey clientsecrets pass pwd";
pub(super) const HASHED: &str =
    "\"secret_hash\" has what heistctl client hash < FILE prints; without it heistctl makes a secret";

/// Members that are the opposite of `disabled`.
pub(super) const ENABLED: &str = "enabled active isenabled isactive";
