/* The web pages that are routed: what paths they have, and through which middlewares they are reached. */
#ifndef PAGES_H
#define PAGES_H

#include "ensure/backends.h"

#define ANNOTATION_CLASS "kubernetes.io/ingress.class"
#define ANNOTATION_MIDDLEWARES "traefik.ingress.kubernetes.io/router.middlewares"
#define ANNOTATION_ENTRY_POINTS "traefik.ingress.kubernetes.io/router.entrypoints"

typedef Strs Names;

/* A path of URLs: that one alone, or with what is below it. */
typedef struct UrlPath {
    Str path;
    bool exact;
} UrlPath;

typedef LIST(UrlPath) UrlPaths;

/* A rule of Traefik's for any of these: Host(`a`) || Host(`b`), PathPrefix(`/x`) || Path(`/y`), exact paths last. */
Str rule_for_hosts(Arena *arena, const Names *hosts);
Str rule_for_paths(Arena *arena, const UrlPaths *paths);
/* Whether every path that `inner` is for is one that `outer` is for. */
bool covers(UrlPath outer, UrlPath inner);

/* What an added route takes over from the one it replaces: each of these may keep visitors out. */
typedef struct Restrictions {
    Str entry_points;  /* with commas; empty: the config's */
    Names middlewares; /* as an Ingress refers to them; those that allow anyone are left out */
    Str class_name;    /* an Ingress class of Traefik's; empty: the config's */
} Restrictions;

typedef struct Page {
    ComponentId id; /* ADMIN or WEBMAIL */
    UrlPaths paths;
    Str service; /* where they lead, and at which port */
    int port;
    Names middlewares; /* names of this Mailu's Middlewares in their order, the one that drops headers first */
    size_t ahead;      /* how many of them come before the user's own */
    Restrictions restrictions;
} Page;

/* The page of a part that is there. Its middlewares are added to the stream, or corrected. */
Page admin_page(Ensure *e);
Page webmail_page(Ensure *e);
/* The name of the Middleware that drops the headers that tell Mailu who is logged in. It is added to the stream, or
 * corrected. */
Str headers_middleware(Ensure *e);
/* Gives the Middleware `name` exactly that spec, adding it if necessary; returns the name. */
Str middleware_named(Ensure *e, Str name, Node *spec);
/* How an Ingress refers to the Middleware `name` of `namespace`: mailu-headers@kubernetescrd */
Str middleware_reference(Ensure *e, Str namespace, Str name);
/* Whether Traefik handles an Ingress class: by its name, the config's, or the stream's IngressClass. */
bool is_traefik_class(Ensure *e, Str name);

/* The paths of a page, whether or not its part is there. */
UrlPaths paths_of_page(Ensure *e, ComponentId id);
/* Whether it is the name of a Middleware of a page's that changes paths. */
bool is_path_middleware(Ensure *e, Str name);
enum { MOST_PAGE_MIDDLEWARES = 8 }; /* that a page may have */
/* The first `ahead` of `own`, then `theirs`, then the rest of `own`; each once. The first of all drops headers that
 * only a middleware of the user's may set, so it has to come before theirs. */
Names names_around(Ensure *e, const Names *own, size_t ahead, const Names *theirs);

/* ---- client_setup.c ---- */

/* What a route beside the page's Ingress has: entry points and middlewares, with what it takes over. */
Node *entry_points_beside(Ensure *e, const Page *page);
Node *middlewares_beside(Ensure *e, const Page *page);
/* Whether mail clients ask that host for their set-up. */
bool is_for_client_setup(Str host);
/* An existing route for mail clients' set-up is for these hosts. If there is none, one is added, which leads to admin
 * through the middlewares of its page. */
void correct_client_setup(Ensure *e, const Names *hosts);
void ensure_client_setup(Ensure *e, const Page *admin, const Names *hosts);

/* ---- front_http.c ---- */

/* Routes to front's web server, when the config asks for them: CalDAV and CardDAV on these hosts, with the restrictions
 * of admin's page; and the MTA-STS policy. */
void ensure_front_http(Ensure *e, const Restrictions *restrictions, const Names *hosts);

/* ---- nginx.c ---- */

/* Converts the annotations of Ingresses for ingress-nginx when the config asks for it. */
void convert_nginx_ingresses(Ensure *e);

/* ---- restrictions.c ---- */

/* The class of an Ingress, by its field or its old annotation; empty when it names none. */
Str class_of_ingress(const Manifest *m);

/* What an added Ingress for `page` has to take over. Ask before the routes that are there are changed. */
Restrictions restrictions_for(Ensure *e, ComponentId page);
/* An Ingress of another controller whose annotations kept visitors out is an error, unless the config says which
 * controller is to have it: Traefik supports none of them. */
void check_foreign_restrictions(Ensure *e);

/* ---- http_routes.c: Traefik's own IngressRoutes ---- */

/* Adds the hosts of IngressRoutes that lead to a page. */
void add_hosts_of_http_routes(Ensure *e, Names *hosts);
/* Makes every IngressRoute that leads to the page safe, and adds the hosts on which one shows all of it to `shown`. */
void ensure_http_routes(Ensure *e, const Page *page, Names *shown);
/* IngressRoutes to what is not a page stay, with the middleware that drops headers in front; a TraefikService that
 * leads to a page is refused. */
void guard_http_routes(Ensure *e);

/* ---- gateway.c: routes of the Gateway API ---- */

/* The next HTTPRoute to this Mailu that can be converted, after `m`, which is NULL at first; NULL when there is none
 * left. */
Manifest *next_gateway_route(Ensure *e, const Manifest *m);
/* Adds the hosts of HTTPRoutes that lead to a page. */
void add_hosts_of_gateway_routes(Ensure *e, Names *hosts);
/* Makes of each rule for both pages two. */
void divide_gateway_rules(Ensure *e);
/* As ensure_http_routes, for rules of HTTPRoutes. */
void ensure_gateway_routes(Ensure *e, const Page *page, Names *shown);
/* Reports each route to this Mailu that is left as it is. */
void report_gateway_routes(Ensure *e);

#endif
