#!/bin/sh
# fuzz.sh TARGET SECONDS: fuzz one parser from its corpus in tests/fuzz/corpus. New inputs gather in
# $B/fuzz/corpus, what breaks it in $B/fuzz/found.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
target=$1 seconds=$2
seeds=$root/tests/fuzz/corpus/$target
if [ ! -d "$seeds" ]; then
    echo "fuzz: no target \"$target\"; there are:" "$(ls "$root/tests/fuzz/corpus")" >&2
    exit 2
fi
"$(dirname "$0")/build.sh" fuzz "tests/fuzz/fuzz_$target"
mkdir -p "$B/fuzz/corpus/$target" "$B/fuzz/found"
exec "$B/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$B/fuzz/found/$target-" \
    "$B/fuzz/corpus/$target" "$seeds"
