# What front's own web server is for behind Traefik: calendars and contacts, rspamd's page, the MTA-STS policy. On a Mailu that the program
# adds, and on the official chart's. Radicale and rspamd are Debian's, with Mailu's configuration.
# shellcheck shell=sh

pod dav 10.42.0.18/16
pod rspamd 10.42.0.19/16
pod front-added 10.42.0.21/16
pod front-chart 10.42.0.22/16

# optional/radicale/radicale.conf
mkdir "$work/calendars"
chown radicale: "$work/calendars"
cat >"$work/radicale.conf" <<END
[server]
hosts = 0.0.0.0:5232
[auth]
type = http_x_remote_user
[rights]
type = owner_only
[storage]
filesystem_folder = $work/calendars
END
start radicale ip netns exec dav setpriv --reuid radicale --regid radicale --clear-groups radicale --config "$work/radicale.conf"
# core/rspamd/conf/worker-controller.inc, and nothing else of it
cat >"$work/rspamd.conf" <<END
options { pidfile = "$work/rspamd.pid"; dns { nameserver = ["127.0.0.1"]; } tempdir = "/tmp"; }
logging { type = "console"; level = "warning"; }
worker "controller" {
  bind_socket = "*:11334";
  password = "mailu";
  secure_ip = "$subnet";
  static_dir = "/usr/share/rspamd/www";
}
END
mkdir "$work/rspamd-run"
chown _rspamd: "$work/rspamd-run"
start rspamd ip netns exec rspamd rspamd -f -u _rspamd -g _rspamd --var=DBDIR="$work/rspamd-run" --var=RUNDIR="$work/rspamd-run" \
    -c "$work/rspamd.conf"

asked_for='--set ingress.traefik.webdav=true --set ingress.traefik.antispam=true --set mtaSts.mode=enforce --set mtaSts.maxAge=86400'
# shellcheck disable=SC2086 # words
bin/mailu-post-renderer -q --generate --set namespace=added --set domain=added.example --set components.webdav=true \
    --set 'hostnames=[mail.added.example, mx2.added.example, mta-sts.second.example]' --set subnet="$subnet" $asked_for \
    </dev/null >"$work/added.yaml" || fail "the program does not add what is asked for"
# shellcheck disable=SC2086 # words
chart_in chart | bin/mailu-post-renderer -q $asked_for >"$work/chart.yaml" || fail "the program refuses the chart"
serve_mailu added "$work/added.yaml" front=10.42.0.21 webdav=10.42.0.18 rspamd=10.42.0.19
serve_mailu chart "$work/chart.yaml" front=10.42.0.22 webdav=10.42.0.18 rspamd=10.42.0.19
listens dav 5232
listens rspamd 11334
for name in added chart; do
    stream=$work/$name.yaml map=mailu-environment
    [ $name = added ] || map=mailu-envvars
    setting() { parts pick "$stream" ConfigMap $map data "$1"; }
    [ "$(setting WEBDAV)" = radicale ] || fail "front has no /webdav" # Mailu's template asks
    front_template "$(front_pages "$(setting ADMIN_ADDRESS):8080" "$(setting WEBMAIL_ADDRESS):80" "$(setting WEBDAV_ADDRESS):5232" \
        "$(setting ANTISPAM_ADDRESS):11334" "$(setting REAL_IP_HEADER)" "$(setting REAL_IP_FROM)")"
    start_pod_of_front front-$name front-$name $map
done
clients_of front calendars antispam policies

# ---- without the fixes: routes straight to radicale and rspamd ----

cat >"$work/straight.yaml" <<'END'
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: straight, namespace: added}
spec:
  entryPoints: [websecure]
  routes:
  - kind: Rule
    match: Host(`mail.added.example`) && PathPrefix(`/alice@example.com`)
    services: [{name: mailu-webdav, port: 5232}]
  - kind: Rule
    match: Host(`mail.added.example`) && Path(`/stat`)
    services: [{name: mailu-rspamd, port: 11334}]
  tls: {}
END
apply "$work/straight.yaml"
clients_of front straight
"$tools/kubectl" delete -f "$work/straight.yaml" >"$work/applied"
