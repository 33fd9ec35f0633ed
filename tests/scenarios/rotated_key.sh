#!/bin/sh
# A verifier must notice a rotated key: with the old key set it refuses good tokens. Needs curl.
#
#     heistctl serve --test --config tests/scenarios/scenario.toml -- sh tests/scenarios/rotated_key.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEISTCTL_CACHE_DIR="$work" HEISTCTL_CLIENT_ID=job HEISTCTL_CLIENT_SECRET="$SCENARIO_SECRET"

fetch() { curl -fsS "$HEISTCTL_URL/.well-known/jwks.json" > "$work/keys.json"; }
refused() {
    if verify "$1"; then
        echo "FAILED: $2" >&2
        exit 1
    fi
}
verify() { heistctl inspect --jwks "$work/keys.json" - < "$1" > "$work/report"; }

fetch
heistctl token > "$work/old"
verify "$work/old"
heistctl test keys --rotate drop-old > /dev/null
heistctl token --refresh > "$work/new"

# The verifier must fetch the key set again. Then it refuses the old token.
refused "$work/new" 'the old key set verifies a token of the new key'
fetch
verify "$work/new"
refused "$work/old" 'the new key set verifies a token of the old key'
echo "ok: the new key verifies, the old one does not"
