#include "spec/kinds.h"

static const struct {
    const char *group, *kind;
    Kind value;
    int rank; /* in the order that `kubectl apply` needs: what others refer to comes first; 0 for what is never added */
} kinds[] = {
    {"apps", "Deployment", KIND_WORKLOAD, 6},
    {"apps", "StatefulSet", KIND_WORKLOAD, 0},
    {"apps", "DaemonSet", KIND_WORKLOAD, 0},
    {"", "Service", KIND_SERVICE, 5},
    {"", "PersistentVolumeClaim", KIND_CLAIM, 4},
    {"", "ConfigMap", KIND_CONFIG_MAP, 3},
    {"", "Secret", KIND_SECRET, 0},
    {"cert-manager.io", "Certificate", KIND_CERTIFICATE, 0},
    {"", "Namespace", KIND_NAMESPACE, 1},
    {"", "List", KIND_LIST, 0},
    {"networking.k8s.io", "Ingress", KIND_INGRESS, 10},
    {"networking.k8s.io", "NetworkPolicy", KIND_POLICY, 2},
    {"traefik.io", "IngressRoute", KIND_ROUTE_HTTP, 0},
    {"monitoring.coreos.com", "ServiceMonitor", KIND_SERVICE_MONITOR, 0},
    {"monitoring.coreos.com", "PodMonitor", KIND_POD_MONITOR, 0},
    {"policy", "PodDisruptionBudget", KIND_DISRUPTION_BUDGET, 12},
    {"autoscaling", "HorizontalPodAutoscaler", KIND_AUTOSCALER, 0},
    {"traefik.io", "IngressRouteTCP", KIND_ROUTE_TCP, 11},
    {"traefik.io", "TraefikService", KIND_TRAEFIK_SERVICE, 0},
    {"traefik.io", "Middleware", KIND_MIDDLEWARE, 8},
    {"traefik.io", "MiddlewareTCP", KIND_MIDDLEWARE_TCP, 7},
    {"traefik.io", "TLSOption", KIND_TLS_OPTION, 9},
    {"traefik.containo.us", "IngressRoute", KIND_ROUTE_HTTP, 0},
    {"traefik.containo.us", "IngressRouteTCP", KIND_ROUTE_TCP, 11},
    {"traefik.containo.us", "TraefikService", KIND_TRAEFIK_SERVICE, 0},
    {"traefik.containo.us", "Middleware", KIND_MIDDLEWARE, 8},
    {"traefik.containo.us", "MiddlewareTCP", KIND_MIDDLEWARE_TCP, 7},
    {"traefik.containo.us", "TLSOption", KIND_TLS_OPTION, 9},
    {"networking.k8s.io", "IngressClass", KIND_INGRESS_CLASS, 0},
    {"gateway.networking.k8s.io", "Gateway", KIND_GATEWAY, 0},
    {"gateway.networking.k8s.io", "GatewayClass", KIND_GATEWAY_CLASS, 0},
    {"gateway.networking.k8s.io", "HTTPRoute", KIND_ROUTE_GATEWAY, 0},
    {"gateway.networking.k8s.io", "GRPCRoute", KIND_ROUTE_GATEWAY, 0},
    {"gateway.networking.k8s.io", "TCPRoute", KIND_ROUTE_GATEWAY, 0},
    {"gateway.networking.k8s.io", "TLSRoute", KIND_ROUTE_GATEWAY, 0},
    {"gateway.networking.k8s.io", "UDPRoute", KIND_ROUTE_GATEWAY, 0},
    {"config.kubernetes.io", "ResourceList", KIND_RESOURCE_LIST, 0},
    {CONFIG_GROUP, CONFIG_KIND, KIND_CONFIG, 0},
};

Str group_of(Str api_version) {
    ptrdiff_t slash = str_find_char(api_version, '/');
    return slash < 0 ? S("") : str_head(api_version, (size_t)slash);
}

Kind kind_of(Str api_version, Str kind) {
    Str group = group_of(api_version);
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_is(kind, kinds[i].kind) && str_is(group, kinds[i].group))
            return kinds[i].value;
    return KIND_OTHER;
}

int apply_rank(Str kind) {
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (kinds[i].rank && str_is(kind, kinds[i].kind))
            return kinds[i].rank;
    return COUNT(kinds);
}

bool is_list(Kind kind) {
    return kind == KIND_LIST || kind == KIND_RESOURCE_LIST;
}
