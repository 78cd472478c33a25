#!/bin/sh
# headers.sh: does each header compile alone, in C, and the installed ones in C++ too?
set -eu
deps=$(cd "$B/deps" && pwd)
cd "$(dirname "$0")/.."
set -- -Isrc -Iinclude -isystem "$deps/include" -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Wpedantic -Werror
rc=0
for h in $(find src include -name '*.h' | sort); do
    # Twice: the guard works.
    printf '#include "%s"\n#include "%s"\n' "$PWD/$h" "$PWD/$h" |
        ${CC:-gcc} -std=c11 "$@" -x c - || { echo "$h does not compile alone in C"; rc=1; }
done
for h in $(find include -name '*.h' | sort); do
    printf '#include "%s"\n' "$PWD/$h" |
        ${CXX:-g++} -std=c++11 "$@" -x c++ - || { echo "$h does not compile alone in C++"; rc=1; }
done
exit $rc
