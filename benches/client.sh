#!/usr/bin/env bash
# What a cached `heistctl token` costs beside `heistctl --version`, in one hyperfine run: at most 1.5
# times, or this fails. Needs hyperfine (Debian: apt-get install hyperfine).
set -euo pipefail
cd "$(dirname "$0")/.."
command -v hyperfine >/dev/null || { echo "benches/client.sh needs hyperfine: apt-get install hyperfine" >&2; exit 2; }
cargo build --release --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$PWD/target/release:$PATH" HEISTCTL_CACHE_DIR="$work/cache" FIGURES="$work/figures.csv"

# shellcheck disable=SC2016 # the inner shell expands it
heistctl -q serve --demo -- sh -c '
    heistctl token > /dev/null
    heistctl token --check 2> /dev/null
    hyperfine -N --warmup 50 --runs 1000 --style none --export-csv "$FIGURES" \
        "heistctl --version" "heistctl token" 2> /dev/null'
# command,mean,stddev,median,user,system,min,max; the median is not moved by what else runs here.
awk -F, 'NR > 1 { ms[NR] = $4 * 1000; printf "  %-20s median %.2f ms, fastest %.2f ms\n", $1, ms[NR], $7 * 1000 }
    END { ratio = ms[3] / ms[2]; printf "a cached token: %.2f times --version\n", ratio; exit ratio > 1.5 }' "$FIGURES"
