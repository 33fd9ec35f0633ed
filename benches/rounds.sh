# shellcheck shell=bash disable=SC2034,SC2154 # what it sets and reads is the sourcing script's, too
# What the benches by wrk share: servers that are started and stopped, and rounds in turn. Sourced by
# benches/*.sh, which set `needs`; ROUNDS, SECONDS_EACH and --quick are read here.
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-3}
case ${1-} in
    "") ;;
    --quick) rounds=1 seconds=1 ;;
    *) echo "usage: $0 [--quick]" >&2; exit 2 ;;
esac
for tool in "${needs[@]}"; do
    command -v "$tool" >/dev/null || { echo "$0 needs $tool: apt-get install $tool" >&2; exit 2; }
done
heistctl=target/release/heistctl
work=$(mktemp -d)
declare -A pid url
# What wrk asks each; the demo's client, where nothing is said.
declare -A asks
stop() {
    for name in "${!pid[@]}"; do
        kill "${pid[$name]}" 2>/dev/null || true
        wait "${pid[$name]}" 2>/dev/null || true
        unset "pid[$name]"
    done
}
trap 'stop; rm -rf "$work"' EXIT
fail() {
    printf '%s: %s\n' "$0" "$1" >&2
    exit 1
}

# start NAME OUT FILE COMMAND...: its log goes to OUT, its address comes in FILE.
start() {
    local name=$1 out=$2 file=$3
    shift 3
    rm -f "$file"
    "$@" > "$out" &
    pid[$name]=$!
    until [ -s "$file" ]; do
        kill -0 "${pid[$name]}" 2>/dev/null || fail "$name did not start"
        sleep 0.02
    done
    url[$name]=$(sed 's/.*"token_url":"\([^"]*\)".*/\1/' "$file")
}

# The log is written, as it is part of the work; to no disk, whose load would be measured, too.
serve() {
    local name=$1
    shift
    start "$name" /dev/null "$work/ready" "$heistctl" serve "$@" --listen 127.0.0.1:0 --ready-file "$work/ready"
}

ticks() { awk '{ print $14 + $15 }' "/proc/${pid[$1]}/stat" || fail "$1 is gone"; }

# round NAME ALGORITHM CONNECTIONS: notes the tokens of a second and the CPU time of each, in µs.
round() {
    local before after noted=$work/$2.$3.$1
    before=$(ticks "$1")
    wrk -t1 -c"$3" -d"${seconds}s" -s "${asks[$1]:-benches/token.lua}" "${url[$1]}" > "$work/wrk" 2>&1 ||
        fail "wrk on $1: $(cat "$work/wrk")"
    ! grep -Eq 'Non-2xx|Socket errors' "$work/wrk" || fail "$2, $3 connections, $1: $(cat "$work/wrk")"
    after=$(ticks "$1")
    awk '/Requests\/sec/ && $2 > 0 { print $2 }' "$work/wrk" >> "$noted.rate"
    awk -v ms=$(( (after - before) * 1000 / $(getconf CLK_TCK) )) \
        '/requests in/ && $1 > 0 { print ms * 1000 / $1 }' "$work/wrk" >> "$noted.cost"
    [ -s "$noted.rate" ] && [ -s "$noted.cost" ] || fail "$2, $3 connections, $1: no token in $seconds s"
    printf ' %s %.0f' "$1" "$(tail -n 1 "$noted.rate")"
}

median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
