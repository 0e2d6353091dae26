#include "ensure/backends.h"

Part *part_of_backend(Ensure *e, Tree *tree, Node *backend) {
    return part_served_by(e->instance, map_text(tree, map_get(tree, backend, S("service")), S("name")));
}

Parts parts_of_rule(Ensure *e, const Manifest *m, Node *rule) {
    Parts parts = 0;
    EACH_ITEM(path, m->tree, map_path(m->tree, rule, "http.paths")) {
        const Part *part = part_of_backend(e, m->tree, map_get(m->tree, path, S("backend")));
        parts |= part ? PART(part->id) : OTHERS;
    }
    return parts;
}

bool is_exact_path(Tree *tree, Node *path) {
    return str_is(map_text(tree, path, S("pathType")), "Exact");
}

Node *rules_of(const Manifest *m) {
    return manifest_at(m, "spec.rules");
}

Parts parts_of_ingress(Ensure *e, const Manifest *m) {
    Node *fallback = manifest_at(m, "spec.defaultBackend");
    const Part *part = part_of_backend(e, m->tree, fallback);
    Parts parts = part ? PART(part->id) : fallback ? OTHERS : 0;
    EACH_ITEM(rule, m->tree, rules_of(m))
        parts |= parts_of_rule(e, m, rule);
    return parts;
}

/* Never both: the middlewares of an Ingress are for all its paths, and webmail's would lock visitors out of the login.
 */
ComponentId page_of(Parts parts) {
    if (parts & (PART(ADMIN) | PART(FRONT)))
        return ADMIN;
    return (parts & PART(WEBMAIL)) ? WEBMAIL : COMPONENTS;
}

static Manifest *next_route(Ensure *e, Kind kind, const Manifest *after) {
    Manifest *m = next_manifest(e, kind, after);
    while (m && is_front_http_route(e, m))
        m = next_manifest(e, kind, m);
    return m;
}

Manifest *next_ingress(Ensure *e, const Manifest *m) {
    return next_route(e, KIND_INGRESS, m);
}

Manifest *next_http_route(Ensure *e, const Manifest *m) {
    return next_route(e, KIND_ROUTE_HTTP, m);
}
