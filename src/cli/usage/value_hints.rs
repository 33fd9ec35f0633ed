//! Common wrong values of flags, and missing flags or arguments.

use super::foreign_flags::{ADD, ANY, CALL, CLIENTS, INSPECT, KEY, MINT, SERVE, STORES, TOKEN};

/// Commands, the missing flag or argument, the cause, the hint.
#[rustfmt::skip]
pub(super) const MISSING: &[(&[&str], &str, &str, &str)] = &[
    (SERVE, "--check", "--json prints the result of --check, which is missing", "heistctl serve --check --json"),
    (SERVE, "--tls-key", "--tls-cert needs --tls-key", "--tls-cert chain.pem --tls-key key.pem"),
    (SERVE, "--tls-cert", "--tls-key needs --tls-cert", "--tls-cert chain.pem --tls-key key.pem"),
    (CLIENTS, "--client-cert-key", "--client-cert needs --client-cert-key", "--client-cert cert.pem --client-cert-key key.pem"),
    (CLIENTS, "--client-cert", "--client-cert-key needs --client-cert", "--client-cert cert.pem --client-cert-key key.pem"),
    (TOKEN, "--revoke", "--revocation-url needs --revoke", "heistctl token --revoke --revocation-url https://as.example.com/oauth/revoke"),
    (CALL, "--repeat", "--json prints the result of --repeat, which is missing", "--json-body '{…}' sends JSON; --repeat 100 --json prints statuses and times"),
    (INSPECT, "--introspect", "--profile and --introspection-url need --introspect", "heistctl inspect --introspect < token.txt"),
    (INSPECT, "--secret-file", "--as-api and --secret-encoding need a key", "--secret-file FILE, --key public.pem, --jwks jwks.json or --issuer https://as.example.com"),
    (KEY, "--now", "--lost-store-key needs --now", "heistctl key rotate --now --lost-store-key"),
    (&["completions"], "<SHELL>", "the shell is missing", "heistctl completions bash; also elvish, fish, powershell or zsh"),
    (&["client import"], "<FILE>", "the file with the clients is missing", "heistctl client import clients.jsonl, or - for stdin"),
    (&["key retire"], "<KID>", "the key's id is missing", "heistctl key list shows ids"),
    (ADD, "<ID>", "the client's id is missing", "heistctl client add backend --scope orders:read"),
    (STORES, "<ID>", "the client's id is missing", "heistctl client list shows ids"),
];

/// Commands, the flag, the typed values, the hint.
#[rustfmt::skip]
pub(super) const VALUES: &[(&[&str], &str, &str, &str)] = &[
    (TOKEN, "--output", "authorization auth http", "-o header"),
    (TOKEN, "--output", "exec exec-credential execcredential kubectl k8s kube", "-o kubernetes"),
    (TOKEN, "--output", "gcp gcloud adc executable pluggable", "-o google"),
    (TOKEN, "--output", "actions gha github-output github_output", "-o github"),
    (TOKEN, "--output", "github_env", "-o github-env"),
    (TOKEN, "--output", "text plain token jwt access_token txt", "-o raw"),
    (TOKEN, "--output", "shell export dotenv sh bash environment", "-o env"),
    (TOKEN, "--output", "yaml xml toml object full", "-o json"),
    (CLIENTS, "--auth-method", "basic client_secret secret", "--auth-method client_secret_basic"),
    (CLIENTS, "--auth-method", "post body form", "--auth-method client_secret_post"),
    (CLIENTS, "--auth-method", "jwt assertion private_key", "--auth-method private_key_jwt"),
    (CLIENTS, "--auth-method", "mtls tls cert certificate", "--auth-method tls_client_auth"),
    (CLIENTS, "--auth-method", "none public", "leave it out: a client of this grant has credentials"),
    (STORES, "--auth-method", "mtls tls cert certificate", "--tls-san-dns app.example.com names a certificate of an authority; --tls-certificate FILE is one of its own"),
    (STORES, "--auth-method", "none public", "leave it out: a client of this grant has credentials"),
    (STORES, "--auth-method", "basic client_secret secret", "--auth-method client_secret_basic"),
    (STORES, "--auth-method", "post body form", "--auth-method client_secret_post"),
    (STORES, "--auth-method", "jwt assertion private_key", "--auth-method private_key_jwt"),
    (STORES, "--introspect", "yes on 1 y allow", "--introspect true"),
    (STORES, "--introspect", "no off 0 n deny", "--introspect false"),
    (STORES, "--token-exchange", "yes on 1 y allow", "--token-exchange true"),
    (STORES, "--token-exchange", "no off 0 n deny", "--token-exchange false"),
    (STORES, "--dpop-required", "yes on 1 y", "--dpop-required true"),
    (STORES, "--dpop-required", "no off 0 n", "--dpop-required false"),
    (INSPECT, "--secret-encoding", "b64 base64std standard", "--secret-encoding base64"),
    (INSPECT, "--secret-encoding", "b64url base64-url urlsafe", "--secret-encoding base64url"),
    (INSPECT, "--secret-encoding", "text utf8 utf-8 ascii plain none bytes binary", "--secret-encoding raw"),
    (INSPECT, "--secret-encoding", "hexadecimal base16 0x", "--secret-encoding hex"),
    (INSPECT, "--raw", "payload body claim", "--raw claims"),
    (INSPECT, "--raw", "head headers jose", "--raw header"),
    (INSPECT, "--raw", "signature sig", "cut -d. -f3 token.txt; --raw prints header or claims"),
    (INSPECT, "--require", "expiry expires expiration expired", "--require exp"),
    (INSPECT, "--require", "issuer", "--require iss"),
    (INSPECT, "--require", "audience", "--require aud"),
    (INSPECT, "--require", "subject", "--require sub"),
    (INSPECT, "--require", "sig", "--require signature"),
    (INSPECT, "--require", "algorithm", "--require alg"),
    (INSPECT, "--require", "type", "--require typ"),
    (INSPECT, "--require", "scopes", "--require scope"),
    (INSPECT, "--alg", "none", "leave it out: a token without a signature is never valid"),
    (INSPECT, "--alg", "rsa", "--alg RS256,PS256"),
    (INSPECT, "--alg", "ec ecdsa", "--alg ES256"),
    (INSPECT, "--alg", "hmac", "--alg HS256"),
    (MINT, "--alg", "none", "--broken alg-none makes a token without a signature"),
    (KEY, "--algorithm", "rsa", "--algorithm RS256"),
    (KEY, "--algorithm", "ec ecdsa p-256 p256", "--algorithm ES256"),
    (KEY, "--algorithm", "ed25519 okp", "--algorithm EdDSA"),
    (&["completions"], "<SHELL>", "sh dash ksh posix", "heistctl completions bash"),
    (&["completions"], "<SHELL>", "/bin/bash /usr/bin/bash /usr/local/bin/bash /bin/sh", "heistctl completions bash"),
    (&["completions"], "<SHELL>", "/bin/zsh /usr/bin/zsh /usr/local/bin/zsh", "heistctl completions zsh"),
    (&["completions"], "<SHELL>", "/usr/bin/fish /bin/fish /usr/local/bin/fish", "heistctl completions fish"),
    (&["completions"], "<SHELL>", "pwsh ps1 power-shell", "heistctl completions powershell"),
    (&["completions"], "<SHELL>", "zshell oh-my-zsh", "heistctl completions zsh"),
    (ANY, "--color", "yes on true force 1 ansi", "--color always"),
    (ANY, "--color", "no off false none 0 plain", "--color never"),
    (ANY, "--color", "tty default if-tty", "--color auto"),
];

/// Flags that take a file, and the flag that takes a URL instead.
pub(super) const URL_INSTEAD: &[(&[&str], &str, &str)] =
    &[(INSPECT, "--jwks", "--jwks-url"), (INSPECT, "--key", "--jwks-url"), (STORES, "--jwks", "--jwks-uri")];

/// An example for each value name, for a flag without a value.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    ("ADDR:PORT", "127.0.0.1:8001"),
    ("ALG", "ES256"),
    ("DIR", "certs"),
    ("ID", "backend"),
    ("N", "100"),
    ("NAME=VALUE", "tenant=acme"),
    ("NAME: VALUE", "'Accept: application/json'"),
    ("NETWORK", "10.0.0.0/8"),
    ("SCOPE", "'orders:read orders:write'"),
    ("TIME", "30s"),
    ("URL", "https://as.example.com"),
    ("URI", "https://api.example.com"),
    ("AUD", "https://api.example.com"),
];
