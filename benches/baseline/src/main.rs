//! What `heistctl serve` is compared with: `baseline tiny_http|hyper HS256|ES256`, a bare signer on a
//! bare server. It signs the token of `serve --demo` by heistctl's own code and answers with the same
//! fields and body, whatever it is asked: no form, no client, no limit, no log.
//! The first line of stdout is its address; then it answers until it is killed.

use anyhow::{Context, anyhow, bail};
use heistctl::claims::{AccessClaims, TokenResponse};
use heistctl::clock::Timestamp;
use heistctl::commands::serve::demo;
use heistctl::http::Response;
use heistctl::issuer::ServiceSettings;
use heistctl::jose::algorithm::Algorithm;
use heistctl::jose::private::PrivateKey;
use heistctl::jose::sign::{Signer, TokenType};
use heistctl::jose::{digest, install_provider};
use heistctl::scope::ScopeSet;
use heistctl::secret::Secret;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io::{self, Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// What a token says, but for its time and its id.
struct Issuer {
    signer: Signer,
    scope: ScopeSet,
    lifetime: Duration,
}

fn main() -> anyhow::Result<()> {
    install_provider();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [server, algorithm] = args.as_slice() else { bail!("usage: baseline tiny_http|hyper HS256|ES256") };
    let issuer = Arc::new(Issuer::new(algorithm)?);
    let workers = thread::available_parallelism()?.get();
    let listener = bind()?;
    let address = listener.local_addr()?;
    let serve = match server.as_str() {
        "tiny_http" => on_tiny_http,
        "hyper" => on_hyper,
        _ => bail!("there is no such server: tiny_http or hyper"),
    };
    writeln!(io::stdout(), "http://{address}")?;
    serve(listener, workers, issuer)
}

/// A free port. What is accepted inherits TCP_NODELAY, as with heistctl.
fn bind() -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

impl Issuer {
    fn new(algorithm: &str) -> anyhow::Result<Self> {
        let signer = match algorithm {
            "HS256" => Signer::hs256(Secret::new(demo::SIGNING_SECRET))?,
            "ES256" => {
                let key = PrivateKey::generate(Algorithm::ES256).map_err(anyhow::Error::msg)?;
                Signer::asymmetric(key, Algorithm::ES256)?
            }
            _ => bail!("there is no such algorithm: HS256 or ES256"),
        };
        let scope = ScopeSet::from_tokens([demo::CLIENTS[0].2[0]])?;
        Ok(Self { signer, scope, lifetime: ServiceSettings::default().lifetime })
    }

    /// The answer to a token request.
    fn answer(&self) -> anyhow::Result<Response> {
        let now = Timestamp::now();
        let claims = AccessClaims {
            sources: &[],
            iss: demo::ISSUER,
            sub: demo::CLIENTS[0].0,
            client_id: demo::CLIENTS[0].0,
            aud: &[],
            scope: &self.scope,
            scope_claim: None,
            iat: now,
            exp: now.after(self.lifetime),
            jti: &digest::base64url(&digest::random::<16>()?),
            cnf: None,
            act: None,
            extra: &Default::default(),
        };
        let response = TokenResponse {
            access_token: self.signer.sign(TokenType::Jwt, &claims)?,
            token_type: "Bearer".to_owned(),
            expires_in: Some(self.lifetime.as_secs()),
            scope: Some(self.scope.clone()),
            issued_token_type: None,
        };
        Ok(Response::json(200, &response))
    }
}

/// As many threads as cores, each with one request at a time: what heistctl did before its gate.
fn on_tiny_http(listener: TcpListener, workers: usize, issuer: Arc<Issuer>) -> anyhow::Result<()> {
    let server = tiny_http::Server::from_listener(listener, None).map_err(|error| anyhow!(error))?;
    thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        tiny_answer(server.recv()?, &issuer)?;
                    }
                })
            })
            .collect();
        // They end with an error or not at all.
        started.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?)
    })
}

fn tiny_answer(mut request: tiny_http::Request, issuer: &Issuer) -> anyhow::Result<()> {
    let length = request.body_length().unwrap_or(0);
    let mut body = Vec::new();
    request.as_reader().take(length as u64).read_to_end(&mut body)?;
    let answer = issuer.answer()?;
    let headers = answer.headers.iter().map(|(name, value)| {
        tiny_http::Header::from_bytes(*name, value.as_bytes()).map_err(|()| anyhow!("no header: {name}"))
    });
    let (status, headers) = (tiny_http::StatusCode(answer.status), headers.collect::<Result<_, _>>()?);
    let (length, body) = (answer.body.len(), Cursor::new(answer.body));
    let response = tiny_http::Response::new(status, headers, body, Some(length), None);
    // Who went away before the answer has nothing to be told.
    let _ = request.respond(response.with_chunked_threshold(usize::MAX));
    Ok(())
}

/// As many workers as cores, a task for each connection.
fn on_hyper(listener: TcpListener, workers: usize, issuer: Arc<Issuer>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_io().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let issuer = issuer.clone();
            let service = service_fn(move |request| hyper_answer(request, issuer.clone()));
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A connection that breaks ends alone.
            tokio::spawn(async { drop(connection.await) });
        }
    })
}

async fn hyper_answer(
    request: hyper::Request<Incoming>,
    issuer: Arc<Issuer>,
) -> anyhow::Result<hyper::Response<Full<Bytes>>> {
    request.into_body().collect().await?;
    let answer = issuer.answer()?;
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value.as_ref());
    }
    response.body(Full::new(Bytes::from(answer.body))).context("no response")
}
