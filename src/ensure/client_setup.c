/* The paths at which mail clients ask for their settings, in upper or lower case: Outlook alone has three spellings. An
 * Ingress is case-sensitive, so it has the usual spellings, and a Traefik route the others. */
#include "ensure/pages.h"

#include "spec/rule.h"

/* How an IngressRoute has to name what an Ingress refers to: in its own namespace Traefik accepts only the bare name,
 * unless it was started with allowCrossNamespace. */
static Str name_in_route(Ensure *e, Str reference) {
    Str start = str_format(e->arena, "%.*s-", F(e->instance->target_namespace)), end = S("@kubernetescrd");
    if (reference.n <= start.n + end.n || !str_starts(reference, start) || !str_ends(reference, end))
        return reference;
    return str_skip(str_head(reference, reference.n - end.n), start.n);
}

Node *middlewares_beside(Ensure *e, const Page *page) {
    Node *list = new_collection(e->arena, SEQUENCE);
    const Names *references = &page->restrictions.middlewares;
    Names taken_over = {0};
    for (size_t i = 0; i < references->n; i++)
        strs_add(e->arena, &taken_over, name_in_route(e, references->at[i]));
    Names all = names_around(e, &page->middlewares, page->ahead, &taken_over);
    for (size_t i = 0; i < all.n; i++)
        node_add(list, build(e->arena, "{name:%S}", all.at[i]));
    return list;
}

Node *entry_points_beside(Ensure *e, const Page *page) {
    Node *list = new_collection(e->arena, SEQUENCE);
    Str rest = page->restrictions.entry_points;
    if (!rest.n)
        rest = config_get(e->config, "ingress.traefik.entryPoints.websecure");
    for (Str name; str_next_item(&rest, &name);)
        node_add(list, new_string(e->arena, name));
    return list;
}

/* Whether a rule of an earlier run is for these hosts, in whatever order: it is among those that name them. */
static bool is_for(Str match, const Names *hosts) {
    Str rest = match;
    size_t n = 0;
    while (rule_next_host(&rest).n)
        n++;
    return n == hosts->n && str_has(match, client_setup_paths);
}

static Manifest *found_route(Ensure *e) {
    return find_manifest(e, KIND_ROUTE_HTTP, prefixed(e, "client-setup"));
}

static Str setup_rule(Ensure *e, const Names *hosts) {
    Str any = rule_for_hosts(e->arena, hosts);
    return str_format(e->arena, "(%.*s) && PathRegexp(`%s`)", F(any), client_setup_paths);
}

void correct_client_setup(Ensure *e, const Names *hosts) {
    Manifest *m = found_route(e);
    Node *route = m ? first_item(m->tree, rules_of(m)) : NULL;
    if (hosts->n && is_mapping(route) && !is_for(map_text(m->tree, route, S("match")), hosts))
        set_text(e, REQUIRE, m, route, "match", setup_rule(e, hosts));
}

/* With "tls: {}" Traefik uses the certificate that the Ingress of the host has. */
void ensure_client_setup(Ensure *e, const Page *admin, const Names *hosts) {
    if (!hosts->n || found_route(e))
        return;
    add_manifest(e, KIND_ROUTE_HTTP, prefixed(e, "client-setup"), components[ADMIN].name,
                 build(e->arena,
                       "{entryPoints:%n,routes:[{match:%S,kind:Rule,middlewares:%n,services:[{name:%S,port:%d}]}],"
                       "tls:{}}",
                       entry_points_beside(e, admin), setup_rule(e, hosts), middlewares_beside(e, admin),
                       service_name(e, ADMIN), ADMIN_PORT));
}

bool is_for_client_setup(Str host) {
    return str_starts(host, S("autoconfig.")) || str_starts(host, S("autodiscover."));
}
