//! Discovery and the client credentials grant with the openidconnect crate, against the issuer in `ISSUER`.

use openidconnect::core::{CoreClient, CoreClientAuthMethod, CoreProviderMetadata};
use openidconnect::{
    AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, IssuerUrl, OAuth2TokenResponse, Scope, http,
};
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;

fn main() -> Result<(), Box<dyn Error>> {
    let issuer = IssuerUrl::new(std::env::var("ISSUER")?)?;
    let metadata = CoreProviderMetadata::discover(&issuer, &send)?;
    assert_eq!(metadata.issuer(), &issuer);
    assert_eq!(metadata.jwks().keys().len(), 1);
    let methods = metadata.token_endpoint_auth_methods_supported().ok_or("no authentication methods")?;
    assert!(methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
    for auth_type in [AuthType::BasicAuth, AuthType::RequestBody] {
        let (id, secret) = (ClientId::new("basic".to_owned()), ClientSecret::new(std::env::var("BASIC")?));
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret));
        let client = client.set_auth_type(auth_type);
        let request = client.exchange_client_credentials()?.add_scope(Scope::new("a".to_owned()));
        let token = request.request(&send)?;
        assert!(!token.access_token().secret().is_empty());
        assert_eq!(token.scopes(), Some(&vec![Scope::new("a".to_owned())]));
    }
    println!("ok Rust openidconnect: discovery, Basic, body");
    Ok(())
}

/// Sends a request over plain HTTP/1.0: one local server needs no HTTP client.
fn send(request: HttpRequest) -> Result<HttpResponse, io::Error> {
    let (head, body) = request.into_parts();
    let authority = head.uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut wire = format!("{} {path} HTTP/1.0\r\nHost: {authority}\r\n", head.method).into_bytes();
    for (name, value) in &head.headers {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
    wire.extend(body);
    let mut connection = TcpStream::connect(authority)?;
    connection.write_all(&wire)?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    read(&answer).ok_or_else(|| io::Error::other("the answer is not HTTP"))
}

fn read(answer: &[u8]) -> Option<HttpResponse> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let mut lines = std::str::from_utf8(&answer[..end]).ok()?.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    response.body(answer[end + 4..].to_vec()).ok()
}
