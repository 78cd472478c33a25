#!/bin/sh
# shell.sh: does every script parse, and has shellcheck nothing to say?
set -eu
cd "$(dirname "$0")/.."
for f in tools/*.sh .ci/run; do
    sh -n "$f"
done
shellcheck tools/*.sh .ci/run
