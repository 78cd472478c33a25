#!/bin/sh
# fetch.sh DIR [--dry]: fill DIR with the runtime library, its headers, the networks and the sample
# photographs. They come from npm packages pinned in package-lock.json (sha512 of the package) and
# tools/files.sha256 (sha256 of each file). Only those files are kept, in a cache by their sha256;
# no script of a package is run. Safe to interrupt and to run twice at once. --dry: fetch nothing,
# exit 1 if something would have to be downloaded.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
dest=$1
cache=${LANEWISE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nowhere}/.cache}/lanewise}
pins=$root/tools/files.sha256

# Package, download in MB, then "file in the package > file in DIR".
packages='com.github.asus4.onnxruntime 150
faceplugin-face-recognition-js 41
@vladmandic/face-api 13'
headers=Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers
contents() {
    case $1 in
    com.github.asus4.onnxruntime)
        for h in c_api ep_c_api error_code; do
            echo "$headers/onnxruntime_$h.h > include/onnxruntime_$h.h"
        done
        echo "Plugins/Linux/x64/libonnxruntime.so > lib/libonnxruntime.so.1"
        echo "LICENSE > licences/onnxruntime.txt"
        echo "ThirdPartyNotices.txt > licences/onnxruntime-third-party.txt"
        ;;
    faceplugin-face-recognition-js) # its age, gender and expression networks stay where they are
        for m in detect feature landmark liveness pose; do
            echo "model/fr_$m.onnx > models/fr_$m.onnx"
        done
        echo "LICENSE > licences/faceplugin.txt"
        ;;
    @vladmandic/face-api)
        for i in 1 2 3 4 5 6; do
            echo "demo/sample$i.jpg > photos/sample$i.jpg"
        done
        echo "LICENSE > licences/face-api.txt"
        ;;
    esac
}

die() {
    echo "fetch: $*" >&2
    exit 2
}
pin_of() { # file in DIR -> sha256
    sed -n "s|^\([0-9a-f]*\)  $1\$|\1|p" "$pins"
}
locked() { # package, field -> value in package-lock.json
    sed -n "/^    \"node_modules\/$(echo "$1" | sed 's|/|\\/|g')\"/,/^    }/s/^ *\"$2\": \"\(.*\)\".*/\1/p" \
        "$root/package-lock.json"
}
is_complete() {
    (cd "$dest" 2>/dev/null && sha256sum --check --status "$pins" 2>/dev/null &&
        [ -e lib/libonnxruntime.so ])
}
is_cached() { # sha256
    [ -f "$cache/$1" ] && [ "$(sha256sum <"$cache/$1" | cut -c1-64)" = "$1" ]
}
have_all_of() { # package
    contents "$1" | while read -r _ _ file; do
        is_cached "$(pin_of "$file")" || exit 1
    done
}

# A line while npm works: drawn over on a terminal, every ten seconds elsewhere.
watch_download() { # pid, MB, folder
    seconds=0
    while kill -0 "$1" 2>/dev/null; do
        mb=$(($(du -sk "$3" 2>/dev/null | cut -f1) / 1024))
        if [ -t 2 ]; then
            printf '\rfetch:   %d of %d MB ' "$mb" "$2" >&2
        elif [ $((seconds % 10)) -eq 9 ]; then
            echo "fetch:   $mb of $2 MB" >&2
        fi
        seconds=$((seconds + 1))
        sleep 1
    done
    [ ! -t 2 ] || printf '\r\033[K' >&2
}

download() { # package, MB; leaves $tmp/package.tgz
    version=$(locked "$1" version)
    [ -n "$version" ] || die "package-lock.json has no entry for $1"
    command -v npm >/dev/null || die "npm is missing; run 'make setup'"
    echo "fetch: $1@$version, a download of $2 MB; $(contents "$1" | wc -l) files of it are kept" >&2
    mkdir "$tmp/pack"
    (cd "$tmp/pack" && exec npm pack "$1@$version" --ignore-scripts --cache "$tmp/npm" \
        --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000 --loglevel=error \
        --no-update-notifier >"$tmp/out" 2>"$tmp/err") &
    npm_pid=$!
    watch_download $npm_pid "$2" "$tmp"
    wait $npm_pid || die "$1@$version could not be downloaded ($(grep -v '^npm .* A complete log' \
        "$tmp/err" | head -n 2 | tr '\n' ' ')); check the network and run the same command again"
    npm_pid=
    mv "$tmp"/pack/*.tgz "$tmp/package.tgz"
    rmdir "$tmp/pack"
    is=$(sha512sum <"$tmp/package.tgz" | cut -c1-128)
    must=$(locked "$1" integrity | sed 's/^sha512-//' | base64 -d | od -An -v -tx1 | tr -d ' \n')
    [ "$is" = "$must" ] || die "$1@$version is not the package that package-lock.json names" \
        "(sha512 differs); nothing of it was kept"
}

unpack() { # package: from $tmp/package.tgz into the cache
    mkdir "$tmp/files"
    contents "$1" | sed 's/ > .*//; s/^/package\//' >"$tmp/list"
    tar -xzf "$tmp/package.tgz" -C "$tmp/files" --no-same-owner -T "$tmp/list" ||
        die "$1 lacks a file that tools/fetch.sh names"
    contents "$1" | while read -r from _ file; do
        pin=$(pin_of "$file")
        [ "$(sha256sum <"$tmp/files/package/$from" | cut -c1-64)" = "$pin" ] ||
            die "$from of $1 is not the file that tools/files.sha256 names"
        mv "$tmp/files/package/$from" "$cache/$pin"
    done
}

place() { # file: from the cache into DIR, whole or not at all
    pin=$(pin_of "$1")
    mkdir -p "$dest/$(dirname "$1")"
    cp "$cache/$pin" "$dest/$1.tmp$$"
    chmod 644 "$dest/$1.tmp$$"
    mv "$dest/$1.tmp$$" "$dest/$1"
}

if is_complete; then
    exit 0
fi
if [ "${2:-}" = --dry ]; then
    for name in $(echo "$packages" | cut -d' ' -f1); do
        have_all_of "$name" || exit 1
    done
    exit 0
fi
case $(uname -sm) in
"Linux x86_64") ;;
*) die "the packaged runtime library is for Linux on x86_64, and this is $(uname -sm)" ;;
esac
mkdir -p "$dest" || die "cannot make $dest"
if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then
    cache=$dest.cache # no home, or not ours
    mkdir -p "$cache" || die "cannot make $cache"
fi

exec 9>"$cache/lock"
flock -n 9 || { echo "fetch: waiting for another run to finish" >&2 && flock 9; }
rm -rf "$cache"/tmp.* # what an interrupted run left
tmp=$(mktemp -d "$cache/tmp.XXXXXX")
npm_pid=
trap '[ -z "$npm_pid" ] || kill "$npm_pid" 2>/dev/null || true; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

echo "$packages" | while read -r name mb; do
    have_all_of "$name" || echo "$name $mb"
done >"$tmp/todo"
while read -r name mb <&3; do
    download "$name" "$mb"
    unpack "$name"
    rm -rf "$tmp/package.tgz" "$tmp/files" "$tmp/npm"
done 3<"$tmp/todo"

for name in $(echo "$packages" | cut -d' ' -f1); do
    contents "$name" | while read -r _ _ file; do
        place "$file"
    done
done
# The library's own name is libonnxruntime.so.1; the linker looks for libonnxruntime.so.
ln -sfn libonnxruntime.so.1 "$dest/lib/libonnxruntime.so"
is_complete || die "$dest is not complete although all was fetched; is the disk full?"
