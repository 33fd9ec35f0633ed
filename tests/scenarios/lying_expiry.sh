#!/bin/sh
# An issuer lies about expires_in: a day, where the token ends in an hour. A cache believes it; the client must
# get over the refusal.
#
#     heistctl serve --test --config tests/scenarios/scenario.toml -- sh tests/scenarios/lying_expiry.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEISTCTL_CACHE_DIR="$work" HEISTCTL_CLIENT_ID=job HEISTCTL_CLIENT_SECRET="$SCENARIO_SECRET"

heistctl test fault --on token --times 1 --set expires_in=86400 > /dev/null
heistctl call > /dev/null
heistctl test clock --advance 61m > /dev/null
# The cache still believes that the token is good. The API refuses it, and call gets another.
heistctl token --check 2> /dev/null
heistctl -q call > /dev/null
heistctl test expect --tokens 2 --refused 1 > /dev/null

# Other lies do no harm either.
for lie in -1 0 '"3600"' 1e12; do
    heistctl test fault --on token --times 1 --set "expires_in=$lie" > /dev/null
    heistctl -q token --refresh > /dev/null
done
echo "ok: the client got over each lie"
