# shellcheck shell=sh disable=SC2034
# What the tests of a release share: its files, a root directory for one program, and a Debian on which nothing is installed.
. scripts/test.d/hosts.sh
version=$(sed -n 's/^version: //p' plugin.yaml)
name=mailu-post-renderer-$version
here=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
chroot=$(command -v chroot || echo /usr/sbin/chroot)
dist=
[ -z "${RELEASE:-}" ] || dist=$(realpath "$RELEASE") # scripts/test --release has made it

# $1: a directory, the rest: what is run with it as its root, with no environment. Nothing else is there: no shell, no library, no /proc.
rooted() {
    root=$1
    shift
    if [ "$(id -u)" = 0 ]; then env -i "$chroot" "$root" "$@"; else unshare -r env -i "$chroot" "$root" "$@"; fi
}

# $1: the root, the rest: how the program in it is called. Output, messages and exit code of every golden case have to be right.
golden() {
    root=$1 cases=0
    shift
    for case in "$top"/testdata/*/input.yaml; do
        case=${case%/input.yaml}
        rm -f "$root/config.yaml"
        {
            [ ! -e "$case/config.yaml" ] || { cp "$case/config.yaml" "$root/config.yaml" && echo --config=config.yaml; }
            [ ! -e "$case/args" ] || cat "$case/args"
        } >arguments
        code=0
        # shellcheck disable=SC2046 # no argument of a case has a blank in it
        rooted "$root" "$@" $(cat arguments) <"$case/input.yaml" >out 2>err || code=$?
        : >expected.out
        : >expected.err
        [ ! -e "$case/expected.yaml" ] || cp "$case/expected.yaml" expected.out
        [ ! -e "$case/expected.err" ] || cp "$case/expected.err" expected.err
        [ "$code" = "$(cat "$case/expected.code" 2>/dev/null || echo 0)" ] || fail "$* in $case: exit code $code, $(head err)"
        cmp -s out expected.out || fail "$* in $case: other output: $(diff out expected.out | head)"
        cmp -s err expected.err || fail "$* in $case: says something else: $(diff err expected.err | head)"
        cases=$((cases + 1))
    done
    rm -f "$root/config.yaml"
    [ "$cases" -gt 100 ] || fail "only $cases cases"
}

# Exits with 77 where there is no release to try, or no root to make systems with.
need_release() {
    [ -n "$dist" ] || { echo 'only with scripts/test --release' && exit 77; }
    [ "$(id -u)" = 0 ] || { echo 'only root can make a Debian to try it on' && exit 77; }
}

# $1: a directory, which becomes a Debian 12 with curl and sudo, and nothing to build with.
bare_debian() {
    kept=$TOOLS_CACHE/debian-1.tar
    if [ ! -s "$kept" ]; then
        debootstrap --variant=minbase --include=ca-certificates,curl,sudo bookworm "$work/debootstrap" >"$work/log" 2>&1 ||
            { echo "no Debian to try it on: $(tail -n 1 "$work/log")" && exit 77; }
        tar -C "$work/debootstrap" --one-file-system --exclude='./var/cache/apt/archives/*.deb' -cf "$work/debian.tar" .
        rm -rf --one-file-system "$work/debootstrap"
        mv "$work/debian.tar" "$kept"
    fi
    mkdir -p "$1"
    tar -xpf "$kept" -C "$1"
}

# $1: what bare_debian has made, the rest: what is run in it by its root.
in_system() {
    system=$1
    shift
    env -i "$chroot" "$system" /usr/bin/env HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}
