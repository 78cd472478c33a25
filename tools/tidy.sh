#!/bin/sh
# tidy.sh: clang-tidy with the few checks of .clang-tidy over all of src/, from $B/clang.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(find "$root/src" -name '*.c' -print0 | sort -z |
    xargs -0 -P "$(nproc)" -n 8 clang-tidy --quiet -p "$B/clang" 2>&1) || rc=$?
# What it counts of suppressed warnings in system headers is no finding.
echo "$out" | grep -v -e '^[0-9]* warnings\? generated' -e '^$' || true
exit "${rc:-0}"
