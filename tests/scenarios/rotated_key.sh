#!/bin/sh
# A verifier must notice a rotated key: with the old key set it refuses good tokens.
#
#     heistctl serve --test --config tests/scenarios/scenario.toml -- sh tests/scenarios/rotated_key.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEISTCTL_CACHE_DIR="$work" HEISTCTL_CLIENT_ID=job HEISTCTL_CLIENT_SECRET="$SCENARIO_SECRET"

fetch() { curl -fsS "$HEISTCTL_URL/.well-known/jwks.json" > "$work/keys.json"; }
verify() { heistctl inspect --jwks "$work/keys.json" - < "$1" > "$work/report"; }

fetch
heistctl token > "$work/old"
verify "$work/old"
heistctl test keys --rotate drop-old > /dev/null
heistctl token --refresh > "$work/new"

# The verifier must fetch the key set again. Then it refuses the old token.
if verify "$work/new"; then exit 1; fi
fetch
verify "$work/new"
if verify "$work/old"; then exit 1; fi
echo "ok: the new key verifies, the old one does not"
