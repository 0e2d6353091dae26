# shellcheck shell=sh disable=SC2034
# A real API server on a free port of the loopback, for a test that has sourced hosts.sh. Nothing acts on what it holds: there are no
# controllers and no nodes. Where scripts/judges has not built it, or there is no etcd, the test ends here, and is skipped.
[ -n "$judges" ] || { "$top/scripts/judges" --present 2>&1 || exit 77; }
command -v etcd >/dev/null || { echo "no etcd (Debian's etcd-server)" && exit 77; }
etcd_pid='' apiserver_pid=''
at_end='stop_cluster; stop_apiserver'

# Starts one, empty, to which KUBECONFIG leads then.
start_apiserver() {
    apiserver=$(mktemp -d "$work/apiserver.XXXXXX")
    # Its certificate is its own authority, and its key signs the tokens of service accounts.
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=apiserver -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$apiserver/key" -out "$apiserver/crt" 2>/dev/null
    echo 'secret,admin,admin,system:masters' >"$apiserver/tokens"
    # A port may be taken between the moment it is found free and the start.
    for attempt in 1 2 3; do
        start_etcd_and_apiserver && return
        echo "attempt $attempt to start an API server failed" >&2
        stop_apiserver
    done
    fail "no API server: $(tail -n 5 "$apiserver/etcd.log" "$apiserver/apiserver.log")"
}

start_etcd_and_apiserver() {
    ports=$(python3 -c '
import socket
sockets = [socket.socket() for i in range(3)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))')
    apiserver_port=${ports%% *} peer_port=${ports##* } etcd_port=${ports#* }
    etcd=http://127.0.0.1:${etcd_port% *} peer=http://127.0.0.1:$peer_port
    rm -rf "$apiserver/etcd"
    etcd --data-dir "$apiserver/etcd" --listen-client-urls "$etcd" --advertise-client-urls "$etcd" --listen-peer-urls "$peer" \
        --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" >"$apiserver/etcd.log" 2>&1 &
    etcd_pid=$!
    # What a claim is protected by would need a controller to let go of it.
    "$judges/kube-apiserver" --etcd-servers "$etcd" --bind-address 127.0.0.1 --secure-port "$apiserver_port" \
        --advertise-address 10.43.0.1 --endpoint-reconciler-type none --service-cluster-ip-range 10.43.0.0/16,fd00:43::/112 \
        --tls-cert-file "$apiserver/crt" --tls-private-key-file "$apiserver/key" --cert-dir "$apiserver" \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$apiserver/key" \
        --service-account-signing-key-file "$apiserver/key" --token-auth-file "$apiserver/tokens" \
        --authorization-mode AlwaysAllow --disable-admission-plugins ServiceAccount,StorageObjectInUseProtection \
        >"$apiserver/apiserver.log" 2>&1 &
    apiserver_pid=$!
    export KUBECONFIG="$apiserver/kubeconfig"
    cat >"$KUBECONFIG" <<EOF
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$apiserver_port", certificate-authority: "$apiserver/crt"}}]
users: [{name: test, user: {token: secret}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
EOF
    tries=0
    until "$tools/kubectl" get --raw /readyz >/dev/null 2>&1 && "$tools/kubectl" get namespace default >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] && kill -0 $etcd_pid 2>/dev/null && kill -0 $apiserver_pid 2>/dev/null || return 1
        sleep 0.2
    done
}

# Ends it, with all that it holds.
stop_apiserver() {
    for pid in $apiserver_pid $etcd_pid; do
        kill -KILL "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    etcd_pid='' apiserver_pid=''
}

# Makes Traefik's kinds known, and those of the Gateway API, and from then on $kinds has what a namespace can have in it, with commas between.
load_traefik_kinds() {
    "$tools/kubectl" apply --server-side -f "$judges/traefik.yaml" -f "$judges/gateway.yaml" >"$work/kinds" 2>&1 || fail "$(cat "$work/kinds")"
    "$tools/kubectl" wait --for=condition=Established crd --all --timeout=60s >"$work/kinds" || fail "$(cat "$work/kinds")"
    kinds=$("$tools/kubectl" api-resources --namespaced --verbs=list,delete -o name | grep -v '^events' | paste -sd, -)
}

# Deletes all that is in a namespace.
empty_namespace() { # $1: its name
    "$tools/kubectl" delete "$kinds" --all --namespace "$1" --wait=false >"$work/deleted" 2>&1 || fail "$(cat "$work/deleted")"
}

# A line KIND/NAME CONTENT for all that is in a namespace, but for what Helm remembers. Of the numbers that the server counts changes by
# only the generation counts: another resourceVersion is given now and then to what is as it was.
contents_of() { # $1: its name
    "$tools/kubectl" get "$kinds" --namespace "$1" -o json 2>"$work/warnings" |
        jq -r '.items[] | del(.metadata.resourceVersion, .metadata.managedFields)
            | select(.type != "helm.sh/release.v1") | "\(.kind)/\(.metadata.name) \(tojson)"' | LC_ALL=C sort
}

# The first words of the lines that two such lists don't share.
differing() { # $1, $2: the lists
    LC_ALL=C comm -3 "$1" "$2" | awk '{ print $1 }' | LC_ALL=C sort -u
}
