//! The terms of the battery: what cases are about, what they need, how bad they are, and which answers are right.

/// The subject of a case. Its letter begins the case's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeGroup {
    Presentation,
    Structure,
    Algorithms,
    Time,
    IssuerAndAudience,
    Kind,
    Permission,
    Binding,
    Gateway,
    Answers,
}

impl ProbeGroup {
    pub const ALL: [Self; 10] = [
        Self::Presentation,
        Self::Structure,
        Self::Algorithms,
        Self::Time,
        Self::IssuerAndAudience,
        Self::Kind,
        Self::Permission,
        Self::Binding,
        Self::Gateway,
        Self::Answers,
    ];

    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Presentation => "P",
            Self::Structure => "S",
            Self::Algorithms => "A",
            Self::Time => "T",
            Self::IssuerAndAudience => "I",
            Self::Kind => "Y",
            Self::Permission => "O",
            Self::Binding => "B",
            Self::Gateway => "H",
            Self::Answers => "N",
        }
    }

    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Presentation => "Presentation",
            Self::Structure => "Structure",
            Self::Algorithms => "Algorithms and keys",
            Self::Time => "Time",
            Self::IssuerAndAudience => "Issuer and audience",
            Self::Kind => "Kind of token",
            Self::Permission => "Permission",
            Self::Binding => "Sender-constrained tokens",
            Self::Gateway => "Behind a gateway",
            Self::Answers => "Answers",
        }
    }
}

/// The means that a case needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeMode {
    /// One genuine token.
    Token,
    /// A key that the API trusts.
    Key,
    /// The API's issuer is the probe.
    Issuer,
    /// A DPoP-bound token.
    Dpop,
    /// A certificate-bound token.
    Certificate,
}

impl ProbeMode {
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Token => "B",
            Self::Key => "K",
            Self::Issuer => "S",
            Self::Dpop => "D",
            Self::Certificate => "M",
        }
    }
}

/// How bad it is if the API does the opposite of what is right. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseSeverity {
    /// Anybody gets in.
    Critical,
    /// The holder of some valid token gets more than is his.
    High,
    /// A second fault is needed.
    Medium,
    /// Hygiene.
    Low,
    /// To be known.
    Info,
}

impl CaseSeverity {
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

/// The right answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// 401.
    Refuse,
    /// 401, or one of these.
    RefuseOr(&'static [u16]),
    /// 401, or a sign that the request is too large; the connection may be closed.
    TooLarge,
    /// 403.
    Forbid,
    /// As with a good token.
    Accept,
    /// Accepted or refused, but without a failure of the API. An acceptance is noted.
    Noted,
    /// Never what the good token opens: any refusal, and a page that every unknown path has.
    NotReached,
    /// Never the content that the good token opens.
    NoContent,
}

impl Right {
    /// For people.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Refuse => "401".to_owned(),
            Self::RefuseOr(others) => {
                let others: Vec<String> = others.iter().map(u16::to_string).collect();
                format!("401 (or {})", others.join(", "))
            }
            Self::TooLarge => "401, 413 or 431, quickly".to_owned(),
            Self::Forbid => "403 with insufficient_scope".to_owned(),
            Self::Accept => "accepted, as the good token is".to_owned(),
            Self::Noted => "a refusal, or a documented rule; never 5xx".to_owned(),
            Self::NotReached => "401 or 404, never 2xx".to_owned(),
            Self::NoContent => "never the protected content".to_owned(),
        }
    }
}
