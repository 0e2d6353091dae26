/* Whether NetworkPolicies let one end talk to another, as networking.k8s.io/v1 describes them: they add up; a pod that
 * none is about may talk to anybody. scripts/test.d/enforced holds it against a real policy engine. */
#ifndef NETWORK_H
#define NETWORK_H

#include "tests/cases.h"

typedef struct Endpoint {
    Str namespace; /* of a pod; empty for an address that is not a pod's */
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

/* ---- for a real policy engine ---- */

enum { FAMILIES = 2 }; /* IPv4, IPv6 */

typedef struct PortProbe {
    const char *protocol;
    int port;
} PortProbe;

typedef struct Host {
    Str name;
    Endpoint at; /* its address is one of these */
    Str addresses[FAMILIES];
} Host;

typedef LIST(Host) Hosts;

typedef struct Network {
    Str name, stream; /* the stream that has the policies */
    const Objects *objects;
    Str pods[FAMILIES]; /* the networks of the pods */
    Hosts hosts;
    const PortProbe *probes;
    size_t probe_count;
} Network;

bool host_reaches(const Objects *objects, const Host *from, const Host *to, const PortProbe *probe, int family);
/* Writes the stream, its hosts and who reaches whom to the folder that WORLDS in the environment names, as NUMBER.yaml
 * and NUMBER.json; nothing when it names none. */
void network_write(Arena *arena, size_t number, const Network *network);

#endif
