#!/bin/sh
# A token ends while a job runs. The job goes on with a new one, and an hour takes no time.
#
#     heistctl serve --test --config tests/scenarios/scenario.toml -- sh tests/scenarios/token_ends.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEISTCTL_CACHE_DIR="$work" HEISTCTL_CLIENT_ID=job HEISTCTL_CLIENT_SECRET="$SCENARIO_SECRET"

heistctl call > /dev/null
heistctl test clock --advance 61m > /dev/null
heistctl -q call > /dev/null

# The API refused the old token once, and each call had its answer.
heistctl test expect --client job --tokens 2 > /dev/null
heistctl test expect --refused 1
