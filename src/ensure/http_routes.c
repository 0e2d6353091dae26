/* Traefik's own routes to web pages, IngressRoutes of either API group: one from the stream leads where an Ingress
 * would, through the same middlewares. */
#include "ensure/pages.h"

#include "spec/formats.h"
#include "spec/rule.h"

/* ---- where routes lead ---- */

/* The part that a service of a route names; NULL when it is not of this Mailu. */
static Part *part_of_service(Ensure *e, Tree *tree, Node *service) {
    Str kind = map_text(tree, service, S("kind")), namespace = map_text(tree, service, S("namespace"));
    if ((kind.n && !str_is(kind, "Service")) || !same_namespace(namespace, e->instance->namespace))
        return NULL;
    return part_served_by(e->instance, map_text(tree, service, S("name")));
}

static Parts parts_of_route(Ensure *e, Tree *tree, Node *route) {
    Parts parts = 0;
    EACH_ITEM(service, tree, map_get(tree, route, S("services"))) {
        const Part *part = part_of_service(e, tree, service);
        parts |= part ? PART(part->id) : OTHERS;
    }
    return parts;
}

/* As page_of; a route to front that is for webmail's path becomes webmail's. */
static ComponentId page_of_route(Ensure *e, Tree *tree, Node *route) {
    Parts parts = parts_of_route(e, tree, route);
    Str webmail = str_format(e->arena, "`%.*s", F(e->instance->settings.web_webmail));
    if (parts == PART(FRONT) && webmail.n > 2 && str_find(map_text(tree, route, S("match")), webmail) >= 0)
        return WEBMAIL;
    return page_of(parts);
}

static Node *routes_of(const Manifest *m) {
    return manifest_at(m, "spec.routes");
}

Parts parts_of_http_route(Ensure *e, const Manifest *m) {
    Parts parts = 0;
    EACH_ITEM(route, m->tree, routes_of(m))
        parts |= parts_of_route(e, m->tree, route);
    return parts;
}

static void add_hosts(Ensure *e, Names *hosts, Str match) {
    Str rest = match, host;
    while ((host = rule_next_host(&rest)).n)
        if (check_ingress_host(host)) /* no other can be in an Ingress */
            strs_add(e->arena, hosts, host);
}

void add_hosts_of_http_routes(Ensure *e, Names *hosts) {
    for (Manifest *m = NULL; (m = next_http_route(e, m));)
        EACH_ITEM(route, m->tree, routes_of(m))
            if (page_of_route(e, m->tree, route) < COMPONENTS)
                add_hosts(e, hosts, map_text(m->tree, route, S("match")));
}

/* ---- fixing ---- */

/* PathPrefix(`/admin`) || Path(`/mobileconfig`): the paths of a page. */
static Str rule_of_paths(Ensure *e, Tree *tree, const Page *page) {
    Buf out = {.arena = e->arena};
    for (size_t i = 0; i < page->paths.n; i++) {
        Node *path = page->paths.at[i];
        buf_format(&out, "%s%s(`%.*s`)", out.n ? " || " : "", is_exact_path(tree, path) ? "Path" : "PathPrefix",
                   F(map_text(tree, path, S("path"))));
    }
    return buf_str(&out);
}

/* Restricts the route to the paths of the page. Returns whether it has all of them. What is not understood can't be
 * restricted by adding to it. */
static bool ensure_match(Ensure *e, Manifest *m, Node *route, const Page *page) {
    Str match = map_text(m->tree, route, S("match")), paths = rule_of_paths(e, m->tree, page);
    Str ending = str_format(e->arena, ") && (%.*s)", F(paths));
    if (rule_may_match_internal(match) || (parts_of_route(e, m->tree, route) & PART(FRONT))) {
        Str narrowed = str_format(e->arena, "(%.*s%.*s", F(match), F(ending));
        if (rule_may_match_internal(narrowed))
            diagnose(e, ERROR, m, route,
                     "found match: \"%.*s\", expected a rule of Traefik, such as Host(`mail.example.com`) && "
                     "PathPrefix(`/admin`)",
                     F(match));
        set_text(e, REQUIRE, m, route, "match", narrowed);
        match = narrowed;
    }
    return str_ends(match, ending) && !str_has(str_head(match, match.n - ending.n), "Path");
}

/* With several webmail pods each visitor stays with one, which has the uploads. */
static void ensure_sticky_service(Ensure *e, Manifest *m, Node *service) {
    set_value(e, DEFAULT, m, service, "sticky", build(e->arena, "{cookie:{httpOnly:true,secure:true}}"));
}

/* The first service of this Mailu becomes the page's; others of this Mailu go. */
static void ensure_services_of_route(Ensure *e, Manifest *m, Node *route, const Page *page) {
    Node *backend = map_get(m->tree, map_get(m->tree, page->paths.at[0], S("backend")), S("service"));
    bool done = false;
    EACH_ITEM(service, m->tree, map_get(m->tree, route, S("services"))) {
        if (part_of_service(e, m->tree, service)) {
            if (done) {
                remove_node(e, REQUIRE, m, service);
            } else {
                static const char *const of_another[] = {"scheme", "serversTransport"};
                set_text(e, REQUIRE, m, service, "name", map_text(m->tree, backend, S("name")));
                set_int(e, REQUIRE, m, service, "port",
                        int_at(m->tree, map_get(m->tree, backend, S("port")), "number"));
                for (size_t i = 0; i < COUNT(of_another); i++)
                    if (map_get(m->tree, service, str(of_another[i])))
                        remove_node(e, REQUIRE, m, map_get(m->tree, service, str(of_another[i])));
                if (page->id == WEBMAIL && replicas_asked(e, WEBMAIL) > 1)
                    ensure_sticky_service(e, m, service);
            }
            done = true;
        }
    }
}

static Node *reference_to(Ensure *e, Str name) {
    return build(e->arena, "{name:%S}", name);
}

/* Whether the route refers to that Middleware of its own namespace at `place`, or, when that is -1, anywhere. */
static bool refers_to(const Manifest *m, Node *list, Str name, int place) {
    int i = 0;
    for (Node *item = items_of(list); item; item = node_next(item), i++)
        if (str_eq(map_text(m->tree, node_value(m->tree, item), S("name")), name) && (place < 0 || place == i))
            return true;
    return false;
}

/* As on an Ingress: the first `ahead` of `names`, then the user's own, then the others. */
static void ensure_middlewares(Ensure *e, Manifest *m, Node *route, const Names *names, size_t ahead) {
    Node *list = map_get(m->tree, route, S("middlewares"));
    bool right = true;
    for (size_t i = 0; i < names->n && right; i++)
        right = refers_to(m, list, names->at[i], i < ahead ? (int)i : -1);
    if (right)
        return;
    Node *all = new_collection(e->arena, SEQUENCE);
    Names first = {0};
    for (size_t i = 0; i < ahead; i++) {
        strs_add(e->arena, &first, names->at[i]);
        node_add(all, reference_to(e, names->at[i]));
    }
    EACH_ITEM(reference, m->tree, list)
        if (!strs_hold(&first, map_text(m->tree, reference, S("name"))))
            node_add(all, node_copy(m->tree, e->arena, reference));
    for (size_t i = ahead; i < names->n; i++)
        if (!refers_to(m, list, names->at[i], -1))
            node_add(all, reference_to(e, names->at[i]));
    set_value(e, REQUIRE, m, route, "middlewares", all);
}

static void ensure_route_to_page(Ensure *e, Manifest *m, Node *route, const Page *page, Names *shown) {
    bool whole = page->id == WEBMAIL;
    if (page->id == ADMIN)
        whole = ensure_match(e, m, route, page);
    Node *list = page->id == ADMIN ? map_get(m->tree, route, S("middlewares")) : NULL;
    EACH_ITEM(item, m->tree, list)
        check_path_of_admin(e, m, list, reference_of(e, m->tree, item));
    ensure_services_of_route(e, m, route, page);
    ensure_middlewares(e, m, route, &page->middlewares, page->ahead);
    if (!whole)
        return;
    Str match = map_text(m->tree, route, S("match"));
    size_t before = shown->n;
    add_hosts(e, shown, match);
    if (shown->n == before && !str_has(match, "Host"))
        strs_add(e->arena, shown, S("")); /* for all hosts */
}

void ensure_http_routes(Ensure *e, const Page *page, Names *shown) {
    for (Manifest *m = NULL; (m = next_http_route(e, m));)
        EACH_ITEM(route, m->tree, routes_of(m))
            if (page_of_route(e, m->tree, route) == page->id)
                ensure_route_to_page(e, m, route, page, shown);
}

/* ---- routes to what is not a page ---- */

static void guard_route(Ensure *e, Manifest *m, Node *route) {
    Parts parts = parts_of_route(e, m->tree, route) & ~OTHERS;
    if (!parts || page_of(parts) < COMPONENTS)
        return;
    warn(e, WARN_ROUTE, m, route, "leads to a part of Mailu that has no login of its own; expected no such route");
    Names headers = {0};
    strs_add(e->arena, &headers, headers_middleware(e));
    ensure_middlewares(e, m, route, &headers, 1);
}

/* A TraefikService is between a route and its Services: what it leads to bypasses the login. */
static void refuse_traefik_service(Ensure *e, const Manifest *m) {
    static const char *const lists[] = {"spec.weighted.services", "spec.mirroring.mirrors"};
    const Part *part = part_of_service(e, m->tree, manifest_at(m, "spec.mirroring"));
    for (size_t i = 0; i < COUNT(lists); i++)
        EACH_ITEM(service, m->tree, part ? NULL : map_path(m->tree, m->root, lists[i]))
            part = part ? part : part_of_service(e, m->tree, service);
    if (part)
        diagnose(e, ERROR, m, NULL, "leads to %s past Mailu's login; expected routes that name the Service itself",
                 part->component->name);
}

void guard_http_routes(Ensure *e) {
    for (size_t i = 0; i < e->stream->manifests.n; i++) {
        Manifest *m = e->stream->manifests.at[i];
        if (!same_namespace(m->namespace, e->instance->namespace))
            continue;
        if (m->kind == KIND_TRAEFIK_SERVICE)
            refuse_traefik_service(e, m);
        EACH_ITEM(route, m->tree, m->kind == KIND_ROUTE_HTTP ? routes_of(m) : NULL)
            guard_route(e, m, route);
    }
}
