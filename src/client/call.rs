//! A protected resource, asked with a token (RFC 6750 section 2.1).

use crate::client::agent::Outgoing;
use crate::client::endpoint::Endpoint;
use crate::exit::Exit;
use crate::http::Method;
use crate::secret::Secret;

/// The request for a resource.
#[must_use]
pub fn prepare(endpoint: &Endpoint, token: &str) -> Outgoing {
    Outgoing {
        method: Method::Get,
        endpoint: endpoint.clone(),
        headers: vec![
            ("Authorization", Secret::new(format!("Bearer {token}"))),
            ("Accept", Secret::new("*/*")),
        ],
        body: Secret::new(""),
    }
}

/// What a resource's status means for a script.
#[must_use]
pub const fn exit_for(status: u16) -> Exit {
    match status {
        200..=299 => Exit::Done,
        300..=399 => Exit::Redirect,
        400..=499 => Exit::Refused,
        _ => Exit::ServerFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_travels_in_the_header_only() {
        let endpoint = Endpoint::parse("https://api.example.com/x?y=z", false).unwrap();
        let request = prepare(&endpoint, "hunter2");
        assert_eq!(request.headers[0].1.expose(), b"Bearer hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn statuses_become_exit_codes() {
        let codes: Vec<u8> = [200, 204, 302, 401, 503, 101].iter().map(|s| exit_for(*s).code()).collect();
        assert_eq!(codes, [0, 0, 3, 4, 5, 5]);
    }
}
