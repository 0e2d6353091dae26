/* No way past Traefik: no Service and no host port exposes a component to the internet. */
#include "ensure/ensure.h"

static bool has_external_address(Manifest *m, Node *spec) {
    Str type = map_text(m->tree, spec, S("type"));
    return str_is(type, "LoadBalancer") || str_is(type, "NodePort") ||
           node_first(map_get(m->tree, spec, S("externalIPs")));
}

/* If the Service allowed only some addresses, Traefik allows only those on the same ports: routing.c adds the
 * middleware to the routes. */
static void keep_source_ranges(Ensure *e, Manifest *m, Node *spec) {
    Node *ranges = map_get(m->tree, spec, S("loadBalancerSourceRanges")), *list = map_get(m->tree, spec, S("ports"));
    if (!items_of(ranges) || holds_text(m->tree, ranges, S("0.0.0.0/0")))
        return;
    for (size_t i = 0; i < ROUTES; i++) {
        const Route *route = &routes[i];
        Str name = source_ranges_name(e, route);
        /* Front's Service restricted all of front's routes, even those for ports that it did not have: they would be
         * open to anyone. It restricted port 25 only if it had that port. */
        bool restricted = (e->part->id == FRONT && route->component == FRONT) ||
                          ((e->part->id == FRONT || e->part->id == route->component) &&
                           item_with_int(m->tree, list, "port", route->port));
        if (restricted && wants_route(e->instance, route) && !find_manifest(e, KIND_MIDDLEWARE_TCP, name))
            add_manifest(e, KIND_MIDDLEWARE_TCP, name, NULL,
                         build(e->arena, "{ipAllowList:{sourceRange:%n}}", node_copy(m->tree, e->arena, ranges)));
    }
}

/* The listeners of front have no TLS, and postfix and dovecot trust the pod network: a Service with a public address of
 * its own would take unencrypted passwords, or relay for anyone. */
static void close_service(Ensure *e, Manifest *m) {
    static const char *const fields[] = {"externalIPs",
                                         "externalTrafficPolicy",
                                         "loadBalancerIP",
                                         "loadBalancerClass",
                                         "healthCheckNodePort",
                                         "loadBalancerSourceRanges",
                                         "allocateLoadBalancerNodePorts"};
    Node *spec = manifest_at(m, "spec");
    if (!has_external_address(m, spec))
        return;
    warn(e, WARN_EXPOSED, m, map_get(m->tree, spec, S("type")),
         "opened %s to the internet past Traefik; it is now a ClusterIP", e->part->component->name);
    keep_source_ranges(e, m, spec);
    set_text(e, REQUIRE, m, spec, "type", S("ClusterIP"));
    for (size_t i = 0; i < COUNT(fields); i++)
        remove_node(e, REQUIRE, m, map_get(m->tree, spec, str(fields[i])));
    EACH_ITEM(port, m->tree, map_get(m->tree, spec, S("ports")))
        remove_node(e, REQUIRE, m, map_get(m->tree, port, S("nodePort")));
}

/* The same for the node's address: pods behind it see the node as the client, which is in the network they trust. */
static void close_host_ports(Ensure *e) {
    Manifest *m = e->part->workload;
    EACH_ITEM(port, m->tree, map_get(m->tree, e->part->container, S("ports"))) {
        Node *host_port = map_get(m->tree, port, S("hostPort"));
        if (!host_port)
            continue;
        warn(e, WARN_EXPOSED, m, host_port, "opened %s to the internet past Traefik; it was removed",
             e->part->component->name);
        remove_node(e, REQUIRE, m, host_port);
    }
}

void ensure_exposure(Ensure *e) {
    if (!routes_traefik(e->config))
        return;
    for (Ensure each = *e; to_next_part(&each);) {
        close_host_ports(&each);
        for (size_t i = 0; i < each.part->services.n; i++)
            close_service(&each, each.part->services.at[i]);
    }
}
