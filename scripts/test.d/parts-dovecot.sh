# dovecot-submission with the rendered dovecot.conf. Sourced after `render`.
# shellcheck shell=sh disable=SC2154 # the test and this file share variables

# As the Deployment says: its command, its user and group, no way to more rights. /tmp is anybody's.
[ "$(rendered_container mailu-dovecot-submission command)" = \
    '["/usr/sbin/dovecot", "-F", "-c", "/etc/dovecot/dovecot.conf"]' ] || fail "another command"
uid=$(rendered_container mailu-dovecot-submission securityContext runAsUser)
gid=$(rendered_container mailu-dovecot-submission securityContext runAsGroup)
[ "$uid:$gid" = 8:8 ] || fail "runs as $uid:$gid, expected UID 8 (mail)"

# $1: a name for the run, $2: the port it listens on, $3: the rendered port of postfix, $4: its number here
# Substituted for the test: its port, postfix' name and port, and /tmp.
start_submission() {
    rendered_file mailu-dovecot-submission dovecot.conf >"$work/$1.rendered"
    sed -e "s|^    port = 10025$|    port = $2|" -e "s|/tmp/|$work/$1.tmp/|" \
        -e "s|^submission_relay_host = mailu-postfix\..*|submission_relay_host = localhost|" \
        -e "s|^submission_relay_port = $3$|submission_relay_port = $4|" "$work/$1.rendered" >"$work/$1.conf"
    [ "$(diff "$work/$1.rendered" "$work/$1.conf" | grep -c '^>')" = 7 ] || fail "not every substitution was made"
    mkdir -m 1777 "$work/$1.tmp"
    : >"$work/$1.log"
    chown "$uid:$gid" "$work/$1.log"
    start "$1" setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs \
        /usr/sbin/dovecot -F -c "$work/$1.conf"
    parts wait "$2"
}
