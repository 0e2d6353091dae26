/* The routes of the stream to pages: which page each is for, and which of them are our own to front's web server. */
#ifndef BACKENDS_H
#define BACKENDS_H

#include "ensure/ensure.h"
#include "model/routes.h"

/* The page that a route to `parts` is for: admin's when it led to admin or to front, which admin replaces; COMPONENTS
 * for none. */
ComponentId page_of(Parts parts);

/* Whether `m`, which is of its kind, is that route of an earlier run, and no longer asked for. */
bool is_left_over(Ensure *e, const Manifest *m, const FrontRoute *row);

/* The next Ingress, or IngressRoute, of this Mailu's namespace after `m`, which is NULL at first; NULL when there is
 * none left. Our own routes to front's web server are left out. */
Manifest *next_ingress(Ensure *e, const Manifest *m);
Manifest *next_http_route(Ensure *e, const Manifest *m);

/* The Service of the postfix port that relays for nobody; NULL when there is none yet. */
Manifest *found_mx_service(Ensure *e);
/* TCPRoutes of the Gateway API to port 25 lead to that Service, where Traefik sends no client addresses (gateway.c). */
void ensure_gateway_mx(Ensure *e, Str mx_service);

#endif
