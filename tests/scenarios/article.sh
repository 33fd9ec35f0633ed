#!/bin/sh
# The article's four cases, then the end and the renewal of a token that lives three seconds, by exit codes
# alone. Run it as
#
#     heistctl serve --demo -- sh tests/scenarios/article.sh
#
# which serves for as long as this runs, and ends with its code. Needs curl, for a call without a token.
set -u

# expect CODE WHAT COMMAND…: runs the command, and remembers where its code is another one.
failed=0
expect() {
    wanted=$1
    what=$2
    shift 2
    "$@" > "$work/out" 2> "$work/err"
    code=$?
    if [ "$code" -eq "$wanted" ]; then
        echo "ok: $what (exit $code)"
    else
        failed=1
        echo "FAILED: $what: exit $code in place of $wanted"
        cat "$work/err"
    fi
}

short_lived() {
    export HEISTCTL_CLIENT_ID=agent HEISTCTL_CLIENT_SECRET="$AGENT_SECRET"
    expect 8 'nothing is kept yet' heistctl token --check
    expect 0 'a token' heistctl token
    mv "$work/out" "$work/token"
    expect 0 'it is kept' heistctl token --check
    expect 0 'the API takes it' heistctl call
    expect 0 'it is good' heistctl inspect --require exp - < "$work/token"
    sleep 3
    expect 8 'it is kept no longer' heistctl token --check
    expect 8 'it has expired' heistctl inspect --require exp - < "$work/token"
    { printf 'Authorization: Bearer '; cat "$work/token"; } > "$work/header"
    expect 22 'the API refuses it' curl -fsS -H "@$work/header" "$HEISTCTL_URL/protected-resource"
    expect 0 'the next call has a new one' heistctl call
    expect 0 'and one may ask for another' heistctl token --refresh
    expect 0 'and take that back' heistctl token --revoke
    expect 8 'then nothing is kept' heistctl token --check
    exit "$failed"
}

if [ "${1-}" = short-lived ]; then
    work=$2
    short_lived
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEISTCTL_CACHE_DIR="$work/cache"

expect 0 'the right secret and scope get in' heistctl call --scope simulation:read
expect 14 'a wrong secret gets no token' env HEISTCTL_CLIENT_SECRET=wrong heistctl call --scope simulation:read
expect 14 'a scope of others gets no token' heistctl call --scope memory:read
expect 22 'without a token nobody gets in' curl -fsS "$HEISTCTL_URL/protected-resource"

cat > "$work/heist.toml" <<'TOML'
token_lifetime = "3s"
leeway = "0s"

[[client]]
id = "agent"
secret_env = "AGENT_SECRET"
scopes = ["memory:read"]
TOML
export AGENT_SECRET="of-$$-for-this-run-alone"
heistctl -q serve --config "$work/heist.toml" -- sh "$0" short-lived "$work" || failed=1
exit "$failed"
