#!/bin/sh
# tally_selftest.sh: give tally.py what can go wrong with a test program; it must count each.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
rc=0
count() { # file name, its text, last line that must come, exit code
    printf '%b' "$2" >"$dir/$1"
    code=0
    said=$(python3 "$tools/tally.py" "$dir") || code=$?
    rm "$dir/$1"
    last=$(echo "$said" | tail -n 1)
    if [ "$last" != "$3" ] || [ $code -ne "$4" ]; then
        echo "of $1 \"$2\": \"$last\" and exit code $code; \"$3\" and $4 were expected"
        rc=1
    fi
}
meson() { # result, exit code, text of the program
    printf '{"name": "p / t", "result": "%s", "returncode": %s, "stdout": "%s"}\\n' "$1" "$2" "$3"
}
count a.tap '1..2\nok 1 - a\nok 2 - b\n' '2 passed, 0 failed' 0
count a.tap '1..2\nok 1 - a\nnot ok 2 - b\n' '1 passed, 1 failed' 1
count a.tap '1..2\nok 1 - a\nok 2 - b # SKIP no data\n' '1 passed, 0 failed, 1 skipped' 0
count a.tap '1..3\nok 1 - a\n' '1 passed, 2 failed' 1
count a.tap 'Segmentation fault\n' '0 passed, 1 failed' 1
count a.tap '1..1\nok 1 - a\nBail out! gone\n' '1 passed, 1 failed' 1
count a.json '' '0 passed, 1 failed' 1
count a.json "$(meson OK 0 '1..1\\nok 1 - a')" '1 passed, 0 failed' 0
count a.json "$(meson ERROR 99 '1..1\\nok 1 - a')" '1 passed, 1 failed' 1
count a.json "$(meson TIMEOUT -15 '1..2\\nok 1 - a')" '1 passed, 1 failed' 1
count a.json "$(meson ERROR -11 '')" '0 passed, 1 failed' 1
exit $rc
