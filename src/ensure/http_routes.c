/* Traefik's own routes to web pages, IngressRoutes of either API group: one from the stream leads where an Ingress
 * would, through the same middlewares. */
#include "ensure/middlewares.h"

#include "spec/formats.h"
#include "spec/rule.h"

/* ---- where routes lead ---- */

/* As page_of; a route to front that is for webmail's path becomes webmail's. */
static ComponentId page_of_route(Ensure *e, const Manifest *m, Node *route) {
    Parts parts = parts_of_rule(e->instance, m, route);
    Str webmail = str_format(e->arena, "`%.*s", F(e->instance->settings.web_webmail));
    if (parts == PART(FRONT) && webmail.n > 2 && str_find(map_text(m->tree, route, S("match")), webmail) >= 0)
        return WEBMAIL;
    return page_of(parts);
}

static void add_hosts(Ensure *e, Names *hosts, Str match) {
    Str rest = match, host;
    while ((host = rule_next_host(&rest)).n)
        if (check_ingress_host(host)) /* no other can be in an Ingress */
            strs_add(e->arena, hosts, host);
}

void add_hosts_of_http_routes(Ensure *e, Names *hosts) {
    for (Manifest *m = NULL; (m = next_http_route(e, m));)
        EACH_ITEM(route, m->tree, rules_of(m))
            if (page_of_route(e, m, route) < COMPONENTS)
                add_hosts(e, hosts, map_text(m->tree, route, S("match")));
}

/* ---- fixing ---- */

/* Restricts the route to the paths of the page. Returns whether it has all of them. What is not understood can't be
 * restricted by adding to it. */
static bool ensure_match(Ensure *e, Manifest *m, Node *route, const Page *page) {
    Str match = map_text(m->tree, route, S("match")), paths = rule_for_paths(e->arena, &page->paths);
    Str ending = str_format(e->arena, ") && (%.*s)", F(paths));
    if (rule_may_match_internal(match) || (parts_of_rule(e->instance, m, route) & PART(FRONT))) {
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
    bool done = false;
    EACH_ITEM(service, m->tree, map_get(m->tree, route, S("services"))) {
        if (part_of_reference(e->instance, m, service)) {
            if (done) {
                remove_node(e, REQUIRE, m, service);
            } else {
                static const char *const of_another[] = {"scheme", "serversTransport"};
                set_text(e, REQUIRE, m, service, "name", page->service);
                set_int(e, REQUIRE, m, service, "port", page->port);
                for (size_t i = 0; i < COUNT(of_another); i++)
                    remove_node(e, REQUIRE, m, map_get(m->tree, service, str(of_another[i])));
                if (page->id == WEBMAIL && replicas_asked(e, WEBMAIL) > 1)
                    ensure_sticky_service(e, m, service);
            }
            done = true;
        }
    }
}

static void ensure_route_to_page(Ensure *e, Manifest *m, Node *route, const Page *page, Names *shown) {
    bool whole = page->id == WEBMAIL;
    if (page->id == ADMIN)
        whole = ensure_match(e, m, route, page);
    Node *list = page->id == ADMIN ? map_get(m->tree, route, S("middlewares")) : NULL;
    EACH_ITEM(item, m->tree, list)
        check_path_of_admin(e, m, list, reference_of(e, m, item));
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
        EACH_ITEM(route, m->tree, rules_of(m))
            if (page_of_route(e, m, route) == page->id)
                ensure_route_to_page(e, m, route, page, shown);
}

/* ---- routes to what is not a page ---- */

static void guard_route(Ensure *e, Manifest *m, Node *route) {
    Parts parts = parts_of_rule(e->instance, m, route) & ~OTHERS;
    if (!parts || page_of(parts) < COMPONENTS)
        return;
    warn(e, WARN_ROUTE, m, route, "leads to a part of Mailu that has no login of its own; remove this route");
    Names headers = {0};
    strs_add(e->arena, &headers, headers_middleware(e));
    ensure_middlewares(e, m, route, &headers, 1);
}

/* A TraefikService is between a route and its Services: what it leads to bypasses the login. */
static void refuse_traefik_service(Ensure *e, const Manifest *m) {
    static const char *const lists[] = {"spec.weighted.services", "spec.mirroring.mirrors"};
    const Part *part = part_of_reference(e->instance, m, manifest_at(m, "spec.mirroring"));
    for (size_t i = 0; i < COUNT(lists); i++)
        EACH_ITEM(service, m->tree, part ? NULL : map_path(m->tree, m->root, lists[i]))
            part = part ? part : part_of_reference(e->instance, m, service);
    if (part)
        diagnose(e, ERROR, m, NULL, "leads to %s past Mailu's login; expected routes that name the Service itself",
                 part->component->name);
}

void guard_http_routes(Ensure *e) {
    for (Manifest *m = NULL; (m = next_manifest(e, KIND_TRAEFIK_SERVICE, m));)
        refuse_traefik_service(e, m);
    for (Manifest *m = NULL; (m = next_manifest(e, KIND_ROUTE_HTTP, m));)
        EACH_ITEM(route, m->tree, rules_of(m))
            guard_route(e, m, route);
}
