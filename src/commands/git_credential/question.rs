//! The text that git writes to a credential helper (git-credential(1)): lines of `key=value`, ended by an empty one.

use crate::secret::Secret;

#[derive(Debug, Default)]
pub(super) struct GitQuestion {
    pub(super) protocol: String,
    pub(super) host: String,
    pub(super) username: Option<String>,
    /// The token that a server refused, with `erase`.
    pub(super) token: Option<Secret>,
    /// Whether git takes a whole Authorization header (git 2.46).
    pub(super) can_authtype: bool,
}

impl GitQuestion {
    /// Unknown keys are ignored.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut question = Self::default();
        let text = String::from_utf8_lossy(bytes);
        for (key, value) in
            text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once('='))
        {
            match key {
                "protocol" => value.clone_into(&mut question.protocol),
                "host" => value.clone_into(&mut question.host),
                "username" => question.username = Some(value.to_owned()).filter(|name| !name.is_empty()),
                "password" | "credential" => question.token = Some(Secret::new(value)),
                "capability[]" => question.can_authtype |= value == "authtype",
                _ => {}
            }
        }
        question
    }

    /// The server's address.
    pub(super) fn url(&self) -> String {
        format!("{}://{}/", self.protocol, self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_to_its_empty_line() {
        let question = GitQuestion::parse(
            b"capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=git.example.com:8443\nusername=\n\
              wwwauth[]=Bearer realm=\"a=b\"\ncredential=hunter2\n\nhost=other\n",
        );
        assert_eq!((question.url().as_str(), question.can_authtype), ("https://git.example.com:8443/", true));
        assert_eq!((&question.username, question.token.as_ref().unwrap().expose()), (&None, &b"hunter2"[..]));
        assert!(!format!("{question:?}").contains("hunter2"));
        let odd = GitQuestion::parse(b"\xff\xfe=\nusername=me\nx");
        assert_eq!(
            (odd.username.as_deref(), odd.can_authtype, odd.url().as_str()),
            (Some("me"), false, ":///")
        );
    }
}
