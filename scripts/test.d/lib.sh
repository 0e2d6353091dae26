# shellcheck shell=sh disable=SC2034
# What the tests share: where the program is, a directory of their own that goes with them, and how to fail.
top=$PWD
program=$top/${PROGRAM:-bin/mailu-post-renderer} # PROGRAM: another build of it
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { # $*: what is wrong
    echo "$*"
    exit 1
}

same() { # $1 and $2: files that have to be the same. $3: of what
    cmp -s "$1" "$2" || fail "${3:+$3: }$1 and $2 differ: $(diff -u "$1" "$2" | head -n 40)"
}
