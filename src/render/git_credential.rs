//! A credential in the lines that git reads (git-credential(1)).

use crate::commands::git_credential::report::{GitAnswer, GitCredentialReport};
use crate::secret::Secret;

/// The answer, or nothing: git then asks its next helper.
#[must_use]
pub fn text(report: &GitCredentialReport) -> Secret {
    Secret::new(report.answer.as_ref().map(lines).unwrap_or_default())
}

fn lines(answer: &GitAnswer) -> String {
    let GitAnswer { username, token, .. } = answer;
    let mut lines = if answer.by_authtype {
        // Ephemeral: other helpers do not store it.
        format!("capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1\n")
    } else {
        format!("username={username}\npassword={token}\n")
    };
    if let Some(expires) = answer.expires {
        lines.push_str(&format!("password_expiry_utc={expires}\n"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_gets_the_form_that_it_can_read() {
        let text = |by_authtype, expires| {
            let (username, token) = ("oauth2".to_owned(), "t".to_owned());
            let answer = Some(GitAnswer { by_authtype, username, token, expires });
            let text = super::text(&GitCredentialReport { answer, notes: Vec::new() });
            text.expose_str().unwrap().to_owned()
        };
        assert_eq!(
            text(true, Some(7)),
            "capability[]=authtype\nauthtype=Bearer\ncredential=t\nephemeral=1\npassword_expiry_utc=7\n"
        );
        assert_eq!(text(false, None), "username=oauth2\npassword=t\n");
        assert_eq!(super::text(&GitCredentialReport::default()).expose(), b"");
    }
}
