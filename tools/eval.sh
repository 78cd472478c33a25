#!/bin/sh
# eval.sh DIR: error rates on DIR/person/photo.jpg, or on bundles with truth; report into $OUT/eval.
set -eu
data=$1
if [ -z "$data" ] || [ ! -d "$data" ]; then
    echo "eval: say which folder: make eval DATA=DIR (DIR/person/photo.jpg, or bundles with truth)" >&2
    exit 2
fi
kind=faces
[ -z "$(find "$data" -maxdepth 2 -name crossing.json -print -quit)" ] || kind=crossings
mkdir -p "$OUT"
"$B/lanewise" eval $kind "$data" --out "$OUT/eval"
echo "report: $OUT/eval/report.html"
