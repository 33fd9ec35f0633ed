#!/usr/bin/env bash
# Prints figures of docs/performance.md from the release binary: time from exec to ready, and resident
# memory after 100,000 tokens. Needs wrk (Debian: apt-get install wrk).
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk >/dev/null || { echo "benches/figures.sh needs wrk: apt-get install wrk" >&2; exit 2; }
cargo build --release --quiet
binary=target/release/heistctl
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT

echo "exec to ready, 20 starts (ms):"
for _ in $(seq 20); do
    started=$(date +%s%N)
    exec 3< <(exec "$binary" serve --demo --listen 127.0.0.1:0)
    server=$!
    read -r _ <&3
    ready=$(date +%s%N)
    kill -TERM "$server"
    exec 3<&-
    echo "$(( (ready - started) / 10000 ))" >> "$work/starts"
done
sort -n "$work/starts" | awk '{ v[NR] = $1 / 100 } END { printf "  fastest %.2f  median %.2f  slowest %.2f\n", v[1], v[int((NR + 1) / 2)], v[NR] }'

"$binary" serve --demo --listen 127.0.0.1:0 --ready-file "$work/ready" > "$work/log" &
server=$!
until [ -s "$work/ready" ]; do :; done
url=$(sed 's/.*"token_url":"\([^"]*\)".*/\1/' "$work/ready")
tokens=0
while [ "$tokens" -lt 100000 ]; do
    wrk -t2 -c8 -d5s -s benches/token.lua "$url" > "$work/wrk"
    grep -q 'Non-2xx' "$work/wrk" && { cat "$work/wrk" >&2; exit 1; }
    tokens=$(( tokens + $(awk '/requests in/ { print $1 }' "$work/wrk") ))
    echo "tokens a second, 8 connections, wrk on the same cores: $(awk '/Requests\/sec/ { print int($2) }' "$work/wrk")"
done
echo "resident after $tokens tokens: $(awk '/VmRSS/ { printf "%.1f MB", $2 / 1024 }' "/proc/$server/status")"
