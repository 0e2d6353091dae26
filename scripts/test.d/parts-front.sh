# The image of front, as far as its entry point sees it: $bin for a PATH, and a template. Sourced when the ports are known:
# $port465, $port587, $port993, $port995, $port10143 and $port25 are the numbers of front's, $login that of 8001, where it
# asks itself, and $admin that of admin's 8080. Where ManageSieve is routed, $port4190 is front's, and $sieve is where front's dovecot
# finds the real one: HOST PORT.
# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # nginx's dollars; the test and this file share variables

# What the image has: busybox for a userland, a python3 that runs /config.py, and nginx.
bin=$work/bin
mkdir "$bin"
for tool in sh awk cat env grep mv sed tr; do ln -s /bin/busybox "$bin/$tool"; done

# A stand-in for Mailu's /config.py: it writes nginx.conf anew each time. The template is a stand-in too, of the shape
# that the one in core/nginx/conf has with TLS_FLAVOR=notls: an http block with servers of its own, of which one hands
# /auth/email to admin, and a mail block with auth_http and one server for port 25. Debian's are the user www-data and
# the module's path; the http block is shortened.
cat >"$bin/python3" <<'EOF'
#!/bin/sh
[ "$*" = /config.py ] || exec /usr/bin/python3 -B "$@"
[ ! -f "$TEMPLATE" ] || cat "$TEMPLATE" >"$NGINX_CONF"
EOF
# Substituted for the test: the ports, those of the template's own listeners among them, so that they are free. nginx is
# started with next to nothing in its environment, and what is tested is kept for then.
cat >"$bin/nginx" <<EOF
#!/bin/sh
[ "\$1" != -t ] || echo "NGINX_CONF='\$NGINX_CONF' ONLY_TEST='\${ONLY_TEST:-}'" >"$work/tested"
. "$work/tested"
sed -e 's|listen 465 |listen $port465 |; s|listen 587 |listen $port587 |; s|listen 993 |listen $port993 |' \\
    -e 's|listen 995 |listen $port995 |; s|listen 25;|listen $port25;|' \\
    -e 's|listen 465;|listen $port465;|; s|listen 587;|listen $port587;|; s|listen 993;|listen $port993;|' \\
    -e 's|listen 995;|listen $port995;|; s|listen 10143;|listen $port10143;|; s|127.0.0.1:8001|127.0.0.1:$login|' "\$NGINX_CONF" >"\$NGINX_CONF.test"
[ "\$1" = -t ] || : >"$work/started"
[ -z "\$ONLY_TEST" ] || [ "\$1" = -t ] || exit 0
exec /usr/sbin/nginx -c "\$NGINX_CONF.test" "\$@"
EOF
# Substituted for the test: what is below /run and /etc, the port, and who is asked and led to. front itself finds the files in $work.
cat >"$bin/dovecot" <<EOF
#!/bin/sh
sed -e "s|/etc/dovecot/mailu-sieve|\${3%.conf}|; s|/etc/dovecot/|$work/|; s|/run/dovecot|\$3.run|; s|port = 4190|port = ${port4190:-}|" "\$3" >"\$3.test"
exec /usr/sbin/dovecot "\$1" "\$2" "\$3.test"
EOF
chmod 755 "$bin/python3" "$bin/nginx" "$bin/dovecot"
# What it is started with there. $1: a name for the run; $work/$1.sh and $work/$1.py are made of the stream
front_files() {
    rendered_file mailu-front-entrypoint mailu-entrypoint.sh >"$work/$1.sh"
    rendered_file mailu-front-entrypoint mailu-front.py |
        sed "s|8080|$admin|; s|8001|$login|; s|/etc/dovecot/mailu-sieve|$work/$1.sieve|; s|/etc/dovecot/|$work/|g; s|^LOOK_EVERY = .*|LOOK_EVERY = 0.2|" >"$work/$1.py"
    grep -q '^ *mailu-sieve.conf: ' "$stream" || return 0
    rendered_file mailu-front-entrypoint mailu-sieve.conf >"$work/$1.sieve.conf"
    rendered_file mailu-front-entrypoint mailu-sieve.lua |
        sed "s|:8001/|:$login/|; s|host = \".*\"|host = \"${sieve% *}\"|; s|port = \"4190\"|port = \"${sieve#* }\"|" >"$work/$1.sieve.lua"
}
# Starts it. $1: the name, then a command that starts commands. $front_pid is its process
start_front() {
    name=$1
    shift
    rm -f "$work/http.sock" # as in a new container
    start "$name" env "$@" env -i PATH="$bin" SUBNET=127.77.0.0/16 ADMIN_ADDRESS=127.0.0.1 SECRET_KEY=key-of-mailu TZ=Europe/Vienna \
        TEMPLATE="$work/template" FRONT_LOGIN="$work/$name.py" NGINX_CONF="$work/$name.conf" sh "$work/$name.sh"
    front_pid=$!
    for port in "$port465" "$port587" "$port993" "$port995" "$port10143" "$login"; do parts wait "$port"; done
}
# Runs it. $1: the name, then NAME=VALUE...
front() {
    name=$1
    shift
    env -i PATH="$bin" SUBNET=127.77.0.0/16 ADMIN_ADDRESS=127.0.0.1 SECRET_KEY=key-of-mailu TEMPLATE="$work/template" \
        FRONT_LOGIN="$work/$name.py" NGINX_CONF="$work/$name.conf" "$@" sh "$work/$name.sh"
}
no_pages="    server {
      # auth_http here would be a comment { of no meaning
      listen unix:$work/http.sock;
      location / {
        return 404;
      }
    }"
# $1: the servers of its http block. It is $work/template.
front_template() {
    cat >"$work/template" <<EOF
user www-data;
worker_processes 1;
error_log stderr notice;
pid $work/nginx.pid;
load_module "/usr/lib/nginx/modules/ngx_mail_module.so";

events {
    worker_connections 64;
}

http {
    access_log off;
$1
}

mail {
    server_name mail.example.com;
    auth_http http://127.0.0.1:8000/auth/email;
    proxy_pass_error_message on;
    error_log stderr info;

    # What the backends can do
    smtp_capabilities PIPELINING "SIZE 52428800" ETRN ENHANCEDSTATUSCODES 8BITMIME DSN;

    # SMTP whatever else there is {
    server {
      listen 25;
      protocol smtp;
      smtp_auth none;
      auth_http_header Auth-Port 25;
      auth_http_header Client-Port \$remote_port;
    }
}
EOF
}
front_template "$no_pages"
# Mailu's web server: of core/nginx/conf/nginx.conf and proxy.conf, as they are with TLS_FLAVOR=notls, what leads to another component.
# $1: admin, $2: webmail, $3: radicale, $4: rspamd, each HOST:PORT; $5: REAL_IP_HEADER; $6: REAL_IP_FROM
front_pages() {
    headers='proxy_set_header Host $http_host; proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-By $realip_remote_addr; proxy_http_version 1.1;'
    cat <<EOF
    absolute_redirect off;
    real_ip_header $5;
    real_ip_recursive on;
$(echo "$6" | tr , '\n' | sed 's/.*/    set_real_ip_from &;/')
    server {
      listen 80;
      location / {
        return 404;
      }
      location @sso_login {
        return 302 /sso/login?url=\$request_uri;
      }
      location ~ ^/(sso|static)/ {
        $headers
        proxy_pass http://$1;
      }
      location /webmail {
        rewrite ^/webmail/(.*) /\$1 break;
        $headers
        auth_request /internal/auth/user;
        error_page 403 @sso_login;
        proxy_pass http://$2;
      }
      location /admin {
        $headers
        proxy_pass http://$1;
      }
      location /admin/antispam {
        rewrite ^/admin/antispam/(.*) /\$1 break;
        auth_request /internal/auth/admin;
        proxy_set_header X-Real-IP "";
        proxy_set_header X-Forwarded-For "";
        proxy_pass http://$4;
        error_page 403 @sso_login;
      }
      location /webdav {
        rewrite ^/webdav/(.*) /\$1 break;
        auth_request /internal/auth/basic;
        auth_request_set \$user \$upstream_http_x_user;
        $headers
        proxy_set_header X-Remote-User \$user;
        proxy_set_header X-Script-Name /webdav;
        proxy_pass http://$3;
      }
      location ~ ^/.well-known/(carddav|caldav) {
        return 301 /webdav/;
      }
      location /internal {
        internal;
        proxy_set_header X-Real-IP \$remote_addr;
        proxy_set_header Authorization \$http_authorization;
        proxy_pass_header Authorization;
        proxy_pass http://$1;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
      }
    }
EOF
}
