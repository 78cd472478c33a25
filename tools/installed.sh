#!/bin/sh
# installed.sh: does the installed program find its library, cards and networks beside itself?
set -eu
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
DESTDIR=$dest meson install -C "$B/plain" --no-rebuild --quiet
bin=$(find "$dest" -type f -name lanewise)
prefix=$(dirname "$(dirname "$bin")")
"$bin" doctor >"$dest/said" || true # what else it finds missing is not the question here
for part in cards networks; do
    grep -q "$part  *$prefix/share/lanewise/models" "$dest/said" || {
        echo "$part are not found in $prefix/share/lanewise/models:"
        cat "$dest/said"
        exit 1
    }
done
# shellcheck disable=SC2016  # $ORIGIN is for the dynamic linker
readelf -d "$bin" | grep -q 'RUNPATH.*\[$ORIGIN/\.\./lib' || {
    echo "the runtime library is not looked for beside the program"
    exit 1
}
