# shellcheck shell=bash disable=SC2034,SC2154 # what it sets and reads is the sourcing script's, too
# What benches/handshakes.sh and benches/fairness.sh share: a server, its certificate, and floods beside
# it that end with the script. Sourced; `seconds` is set before.
for tool in openssl python3; do
    command -v "$tool" >/dev/null || { echo "$0 needs $tool: apt-get install $tool" >&2; exit 2; }
done
heistctl=${HEISTCTL:-target/release/heistctl}
[ -n "${HEISTCTL:-}" ] || cargo build --release --quiet
work=$(mktemp -d)
started=()
stop() {
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    started=()
}
trap 'stop; rm -rf "$work"' EXIT

flood() { python3 benches/flood.py "$@"; }

# beside KIND ...: a flood until `stop`, and a second for it to begin.
beside() {
    python3 benches/flood.py "$@" &
    started+=($!)
    sleep 1
}

# certificate RSA-4096|P-256
certificate() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
    [ "$1" != RSA-4096 ] || key=(-newkey rsa:4096)
    openssl req -x509 "${key[@]}" -nodes -days 90 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
}

# serve ARGUMENTS...: the demo; its address is in `url`.
serve() {
    rm -f "$work/ready"
    "$heistctl" serve --demo "$@" --listen 127.0.0.1:0 --ready-file "$work/ready" > /dev/null 2> "$work/log" &
    started+=($!)
    until [ -s "$work/ready" ]; do
        kill -0 "${started[-1]}" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
        sleep 0.02
    done
    url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' "$work/ready")
}
