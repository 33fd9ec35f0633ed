//! Environment variables for `heistctl help environment`. A test compares docs/reference.md with them.

#[derive(Debug)]
pub struct VariableGroup {
    pub heading: &'static str,
    pub variables: &'static [Variable],
}

/// One variable, or several of the same kind.
#[derive(Debug)]
pub struct Variable {
    /// Comma-separated.
    pub names: &'static str,
    /// The flag that overrides it; empty if none does.
    pub flag: &'static str,
    /// Markdown, as in docs/reference.md.
    pub meaning: &'static str,
}

const fn variable(names: &'static str, flag: &'static str, meaning: &'static str) -> Variable {
    Variable { names, flag, meaning }
}

pub const ENVIRONMENT: [VariableGroup; 4] = [
    VariableGroup {
        heading: "Of `token`, `call`, `health` and `inspect --introspect`:",
        variables: &[
            variable("HEISTCTL_ISSUER", "--issuer", "the issuer; its metadata names the token endpoint"),
            variable("HEISTCTL_TOKEN_URL", "--token-url", "the token endpoint; overrides `HEISTCTL_ISSUER`"),
            variable("HEISTCTL_CLIENT_ID", "--client-id", "the client's id"),
            variable("HEISTCTL_CLIENT_SECRET", "", "the client's secret"),
            variable("HEISTCTL_CLIENT_SECRET_FILE", "--client-secret-file", "file with the secret"),
            variable("HEISTCTL_SCOPE", "--scope", "scopes, separated by spaces"),
            variable("HEISTCTL_RESOURCE", "--resource", "resources, separated by spaces"),
            variable("HEISTCTL_TIMEOUT", "--timeout", "time for the whole request"),
            variable("HEISTCTL_PROFILE", "--profile", "the profile"),
            variable(
                "HEISTCTL_CACHE_DIR",
                "",
                "folder of the token cache; default `$XDG_CACHE_HOME/heistctl`",
            ),
            variable("HEISTCTL_TOKEN", "--token", "the token that `call` sends and `inspect` reads"),
            variable("HEISTCTL_URL", "", "the server that `health`, `wait` and `test` ask"),
        ],
    },
    VariableGroup {
        heading: "Of `serve`, `client`, `key` and `store`:",
        variables: &[
            variable("HEISTCTL_CONFIG", "--config", "the configuration"),
            variable("HEISTCTL_LISTEN", "--listen", "address and port"),
            variable("HEISTCTL_STORE", "--store", "the store"),
            variable(
                "HEISTCTL_STORE_KEY",
                "",
                "key that seals the private keys in the store: 32 bytes in base64",
            ),
            variable("HEISTCTL_STORE_KEY_FILE", "", "file with that key"),
            variable("HEISTCTL_STORE_NEW_KEY", "", "the key that replaces it, for `key reseal`"),
            variable("HEISTCTL_STORE_NEW_KEY_FILE", "--new-key-file", "file with the new key"),
            variable(
                "HEISTCTL_SIGNING_SECRET",
                "",
                "secret that signs tokens with HS256, if `heist.toml` has none",
            ),
        ],
    },
    VariableGroup {
        heading: "Set by `serve` for its COMMAND:",
        variables: &[
            variable("HEISTCTL_URL", "", "base URL of the server"),
            variable("HEISTCTL_TOKEN_URL", "", "its token endpoint"),
            variable("HEISTCTL_ISSUER", "", "its issuer, if that is a URL"),
            variable("HEISTCTL_CLIENT_ID, HEISTCTL_CLIENT_SECRET", "", "with `--demo`: the first client"),
        ],
    },
    VariableGroup {
        heading: "Standard variables:",
        variables: &[
            variable("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "", "proxies: see tokens-in-scripts.md"),
            variable("SSL_CERT_FILE", "", "authorities to trust in place of the usual ones"),
            variable(
                "XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_DATA_HOME, HOME",
                "",
                "folders of profiles, cache and store",
            ),
            variable(
                "ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "",
                "`--identity github-actions`: the service for ID tokens",
            ),
            variable("GCE_METADATA_HOST", "", "`--identity google`: host of the metadata server"),
            variable("IDENTITY_ENDPOINT, IDENTITY_HEADER", "", "`--identity azure:RESOURCE` in App Service"),
            variable(
                "AZURE_CLIENT_ID, AZURE_POD_IDENTITY_AUTHORITY_HOST",
                "",
                "`--identity azure:RESOURCE`: which managed identity, and host of the service",
            ),
            variable(
                "KUBERNETES_EXEC_INFO",
                "",
                "`token -o kubernetes`: the API version that kubectl asks for",
            ),
            variable(
                "GITHUB_OUTPUT, GITHUB_ENV",
                "",
                "`token -o github`, `-o github-env`: the runner's files",
            ),
            variable("PGPASSWORD", "", "password of a PostgreSQL store"),
            variable("NO_COLOR, CLICOLOR_FORCE, TERM", "", "colours: none with `NO_COLOR` or `TERM=dumb`"),
            variable("TRACEPARENT", "", "W3C trace context, which `call` sends on as `traceparent`"),
            variable("STATE_DIRECTORY", "", "systemd: the folder of the store, if nothing names a store"),
            variable("NOTIFY_SOCKET, LISTEN_FDS, LISTEN_PID", "", "systemd: readiness and inherited sockets"),
        ],
    },
];
