#!/usr/bin/env bash
# Prints what a client notices of another address that floods: how long it waits for its token, on new
# connections and on a kept one, and how many of its 100 idle connections are closed.
#   benches/fairness.sh                SECONDS_EACH=10 and CONNECTIONS=2000 can be set
#   HEISTCTL=/path/to/heistctl benches/fairness.sh        measures another build
# Needs openssl and python3. Client, flood and server share the machine's cores.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-10} connections=${CONNECTIONS:-2000}
source benches/floods.sh
certificate P-256

# row NAME SCHEME FLOOD COUNT
row() {
    local tls=(--tls-cert "$work/tls.crt" --tls-key "$work/tls.key")
    [ "$2" = https ] || tls=()
    serve "${tls[@]}"
    echo "$1:"
    flood idle "$url" 127.0.0.2 100 "$seconds" &
    local idle=$!
    if [ -n "$3" ]; then beside "$3" "$url" 127.0.0.3 "$4"; fi
    flood honest "$url" 127.0.0.2 "$((seconds - 1))"
    wait "$idle"
    stop
}
row "plain http, alone" http "" 0
row "plain http, beside $connections connections that pipeline" http pipeline "$connections"
row "TLS, alone" https "" 0
row "TLS, beside $connections connections with unfinished bodies" https bodies "$connections"
row "TLS, beside 500 connections that send records of one byte" https updates 500
