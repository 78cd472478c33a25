#!/bin/sh
# test.sh: run everything and end with "N passed, N failed[, N skipped]". Stages go on after a
# failure; what could not run counts as failed.
set -u
tools=$(dirname "$0")
results=$B/checks
mkdir -p "$results"
rm -f "$results"/*.tap "$results"/*.json
n=0

stage() { # what it proves, command...
    what=$1
    shift
    echo "== $what" >&2
    n=$((n + 1))
    if "$@"; then
        echo "ok $n - $what" >>"$results/build.tap"
    else
        echo "not ok $n - $what" >>"$results/build.tap"
        return 1
    fi
}
suite() { # kind: its tests, then their log where tally.py finds it
    echo "== tests, $1 build" >&2
    rm -f "$B/$1/meson-logs/testlog.json"
    "$tools/meson_test.sh" "$1" || true
    mv "$B/$1/meson-logs/testlog.json" "$results/$1.json" ||
        echo "not ok $((n += 1)) - the tests of the $1 build ran" >>"$results/build.tap"
}

# First, while nothing else is built: `make run` must not need what only the tests build.
stage "what make run builds answers a crossing" make -s smoke
stage "gcc builds everything without a warning" "$tools/build.sh" plain && suite plain
stage "gcc builds with AddressSanitizer and UBSan" "$tools/build.sh" asan && suite asan
stage "clang builds everything without a warning" "$tools/build.sh" clang
echo "1..$n" >>"$results/build.tap"
echo "== checks of the source tree" >&2
"$tools/check.sh" | tee "$results/checks.tap"
exec python3 "$tools/tally.py" "$results"
