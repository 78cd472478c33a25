#!/bin/sh
# man.sh DIR: write lanewise.1 and a page for each command into DIR, from their --help.
# man.sh --check: is docs/man what that would write?
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
program=$B/lanewise

# "Usage:", paragraphs, "Options:", "Examples:" and "Exit code:" to roff.
page() { # page name, one-line purpose; help text on standard input
    awk -v page="$1" -v purpose="$2" '
    function escape(s) {
        gsub(/\\/, "\\e", s)
        gsub(/-/, "\\-", s)
        if (s ~ /^[.\x27]/)
            s = "\\&" s
        return s
    }
    function literal(on) {
        if (on != verbatim)
            print on ? ".nf" : ".fi"
        verbatim = on
    }
    function heading(s) {
        literal(0)
        print ".SH " s
    }
    BEGIN {
        print ".\\\" Made by tools/man.sh from --help; change the help text instead."
        print ".TH " toupper(page) " 1 \"\" Lanewise"
        print ".SH NAME"
        print escape(page) " \\- " escape(purpose)
    }
    NR == 1 && /^Usage:/ {
        heading("SYNOPSIS")
        literal(1)
        state = "usage"
        next
    }
    /^[A-Z][A-Za-z ]*:$/ {
        sub(/:$/, "")
        heading($0 == "Exit code" ? "EXIT STATUS" : toupper($0))
        state = $0
        if (state != "Options")
            literal(1)
        next
    }
    state == "usage" && /^$/ {
        heading("DESCRIPTION")
        state = "text"
        next
    }
    state == "Options" && /^  -/ {
        print ".TP"
        line = $0
        sub(/^  /, "", line)
        at = match(line, /  +/)
        print ".B " escape(at ? substr(line, 1, at - 1) : line)
        if (at)
            print escape(substr(line, at + RLENGTH))
        next
    }
    state == "Options" { sub(/^ +/, "") }
    /^$/ { if (state == "text") print ".PP"; else if (verbatim) print ""; next }
    { if (state == "usage") sub(/^  /, ""); print escape($0) }
    END { literal(0) }'
}

# The program's own help, in the order that the commands' help has.
overview() {
    printf 'Usage:\n  %s\n\n' "$("$program" help | sed -n 's/^Usage: //p')"
    "$program" help | head -n 1
    printf '\nCommands:\n'
    "$program" help | grep '^  '
    printf '\nSee also:\n'
    "$program" help | tail -n 1
}

pages() { # folder
    overview | page lanewise "verify the people in a vehicle against their documents" \
        >"$1/lanewise.1"
    "$program" help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1 \2/p' | while read -r command purpose; do
        if "$program" "$command" --help >"$1/help" 2>/dev/null; then
            page "lanewise-$command" "$purpose" <"$1/help" >"$1/lanewise-$command.1"
        fi
        rm -f "$1/help"
    done
}

if [ "$1" = --check ]; then
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    pages "$made"
    diff -r "$made" "$root/docs/man" || { echo "run 'make man' and commit docs/man"; exit 1; }
else
    mkdir -p "$1"
    rm -f "$1"/*.1
    pages "$1"
fi
