#!/bin/sh
# private.sh: nothing that is tracked names a machine's own folders or a package registry's host.
set -eu
cd "$(dirname "$0")/.."
files() {
    if git ls-files >/dev/null 2>&1; then git ls-files -z; else find . -type f -print0; fi
}
# Built from parts, so that this file does not match itself.
w=work r=registry h=home t=tmp
if files | xargs -0 grep -nIE -e "(^|[^a-zA-Z0-9_.}\"])/($w|$h|root|$t/(brief|b-|deps))(/|\$| )" \
    -e "$r\.(npmjs|yarnpkg)" -e "deb\.debian\.org" -e '"reso''lved":' -- /dev/null; then
    exit 1
fi
