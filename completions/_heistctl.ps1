
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'heistctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'heistctl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'heistctl' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the token server')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Get an access token and print it')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Get a token, call a protected resource with it, print the answer')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Decode and judge a token, offline')
            [CompletionResult]::new('client', 'client', [CompletionResultType]::ParameterValue, 'Register clients in the store: add, list, show, set, rotate, disable, enable, remove')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Look after the signing keys in the store: list, generate, rotate, retire')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to listen; port 0 takes a free one [default: 127.0.0.1:8001]')
            [CompletionResult]::new('--metrics-listen', '--metrics-listen', [CompletionResultType]::ParameterName, 'Where to serve /metrics for Prometheus; by default nowhere')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration [default: HEISTCTL_CONFIG, else ./heist.toml]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where clients, keys and revocations are kept: memory:, sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else the configuration''s, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long a start waits for a store that is away, as 30s [default: until it comes]')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer that tokens name [default: the configuration''s, else the listen URL]')
            [CompletionResult]::new('--ready-file', '--ready-file', [CompletionResultType]::ParameterName, 'Write the ready event to this file once the socket is open')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Serve https by this certificate: PEM, its own chain after it')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'The private key of --tls-cert, PEM')
            [CompletionResult]::new('--tls-self-signed', '--tls-self-signed', [CompletionResultType]::ParameterName, 'Serve https for development, by a certificate and an authority of its own made in this folder')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'The article''s service: two clients and a secret that everybody knows')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Serve plain http on other addresses than loopback, where anybody can read secrets and tokens')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check configuration, keys, certificates and files, say what would be served, and end')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Say it as a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;token' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'A profile of $XDG_CONFIG_HOME/heistctl/config.toml [default: HEISTCTL_PROFILE]')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer, whose metadata says where to ask [default: HEISTCTL_ISSUER]')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'The token endpoint [default: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token]')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client''s id [default: HEISTCTL_CLIENT_ID]')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'A file with the client''s secret, - for stdin [default: HEISTCTL_CLIENT_SECRET_FILE, else HEISTCTL_CLIENT_SECRET]')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'How the client proves who it is [default: as the issuer''s metadata says, else by Basic]')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The client''s private key, PEM or JWK, for private_key_jwt')
            [CompletionResult]::new('--assertion-audience', '--assertion-audience', [CompletionResultType]::ParameterName, 'Whom its assertions are for [default: the issuer, else the token endpoint]')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The client''s certificate and its chain, PEM (RFC 8705)')
            [CompletionResult]::new('--client-cert-key', '--client-cert-key', [CompletionResultType]::ParameterName, 'The private key of --client-cert, PEM')
            [CompletionResult]::new('--dpop-key', '--dpop-key', [CompletionResultType]::ParameterName, 'The key to bind the token to, PEM or JWK')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes to ask for, separated by spaces or commas; may be repeated [default: HEISTCTL_SCOPE]')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource that the token is for (RFC 8707); may be repeated [default: HEISTCTL_RESOURCE]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'The audience that the token is for, where a server wants that name')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Another parameter of the token request; may be repeated')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Authorities to trust instead of the usual ones, PEM [default: SSL_CERT_FILE]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for all of it, as 30s or 1m [default: HEISTCTL_TIMEOUT, else 30s]')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'How long a token from the cache must be good still; half its lifetime is enough')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the token')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the token')
            [CompletionResult]::new('--revoke', '--revoke', [CompletionResultType]::ParameterName, 'Revoke a token (RFC 7009): this one, - for stdin, without a value the one in the cache')
            [CompletionResult]::new('--revocation-url', '--revocation-url', [CompletionResultType]::ParameterName, 'Where to revoke it [default: as the issuer''s metadata says, else beside the token endpoint]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--dpop', '--dpop', [CompletionResultType]::ParameterName, 'Bind the token to a key (DPoP, RFC 9449): one made for this run, unless --dpop-key names one')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Ask the server even if a good token is in the cache, and keep the new one')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither take a token from the cache nor keep one')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Send secrets and tokens over plain http to other hosts, where anybody can read them')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Say whether a good token is in the cache, without asking anybody: exit 0 or 8')
            [CompletionResult]::new('--clear-cache', '--clear-cache', [CompletionResultType]::ParameterName, 'Forget every token that is in the cache')
            [CompletionResult]::new('--list-profiles', '--list-profiles', [CompletionResultType]::ParameterName, 'List the profiles')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;call' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'A profile of $XDG_CONFIG_HOME/heistctl/config.toml [default: HEISTCTL_PROFILE]')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer, whose metadata says where to ask [default: HEISTCTL_ISSUER]')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'The token endpoint [default: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token]')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client''s id [default: HEISTCTL_CLIENT_ID]')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'A file with the client''s secret, - for stdin [default: HEISTCTL_CLIENT_SECRET_FILE, else HEISTCTL_CLIENT_SECRET]')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'How the client proves who it is [default: as the issuer''s metadata says, else by Basic]')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The client''s private key, PEM or JWK, for private_key_jwt')
            [CompletionResult]::new('--assertion-audience', '--assertion-audience', [CompletionResultType]::ParameterName, 'Whom its assertions are for [default: the issuer, else the token endpoint]')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The client''s certificate and its chain, PEM (RFC 8705)')
            [CompletionResult]::new('--client-cert-key', '--client-cert-key', [CompletionResultType]::ParameterName, 'The private key of --client-cert, PEM')
            [CompletionResult]::new('--dpop-key', '--dpop-key', [CompletionResultType]::ParameterName, 'The key to bind the token to, PEM or JWK')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes to ask for, separated by spaces or commas; may be repeated [default: HEISTCTL_SCOPE]')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource that the token is for (RFC 8707); may be repeated [default: HEISTCTL_RESOURCE]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'The audience that the token is for, where a server wants that name')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Another parameter of the token request; may be repeated')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Authorities to trust instead of the usual ones, PEM [default: SSL_CERT_FILE]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for all of it, as 30s or 1m [default: HEISTCTL_TIMEOUT, else 30s]')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'How long a token from the cache must be good still; half its lifetime is enough')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'The method [default: GET, with a body POST]')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'The method [default: GET, with a body POST]')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A header field to send; may be repeated. Mind that argv is public')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header field to send; may be repeated. Mind that argv is public')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The body: text, the bytes of @FILE, or @- for stdin')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The body: text, the bytes of @FILE, or @- for stdin')
            [CompletionResult]::new('--json-body', '--json-body', [CompletionResultType]::ParameterName, 'The body as JSON, and said to be that')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the body of a 2xx answer to this file, once it is there as a whole')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the body of a 2xx answer to this file, once it is there as a whole')
            [CompletionResult]::new('--repeat', '--repeat', [CompletionResultType]::ParameterName, 'Send it that often, and print statuses and times in place of the bodies')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--dpop', '--dpop', [CompletionResultType]::ParameterName, 'Bind the token to a key (DPoP, RFC 9449): one made for this run, unless --dpop-key names one')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Ask the server even if a good token is in the cache, and keep the new one')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither take a token from the cache nor keep one')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Send secrets and tokens over plain http to other hosts, where anybody can read them')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Print the status and the header fields of the answer before its body')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Print the status and the header fields of the answer before its body')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow redirects, five at most; token and body stay at their origin, and https stays https')
            [CompletionResult]::new('--location', '--location', [CompletionResultType]::ParameterName, 'Follow redirects, five at most; token and body stay at their origin, and https stays https')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print what --repeat found as a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;inspect' {
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'A file with the HMAC secret; one line end after it is left out')
            [CompletionResult]::new('--secret-env', '--secret-env', [CompletionResultType]::ParameterName, 'The environment variable that holds the HMAC secret')
            [CompletionResult]::new('--secret-encoding', '--secret-encoding', [CompletionResultType]::ParameterName, 'How the secret is written; raw takes every byte of it')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A file with keys: PEM (public or private key, certificate), JWK or JWK Set')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'A file with a JWK Set')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Go online: the keys of this issuer, by its metadata; it is also the issuer that is expected')
            [CompletionResult]::new('--introspection-url', '--introspection-url', [CompletionResultType]::ParameterName, 'Where to ask [default: as the issuer''s metadata says, else beside the token endpoint]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the client that asks [default: HEISTCTL_PROFILE]')
            [CompletionResult]::new('--jwks-url', '--jwks-url', [CompletionResultType]::ParameterName, 'Go online: the JWK Set at this address')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Authorities to trust instead of the usual ones when going online, PEM [default: SSL_CERT_FILE]')
            [CompletionResult]::new('--iss', '--iss', [CompletionResultType]::ParameterName, 'The issuer that it must name, byte for byte')
            [CompletionResult]::new('--aud', '--aud', [CompletionResultType]::ParameterName, 'An audience that it must name; of several, one')
            [CompletionResult]::new('--sub', '--sub', [CompletionResultType]::ParameterName, 'The subject that it must name')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes that it must have, all of them')
            [CompletionResult]::new('--typ', '--typ', [CompletionResultType]::ParameterName, 'The type that its header must name, as at+jwt')
            [CompletionResult]::new('--alg', '--alg', [CompletionResultType]::ParameterName, 'Algorithms that are allowed')
            [CompletionResult]::new('--max-lifetime', '--max-lifetime', [CompletionResultType]::ParameterName, 'The longest lifetime that is allowed, as 1h')
            [CompletionResult]::new('--require', '--require', [CompletionResultType]::ParameterName, 'Checks that must pass, neither skipped nor about something absent')
            [CompletionResult]::new('--leeway', '--leeway', [CompletionResultType]::ParameterName, 'By how much clocks may differ, as 30s')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Judge as of this moment: RFC 3339 or seconds since 1970')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Print the decoded bytes of one part, untouched')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Print what this token and another (or one in @FILE) differ in')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'Go online: ask the issuer what the token is (RFC 7662), as the client of the environment or of a profile; of --issuer, else of HEISTCTL_TOKEN_URL, HEISTCTL_ISSUER or the profile')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Allow plain http to other hosts, where anybody can change the keys on their way')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the report as JSON')
            [CompletionResult]::new('--as-api', '--as-api', [CompletionResultType]::ParameterName, 'Print what a strict API would answer (RFC 6750, RFC 9068); needs a key')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Print the token without its signature and its fingerprint: safe for a ticket')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a client and print its secret, once')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Register many clients from JSON lines, all or none, and print their secrets')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the clients')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a client and its secrets'' times')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change what a client may do; its secrets stay')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Print a new secret; the old ones end after a while')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse a client, and what tokens it has')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Take a client back that was disabled')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Forget a client')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print a `secret_hash` for heist.toml, of a secret from stdin')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;client;add' {
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes that it may have, separated by spaces or commas; may be repeated')
            [CompletionResult]::new('--default-scope', '--default-scope', [CompletionResultType]::ParameterName, 'Scopes that it gets when it asks for none [default: all of them]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Resources that it may ask tokens for (RFC 8707); may be repeated')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'How long its tokens live, as 15m')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'The one way in which it proves who it is')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'A file with its public keys: PEM, JWK or JWK Set')
            [CompletionResult]::new('--jwks-uri', '--jwks-uri', [CompletionResultType]::ParameterName, 'Where it publishes its public keys')
            [CompletionResult]::new('--allow-from', '--allow-from', [CompletionResultType]::ParameterName, 'Networks and addresses that it may ask from; may be repeated')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'Whether it may ask what any token is (RFC 7662)')
            [CompletionResult]::new('--token-exchange', '--token-exchange', [CompletionResultType]::ParameterName, 'Whether it may act for others (RFC 8693)')
            [CompletionResult]::new('--dpop-required', '--dpop-required', [CompletionResultType]::ParameterName, 'Whether its tokens must be bound to a key of its own (RFC 9449)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--secret-stdin', '--secret-stdin', [CompletionResultType]::ParameterName, 'Take a secret that somebody made up from stdin, instead of making one')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;import' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;list' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;show' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;set' {
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes that it may have, separated by spaces or commas; may be repeated')
            [CompletionResult]::new('--default-scope', '--default-scope', [CompletionResultType]::ParameterName, 'Scopes that it gets when it asks for none [default: all of them]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Resources that it may ask tokens for (RFC 8707); may be repeated')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'How long its tokens live, as 15m')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'The one way in which it proves who it is')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'A file with its public keys: PEM, JWK or JWK Set')
            [CompletionResult]::new('--jwks-uri', '--jwks-uri', [CompletionResultType]::ParameterName, 'Where it publishes its public keys')
            [CompletionResult]::new('--allow-from', '--allow-from', [CompletionResultType]::ParameterName, 'Networks and addresses that it may ask from; may be repeated')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'Whether it may ask what any token is (RFC 7662)')
            [CompletionResult]::new('--token-exchange', '--token-exchange', [CompletionResultType]::ParameterName, 'Whether it may act for others (RFC 8693)')
            [CompletionResult]::new('--dpop-required', '--dpop-required', [CompletionResultType]::ParameterName, 'Whether its tokens must be bound to a key of its own (RFC 9449)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;rotate' {
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'How long the old secrets are good still')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'End the old secrets at once: they have leaked')
            [CompletionResult]::new('--secret-stdin', '--secret-stdin', [CompletionResultType]::ParameterName, 'Take a secret that somebody made up from stdin, instead of making one')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;disable' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;enable' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;remove' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;hash' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;client;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a client and print its secret, once')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Register many clients from JSON lines, all or none, and print their secrets')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the clients')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a client and its secrets'' times')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change what a client may do; its secrets stay')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Print a new secret; the old ones end after a while')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse a client, and what tokens it has')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Take a client back that was disabled')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Forget a client')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print a `secret_hash` for heist.toml, of a secret from stdin')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;client;help;add' {
            break
        }
        'heistctl;client;help;import' {
            break
        }
        'heistctl;client;help;list' {
            break
        }
        'heistctl;client;help;show' {
            break
        }
        'heistctl;client;help;set' {
            break
        }
        'heistctl;client;help;rotate' {
            break
        }
        'heistctl;client;help;disable' {
            break
        }
        'heistctl;client;help;enable' {
            break
        }
        'heistctl;client;help;remove' {
            break
        }
        'heistctl;client;help;hash' {
            break
        }
        'heistctl;client;help;help' {
            break
        }
        'heistctl;key' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the keys, what each is, and its next step')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make a key that is published and does not sign until `key rotate`; the first one signs at once')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Give the key that signs a successor, which signs once verifiers can know it')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Take a key out at once that does not sign')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;key;list' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;key;generate' {
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'What it signs with: ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512 [default: as the newest key, else ES256]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;key;rotate' {
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'What the next key signs with [default: as the newest key, else ES256]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'A key has leaked: put a new one in the place of all, at once; tokens that they signed end')
            [CompletionResult]::new('--lost-store-key', '--lost-store-key', [CompletionResultType]::ParameterName, 'With --now: the store key that seals those that are there is lost, or has leaked, too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;key;retire' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'How long to wait for a store that is away, as 30s')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;key;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the keys, what each is, and its next step')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make a key that is published and does not sign until `key rotate`; the first one signs at once')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Give the key that signs a successor, which signs once verifiers can know it')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Take a key out at once that does not sign')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;key;help;list' {
            break
        }
        'heistctl;key;help;generate' {
            break
        }
        'heistctl;key;help;rotate' {
            break
        }
        'heistctl;key;help;retire' {
            break
        }
        'heistctl;key;help;help' {
            break
        }
        'heistctl;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto means on a terminal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'heistctl;help' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the token server')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Get an access token and print it')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Get a token, call a protected resource with it, print the answer')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Decode and judge a token, offline')
            [CompletionResult]::new('client', 'client', [CompletionResultType]::ParameterValue, 'Register clients in the store: add, list, show, set, rotate, disable, enable, remove')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Look after the signing keys in the store: list, generate, rotate, retire')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;help;serve' {
            break
        }
        'heistctl;help;token' {
            break
        }
        'heistctl;help;call' {
            break
        }
        'heistctl;help;inspect' {
            break
        }
        'heistctl;help;client' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a client and print its secret, once')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Register many clients from JSON lines, all or none, and print their secrets')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the clients')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a client and its secrets'' times')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change what a client may do; its secrets stay')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Print a new secret; the old ones end after a while')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse a client, and what tokens it has')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Take a client back that was disabled')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Forget a client')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print a `secret_hash` for heist.toml, of a secret from stdin')
            break
        }
        'heistctl;help;client;add' {
            break
        }
        'heistctl;help;client;import' {
            break
        }
        'heistctl;help;client;list' {
            break
        }
        'heistctl;help;client;show' {
            break
        }
        'heistctl;help;client;set' {
            break
        }
        'heistctl;help;client;rotate' {
            break
        }
        'heistctl;help;client;disable' {
            break
        }
        'heistctl;help;client;enable' {
            break
        }
        'heistctl;help;client;remove' {
            break
        }
        'heistctl;help;client;hash' {
            break
        }
        'heistctl;help;key' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the keys, what each is, and its next step')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make a key that is published and does not sign until `key rotate`; the first one signs at once')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Give the key that signs a successor, which signs once verifiers can know it')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Take a key out at once that does not sign')
            break
        }
        'heistctl;help;key;list' {
            break
        }
        'heistctl;help;key;generate' {
            break
        }
        'heistctl;help;key;rotate' {
            break
        }
        'heistctl;help;key;retire' {
            break
        }
        'heistctl;help;completions' {
            break
        }
        'heistctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
