#!/bin/sh
# clean.sh [all]: remove what was built below $B; with all also what was fetched, $B and $OUT.
set -eu
for kind in plain asan tsan clang fuzz cover checks; do
    rm -rf "${B:?}/$kind" "$B/$kind.lock"
done
rm -f "$B/lanewise"
if [ "${1:-}" = all ]; then
    rm -rf "$B/deps" "$B/deps.cache" "${OUT:?}"
    [ ! -d "$B" ] || rmdir "$B" 2>/dev/null || echo "clean: $B holds other things, left" >&2
fi
