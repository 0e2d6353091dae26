/* Middlewares that routes refer to: in an annotation of an Ingress, a list of an IngressRoute's route, the filters of
 * an HTTPRoute's rule. */
#ifndef MIDDLEWARES_H
#define MIDDLEWARES_H

#include "ensure/pages.h"

/* The Middleware of Traefik's that an item of such a list names; empty when it is another filter. */
Str middleware_of_item(const Manifest *m, Node *item);
/* How an Ingress would refer to it; empty when it names none. */
Str reference_of(Ensure *e, const Manifest *m, Node *item);
/* All that a route refers to, as an Ingress would. */
Names references_of(Ensure *e, const Manifest *m);
/* The Middleware that is referred to so; NULL when it is not in the stream. */
const Manifest *middleware_of(Ensure *e, Str reference);
/* Gives a rule of an IngressRoute or HTTPRoute these Middlewares of its namespace: the first `ahead` of them come
 * before the user's own, the others after. */
void ensure_middlewares(Ensure *e, Manifest *m, Node *rule, const Names *names, size_t ahead);
/* Whether the Middleware that an Ingress refers to so, or one of its chain, changes the path that a rule was matched
 * by. One that is not in the stream, or is ours, does not count. */
bool changes_path(Ensure *e, Str reference);
/* Warns of such a Middleware at `at`, of a route to admin. */
void check_path_of_admin(Ensure *e, const Manifest *m, Node *at, Str reference);

#endif
