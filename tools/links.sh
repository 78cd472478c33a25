#!/bin/sh
# links.sh: does every relative link in the documents lead to a file, and every `path` in backquotes
# that looks like one of ours exist?
set -eu
cd "$(dirname "$0")/.."
rc=0
for doc in $(find . -name '*.md' -not -path './build/*' -not -path './out/*' | sort); do
    dir=$(dirname "$doc")
    for link in $(grep -o '](\([^)#]*\)' "$doc" | sed 's/^](//' |
        grep -v -e '^[a-z]*:' -e '^$' || true); do
        [ -e "$dir/$link" ] || { echo "$doc: no file $link"; rc=1; }
    done
    # shellcheck disable=SC2016  # the backquotes are those of the text
    for path in $(grep -o '`\(src\|tools\|docs\|tests\|models\|include\)/[A-Za-z0-9_./-]*`' "$doc" |
        tr -d '`' || true); do
        [ -e "$path" ] || { echo "$doc: no file $path"; rc=1; }
    done
done
exit $rc
