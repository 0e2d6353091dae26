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
