#include "model/routes.h"

/* Of Traefik's own kinds, and not of Kubernetes'. */
static bool is_traefik_route(const Manifest *m) {
    return m->kind == KIND_ROUTE_HTTP || m->kind == KIND_ROUTE_TCP;
}

Node *rules_of(const Manifest *m) {
    return manifest_at(m, is_traefik_route(m) ? "spec.routes" : "spec.rules");
}

Part *part_of_backend(const Instance *instance, Tree *tree, Node *backend) {
    return part_served_by(instance, map_text(tree, map_get(tree, backend, S("service")), S("name")));
}

Part *part_of_reference(const Instance *instance, const Manifest *m, Node *reference) {
    Str kind = map_text(m->tree, reference, S("kind")), namespace = map_text(m->tree, reference, S("namespace"));
    if (map_text(m->tree, reference, S("group")).n || (kind.n && !str_is(kind, "Service")) ||
        !same_namespace(namespace.n ? namespace : m->namespace, instance->namespace))
        return NULL;
    return part_served_by(instance, map_text(m->tree, reference, S("name")));
}

Parts parts_of_rule(const Instance *instance, const Manifest *m, Node *rule) {
    bool ingress = m->kind == KIND_INGRESS;
    const char *list = ingress ? "http.paths" : is_traefik_route(m) ? "services" : "backendRefs";
    Parts parts = 0;
    EACH_ITEM(item, m->tree, map_path(m->tree, rule, list)) {
        const Part *part = ingress ? part_of_backend(instance, m->tree, map_get(m->tree, item, S("backend")))
                                   : part_of_reference(instance, m, item);
        parts |= part ? PART(part->id) : OTHERS;
    }
    return parts;
}

Parts parts_of_route(const Instance *instance, const Manifest *m) {
    Node *fallback = m->kind == KIND_INGRESS ? manifest_at(m, "spec.defaultBackend") : NULL;
    const Part *part = part_of_backend(instance, m->tree, fallback);
    Parts parts = part ? PART(part->id) : fallback ? OTHERS : 0;
    EACH_ITEM(rule, m->tree, rules_of(m))
        parts |= parts_of_rule(instance, m, rule);
    return parts;
}

/* ---- to front ---- */

/* The path of antispam is one of admin's, whose rule may be the longer one. */
const FrontRoute front_routes[FRONT_ROUTES] = {
    [WEBDAV_ROUTE] = {"ingress.traefik.webdav", KIND_ROUTE_HTTP, "webdav", WEBDAV, 0},
    [ANTISPAM_ROUTE] = {"ingress.traefik.antispam", KIND_ROUTE_HTTP, "antispam", RSPAMD, 10000},
    [OVERRIDES_ROUTE] = {"ingress.traefik.overrides", KIND_ROUTE_HTTP, "overrides", FRONT, 0},
    [MTA_STS_ROUTE] = {"mtaSts.mode", KIND_INGRESS, "mta-sts", FRONT, 0},
};

bool asks_for(Config *config, const FrontRoute *row) {
    bool is_switch = row != &front_routes[MTA_STS_ROUTE];
    return is_switch ? config_bool(config, row->field) : config_has(config, row->field);
}

bool routes_to_front_http(Config *config) {
    bool any = false;
    for (size_t i = 0; i < FRONT_ROUTES; i++)
        any |= asks_for(config, &front_routes[i]);
    return any && routes_traefik(config);
}
