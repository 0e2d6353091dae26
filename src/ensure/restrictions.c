/* What keeps visitors out of existing routes: entry points, middlewares and classes that added routes take over, and
 * annotations of other controllers that Traefik does not support. */
#include "ensure/middlewares.h"

/* Middlewares that change requests but refuse none. Any other kind, and one that is not in the stream, may refuse some;
 * buffering refuses large ones when it has a limit. */
static bool turns_nobody_away(const Manifest *m) {
    static const char *const harmless[] = {
        "addPrefix",        "buffering",        "compress",       "contentType",   "errors",
        "grpcWeb",          "headers",          "redirectScheme", "redirectRegex", "replacePath",
        "replacePathRegex", "stripPrefixRegex", "retry",          "stripPrefix",
    };
    Node *spec = map_get(m->tree, m->root, S("spec"));
    Str limit = map_text(m->tree, map_get(m->tree, spec, S("buffering")), S("maxRequestBodyBytes"));
    if (limit.n && !str_is(limit, "0"))
        return false;
    for (size_t i = 0; i < COUNT(harmless); i++)
        if (map_get(m->tree, spec, str(harmless[i])))
            return true;
    /* ours, which is for webmail alone */
    return str_has(map_text(m->tree, map_get(m->tree, spec, S("forwardAuth")), S("address")), "/internal/auth/");
}

static bool restricts(Ensure *e, Str reference) {
    const Manifest *m = middleware_of(e, reference);
    return !m || !turns_nobody_away(m);
}

Str class_of_ingress(const Manifest *m) {
    Str name = manifest_text(m, "spec.ingressClassName");
    return name.n ? name : annotation_of(m, ANNOTATION_CLASS);
}

static Restrictions restrictions_of(Ensure *e, const Manifest *m) {
    Restrictions r = {0};
    Names all = references_of(e, m);
    for (size_t i = 0; i < all.n; i++)
        if (restricts(e, all.at[i]))
            strs_add(e->arena, &r.middlewares, all.at[i]);
    if (m->kind == KIND_ROUTE_HTTP)
        r.entry_points = joined_texts(e->arena, m->tree, manifest_at(m, "spec.entryPoints"), ",");
    if (m->kind != KIND_INGRESS)
        return r;
    r.entry_points = annotation_of(m, ANNOTATION_ENTRY_POINTS);
    if (is_traefik_class(e, class_of_ingress(m)))
        r.class_name = class_of_ingress(m);
    return r;
}

/* How near a route to `parts` is to the page that is added: it led to the page, to front, which showed all pages, to
 * another part, to none. */
static int nearness(Parts parts, ComponentId page) {
    return (parts & PART(page)) ? 3 : (parts & PART(FRONT)) ? 2 : (parts & ~OTHERS) ? 1 : 0;
}

Restrictions restrictions_for(Ensure *e, ComponentId page) {
    static Manifest *(*const next[])(Ensure *, const Manifest *) = {next_ingress, next_http_route, next_gateway_route};
    const Manifest *found = NULL;
    int nearest = 0;
    for (size_t i = 0; i < COUNT(next); i++)
        for (const Manifest *m = NULL; (m = next[i](e, m));) {
            int near = nearness(parts_of_route(e->instance, m), page);
            if (near <= nearest)
                continue;
            nearest = near;
            found = m;
        }
    return found ? restrictions_of(e, found) : (Restrictions){0};
}

/* ---- of other controllers ---- */

bool is_traefik_class(Ensure *e, Str name) {
    if (!name.n)
        return false;
    if (str_has(name, "traefik") || str_eq(name, config_get(e->config, "ingress.className")))
        return true;
    const Manifest *m = stream_find(e->stream, KIND_INGRESS_CLASS, S(""), name);
    return m && str_is(manifest_text(m, "spec.controller"), "traefik.io/ingress-controller");
}

/* ingress-nginx' whitelist-source-range and auth-url, HAProxy's allow-list, ALB's inbound-cidrs and scheme, and what
 * else their authors call such things. */
static bool is_restriction(Str annotation, Str value) {
    static const char *const words[] = {"whitelist", "allowlist",  "allow-list", "denylist",     "deny-list",
                                        "blacklist", "block-list", "auth-",      "inbound-cidrs"};
    Str group = str_cut(&annotation, '/'), name = annotation;
    if (!name.n || str_has(group, "traefik") || str_has(group, "cert-manager"))
        return false;
    if (str_ends(name, S("-snippet")))
        return str_has(value, "deny ") || str_has(value, "auth") || str_has(value, "allow ");
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_has(name, words[i]))
            return true;
    return str_is(name, "scheme") && str_is(value, "internal");
}

static void check_annotations(Ensure *e, const Manifest *m) {
    bool given = config_has(e->config, "ingress.className");
    Node *annotations = manifest_at(m, "metadata.annotations");
    for (Node *entry = entries_of(annotations); entry; entry = node_next(entry)) {
        const Node *value = node_value(m->tree, entry);
        if (!is_scalar(value) || !is_restriction(entry->key->text, value->text))
            continue;
        if (given)
            warn(e, WARN_FOREIGN_RESTRICTION, m, entry,
                 "Traefik does not support this restriction: visitors it kept out can get in now");
        else
            diagnose(e, ERROR, m, entry,
                     "keeps visitors out, but Traefik does not support it; expected a middleware instead, or "
                     "ingress.className to route without it");
    }
}

void check_foreign_restrictions(Ensure *e) {
    for (Manifest *m = NULL; (m = next_ingress(e, m));)
        if ((parts_of_route(e->instance, m) & ~OTHERS) && !is_traefik_class(e, class_of_ingress(m)))
            check_annotations(e, m);
}
