//! Failures between this program and a database: those that may pass, and the cures of the others.

use crate::registry::store::StoreError;
use tokio_postgres::error::SqlState;

/// Why something could not be done through a connection.
#[derive(Debug)]
pub(super) enum PostgresError {
    /// The store has an answer, and it is no.
    Refused(StoreError),
    /// The database or the way to it.
    Sql(tokio_postgres::Error),
    /// The same while a change was being made final: it may be there.
    Unsure(tokio_postgres::Error),
    /// It took too long.
    Late,
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for PostgresError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl PostgresError {
    /// Whether the server says that it has not done it, and a fresh connection may: the session was ended,
    /// it belongs to a server that is not the first any more, or somebody else was in the way.
    pub(super) fn was_turned_away(&self) -> bool {
        const TURNED_AWAY: [SqlState; 5] = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        let Self::Sql(error) = self else { return false };
        error.code().is_some_and(|code| TURNED_AWAY.contains(code))
    }

    /// Whether nobody knows what became of it, because the connection has ended.
    pub(super) fn is_lost(&self) -> bool {
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return false };
        error.is_closed() || is_io(error) || error.code().is_some_and(|code| code.code().starts_with("57P"))
    }

    /// Whether the server says that it is there, and that nothing can be written there now.
    fn is_unwritable(&self) -> bool {
        const UNWRITABLE: [SqlState; 3] =
            [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::DISK_FULL, SqlState::LOCK_NOT_AVAILABLE];
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return false };
        error.code().is_some_and(|code| UNWRITABLE.contains(code))
    }
}

/// The cures of refusals that waiting does not cure, by SQLSTATE or its class.
const CURES: [(&str, &str); 4] = [
    ("28", LET_IN),
    ("3D000", "createdb makes the database; or name one that is there in the URL"),
    ("3F000", CREATE),
    ("42501", GRANT),
];
const LET_IN: &str = "may this user use the database? PGPASSWORD has the password where the URL has none";
const CREATE: &str = "this user may not make the tables: GRANT USAGE, CREATE ON SCHEMA public TO it, or have another \
    user start once";
const OWN: &str = "this user may not change the tables: have the user who owns them start this heistctl once";
const GRANT: &str = "this user may not use the tables: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \
    public TO it, and GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO it";
const ENCRYPT: &str = "sslmode of the URL demands TLS, as it does by itself for hosts other than this machine: turn TLS on \
    in the server (ssl = on); on a network that nobody else can read, sslmode=disable goes without";
const TRUST: &str = "is it the server that is meant? SSL_CERT_FILE names the authorities of its certificate";
/// The driver's messages for mistakes that it finds itself; it has no codes for them.
const MISTAKES: [&str; 2] = ["authentication error", "invalid configuration"];
/// The same of a server without TLS.
const WITHOUT_TLS: &str = "server does not support TLS";

impl PostgresError {
    /// The cure, if waiting is not one.
    fn cure(&self) -> Option<&'static str> {
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return None };
        if let Some(code) = error.code() {
            return CURES.iter().find(|(state, _)| code.code().starts_with(state)).map(|(_, cure)| *cure);
        }
        if MISTAKES.contains(&error.to_string().as_str()) {
            return Some(LET_IN);
        }
        let cause = std::error::Error::source(error)?;
        if cause.to_string() == WITHOUT_TLS {
            return Some(ENCRYPT);
        }
        let cause = cause.downcast_ref::<std::io::Error>()?;
        let tls = cause.get_ref()?.downcast_ref::<rustls::Error>()?;
        matches!(tls, rustls::Error::InvalidCertificate(_)).then_some(TRUST)
    }
}

impl PostgresError {
    /// The same while tables are made or, where they are `there`, changed: this needs other rights than their
    /// use.
    pub(super) fn while_preparing(self, there: bool) -> Self {
        if self.cure() != Some(GRANT) {
            return self;
        }
        let why = StoreError::from(self).cause();
        Self::Refused(StoreError::Unusable { why, cure: if there { OWN } else { CREATE } })
    }
}

impl From<PostgresError> for StoreError {
    /// The sentence has nothing of what was sent.
    fn from(fault: PostgresError) -> Self {
        let (is_unwritable, cure) = (fault.is_unwritable(), fault.cure());
        let why = match fault {
            PostgresError::Refused(error) => return error,
            PostgresError::Late => "no answer in time".to_owned(),
            PostgresError::Sql(error) | PostgresError::Unsure(error) => match error.as_db_error() {
                Some(said) => said.message().to_owned(),
                None => match std::error::Error::source(&error) {
                    Some(cause) => format!("{error}: {cause}"),
                    None => error.to_string(),
                },
            },
        };
        match cure {
            _ if is_unwritable => Self::Unwritable(why),
            Some(cure) => Self::Unusable { why, cure },
            None => Self::Unavailable(why),
        }
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}

/// Whether the database has no letters for a text that it was sent, as PostgreSQL has none for NUL.
pub(super) fn is_no_text(error: &tokio_postgres::Error) -> bool {
    let no_text = [SqlState::CHARACTER_NOT_IN_REPERTOIRE, SqlState::UNTRANSLATABLE_CHARACTER];
    error.code().is_some_and(|code| no_text.contains(code))
}
