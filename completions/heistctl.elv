
use builtin;
use str;

set edit:completion:arg-completer[heistctl] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'heistctl'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'heistctl'= {
            cand --color 'Colour the output: auto means on a terminal'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand serve 'Run the token server'
            cand token 'Get an access token and print it'
            cand call 'Get a token, call a protected resource with it, print the answer'
            cand inspect 'Decode and judge a token, offline'
            cand client 'Register clients in the store: add, list, show, set, rotate, disable, enable, remove'
            cand key 'Look after the signing keys in the store: list, generate, rotate, retire'
            cand completions 'Print a shell''s completion script'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;serve'= {
            cand --listen 'Where to listen; port 0 takes a free one [default: 127.0.0.1:8001]'
            cand --metrics-listen 'Where to serve /metrics for Prometheus; by default nowhere'
            cand --config 'The configuration [default: HEISTCTL_CONFIG, else ./heist.toml]'
            cand --store 'Where clients, keys and revocations are kept: memory:, sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else the configuration''s, else a file of the user''s]'
            cand --wait-for-store 'How long a start waits for a store that is away, as 30s [default: until it comes]'
            cand --issuer 'The issuer that tokens name [default: the configuration''s, else the listen URL]'
            cand --ready-file 'Write the ready event to this file once the socket is open'
            cand --tls-cert 'Serve https by this certificate: PEM, its own chain after it'
            cand --tls-key 'The private key of --tls-cert, PEM'
            cand --tls-self-signed 'Serve https for development, by a certificate and an authority of its own made in this folder'
            cand --color 'Colour the output: auto means on a terminal'
            cand --demo 'The article''s service: two clients and a secret that everybody knows'
            cand --insecure-http 'Serve plain http on other addresses than loopback, where anybody can read secrets and tokens'
            cand --check 'Check configuration, keys, certificates and files, say what would be served, and end'
            cand --json 'Say it as a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;token'= {
            cand --profile 'A profile of $XDG_CONFIG_HOME/heistctl/config.toml [default: HEISTCTL_PROFILE]'
            cand --issuer 'The issuer, whose metadata says where to ask [default: HEISTCTL_ISSUER]'
            cand --token-url 'The token endpoint [default: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token]'
            cand --client-id 'The client''s id [default: HEISTCTL_CLIENT_ID]'
            cand --client-secret-file 'A file with the client''s secret, - for stdin [default: HEISTCTL_CLIENT_SECRET_FILE, else HEISTCTL_CLIENT_SECRET]'
            cand --auth-method 'How the client proves who it is [default: as the issuer''s metadata says, else by Basic]'
            cand --client-key 'The client''s private key, PEM or JWK, for private_key_jwt'
            cand --assertion-audience 'Whom its assertions are for [default: the issuer, else the token endpoint]'
            cand --client-cert 'The client''s certificate and its chain, PEM (RFC 8705)'
            cand --client-cert-key 'The private key of --client-cert, PEM'
            cand --dpop-key 'The key to bind the token to, PEM or JWK'
            cand --scope 'Scopes to ask for, separated by spaces or commas; may be repeated [default: HEISTCTL_SCOPE]'
            cand --resource 'The resource that the token is for (RFC 8707); may be repeated [default: HEISTCTL_RESOURCE]'
            cand --audience 'The audience that the token is for, where a server wants that name'
            cand --param 'Another parameter of the token request; may be repeated'
            cand --cacert 'Authorities to trust instead of the usual ones, PEM [default: SSL_CERT_FILE]'
            cand --timeout 'Time for all of it, as 30s or 1m [default: HEISTCTL_TIMEOUT, else 30s]'
            cand --min-ttl 'How long a token from the cache must be good still; half its lifetime is enough'
            cand -o 'How to print the token'
            cand --output 'How to print the token'
            cand --revoke 'Revoke a token (RFC 7009): this one, - for stdin, without a value the one in the cache'
            cand --revocation-url 'Where to revoke it [default: as the issuer''s metadata says, else beside the token endpoint]'
            cand --color 'Colour the output: auto means on a terminal'
            cand --dpop 'Bind the token to a key (DPoP, RFC 9449): one made for this run, unless --dpop-key names one'
            cand --refresh 'Ask the server even if a good token is in the cache, and keep the new one'
            cand --no-cache 'Neither take a token from the cache nor keep one'
            cand --insecure-http 'Send secrets and tokens over plain http to other hosts, where anybody can read them'
            cand --json 'The same as --output json'
            cand --check 'Say whether a good token is in the cache, without asking anybody: exit 0 or 8'
            cand --clear-cache 'Forget every token that is in the cache'
            cand --list-profiles 'List the profiles'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;call'= {
            cand --profile 'A profile of $XDG_CONFIG_HOME/heistctl/config.toml [default: HEISTCTL_PROFILE]'
            cand --issuer 'The issuer, whose metadata says where to ask [default: HEISTCTL_ISSUER]'
            cand --token-url 'The token endpoint [default: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token]'
            cand --client-id 'The client''s id [default: HEISTCTL_CLIENT_ID]'
            cand --client-secret-file 'A file with the client''s secret, - for stdin [default: HEISTCTL_CLIENT_SECRET_FILE, else HEISTCTL_CLIENT_SECRET]'
            cand --auth-method 'How the client proves who it is [default: as the issuer''s metadata says, else by Basic]'
            cand --client-key 'The client''s private key, PEM or JWK, for private_key_jwt'
            cand --assertion-audience 'Whom its assertions are for [default: the issuer, else the token endpoint]'
            cand --client-cert 'The client''s certificate and its chain, PEM (RFC 8705)'
            cand --client-cert-key 'The private key of --client-cert, PEM'
            cand --dpop-key 'The key to bind the token to, PEM or JWK'
            cand --scope 'Scopes to ask for, separated by spaces or commas; may be repeated [default: HEISTCTL_SCOPE]'
            cand --resource 'The resource that the token is for (RFC 8707); may be repeated [default: HEISTCTL_RESOURCE]'
            cand --audience 'The audience that the token is for, where a server wants that name'
            cand --param 'Another parameter of the token request; may be repeated'
            cand --cacert 'Authorities to trust instead of the usual ones, PEM [default: SSL_CERT_FILE]'
            cand --timeout 'Time for all of it, as 30s or 1m [default: HEISTCTL_TIMEOUT, else 30s]'
            cand --min-ttl 'How long a token from the cache must be good still; half its lifetime is enough'
            cand -X 'The method [default: GET, with a body POST]'
            cand --request 'The method [default: GET, with a body POST]'
            cand -H 'A header field to send; may be repeated. Mind that argv is public'
            cand --header 'A header field to send; may be repeated. Mind that argv is public'
            cand -d 'The body: text, the bytes of @FILE, or @- for stdin'
            cand --data 'The body: text, the bytes of @FILE, or @- for stdin'
            cand --json-body 'The body as JSON, and said to be that'
            cand -o 'Write the body of a 2xx answer to this file, once it is there as a whole'
            cand --output-file 'Write the body of a 2xx answer to this file, once it is there as a whole'
            cand --repeat 'Send it that often, and print statuses and times in place of the bodies'
            cand --color 'Colour the output: auto means on a terminal'
            cand --dpop 'Bind the token to a key (DPoP, RFC 9449): one made for this run, unless --dpop-key names one'
            cand --refresh 'Ask the server even if a good token is in the cache, and keep the new one'
            cand --no-cache 'Neither take a token from the cache nor keep one'
            cand --insecure-http 'Send secrets and tokens over plain http to other hosts, where anybody can read them'
            cand -i 'Print the status and the header fields of the answer before its body'
            cand --include 'Print the status and the header fields of the answer before its body'
            cand -L 'Follow redirects, five at most; token and body stay at their origin, and https stays https'
            cand --location 'Follow redirects, five at most; token and body stay at their origin, and https stays https'
            cand --json 'Print what --repeat found as a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;inspect'= {
            cand --secret-file 'A file with the HMAC secret; one line end after it is left out'
            cand --secret-env 'The environment variable that holds the HMAC secret'
            cand --secret-encoding 'How the secret is written; raw takes every byte of it'
            cand --key 'A file with keys: PEM (public or private key, certificate), JWK or JWK Set'
            cand --jwks 'A file with a JWK Set'
            cand --issuer 'Go online: the keys of this issuer, by its metadata; it is also the issuer that is expected'
            cand --introspection-url 'Where to ask [default: as the issuer''s metadata says, else beside the token endpoint]'
            cand --profile 'The profile of the client that asks [default: HEISTCTL_PROFILE]'
            cand --jwks-url 'Go online: the JWK Set at this address'
            cand --cacert 'Authorities to trust instead of the usual ones when going online, PEM [default: SSL_CERT_FILE]'
            cand --iss 'The issuer that it must name, byte for byte'
            cand --aud 'An audience that it must name; of several, one'
            cand --sub 'The subject that it must name'
            cand --scope 'Scopes that it must have, all of them'
            cand --typ 'The type that its header must name, as at+jwt'
            cand --alg 'Algorithms that are allowed'
            cand --max-lifetime 'The longest lifetime that is allowed, as 1h'
            cand --require 'Checks that must pass, neither skipped nor about something absent'
            cand --leeway 'By how much clocks may differ, as 30s'
            cand --now 'Judge as of this moment: RFC 3339 or seconds since 1970'
            cand --raw 'Print the decoded bytes of one part, untouched'
            cand --diff 'Print what this token and another (or one in @FILE) differ in'
            cand --color 'Colour the output: auto means on a terminal'
            cand --introspect 'Go online: ask the issuer what the token is (RFC 7662), as the client of the environment or of a profile; of --issuer, else of HEISTCTL_TOKEN_URL, HEISTCTL_ISSUER or the profile'
            cand --insecure-http 'Allow plain http to other hosts, where anybody can change the keys on their way'
            cand --json 'Print the report as JSON'
            cand --as-api 'Print what a strict API would answer (RFC 6750, RFC 9068); needs a key'
            cand --redact 'Print the token without its signature and its fingerprint: safe for a ticket'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Register a client and print its secret, once'
            cand import 'Register many clients from JSON lines, all or none, and print their secrets'
            cand list 'List the clients'
            cand show 'Show a client and its secrets'' times'
            cand set 'Change what a client may do; its secrets stay'
            cand rotate 'Print a new secret; the old ones end after a while'
            cand disable 'Refuse a client, and what tokens it has'
            cand enable 'Take a client back that was disabled'
            cand remove 'Forget a client'
            cand hash 'Print a `secret_hash` for heist.toml, of a secret from stdin'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;client;add'= {
            cand --scope 'Scopes that it may have, separated by spaces or commas; may be repeated'
            cand --default-scope 'Scopes that it gets when it asks for none [default: all of them]'
            cand --audience 'Resources that it may ask tokens for (RFC 8707); may be repeated'
            cand --lifetime 'How long its tokens live, as 15m'
            cand --auth-method 'The one way in which it proves who it is'
            cand --jwks 'A file with its public keys: PEM, JWK or JWK Set'
            cand --jwks-uri 'Where it publishes its public keys'
            cand --allow-from 'Networks and addresses that it may ask from; may be repeated'
            cand --introspect 'Whether it may ask what any token is (RFC 7662)'
            cand --token-exchange 'Whether it may act for others (RFC 8693)'
            cand --dpop-required 'Whether its tokens must be bound to a key of its own (RFC 9449)'
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --secret-stdin 'Take a secret that somebody made up from stdin, instead of making one'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;import'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;list'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;show'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;set'= {
            cand --scope 'Scopes that it may have, separated by spaces or commas; may be repeated'
            cand --default-scope 'Scopes that it gets when it asks for none [default: all of them]'
            cand --audience 'Resources that it may ask tokens for (RFC 8707); may be repeated'
            cand --lifetime 'How long its tokens live, as 15m'
            cand --auth-method 'The one way in which it proves who it is'
            cand --jwks 'A file with its public keys: PEM, JWK or JWK Set'
            cand --jwks-uri 'Where it publishes its public keys'
            cand --allow-from 'Networks and addresses that it may ask from; may be repeated'
            cand --introspect 'Whether it may ask what any token is (RFC 7662)'
            cand --token-exchange 'Whether it may act for others (RFC 8693)'
            cand --dpop-required 'Whether its tokens must be bound to a key of its own (RFC 9449)'
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;rotate'= {
            cand --overlap 'How long the old secrets are good still'
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --now 'End the old secrets at once: they have leaked'
            cand --secret-stdin 'Take a secret that somebody made up from stdin, instead of making one'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;disable'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;enable'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;remove'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;hash'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;client;help'= {
            cand add 'Register a client and print its secret, once'
            cand import 'Register many clients from JSON lines, all or none, and print their secrets'
            cand list 'List the clients'
            cand show 'Show a client and its secrets'' times'
            cand set 'Change what a client may do; its secrets stay'
            cand rotate 'Print a new secret; the old ones end after a while'
            cand disable 'Refuse a client, and what tokens it has'
            cand enable 'Take a client back that was disabled'
            cand remove 'Forget a client'
            cand hash 'Print a `secret_hash` for heist.toml, of a secret from stdin'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;client;help;add'= {
        }
        &'heistctl;client;help;import'= {
        }
        &'heistctl;client;help;list'= {
        }
        &'heistctl;client;help;show'= {
        }
        &'heistctl;client;help;set'= {
        }
        &'heistctl;client;help;rotate'= {
        }
        &'heistctl;client;help;disable'= {
        }
        &'heistctl;client;help;enable'= {
        }
        &'heistctl;client;help;remove'= {
        }
        &'heistctl;client;help;hash'= {
        }
        &'heistctl;client;help;help'= {
        }
        &'heistctl;key'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List the keys, what each is, and its next step'
            cand generate 'Make a key that is published and does not sign until `key rotate`; the first one signs at once'
            cand rotate 'Give the key that signs a successor, which signs once verifiers can know it'
            cand retire 'Take a key out at once that does not sign'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;key;list'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;key;generate'= {
            cand --algorithm 'What it signs with: ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512 [default: as the newest key, else ES256]'
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;key;rotate'= {
            cand --algorithm 'What the next key signs with [default: as the newest key, else ES256]'
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --now 'A key has leaked: put a new one in the place of all, at once; tokens that they signed end'
            cand --lost-store-key 'With --now: the store key that seals those that are there is lost, or has leaked, too'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;key;retire'= {
            cand --store 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user''s]'
            cand --wait-for-store 'How long to wait for a store that is away, as 30s'
            cand --color 'Colour the output: auto means on a terminal'
            cand --json 'Answer with a JSON object'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;key;help'= {
            cand list 'List the keys, what each is, and its next step'
            cand generate 'Make a key that is published and does not sign until `key rotate`; the first one signs at once'
            cand rotate 'Give the key that signs a successor, which signs once verifiers can know it'
            cand retire 'Take a key out at once that does not sign'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;key;help;list'= {
        }
        &'heistctl;key;help;generate'= {
        }
        &'heistctl;key;help;rotate'= {
        }
        &'heistctl;key;help;retire'= {
        }
        &'heistctl;key;help;help'= {
        }
        &'heistctl;completions'= {
            cand --color 'Colour the output: auto means on a terminal'
            cand -q 'Say nothing on stderr but errors'
            cand --quiet 'Say nothing on stderr but errors'
            cand -v 'Say more on stderr; never a secret'
            cand --verbose 'Say more on stderr; never a secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'heistctl;help'= {
            cand serve 'Run the token server'
            cand token 'Get an access token and print it'
            cand call 'Get a token, call a protected resource with it, print the answer'
            cand inspect 'Decode and judge a token, offline'
            cand client 'Register clients in the store: add, list, show, set, rotate, disable, enable, remove'
            cand key 'Look after the signing keys in the store: list, generate, rotate, retire'
            cand completions 'Print a shell''s completion script'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;help;serve'= {
        }
        &'heistctl;help;token'= {
        }
        &'heistctl;help;call'= {
        }
        &'heistctl;help;inspect'= {
        }
        &'heistctl;help;client'= {
            cand add 'Register a client and print its secret, once'
            cand import 'Register many clients from JSON lines, all or none, and print their secrets'
            cand list 'List the clients'
            cand show 'Show a client and its secrets'' times'
            cand set 'Change what a client may do; its secrets stay'
            cand rotate 'Print a new secret; the old ones end after a while'
            cand disable 'Refuse a client, and what tokens it has'
            cand enable 'Take a client back that was disabled'
            cand remove 'Forget a client'
            cand hash 'Print a `secret_hash` for heist.toml, of a secret from stdin'
        }
        &'heistctl;help;client;add'= {
        }
        &'heistctl;help;client;import'= {
        }
        &'heistctl;help;client;list'= {
        }
        &'heistctl;help;client;show'= {
        }
        &'heistctl;help;client;set'= {
        }
        &'heistctl;help;client;rotate'= {
        }
        &'heistctl;help;client;disable'= {
        }
        &'heistctl;help;client;enable'= {
        }
        &'heistctl;help;client;remove'= {
        }
        &'heistctl;help;client;hash'= {
        }
        &'heistctl;help;key'= {
            cand list 'List the keys, what each is, and its next step'
            cand generate 'Make a key that is published and does not sign until `key rotate`; the first one signs at once'
            cand rotate 'Give the key that signs a successor, which signs once verifiers can know it'
            cand retire 'Take a key out at once that does not sign'
        }
        &'heistctl;help;key;list'= {
        }
        &'heistctl;help;key;generate'= {
        }
        &'heistctl;help;key;rotate'= {
        }
        &'heistctl;help;key;retire'= {
        }
        &'heistctl;help;completions'= {
        }
        &'heistctl;help;help'= {
        }
    ]
    $completions[$command]
}
