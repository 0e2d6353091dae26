#include "ensure/middlewares.h"

/* ---- references ---- */

static const char *list_of(const Manifest *m) {
    return m->kind == KIND_ROUTE_GATEWAY ? "filters" : "middlewares";
}

Str middleware_of_item(const Manifest *m, Node *item) {
    if (m->kind != KIND_ROUTE_GATEWAY)
        return map_text(m->tree, item, S("name"));
    Node *reference = map_get(m->tree, item, S("extensionRef"));
    bool ours = str_is(map_text(m->tree, reference, S("group")), "traefik.io") &&
                str_is(map_text(m->tree, reference, S("kind")), "Middleware");
    return ours ? map_text(m->tree, reference, S("name")) : (Str){0};
}

Str reference_of(Ensure *e, const Manifest *m, Node *item) {
    Str name = middleware_of_item(m, item), space = map_text(m->tree, item, S("namespace"));
    if (!name.n || str_has(name, "@"))
        return name;
    return middleware_reference(e, space.n ? space : e->instance->target_namespace, name);
}

Names references_of(Ensure *e, const Manifest *m) {
    Names found = {0};
    bool ingress = m->kind == KIND_INGRESS;
    for (Str rest = annotation_of(m, ANNOTATION_MIDDLEWARES), reference; ingress && str_next_item(&rest, &reference);)
        if (reference.n)
            strs_add(e->arena, &found, reference);
    EACH_ITEM(rule, m->tree, ingress ? NULL : rules_of(m))
        EACH_ITEM(item, m->tree, map_get(m->tree, rule, str(list_of(m))))
            if (middleware_of_item(m, item).n)
                strs_add(e->arena, &found, reference_of(e, m, item));
    return found;
}

const Manifest *middleware_of(Ensure *e, Str reference) {
    for (const Manifest *m = NULL; (m = stream_next(e->stream, KIND_MIDDLEWARE, S(""), m));) {
        Str namespace = m->namespace.n ? m->namespace : e->instance->target_namespace;
        if (str_eq(middleware_reference(e, namespace, m->name), reference))
            return m;
    }
    return NULL;
}

/* ---- in their order ---- */

static Node *item_for(Ensure *e, const Manifest *m, Str name) {
    return build(e->arena,
                 m->kind == KIND_ROUTE_GATEWAY
                     ? "{type:ExtensionRef,extensionRef:{group:traefik.io,kind:Middleware,name:%S}}"
                     : "{name:%S}",
                 name);
}

void ensure_middlewares(Ensure *e, Manifest *m, Node *rule, const Names *names, size_t ahead) {
    Node *list = map_get(m->tree, rule, str(list_of(m))), *all = new_collection(e->arena, SEQUENCE);
    Names there = {0}, first = {0};
    bool right = true;
    EACH_ITEM(item, m->tree, list)
        *PUSH(e->arena, &there) = middleware_of_item(m, item);
    for (size_t i = 0; i < names->n; i++)
        right &= i < ahead ? i < there.n && str_eq(there.at[i], names->at[i]) : strs_hold(&there, names->at[i]);
    if (right)
        return;
    for (size_t i = 0; i < ahead; i++) {
        strs_add(e->arena, &first, names->at[i]);
        node_add(all, item_for(e, m, names->at[i]));
    }
    EACH_ITEM(item, m->tree, list)
        if (!strs_hold(&first, middleware_of_item(m, item)))
            node_add(all, node_copy(m->tree, e->arena, item));
    for (size_t i = ahead; i < names->n; i++)
        if (!strs_hold(&there, names->at[i]))
            node_add(all, item_for(e, m, names->at[i]));
    set_value(e, REQUIRE, m, rule, list_of(m), all);
}

/* ---- paths that change ---- */

enum { MOST_CHAINS = 10 }; /* one within another; Traefik refuses those that come back to themselves */

/* Whether a prefix that is removed, and a path of a page's, begin alike: else the page's requests do not have it. What
 * is left of an exact path is the same for every visitor. */
static bool strips_page(Ensure *e, const Manifest *m, ComponentId page) {
    UrlPaths paths = paths_of_page(e, page);
    EACH_ITEM(item, m->tree, manifest_at(m, "spec.stripPrefix.prefixes"))
        for (size_t i = 0; i < paths.n; i++) {
            Str path = paths.at[i].path;
            if (!paths.at[i].exact && !str_is(item->text, "/") &&
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
             "passwords; remove it from routes to admin",
             F(reference));
}
