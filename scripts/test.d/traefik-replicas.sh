# Several pods of webmail and front: a session in webmail stays at the pod where it began, and the API server takes what goes with several
# pods. On a Mailu that the program adds, on one with an IngressRoute of its user's, and on the official chart's with claims for several
# nodes and a database.
# shellcheck shell=sh disable=SC2154 # of the test traefik

pod webmail-2 10.42.0.25/16
start webmail-2 ip netns exec webmail-2 /usr/bin/python3 -B scripts/test.d/traefik_parts.py pages 80 "$work/webmail-2"

replicas='--set replicas.webmail=2 --set replicas.front=2 --set database.postgresql.secretName=db'
added_in() { # $1: the namespace
    # shellcheck disable=SC2086 # words
    bin/mailu-post-renderer -q --generate --set namespace="$1" --set domain="$1.example" --set hostnames="mail.$1.example" \
        --set subnet="$subnet" --set database.type=postgresql --set database.postgresql.host=db $replicas </dev/null
}
added_in several >"$work/several.yaml" || fail "the program does not add several"
added_in several-routes >"$work/stream.yaml"
{
    made without "$work/stream.yaml" Ingress Middleware IngressRoute IngressRouteTCP
    cat <<'END'
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: webmail, namespace: several-routes}
spec:
  entryPoints: [websecure]
  routes:
  - kind: Rule
    match: Host(`mail.several-routes.example`) && PathPrefix(`/webmail`)
    services: [{name: mailu-webmail, port: 80}]
  tls: {}
END
} >"$work/several.found"
# shellcheck disable=SC2086 # words
bin/mailu-post-renderer -q --set domain=several-routes.example --set database.type=postgresql --set database.postgresql.host=db $replicas \
    <"$work/several.found" >"$work/several-routes.yaml" || fail "the program refuses several behind a route"
# shellcheck disable=SC2086 # words
chart_in several-chart |
    sed 's/ROUNDCUBE_DB_FLAVOR: .*/ROUNDCUBE_DB_FLAVOR: postgresql\n  ROUNDCUBE_DB_HOST: db/; s/ReadWriteOnce/ReadWriteMany/' |
    bin/mailu-post-renderer -q $replicas >"$work/several-chart.yaml" || fail "the program refuses several on the chart"
listens webmail-2 80
for name in several several-routes several-chart; do
    serve_mailu $name "$work/$name.yaml" webmail=10.42.0.15,10.42.0.25
    made objects "$work/$name.yaml" Deployment,PodDisruptionBudget >"$work/$name.pods.json"
    apply "$work/$name.pods.json"
    "$tools/kubectl" get deployments,poddisruptionbudgets --namespace $name -o json >"$work/$name.applied"
done
clients_of replicas stays taken

# Without the fix.
sed '/service\.sticky/d' "$work/several.yaml" >"$work/loose.yaml"
publish "$work/loose.yaml" Service webmail=10.42.0.15,10.42.0.25
clients_of replicas strays
