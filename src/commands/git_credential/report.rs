//! The result of `git-credential`.

/// The credential for git; `None` if heistctl has none for this server or operation.
#[derive(Default)]
pub struct GitCredentialReport {
    pub answer: Option<GitAnswer>,
    pub notes: Vec<String>,
}

pub struct GitAnswer {
    /// Whether git takes the scheme and the token, else a user name and a password.
    pub by_authtype: bool,
    pub username: String,
    pub token: String,
    /// When the token expires, in seconds since 1970.
    pub expires: Option<i64>,
}
