#!/bin/sh
# rooms_selftest.sh: plant one offence of each kind in a small tree; rooms.sh must name each.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/docs" "$tree/src/low" "$tree/src/high"
printf 'low:\nhigh: low\n' >"$tree/docs/ROOMS"
printf 'stdio.h: *\nzip.h: low\nssl/: low\n' >"$tree/docs/LIBRARIES"
printf '#include <stdio.h>\n#include <zip.h>\n#include <ssl/a.h>\n' >"$tree/src/low/good.c"
printf '#include "low/low.h"\n#include "high/b.h"\n' >"$tree/src/high/good.c"
rc=0
if ! "$tools/rooms.sh" "$tree"; then
    echo "rooms.sh complains about a clean tree"
    rc=1
fi
plant() { # room, include, what must be said
    echo "$2" >"$tree/src/$1/planted.c"
    if said=$("$tools/rooms.sh" "$tree"); then
        echo "rooms.sh did not notice $2 in $1/"
        rc=1
    elif [ "$said" != "src/$1/planted.c:1: $3" ]; then
        echo "rooms.sh said \"$said\" of $2 in $1/"
        rc=1
    fi
    rm "$tree/src/$1/planted.c"
}
plant low '#include "high/b.h"' 'low/ looks into high/'
plant high '#include <zip.h>' 'high/ includes <zip.h>, which lives in low/'
plant high ' # include <ssl/a.h>' 'high/ includes <ssl/a.h>, which lives in low/'
plant low '#include <curl.h>' 'docs/LIBRARIES has no room for <curl.h>'
plant low '#include "zip.h"' 'an include that is no "room/file.h": zip.h'
plant low '#include "../high/b.h"' 'an include that is no "room/file.h": ../high/b.h'
exit $rc
