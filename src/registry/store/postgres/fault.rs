//! Database errors: which ones are temporary, and hints for the others.

use crate::os_error::plain;
use crate::registry::store::StoreError;
use std::io::ErrorKind;
use tokio_postgres::error::SqlState;

/// Why a query failed.
#[derive(Debug)]
pub(super) enum PostgresError {
    /// The store answered with an error.
    Refused(StoreError),
    /// The database or the network failed.
    Sql(tokio_postgres::Error),
    /// A commit failed: it is unknown whether the change was made.
    Unsure(tokio_postgres::Error),
    /// It timed out.
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
    /// Whether the server reports that the query was not executed and a new connection may succeed: the
    /// session was ended, the server is no longer the primary, or there was a conflict.
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

    /// Whether the result is unknown because the connection was lost.
    pub(super) fn is_lost(&self) -> bool {
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return false };
        error.is_closed() || is_io(error) || error.code().is_some_and(|code| code.code().starts_with("57P"))
    }

    /// Whether the server reports that it is read-only now.
    fn is_unwritable(&self) -> bool {
        const UNWRITABLE: [SqlState; 3] =
            [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::DISK_FULL, SqlState::LOCK_NOT_AVAILABLE];
        let (Self::Sql(error) | Self::Unsure(error)) = self else { return false };
        error.code().is_some_and(|code| UNWRITABLE.contains(code))
    }
}

/// Hints for permanent errors, by SQLSTATE or its class.
const CURES: [(&str, &str); 4] = [
    ("28", LET_IN),
    ("3D000", "create the database with createdb, or name an existing one in the URL"),
    ("3F000", CREATE),
    ("42501", GRANT),
];
const LET_IN: &str = "may this user use the database? PGPASSWORD sets the password if the URL has none";
const CREATE: &str = "this user may not create the tables: GRANT USAGE, CREATE ON SCHEMA public TO it, or have \
    another user start once";
const OWN: &str = "this user may not change the tables: start this heistctl once as the user that owns them";
const GRANT: &str = "this user may not use the tables: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES \
    IN SCHEMA public TO it, and GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO it";
const ENCRYPT: &str = "the sslmode requires TLS, which is the default for other hosts: turn TLS on \
    in the server (ssl = on); on a private network, sslmode=disable turns it off";
const TRUST: &str = "is it the right server? SSL_CERT_FILE names the authorities to trust";
/// The driver's own error messages, which have no code.
const MISTAKES: [&str; 2] = ["authentication error", "invalid configuration"];
/// The prefix of std's message for a failed address lookup.
const LOOKUP: &str = "failed to lookup address information";
/// The driver's message for a server without TLS.
const WITHOUT_TLS: &str = "server does not support TLS";

impl PostgresError {
    /// The hint, unless waiting may help.
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
    /// Adjusts the hint for creating tables or, if `there`, changing them: both need more permissions than
    /// using them.
    pub(super) fn while_preparing(self, there: bool) -> Self {
        if self.cure() != Some(GRANT) {
            return self;
        }
        let why = StoreError::from(self).cause();
        Self::Refused(StoreError::Unusable { why, cure: if there { OWN } else { CREATE } })
    }
}

impl From<PostgresError> for StoreError {
    /// The message never contains the query's values.
    fn from(fault: PostgresError) -> Self {
        let (is_unwritable, cure) = (fault.is_unwritable(), fault.cure());
        let why = match fault {
            PostgresError::Refused(error) => return error,
            PostgresError::Late => "no answer in time".to_owned(),
            PostgresError::Sql(error) | PostgresError::Unsure(error) => words(&error),
        };
        match cure {
            _ if is_unwritable => Self::Unwritable(why),
            Some(cure) => Self::Unusable { why, cure },
            None => Self::Unavailable(why),
        }
    }
}

/// The server's message, or the driver's error in plain words.
fn words(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let Some(cause) = std::error::Error::source(error) else {
        let closed = error.is_closed();
        return if closed { "the server closed the connection".to_owned() } else { error.to_string() };
    };
    if cause.to_string() == WITHOUT_TLS {
        return "the server does not offer TLS".to_owned();
    }
    let Some(io) = cause.downcast_ref::<std::io::Error>() else { return format!("{error}: {cause}") };
    match io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => untrusted(why),
        Some(_) => "the server sent something that TLS does not allow".to_owned(),
        None if io.to_string().starts_with(LOOKUP) => "the host's name is not known to DNS".to_owned(),
        None if matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other) => {
            "the server does not speak the protocol of PostgreSQL".to_owned()
        }
        None => plain(io),
    }
}

fn untrusted(why: &rustls::CertificateError) -> String {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        UnknownIssuer,
    };
    let why = match why {
        UnknownIssuer => "its issuer is not among the authorities that are trusted",
        Expired | ExpiredContext { .. } => "it has expired",
        NotValidYet | NotValidYetContext { .. } => "it is not valid yet",
        NotValidForName | NotValidForNameContext { .. } => "it is for another host name",
        _ => "it cannot be verified",
    };
    format!("TLS: the server's certificate is not trusted: {why}")
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}

/// Whether the database cannot represent a text, as PostgreSQL cannot represent NUL.
pub(super) fn is_no_text(error: &tokio_postgres::Error) -> bool {
    let no_text = [SqlState::CHARACTER_NOT_IN_REPERTOIRE, SqlState::UNTRANSLATABLE_CHARACTER];
    error.code().is_some_and(|code| no_text.contains(code))
}
