# A postfix of the shape of Mailu's with the rendered overrides, in $conf. Sourced after `render`, when the ports are known:
# $inside is port 25's number, $submission 10025's, $mx 10024's, and $sink takes what is delivered.
# shellcheck shell=sh disable=SC2034,SC2154 # the test and this file share variables

conf=$work/etc
mkdir "$conf" "$work/queue" "$work/data" "$work/overrides" "$work/certs"
chown postfix "$work/data"

# Stand-ins for Mailu's main.cf and master.cf. What decides about relaying is written as there: mynetworks with SUBNET,
# no mydestination, the restrictions, the hosts that may use XCLIENT. Stand-ins are the tables (admin answers them in
# Mailu), the lists of clients without the look-ups in DNS, and where mail goes: to a sink that records it. 127.0.0.1 may use
# XCLIENT too, as nginx has no other address here. Idle processes end sooner than Mailu's, to be replaced by new ones.
cat >"$conf/main.cf" <<EOF
compatibility_level = 3.6
mydomain = example.com
myhostname = mail.example.com
myorigin = \$mydomain
mydestination =
mynetworks = 127.0.0.1/32 127.77.0.0/16
alias_maps =
queue_directory = $work/queue
data_directory = $work/data
maillog_file = $work/maillog.log
maillog_file_prefixes = $work
inet_interfaces = loopback-only
inet_protocols = ipv4
recipient_delimiter = +
relayhost = [127.0.0.1]:$sink
virtual_alias_domains =
virtual_mailbox_domains = inline:{ example.com=x }
virtual_mailbox_maps = inline:{ user@example.com=x other@example.com=x }
relay_domains = inline:{ relayed.example=x }
virtual_transport = lmtp:inet:127.0.0.1:$sink
smtpd_delay_reject = yes
smtpd_helo_required = yes
smtpd_client_restrictions =
  permit_mynetworks,
  reject_non_fqdn_sender,
  permit
smtpd_relay_restrictions =
  permit_mynetworks,
  permit_sasl_authenticated,
  reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.77.0.0/16, 127.0.0.1
smtpd_sender_login_maps = inline:{ user@example.com=user@example.com }
smtp_host_lookup = native
max_idle = 1s
EOF
cat >"$conf/master.cf" <<EOF
$inside   inet  n       -       n       -       -       smtpd
$submission inet n     -       n       -       -       smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=reject_unlisted_sender,reject_authenticated_sender_login_mismatch,permit
  -o smtpd_reject_unlisted_recipient=no
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
EOF

# The overrides as rendered: one file, nothing is set for all listeners. Substituted for the test: the number of port 10024, and
# /certs.
overrides() { sed "s|10024|$mx|g; s|/certs/|$work/certs/|g" >"$work/overrides/postfix.master"; }
parts pick "$work/stream.yaml" ConfigMap mailu-postfix-override data | jq -e 'keys == ["postfix.master"]' >/dev/null ||
    fail "other overrides"
rendered_file mailu-postfix-override postfix.master | overrides
[ "$(grep -c "^$mx/inet=$mx inet" "$work/overrides/postfix.master")" = 1 ] || fail "no listener on 10024"

# As Mailu's start.py does it: each line that is neither empty nor a comment goes to postconf, in double quotes.
apply() { # $1: file, $2: postconf's option
    grep -v -e '^#' -e '^$' "$work/overrides/$1" >"$work/lines"
    while IFS= read -r line; do
        sh -c "postconf -c $conf $2 \"$line\"" 2>>"$work/postconf.log" || fail "postconf refuses: $line"
    done <"$work/lines"
}
apply postfix.master -Me
postconf -c "$conf" >/dev/null 2>>"$work/postconf.log"
[ ! -s "$work/postconf.log" ] || fail "postconf warns"

start_postfix() {
    before_end="postfix -c $conf abort"
    start postfix postfix -c "$conf" start-fg
    for port in "$inside" "$submission" "$mx"; do parts wait "$port"; done
}
