# From ingress-nginx: what its annotations kept out, Traefik keeps out. On a Mailu with Ingresses of its user's, and on the official chart's.
# The redirect of plain HTTP is seen at a second Traefik, which has none of its own; its ports are the others with a 1 in front.
# shellcheck shell=sh disable=SC2034,SC2154 # the test traefik and this file share variables

annotations() { # $1: how far to the right
    sed "s/^/$1/" <<'END'
nginx.ingress.kubernetes.io/whitelist-source-range: 198.51.100.0/24, 192.0.2.1
nginx.ingress.kubernetes.io/auth-url: http://10.42.0.17:8080/
nginx.ingress.kubernetes.io/auth-response-headers: X-Groups
nginx.ingress.kubernetes.io/proxy-body-size: 1m
nginx.ingress.kubernetes.io/ssl-redirect: "true"
END
}
render --set subnet="$subnet" --set namespace=nginx --set hostnames=mail.nginx.example
{
    made without "$work/stream.yaml" Ingress Middleware IngressRoute IngressRouteTCP
    cat <<END
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: pages
  namespace: nginx
  annotations:
$(annotations '    ')
spec:
  ingressClassName: nginx
  tls: [{hosts: [mail.nginx.example], secretName: nginx-tls}]
  rules:
  - host: mail.nginx.example
    http:
      paths:
      - {path: /admin, pathType: Prefix, backend: {service: {name: mailu-admin, port: {number: 8080}}}}
      - {path: /webmail, pathType: Prefix, backend: {service: {name: mailu-webmail, port: {number: 80}}}}
END
} >"$work/nginx.found"
annotations '    ' >"$work/annotations"
chart_in nginx-chart | sed "/nginx.ingress.kubernetes.io.backend-protocol/r $work/annotations
    /nginx.ingress.kubernetes.io.proxy-body-size: \"0\"/d" >"$work/nginx-chart.found"
for name in nginx nginx-chart; do
    bin/mailu-post-renderer -q --set ingress.convertNginx=true <"$work/$name.found" >"$work/$name.yaml" ||
        fail "the program does not convert $name"
    serve_mailu $name "$work/$name.yaml"
done
api=8082
# shellcheck disable=SC2046 # a flag a word
start_traefik second $(made flags plugin/k3s/traefik.yaml | sed '/redirections/d; s/address=:/&1/')
clients_of nginx converted

# Without the conversion: as the program makes it when it is told that Traefik is to have it.
bin/mailu-post-renderer -q --set ingress.className=traefik --set accept=foreignRestriction <"$work/nginx.found" >"$work/nginx.open.yaml"
"$tools/kubectl" delete ingressroutes.traefik.io --all --namespace nginx >"$work/applied"
publish "$work/nginx.open.yaml" "$pages"
clients_of nginx open_to_all
stop "$traefik_pid"
api=8081
