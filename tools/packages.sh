#!/bin/sh
# packages.sh GROUP...: install the Debian packages of tools/packages.txt that are missing. The
# group npm stands for npm itself, which is taken from Debian only where the machine has none.
# Silent, instant and offline when nothing is missing.
set -eu
here=$(dirname "$0")

missing() {
    for group; do
        sed -n "s/^$group  *//p" "$here/packages.txt"
    done | sort -u | while read -r p; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
        [ "$status" = installed ] || printf '%s ' "$p"
    done
}

if ! command -v dpkg-query >/dev/null; then
    echo "packages: this is not Debian; what is needed is listed in tools/packages.txt" >&2
    exit 0
fi
want=$(missing "$@")
case " $* " in
*" npm "*) command -v npm >/dev/null || want="${want}npm " ;;
esac
[ -n "$want" ] || exit 0

echo "packages: installing $want" >&2
as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    if ! command -v sudo >/dev/null; then
        echo "packages: root or sudo is needed; as root run: apt-get install $want" >&2
        exit 2
    fi
fi
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=900 "$@"
}
# The lists have a lock of their own that apt-get does not wait for.
update() {
    for pause in 5 15 30 60 0; do
        apt update && return
        [ $pause -eq 0 ] || sleep $pause
    done
    return 1
}
# shellcheck disable=SC2086  # a list of names
if ! update || ! apt install -y --no-install-recommends $want; then
    echo "packages: apt-get could not install $want- look at its message above, check network and" \
        "sources, then run the same command again" >&2
    exit 2
fi
