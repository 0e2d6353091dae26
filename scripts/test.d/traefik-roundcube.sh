# Single sign-on with a real Roundcube (Debian's), behind the rendered entry point of webmail: who Traefik and admin say the visitor is reads
# his mail through front, and nobody becomes another by what he says of himself. Its plugin is a stand-in.
# shellcheck shell=sh disable=SC2034,SC2154 # the test traefik, parts-webmail.sh and this file share variables

webmail_pod=roundcube port=80
pod $webmail_pod 10.42.0.26/16
. scripts/test.d/parts-webmail.sh
mkdir -p "$work/www/plugins/mailu" "$work/www/config" "$work/www/temp" "$work/www/logs" "$work/www/data"
for shared in program skins index.php; do ln -s /usr/share/roundcube/$shared "$work/www/$shared"; done
ln -s /usr/share/roundcube/plugins/* "$work/www/plugins"
cp /var/lib/roundcube/public_html/index.php "$work/www/public_html/index.php"
ln -s index.php "$work/www/public_html/sso.php"
cp /etc/roundcube/defaults.inc.php "$work/www/config/"
/usr/bin/python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())' \
    "$work/www/data/roundcube.db" /usr/share/roundcube/SQL/sqlite.initial.sql
chown -R www-data: "$work/www/temp" "$work/www/logs" "$work/www/data"
# What webmails/roundcube/login/mailu.php does.
cat >"$work/www/plugins/mailu/mailu.php" <<'END'
<?php
class mailu extends rcube_plugin
{
    function init()
    {
        $this->add_hook('startup', array($this, 'startup'));
        $this->add_hook('authenticate', array($this, 'authenticate'));
        $this->add_hook('login_after', function () { $this->lead_to('index.php'); });
        $this->add_hook('login_failed', function () { $this->lead_to('sso.php'); });
    }
    function lead_to($where)
    {
        header('Location: ' . $where, true, 302);
        exit();
    }
    function startup($args)
    {
        if (empty($_SESSION['user_id'])) $args['action'] = 'login';
        return $args;
    }
    function authenticate($args)
    {
        if (!isset($_SERVER['HTTP_X_REMOTE_USER']) || !isset($_SERVER['HTTP_X_REMOTE_USER_TOKEN'])) $this->lead_to('sso.php');
        $args['user'] = $_SERVER['HTTP_X_REMOTE_USER'];
        $args['pass'] = $_SERVER['HTTP_X_REMOTE_USER_TOKEN'];
        $args['cookiecheck'] = false;
        $args['valid'] = true;
        return $args;
    }
}
END
# Of webmails/roundcube/config/config.inc.php what has no part in what the entry point changes.
cat >>"$root/conf/config.inc.php" <<END
\$config['db_dsnw'] = 'sqlite:///$work/www/data/roundcube.db';
\$config['temp_dir'] = '$work/www/temp/';
\$config['log_dir'] = '$work/www/logs/';
\$config['des_key'] = 'of twenty-four character';
\$config['request_path'] = '/webmail';
\$config['trusted_host_patterns'] = ['mail.roundcube.example'];
\$config['plugins'] = array('mailu');
\$config['skin'] = 'elastic';
END

bin/mailu-post-renderer -q --generate --set namespace=roundcube --set domain=roundcube.example --set hostnames=mail.roundcube.example \
    --set subnet="$subnet" </dev/null >"$work/roundcube.yaml" || fail "the program does not add a webmail"
serve_mailu roundcube "$work/roundcube.yaml" webmail=10.42.0.26
rendered_file mailu-webmail-entrypoint mailu-entrypoint.sh >"$work/roundcube.sh"
eval "set -- $(parts pick "$stream" ConfigMap mailu-environment data | jq -r 'to_entries | map(@sh "\(.key + "=" + .value)") | join(" ")')"
env -i "$@" PATH="$webmail_bin" TEMPLATE_ROOT="$root" sh "$work/roundcube.sh" || fail "the entry point"
cp "$root/served/config.inc.php" "$work/www/config/"
start roundcube ip netns exec roundcube /usr/sbin/nginx -c "$work/nginx.conf" -g 'daemon off;'
listens roundcube 80
clients_of roundcube signs_on

# Without the fix.
sed 's/roundcube-mailu-webmail-auth@kubernetescrd,//' "$work/roundcube.yaml" >"$work/roundcube.open.yaml"
publish "$work/roundcube.open.yaml" Ingress webmail=10.42.0.26
clients_of roundcube is_anybody
