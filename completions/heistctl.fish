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

complete -c heistctl -n "__fish_heistctl_needs_command" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_needs_command" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_needs_command" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_needs_command" -s V -l version -d 'Print version'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "serve" -d 'Run the token server'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "token" -d 'Get an access token and print it'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "call" -d 'Get a token, call a protected resource with it, print the answer'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "inspect" -d 'Decode and judge a token, offline'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "client" -d 'Register clients in the store: add, list, show, set, rotate, disable, enable, remove'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "key" -d 'Look after the signing keys in the store: list, generate, rotate, retire'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c heistctl -n "__fish_heistctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l listen -d 'Where to listen; port 0 takes a free one [default: 127.0.0.1:8001]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l metrics-listen -d 'Where to serve /metrics for Prometheus; by default nowhere' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l config -d 'The configuration [default: HEISTCTL_CONFIG, else ./heist.toml]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l store -d 'Where clients, keys and revocations are kept: memory:, sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else the configuration\'s, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l wait-for-store -d 'How long a start waits for a store that is away, as 30s [default: until it comes]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l issuer -d 'The issuer that tokens name [default: the configuration\'s, else the listen URL]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l ready-file -d 'Write the ready event to this file once the socket is open' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l tls-cert -d 'Serve https by this certificate: PEM, its own chain after it' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l tls-key -d 'The private key of --tls-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l tls-self-signed -d 'Serve https for development, by a certificate and an authority of its own made in this folder' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l demo -d 'The article\'s service: two clients and a secret that everybody knows'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l insecure-http -d 'Serve plain http on other addresses than loopback, where anybody can read secrets and tokens'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l check -d 'Check configuration, keys, certificates and files, say what would be served, and end'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -l json -d 'Say it as a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l profile -d 'A profile of $XDG_CONFIG_HOME/heistctl/config.toml [default: HEISTCTL_PROFILE]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l issuer -d 'The issuer, whose metadata says where to ask [default: HEISTCTL_ISSUER]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l token-url -d 'The token endpoint [default: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-id -d 'The client\'s id [default: HEISTCTL_CLIENT_ID]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-secret-file -d 'A file with the client\'s secret, - for stdin [default: HEISTCTL_CLIENT_SECRET_FILE, else HEISTCTL_CLIENT_SECRET]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l auth-method -d 'How the client proves who it is [default: as the issuer\'s metadata says, else by Basic]' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion signed with the secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate that an authority vouches for'
self_signed_tls_client_auth\t'A certificate that is registered itself'"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-key -d 'The client\'s private key, PEM or JWK, for private_key_jwt' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l assertion-audience -d 'Whom its assertions are for [default: the issuer, else the token endpoint]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-cert -d 'The client\'s certificate and its chain, PEM (RFC 8705)' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l client-cert-key -d 'The private key of --client-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l dpop-key -d 'The key to bind the token to, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l scope -d 'Scopes to ask for, separated by spaces or commas; may be repeated [default: HEISTCTL_SCOPE]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l resource -d 'The resource that the token is for (RFC 8707); may be repeated [default: HEISTCTL_RESOURCE]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l audience -d 'The audience that the token is for, where a server wants that name' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l param -d 'Another parameter of the token request; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l cacert -d 'Authorities to trust instead of the usual ones, PEM [default: SSL_CERT_FILE]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l timeout -d 'Time for all of it, as 30s or 1m [default: HEISTCTL_TIMEOUT, else 30s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l min-ttl -d 'How long a token from the cache must be good still; half its lifetime is enough' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s o -l output -d 'How to print the token' -r -f -a "raw\t'The token and a newline'
json\t'A JSON object with its times'
header\t'An Authorization header'
env\t'`HEISTCTL_TOKEN=…`'
curl\t'A line for `curl -K -`'"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l revoke -d 'Revoke a token (RFC 7009): this one, - for stdin, without a value the one in the cache' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l revocation-url -d 'Where to revoke it [default: as the issuer\'s metadata says, else beside the token endpoint]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l dpop -d 'Bind the token to a key (DPoP, RFC 9449): one made for this run, unless --dpop-key names one'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l refresh -d 'Ask the server even if a good token is in the cache, and keep the new one'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l no-cache -d 'Neither take a token from the cache nor keep one'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l insecure-http -d 'Send secrets and tokens over plain http to other hosts, where anybody can read them'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l json -d 'The same as --output json'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l check -d 'Say whether a good token is in the cache, without asking anybody: exit 0 or 8'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l clear-cache -d 'Forget every token that is in the cache'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -l list-profiles -d 'List the profiles'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l profile -d 'A profile of $XDG_CONFIG_HOME/heistctl/config.toml [default: HEISTCTL_PROFILE]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l issuer -d 'The issuer, whose metadata says where to ask [default: HEISTCTL_ISSUER]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l token-url -d 'The token endpoint [default: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-id -d 'The client\'s id [default: HEISTCTL_CLIENT_ID]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-secret-file -d 'A file with the client\'s secret, - for stdin [default: HEISTCTL_CLIENT_SECRET_FILE, else HEISTCTL_CLIENT_SECRET]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l auth-method -d 'How the client proves who it is [default: as the issuer\'s metadata says, else by Basic]' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
client_secret_jwt\t'An assertion signed with the secret'
private_key_jwt\t'An assertion signed with a private key'
tls_client_auth\t'A certificate that an authority vouches for'
self_signed_tls_client_auth\t'A certificate that is registered itself'"
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-key -d 'The client\'s private key, PEM or JWK, for private_key_jwt' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l assertion-audience -d 'Whom its assertions are for [default: the issuer, else the token endpoint]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-cert -d 'The client\'s certificate and its chain, PEM (RFC 8705)' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l client-cert-key -d 'The private key of --client-cert, PEM' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l dpop-key -d 'The key to bind the token to, PEM or JWK' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l scope -d 'Scopes to ask for, separated by spaces or commas; may be repeated [default: HEISTCTL_SCOPE]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l resource -d 'The resource that the token is for (RFC 8707); may be repeated [default: HEISTCTL_RESOURCE]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l audience -d 'The audience that the token is for, where a server wants that name' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l param -d 'Another parameter of the token request; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l cacert -d 'Authorities to trust instead of the usual ones, PEM [default: SSL_CERT_FILE]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l timeout -d 'Time for all of it, as 30s or 1m [default: HEISTCTL_TIMEOUT, else 30s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l min-ttl -d 'How long a token from the cache must be good still; half its lifetime is enough' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s X -l request -d 'The method [default: GET, with a body POST]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s H -l header -d 'A header field to send; may be repeated. Mind that argv is public' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s d -l data -d 'The body: text, the bytes of @FILE, or @- for stdin' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l json-body -d 'The body as JSON, and said to be that' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s o -l output-file -d 'Write the body of a 2xx answer to this file, once it is there as a whole' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l repeat -d 'Send it that often, and print statuses and times in place of the bodies' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l dpop -d 'Bind the token to a key (DPoP, RFC 9449): one made for this run, unless --dpop-key names one'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l refresh -d 'Ask the server even if a good token is in the cache, and keep the new one'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l no-cache -d 'Neither take a token from the cache nor keep one'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l insecure-http -d 'Send secrets and tokens over plain http to other hosts, where anybody can read them'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s i -l include -d 'Print the status and the header fields of the answer before its body'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s L -l location -d 'Follow redirects, five at most; token and body stay at their origin, and https stays https'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -l json -d 'Print what --repeat found as a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l secret-file -d 'A file with the HMAC secret; one line end after it is left out' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l secret-env -d 'The environment variable that holds the HMAC secret' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l secret-encoding -d 'How the secret is written; raw takes every byte of it' -r -f -a "raw\t'Every byte as it is'
base64\t'Standard base64'
base64url\t'base64url'
hex\t'Hexadecimal'"
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l key -d 'A file with keys: PEM (public or private key, certificate), JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l jwks -d 'A file with a JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l issuer -d 'Go online: the keys of this issuer, by its metadata; it is also the issuer that is expected' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l introspection-url -d 'Where to ask [default: as the issuer\'s metadata says, else beside the token endpoint]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l profile -d 'The profile of the client that asks [default: HEISTCTL_PROFILE]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l jwks-url -d 'Go online: the JWK Set at this address' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l cacert -d 'Authorities to trust instead of the usual ones when going online, PEM [default: SSL_CERT_FILE]' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l iss -d 'The issuer that it must name, byte for byte' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l aud -d 'An audience that it must name; of several, one' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l sub -d 'The subject that it must name' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l scope -d 'Scopes that it must have, all of them' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l typ -d 'The type that its header must name, as at+jwt' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l alg -d 'Algorithms that are allowed' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l max-lifetime -d 'The longest lifetime that is allowed, as 1h' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l require -d 'Checks that must pass, neither skipped nor about something absent' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l leeway -d 'By how much clocks may differ, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l now -d 'Judge as of this moment: RFC 3339 or seconds since 1970' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l raw -d 'Print the decoded bytes of one part, untouched' -r -f -a "header\t'The header'
claims\t'The claims'"
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l diff -d 'Print what this token and another (or one in @FILE) differ in' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l introspect -d 'Go online: ask the issuer what the token is (RFC 7662), as the client of the environment or of a profile; of --issuer, else of HEISTCTL_TOKEN_URL, HEISTCTL_ISSUER or the profile'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l insecure-http -d 'Allow plain http to other hosts, where anybody can change the keys on their way'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l json -d 'Print the report as JSON'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l as-api -d 'Print what a strict API would answer (RFC 6750, RFC 9068); needs a key'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -l redact -d 'Print the token without its signature and its fingerprint: safe for a ticket'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "add" -d 'Register a client and print its secret, once'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "import" -d 'Register many clients from JSON lines, all or none, and print their secrets'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "list" -d 'List the clients'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "show" -d 'Show a client and its secrets\' times'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "set" -d 'Change what a client may do; its secrets stay'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "rotate" -d 'Print a new secret; the old ones end after a while'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "disable" -d 'Refuse a client, and what tokens it has'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "enable" -d 'Take a client back that was disabled'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "remove" -d 'Forget a client'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "hash" -d 'Print a `secret_hash` for heist.toml, of a secret from stdin'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and not __fish_seen_subcommand_from add import list show set rotate disable enable remove hash help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l scope -d 'Scopes that it may have, separated by spaces or commas; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l default-scope -d 'Scopes that it gets when it asks for none [default: all of them]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l audience -d 'Resources that it may ask tokens for (RFC 8707); may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l lifetime -d 'How long its tokens live, as 15m' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l auth-method -d 'The one way in which it proves who it is' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
private_key_jwt\t'An assertion signed with a private key'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l jwks -d 'A file with its public keys: PEM, JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l jwks-uri -d 'Where it publishes its public keys' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l allow-from -d 'Networks and addresses that it may ask from; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l introspect -d 'Whether it may ask what any token is (RFC 7662)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l token-exchange -d 'Whether it may act for others (RFC 8693)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l dpop-required -d 'Whether its tokens must be bound to a key of its own (RFC 9449)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l secret-stdin -d 'Take a secret that somebody made up from stdin, instead of making one'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l scope -d 'Scopes that it may have, separated by spaces or commas; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l default-scope -d 'Scopes that it gets when it asks for none [default: all of them]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l audience -d 'Resources that it may ask tokens for (RFC 8707); may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l lifetime -d 'How long its tokens live, as 15m' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l auth-method -d 'The one way in which it proves who it is' -r -f -a "client_secret_basic\t'Id and secret in the Authorization header'
client_secret_post\t'Id and secret in the body'
private_key_jwt\t'An assertion signed with a private key'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l jwks -d 'A file with its public keys: PEM, JWK or JWK Set' -r -F
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l jwks-uri -d 'Where it publishes its public keys' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l allow-from -d 'Networks and addresses that it may ask from; may be repeated' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l introspect -d 'Whether it may ask what any token is (RFC 7662)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l token-exchange -d 'Whether it may act for others (RFC 8693)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l dpop-required -d 'Whether its tokens must be bound to a key of its own (RFC 9449)' -r -f -a "true\t''
false\t''"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l overlap -d 'How long the old secrets are good still' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l now -d 'End the old secrets at once: they have leaked'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l secret-stdin -d 'Take a secret that somebody made up from stdin, instead of making one'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from hash" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "add" -d 'Register a client and print its secret, once'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "import" -d 'Register many clients from JSON lines, all or none, and print their secrets'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the clients'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a client and its secrets\' times'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change what a client may do; its secrets stay'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Print a new secret; the old ones end after a while'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Refuse a client, and what tokens it has'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Take a client back that was disabled'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Forget a client'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "hash" -d 'Print a `secret_hash` for heist.toml, of a secret from stdin'
complete -c heistctl -n "__fish_heistctl_using_subcommand client; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -f -a "list" -d 'List the keys, what each is, and its next step'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -f -a "generate" -d 'Make a key that is published and does not sign until `key rotate`; the first one signs at once'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -f -a "rotate" -d 'Give the key that signs a successor, which signs once verifiers can know it'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -f -a "retire" -d 'Take a key out at once that does not sign'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and not __fish_seen_subcommand_from list generate rotate retire help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l algorithm -d 'What it signs with: ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512 [default: as the newest key, else ES256]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l algorithm -d 'What the next key signs with [default: as the newest key, else ES256]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l now -d 'A key has leaked: put a new one in the place of all, at once; tokens that they signed end'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l lost-store-key -d 'With --now: the store key that seals those that are there is lost, or has leaked, too'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l store -d 'The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user\'s]' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l wait-for-store -d 'How long to wait for a store that is away, as 30s' -r
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -l json -d 'Answer with a JSON object'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from retire" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the keys, what each is, and its next step'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "generate" -d 'Make a key that is published and does not sign until `key rotate`; the first one signs at once'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Give the key that signs a successor, which signs once verifiers can know it'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "retire" -d 'Take a key out at once that does not sign'
complete -c heistctl -n "__fish_heistctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -l color -d 'Colour the output: auto means on a terminal' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -s q -l quiet -d 'Say nothing on stderr but errors'
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -s v -l verbose -d 'Say more on stderr; never a secret'
complete -c heistctl -n "__fish_heistctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "serve" -d 'Run the token server'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "token" -d 'Get an access token and print it'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "call" -d 'Get a token, call a protected resource with it, print the answer'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "inspect" -d 'Decode and judge a token, offline'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "client" -d 'Register clients in the store: add, list, show, set, rotate, disable, enable, remove'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "key" -d 'Look after the signing keys in the store: list, generate, rotate, retire'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and not __fish_seen_subcommand_from serve token call inspect client key completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "add" -d 'Register a client and print its secret, once'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "import" -d 'Register many clients from JSON lines, all or none, and print their secrets'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "list" -d 'List the clients'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "show" -d 'Show a client and its secrets\' times'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "set" -d 'Change what a client may do; its secrets stay'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "rotate" -d 'Print a new secret; the old ones end after a while'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "disable" -d 'Refuse a client, and what tokens it has'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "enable" -d 'Take a client back that was disabled'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "remove" -d 'Forget a client'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from client" -f -a "hash" -d 'Print a `secret_hash` for heist.toml, of a secret from stdin'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "list" -d 'List the keys, what each is, and its next step'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "generate" -d 'Make a key that is published and does not sign until `key rotate`; the first one signs at once'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "rotate" -d 'Give the key that signs a successor, which signs once verifiers can know it'
complete -c heistctl -n "__fish_heistctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "retire" -d 'Take a key out at once that does not sign'
