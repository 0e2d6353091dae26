# The image of webmail, as far as its entry point sees it: $webmail_bin for a PATH, $root for Mailu's root, and PHP, which runs. Sourced when
# $port is known, where nginx listens; what it serves is in $work/www/public_html.
# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # nginx's and PHP's dollars; the test and this file share variables

root=$work/root
webmail_bin=$work/webmail-bin
mkdir -p "$root/conf" "$root/defaults" "$root/served" "$work/www/public_html" "$webmail_bin"
for tool in sh awk cat grep rm sed; do ln -s /bin/busybox "$webmail_bin/$tool"; done

# Stand-ins for Mailu's templates, of the shape of those in webmails/: what surrounds the lines that the entry point
# looks for is there, what does not matter to it is left out. Debian's is the name of PHP's socket.
cat >"$root/conf/nginx-webmail.conf" <<EOF
server {
    listen $port default_server;

    root $work/www/public_html;
    access_log off;
    index index.php;

    location / {
        try_files \$uri \$uri/ /index.php\$args;
    }

    location ~ [^/]\.php(/|\$) {
        fastcgi_split_path_info ^(.+?\.php)(/.*)\$;
        if (!-f \$document_root\$fastcgi_script_name) {
            return 404;
        }
        include /etc/nginx/fastcgi_params;

        fastcgi_keep_conn on;
        fastcgi_pass unix:$work/php.sock;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
        fastcgi_param SCRIPT_NAME {{WEB_WEBMAIL}}/\$fastcgi_script_name;
    }

    location ~ (^|/)\. {
        deny all;
    }

    location = /ping {
        allow 127.0.0.1;
        allow ::1;
        deny all;

        include /etc/nginx/fastcgi_params;
        fastcgi_index index.php;
        fastcgi_pass unix:$work/php.sock;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
    }
}
EOF
cat >"$root/conf/config.inc.php" <<'EOF'
<?php
$config = array();
$config['imap_host'] = 'tls://{{ FRONT_ADDRESS or "front" }}:10143';
$config['imap_conn_options'] = array('ssl' => array('verify_peer' => false));
$config['smtp_host'] = 'tls://{{ FRONT_ADDRESS or "front" }}:10025';
$config['smtp_user'] = '%u';
$config['managesieve_host'] = 'tls://{{ FRONT_ADDRESS or "front" }}:14190';
EOF
cat >"$root/defaults/default.json" <<'EOF'
{
    "IMAP": {
        "host": "{{ FRONT_ADDRESS }}",
        "port": 10143,
        "type": 0,
        "ssl": {
            "verify_peer": false
        }
    },
    "SMTP": {
        "host": "{{ FRONT_ADDRESS }}",
        "port": 10025,
        "type": 0,
        "useAuth": true
    },
    "Sieve": {
        "host": "{{ FRONT_ADDRESS }}",
        "port": 14190,
        "type": 0,
        "enabled": true
    },
    "whiteList": ""
}
EOF
cp -r "$root" "$work/shipped"
# A stand-in for /start.py: it renders the templates into $root/served. The real one also starts PHP and nginx.
cat >"$webmail_bin/python3" <<EOF
#!/bin/sh
[ "\$*" = "\$TEMPLATE_ROOT/start.py" ] || exit 3
for file in conf/nginx-webmail.conf conf/config.inc.php defaults/default.json; do
    sed -e "s|{{ *WEB_WEBMAIL *}}|\$WEB_WEBMAIL|; s|{{ FRONT_ADDRESS[^}]*}}|\$FRONT_ADDRESS|" \\
        "\$TEMPLATE_ROOT/\$file" >"\$TEMPLATE_ROOT/served/\${file#*/}"
done
: >"$work/started"
EOF
chmod 755 "$webmail_bin/python3"

cat >"$work/fpm.conf" <<EOF
[global]
error_log = $work/php.log
[php]
user = www-data
listen = $work/php.sock
listen.owner = www-data
pm = static
pm.max_children = 1
ping.path = /ping
catch_workers_output = yes
php_admin_flag[log_errors] = on
php_admin_value[error_log] = /dev/stderr
EOF
cat >"$work/nginx.conf" <<EOF
user www-data;
worker_processes 1;
error_log stderr notice;
pid $work/nginx.pid;
events {
    worker_connections 64;
}
http {
    include $root/served/nginx-webmail.conf;
}
EOF
php_fpm=
for program in /usr/sbin/php-fpm*; do php_fpm=$program; done
start php ${webmail_pod:+ip netns exec "$webmail_pod"} "$php_fpm" -F -y "$work/fpm.conf"
parts wait_for "$work/php.log" "ready to handle connections"
