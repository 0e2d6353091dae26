# What the tests with real parts share. They source it from the checkout's top.
#
# The parts are Debian's. Each server listens on free ports of the loopback device, keeps everything in $work, and ends
# with the test. Addresses of the pod network are loopback addresses: SUBNET is 127.77.0.0/16, Traefik is
# 127.77.0.1, another pod 127.77.0.9. A stranger exists only in the PROXY header: 203.0.113.9.
# shellcheck shell=sh disable=SC2034,SC2119,SC2120 # what the tests use
traefik=127.77.0.1 pod=127.77.0.9 stranger=203.0.113.9

# Postfix and nginx start as root and become somebody else.
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || { echo "needs root" && exit 77; }
    exec sudo -n "$0"
fi

. scripts/test.d/lib.sh
PATH=$PATH:/usr/sbin:/sbin
chmod 755 "$work"
groups=
before_end=: # a command that stops what leaves its process group

alive() {
    for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && return 0; done
    return 1
}

ended() { ! alive; }

signal() {
    for group in $groups; do kill -s "$1" -- "-$group" 2>/dev/null || :; done
    succeeds_soon ended || :
}

# The logs are shown when the test failed. Whoever stops reading them does not stop this.
cleanup() {
    code=$?
    set +e
    trap '' PIPE
    $before_end >/dev/null 2>&1
    signal TERM
    ! alive || signal KILL
    case $code in
    0 | 77) ;;
    *) for log in "$work"/*.log; do [ ! -s "$log" ] || { echo "--- ${log##*/}" && tail -n 40 "$log"; }; done ;;
    esac
}
at_end=cleanup
trap 'exit 130' HUP INT PIPE TERM

parts() { PORTS=$((20000 + slot * 100)) /usr/bin/python3 -B scripts/test.d/parts.py "$@"; }

# Ports that no other test takes while this one, or a server it has left, is there: who has a lock has a hundred of them.
slot=0
until exec 9>"/run/lock/mailu-post-renderer-test.$slot" && flock -n 9; do
    slot=$((slot + 1))
    [ $slot -lt 120 ] || fail "no ports are left"
done

# $1: log file's name, then the command of a server. It leads a process group of its own.
start() {
    log=$work/$1.log
    shift
    setsid "$@" >>"$log" 2>&1 &
    groups="$groups $!"
}

# $1: the process id of a server, that is $! after it was started. It has ended then, and its ports are free.
stop() {
    kill "$1"
    wait "$1" || :
}

# $1: what stands in, $2: its port, then what it takes
stand_in() {
    stand_in=$1 stand_in_port=$2
    start "$stand_in" /usr/bin/python3 -B scripts/test.d/parts_servers.py "$@"
    parts wait "$stand_in_port"
}

# What the stand-in for admin was asked last.
asked() { tail -n 1 "$work/asked"; }

# $1: what is claimed, $2: an extended regular expression that a line of $3 has to match
expect() {
    printf '%s\n' "$3" | grep -Eq -e "$2" || fail "$1: expected $2 in
$3"
}

# $1: what is claimed, $2: an extended regular expression that no line of $3 may match
expect_no() {
    ! printf '%s\n' "$3" | grep -Eq -e "$2" || fail "$1: expected no $2 in
$3"
}

# Has the program make a whole Mailu, as $work/stream.yaml. Arguments: options of the program.
render() {
    bin/mailu-post-renderer -q --generate --set domain=example.com --set hostnames=mail.example.com --set subnet=127.77.0.0/16 \
        "$@" </dev/null >"$work/stream.yaml" || fail "the program does not make a Mailu"
}

stream=$work/stream.yaml # where the following look
# $1: ConfigMap, $2: key
rendered_file() { parts pick "$stream" ConfigMap "$1" data "$2"; }

# $1: Deployment, then the path inside its container
rendered_container() {
    deployment=$1
    shift
    parts pick "$stream" Deployment "$deployment" spec template spec containers 0 "$@"
}
