#!/bin/sh
# Mailu's webmail behind Traefik.
#
# The image's templates are made for front: they do everything through it, and believe its X-Remote-User header. This
# script changes the templates before /start.py renders them, so there is no moment in which the unchanged ones are
# served:
#   - Roundcube and SnappyMail fetch mail through front, which has admin check every login, but without TLS, which front
#     no longer has; they speak to dovecot-submission and to dovecot's ManageSieve themselves;
#   - PHP is told the user that Traefik's ForwardAuth has verified (X-User), and never what a client sends under the name
#     X-Remote-User;
#   - a visitor without a session is sent to the login page (Traefik's errors middleware asks for /sso/login);
#   - /ping answers the kubelet, which does not call from 127.0.0.1.
# It can run again on its own result, and it stops when a template is not the one it knows.
set -eu

root=${TEMPLATE_ROOT:-}
roundcube=$root/conf/config.inc.php
snappymail=$root/defaults/default.json
nginx=$root/conf/nginx-webmail.conf

fail() {
    echo "webmail-entrypoint: $*" >&2
    exit 1
}

unknown() { # $1: a template, $2: what is wrong with it
    fail "$1 is not of the shape of Mailu 2024.06: $2"
}

# What goes into PHP, JSON and nginx has no character that could end a string.
host() { # $1: the variable's name, $2: its value
    case $2 in
    '' | *[!A-Za-z0-9.-]*) fail "$1 is '$2', expected a host name" ;;
    esac
}
front='@FRONT@' # put in when the manifests were rendered
sieve='@SIEVE@'
if [ -z "$sieve" ]; then # they had no dovecot
    host IMAP_ADDRESS "${IMAP_ADDRESS:-}"
    sieve=$IMAP_ADDRESS
fi
host SUBMISSION_ADDRESS "${SUBMISSION_ADDRESS:-}"
webmail=${WEB_WEBMAIL:-/webmail}
case $webmail in
/*[!A-Za-z0-9/._~-]* | [!/]*) fail "WEB_WEBMAIL is '$webmail', expected a path" ;;
esac
webmail=${webmail%/}/
for file in "$roundcube" "$snappymail" "$nginx"; do
    [ -f "$file" ] || fail "no $file"
done

# $1: file, $2: what has to be in it now, $3: the sed script that puts it there
change() {
    grep -qF "$2" "$1" || {
        sed "$3" "$1" >"$1.new"
        cat "$1.new" >"$1"
        rm "$1.new"
    }
    grep -qF "$2" "$1" || unknown "$1" "no place for $2"
}

change "$roundcube" "'imap://$front:10143'" "s|'tls://[^']*:10143'|'imap://$front:10143'|"
change "$roundcube" "'smtp://$SUBMISSION_ADDRESS:10025'" "s|'tls://[^']*:10025'|'smtp://$SUBMISSION_ADDRESS:10025'|"
change "$roundcube" "'sieve://$sieve:4190'" "s|'tls://[^']*:14190'|'sieve://$sieve:4190'|"

change "$snappymail" "\"host\": \"$SUBMISSION_ADDRESS\"" \
    "/\"IMAP\"/,/\"port\"/s|\"host\": \"[^\"]*\"|\"host\": \"$front\"|
     /\"SMTP\"/,/\"port\"/s|\"host\": \"[^\"]*\"|\"host\": \"$SUBMISSION_ADDRESS\"|
     /\"Sieve\"/,/\"port\"/s|\"host\": \"[^\"]*\"|\"host\": \"$sieve\"|
     s|\"port\": 14190|\"port\": 4190|"
for address in "$front" "$SUBMISSION_ADDRESS" "$sieve"; do
    grep -qF "\"host\": \"$address\"" "$snappymail" || unknown "$snappymail" "no place for $address"
done
[ "$(grep -cE '"port": (10143|4190|10025),' "$snappymail")" = 3 ] || unknown "$snappymail" "no place for three ports"

# A fastcgi_param with a name of HTTP_* takes the place of the client's header, also when it is empty and not sent.
# shellcheck disable=SC2016 # nginx's variables, not the shell's
change "$nginx" 'fastcgi_param HTTP_X_REMOTE_USER $http_x_user if_not_empty;' \
    '/fastcgi_pass /a\
        fastcgi_param HTTP_X_REMOTE_USER $http_x_user if_not_empty;\
        fastcgi_param HTTP_X_REMOTE_USER_TOKEN $http_x_user_token if_not_empty;'
change "$nginx" '# mailu-post-renderer: the kubelet may ask' \
    '/location = \/ping/,/}/{
        s/^\( *\)allow 127\.0\.0\.1;/\1# mailu-post-renderer: the kubelet may ask/
        /allow ::1;/d
        /deny all;/d
    }'
# The form of Mailu's login page posts to the page it is shown on, and only the real one takes the answer.
change "$nginx" 'location = /sso/login' \
    "/location = \\/ping/i\\
    location = /sso/login {\\
        default_type text/html;\\
        return 200 '<!doctype html><meta http-equiv=\"refresh\" content=\"0; url=/sso/login?url=$webmail\"><a href=\"/sso/login?url=$webmail\">Sign in</a>';\\
    }\\
"
awk '/location = \/ping/, /}/ { if (/deny all|allow /) exit 1 }' "$nginx" || unknown "$nginx" "/ping still refuses strangers"
for param in 'HTTP_X_REMOTE_USER ' 'HTTP_X_REMOTE_USER_TOKEN '; do
    [ "$(grep -c '_pass ' "$nginx")" = "$(grep -c "fastcgi_param $param" "$nginx")" ] ||
        unknown "$nginx" "PHP is called without the verified user"
done

exec python3 "$root/start.py"
