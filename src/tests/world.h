/* The cluster that a stream makes: its pods, those that others have there, the internet, and where each component finds
 * its servers. Read from what came out, by rules of the tests' own. */
#ifndef WORLD_H
#define WORLD_H

#include "tests/cases.h"
#include "tests/network.h"

/* Beside the components and the peers of the catalogue. */
enum {
    BYSTANDER = PEERS, /* a pod of something else in the same namespace */
    HELPER,            /* one of the same release that is no component: a backup job, say */
    FOREIGNER,         /* a pod in another namespace that calls itself mailu's front */
    TENANT,            /* a pod in a namespace where a database or Redis may be */
    SCRAPER,           /* Prometheus, in a namespace of its own */
    NODE,              /* another node: an address of the private network that is no pod's */
    METADATA,          /* a cloud's own service, which hands out credentials */
    OTHER,             /* a workload of the stream that is no component */
    ENDS
};

/* What a component, a peer or one of those is called. */
const char *end_name(int end);

enum { NO_MAILU = -1 };

typedef struct Party {
    Str name; /* of its own */
    int end;
    int mailu; /* the Mailu that it is part of: a component, or a Redis that came with it; or NO_MAILU */
    Endpoint at;
    Str addresses[FAMILIES]; /* IPv4 and IPv6 */
} Party;

/* Where a component finds a server that is not in the stream. */
typedef struct ExternalServer {
    bool used, anywhere; /* anywhere: its name says nothing of a namespace */
    Str namespace;
    int port;
    const Object *service; /* of that name; NULL when the stream has none */
} ExternalServer;

/* A Mailu of the plan. */
typedef struct Mailu {
    Str namespace, release;
    Node *components; /* of the plan */
    Config *config;   /* an empty one when that of the run is for another */
} Mailu;

typedef struct World {
    Arena *arena;
    Str name, stream;
    Objects objects;
    Result *result; /* for world_done */
    Tree *plan;
    LIST(Mailu) mailus;
    LIST(Party) parties;
    Str networks[FAMILIES]; /* of the pods */
} World;

/* Of what came out of the case. `result` has to live as long. */
World world_make(Arena *arena, const Case *c, Result *result);
/* What is that end in a Mailu; NULL when nothing is. */
const Party *world_party(const World *world, int mailu, int end);
/* The Mailu in that namespace, of that release if it is not empty; NO_MAILU when there is none. */
int world_mailu_at(const World *world, Str namespace, Str release);
/* By the NetworkPolicies that came out. */
bool world_reaches(const World *world, const Party *from, const Party *to, const char *protocol, int port, int family);
/* Whether what came out routes something to front's web server: an object of that kind whose name ends so. */
bool world_has_route(const World *world, const Party *front, const char *kind, const char *ending);

/* A variable of a pod's environment; empty when it has none. */
Str party_variable(const World *world, const Party *party, const char *name);
/* Where `from` finds a server; not used when it has none of that kind. */
ExternalServer server_for(const World *world, const Party *from, int end);
/* By the file that dovecot-submission reads. */
int submission_relay_port(const World *world, const Party *submission);

#endif
