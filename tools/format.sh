#!/bin/sh
# format.sh [-i]: is every C file formatted as .clang-format says? With -i: format it.
set -eu
cd "$(dirname "$0")/.."
find src include tests -name '*.[ch]' -print0 | sort -z |
    xargs -0 clang-format "${1:---dry-run}" -Werror
