#!/bin/sh
# A client must survive three 503s. `heistctl token` waits as long as it is told, and asks up to three times. The job
# runs it again, but only where the server has failed: exit 5.
#
#     heistctl serve --test --config tests/scenarios/scenario.toml -- sh tests/scenarios/survives_503.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEISTCTL_CACHE_DIR="$work" HEISTCTL_CLIENT_ID=job HEISTCTL_CLIENT_SECRET="$SCENARIO_SECRET"

heistctl test fault --on token --client job --times 3 --status 503 --retry-after 0 > /dev/null
tries=0
until heistctl -q token > "$work/token" 2> "$work/err"; do
    code=$?
    tries=$((tries + 1))
    if [ "$code" -ne 5 ] || [ "$tries" -gt 3 ]; then
        cat "$work/err" >&2
        exit "$code"
    fi
done

heistctl test expect --client job --requests 4 --tokens 1 > /dev/null
echo "ok: the fourth request got the token"
