#!/bin/sh
# A client must survive three 503s: it waits as long as it is told, and asks again.
#
#     heistctl serve --test --config tests/scenarios/scenario.toml -- sh tests/scenarios/survives_503.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEISTCTL_CACHE_DIR="$work" HEISTCTL_CLIENT_ID=job HEISTCTL_CLIENT_SECRET="$SCENARIO_SECRET"

heistctl test fault --on token --client job --times 3 --status 503 --retry-after 0 > /dev/null
tries=0
until heistctl -q token > "$work/token" 2> "$work/err"; do
    # Exit 5: the server failed. Any other code is not worth another try.
    tries=$((tries + 1))
    grep -q '503' "$work/err" && [ "$tries" -le 3 ]
done

heistctl test expect --client job --requests 4 --tokens 1 > /dev/null
echo "ok: the fourth request got the token"
