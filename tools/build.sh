#!/bin/sh
# build.sh KIND [TARGET...]: configure $B/KIND if need be and build it.
# Kinds: plain asan tsan clang fuzz cover.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
kind=$1
shift
mkdir -p "$B"
base=$(cd "$B" && pwd)
dir=$base/$kind
jobs=$(nproc)

options() {
    case $kind in
    plain) ;; # here and under clang warnings are errors; instrumented code misleads gcc's guesses
    asan) set -- -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false ;;
    tsan) set -- -Dwerror=false -Db_sanitize=thread -Db_lundef=false ;;
    clang) export CC=clang ;;
    fuzz)
        export CC=clang
        set -- -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
            -Dc_args=-fsanitize=fuzzer-no-link
        ;;
    cover) set -- -Dwerror=false -Db_coverage=true ;;
    *)
        echo "build: no kind \"$kind\"" >&2
        exit 2
        ;;
    esac
    meson setup "$@" "-Ddeps_dir=$base/deps" "$dir" "$root"
}

# One build of a kind at a time.
exec 9>"$base/$kind.lock"
flock 9

# Configured to the end, for this source folder, by this script? Else from the start.
configured_for="$root $(sha256sum <"$0" | cut -c1-16)"
if [ "$(cat "$dir/configured-for" 2>/dev/null)" != "$configured_for" ]; then
    rm -rf "$dir"
    mkdir -p "$dir"
    echo "build: configuring $dir" >&2
    if ! (options) >"$dir/setup.log" 2>&1; then
        tail -n 20 "$dir/setup.log" >&2
        echo "build: meson could not configure $dir; its words are above" >&2
        exit 2
    fi
    echo "$configured_for" >"$dir/configured-for"
fi
ninja -C "$dir" -j "$jobs" "$@"
[ "$kind" != plain ] || ln -sfn plain/lanewise "$base/lanewise"
