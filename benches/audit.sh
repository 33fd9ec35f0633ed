#!/usr/bin/env bash
# Prints what an audit log costs: tokens a second and CPU time for each without one, with one in a file, and
# with one of another build of heistctl. Everybody has short rounds in turn, and the median counts.
#   benches/audit.sh           OTHER_HEISTCTL=PATH, ROUNDS=3 and SECONDS_EACH=3 can be set
#   benches/audit.sh --quick   one round of one second: shows that it works, its figures say little
# Needs wrk and openssl (Debian: apt-get install wrk openssl).
set -euo pipefail
cd "$(dirname "$0")/.."
needs=(wrk openssl)
source benches/rounds.sh
export CARGO_TARGET_DIR=target
cargo build --release --quiet

# config NAME LINE: the demo's client, with that line, in a folder of its own.
config() {
    mkdir "$work/$1"
    cat > "$work/$1/heist.toml" <<TOML
$2
issuer = "heist-oauth-service"
[signing]
algorithm = "$algorithm"
secret_file = "key"
[[client]]
id = "hacker-client"
secret_hash = "sha256:$(printf hacker-secret-123 | openssl dgst -sha256 -r | cut -d' ' -f1)"
scopes = ["simulation:read", "simulation:write"]
TOML
    openssl rand -base64 32 > "$work/$1/key"
}

algorithm=HS256
contestants=(none file)
config none ""
serve none --config "$work/none/heist.toml"
config file 'audit_log = "audit.log"'
serve file --config "$work/file/heist.toml"
if [ -n "${OTHER_HEISTCTL-}" ]; then
    contestants+=(other)
    config other 'audit_log = "audit.log"'
    heistctl=$OTHER_HEISTCTL serve other --config "$work/other/heist.toml"
fi
echo "$(nproc) cores, shared by the server, by wrk and by whatever else runs: load" \
    "$(cut -d' ' -f1 /proc/loadavg) at the start. Rounds: $rounds of $seconds s. $algorithm."
for connections in 8 64; do
    for (( n = 1; n <= rounds; n++ )); do
        printf '%s connections, round %s:' "$connections" "$n"
        for name in "${contestants[@]}"; do
            round "$name" "$algorithm" "$connections"
            # The disk's room is not what is measured.
            [ "$name" = none ] || truncate --size 0 "$work/$name/audit.log"
        done
        echo
    done
done
printf '\n%-11s %-6s %16s %16s\n' connections log 'tokens a second' 'µs for each'
for connections in 8 64; do
    for name in "${contestants[@]}"; do
        printf '%-11s %-6s %16.0f %16.1f\n' "$connections" "$name" \
            "$(median "$work/$algorithm.$connections.$name.rate")" \
            "$(median "$work/$algorithm.$connections.$name.cost")"
    done
done
