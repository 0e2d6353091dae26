# HTTPRoutes of the Gateway API, on a Traefik that knows nothing else of the pages; and what a TCPRoute would do, which stays as it is.
# shellcheck shell=sh

bin/mailu-post-renderer -q --generate --set namespace=gateway --set domain=example.com --set hostnames=gateway.example.com \
    --set subnet="$subnet" --set mailu.apiEnabled=true --set secrets.apiToken=api </dev/null >"$work/gateway.plain" || fail "the program does not make a Mailu"
made without "$work/gateway.plain" Ingress Middleware IngressRoute IngressRouteTCP >"$work/gateway.found"
cat >>"$work/gateway.found" <<'END_OF_ROUTES'
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gateway, namespace: gateway}
spec:
  gatewayClassName: traefik
  listeners:
  - {name: https, port: 9443, protocol: HTTPS, tls: {certificateRefs: [{name: mailu-tls}]}}
  - {name: http, port: 9080, protocol: HTTP}
  - {name: smtp, port: 9025, protocol: TCP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: by-front, namespace: gateway}
spec:
  parentRefs: [{name: gateway}]
  hostnames: [gateway.example.com]
  rules:
  - backendRefs: [{name: mailu-front, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: straight, namespace: gateway}
spec:
  parentRefs: [{name: gateway}]
  hostnames: [straight.example.com]
  rules:
  - matches: [{path: {type: PathPrefix, value: /webmail}}]
    filters:
    - type: URLRewrite
      urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
    backendRefs: [{name: mailu-webmail, port: 80}]
  - backendRefs: [{name: mailu-admin, port: 8080}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: smtp, namespace: gateway}
spec:
  parentRefs: [{name: gateway, sectionName: smtp}]
  rules:
  - backendRefs: [{name: mailu-postfix, port: 25}]
END_OF_ROUTES
bin/mailu-post-renderer --set domain=example.com --set 'ingress.traefik.gateways=[gateway/gateway]' <"$work/gateway.found" \
    >"$work/gateway.yaml" 2>"$work/gateway.said" || fail "the program refuses HTTPRoutes: $(cat "$work/gateway.said")"
expect 'a TCPRoute is named' 'TCPRoute/smtp: .* relays for anyone' "$(cat "$work/gateway.said")"

cat >"$work/class.yaml" <<'END'
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: traefik}
spec: {controllerName: traefik.io/gateway-controller}
END
apply "$work/class.yaml"
echo "$outside gateway.example.com straight.example.com" >>"$work/hosts"
# shellcheck disable=SC2086 # words
made hosts "$work/gateway.yaml" $addresses >>"$work/hosts"
"$tools/kubectl" create namespace gateway >"$work/applied"
"$tools/kubectl" create secret tls mailu-tls --namespace gateway --cert "$work/crt" --key "$work/key" >"$work/applied"
publish "$work/gateway.yaml" Middleware,Gateway,HTTPRoute
start traefik-gateway "$judges/traefik" --providers.kubernetesgateway --providers.kubernetesgateway.namespaces=gateway \
    --providers.kubernetesgateway.experimentalChannel --providers.kubernetescrd --providers.kubernetescrd.namespaces=gateway \
    --providers.providersThrottleDuration=100ms --log.level=ERROR --log.noColor --entryPoints.https.address=:9443/tcp \
    --entryPoints.http.address=:9080/tcp --entryPoints.smtp.address=:9025/tcp
gateway_pid=$!
clients_of gateway pages_by_routes
expect_no "Traefik refuses the routes" ' ERR ' "$(grep -v 'request body over limit' "$work/traefik-gateway.log")" # which is asked for

# ---- without the fixes: the routes as they were found ----

publish "$work/gateway.found" HTTPRoute,TCPRoute
clients_of gateway unmended_routes
stop "$gateway_pid"
