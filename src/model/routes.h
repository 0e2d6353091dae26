/* Where the routes of the stream lead: Ingresses, Traefik's own routes, routes of the Gateway API. */
#ifndef ROUTES_H
#define ROUTES_H

#include "model/model.h"

/* The set of components that routes lead to, and of what is not of this Mailu. */
typedef unsigned Parts;
#define PART(id) (1U << (id))
#define OTHERS PART(COMPONENTS)

/* Where a route of one of these kinds leads to; and one of its rules. */
Parts parts_of_route(const Instance *instance, const Manifest *m);
Parts parts_of_rule(const Instance *instance, const Manifest *m, Node *rule);
/* The rules of a route, a list, which Traefik calls routes; NULL when it has none. */
Node *rules_of(const Manifest *m);
/* The part that `backend`, of a path or of the Ingress as a whole, leads to; NULL when it is not of this Mailu. */
Part *part_of_backend(const Instance *instance, Tree *tree, Node *backend);
/* The same for a service of Traefik's routes, or a backendRef of the Gateway API. */
Part *part_of_reference(const Instance *instance, const Manifest *m, Node *reference);

/* Routes to front's web server that the config can ask for (front_http.c). */
typedef struct FrontRoute {
    const char *field;
    Kind kind;
    const char *ending; /* of its name */
    ComponentId needs;
    int priority; /* 0: Traefik's own, by the length of the rule */
} FrontRoute;

enum { WEBDAV_ROUTE, ANTISPAM_ROUTE, OVERRIDES_ROUTE, MTA_STS_ROUTE, FRONT_ROUTES };
extern const FrontRoute front_routes[FRONT_ROUTES];
/* Whether the config asks for it. */
bool asks_for(Config *config, const FrontRoute *row);
/* Whether any of them leads there. */
bool routes_to_front_http(Config *config);

#endif
