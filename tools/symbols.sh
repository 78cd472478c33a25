#!/bin/sh
# symbols.sh: does every global symbol of the rooms' libraries begin with lw_?
set -eu
rc=0
for lib in "$B"/plain/liblw_*.a; do
    others=$(nm --defined-only --extern-only --format=posix "$lib" 2>/dev/null |
        sed -n '/ /{/^lw_/!p}' | grep -v ':$' || true)
    if [ -n "$others" ]; then
        echo "$(basename "$lib") has global symbols without lw_:" "$others"
        rc=1
    fi
done
exit $rc
