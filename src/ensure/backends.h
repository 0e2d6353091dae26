/* Where the Ingresses of the stream lead. */
#ifndef BACKENDS_H
#define BACKENDS_H

#include "ensure/ensure.h"

/* The set of components that routes lead to, and of what is not of this Mailu. */
typedef unsigned Parts;
#define PART(id) (1U << (id))
#define OTHERS PART(COMPONENTS)
/* The page that a route to `parts` is for: admin's when it led to admin or to front, which admin replaces; COMPONENTS
 * for none. */
ComponentId page_of(Parts parts);

/* Whether it is our own route to front's web server, which is not a page (front_http.c). */
bool is_front_http_route(Ensure *e, const Manifest *m);
/* The next Ingress, or IngressRoute, of this Mailu's namespace after `m`, which is NULL at first; NULL when there is
 * none left. Our own routes to front's web server are left out. */
Manifest *next_ingress(Ensure *e, const Manifest *m);
Manifest *next_http_route(Ensure *e, const Manifest *m);
/* Where an Ingress leads to; and one of its rules. */
Parts parts_of_ingress(Ensure *e, const Manifest *m);
Parts parts_of_rule(Ensure *e, const Manifest *m, Node *rule);
/* Whether a path of an Ingress' rule is for that path alone, and not for what is below it. */
bool is_exact_path(Tree *tree, Node *path);
/* Its rules, a list; NULL when it has none. */
Node *rules_of(const Manifest *m);
/* The Service of the postfix port that relays for nobody; NULL when there is none yet (routing.c). */
Manifest *found_mx_service(Ensure *e);
/* TCPRoutes of the Gateway API to port 25 lead to that Service, where Traefik sends no client addresses (gateway.c). */
void ensure_gateway_mx(Ensure *e, Str mx_service);
/* The part that `backend`, of a path or of the Ingress as a whole, leads to; NULL when it is not of this Mailu. */
Part *part_of_backend(Ensure *e, Tree *tree, Node *backend);

#endif
