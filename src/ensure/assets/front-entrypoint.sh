#!/bin/sh
# Mailu's front behind Traefik: an nginx that authenticates mail clients and webmail, and nothing else.
#
# With TLS_FLAVOR=notls Mailu's template listens neither on 465 and 587 nor on 993 and 995. This script has Mailu write
# its nginx.conf, adds those listeners and webmail's to the mail block, has logins checked by the admin pod, and starts
# nginx by way of mailu-front.py. It can run again on its own result, and it stops when the template is not the one it
# knows.
set -eu

conf=${NGINX_CONF:-/etc/nginx/nginx.conf}
proxy_protocol='@PROXY_PROTOCOL@'
networks='@TRAEFIK_NETWORKS@' # of Traefik's beside the pod network
mta_sts='@MTA_STS@' # the policy, in one line; nothing for none
connections=@CONNECTIONS@     # of each worker; a session takes two

fail() {
    echo "front-entrypoint: $*" >&2
    exit 1
}

# What goes into nginx.conf has no character that could end a directive.
case ${ADMIN_ADDRESS:-} in
'' | *[!A-Za-z0-9.-]*) fail "ADMIN_ADDRESS is '${ADMIN_ADDRESS:-}', expected a host name" ;;
esac
case ${SUBNET:-} in
'' | *[!0-9./]*) fail "SUBNET is '${SUBNET:-}', expected an IPv4 network" ;;
esac
# Mailu takes SUBNET6 with brackets as well.
subnet6=$(printf '%s' "${SUBNET6:-}" | tr -d '[]')
case $subnet6 in
*[!0-9A-Fa-f:/]*) fail "SUBNET6 is '$SUBNET6', expected an IPv6 network" ;;
esac

python3 /config.py
[ -f "$conf" ] || fail "/config.py wrote no $conf"

auth=http://127.0.0.1:8001/internal/auth/email # mailu-front.py, which asks $ADMIN_ADDRESS

if ! grep -q '# mailu-post-renderer' "$conf"; then
    awk -v auth="$auth" -v proxy="$proxy_protocol" -v trusted="$SUBNET $subnet6 $networks" \
        -v subnet6="$subnet6" -v connections="$connections" -v policy="$mta_sts" '
        # Behind the servers of Mailu: the first on a port is for hosts that none names.
        function policy_server() {
            print "    # mailu-post-renderer: the MTA-STS policy"
            print "    server {"
            print "      listen 80;"
            if (subnet6 != "")
                print "      listen [::]:80;"
            print "      server_name ~^mta-sts\\.;"
            print "      location = /.well-known/mta-sts.txt {"
            print "        default_type text/plain;"
            print "        return 200 \"" policy "\";"
            print "      }"
            print "      location / {"
            print "        return 404;"
            print "      }"
            print "    }"
        }
        function listener(port, protocol, methods, proxied,    end, networks, n, i) {
            end = (proxied ? " proxy_protocol" : "") ";"
            print "    server {"
            print "      listen " port end
            if (subnet6 != "")
                print "      listen [::]:" port end
            # Only the networks where Traefik is may say on whose behalf they speak.
            n = split(trusted, networks, " ")
            for (i = 1; proxied && i <= n; i++)
                print "      set_real_ip_from " networks[i] ";"
            print "      protocol " protocol ";"
            print "      " protocol "_auth " methods ";"
            print "      auth_http_header Auth-Port " port ";"
            print "      auth_http_header Client-Port $remote_port;"
            print "    }"
        }
        function braces(line,    opened, closed) {
            sub(/#.*/, "", line)
            opened = gsub(/[{]/, "", line)
            closed = gsub(/[}]/, "", line)
            return opened - closed
        }
        /^events[ \t]*[{]/ {
            events++
            print "worker_rlimit_nofile " 2 * connections ";"
        }
        /^[ \t]*worker_connections[ \t]/ {
            workers++
            sub(/worker_connections[ \t]+[^;]*;/, "worker_connections " connections ";")
        }
        /^http[ \t]*[{]/ { in_http = 1; http_depth = 0 }
        in_http {
            http_depth += braces($0)
            if (http_depth == 0) {
                in_http = 0
                https++
                if (policy != "")
                    policy_server()
            }
        }
        /^mail[ \t]*[{]/ { in_mail = 1; depth = 0 }
        in_mail && /^[ \t]*auth_http[ \t]/ {
            auths++
            sub(/auth_http[ \t]+[^;]*;/, "auth_http " auth ";")
        }
        in_mail && /auth_http_header[ \t]+Auth-Port[ \t]/ { is_smtp = /Auth-Port[ \t]+25;/; servers++ }
        { print }
        in_mail {
            depth += braces($0)
            if (is_smtp && depth == 1) {
                is_smtp = 0
                added++
                print ""
                print "    # mailu-post-renderer: Traefik has terminated TLS"
                # What nginx itself understands before the login, of what is useful then.
                print "    imap_capabilities IMAP4rev1 UIDPLUS IDLE LITERAL+ SASL-IR;"
                print "    pop3_capabilities TOP USER UIDL RESP-CODES PIPELINING;"
                listener(465, "smtp", "plain login", proxy == "true")
                listener(587, "smtp", "plain login", proxy == "true")
                listener(993, "imap", "plain login", proxy == "true")
                listener(995, "pop3", "plain", proxy == "true")
                listener(10143, "imap", "plain login", 0) # webmail
            }
            if (depth == 0)
                in_mail = 0
        }
        END { if (events != 1 || workers != 1 || auths != 1 || servers != 1 || added != 1 || in_mail ||
                  (policy != "" && https != 1)) exit 1 }
    ' "$conf" >"$conf.new" ||
        fail "$conf is not of the shape of Mailu 2024.06: expected one events {} with worker_connections, and in mail {}" \
            "one auth_http and one server, for port 25"
    mv "$conf.new" "$conf"
fi

grep -q "auth_http $auth;" "$conf" || fail "$conf does not ask $auth"
for port in 465 587 993 995 10143; do
    grep -q "auth_http_header Auth-Port $port;" "$conf" || fail "$conf has no listener on $port"
done
nginx -t
# What faces the world gets nothing of the environment that it does not need, secrets least of all.
exec env -i PATH="$PATH" ${TZ:+"TZ=$TZ"} ${LD_PRELOAD:+"LD_PRELOAD=$LD_PRELOAD"} \
    python3 "${FRONT_LOGIN:-/usr/local/bin/mailu-front.py}" "$ADMIN_ADDRESS"
