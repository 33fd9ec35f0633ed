//! Flags of other tools and other commands, and their equivalents here.

use super::foreign_commands::PUBLISHED;

/// A flag of another tool.
pub(super) struct ForeignFlag {
    /// The commands that this row applies to; empty for all.
    pub(super) commands: &'static [&'static str],
    /// The flags, separated by spaces.
    pub(super) flags: &'static str,
    /// The hint. `{example}` is replaced with the typed value, if there is one.
    pub(super) cure: &'static str,
}

const fn on(commands: &'static [&'static str], flags: &'static str, cure: &'static str) -> ForeignFlag {
    ForeignFlag { commands, flags, cure }
}

pub(super) const SERVE: &[&str] = &["serve"];
pub(super) const TOKEN: &[&str] = &["token"];
pub(super) const CALL: &[&str] = &["call"];
pub(super) const CLIENTS: &[&str] = &["token", "call"];
pub(super) const HTTPS: &[&str] = &["token", "call", "inspect"];
pub(super) const INSPECT: &[&str] = &["inspect"];
pub(super) const MINT: &[&str] = &["mint"];
pub(super) const REGISTERS: &[&str] = &["client add", "client set", "client create", "client update"];
pub(super) const ADD: &[&str] = &["client add"];
pub(super) const ROTATE: &[&str] = &["client rotate"];
pub(super) const STORES: &[&str] = &["client", "key", "store"];
pub(super) const KEY: &[&str] = &["key"];
pub(super) const ANY: &[&str] = &[];

const CLIENT_TOML: &str =
    "heistctl client add backend --scope orders:read registers a client; so does a [[client]] in heist.toml";
const STORE_KEY: &str =
    "HEISTCTL_STORE_KEY, or HEISTCTL_STORE_KEY_FILE=FILE, in the environment: argv is public";
const CERTIFICATE: &str = "--tls-cert chain.pem --tls-key key.pem, or --tls-self-signed DIR for development";
const SIGNING: &str =
    "HEISTCTL_SIGNING_SECRET holds the secret; [signing] in heist.toml names key_file or secret_file";
pub(super) const NO_SECRET: &str =
    "--client-secret-file FILE, - for stdin, or HEISTCTL_CLIENT_SECRET: argv is public";
const CACERT: &str = "--cacert ca.pem trusts another authority; certificates are always verified";
const SENT_BY_TOKEN: &str = "--param NAME=VALUE adds a parameter; heistctl call sends requests of your own";
const OWN_TOKEN: &str =
    "--token FILE or --token - sends a token that you have; without it, heistctl call gets the token itself";
/// For curl's flags that `call` has no counterpart of.
const BY_CURL: &str = "curl has it: curl -K <(heistctl token -o curl) URL sends the token";
const NO_BROWSER: &str = "leave it out: heistctl requests no grant that needs a browser or a person";
const STATUS: &str = "-i prints status and header fields; --repeat 1 --json prints status and time";
const DATA: &str = "--data TEXT, --data @FILE or --data @- sends the bytes as they are";
const HMAC: &str =
    "--secret-file FILE, or --secret-env NAME, where NAME is a variable that holds it: argv is public";

/// The first match counts, so narrow rows come first.
#[rustfmt::skip]
pub(super) const FOREIGN: &[ForeignFlag] = &[
    // serve
    on(SERVE, "--port -p -P --listen-port", "--listen 127.0.0.1:{8001}"),
    on(SERVE, "--listenaddr --listen-addr --listen-address --host --hostname --bind --address --addr --ip --interface -b -l -a", "--listen 127.0.0.1:8001"),
    on(SERVE, "--log-file --logfile --access-log --output -o", "heistctl serve > {heistctl.log}; the log goes to stdout"),
    on(SERVE, "--log-format --log-style", "--log json, or --log text"),
    on(SERVE, "--log-level --loglevel --debug --trace", "-q logs errors only; --log text or --log json chooses its form"),
    on(SERVE, "--audit-log --audit", "audit_log = \"{audit.jsonl}\" in heist.toml"),
    on(SERVE, "--secret --signing-secret --jwt-secret --signing-key --secret-file --key-file --private-key --jwks", SIGNING),
    on(SERVE, "--client --clients --client-id --client-secret --user --users --scope --scopes", CLIENT_TOML),
    on(SERVE, "--lifetime --ttl --token-lifetime --token-ttl --expiry --expires-in --expiration", "token_lifetime = \"{1h}\" in heist.toml"),
    on(SERVE, "--alg --algorithm", "algorithm = \"{ES256}\" under [signing] in heist.toml"),
    on(SERVE, "--cert --certificate --tls-certificate --ssl-cert --tls --https --ssl --ssl-key --cert-key --key --tls-cert-file --tls-key-file", CERTIFICATE),
    on(SERVE, "--self-signed --dev-cert", "--tls-self-signed DIR"),
    on(SERVE, "--insecure --http --no-tls --no-https --plain -k", "--insecure-http serves plain http beyond loopback; --listen 127.0.0.1:8001 needs no flag"),
    on(SERVE, "--store-url --db --database --sqlite --storage --data-dir --dsn --database-url", "--store sqlite:heistctl.db"),
    on(SERVE, "--memory --in-memory --ephemeral", "--store memory:"),
    on(SERVE, "--daemon --daemonize --background --detach -d", "nohup heistctl serve > heistctl.log &"),
    on(SERVE, "--config-file --configuration --conf -c -f --file --settings", "--config {heist.toml}"),
    on(SERVE, "--dev --example --sample --quickstart", "--demo"),
    on(SERVE, "--metrics --prometheus --metrics-port --metrics-addr", "--metrics-listen 127.0.0.1:9001"),
    on(SERVE, "--url --iss --issuer-url --base-url --external-url", "--issuer {https://as.example.com}"),
    on(SERVE, "--public-url", "public_url = \"{https://as.example.com}\" in heist.toml"),
    on(SERVE, "--aud --audience", "audience = \"{https://api.example.com}\" in heist.toml"),
    on(SERVE, "--pid-file --pidfile --ready", "--ready-file {ready.json}; its event names the pid"),
    on(SERVE, "--validate --dry-run --test-config --check-config -t -n", "--check"),
    on(SERVE, "--admin-token --api-key --password --pass --username", CLIENT_TOML),
    on(SERVE, "--workers --threads --max-connections --concurrency --rate-limit", "[limits] in heist.toml; heistctl help config lists its keys"),
    on(SERVE, "--cors --cors-origin --allowed-origins --allow-origin", "leave it out: pages of any origin may read the public documents, and none may request tokens"),
    on(SERVE, "--acme --letsencrypt --lets-encrypt --autocert", CERTIFICATE),
    on(SERVE, "--reload --watch --hot --hot-reload", "kill -HUP PID makes heistctl serve read heist.toml again; --ready-file FILE has the pid"),
    on(SERVE, "--stop --shutdown --kill", "Ctrl-C or SIGTERM stops heistctl serve; --ready-file FILE has the pid"),
    on(SERVE, "--open --browser --ui", "leave it out: heistctl serve has no web page"),
    on(SERVE, "--no-demo --prod --production --release", "leave it out: without --demo nothing of the demo is served"),
    on(SERVE, "--store-key --store-key-file --encryption-key --master-key", STORE_KEY),
    on(SERVE, "--exec --run --command --cmd -e", "heistctl serve --demo -- COMMAND"),
    // token and call: the client
    on(CLIENTS, "--client-secret --client_secret --secret --password --pass", NO_SECRET),
    on(CLIENTS, "--secret-file --secret-stdin --password-file --password-stdin", "--client-secret-file FILE, - for stdin"),
    on(CLIENTS, "-u --user --basic --username --client", "--client-id ID, and --client-secret-file FILE (- for stdin) or HEISTCTL_CLIENT_SECRET"),
    on(CLIENTS, "--client_id --clientid --id --app-id", "--client-id {ID}"),
    on(CLIENTS, "--grant-type --grant_type --flow -g", "--grant {client_credentials}"),
    on(CLIENTS, "--subject-token --subject_token --subject", "--subject-token-file FILE, - for stdin: argv is public"),
    on(CLIENTS, "--actor-token --actor_token --actor", "--actor-token-file FILE: argv is public"),
    on(CLIENTS, "--id-token --oidc-token --web-identity --workload-identity --federated --federated-token --oidc", "--identity github-actions, gitlab:NAME, kubernetes, google, azure:RESOURCE, file:PATH or env:NAME"),
    on(CLIENTS, "--identity-file --id-token-file --web-identity-token-file --federated-token-file --jwt-svid", "--identity file:PATH"),
    on(INSPECT, "--no-verify --noverify --skip-verify --no-signature", "leave it out: without a key heistctl inspect verifies no signature"),
    on(HTTPS, "-k --insecure --no-verify --no-verify-ssl --skip-verify --no-check-certificate --insecure-skip-tls-verify --insecure-skip-verify --skip-tls-verify --tls-no-verify --no-ssl-verify --verify-ssl", CACERT),
    on(HTTPS, "--tls-root-ca --ca --ca-cert --cafile --ca-file --capath --ca-bundle --cabundle --root-ca --trust", "--cacert {ca.pem}"),
    on(CLIENTS, "-E --cert --certificate --mtls --tls-cert", "--client-cert {cert.pem} --client-cert-key key.pem"),
    on(CLIENTS, "--key --cert-key --tls-key --private-key", "--client-cert-key FILE for a certificate's key; --client-key FILE for private_key_jwt"),
    on(CLIENTS, "--signing-key --assertion --client-assertion --jwt-key", "--client-key key.pem signs an assertion (private_key_jwt)"),
    on(CLIENTS, "--pkce --redirect-url --redirect-uri --callback --response-type --response-types --response-mode --authorization-endpoint --authorize-url --browser --no-browser --login-hint --prompt --acr-values --par --device --device-code --refresh-token --code", NO_BROWSER),
    on(CLIENTS, "--parameter --extra --extra-param --extra-params", "--param NAME=VALUE"),
    on(CLIENTS, "--netrc --netrc-file --netrc-optional", "--client-secret-file FILE, or a profile in config.toml with secret_command"),
    on(CLIENTS, "--region --role-arn --no-sign-request --cli-input-json --context --namespace --cluster --kubeconfig", "leave it out: the issuer is all that heistctl needs; --profile NAME chooses settings"),
    on(CLIENTS, "--issuer-url --iss --realm --domain --tenant --authority --auth-server --as --server --discovery", "--issuer {https://as.example.com}"),
    on(CLIENTS, "--token-endpoint --endpoint-url --token_url --token-uri --tokenurl --endpoint --auth-url", "--token-url {https://as.example.com/oauth/token}"),
    on(TOKEN, "--url --host", "--issuer https://as.example.com, or --token-url https://as.example.com/oauth/token"),
    on(CLIENTS, "--scopes --scp", "--scope {orders:read}"),
    on(CLIENTS, "--aud --api", "--resource {https://api.example.com} (RFC 8707), or --audience"),
    on(CLIENTS, "--method --auth --auth-style --client-auth --client-auth-method", "--auth-method client_secret_basic; heistctl call -h has -X for the request's method"),
    on(CLIENTS, "-m --max-time --http-timeout --connect-timeout --speed-time --wait --deadline", "--timeout {30s}"),
    on(CLIENTS, "--force --force-refresh --renew --fresh --new", "--refresh"),
    on(CLIENTS, "--nocache --no-store --skip-cache --ignore-cache", "--no-cache"),
    on(CLIENTS, "--cache-dir --cache-folder --cache", "HEISTCTL_CACHE_DIR=DIR in the environment"),
    on(CLIENTS, "-s --silent -sS", "-q"),
    on(CLIENTS, "--retry --retries --max-retries --retry-delay --retry-max-time --retry-all-errors --retry-connrefused", "leave it out, or loop in the shell: exit codes 5 to 7 (15 to 17) mean that a later try may succeed"),
    on(CLIENTS, "-x --proxy --socks5 --preproxy --proxy-user --noproxy", "HTTPS_PROXY={http://proxy:3128} in the environment; NO_PROXY names exceptions"),
    on(CALL, "-e --referer", "-H 'Referer: {https://example.com}'"),
    on(CALL, "--verify", CACERT),
    on(CALL, "-c --cookie-jar", "leave it out: heistctl call keeps no cookies; -H 'Cookie: NAME=VALUE' sends one"),
    on(CALL, "-K --config", BY_CURL),
    on(CLIENTS, "-p --profiles --environment -e --config -c -K", "--profile NAME; heistctl token --list-profiles lists them"),
    // token
    on(TOKEN, "-d --data --data-urlencode --data-raw --data-binary --data-ascii -F --form --form-string --body --json-body -G --get -T --upload-file", SENT_BY_TOKEN),
    on(TOKEN, "-X --request --post", "leave it out: a token request is a POST; heistctl call -X sends requests of your own"),
    on(TOKEN, "-S --show-error -f --fail --fail-with-body --compressed -# --progress-bar -N --no-buffer -g --globoff -n -0 -4 -6 --ipv4 --ipv6 --http1.1 --http2 --http3 --tlsv1.2 --tlsv1.3 --resolve --connect-to --interface -J", "leave it out: heistctl token does that by itself, and prints an error and its exit code"),
    on(TOKEN, "-D --dump-header --write-out --trace-ascii --trace-time", "-v shows the request and the answer, without secrets"),
    on(TOKEN, "-b --cookie --cookie-jar -H --header -A --user-agent", "heistctl call -H 'NAME: VALUE' sends a header field to an API; heistctl token sends its own"),
    on(TOKEN, "--format --print --form-at --output-format --as-json", "--output json; also raw, header, env or curl"),
    on(TOKEN, "--output-file --out --out-file --save -O --outfile -w", "heistctl token > {token.txt}"),
    on(TOKEN, "-i --include -I --head -L --location --location-trusted", "heistctl call has it; heistctl token prints the token only"),
    on(TOKEN, "--bearer --as-header", "--output header"),
    on(TOKEN, "--export --env --shell", "--output env"),
    on(TOKEN, "--raw --plain --print-token --print-access-token --access-token --field --query --jq --token-only", "leave it out: heistctl token prints the token alone; -o json has its times, too"),
    on(TOKEN, "--revoke-token", "--revoke - < token.txt, or --revoke for the cached token"),
    on(TOKEN, "--check-token --check-cache --valid", "--check"),
    on(TOKEN, "--decode --inspect --verify", "heistctl token | heistctl inspect"),
    on(CLIENTS, "--min-validity --min-lifetime --min-remaining --min-expiry --min-time --expiry-buffer --leeway", "--min-ttl {60s} sets how long a cached token must stay valid"),
    on(TOKEN, "--ttl --lifetime --expires-in", "leave it out: the server decides; --min-ttl 60s sets how long a cached token must stay valid"),
    // call
    on(CALL, "--bearer --oauth2-bearer --access-token --authorization -a", OWN_TOKEN),
    on(CALL, "--output -O --remote-name --remote-header-name -J --out --save --download --output-document", "-o FILE writes the answer to a file"),
    on(CALL, "-S --show-error -f --fail --fail-with-body --fail-early --check-status --ignore-stdin --path-as-is --create-dirs --raw-output --compressed --no-progress-meter -# --progress-bar --no-progress -N --no-buffer --globoff -g", "leave it out: heistctl call does that by itself, and exits 4 for 4xx, 5 for 5xx"),
    on(CALL, "--include-headers -w --write-out --pretty -D --dump-header --headers --print --status --show-headers", STATUS),
    on(CALL, "-F --form --form-string --multipart", "--data @FILE -H 'Content-Type: multipart/form-data; boundary=…'; heistctl call makes no form"),
    on(CALL, "--data-raw --data-binary --data-ascii --body --payload --raw --post-data --body-file --post-file", DATA),
    on(CALL, "--data-urlencode --form-urlencoded", "-d 'NAME=VALUE' -H 'Content-Type: application/x-www-form-urlencoded'"),
    on(CALL, "--json-data --data-json --json-file -j", "--json-body '{…}' or --json-body @FILE"),
    on(CALL, "-I --head --spider", "-X HEAD -i"),
    on(CALL, "--http-method --verb --get -G --post --put --delete --patch", "-X GET, -X POST, …; a query goes into the URL"),
    on(CALL, "-A --user-agent", "-H 'User-Agent: {my-script}'"),
    on(CALL, "-b --cookie --cookie-jar", "-H 'Cookie: NAME=VALUE'"),
    on(CALL, "--accept", "-H 'Accept: {application/json}'"),
    on(CALL, "--content-type --type -t", "-H 'Content-Type: {application/json}'"),
    on(CALL, "-r --range", "-H 'Range: bytes={0-99}'"),
    on(CALL, "-T --upload-file --upload", "-X PUT --data @FILE"),
    on(CALL, "-n --count --times --runs --requests --number --loop", "--repeat {100}"),
    on(CALL, "--trace --trace-ascii --trace-time --debug", "-v shows the requests and the answers, without secrets"),
    on(CALL, "--auth-type --digest --anyauth --negotiate --ntlm --basic-auth", OWN_TOKEN),
    on(CALL, "--aws-sigv4 --unix-socket --abstract-unix-socket --doh-url --dns-servers --limit-rate -C --continue-at -z --time-cond --ciphers --tls13-ciphers --curves --pinnedpubkey --next -: -P --ftp-port -Q --quote -y -Y --speed-limit -R --remote-time -l -B -M --request-target --session --crlfile --cert-status --cert-type --key-type --keepalive-time --no-keepalive --tcp-nodelay --haproxy-protocol --stderr --variable --expand-data --post301 --tls-max --http0.9 --http2-prior-knowledge --hsts --alt-svc --mail-from --etag-save --etag-compare --rate --url-query", BY_CURL),
    on(CALL, "--parallel -Z --concurrency --jobs", "--repeat 100 sends one request after the other; xargs -P runs several heistctl call"),
    on(CALL, "--follow --follow-redirects --max-redirs --location-trusted", "-L follows up to five redirects"),
    on(CALL, "--url --uri --target", "heistctl call {https://api.example.com/things}; the URL has no flag"),
    on(CALL, "--query --params --param-query", "the query goes into the URL: 'https://api.example.com/things?a=b'"),
    on(CALL, "--http1.1 --http1.0 --http2 --http3 -0 -4 -6 --ipv4 --ipv6 --tlsv1.2 --tlsv1.3 --resolve --connect-to --interface", "leave it out: heistctl call speaks HTTP/1.1 and TLS 1.2 or 1.3, and takes the addresses of the system's resolver"),
    // inspect
    on(INSPECT, "--secret --client-secret --client-secret-file --hmac --hmac-secret --shared-secret --password -s -S --secret-key --key-secret", HMAC),
    on(INSPECT, "--token --jwt -t --file --token-file --input --from-file -f -i --stdin", "heistctl inspect < token.txt"),
    on(INSPECT, "--public-key --pubkey --public --pem --cert --certificate --verify-key --key-file --jwk -k -p --x509", "--key {public.pem}"),
    on(INSPECT, "--jwks-uri --jwks_uri --jwk-url --key-url --jwks-endpoint --keys-url", "--jwks-url {https://as.example.com/.well-known/jwks.json}"),
    on(INSPECT, "--jwks-file --jwk-set --keys", "--jwks {jwks.json}"),
    on(INSPECT, "--audience --resource -a", "--aud {https://api.example.com}"),
    on(INSPECT, "--subject --client-id", "--sub {backend}"),
    on(INSPECT, "--algorithm --algorithms --algs -A", "--alg {RS256}"),
    on(INSPECT, "--type --token-type", "--typ {at+jwt}"),
    on(INSPECT, "--scopes", "--scope {orders:read}"),
    on(INSPECT, "--decode -d --header --payload --claims --body --show --only", "--raw header or --raw claims; without it heistctl inspect prints both"),
    on(INSPECT, "--verify --validate --check --signature --verify-signature", "--key public.pem, --secret-file FILE or --issuer URL verifies the signature"),
    on(INSPECT, "--time --at --date --at-time --current-time", "--now 2026-01-02T03:04:05Z"),
    on(INSPECT, "--clock-skew --skew --tolerance --grace --clock-tolerance", "--leeway {30s}"),
    on(INSPECT, "--ignore-exp --ignore-expiration --no-exp --no-expiry --allow-expired", "--now 2026-01-02T03:04:05Z judges the token at that time"),
    on(INSPECT, "--output -o --pretty --compact --as-json -j", "--json"),
    on(INSPECT, "--base64 --b64 --hex --base64url --encoding --secret-base64 --key-encoding", "--secret-encoding base64; also base64url, hex or raw"),
    on(INSPECT, "--introspection --active --opaque", "--introspect"),
    on(INSPECT, "--online --discover --discovery --fetch --issuer-url", "--issuer {https://as.example.com}"),
    on(INSPECT, "--max-age --lifetime", "--max-lifetime {1h}"),
    // mint
    on(MINT, "--secret -S -s --hmac-secret --shared-secret --password --signing-secret", "--secret-file FILE, or --secret-file - for stdin: argv is public"),
    on(MINT, "--private-key --signing-key --key-file -k --jwk --pem", "--key {key.pem}"),
    on(MINT, "--algorithm -A", "--alg {ES256}"),
    on(MINT, "--issuer -i", "--iss {https://as.example.com}"),
    on(MINT, "--subject", "--sub {alice}"),
    on(MINT, "--audience -a --resource", "--aud {https://api.example.com}"),
    on(MINT, "--scopes", "--scope {orders:read}"),
    on(MINT, "--exp -e --ttl --lifetime --expires-in --expiry --expire --valid-for", "--expires {5m}"),
    on(MINT, "--kid", "--header kid={k1}"),
    on(MINT, "--claim --payload -P --json-body --data -d --body", "--claims @claims.json, or a JSON object in place of @claims.json"),
    on(MINT, "--nbf --iat --jti --client-id --client_id", "--claims '{\"nbf\":1795420800}' sets any claim"),
    on(MINT, "--type --token-type", "--typ {at+jwt}"),
    on(MINT, "--flaw --break --fault --invalid --bad", "--broken {expired}"),
    on(MINT, "--expired", "--broken expired"),
    on(MINT, "--yes -y --force", "--yes-sign-with-this-key"),
    // client
    on(&["client list"], "--sort --sort-by --order --order-by", "leave it out: the list is sorted by id"),
    on(&["client list"], "-w --watch -f --follow", "leave it out: watch heistctl client list runs it every two seconds"),
    on(&["client list"], "--page --offset --skip --start --cursor --page-token", "--limit 100 --after ID lists the clients after an id"),
    on(&["client list"], "--per-page --page-size --max-items --max --top -n --count", "--limit {100}"),
    on(&["client list"], "--jq --template --columns --fields --no-headers --no-trunc --wide -l --selector --csv", "--json is for jq: heistctl client list --json | jq -r '.clients[].id'"),
    on(&["client list"], "-A --all-namespaces --all -a", "leave it out: heistctl client list lists all clients"),
    on(&["client list"], "--enabled --active", "leave it out; --disabled lists disabled clients only"),
    on(&["client list"], "--scope --scopes", "leave it out: heistctl client list --json | jq '.clients[] | select(.scopes | index(\"orders:read\"))'"),
    on(&["client list"], "--filter --search --query --grep --match --name --id", "--prefix {team-}"),
    on(&["client history", "key history"], "--since --from --until --last --after --limit --tail -n --head --reverse", "leave it out: all changes are listed; --json is for jq"),
    on(REGISTERS, "--description --desc --display-name --title --label --labels --tag --tags --metadata --owner --email --contact", "leave it out: a client has no description; its id is its name"),
    on(REGISTERS, "--rename --new-id --new-name", "heistctl client add NEW_ID, then heistctl client remove ID: an id never changes"),
    on(REGISTERS, "--role --roles --permission --permissions --group --groups --allow-scope", "--scope {'orders:read orders:write'}"),
    on(REGISTERS, "--grant-type --grant-types --grants --response-types --redirect-uri --redirect-uris --callback --public --confidential --type --pkce", "leave it out: clients of heistctl use client_credentials, with a secret or a key"),
    on(&["client import"], "--dry-run --check --validate -n", "leave it out: clients are registered all or none, and a wrong line is named"),
    on(REGISTERS, "--disabled --disable", "heistctl client disable ID"),
    on(REGISTERS, "--enabled --enable --active", "heistctl client enable ID, or heistctl client disable ID"),
    on(REGISTERS, "--add-scope --add-scopes --append-scope --remove-scope --remove-scopes --scope-add", "--scope sets all scopes; heistctl client show ID has the present ones"),
    on(&["key rotate"], "--force --immediate --immediately -f", "--now"),
    on(ROTATE, "--jwks --key --public-key", "heistctl client set ID --jwks public.pem"),
    on(ADD, "--secret --client-secret --password --secret-file", "--secret-stdin < FILE; without it heistctl makes a secret and prints it"),
    on(ROTATE, "--secret --client-secret --password --secret-file", "--secret-stdin < FILE; without it heistctl makes a secret and prints it"),
    on(&["client set", "client update"], "--secret --client-secret --password --secret-file --secret-stdin", "heistctl client rotate ID --secret-stdin < FILE"),
    on(ROTATE, "--force --immediate --immediately --no-overlap", "--now"),
    on(ROTATE, "--grace --keep --overlap-time --ttl", "--overlap {24h}"),
    on(&["client import"], "--file --input -f -i --stdin", "heistctl client import clients.jsonl, or heistctl client import - < clients.jsonl"),
    on(&["client hash"], "--secret --password --secret-file --stdin --secret-stdin", "heistctl client hash < FILE"),
    on(REGISTERS, "--scopes -s --allowed-scopes", "--scope {orders:read}"),
    on(REGISTERS, "--default-scopes", "--default-scope {orders:read}"),
    on(REGISTERS, "--ttl --token-lifetime --token-ttl --expires --expires-in --expiry", "--lifetime {15m}"),
    on(REGISTERS, "--aud --audiences --resource --resources", "--audience {https://api.example.com}"),
    on(REGISTERS, "--ip --allow --allow-ip --network --networks --cidr --from", "--allow-from {10.0.0.0/8}"),
    on(REGISTERS, "--key --public-key --jwk --pubkey --cert", "--jwks {public.pem}"),
    on(REGISTERS, "--jwks-url --jwk-url --keys-url", "--jwks-uri {https://client.example.com/jwks.json}"),
    on(REGISTERS, "--dpop", "--dpop-required"),
    on(REGISTERS, "--auth --token-endpoint-auth-method --method", "--auth-method private_key_jwt"),
    on(REGISTERS, "--exchange --on-behalf-of", "--token-exchange"),
    on(&["store restore"], "--force -f --overwrite --clean --if-exists", "--replace"),
    on(&["store backup"], "--force -f --overwrite", "name a new file: a backup is never overwritten"),
    on(&["store backup"], "-o --output --file --to", "the file is an argument by itself: heistctl store backup {FILE}"),
    on(STORES, "--db --database --sqlite --dsn --database-url --storage", "--store sqlite:heistctl.db"),
    on(STORES, "-c --config-file", "--config {heist.toml}"),
    on(STORES, "--id --client-id --name -n --kid --client", "leave the flag out: the id is an argument by itself"),
    on(STORES, "--yes -y --force -f --no-confirm --confirm", "leave it out: heistctl asks for no confirmation"),
    on(STORES, "--output -o --format", "--json"),
    on(&["key rotate", "key generate", "key list", "key retire", "key history", "client"], "--store-key --store-key-file --encryption-key --master-key", STORE_KEY),
    // key
    on(&["key rotate"], "--at --when --in --delay --after", "leave it out: the successor signs in five minutes; --now replaces all keys at once"),
    on(&["key generate", "key rotate"], "--out --output-file --outfile --file", "leave it out: keys stay in the store"),
    on(&["key reseal"], "--key --key-file --store-key --new-key --password --secret", "--new-key-file {new.key}"),
    on(&["key list", "key history"], "--all -a -A", "leave it out: all keys are listed"),
    on(&["key list"], "--public --jwks --pem --export", PUBLISHED),
    on(&["key generate", "key rotate"], "--alg --type --kty -a -t --curve", "--algorithm {ES256}"),
    on(&["key generate", "key rotate"], "--size --bits --length -b --rsa", "--algorithm RS256 for an RSA key"),
    on(&["completions"], "--shell -s", "heistctl completions {bash}"),
    on(&["completions"], "--bash", "heistctl completions bash"),
    on(&["completions"], "--zsh", "heistctl completions zsh"),
    on(&["completions"], "--fish", "heistctl completions fish"),
    on(&["completions"], "-o --output --out --install", "heistctl completions bash > FILE"),
    on(&["man"], "--section -s -l -P", "heistctl man token | man -l -"),
    // all
    on(ANY, "--version -V", "heistctl --version"),
    on(ANY, "--silent", "-q"),
    on(ANY, "--debug --trace --log-level --verbosity", "-v"),
    on(ANY, "--no-color --no-colour --nocolor --colour", "--color never"),
    on(ANY, "--usage -? --manual", "-h"),
    on(ANY, "--format --output-format", "--json"),
];

/// Whether a row for these commands is for this one: `client` stands for all of its own.
pub(super) fn is_for(commands: &[&str], command: &str) -> bool {
    let within = |group: &str| {
        command.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    commands.is_empty() || commands.iter().any(|group| within(group))
}
