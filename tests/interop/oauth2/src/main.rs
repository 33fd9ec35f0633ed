//! One token and one call of an API with the oauth2 crate, as its own documentation shows. Prints a line of JSON: the
//! last step that was begun, the lifetime that the crate sees, and the error.

use oauth2::basic::{BasicClient, BasicErrorResponse};
use oauth2::reqwest::{self, redirect};
use oauth2::{AuthType, ClientId, ClientSecret, RequestTokenError, Scope, TokenResponse, TokenUrl};
use serde_json::{Value, json};
use std::env::var;
use std::error::Error;

type TokenError = RequestTokenError<oauth2::HttpClientError<reqwest::Error>, BasicErrorResponse>;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{}", runtime.block_on(run())?);
    Ok(())
}

async fn run() -> Result<Value, Box<dyn Error>> {
    let in_body = var("AUTH").is_ok_and(|method| method == "post");
    let client = BasicClient::new(ClientId::new(var("CLIENT_ID")?))
        .set_client_secret(ClientSecret::new(var("CLIENT_SECRET")?))
        .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth })
        .set_token_uri(TokenUrl::new(var("TOKEN_URL")?)?);
    let http = reqwest::ClientBuilder::new().redirect(redirect::Policy::none()).build()?;
    let request = client.exchange_client_credentials().add_scope(Scope::new("a".to_owned()));
    let token = match request.request_async(&http).await {
        Ok(token) => token,
        Err(error) => return Ok(json!({"step": "token", "error": told(&error)})),
    };
    // It has no requests to APIs of its own.
    http.get(var("API")?).bearer_auth(token.access_token().secret()).send().await?;
    Ok(json!({"step": "call", "lifetime": token.expires_in().map(|lifetime| lifetime.as_secs())}))
}

fn told(error: &TokenError) -> Value {
    let kind = match error {
        RequestTokenError::ServerResponse(_) => "ServerResponse",
        RequestTokenError::Request(_) => "Request",
        RequestTokenError::Parse(..) => "Parse",
        RequestTokenError::Other(_) => "Other",
    };
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(&format!(": {error}"));
        cause = error.source();
    }
    json!({"type": kind, "message": message})
}
