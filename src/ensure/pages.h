/* The web pages that are routed: what paths they have, and through which middlewares they are reached. */
#ifndef PAGES_H
#define PAGES_H

#include "ensure/ensure.h"

typedef LIST(Node *) Paths;
typedef LIST(Str) Names;

typedef struct Page {
    ComponentId id;    /* ADMIN or WEBMAIL */
    Paths paths;       /* of an Ingress' rule */
    Names middlewares; /* as an Ingress refers to them */
} Page;

/* The page of a part that is there. Its middlewares are added to the stream, or made what they have to be. */
Page admin_page(Ensure *e);
Page webmail_page(Ensure *e);
/* The middleware that drops the headers by which Mailu believes who somebody is; returns how an Ingress refers to it.
 */
Str headers_middleware(Ensure *e);

#endif
