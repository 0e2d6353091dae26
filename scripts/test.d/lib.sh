# shellcheck shell=sh disable=SC2034
# What the tests share: where the program is, a directory that is removed at the end, and how to fail.
top=$PWD
program=$top/${PROGRAM:-bin/mailu-post-renderer} # PROGRAM: another build of it
work=$(mktemp -d)
at_end=: # what a test stops or removes when it ends, however it does
trap 'eval "$at_end"; rm -rf "$work"' EXIT
more=: # a command that says more about a failure

fail() { # $*: what is wrong
    echo "$*"
    $more
    exit 1
}

same() { # $1 and $2: files that have to be the same. $3: of what
    cmp -s "$1" "$2" || fail "${3:+$3: }$1 and $2 differ: $(diff -u "$1" "$2" | head -n 40)"
}

succeeds_soon() { # $@: a command. Whether it succeeds within half a minute, tried again and again
    tries=300
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# $1: a directory, for HTTP at 127.0.0.1:$port. The server ends with the test.
serve_files() {
    python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$work/served" 2>&1 &
    at_end="kill $! || :; $at_end"
    succeeds_soon grep -q 'port [0-9]' "$work/served" || fail "no server: $(cat "$work/served")"
    port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/served")
}
