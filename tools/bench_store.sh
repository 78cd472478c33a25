#!/bin/sh
# bench_store.sh [DIR]: the program of tools/storebench on a store of a million crossings in DIR, or in
# a folder below $TMPDIR that goes afterwards. About 4 GB; what is measured is the disk it lies on.
set -eu
dir=${1:-}
if [ -z "$dir" ]; then
    dir=$(mktemp -d "${TMPDIR:-/tmp}/lw-million-XXXXXX")
    trap 'rm -r "$dir"' EXIT
fi
mkdir -p "$dir"
bench=$B/plain/tools/storebench/storebench
[ -e "$dir/million.db" ] || "$bench" fill "$dir" "${CROSSINGS:-1000000}"
"$bench" measure "$dir" "${CROSSINGS:-1000000}"
