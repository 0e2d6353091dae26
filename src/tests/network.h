/* Whether NetworkPolicies let one pod talk to another, as networking.k8s.io/v1 describes them: they add up; a pod that
 * none is about may talk to anybody. */
#ifndef NETWORK_H
#define NETWORK_H

#include "tests/cases.h"

typedef struct Pod {
    Str namespace;
    Tree *tree;
    Node *labels;
} Pod;

/* Where a manifest is put that names no namespace: "mailu", as the program takes it. */
Str namespace_of(const Object *object);
/* Of the objects the NetworkPolicies count. A pod that is NULL is an address that is none. */
bool network_lets(const Objects *objects, const Pod *from, const Pod *to, const char *protocol, int port);

#endif
