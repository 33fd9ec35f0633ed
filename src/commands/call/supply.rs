//! Where the token of a call comes from: the issuer, or the caller.

use crate::cli::CallArgs;
use crate::client::agent::Trace;
use crate::commands::session::acquire::{Acquired, acquire, acquire_instead};
use crate::commands::session::connection::{ConnectionOptions, TokenServer};
use crate::commands::session::details::traced;
use crate::commands::session::given::{self, GivenToken};
use crate::commands::session::settle::{ClientOptions, settle};
use crate::exit::{Exit, Failure};
use crate::jose::compact::{self, Token};
use crate::scope::ScopeSet;

pub(super) enum TokenSupply {
    /// The issuer, or its cached token.
    Issuer(Box<ClientOptions>),
    /// A token that the caller has. It cannot be replaced.
    Caller(Box<GivenToken>),
}

impl TokenSupply {
    /// # Errors
    /// Exit 2 if a setting is missing or cannot be read.
    pub(super) fn settle(args: &CallArgs, trace: Trace) -> Result<Self, Failure> {
        let asks = args.session.asks_for_token().or(args.step_up.then_some("--step-up"));
        if let Some(given) = GivenToken::settle(&args.session, args.token.as_ref(), asks)? {
            return Ok(Self::Caller(Box::new(given.traced(trace))));
        }
        let mut options = settle(&args.session)?;
        if options.grant.requests_type() {
            let what = "a call sends an access token, and --requested-token-type asks for another kind";
            return Err(Failure::new(Exit::Usage, "token request", what)
                .hint("leave it out; heistctl token prints tokens of any type"));
        }
        options.notes.extend(asks.and_then(given::unused));
        Ok(Self::Issuer(Box::new(traced(options, trace))))
    }

    pub(super) fn connection(&self) -> &ConnectionOptions {
        match self {
            Self::Issuer(options) => &options.connection,
            Self::Caller(given) => &given.connection,
        }
    }

    /// # Errors
    /// Exit 2 and 4 to 7 if the issuer gives no token.
    pub(super) fn acquire(&self) -> Result<Acquired, Failure> {
        match self {
            Self::Issuer(options) => acquire(options),
            Self::Caller(given) => Ok(given.acquired()),
        }
    }

    /// Another token in place of a refused one. `None` if the token is the caller's.
    ///
    /// # Errors
    /// As [`TokenSupply::acquire`].
    pub(super) fn replace(&self, refused: &str) -> Result<Option<Acquired>, Failure> {
        match self {
            Self::Issuer(options) => acquire_instead(options, refused).map(Some),
            Self::Caller(_) => Ok(None),
        }
    }

    /// Requests this scope from now on.
    pub(super) fn ask_for(&mut self, scope: ScopeSet) {
        if let Self::Issuer(options) = self {
            options.scope = scope;
        }
    }

    /// The scope and the resources of the token request.
    pub(super) fn asked(&self) -> (ScopeSet, &[String]) {
        match self {
            Self::Issuer(options) => (options.scope.clone(), &options.resources),
            Self::Caller(_) => (ScopeSet::empty(), &[]),
        }
    }

    /// Where the caller's token is from.
    pub(super) fn caller_origin(&self) -> Option<&str> {
        match self {
            Self::Issuer(_) => None,
            Self::Caller(given) => Some(&given.token.origin),
        }
    }

    /// The issuer from the settings. Without one, the issuer that the token names, which came from the token
    /// endpoint in the settings.
    pub(super) fn issuer(&self, token: &str) -> Option<String> {
        if let (Self::Issuer(_), TokenServer::Issuer(issuer)) = (self, &self.connection().server) {
            return Some(issuer.value.clone());
        }
        let Token::Jws(jws) = compact::read(token) else { return None };
        jws.peek_unverified()?.get("iss")?.as_str().map(str::to_owned)
    }

    /// Whether stdin is used up.
    pub(super) fn has_read_stdin(&self, args: &CallArgs) -> bool {
        match self {
            Self::Issuer(options) => options.has_read_stdin(&args.session),
            Self::Caller(given) => {
                given.token.origin == "stdin" || given.connection.has_read_stdin(&args.session)
            }
        }
    }
}
