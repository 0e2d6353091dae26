# Certificates by Traefik's own ACME: Traefik takes the routes, and asks for a certificate for each host of Mailu's and for no other. On a
# Mailu that the program adds, and on the official chart's. There is no ACME server here: Traefik says whom it can't ask for what.
# shellcheck shell=sh disable=SC2034,SC2154 # the test traefik and this file share variables

set -- --set ingress.traefik.certResolver=le --set mtaSts.mode=testing --set ingress.traefik.webdav=true --set accept=certResolver
bin/mailu-post-renderer -q --generate --set namespace=resolver --set domain=resolver.example --set components.webdav=true \
    --set 'hostnames=[mail.resolver.example, mx2.resolver.example, autoconfig.resolver.example]' --set subnet="$subnet" "$@" \
    </dev/null >"$work/resolver.yaml" || fail "the program adds no routes with a resolver"
chart_in resolver-chart | bin/mailu-post-renderer -q "$@" >"$work/resolver-chart.yaml" || fail "the program refuses the chart with a resolver"
added='["autoconfig.resolver.example"] ["mail.resolver.example"] ["mta-sts.resolver.example"] ["mx2.resolver.example"]'
chart='["mail.resolver-chart.example"] ["mta-sts.resolver-chart.example"]'
asked_for() { grep -o ' domains=[^ ]*' "$work/$name.log" | sed 's/.*=//' | sort -u | paste -sd ' '; }
asks_for_all() { [ "$(asked_for)" = "$expected" ]; }
api=8083
for name in resolver resolver-chart; do
    [ $name = resolver ] && expected=$added || expected=$chart
    "$tools/kubectl" create namespace $name >"$work/applied"
    publish "$work/$name.yaml" "$pages",IngressRouteTCP,MiddlewareTCP,TLSOption
    # shellcheck disable=SC2046 # a flag a word
    start_traefik $name $(made flags plugin/k3s/traefik.yaml | sed '/redirections/d; s/address=:/&1/') \
        --providers.kubernetescrd.namespaces=$name --providers.kubernetesingress.namespaces=$name \
        --certificatesresolvers.le.acme.email=postmaster@example.com --certificatesresolvers.le.acme.storage="$work/$name.acme" \
        --certificatesresolvers.le.acme.caserver=https://127.0.0.1:1/ --certificatesresolvers.le.acme.tlschallenge=true
    succeeds_soon asks_for_all || fail "Traefik asks for certificates for $(asked_for), not $expected"
    expect_nothing_refused $name 'Unable to obtain ACME certificate\|appending dashboard'
    asks_for_all || fail "Traefik asks for certificates for $(asked_for), too"
    for kind in http tcp; do
        said=$(curl -sS "http://127.0.0.1:$api/api/$kind/routers?per_page=1000" |
            jq -r '.[] | select(.provider != "internal") | "\(.name) \(.tls.certResolver) \(.status)"')
        expect "the routes are there" "^$name-mailu-.* le enabled" "$said"
    done
    stop "$traefik_pid"
    "$tools/kubectl" delete ingresses,ingressroutes.traefik.io,ingressroutetcps.traefik.io --all --namespace $name >"$work/applied"
done
api=8081
