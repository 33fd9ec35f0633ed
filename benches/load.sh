#!/usr/bin/env bash
# Prints from one run what a token costs: tokens a second of `heistctl serve`, plain and over TLS,
# beside a bare tiny_http and a bare hyper that sign the same token (benches/baseline). Everybody has
# short rounds in turn, so that other load on the machine meets all alike, and the median counts.
#   benches/load.sh            ROUNDS=3 and SECONDS_EACH=3 can be set
#   benches/load.sh --quick    one round of one second: shows that it works, its figures say little
# Needs wrk, curl and openssl (Debian: apt-get install wrk curl openssl).
set -euo pipefail
cd "$(dirname "$0")/.."
needs=(wrk curl openssl)
source benches/rounds.sh
export CARGO_TARGET_DIR=target
cargo build --release --quiet
cargo build --release --quiet --manifest-path benches/baseline/Cargo.toml
baseline=target/release/baseline
body=$(sed -n 's/^wrk.body = "\(.*\)"$/\1/p' benches/token.lua)
# Where header or claims differed, answers would be of different lengths.
check_same_work() {
    local name size expected=
    for name in "${contestants[@]}"; do
        size=$(curl -sSk --fail-with-body --max-time 5 -d "$body" -o "$work/answer" -w '%{size_download}' "${url[$name]}") ||
            fail "$name gives no token: $(cat "$work/answer")"
        grep -q '"access_token":"ey' "$work/answer" || fail "$name gives no token: $(cat "$work/answer")"
        [ "${expected:=$size}" = "$size" ] || fail "$name answers with $size bytes, ${contestants[0]} with $expected"
    done
}

# table rate|cost FORMAT: a row for each algorithm and number of connections.
table() {
    local algorithm connections name value
    local -A of
    printf '%-9s %11s' algorithm connections
    printf ' %10s' "${columns[@]}" gate/tiny TLS/plain
    echo
    for algorithm in "${algorithms[@]}"; do
        for connections in 8 64; do
            printf '%-9s %11s' "$algorithm" "$connections"
            for name in "${columns[@]}"; do
                value=skipped
                [ ! -e "$work/$algorithm.$connections.$name.$1" ] ||
                    value=$(median "$work/$algorithm.$connections.$name.$1")
                of[$name]=$value
                # shellcheck disable=SC2059 # the format is one of ours
                [ "$value" = skipped ] && printf ' %10s' skipped || printf " $2" "$value"
            done
            awk -v gate="${of[heistctl]}" -v tls="${of[TLS]}" -v tiny="${of[tiny_http]}" 'BEGIN {
                printf " %10.2f", gate / tiny
                if (tls == "skipped") print "    skipped"; else printf " %10.2f\n", tls / gate
            }'
        done
    done
}

memory() {
    local name
    for name in "${contestants[@]}"; do
        awk -v name="$name" -v algorithm="$1" '
            /^VmRSS/ { now = $2 } /^VmHWM/ { peak = $2 }
            END { printf "%-9s %-11s %8.1f %8.1f\n", algorithm, name, now / 1024, peak / 1024 }
        ' "/proc/${pid[$name]}/status" >> "$work/memory"
    done
}

algorithms=(HS256 ES256)
columns=(heistctl TLS tiny_http hyper)
contestants=("${columns[@]}")
no_tls=
if [[ $("$heistctl" serve --help) != *--tls-cert* ]]; then
    no_tls="TLS: skipped, this heistctl has no --tls-cert"
    contestants=(heistctl tiny_http hyper)
fi
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/tls.key" -out "$work/tls.crt" 2> "$work/openssl" ||
    fail "openssl: $(cat "$work/openssl")"
# The demo with another algorithm.
cat > "$work/heist.toml" <<TOML
issuer = "heist-oauth-service"
[signing]
algorithm = "ES256"
[[client]]
id = "hacker-client"
secret_hash = "sha256:$(printf hacker-secret-123 | openssl dgst -sha256 -r | cut -d' ' -f1)"
scopes = ["simulation:read", "simulation:write"]
TOML

echo "$(nproc) cores, shared by the server, by wrk (one thread, at 8 and at 64 connections, kept alive)"
echo "and by whatever else runs: load $(cut -d' ' -f1 /proc/loadavg) at the start. Rounds: $rounds of $seconds s."
[ -z "$no_tls" ] || echo "$no_tls"
for algorithm in "${algorithms[@]}"; do
    which=(--demo)
    [ "$algorithm" = HS256 ] || which=(--config "$work/heist.toml")
    serve heistctl "${which[@]}"
    [ -n "$no_tls" ] || serve TLS "${which[@]}" --tls-cert "$work/tls.crt" --tls-key "$work/tls.key"
    for name in tiny_http hyper; do
        start "$name" "$work/address" "$work/address" "$baseline" "$name" "$algorithm"
        url[$name]+=/oauth/token
    done
    check_same_work
    for connections in 8 64; do
        for (( n = 1; n <= rounds; n++ )); do
            printf '%s, %s connections, round %s:' "$algorithm" "$connections" "$n"
            for name in "${contestants[@]}"; do
                round "$name" "$algorithm" "$connections"
            done
            echo
        done
    done
    memory "$algorithm"
    stop
done
printf '\ntokens a second, medians; ratios of medians: heistctl to bare tiny_http, TLS to plain\n'
table rate '%10.0f'
printf '\nCPU time of the server for a token, µs, medians; ratios the other way round than above\n'
table cost '%10.1f'
printf '\nresident memory after it, MB\n%-9s %-11s %8s %8s\n' algorithm server now peak
cat "$work/memory"
[ -z "$no_tls" ] || printf '\n%s\n' "$no_tls"
