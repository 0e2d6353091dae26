#include "spec/kinds.h"

static const struct {
    const char *group, *kind;
    Kind value;
    int rank; /* in the order that `kubectl apply` needs: what others refer to comes first; 0 for what is never added */
    const char *version; /* for what is written: as the first of its kind that has one */
} kinds[] = {
    {"apps", "Deployment", KIND_WORKLOAD, 6, "v1"},
    {"apps", "StatefulSet", KIND_WORKLOAD, 0, NULL},
    {"apps", "DaemonSet", KIND_WORKLOAD, 0, NULL},
    {"", "Service", KIND_SERVICE, 5, "v1"},
    {"", "PersistentVolumeClaim", KIND_CLAIM, 4, "v1"},
    {"", "ConfigMap", KIND_CONFIG_MAP, 3, "v1"},
    {"", "Secret", KIND_SECRET, 0, "v1"},
    {"cert-manager.io", "Certificate", KIND_CERTIFICATE, 0, NULL},
    {"", "Namespace", KIND_NAMESPACE, 1, "v1"},
    {"", "List", KIND_LIST, 0, NULL},
    {"networking.k8s.io", "Ingress", KIND_INGRESS, 10, "v1"},
    {"networking.k8s.io", "NetworkPolicy", KIND_POLICY, 2, "v1"},
    {"traefik.io", "IngressRoute", KIND_ROUTE_HTTP, 0, "v1alpha1"},
    {"monitoring.coreos.com", "ServiceMonitor", KIND_SERVICE_MONITOR, 0, NULL},
    {"monitoring.coreos.com", "PodMonitor", KIND_POD_MONITOR, 0, NULL},
    {"policy", "PodDisruptionBudget", KIND_DISRUPTION_BUDGET, 12, "v1"},
    {"autoscaling", "HorizontalPodAutoscaler", KIND_AUTOSCALER, 0, NULL},
    {"traefik.io", "IngressRouteTCP", KIND_ROUTE_TCP, 11, "v1alpha1"},
    {"traefik.io", "TraefikService", KIND_TRAEFIK_SERVICE, 0, NULL},
    {"traefik.io", "Middleware", KIND_MIDDLEWARE, 8, "v1alpha1"},
    {"traefik.io", "MiddlewareTCP", KIND_MIDDLEWARE_TCP, 7, "v1alpha1"},
    {"traefik.io", "TLSOption", KIND_TLS_OPTION, 9, "v1alpha1"},
    {"networking.k8s.io", "IngressClass", KIND_INGRESS_CLASS, 0, NULL},
    {"gateway.networking.k8s.io", "Gateway", KIND_GATEWAY, 0, NULL},
    {"gateway.networking.k8s.io", "GatewayClass", KIND_GATEWAY_CLASS, 0, NULL},
    {"gateway.networking.k8s.io", "HTTPRoute", KIND_ROUTE_GATEWAY, 0, NULL},
    {"gateway.networking.k8s.io", "GRPCRoute", KIND_ROUTE_GATEWAY, 0, NULL},
    {"gateway.networking.k8s.io", "TCPRoute", KIND_ROUTE_GATEWAY, 0, NULL},
    {"gateway.networking.k8s.io", "TLSRoute", KIND_ROUTE_GATEWAY, 0, NULL},
    {"gateway.networking.k8s.io", "UDPRoute", KIND_ROUTE_GATEWAY, 0, NULL},
    {"config.kubernetes.io", "ResourceList", KIND_RESOURCE_LIST, 0, NULL},
    {CONFIG_GROUP, CONFIG_KIND, KIND_CONFIG, 0, NULL},
};

Str group_of(Str api_version) {
    ptrdiff_t slash = str_find_char(api_version, '/');
    return slash < 0 ? S("") : str_head(api_version, (size_t)slash);
}

Kind kind_of(Str api_version, Str kind) {
    Str group = group_of(api_version);
    if (str_is(group, "traefik.containo.us")) /* Traefik 2 knows the same kinds by this group */
        group = S("traefik.io");
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_is(kind, kinds[i].kind) && str_is(group, kinds[i].group))
            return kinds[i].value;
    return KIND_OTHER;
}

AddedKind added_kind(Kind kind) {
    size_t i = 0;
    while (i < COUNT(kinds) - 1 && !(kinds[i].value == kind && kinds[i].version))
        i++;
    return (AddedKind){kinds[i].group, kinds[i].version, kinds[i].kind};
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
