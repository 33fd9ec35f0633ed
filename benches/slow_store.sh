#!/usr/bin/env bash
# Prints what a slow, and a hung, database costs those who need nothing from it: times of answers to known
# clients, for the key set and for /health, while others send assertions (60 a second) and strangers invent
# client ids (500 a second, from another address). A proxy delays what PostgreSQL says.
#   benches/slow_store.sh [OTHER_HEISTCTL]   another build is measured first, in the same run
# DELAY=200 (ms) and SECONDS_EACH=10 can be set. Goal: known clients, key set and health keep a p99 under
# 50 ms; with a hung database no known client waits over 250 ms.
# Needs python3, openssl and PostgreSQL's programs (Debian: apt-get install postgresql).
set -euo pipefail
cd "$(dirname "$0")/.."
delay=${DELAY:-200} each=${SECONDS_EACH:-10}
work=$(mktemp -d)
fail() {
    printf '%s: %s\n' "$0" "$1" >&2
    exit 1
}
for tool in python3 openssl psql setpriv pgrep; do
    command -v "$tool" > /dev/null || fail "it needs $tool"
done
export CARGO_TARGET_DIR=target
cargo build --release --quiet
source benches/postgres.sh
server='' proxy=''
stop() {
    for pid in $server $proxy; do kill "$pid" 2> /dev/null || true; wait "$pid" 2> /dev/null || true; done
    server='' proxy=''
}
finish() {
    stop
    [ -z "$postgres" ] || hang CONT
    stop_postgres
    rm -rf "$work"
}
trap finish EXIT
# The database with all of its sessions stops, or goes on.
hang() {
    for pid in $postgres $(pgrep -P "$postgres"); do kill "-$1" "$pid" 2> /dev/null || true; done
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start_postgres "$port" listen_addresses=127.0.0.1

export HEISTCTL_STORE_KEY
HEISTCTL_STORE_KEY=$(openssl rand -base64 32)
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/signing.pem" 2> "$work/openssl"
printf 0123456789abcdef0123456789abcdef > "$work/caller.secret"
cat > "$work/heist.toml" <<TOML
issuer = "https://bench.example"
[signing]
key_file = "signing.pem"
[[client]]
id = "caller"
auth_method = "client_secret_jwt"
secret_file = "caller.secret"
scopes = ["x"]
TOML
secret=$(target/release/heistctl client add known --scope x --quiet \
    --store "postgres://heist@127.0.0.1:$port/postgres")

# start HEISTCTL MILLISECONDS: a server whose database is so far away.
start() {
    rm -f "$work/port" "$work/ready"
    python3 benches/slow_store.py proxy "$port" "$2" "$work/port" &
    proxy=$!
    until [ -s "$work/port" ]; do sleep 0.02; done
    "$1" serve --config "$work/heist.toml" --store "postgres://heist@127.0.0.1:$(cat "$work/port")/postgres" \
        --listen 127.0.0.1:0 --ready-file "$work/ready" > /dev/null 2> "$work/log" &
    server=$!
    until [ -s "$work/ready" ]; do
        kill -0 "$server" 2> /dev/null || fail "it did not start: $(cat "$work/log")"
        sleep 0.02
    done
    url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' "$work/ready")
}
callers() { python3 benches/slow_store.py callers "$url" known "$secret" "$each"; }

echo "$(nproc) cores, shared by all; load $(cut -d' ' -f1 /proc/loadavg) at the start; $each s each"
for heistctl in "$@" target/release/heistctl; do
    printf '\n%s, the database %s ms away\n' "$heistctl" "$delay"
    start "$heistctl" "$delay"
    callers
    grep -h 'the store is' "$work/log" || true
    stop
    printf '\n%s, the database hangs (SIGSTOP) after a second\n' "$heistctl"
    start "$heistctl" 0
    (sleep 1; hang STOP) &
    hanging=$!
    callers
    wait "$hanging"
    grep -h 'the store' "$work/log" || true
    hang CONT
    stop
done
