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
        state = "gap"
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
    state == "gap" && /./ {
        heading("DESCRIPTION")
        state = "text"
    }
    /^$/ { if (state == "text") print ".PP"; else if (verbatim) print ""; next }
    { if (state == "usage") sub(/^  /, ""); print escape($0) }
    END { literal(0) }'
}

# The list of commands that `lanewise help` and `lanewise doc --help` print, in the order that the
# commands' own help has; "name purpose" lines of such a list.
overview() { # help text
    printf 'Usage:\n  %s\n\n' "$(echo "$1" | sed -n 's/^Usage: //p')"
    echo "$1" | sed -n '1{/^Usage/!p}'
    printf '\nCommands:\n'
    echo "$1" | grep '^  '
    printf '\nSee also:\n'
    echo "$1" | tail -n 1
}
commands() { # help text
    echo "$1" | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1 \2/p'
}

# One command, and those below it when its help is a list.
command_pages() { # folder, words of the command, purpose
    # shellcheck disable=SC2086  # words
    help=$("$program" $2 --help 2>/dev/null) || return 0
    name=lanewise-$(echo "$2" | tr ' ' '-')
    case $help in
    *"Usage: "*)
        overview "$help" | page "$name" "$3" >"$1/$name.1"
        commands "$help" | while read -r sub purpose; do
            command_pages "$1" "$2 $sub" "$purpose"
        done
        ;;
    *) echo "$help" | page "$name" "$3" >"$1/$name.1" ;;
    esac
}

pages() { # folder
    help=$("$program" help)
    overview "$help" | page lanewise "verify the people in a vehicle against their documents" \
        >"$1/lanewise.1"
    commands "$help" | while read -r command purpose; do
        command_pages "$1" "$command" "$purpose"
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
