
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
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the token server')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Get an access token and print it')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Get a token, call a protected resource with it, print the answer')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Decode and judge a token, offline')
            [CompletionResult]::new('client', 'client', [CompletionResultType]::ParameterValue, 'Register clients: add, list, show, set, rotate, remove, …')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Manage the signing keys: list, generate, rotate, retire, reseal')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to listen [default: 127.0.0.1:8001]')
            [CompletionResult]::new('--metrics-listen', '--metrics-listen', [CompletionResultType]::ParameterName, 'Where to serve /metrics for Prometheus')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Issuer in tokens [default: the listen URL]')
            [CompletionResult]::new('--ready-file', '--ready-file', [CompletionResultType]::ParameterName, 'Write the ready event here once it listens')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration [default: ./heist.toml if there]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'memory:, sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store [default: for ever]')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Certificate for https, its chain after it, PEM')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'Private key of --tls-cert, PEM')
            [CompletionResult]::new('--tls-self-signed', '--tls-self-signed', [CompletionResultType]::ParameterName, 'Make a development certificate in this folder')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'The article''s service; its secrets are public')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse to start where there is no store yet')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check configuration, keys and files, then exit')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result of --check as JSON')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Serve plain http beyond loopback addresses')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;token' {
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer; its metadata names the token endpoint')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'Token endpoint [default: 127.0.0.1:8001/oauth/token]')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Authorities to trust instead of the usual ones, PEM')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole request [default: 30s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in config.toml')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client''s id')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'File with the secret, - for stdin')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'How to authenticate; --help lists the methods')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'Private key for private_key_jwt, PEM or JWK')
            [CompletionResult]::new('--assertion-audience', '--assertion-audience', [CompletionResultType]::ParameterName, 'Audience of assertions [default: the issuer]')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Certificate and its chain, PEM (RFC 8705)')
            [CompletionResult]::new('--client-cert-key', '--client-cert-key', [CompletionResultType]::ParameterName, 'Private key of --client-cert, PEM')
            [CompletionResult]::new('--dpop-key', '--dpop-key', [CompletionResultType]::ParameterName, 'Key to bind the token to, PEM or JWK')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes to request, as ''a b''; repeatable')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Resource the token is for (RFC 8707); repeatable')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Audience, where --resource is not supported')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Another request parameter; repeatable')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'How long a cached token must stay valid [default: 60s]')
            [CompletionResult]::new('--revoke', '--revoke', [CompletionResultType]::ParameterName, 'Revoke the cached token, or this one (RFC 7009)')
            [CompletionResult]::new('--revocation-url', '--revocation-url', [CompletionResultType]::ParameterName, 'Where to revoke it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'raw, json, header, env or curl [default: raw]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'raw, json, header, env or curl [default: raw]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Send secrets and tokens over plain http')
            [CompletionResult]::new('--dpop', '--dpop', [CompletionResultType]::ParameterName, 'Bind the token to a key (DPoP, RFC 9449)')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Get a new token and cache it')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('--clear-cache', '--clear-cache', [CompletionResultType]::ParameterName, 'Forget all cached tokens')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Is a good token cached? Exit 0 or 8; asks no server')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('--list-profiles', '--list-profiles', [CompletionResultType]::ParameterName, 'List the profiles')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;call' {
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer; its metadata names the token endpoint')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'Token endpoint [default: 127.0.0.1:8001/oauth/token]')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Authorities to trust instead of the usual ones, PEM')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole request [default: 30s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in config.toml')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client''s id')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'File with the secret, - for stdin')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'How to authenticate; --help lists the methods')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'Private key for private_key_jwt, PEM or JWK')
            [CompletionResult]::new('--assertion-audience', '--assertion-audience', [CompletionResultType]::ParameterName, 'Audience of assertions [default: the issuer]')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Certificate and its chain, PEM (RFC 8705)')
            [CompletionResult]::new('--client-cert-key', '--client-cert-key', [CompletionResultType]::ParameterName, 'Private key of --client-cert, PEM')
            [CompletionResult]::new('--dpop-key', '--dpop-key', [CompletionResultType]::ParameterName, 'Key to bind the token to, PEM or JWK')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes to request, as ''a b''; repeatable')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Resource the token is for (RFC 8707); repeatable')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Audience, where --resource is not supported')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'Another request parameter; repeatable')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'How long a cached token must stay valid [default: 60s]')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Method [default: GET, with a body POST]')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'Method [default: GET, with a body POST]')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Header field to send; repeatable')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Header field to send; repeatable')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Body: text, the bytes of @FILE, @- for stdin')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Body: text, the bytes of @FILE, @- for stdin')
            [CompletionResult]::new('--json-body', '--json-body', [CompletionResultType]::ParameterName, 'JSON body: text, @FILE or @-; sets Content-Type')
            [CompletionResult]::new('--repeat', '--repeat', [CompletionResultType]::ParameterName, 'Send it N times; print statuses and times')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the body of a 2xx answer to this file')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the body of a 2xx answer to this file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Send secrets and tokens over plain http')
            [CompletionResult]::new('--dpop', '--dpop', [CompletionResultType]::ParameterName, 'Bind the token to a key (DPoP, RFC 9449)')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Get a new token and cache it')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow up to five redirects')
            [CompletionResult]::new('--location', '--location', [CompletionResultType]::ParameterName, 'Follow up to five redirects')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Print status and header fields before the body')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Print status and header fields before the body')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result of --repeat as JSON')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;inspect' {
            [CompletionResult]::new('--secret-file', '--secret-file', [CompletionResultType]::ParameterName, 'File with the HMAC secret')
            [CompletionResult]::new('--secret-env', '--secret-env', [CompletionResultType]::ParameterName, 'Variable that holds the HMAC secret')
            [CompletionResult]::new('--secret-encoding', '--secret-encoding', [CompletionResultType]::ParameterName, 'raw, base64, base64url or hex')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Public key: PEM, certificate, JWK or JWK Set')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'File with a JWK Set')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'Fetch this issuer''s keys, and expect it as iss')
            [CompletionResult]::new('--jwks-url', '--jwks-url', [CompletionResultType]::ParameterName, 'Fetch the JWK Set at this address')
            [CompletionResult]::new('--introspection-url', '--introspection-url', [CompletionResultType]::ParameterName, 'Where to ask')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile of the client that asks')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Authorities to trust instead of the usual ones')
            [CompletionResult]::new('--iss', '--iss', [CompletionResultType]::ParameterName, 'The issuer, byte for byte')
            [CompletionResult]::new('--aud', '--aud', [CompletionResultType]::ParameterName, 'An audience; of several, one must match')
            [CompletionResult]::new('--sub', '--sub', [CompletionResultType]::ParameterName, 'The subject')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes, all of them')
            [CompletionResult]::new('--typ', '--typ', [CompletionResultType]::ParameterName, 'The header''s typ, as at+jwt')
            [CompletionResult]::new('--alg', '--alg', [CompletionResultType]::ParameterName, 'Allowed algorithms, as RS256,ES256')
            [CompletionResult]::new('--max-lifetime', '--max-lifetime', [CompletionResultType]::ParameterName, 'Longest allowed lifetime, as 1h')
            [CompletionResult]::new('--require', '--require', [CompletionResultType]::ParameterName, 'Checks that must pass, as exp,aud')
            [CompletionResult]::new('--leeway', '--leeway', [CompletionResultType]::ParameterName, 'How far clocks may differ [default: 0s]')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Judge at this time: RFC 3339 or Unix seconds')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Print the decoded bytes of header or claims')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Compare with another token, or one in @FILE')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'Ask the issuer what the token is (RFC 7662)')
            [CompletionResult]::new('--insecure-http', '--insecure-http', [CompletionResultType]::ParameterName, 'Fetch keys over plain http')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the report as JSON')
            [CompletionResult]::new('--as-api', '--as-api', [CompletionResultType]::ParameterName, 'Print what a strict API would answer; needs a key')
            [CompletionResult]::new('--redact', '--redact', [CompletionResultType]::ParameterName, 'Print the token without its signature')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a client and print its secret, once')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Register a client and print its secret, once')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Register clients from JSON lines; print their secrets')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the clients')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the clients')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a client and its secrets'' times')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was changed of clients, when, by whom')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change what a client may do; its secrets stay')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change what a client may do; its secrets stay')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Print a new secret; the old ones end after a while')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse a client and its tokens')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Accept a disabled client again')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Forget a client')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Forget a client')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Forget a client')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print a `secret_hash` for heist.toml, of a secret from stdin')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;client;add' {
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes it may have, as ''a b''; repeatable')
            [CompletionResult]::new('--default-scope', '--default-scope', [CompletionResultType]::ParameterName, 'Scopes it gets by default [default: all]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Resource of its tokens (RFC 8707); repeatable')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Lifetime of its tokens, as 15m')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'The one method to authenticate')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'File with its public keys: PEM, JWK or JWK Set')
            [CompletionResult]::new('--jwks-uri', '--jwks-uri', [CompletionResultType]::ParameterName, 'Where it publishes its public keys')
            [CompletionResult]::new('--allow-from', '--allow-from', [CompletionResultType]::ParameterName, 'Network it may ask from; repeatable')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'May ask what any token is (RFC 7662)')
            [CompletionResult]::new('--token-exchange', '--token-exchange', [CompletionResultType]::ParameterName, 'May act for others (RFC 8693)')
            [CompletionResult]::new('--dpop-required', '--dpop-required', [CompletionResultType]::ParameterName, 'Its tokens must be bound to a key (RFC 9449)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--secret-stdin', '--secret-stdin', [CompletionResultType]::ParameterName, 'Read the secret from stdin instead of making one')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;create' {
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes it may have, as ''a b''; repeatable')
            [CompletionResult]::new('--default-scope', '--default-scope', [CompletionResultType]::ParameterName, 'Scopes it gets by default [default: all]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Resource of its tokens (RFC 8707); repeatable')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Lifetime of its tokens, as 15m')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'The one method to authenticate')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'File with its public keys: PEM, JWK or JWK Set')
            [CompletionResult]::new('--jwks-uri', '--jwks-uri', [CompletionResultType]::ParameterName, 'Where it publishes its public keys')
            [CompletionResult]::new('--allow-from', '--allow-from', [CompletionResultType]::ParameterName, 'Network it may ask from; repeatable')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'May ask what any token is (RFC 7662)')
            [CompletionResult]::new('--token-exchange', '--token-exchange', [CompletionResultType]::ParameterName, 'May act for others (RFC 8693)')
            [CompletionResult]::new('--dpop-required', '--dpop-required', [CompletionResultType]::ParameterName, 'Its tokens must be bound to a key (RFC 9449)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--secret-stdin', '--secret-stdin', [CompletionResultType]::ParameterName, 'Read the secret from stdin instead of making one')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;import' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Continue an import; commit batch by batch')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;list' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'List up to N clients')
            [CompletionResult]::new('--after', '--after', [CompletionResultType]::ParameterName, 'Begin after this id')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only clients whose ids begin with this')
            [CompletionResult]::new('--unused', '--unused', [CompletionResultType]::ParameterName, 'Only clients unused for this long, as 30d')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--disabled', '--disabled', [CompletionResultType]::ParameterName, 'Only clients that are disabled')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;ls' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'List up to N clients')
            [CompletionResult]::new('--after', '--after', [CompletionResultType]::ParameterName, 'Begin after this id')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only clients whose ids begin with this')
            [CompletionResult]::new('--unused', '--unused', [CompletionResultType]::ParameterName, 'Only clients unused for this long, as 30d')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--disabled', '--disabled', [CompletionResultType]::ParameterName, 'Only clients that are disabled')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;show' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;history' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;set' {
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes it may have, as ''a b''; repeatable')
            [CompletionResult]::new('--default-scope', '--default-scope', [CompletionResultType]::ParameterName, 'Scopes it gets by default [default: all]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Resource of its tokens (RFC 8707); repeatable')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Lifetime of its tokens, as 15m')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'The one method to authenticate')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'File with its public keys: PEM, JWK or JWK Set')
            [CompletionResult]::new('--jwks-uri', '--jwks-uri', [CompletionResultType]::ParameterName, 'Where it publishes its public keys')
            [CompletionResult]::new('--allow-from', '--allow-from', [CompletionResultType]::ParameterName, 'Network it may ask from; repeatable')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'May ask what any token is (RFC 7662)')
            [CompletionResult]::new('--token-exchange', '--token-exchange', [CompletionResultType]::ParameterName, 'May act for others (RFC 8693)')
            [CompletionResult]::new('--dpop-required', '--dpop-required', [CompletionResultType]::ParameterName, 'Its tokens must be bound to a key (RFC 9449)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;update' {
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Scopes it may have, as ''a b''; repeatable')
            [CompletionResult]::new('--default-scope', '--default-scope', [CompletionResultType]::ParameterName, 'Scopes it gets by default [default: all]')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'Resource of its tokens (RFC 8707); repeatable')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Lifetime of its tokens, as 15m')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'The one method to authenticate')
            [CompletionResult]::new('--jwks', '--jwks', [CompletionResultType]::ParameterName, 'File with its public keys: PEM, JWK or JWK Set')
            [CompletionResult]::new('--jwks-uri', '--jwks-uri', [CompletionResultType]::ParameterName, 'Where it publishes its public keys')
            [CompletionResult]::new('--allow-from', '--allow-from', [CompletionResultType]::ParameterName, 'Network it may ask from; repeatable')
            [CompletionResult]::new('--introspect', '--introspect', [CompletionResultType]::ParameterName, 'May ask what any token is (RFC 7662)')
            [CompletionResult]::new('--token-exchange', '--token-exchange', [CompletionResultType]::ParameterName, 'May act for others (RFC 8693)')
            [CompletionResult]::new('--dpop-required', '--dpop-required', [CompletionResultType]::ParameterName, 'Its tokens must be bound to a key (RFC 9449)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;rotate' {
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'How long old secrets stay valid [default: 24h]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'End the old secrets at once, as after a leak')
            [CompletionResult]::new('--secret-stdin', '--secret-stdin', [CompletionResultType]::ParameterName, 'Read the secret from stdin instead of making one')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;disable' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;enable' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;remove' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;rm' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;delete' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;hash' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;client;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a client and print its secret, once')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Register clients from JSON lines; print their secrets')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the clients')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a client and its secrets'' times')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was changed of clients, when, by whom')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change what a client may do; its secrets stay')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Print a new secret; the old ones end after a while')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse a client and its tokens')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Accept a disabled client again')
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
        'heistctl;client;help;history' {
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
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the keys and the next step of each')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the keys and the next step of each')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was changed of the keys, when, by whom')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Publish a key that signs after `key rotate`')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Publish a key that signs after `key rotate`')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Publish a successor to the key that signs')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Remove a key that does not sign, at once')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove a key that does not sign, at once')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Remove a key that does not sign, at once')
            [CompletionResult]::new('reseal', 'reseal', [CompletionResultType]::ParameterValue, 'Seal the keys with another store key')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;key;list' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;ls' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;history' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;generate' {
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'Its algorithm [default: as the newest key]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;create' {
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'Its algorithm [default: as the newest key]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;rotate' {
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'Its algorithm [default: as the newest key]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Replace all keys at once, as after a leak')
            [CompletionResult]::new('--lost-store-key', '--lost-store-key', [CompletionResultType]::ParameterName, 'With --now: the store key is lost, or has leaked')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;retire' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;rm' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;delete' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;reseal' {
            [CompletionResult]::new('--new-key-file', '--new-key-file', [CompletionResultType]::ParameterName, 'New store key: 32 bytes in base64')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'sqlite:PATH or postgres://HOST/DATABASE')
            [CompletionResult]::new('--wait-for-store', '--wait-for-store', [CompletionResultType]::ParameterName, 'Wait for an absent store, as 30s [default: 0s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('--unseal', '--unseal', [CompletionResultType]::ParameterName, 'Leave the keys unsealed (SQLite only)')
            [CompletionResult]::new('--must-exist', '--must-exist', [CompletionResultType]::ParameterName, 'Refuse where there is no store yet')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer with a JSON object')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;key;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the keys and the next step of each')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was changed of the keys, when, by whom')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Publish a key that signs after `key rotate`')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Publish a successor to the key that signs')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Remove a key that does not sign, at once')
            [CompletionResult]::new('reseal', 'reseal', [CompletionResultType]::ParameterValue, 'Seal the keys with another store key')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'heistctl;key;help;list' {
            break
        }
        'heistctl;key;help;history' {
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
        'heistctl;key;help;reseal' {
            break
        }
        'heistctl;key;help;help' {
            break
        }
        'heistctl;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;version' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr; never a secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help: -h in short, --help in full')
            break
        }
        'heistctl;help' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the token server')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Get an access token and print it')
            [CompletionResult]::new('call', 'call', [CompletionResultType]::ParameterValue, 'Get a token, call a protected resource with it, print the answer')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Decode and judge a token, offline')
            [CompletionResult]::new('client', 'client', [CompletionResultType]::ParameterValue, 'Register clients: add, list, show, set, rotate, remove, …')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'Manage the signing keys: list, generate, rotate, retire, reseal')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version')
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
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Register clients from JSON lines; print their secrets')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the clients')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a client and its secrets'' times')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was changed of clients, when, by whom')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change what a client may do; its secrets stay')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Print a new secret; the old ones end after a while')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse a client and its tokens')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Accept a disabled client again')
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
        'heistctl;help;client;history' {
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
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the keys and the next step of each')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was changed of the keys, when, by whom')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Publish a key that signs after `key rotate`')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Publish a successor to the key that signs')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Remove a key that does not sign, at once')
            [CompletionResult]::new('reseal', 'reseal', [CompletionResultType]::ParameterValue, 'Seal the keys with another store key')
            break
        }
        'heistctl;help;key;list' {
            break
        }
        'heistctl;help;key;history' {
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
        'heistctl;help;key;reseal' {
            break
        }
        'heistctl;help;completions' {
            break
        }
        'heistctl;help;version' {
            break
        }
        'heistctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
