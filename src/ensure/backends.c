#include "ensure/backends.h"

/* Never both: an Ingress' middlewares are for all its paths, and webmail's would lock visitors out of the login. */
ComponentId page_of(Parts parts) {
    if (parts & (PART(ADMIN) | PART(FRONT)))
        return ADMIN;
    return (parts & PART(WEBMAIL)) ? WEBMAIL : COMPONENTS;
}

Manifest *found_mx_service(Ensure *e) {
    const Part *part = part_of(e->instance, POSTFIX);
    for (size_t i = 0; part && i < part->services.n; i++) {
        Manifest *m = part->services.at[i];
        Node *port = item_with_int(m->tree, manifest_at(m, "spec.ports"), "targetPort", MX_PORT);
        if (int_at(m->tree, port, "port") == 25)
            return m;
    }
    return NULL;
}

/* ---- our own routes to front's web server ---- */

/* One of an earlier run has the label, and leads where it led then. */
bool is_left_over(Ensure *e, const Manifest *m, const FrontRoute *row) {
    return !asks_for(e->config, row) && has_name(m, prefixed(e, row->ending)) &&
           parts_of_route(e->instance, m) == PART(FRONT) &&
           map_get(m->tree, manifest_at(m, "metadata.labels"), S(LABEL_ADDED));
}

static bool is_to_front(Ensure *e, const Manifest *m) {
    for (const FrontRoute *row = front_routes; row < front_routes + FRONT_ROUTES; row++)
        if (m->kind == row->kind && has_name(m, prefixed(e, row->ending)))
            return asks_for(e->config, row) || is_left_over(e, m, row);
    return false;
}

static Manifest *next_route(Ensure *e, Kind kind, const Manifest *after) {
    Manifest *m = next_manifest(e, kind, after);
    while (m && is_to_front(e, m))
        m = next_manifest(e, kind, m);
    return m;
}

Manifest *next_ingress(Ensure *e, const Manifest *m) {
    return next_route(e, KIND_INGRESS, m);
}

Manifest *next_http_route(Ensure *e, const Manifest *m) {
    return next_route(e, KIND_ROUTE_HTTP, m);
}
