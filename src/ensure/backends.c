#include "ensure/backends.h"

/* Never both: the middlewares of an Ingress are for all its paths, and webmail's would lock visitors out of the login.
 */
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

/* The path of antispam is one of admin's, whose rule may be the longer one. */
const FrontRoute front_routes[FRONT_ROUTES] = {
    [WEBDAV_ROUTE] = {"ingress.traefik.webdav", KIND_ROUTE_HTTP, "webdav", WEBDAV, 0},
    [ANTISPAM_ROUTE] = {"ingress.traefik.antispam", KIND_ROUTE_HTTP, "antispam", RSPAMD, 10000},
    [OVERRIDES_ROUTE] = {"ingress.traefik.overrides", KIND_ROUTE_HTTP, "overrides", FRONT, 0},
    [MTA_STS_ROUTE] = {"mtaSts.mode", KIND_INGRESS, "mta-sts", FRONT, 0},
};

bool asks_for(const Ensure *e, const FrontRoute *row) {
    bool is_switch = row != &front_routes[MTA_STS_ROUTE];
    return is_switch ? config_bool(e->config, row->field) : config_has(e->config, row->field);
}

/* One of an earlier run has the label, and leads where it led then. */
bool is_left_over(Ensure *e, const Manifest *m, const FrontRoute *row) {
    return !asks_for(e, row) && has_name(m, prefixed(e, row->ending)) &&
           parts_of_route(e->instance, m) == PART(FRONT) &&
           map_get(m->tree, manifest_at(m, "metadata.labels"), S(LABEL_ADDED));
}

static bool is_to_front(Ensure *e, const Manifest *m) {
    for (const FrontRoute *row = front_routes; row < front_routes + FRONT_ROUTES; row++)
        if (m->kind == row->kind && has_name(m, prefixed(e, row->ending)))
            return asks_for(e, row) || is_left_over(e, m, row);
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
