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

#endif
