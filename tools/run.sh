#!/bin/sh
# run.sh [smoke]: the main job on a sample. People are cut out of the sample photographs by the
# detector, vehicles with them are simulated, and the crossings are answered, stored and reported.
# What is there already and was made by this very program is not made again. smoke: one vehicle,
# always anew, quietly.
set -eu
lanewise=$B/lanewise
photos=$B/deps/photos
note="A sample made from group photographs: portrait and lane picture of a person stem from one \
photograph, so these pages show that the parts work together. They are no claim of accuracy."

people() { # folder
    rm -rf "$1" "$1.tmp"
    "$lanewise" detect "$photos"/*.jpg --crops "$1.tmp" >/dev/null
    mv "$1.tmp" "$1"
}
vehicles() { # people, folder, count
    rm -rf "$2" "$2.tmp"
    "$lanewise" sim --photos "$1" --out "$2.tmp" --seed 7 --count "$3" --preset sample
    mv "$2.tmp" "$2"
}
# A referral (exit code 1) is an answer.
answer() { # vehicles, folder for store, report and table
    rm -f "$2"/lanewise.db*
    rc=0
    "$lanewise" cross "$1"/* --store "$2/lanewise.db" --report "$2/report.html" --note "$note" \
        >"$2/table.txt.tmp" || rc=$?
    [ $rc -le 1 ] || exit $rc
    if [ ! -s "$2/lanewise.db" ] || [ ! -s "$2/report.html" ]; then
        echo "run: the crossings left no store or no report" >&2
        exit 2
    fi
    mv "$2/table.txt.tmp" "$2/table.txt"
}

if [ "${1:-}" = smoke ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    OUT=$work VEHICLES=1 "$0" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 2; }
    exit 0
fi

mkdir -p "$OUT"
exec 9>"$OUT/lock" # one at a time
flock 9
sample=$OUT/sample
made_by=$(cat "$lanewise" "$0" "$(dirname "$0")/files.sha256" | sha256sum | cut -c1-64)
if [ "$(cat "$sample/made-by" 2>/dev/null)" != "$made_by" ] || [ ! -f "$OUT/report.html" ] ||
    [ ! -f "$OUT/lanewise.db" ] || [ ! -f "$OUT/table.txt" ]; then
    rm -rf "$sample"
    mkdir -p "$sample"
    echo "run: cutting people out of the sample photographs" >&2
    people "$sample/people"
    echo "run: $(find "$sample/people" -mindepth 1 -maxdepth 1 | wc -l) people; making vehicles" >&2
    vehicles "$sample/people" "$sample/vehicles" "${VEHICLES:-6}"
    echo "run: answering the crossings" >&2
    answer "$sample/vehicles" "$OUT"
    echo "$made_by" >"$sample/made-by"
fi
cat "$OUT/table.txt"
echo
echo "$note" | fold -s -w 100
echo
echo "report: $OUT/report.html    store: $OUT/lanewise.db"
