# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_heistctl_global_optspecs
    string join \n color= q/quiet v/verbose h/help V/version
end

function __fish_heistctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_heistctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_heistctl_using_subcommand
    set -l cmd (__fish_heistctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c heistctl -n "__fish_heistctl_needs_command" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_needs_command" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_needs_command" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_needs_command" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_needs_command" -s V -l version -d 'Print the version'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "serve" -d 'Run the token server'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "token" -d 'Get an access token and print it'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "call" -d 'Get a token, call a protected resource, print the answer'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "git-credential" -d 'Give git a token for a server: a credential helper'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "inspect" -d 'Decode and judge a token, offline'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "mint" -d 'Make a token for a test, offline: right, or wrong in one thing'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "probe" -d 'Does an API refuse the tokens that it should refuse?'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "doctor" -d 'Examine an issuer, or the set-up of this machine'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "client" -d 'Register clients: add, list, show, set, rotate, remove, …'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "key" -d 'The signing keys: list, generate, rotate, retire, reseal'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "store" -d 'The store itself: backup, restore, check, export, import'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "trust" -d 'Test which client a token of a trusted issuer stands for'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "init" -d 'Write a configuration with a first client'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "health" -d 'Ask a server whether it issues tokens'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "wait" -d 'Wait until a server issues tokens'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "test" -d 'Control a server under test: faults, clock, keys'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "man" -d 'Print a man page'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "help" -d 'Print help: a command\'s, config, environment or exit-codes'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "version" -d 'Print the version'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l listen -d 'Listen address [default: 127.0.0.1:8001]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l metrics-listen -d 'Address for Prometheus /metrics' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l issuer -d 'Issuer in tokens [default: the listen URL]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l ready-file -d 'Write the ready event to this file' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l log -d 'Log format: text or json' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l store -d 'memory:, sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l wait-for-store -d 'Wait for an absent store [default: for ever]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l tls-cert -d 'Certificate for https, its chain after it, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l tls-key -d 'Private key of --tls-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l tls-self-signed -d 'Make a development certificate in this folder' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l clock -d 'Start at this time: RFC 3339 or Unix seconds' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l script -d 'Clock and faults from the start, TOML' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l demo -d 'Serve the example; its secrets are public'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l must-exist -d 'Refuse to start where there is no store yet'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l check -d 'Check configuration, keys and files, then exit'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l json -d 'Print the result of --check as JSON'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l insecure-http -d 'Serve plain http beyond loopback addresses'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l yes-this-is-public -d 'Let --demo listen beyond loopback addresses'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l test -d 'Let tests control the server: heistctl test -h'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l issuer -d 'The issuer; its metadata names the token endpoint' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l token-url -d 'Token endpoint [default: 127.0.0.1:8001/oauth/token]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l cacert -d 'Authorities to trust instead of the usual ones, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l timeout -d 'Time for the whole request [default: 30s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l profile -d 'Profile in config.toml' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-id -d 'The client\'s id' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-secret-file -d 'File with the secret, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l identity -d 'The platform\'s token in place of a secret' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l identity-audience -d 'Audience of the identity [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l assertion-type -d 'How the identity authenticates the client: jwt-bearer or jwt-spiffe [default: jwt-bearer]' -r -f -a "jwt-bearer\t'RFC 7523 section 2.2'
jwt-spiffe\t'draft-ietf-oauth-spiffe-client-auth'"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l grant -d 'client_credentials, jwt-bearer or token-exchange' -r -f -a "client_credentials\t'RFC 6749 section 4.4'
jwt-bearer\t'RFC 7523 section 2.1'
token-exchange\t'RFC 8693'"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l subject-token-file -d 'Token to exchange, or assertion of jwt-bearer, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l subject-token-type -d 'Type of the token to exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l actor-token-file -d 'Access token of the acting client, for token-exchange' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l requested-token-type -d 'Type of the token to get by token-exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l auth-method -d 'How to authenticate; --help lists the methods' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion authenticated with the secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate issued by a trusted authority'
self_signed_tls_client_auth\t'A registered self-signed certificate'"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-key -d 'Private key for private_key_jwt, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l assertion-audience -d 'Audience of assertions [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-cert -d 'Certificate and its chain, PEM (RFC 8705)' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-cert-key -d 'Private key of --client-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l dpop-key -d 'Key to bind the token to, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l scope -d 'Scopes to request, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l resource -d 'Resource the token is for (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l audience -d 'Audience, where --resource is not supported' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l param -d 'Another request parameter; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l min-ttl -d 'How long a cached token must stay valid [default: 60s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l revoke -d 'Revoke the cached token, or this one (RFC 7009)' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l revocation-url -d 'Revocation endpoint' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s o -l output -d 'raw, json, …: --help lists the forms [default: raw]' -r -f -a "raw\t'The token and a newline'
json\t'A JSON object with its times'
header\t'An Authorization header'
env\t'`HEISTCTL_TOKEN=…`'
curl\t'A line for `curl -K -`'
bearer\t'`Bearer …`'
headers\t'The Authorization header as a JSON object'
kubernetes\t'An ExecCredential of Kubernetes'
google\t'An executable-sourced credential of Google\'s libraries'
github\t'An output of a step of GitHub Actions'
github-env\t'A variable of later steps of GitHub Actions'"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l keep -d 'Keep FILE filled with a good token, until a signal' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l insecure-http -d 'Send secrets and tokens over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l dpop -d 'Bind the token to a key (DPoP, RFC 9449)'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l refresh -d 'Get a new token and cache it'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l no-cache -d 'Neither read nor write the cache'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l clear-cache -d 'Forget all cached tokens'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l check -d 'Check for a valid cached token: exit 0 or 8; offline'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l json -d 'The same as --output json'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l list-profiles -d 'List the profiles'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l issuer -d 'The issuer; its metadata names the token endpoint' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l token-url -d 'Token endpoint [default: 127.0.0.1:8001/oauth/token]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l cacert -d 'Authorities to trust instead of the usual ones, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l timeout -d 'Time for the whole request [default: 30s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l profile -d 'Profile in config.toml' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-id -d 'The client\'s id' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-secret-file -d 'File with the secret, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l identity -d 'The platform\'s token in place of a secret' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l identity-audience -d 'Audience of the identity [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l assertion-type -d 'How the identity authenticates the client: jwt-bearer or jwt-spiffe [default: jwt-bearer]' -r -f -a "jwt-bearer\t'RFC 7523 section 2.2'
jwt-spiffe\t'draft-ietf-oauth-spiffe-client-auth'"
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l grant -d 'client_credentials, jwt-bearer or token-exchange' -r -f -a "client_credentials\t'RFC 6749 section 4.4'
jwt-bearer\t'RFC 7523 section 2.1'
token-exchange\t'RFC 8693'"
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l subject-token-file -d 'Token to exchange, or assertion of jwt-bearer, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l subject-token-type -d 'Type of the token to exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l actor-token-file -d 'Access token of the acting client, for token-exchange' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l requested-token-type -d 'Type of the token to get by token-exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l auth-method -d 'How to authenticate; --help lists the methods' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion authenticated with the secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate issued by a trusted authority'
self_signed_tls_client_auth\t'A registered self-signed certificate'"
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-key -d 'Private key for private_key_jwt, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l assertion-audience -d 'Audience of assertions [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-cert -d 'Certificate and its chain, PEM (RFC 8705)' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-cert-key -d 'Private key of --client-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l dpop-key -d 'Key to bind the token to, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l scope -d 'Scopes to request, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l resource -d 'Resource the token is for (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l audience -d 'Audience, where --resource is not supported' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l param -d 'Another request parameter; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l min-ttl -d 'How long a cached token must stay valid [default: 60s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l token -d 'File with a token to send, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s X -l request -d 'Method [default: GET, with a body POST]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s H -l header -d 'Header field to send; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s d -l data -d 'Body: text, the bytes of @FILE, @- for stdin' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l json-body -d 'JSON body: text, @FILE or @-; sets Content-Type' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l repeat -d 'Send it N times; print statuses and times' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s o -l output-file -d 'Write the body of a 2xx answer to this file' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l insecure-http -d 'Send secrets and tokens over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l dpop -d 'Bind the token to a key (DPoP, RFC 9449)'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l refresh -d 'Get a new token and cache it'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l no-cache -d 'Neither read nor write the cache'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l step-up -d 'Request more scope, once, where the API wants it'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s L -l location -d 'Follow up to five redirects'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s i -l include -d 'Print status and header fields before the body'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l json -d 'Print the result of --repeat as JSON'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l issuer -d 'The issuer; its metadata names the token endpoint' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l token-url -d 'Token endpoint [default: 127.0.0.1:8001/oauth/token]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l cacert -d 'Authorities to trust instead of the usual ones, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l timeout -d 'Time for the whole request [default: 30s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l profile -d 'Profile in config.toml' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l client-id -d 'The client\'s id' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l client-secret-file -d 'File with the secret, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l identity -d 'The platform\'s token in place of a secret' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l identity-audience -d 'Audience of the identity [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l assertion-type -d 'How the identity authenticates the client: jwt-bearer or jwt-spiffe [default: jwt-bearer]' -r -f -a "jwt-bearer\t'RFC 7523 section 2.2'
jwt-spiffe\t'draft-ietf-oauth-spiffe-client-auth'"
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l grant -d 'client_credentials, jwt-bearer or token-exchange' -r -f -a "client_credentials\t'RFC 6749 section 4.4'
jwt-bearer\t'RFC 7523 section 2.1'
token-exchange\t'RFC 8693'"
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l subject-token-file -d 'Token to exchange, or assertion of jwt-bearer, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l subject-token-type -d 'Type of the token to exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l actor-token-file -d 'Access token of the acting client, for token-exchange' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l requested-token-type -d 'Type of the token to get by token-exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l auth-method -d 'How to authenticate; --help lists the methods' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion authenticated with the secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate issued by a trusted authority'
self_signed_tls_client_auth\t'A registered self-signed certificate'"
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l client-key -d 'Private key for private_key_jwt, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l assertion-audience -d 'Audience of assertions [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l client-cert -d 'Certificate and its chain, PEM (RFC 8705)' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l client-cert-key -d 'Private key of --client-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l dpop-key -d 'Key to bind the token to, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l scope -d 'Scopes to request, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l resource -d 'Resource the token is for (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l audience -d 'Audience, where --resource is not supported' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l param -d 'Another request parameter; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l min-ttl -d 'How long a cached token must stay valid [default: 60s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l host -d 'The git server that gets the token; others get no answer' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l username -d 'User name beside a token that git sends as a password' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l insecure-http -d 'Send secrets and tokens over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l dpop -d 'Bind the token to a key (DPoP, RFC 9449)'
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l refresh -d 'Get a new token and cache it'
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -l no-cache -d 'Neither read nor write the cache'
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand git-credential" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l secret-file -d 'File with the HMAC secret' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l secret-env -d 'Variable that holds the HMAC secret' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l secret-encoding -d 'raw, base64, base64url or hex' -r -f -a "raw\t'Every byte as it is'
base64\t'Standard base64'
base64url\t'base64url'
hex\t'Hexadecimal'"
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l key -d 'Public key: PEM, certificate, JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l jwks -d 'File with a JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l issuer -d 'Fetch this issuer\'s keys, and expect it as iss' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l jwks-url -d 'Fetch the JWK Set at this address' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l introspection-url -d 'Introspection endpoint' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l profile -d 'Profile of the client that introspects' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l iss -d 'The issuer, byte for byte' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l aud -d 'An audience; of several, one must match' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l sub -d 'The subject' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l scope -d 'Scopes, all of them' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l typ -d 'The header\'s typ, as at+jwt' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l alg -d 'Allowed algorithms, as RS256,ES256' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l max-lifetime -d 'Longest allowed lifetime, as 1h' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l require -d 'Checks that must pass, as exp,aud' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l leeway -d 'Allowed clock difference [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l now -d 'Judge at this time: RFC 3339 or Unix seconds' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l raw -d 'Print the decoded bytes of header or claims' -r -f -a "header\t'The header'
claims\t'The claims'"
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l diff -d 'Compare with another token, or one in @FILE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l introspect -d 'Introspect the token at its issuer (RFC 7662)'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l insecure-http -d 'Fetch keys over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l json -d 'Print the report as JSON'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l as-api -d 'Print the answer of a strict API; needs a key'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l redact -d 'Print the token without its signature'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l key -d 'Private key: PEM, DER or JWK; - is stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l secret-file -d 'File with the HMAC secret; - is stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l secret-encoding -d 'raw, base64, base64url or hex' -r -f -a "raw\t'Every byte as it is'
base64\t'Standard base64'
base64url\t'base64url'
hex\t'Hexadecimal'"
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l store -d 'The key that a store signs with' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l config -d 'With --store: the server\'s heist.toml' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l alg -d 'Algorithm [default: by the key]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l claims -d 'Claims: a JSON object; @FILE reads it, @- is stdin' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l iss -d 'The issuer' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l sub -d 'The subject' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l aud -d 'An audience; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l scope -d 'Scopes' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l expires -d 'Lifetime [default: 1h]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l now -d 'Date it at this time: RFC 3339 or Unix seconds' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l typ -d 'The header\'s typ [default: at+jwt or JWT]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l header -d 'A member of the header; JSON or text' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l broken -d 'Make it wrong in one thing; see below' -r -f -a "expired\t'it expired an hour ago'
not-yet\t'it is valid in an hour (nbf)'
no-exp\t'it has no exp'
iss\t'another issuer'
aud\t'the audience of another API'
typ\t'a typ that no access token has'
alg\t'the header names another algorithm than the one that signed'
alg-none\t'alg is none, without a signature'
kid\t'a kid that no key set has'
crit\t'a critical extension that nobody knows'
signature\t'one bit of the signature is wrong'
no-signature\t'the signature is empty'
payload\t'the claims were changed after signing'
opaque\t'a reference that is not a JWT'
huge\t'20 KB long'"
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l yes-sign-with-this-key -d 'With --store: sign with a key that is in use'
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -l json -d 'Print token, header and claims as JSON'
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand mint" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l listen -d 'Address of --serve [default: 127.0.0.1:0]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l cacert -d 'Authorities to trust instead of the usual ones, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l i-may-test -d 'Probe this host of the public internet' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l token -d 'File with a good token, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l jwks -d 'Public keys that the API trusts: JWKS, JWK or PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l key -d 'Private key: PEM, DER or JWK; - is stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l secret-file -d 'File with the HMAC secret; - is stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l secret-encoding -d 'raw, base64, base64url or hex' -r -f -a "raw\t'Every byte as it is'
base64\t'Standard base64'
base64url\t'base64url'
hex\t'Hexadecimal'"
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l store -d 'The key that a store signs with' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l config -d 'With --store: the server\'s heist.toml' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l alg -d 'Algorithm [default: by the key]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l claims -d 'Claims: a JSON object; @FILE reads it, @- is stdin' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l iss -d 'The issuer' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l sub -d 'The subject' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l aud -d 'An audience; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l scope -d 'Scopes' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l typ -d 'The header\'s typ [default: at+jwt or JWT]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l header -d 'A member of the header; JSON or text' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l other-scope -d 'A scope of the issuer that must not open URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -s X -l method -d 'Method [default: GET, with a body POST]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -s H -l field -d 'Header field to send; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -s d -l data -d 'Body; @FILE reads it' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l expect -d 'Status of success [default: 2xx]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l write -d 'A request beyond the good token; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l only -d 'Only these cases or groups, as P1,S,A3' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l skip -d 'Not these cases or groups' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l rate -d 'Requests per second [default: 10; 50 on loopback]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l junit -d 'Write the report as JUnit XML' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l sarif -d 'Write the findings as SARIF' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l serve -d 'Be the API\'s issuer for this run'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l insecure-http -d 'Send tokens over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l yes-sign-with-this-key -d 'With --store: sign with a key that is in use'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l deep -d 'Also the cases that take long'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l json -d 'Print the report as JSON'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -l list -d 'Print the battery and send nothing'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand probe" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l cacert -d 'Authorities to trust instead of the usual ones, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l profile -d 'Profile in config.toml' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l client-id -d 'The client\'s id' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l client-secret-file -d 'File with the secret, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l identity -d 'The platform\'s token in place of a secret' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l identity-audience -d 'Audience of the identity [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l assertion-type -d 'How the identity authenticates the client: jwt-bearer or jwt-spiffe [default: jwt-bearer]' -r -f -a "jwt-bearer\t'RFC 7523 section 2.2'
jwt-spiffe\t'draft-ietf-oauth-spiffe-client-auth'"
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l subject-token-file -d 'Token to exchange, or assertion of jwt-bearer, - for stdin' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l subject-token-type -d 'Type of the token to exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l actor-token-file -d 'Access token of the acting client, for token-exchange' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l requested-token-type -d 'Type of the token to get by token-exchange' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l auth-method -d 'How to authenticate; --help lists the methods' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion authenticated with the secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate issued by a trusted authority'
self_signed_tls_client_auth\t'A registered self-signed certificate'"
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l client-key -d 'Private key for private_key_jwt, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l assertion-audience -d 'Audience of assertions [default: the issuer]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l client-cert -d 'Certificate and its chain, PEM (RFC 8705)' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l client-cert-key -d 'Private key of --client-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l dpop-key -d 'Key to bind the token to, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l scope -d 'Scopes to request, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l resource -d 'Resource the token is for (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l audience -d 'Audience, where --resource is not supported' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l param -d 'Another request parameter; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l for -d 'mcp, rfc9700, fapi2 or oidc: its advice counts' -r -f -a "mcp\t''
rfc9700\t''
fapi2\t''
oidc\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l junit -d 'Write the report as JUnit XML, too' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l issuer -d 'The issuer; its metadata names the token endpoint' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l token-url -d 'Token endpoint [default: 127.0.0.1:8001/oauth/token]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l min-ttl -d 'How long a cached token must stay valid [default: 60s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l grant -d 'client_credentials, jwt-bearer or token-exchange' -r -f -a "client_credentials\t'RFC 6749 section 4.4'
jwt-bearer\t'RFC 7523 section 2.1'
token-exchange\t'RFC 8693'"
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l timeout -d 'Time for each request [default: 10s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l insecure-http -d 'Send secrets and tokens over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l dpop -d 'Bind the token to a key (DPoP, RFC 9449)'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l intrusive -d 'Also send a body of 64 KiB and one of 100 parameters'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l json -d 'Print the report as JSON'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l refresh -d 'Get a new token and cache it'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -l no-cache -d 'Neither read nor write the cache'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand doctor" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "add" -d 'Register a client and print its secret, once'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "create" -d 'Register a client and print its secret, once'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "import" -d 'Register clients from JSON lines; print their secrets'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "list" -d 'List the clients'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "ls" -d 'List the clients'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "show" -d 'Show a client and its secrets\' times'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "history" -d 'Show when clients were changed, how and by whom'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "set" -d 'Change what a client may do; its secrets stay'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "update" -d 'Change what a client may do; its secrets stay'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "rotate" -d 'Print a new secret; the old ones expire later'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "disable" -d 'Refuse a client and its tokens'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "enable" -d 'Accept a disabled client again'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "remove" -d 'Remove a client'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "rm" -d 'Remove a client'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "delete" -d 'Remove a client'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add create import list ls show history set update rotate disable enable remove rm delete hash" -f -a "hash" -d 'Print a `secret_hash` for heist.toml, of a secret from stdin'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l scope -d 'Scopes it may have, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l default-scope -d 'Scopes it gets by default [default: all]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l scope-claim -d 'Repeat the scope in scp, scopes or permissions' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l scope-claim-form -d 'string or list [default: string]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l audience -d 'Resource of its tokens (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l default-audience -d 'Resource where a request names none; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l lifetime -d 'Lifetime of its tokens, as 15m' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l claims -d 'Claims of its tokens, as \'{"team":"a"}\'' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l auth-method -d 'The one method to authenticate' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion signed with its secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate of an authority, with a name'
self_signed_tls_client_auth\t'A certificate of its own'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l assertion-audience -d 'issuer, or issuer-or-token-url for old clients' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l jwks -d 'File with its public keys: PEM, JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l jwks-uri -d 'Where it publishes its public keys' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l tls-subject-dn -d 'Subject of its certificate, as CN=a,O=b' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l tls-san-dns -d 'DNS name in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l tls-san-uri -d 'URI in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l tls-san-ip -d 'IP address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l tls-san-email -d 'E-mail address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l tls-certificate -d 'PEM of its own certificates, from any signer' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l trust -d 'A [[trust]] of the server whose tokens it has' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l sub -d 'With --trust: the exact sub of such a token' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l sub-glob -d 'With --trust: a pattern; * stops at : and /' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l claim -d 'With --trust: a claim it must have; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l federated -d 'Several rules at once, as JSON' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l claims-from -d 'Claim of such a token for its own; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l allow-from -d 'Network it may connect from; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l introspect -d 'May introspect any token (RFC 7662)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l token-exchange -d 'May exchange tokens (RFC 8693)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l dpop-required -d 'Its tokens must be bound to a key (RFC 9449)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l tls-bound -d 'Its tokens are bound to its certificate' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l allow-broad -d 'With --trust: strangers may fit the rule'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l secret-stdin -d 'Read its secret from stdin; else one is made'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l scope -d 'Scopes it may have, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l default-scope -d 'Scopes it gets by default [default: all]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l scope-claim -d 'Repeat the scope in scp, scopes or permissions' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l scope-claim-form -d 'string or list [default: string]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l audience -d 'Resource of its tokens (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l default-audience -d 'Resource where a request names none; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l lifetime -d 'Lifetime of its tokens, as 15m' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l claims -d 'Claims of its tokens, as \'{"team":"a"}\'' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l auth-method -d 'The one method to authenticate' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion signed with its secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate of an authority, with a name'
self_signed_tls_client_auth\t'A certificate of its own'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l assertion-audience -d 'issuer, or issuer-or-token-url for old clients' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l jwks -d 'File with its public keys: PEM, JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l jwks-uri -d 'Where it publishes its public keys' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l tls-subject-dn -d 'Subject of its certificate, as CN=a,O=b' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l tls-san-dns -d 'DNS name in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l tls-san-uri -d 'URI in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l tls-san-ip -d 'IP address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l tls-san-email -d 'E-mail address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l tls-certificate -d 'PEM of its own certificates, from any signer' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l trust -d 'A [[trust]] of the server whose tokens it has' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l sub -d 'With --trust: the exact sub of such a token' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l sub-glob -d 'With --trust: a pattern; * stops at : and /' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l claim -d 'With --trust: a claim it must have; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l federated -d 'Several rules at once, as JSON' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l claims-from -d 'Claim of such a token for its own; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l allow-from -d 'Network it may connect from; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l introspect -d 'May introspect any token (RFC 7662)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l token-exchange -d 'May exchange tokens (RFC 8693)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l dpop-required -d 'Its tokens must be bound to a key (RFC 9449)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l tls-bound -d 'Its tokens are bound to its certificate' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l allow-broad -d 'With --trust: strangers may fit the rule'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l secret-stdin -d 'Read its secret from stdin; else one is made'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l resume -d 'Continue an import; commit batch by batch'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l limit -d 'List up to N clients' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l after -d 'Start after this id' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l prefix -d 'Only clients whose ids start with this' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l unused -d 'Only clients unused for this long, as 30d' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l expiring -d 'Only clients whose secret ends soon, as 14d' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l disabled -d 'Only disabled clients'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l limit -d 'List up to N clients' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l after -d 'Start after this id' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l prefix -d 'Only clients whose ids start with this' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l unused -d 'Only clients unused for this long, as 30d' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l expiring -d 'Only clients whose secret ends soon, as 14d' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l disabled -d 'Only disabled clients'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l scope -d 'Scopes it may have, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l default-scope -d 'Scopes it gets by default [default: all]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l scope-claim -d 'Repeat the scope in scp, scopes or permissions' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l scope-claim-form -d 'string or list [default: string]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l audience -d 'Resource of its tokens (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l default-audience -d 'Resource where a request names none; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l lifetime -d 'Lifetime of its tokens, as 15m' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l claims -d 'Claims of its tokens, as \'{"team":"a"}\'' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l auth-method -d 'The one method to authenticate' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion signed with its secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate of an authority, with a name'
self_signed_tls_client_auth\t'A certificate of its own'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l assertion-audience -d 'issuer, or issuer-or-token-url for old clients' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l jwks -d 'File with its public keys: PEM, JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l jwks-uri -d 'Where it publishes its public keys' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l tls-subject-dn -d 'Subject of its certificate, as CN=a,O=b' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l tls-san-dns -d 'DNS name in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l tls-san-uri -d 'URI in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l tls-san-ip -d 'IP address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l tls-san-email -d 'E-mail address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l tls-certificate -d 'PEM of its own certificates, from any signer' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l trust -d 'A [[trust]] of the server whose tokens it has' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l sub -d 'With --trust: the exact sub of such a token' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l sub-glob -d 'With --trust: a pattern; * stops at : and /' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l claim -d 'With --trust: a claim it must have; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l federated -d 'Several rules at once, as JSON' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l claims-from -d 'Claim of such a token for its own; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l allow-from -d 'Network it may connect from; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l introspect -d 'May introspect any token (RFC 7662)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l token-exchange -d 'May exchange tokens (RFC 8693)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l dpop-required -d 'Its tokens must be bound to a key (RFC 9449)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l tls-bound -d 'Its tokens are bound to its certificate' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l clear -d 'Settings to remove, as lifetime,audiences' -r -f -a "default_scopes\t''
scope_claim\t''
audiences\t''
default_audiences\t''
lifetime\t''
claims\t''
auth_method\t''
assertion_audience\t''
allow_from\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l allow-broad -d 'With --trust: strangers may fit the rule'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l scope -d 'Scopes it may have, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l default-scope -d 'Scopes it gets by default [default: all]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l scope-claim -d 'Repeat the scope in scp, scopes or permissions' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l scope-claim-form -d 'string or list [default: string]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l audience -d 'Resource of its tokens (RFC 8707); repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l default-audience -d 'Resource where a request names none; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l lifetime -d 'Lifetime of its tokens, as 15m' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l claims -d 'Claims of its tokens, as \'{"team":"a"}\'' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l auth-method -d 'The one method to authenticate' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion signed with its secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate of an authority, with a name'
self_signed_tls_client_auth\t'A certificate of its own'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l assertion-audience -d 'issuer, or issuer-or-token-url for old clients' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l jwks -d 'File with its public keys: PEM, JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l jwks-uri -d 'Where it publishes its public keys' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l tls-subject-dn -d 'Subject of its certificate, as CN=a,O=b' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l tls-san-dns -d 'DNS name in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l tls-san-uri -d 'URI in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l tls-san-ip -d 'IP address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l tls-san-email -d 'E-mail address in its certificate' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l tls-certificate -d 'PEM of its own certificates, from any signer' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l trust -d 'A [[trust]] of the server whose tokens it has' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l sub -d 'With --trust: the exact sub of such a token' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l sub-glob -d 'With --trust: a pattern; * stops at : and /' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l claim -d 'With --trust: a claim it must have; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l federated -d 'Several rules at once, as JSON' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l claims-from -d 'Claim of such a token for its own; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l allow-from -d 'Network it may connect from; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l introspect -d 'May introspect any token (RFC 7662)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l token-exchange -d 'May exchange tokens (RFC 8693)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l dpop-required -d 'Its tokens must be bound to a key (RFC 9449)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l tls-bound -d 'Its tokens are bound to its certificate' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l clear -d 'Settings to remove, as lifetime,audiences' -r -f -a "default_scopes\t''
scope_claim\t''
audiences\t''
default_audiences\t''
lifetime\t''
claims\t''
auth_method\t''
assertion_audience\t''
allow_from\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l allow-broad -d 'With --trust: strangers may fit the rule'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l overlap -d 'How long old secrets stay valid [default: 24h]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l now -d 'Expire the old secrets at once, as after a leak'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l secret-stdin -d 'Read the secret from stdin instead of making one'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "list" -d 'List the keys and the next step of each'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "ls" -d 'List the keys and the next step of each'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "history" -d 'Show when keys were changed, how and by whom'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "generate" -d 'Publish a key that signs after `key rotate`'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "create" -d 'Publish a key that signs after `key rotate`'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "rotate" -d 'Publish a successor to the key that signs'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "retire" -d 'Remove a key that does not sign, at once'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "rm" -d 'Remove a key that does not sign, at once'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "delete" -d 'Remove a key that does not sign, at once'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list ls history generate create rotate retire rm delete reseal" -f -a "reseal" -d 'Seal the keys with another store key'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l algorithm -d 'Its algorithm [default: as the newest key]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -l algorithm -d 'Its algorithm [default: as the newest key]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l algorithm -d 'Its algorithm [default: as the newest key]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l now -d 'Replace all keys at once, as after a leak'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l lost-store-key -d 'With --now: the store key is lost, or has leaked'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l new-key-file -d 'New store key: 32 bytes in base64' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l unseal -d 'Leave the keys unsealed (SQLite only)'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from reseal" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -f -a "backup" -d 'Copy the store into one file, while servers run'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -f -a "restore" -d 'Put a backup into an empty store'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -f -a "check" -d 'Read everything: is it whole, and do its keys open?'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -f -a "export" -d 'Print the clients with the hashes of their secrets'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and not __fish_seen_subcommand_from backup restore check export import" -f -a "import" -d 'Register the clients of an export, all or none'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from backup" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -l replace -d 'Replace what the store has'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand store; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and not __fish_seen_subcommand_from test" -f -a "test" -d 'Say which client a token of a trusted issuer stands for'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l client -d 'Only this client, as with client_id in a request' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l issuer -d 'The server\'s issuer, if heist.toml has none' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l now -d 'Judge at this time: RFC 3339 or Unix seconds' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l keys -d 'File with the issuer\'s keys: JWK Set or PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l store -d 'sqlite:PATH or postgres://HOST/DATABASE' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l config -d 'Configuration [default: ./heist.toml if there]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l wait-for-store -d 'Wait for an absent store, as 30s [default: 0s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l online -d 'Fetch the issuer\'s keys, as the server does'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l must-exist -d 'Fail if the store does not exist'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand trust; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -l issuer -d 'URL that clients use [default: the server\'s address]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -l client -d 'Id of the first client' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -l scope -d 'Scopes it may have, as \'a b\'; repeatable' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -l systemd -d 'Also write a systemd unit'
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -l compose -d 'Also write compose.yaml'
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand init" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -l insecure-http -d 'Ask other machines over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand health" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -l timeout -d 'Time limit [default: 30s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -l insecure-http -d 'Ask other machines over plain http'
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand wait" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -l url -d 'The server\'s base URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -f -a "fault" -d 'Let something go wrong; list the faults'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -f -a "clock" -d 'Show or move the server\'s clock'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -f -a "keys" -d 'Replace the signing key, well or badly'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -f -a "requests" -d 'List what was asked, and how it was decided'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -f -a "expect" -d 'Check what was asked; exit 8 if it was otherwise'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and not __fish_seen_subcommand_from fault clock keys requests expect reset" -f -a "reset" -d 'Return to the start: its clock and faults'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l on -d 'Endpoint: token, jwks, metadata, introspect, …' -r -f -a "token\t''
jwks\t''
metadata\t''
introspect\t''
revoke\t''
resource\t''
guard\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l client -d 'Of this client only' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l skip -d 'Let this many requests pass first' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l times -d 'How often [default: always]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l status -d 'Status, with an OAuth error' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l error -d 'Its OAuth error [default: by the status]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l retry-after -d 'Retry-After, in seconds' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l redirect -d 'Redirect to this URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l set -d 'Give a member this value; JSON or text' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l omit -d 'Leave a member out; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l token -d 'A flaw of mint --broken in the token' -r -f -a "expired\t''
not-yet\t''
no-exp\t''
iss\t''
aud\t''
typ\t''
alg\t''
alg-none\t''
kid\t''
crit\t''
signature\t''
no-signature\t''
payload\t''
opaque\t''
huge\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l claim -d 'Give a claim of the token this value' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l keys -d 'empty, without-current, duplicate-kid, …' -r -f -a "empty\t''
without-current\t''
duplicate-kid\t''
duplicate-kid-after\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l body -d 'html, truncated, huge or gzip-bomb' -r -f -a "html\t''
truncated\t''
huge\t''
gzip-bomb\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l raw -d 'This body' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l content-type -d 'Content-Type' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l delay -d 'Wait before the answer' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l drip -d 'Wait after each byte' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l close-after -d 'Close after N bytes; 0 is before the head' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l reset-after -d 'Reset after N bytes' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l url -d 'The server\'s base URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l clear -d 'Remove all faults'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l nonce -d 'Demand another DPoP nonce each time'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from fault" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l advance -d 'Move forward' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l set -d 'Show this time: RFC 3339 or Unix seconds' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l offset -d 'Be ahead of this machine, or behind: 1h, -90s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l rate -d 'Seconds that pass in a second; 0 stops it' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l date -d 'Clock of the Date header: server or machine' -r -f -a "server\t''
machine\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l url -d 'The server\'s base URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l reset -d 'First, show this machine\'s time'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from clock" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -l rotate -d 'How the new key is published' -r -f -a "publish-late\t''
publish-early\t''
drop-old\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -l url -d 'The server\'s base URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from keys" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -l client -d 'Of this client only' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -l url -d 'The server\'s base URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from requests" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l client -d 'Of this client only' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l requests -d 'Number of requests' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l tokens -d 'Number of tokens that were received' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l refused -d 'Number of refused requests' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l auth -d 'How the client authenticates each time' -r -f -a "client_secret_basic\t''
client_secret_post\t''
client_secret_jwt\t''
private_key_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
none\t''
bearer\t''
dpop\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l scope -d 'A scope of each token; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l url -d 'The server\'s base URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l no-refused -d 'No request was refused'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from expect" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -l url -d 'The server\'s base URL' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -l cacert -d 'Authorities to trust instead of the usual ones' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -l timeout -d 'Time limit [default: 5s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -l json -d 'Print a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand test; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand man" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand man" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand man" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand man" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand help" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand help" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand help" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand help" -s h -l help -d 'Print help: -h in short, --help in full'
complete -c heistctl -n "__fish_heistctl_using_subcommand version" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand version" -s q -l quiet -d 'Print only errors on stderr'
complete -c heistctl -n "__fish_heistctl_using_subcommand version" -s v -l verbose -d 'Print more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand version" -s h -l help -d 'Print help: -h in short, --help in full'
