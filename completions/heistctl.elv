
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
            cand --color 'Colour the output: auto, always or never'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
            cand -V 'Print the version'
            cand --version 'Print the version'
            cand serve 'Run the token server'
            cand token 'Get an access token and print it'
            cand call 'Get a token, call a protected resource with it, print the answer'
            cand inspect 'Decode and judge a token, offline'
            cand client 'Register clients: add, list, show, set, rotate, remove, …'
            cand key 'Manage the signing keys: list, generate, rotate, retire, reseal'
            cand completions 'Print a shell''s completion script'
            cand version 'Print the version'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;serve'= {
            cand --listen 'Where to listen [default: 127.0.0.1:8001]'
            cand --metrics-listen 'Where to serve /metrics for Prometheus'
            cand --issuer 'Issuer in tokens [default: the listen URL]'
            cand --ready-file 'Write the ready event here once it listens'
            cand --config 'Configuration [default: ./heist.toml if there]'
            cand --store 'memory:, sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store [default: for ever]'
            cand --tls-cert 'Certificate for https, its chain after it, PEM'
            cand --tls-key 'Private key of --tls-cert, PEM'
            cand --tls-self-signed 'Make a development certificate in this folder'
            cand --color 'Colour the output: auto, always or never'
            cand --demo 'The article''s service; its secrets are public'
            cand --must-exist 'Refuse to start where there is no store yet'
            cand --check 'Check configuration, keys and files, then exit'
            cand --json 'Print the result of --check as JSON'
            cand --insecure-http 'Serve plain http beyond loopback addresses'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;token'= {
            cand --issuer 'The issuer; its metadata names the token endpoint'
            cand --token-url 'Token endpoint [default: 127.0.0.1:8001/oauth/token]'
            cand --cacert 'Authorities to trust instead of the usual ones, PEM'
            cand --timeout 'Time for the whole request [default: 30s]'
            cand --profile 'Profile in config.toml'
            cand --client-id 'The client''s id'
            cand --client-secret-file 'File with the secret, - for stdin'
            cand --auth-method 'How to authenticate; --help lists the methods'
            cand --client-key 'Private key for private_key_jwt, PEM or JWK'
            cand --assertion-audience 'Audience of assertions [default: the issuer]'
            cand --client-cert 'Certificate and its chain, PEM (RFC 8705)'
            cand --client-cert-key 'Private key of --client-cert, PEM'
            cand --dpop-key 'Key to bind the token to, PEM or JWK'
            cand --scope 'Scopes to request, as ''a b''; repeatable'
            cand --resource 'Resource the token is for (RFC 8707); repeatable'
            cand --audience 'Audience, where --resource is not supported'
            cand --param 'Another request parameter; repeatable'
            cand --min-ttl 'How long a cached token must stay valid [default: 60s]'
            cand --revoke 'Revoke the cached token, or this one (RFC 7009)'
            cand --revocation-url 'Where to revoke it'
            cand -o 'raw, json, header, env or curl [default: raw]'
            cand --output 'raw, json, header, env or curl [default: raw]'
            cand --color 'Colour the output: auto, always or never'
            cand --insecure-http 'Send secrets and tokens over plain http'
            cand --dpop 'Bind the token to a key (DPoP, RFC 9449)'
            cand --refresh 'Get a new token and cache it'
            cand --no-cache 'Neither read nor write the cache'
            cand --clear-cache 'Forget all cached tokens'
            cand --check 'Is a good token cached? Exit 0 or 8; asks no server'
            cand --json 'The same as --output json'
            cand --list-profiles 'List the profiles'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;call'= {
            cand --issuer 'The issuer; its metadata names the token endpoint'
            cand --token-url 'Token endpoint [default: 127.0.0.1:8001/oauth/token]'
            cand --cacert 'Authorities to trust instead of the usual ones, PEM'
            cand --timeout 'Time for the whole request [default: 30s]'
            cand --profile 'Profile in config.toml'
            cand --client-id 'The client''s id'
            cand --client-secret-file 'File with the secret, - for stdin'
            cand --auth-method 'How to authenticate; --help lists the methods'
            cand --client-key 'Private key for private_key_jwt, PEM or JWK'
            cand --assertion-audience 'Audience of assertions [default: the issuer]'
            cand --client-cert 'Certificate and its chain, PEM (RFC 8705)'
            cand --client-cert-key 'Private key of --client-cert, PEM'
            cand --dpop-key 'Key to bind the token to, PEM or JWK'
            cand --scope 'Scopes to request, as ''a b''; repeatable'
            cand --resource 'Resource the token is for (RFC 8707); repeatable'
            cand --audience 'Audience, where --resource is not supported'
            cand --param 'Another request parameter; repeatable'
            cand --min-ttl 'How long a cached token must stay valid [default: 60s]'
            cand -X 'Method [default: GET, with a body POST]'
            cand --request 'Method [default: GET, with a body POST]'
            cand -H 'Header field to send; repeatable'
            cand --header 'Header field to send; repeatable'
            cand -d 'Body: text, the bytes of @FILE, @- for stdin'
            cand --data 'Body: text, the bytes of @FILE, @- for stdin'
            cand --json-body 'JSON body: text, @FILE or @-; sets Content-Type'
            cand --repeat 'Send it N times; print statuses and times'
            cand -o 'Write the body of a 2xx answer to this file'
            cand --output-file 'Write the body of a 2xx answer to this file'
            cand --color 'Colour the output: auto, always or never'
            cand --insecure-http 'Send secrets and tokens over plain http'
            cand --dpop 'Bind the token to a key (DPoP, RFC 9449)'
            cand --refresh 'Get a new token and cache it'
            cand --no-cache 'Neither read nor write the cache'
            cand -L 'Follow up to five redirects'
            cand --location 'Follow up to five redirects'
            cand -i 'Print status and header fields before the body'
            cand --include 'Print status and header fields before the body'
            cand --json 'Print the result of --repeat as JSON'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;inspect'= {
            cand --secret-file 'File with the HMAC secret'
            cand --secret-env 'Variable that holds the HMAC secret'
            cand --secret-encoding 'raw, base64, base64url or hex'
            cand --key 'Public key: PEM, certificate, JWK or JWK Set'
            cand --jwks 'File with a JWK Set'
            cand --issuer 'Fetch this issuer''s keys, and expect it as iss'
            cand --jwks-url 'Fetch the JWK Set at this address'
            cand --introspection-url 'Where to ask'
            cand --profile 'Profile of the client that asks'
            cand --cacert 'Authorities to trust instead of the usual ones'
            cand --iss 'The issuer, byte for byte'
            cand --aud 'An audience; of several, one must match'
            cand --sub 'The subject'
            cand --scope 'Scopes, all of them'
            cand --typ 'The header''s typ, as at+jwt'
            cand --alg 'Allowed algorithms, as RS256,ES256'
            cand --max-lifetime 'Longest allowed lifetime, as 1h'
            cand --require 'Checks that must pass, as exp,aud'
            cand --leeway 'How far clocks may differ [default: 0s]'
            cand --now 'Judge at this time: RFC 3339 or Unix seconds'
            cand --raw 'Print the decoded bytes of header or claims'
            cand --diff 'Compare with another token, or one in @FILE'
            cand --color 'Colour the output: auto, always or never'
            cand --introspect 'Ask the issuer what the token is (RFC 7662)'
            cand --insecure-http 'Fetch keys over plain http'
            cand --json 'Print the report as JSON'
            cand --as-api 'Print what a strict API would answer; needs a key'
            cand --redact 'Print the token without its signature'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
            cand add 'Register a client and print its secret, once'
            cand create 'Register a client and print its secret, once'
            cand import 'Register clients from JSON lines; print their secrets'
            cand list 'List the clients'
            cand ls 'List the clients'
            cand show 'Show a client and its secrets'' times'
            cand history 'Show what was changed of clients, when, by whom'
            cand set 'Change what a client may do; its secrets stay'
            cand update 'Change what a client may do; its secrets stay'
            cand rotate 'Print a new secret; the old ones end after a while'
            cand disable 'Refuse a client and its tokens'
            cand enable 'Accept a disabled client again'
            cand remove 'Forget a client'
            cand rm 'Forget a client'
            cand delete 'Forget a client'
            cand hash 'Print a `secret_hash` for heist.toml, of a secret from stdin'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;client;add'= {
            cand --scope 'Scopes it may have, as ''a b''; repeatable'
            cand --default-scope 'Scopes it gets by default [default: all]'
            cand --audience 'Resource of its tokens (RFC 8707); repeatable'
            cand --lifetime 'Lifetime of its tokens, as 15m'
            cand --auth-method 'The one method to authenticate'
            cand --jwks 'File with its public keys: PEM, JWK or JWK Set'
            cand --jwks-uri 'Where it publishes its public keys'
            cand --allow-from 'Network it may ask from; repeatable'
            cand --introspect 'May ask what any token is (RFC 7662)'
            cand --token-exchange 'May act for others (RFC 8693)'
            cand --dpop-required 'Its tokens must be bound to a key (RFC 9449)'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --secret-stdin 'Read the secret from stdin instead of making one'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;create'= {
            cand --scope 'Scopes it may have, as ''a b''; repeatable'
            cand --default-scope 'Scopes it gets by default [default: all]'
            cand --audience 'Resource of its tokens (RFC 8707); repeatable'
            cand --lifetime 'Lifetime of its tokens, as 15m'
            cand --auth-method 'The one method to authenticate'
            cand --jwks 'File with its public keys: PEM, JWK or JWK Set'
            cand --jwks-uri 'Where it publishes its public keys'
            cand --allow-from 'Network it may ask from; repeatable'
            cand --introspect 'May ask what any token is (RFC 7662)'
            cand --token-exchange 'May act for others (RFC 8693)'
            cand --dpop-required 'Its tokens must be bound to a key (RFC 9449)'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --secret-stdin 'Read the secret from stdin instead of making one'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;import'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --resume 'Continue an import; commit batch by batch'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;list'= {
            cand --limit 'List up to N clients'
            cand --after 'Begin after this id'
            cand --prefix 'Only clients whose ids begin with this'
            cand --unused 'Only clients unused for this long, as 30d'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --disabled 'Only clients that are disabled'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;ls'= {
            cand --limit 'List up to N clients'
            cand --after 'Begin after this id'
            cand --prefix 'Only clients whose ids begin with this'
            cand --unused 'Only clients unused for this long, as 30d'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --disabled 'Only clients that are disabled'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;show'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;history'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;set'= {
            cand --scope 'Scopes it may have, as ''a b''; repeatable'
            cand --default-scope 'Scopes it gets by default [default: all]'
            cand --audience 'Resource of its tokens (RFC 8707); repeatable'
            cand --lifetime 'Lifetime of its tokens, as 15m'
            cand --auth-method 'The one method to authenticate'
            cand --jwks 'File with its public keys: PEM, JWK or JWK Set'
            cand --jwks-uri 'Where it publishes its public keys'
            cand --allow-from 'Network it may ask from; repeatable'
            cand --introspect 'May ask what any token is (RFC 7662)'
            cand --token-exchange 'May act for others (RFC 8693)'
            cand --dpop-required 'Its tokens must be bound to a key (RFC 9449)'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;update'= {
            cand --scope 'Scopes it may have, as ''a b''; repeatable'
            cand --default-scope 'Scopes it gets by default [default: all]'
            cand --audience 'Resource of its tokens (RFC 8707); repeatable'
            cand --lifetime 'Lifetime of its tokens, as 15m'
            cand --auth-method 'The one method to authenticate'
            cand --jwks 'File with its public keys: PEM, JWK or JWK Set'
            cand --jwks-uri 'Where it publishes its public keys'
            cand --allow-from 'Network it may ask from; repeatable'
            cand --introspect 'May ask what any token is (RFC 7662)'
            cand --token-exchange 'May act for others (RFC 8693)'
            cand --dpop-required 'Its tokens must be bound to a key (RFC 9449)'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;rotate'= {
            cand --overlap 'How long old secrets stay valid [default: 24h]'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --now 'End the old secrets at once, as after a leak'
            cand --secret-stdin 'Read the secret from stdin instead of making one'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;disable'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;enable'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;remove'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;rm'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;delete'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;hash'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;client;help'= {
            cand add 'Register a client and print its secret, once'
            cand import 'Register clients from JSON lines; print their secrets'
            cand list 'List the clients'
            cand show 'Show a client and its secrets'' times'
            cand history 'Show what was changed of clients, when, by whom'
            cand set 'Change what a client may do; its secrets stay'
            cand rotate 'Print a new secret; the old ones end after a while'
            cand disable 'Refuse a client and its tokens'
            cand enable 'Accept a disabled client again'
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
        &'heistctl;client;help;history'= {
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
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
            cand list 'List the keys and the next step of each'
            cand ls 'List the keys and the next step of each'
            cand history 'Show what was changed of the keys, when, by whom'
            cand generate 'Publish a key that signs after `key rotate`'
            cand create 'Publish a key that signs after `key rotate`'
            cand rotate 'Publish a successor to the key that signs'
            cand retire 'Remove a key that does not sign, at once'
            cand rm 'Remove a key that does not sign, at once'
            cand delete 'Remove a key that does not sign, at once'
            cand reseal 'Seal the keys with another store key'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;key;list'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;ls'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;history'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;generate'= {
            cand --algorithm 'Its algorithm [default: as the newest key]'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;create'= {
            cand --algorithm 'Its algorithm [default: as the newest key]'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;rotate'= {
            cand --algorithm 'Its algorithm [default: as the newest key]'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --now 'Replace all keys at once, as after a leak'
            cand --lost-store-key 'With --now: the store key is lost, or has leaked'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;retire'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;rm'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;delete'= {
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;reseal'= {
            cand --new-key-file 'New store key: 32 bytes in base64'
            cand --store 'sqlite:PATH or postgres://HOST/DATABASE'
            cand --wait-for-store 'Wait for an absent store, as 30s [default: 0s]'
            cand --color 'Colour the output: auto, always or never'
            cand --unseal 'Leave the keys unsealed (SQLite only)'
            cand --must-exist 'Refuse where there is no store yet'
            cand --json 'Answer with a JSON object'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;key;help'= {
            cand list 'List the keys and the next step of each'
            cand history 'Show what was changed of the keys, when, by whom'
            cand generate 'Publish a key that signs after `key rotate`'
            cand rotate 'Publish a successor to the key that signs'
            cand retire 'Remove a key that does not sign, at once'
            cand reseal 'Seal the keys with another store key'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'heistctl;key;help;list'= {
        }
        &'heistctl;key;help;history'= {
        }
        &'heistctl;key;help;generate'= {
        }
        &'heistctl;key;help;rotate'= {
        }
        &'heistctl;key;help;retire'= {
        }
        &'heistctl;key;help;reseal'= {
        }
        &'heistctl;key;help;help'= {
        }
        &'heistctl;completions'= {
            cand --color 'Colour the output: auto, always or never'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;version'= {
            cand --color 'Colour the output: auto, always or never'
            cand -q 'Print only errors on stderr'
            cand --quiet 'Print only errors on stderr'
            cand -v 'Print more on stderr; never a secret'
            cand --verbose 'Print more on stderr; never a secret'
            cand -h 'Print help: -h in short, --help in full'
            cand --help 'Print help: -h in short, --help in full'
        }
        &'heistctl;help'= {
            cand serve 'Run the token server'
            cand token 'Get an access token and print it'
            cand call 'Get a token, call a protected resource with it, print the answer'
            cand inspect 'Decode and judge a token, offline'
            cand client 'Register clients: add, list, show, set, rotate, remove, …'
            cand key 'Manage the signing keys: list, generate, rotate, retire, reseal'
            cand completions 'Print a shell''s completion script'
            cand version 'Print the version'
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
            cand import 'Register clients from JSON lines; print their secrets'
            cand list 'List the clients'
            cand show 'Show a client and its secrets'' times'
            cand history 'Show what was changed of clients, when, by whom'
            cand set 'Change what a client may do; its secrets stay'
            cand rotate 'Print a new secret; the old ones end after a while'
            cand disable 'Refuse a client and its tokens'
            cand enable 'Accept a disabled client again'
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
        &'heistctl;help;client;history'= {
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
            cand list 'List the keys and the next step of each'
            cand history 'Show what was changed of the keys, when, by whom'
            cand generate 'Publish a key that signs after `key rotate`'
            cand rotate 'Publish a successor to the key that signs'
            cand retire 'Remove a key that does not sign, at once'
            cand reseal 'Seal the keys with another store key'
        }
        &'heistctl;help;key;list'= {
        }
        &'heistctl;help;key;history'= {
        }
        &'heistctl;help;key;generate'= {
        }
        &'heistctl;help;key;rotate'= {
        }
        &'heistctl;help;key;retire'= {
        }
        &'heistctl;help;key;reseal'= {
        }
        &'heistctl;help;completions'= {
        }
        &'heistctl;help;version'= {
        }
        &'heistctl;help;help'= {
        }
    ]
    $completions[$command]
}
