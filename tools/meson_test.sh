#!/bin/sh
# meson_test.sh KIND [ARG...]: run the tests of $B/KIND; ARGs go to meson test.
set -eu
kind=$1
shift
case $kind in
asan | tsan) set -- -t 4 "$@" ;;
esac
# The sanitizers stop at the first finding; a leak is one.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# One string that the packaged ONNX Runtime keeps.
tools=$(cd "$(dirname "$0")" && pwd)
export LSAN_OPTIONS="suppressions='$tools/lsan.supp':print_suppressions=0"
export TSAN_OPTIONS=halt_on_error=1:exitcode=99
exec meson test -C "$B/$kind" --no-rebuild --print-errorlogs "$@"
