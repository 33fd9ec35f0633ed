#!/usr/bin/env bash
# Prints from one run what it costs that a client stands in a store: tokens a second of `heistctl serve`
# for the same client in heist.toml, in SQLite and in PostgreSQL, signed alike. Everybody has short rounds
# in turn, so that other load on the machine meets all alike, and the median counts.
#   benches/stores.sh            ROUNDS=3 and SECONDS_EACH=3 can be set
#   benches/stores.sh --quick    one round of one second: shows that it works, its figures say little
# Needs wrk, openssl and PostgreSQL's programs (Debian: apt-get install wrk openssl postgresql).
set -euo pipefail
cd "$(dirname "$0")/.."
needs=(wrk openssl psql setpriv)
source benches/rounds.sh
export CARGO_TARGET_DIR=target
cargo build --release --quiet

source benches/postgres.sh
trap 'stop; stop_postgres; rm -rf "$work"' EXIT

# ask NAME SECRET: what wrk asks that server.
ask() {
    asks[$1]=$work/$1.lua
    sed "s/client_id=.*&scope/client_id=backend\&client_secret=$2\&scope/" benches/token.lua > "${asks[$1]}"
}

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/signing.pem" 2> "$work/openssl"
common='[signing]
key_file = "signing.pem"'
export HEISTCTL_STORE_KEY
HEISTCTL_STORE_KEY=$(openssl rand -base64 32)
start_postgres 5432 listen_addresses=
declare -A store=([SQLite]="sqlite:$work/heistctl.db" [PostgreSQL]="postgres://heist@/postgres?host=$database")
contestants=("heist.toml" SQLite PostgreSQL)
printf '%s\n' "$common" > "$work/store.toml"
secret=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
printf '%s\n[[client]]\nid = "backend"\nsecret_hash = "sha256:%s"\nscopes = ["simulation:read"]\n' "$common" \
    "$(printf %s "$secret" | openssl dgst -sha256 -r | cut -d' ' -f1)" > "$work/heist.toml"
serve heist.toml --config "$work/heist.toml" --store memory:
ask heist.toml "$secret"
for name in SQLite PostgreSQL; do
    secret=$("$heistctl" client add backend --scope simulation:read --store "${store[$name]}" --quiet)
    serve "$name" --config "$work/store.toml" --store "${store[$name]}"
    ask "$name" "$secret"
done
echo "$(nproc) cores, shared by the server, by wrk (one thread, at 8 and at 64 connections, kept alive)"
echo "and by whatever else runs: load $(cut -d' ' -f1 /proc/loadavg) at the start. Rounds: $rounds of $seconds s."
for connections in 8 64; do
    for (( n = 1; n <= rounds; n++ )); do
        printf '%s connections, round %s:' "$connections" "$n"
        for name in "${contestants[@]}"; do round "$name" ES256 "$connections"; done
        echo
    done
done
for what in rate cost; do
    [ "$what" = rate ] && echo 'tokens a second, medians; beside heist.toml' || echo 'CPU time of the server for a token, µs'
    for connections in 8 64; do
        declared=$(median "$work/ES256.$connections.heist.toml.$what")
        printf '%11s' "$connections"
        for name in "${contestants[@]}"; do
            value=$(median "$work/ES256.$connections.$name.$what")
            awk -v name="$name" -v value="$value" -v declared="$declared" 'BEGIN { printf "   %s %.1f (%.2f)", name, value, value / declared }'
        done
        echo
    done
done
