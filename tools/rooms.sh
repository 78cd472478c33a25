#!/bin/sh
# rooms.sh [ROOT]: does every include go downstairs, and does each library live in one room?
# docs/ROOMS has a line for each room, "room: rooms it may use"; docs/LIBRARIES a line for each
# header in angle brackets, "header: room". Silent when clean; else names file and rooms, exit 1.
set -eu
cd "${1:-$(dirname "$0")/..}"
# shellcheck disable=SC2046  # names without spaces
exec awk '
function offence(text) {
    print FILENAME ":" FNR ": " text
    bad = 1
}
FILENAME == "docs/ROOMS" && /^[a-z]/ {
    room = $1
    sub(/:$/, "", room)
    for (i = 1; i <= NF; i++) {
        used = $i
        sub(/:$/, "", used)
        may[room, used] = 1
    }
}
FILENAME == "docs/LIBRARIES" && /^[a-z]/ {
    header = $1
    sub(/:$/, "", header)
    home[header] = $2
}
FILENAME ~ /^docs/ { next }
/^[ \t]*#[ \t]*include/ {
    split(FILENAME, path, "/")
    room = path[2]
    name = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    kind = substr(name, 1, 1)
    name = substr(name, 2)
    sub(/[">].*/, "", name)
    folder = name
    sub(/\/.*/, "", folder)
    if (kind == "<") {
        owner = name in home ? home[name] : home[folder "/"]
        if (owner == "")
            offence("docs/LIBRARIES has no room for <" name ">")
        else if (owner != "*" && owner != room)
            offence(room "/ includes <" name ">, which lives in " owner "/")
    } else if (kind != "\"" || name !~ /^[a-z0-9_]+\/[a-z0-9_\/]+\.h$/) {
        offence("an include that is no \"room/file.h\": " name)
    } else if (folder != "lanewise" && !((room, folder) in may)) {
        offence(room "/ looks into " folder "/")
    }
}
END { exit bad }
' docs/ROOMS docs/LIBRARIES $(find src -name '*.[ch]' | sort)
