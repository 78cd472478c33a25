#!/bin/sh
# setup.sh GROUP...: Debian packages of these groups, then what comes from npm, into $B/deps.
set -eu
here=$(dirname "$0")
"$here/fetch.sh" "$B/deps" --dry || set -- "$@" npm
"$here/packages.sh" "$@"
"$here/fetch.sh" "$B/deps"
