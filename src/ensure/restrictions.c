/* What keeps visitors out of existing routes: entry points, middlewares and classes that added routes take over, and
 * annotations of other controllers that Traefik does not support. */
#include "ensure/pages.h"

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

/* The Middleware that an Ingress refers to so; NULL when it is not in the stream. */
static const Manifest *middleware_of(Ensure *e, Str reference) {
    for (const Manifest *m = NULL; (m = stream_next(e->stream, KIND_MIDDLEWARE, S(""), m));) {
        Str namespace = m->namespace.n ? m->namespace : e->instance->target_namespace;
        if (str_eq(middleware_reference(e, namespace, m->name), reference))
            return m;
    }
    return NULL;
}

static bool restricts(Ensure *e, Str reference) {
    const Manifest *m = middleware_of(e, reference);
    return !m || !turns_nobody_away(m);
}

static void add_restriction(Ensure *e, Names *names, Str reference) {
    if (reference.n && restricts(e, reference))
        strs_add(e->arena, names, reference);
}

Str class_of_ingress(const Manifest *m) {
    Str name = manifest_text(m, "spec.ingressClassName");
    return name.n ? name : annotation_of(m, ANNOTATION_CLASS);
}

static Restrictions of_ingress(Ensure *e, const Manifest *m) {
    Restrictions r = {.entry_points = annotation_of(m, ANNOTATION_ENTRY_POINTS)};
    for (Str rest = annotation_of(m, ANNOTATION_MIDDLEWARES); rest.n;)
        add_restriction(e, &r.middlewares, str_trim(str_cut(&rest, ',')));
    Str class_name = class_of_ingress(m);
    if (is_traefik_class(e, class_name))
        r.class_name = class_name;
    return r;
}

Str reference_of(Ensure *e, Tree *tree, Node *item) {
    Str name = map_text(tree, item, S("name")), space = map_text(tree, item, S("namespace"));
    if (!name.n || str_has(name, "@"))
        return name;
    return middleware_reference(e, space.n ? space : e->instance->target_namespace, name);
}

static Restrictions of_http_route(Ensure *e, const Manifest *m) {
    Tree *tree = m->tree;
    Restrictions r = {.entry_points = joined_texts(e->arena, tree, manifest_at(m, "spec.entryPoints"), ",")};
    EACH_ITEM(route, tree, manifest_at(m, "spec.routes")) {
        EACH_ITEM(item, tree, map_get(tree, route, S("middlewares")))
            add_restriction(e, &r.middlewares, reference_of(e, tree, item));
    }
    return r;
}

static Restrictions of_gateway_route(Ensure *e, const Manifest *m) {
    Restrictions r = {0};
    EACH_ITEM(rule, m->tree, rules_of(m)) {
        EACH_ITEM(filter, m->tree, map_get(m->tree, rule, S("filters"))) {
            Str name = middleware_of_filter(m, filter);
            if (name.n)
                add_restriction(e, &r.middlewares, middleware_reference(e, e->instance->target_namespace, name));
        }
    }
    return r;
}

/* How near a route to `parts` is to the page that is added: it led to the page, to front, which showed all pages, to
 * another part, to none. */
static int nearness(Parts parts, ComponentId page) {
    return (parts & PART(page)) ? 3 : (parts & PART(FRONT)) ? 2 : (parts & ~OTHERS) ? 1 : 0;
}

Restrictions restrictions_for(Ensure *e, ComponentId page) {
    Restrictions found = {0};
    int nearest = 0;
    for (Manifest *m = NULL; (m = next_ingress(e, m));)
        if (nearness(parts_of_ingress(e, m), page) > nearest) {
            nearest = nearness(parts_of_ingress(e, m), page);
            found = of_ingress(e, m);
        }
    for (Manifest *m = NULL; (m = next_http_route(e, m));)
        if (nearness(parts_of_http_route(e, m), page) > nearest) {
            nearest = nearness(parts_of_http_route(e, m), page);
            found = of_http_route(e, m);
        }
    for (Manifest *m = NULL; (m = next_gateway_route(e, m));)
        if (nearness(parts_of_gateway_route(e, m), page) > nearest) {
            nearest = nearness(parts_of_gateway_route(e, m), page);
            found = of_gateway_route(e, m);
        }
    return found;
}

/* ---- paths that change ---- */

enum { MOST_CHAINS = 10 }; /* one within another; Traefik refuses those that come back to themselves */

/* Whether a prefix that is removed, and a path of a page's, begin alike: else the page's requests do not have it. What
 * is left of an exact path is the same for every visitor. */
static bool strips_page(Ensure *e, const Manifest *m, ComponentId page) {
    Paths paths = paths_of_page(e, page);
    EACH_ITEM(item, m->tree, manifest_at(m, "spec.stripPrefix.prefixes"))
        for (size_t i = 0; i < paths.n; i++) {
            Str path = map_text(m->tree, paths.at[i], S("path"));
            if (!is_exact_path(m->tree, paths.at[i]) && !str_is(item->text, "/") &&
                (str_starts(item->text, path) || str_starts(path, item->text)))
                return true;
        }
    return false;
}

static bool chain_changes_path(Ensure *e, const Manifest *m, int depth) {
    static const char *const kinds[] = {"addPrefix", "replacePath", "replacePathRegex", "stripPrefixRegex"};
    if (!m || is_path_middleware(e, m->name))
        return false;
    bool changes = strips_page(e, m, ADMIN) || strips_page(e, m, WEBMAIL);
    for (size_t i = 0; i < COUNT(kinds); i++)
        changes |= map_get(m->tree, manifest_at(m, "spec"), str(kinds[i])) != NULL;
    EACH_ITEM(item, m->tree, depth ? manifest_at(m, "spec.chain.middlewares") : NULL) {
        Str space = map_text(m->tree, item, S("namespace")), name = map_text(m->tree, item, S("name"));
        changes |= chain_changes_path(e, stream_find(e->stream, KIND_MIDDLEWARE, space.n ? space : m->namespace, name),
                                      depth - 1);
    }
    return changes;
}

bool changes_path(Ensure *e, Str reference) {
    return chain_changes_path(e, middleware_of(e, reference), MOST_CHAINS);
}

void check_path_of_admin(Ensure *e, const Manifest *m, Node *at, Str reference) {
    if (changes_path(e, reference))
        warn(e, WARN_ROUTE, m, at,
             "Middleware %.*s changes paths, and may lead visitors to admin's /internal, which gives anyone keys and "
             "passwords; expected no such middleware on a route to admin",
             F(reference));
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
        if ((parts_of_ingress(e, m) & ~OTHERS) && !is_traefik_class(e, class_of_ingress(m)))
            check_annotations(e, m);
}
