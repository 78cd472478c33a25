#!/bin/sh
# check.sh [NAME...]: the checks of the source tree, all or those named, TAP out. Each is silent
# when clean and says what is wrong otherwise.
set -eu
tools=$(dirname "$0")
[ $# -gt 0 ] || set -- rooms headers symbols installed format shell tally private docs man tidy

one() { # name, what it proves, command...
    name=$1 what=$2
    shift 2
    n=$((n + 1))
    if said=$("$@" 2>&1); then
        echo "ok $n - $name: $what"
    else
        echo "not ok $n - $name: $what"
        echo "$said" | head -n 40 | sed 's/^/#   /'
        rc=1
    fi
}
n=0 rc=0
for check; do
    case $check in
    rooms)
        one rooms "includes go downstairs, each library has one room" "$tools/rooms.sh"
        one rooms "a planted offence is noticed" "$tools/rooms_selftest.sh"
        ;;
    headers) one headers "each compiles alone, the public ones in C++ too" "$tools/headers.sh" ;;
    symbols) one symbols "global symbols begin with lw_" "$tools/symbols.sh" ;;
    installed) one installed "the installed program finds what it needs" "$tools/installed.sh" ;;
    format) one format "C files are as clang-format writes them" "$tools/format.sh" ;;
    tidy) one tidy "clang-tidy has nothing to say" "$tools/tidy.sh" ;;
    shell) one shell "scripts parse, shellcheck has nothing to say" "$tools/shell.sh" ;;
    tally) one tally "no test gets lost in the count" "$tools/tally_selftest.sh" ;;
    private) one private "no machine's folders, no registry's hosts" "$tools/private.sh" ;;
    docs) one docs "links in the documents lead somewhere" "$tools/links.sh" ;;
    man) one man "docs/man is what --help says" "$tools/man.sh" --check ;;
    *)
        echo "check: no check \"$check\"" >&2
        exit 2
        ;;
    esac
done
echo "1..$n"
exit $rc
