/* Whether NetworkPolicies let one end talk to another, as networking.k8s.io/v1 describes them: they add up; a pod that
 * none is about may talk to anybody. scripts/test.d/enforced holds it against a real policy engine. */
#ifndef NETWORK_H
#define NETWORK_H

#include "tests/cases.h"

typedef struct Endpoint {
    Str namespace; /* of a pod; empty for an address that is none */
    Tree *tree;
    Node *labels;
    Node *containers; /* whose ports have names; may be NULL */
    Str address;      /* IPv4 or IPv6 */
} Endpoint;

/* Where a manifest is put that names no namespace: "mailu", as the program takes it. */
Str namespace_of(const Object *object);
/* Whether the address is in the network: 10.42.0.0/16, fd00:42::/48. */
bool network_holds(Str network, Str address);
/* Of the objects the NetworkPolicies count. */
bool network_lets(const Objects *objects, const Endpoint *from, const Endpoint *to, const char *protocol, int port);

#endif
