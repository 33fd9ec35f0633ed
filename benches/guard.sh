#!/usr/bin/env bash
# Requests a second of nginx with a guard, beside the same nginx without one, in one run: at least half, or
# this fails. The API behind nginx is nginx itself with a constant answer. Needs nginx, wrk and curl (Debian:
# apt-get install nginx-light wrk curl). `--quick` runs once and judges nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() {
    echo "benches/guard.sh: $*" >&2
    exit 2
}
nginx=$(command -v nginx || true)
[ -n "$nginx" ] || nginx=/usr/sbin/nginx
[ -x "$nginx" ] || fail "there is no nginx: apt-get install nginx-light"
for program in wrk curl; do
    command -v "$program" > /dev/null || fail "there is no $program: apt-get install $program"
done
heistctl=${HEISTCTL:-target/release/heistctl}
[ -x "$heistctl" ] || fail "there is no $heistctl: cargo build --release"
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-3}
[ "${1:-}" != --quick ] || rounds=1 seconds=1
work=$(mktemp -d)
server=''
finish() {
    [ ! -s "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2> /dev/null || true
    [ -z "$server" ] || kill "$server" 2> /dev/null || true
    rm -rf "$work"
}
trap finish EXIT

# A free port from the system.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
cat > "$work/heist.toml" <<TOML
issuer = "https://as.example.com"
listen = "127.0.0.1:0"
trusted_proxies = ["127.0.0.1"]
ready_file = "ready"
store = "memory:"
[[resource]]
id = "https://api.example.com"
[[client]]
id = "shop"
secret_file = "secret"
scopes = ["orders:read"]
audiences = ["https://api.example.com"]
[[guard]]
name = "orders"
resource = "https://api.example.com"
routes = [{ method = "GET", path = "/orders/**", scopes = ["orders:read"] }]
TOML
head -c 32 /dev/urandom | base64 > "$work/secret"
chmod 600 "$work/secret" "$work/heist.toml"
"$heistctl" serve --config "$work/heist.toml" > "$work/log" 2>&1 &
server=$!
until [ -s "$work/ready" ]; do
    kill -0 "$server" 2> /dev/null || fail "heistctl: $(cat "$work/log")"
    sleep 0.05
done
url=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["url"])' "$work/ready")
token=$("$heistctl" token --token-url "$url/oauth/token" --client-id shop --client-secret-file "$work/secret" \
    --resource https://api.example.com --no-cache)

api=$(free_port) guarded=$(free_port) plain=$(free_port)
cat > "$work/nginx.conf" <<NGINX
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work; uwsgi_temp_path $work; scgi_temp_path $work;
    upstream api { server 127.0.0.1:$api; keepalive 64; }
    upstream guard { server ${url#http://}; keepalive 64; keepalive_requests 1000000; }
    server { listen 127.0.0.1:$api; keepalive_requests 1000000; location / { return 200 "ok"; } }
    server {
        listen 127.0.0.1:$plain; keepalive_requests 1000000;
        location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://api; }
    }
    server {
        listen 127.0.0.1:$guarded; keepalive_requests 1000000;
        location / {
            auth_request /_guard;
            auth_request_set \$client \$upstream_http_x_auth_client;
            proxy_set_header X-Auth-Client \$client;
            proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://api;
        }
        location = /_guard {
            internal;
            proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_pass http://guard/guard/orders;
            proxy_method GET; proxy_pass_request_body off; proxy_pass_request_headers off;
            proxy_set_header Content-Length "";
            proxy_set_header Authorization \$http_authorization;
            proxy_set_header X-Original-Method \$request_method;
            proxy_set_header X-Original-URI \$request_uri;
        }
    }
}
NGINX
"$nginx" -p "$work" -c "$work/nginx.conf" || fail "nginx: $(cat "$work/error.log")"
status() {
    curl -s -o /dev/null -w '%{http_code}' "$@"
}
got=$(status -H "Authorization: Bearer $token" "http://127.0.0.1:$guarded/orders/1")
[ "$got" = 200 ] || fail "the guarded nginx answers $got with a token: $(tail -3 "$work/log")"
got=$(status "http://127.0.0.1:$guarded/orders/1")
[ "$got" = 401 ] || fail "the guarded nginx answers $got without a token"

rate() {
    wrk -t1 -c16 -d"${seconds}s" -H "Authorization: Bearer $token" "http://127.0.0.1:$1/orders/1" > "$work/wrk"
    if grep -q 'Non-2xx' "$work/wrk"; then fail "$(cat "$work/wrk")"; fi
    awk '/^Requests\/sec/ { print $2 }' "$work/wrk"
}
median() {
    sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}
for (( n = 1; n <= rounds; n++ )); do
    rate "$plain" >> "$work/plain"
    rate "$guarded" >> "$work/guarded"
done
printf '%s cores, load %s; medians of %s rounds of %s s, 16 connections\n' "$(nproc)" \
    "$(cut -d' ' -f1 /proc/loadavg)" "$rounds" "$seconds"
awk -v plain="$(median "$work/plain")" -v guarded="$(median "$work/guarded")" -v quick="${1:-}" 'BEGIN {
    printf "nginx alone: %.0f requests a second\nnginx with guard: %.0f, %.2f times\n", plain, guarded, guarded / plain
    exit quick == "" && guarded < plain / 2
}'
