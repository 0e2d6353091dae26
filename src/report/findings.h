/* What a reader needs to know before the single changes: what restarts, what has to exist, what the internet reaches,
 * which holes are closed. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include "model/model.h"
#include "spec/reasons.h"

/* A copy of `node`, which may be of a YAML document, that JSON can hold: plain scalars that JSON does not know are
 * quoted.
 */
Node *json_copy(Arena *arena, const Node *node);

/* Why the change was made. */
const Reason *reason_of(Arena *arena, const Change *c);

/* "added", "found" or "absent" */
const char *part_state(const Part *part);

typedef enum Restart {
    NO_RESTART,
    STARTS,         /* it was added */
    RESTARTS,       /* its pod template changes */
    RESTART_BY_HAND /* the environment that it reads changes, but its pod template does not */
} Restart;

Restart restart_of(const Instance *instance, const Part *part);

/* Which holes the changes close. */
typedef struct ClosedHoles {
    bool closed[HOLES];
} ClosedHoles;

ClosedHoles closed_holes_of(Arena *arena, const Instance *instance);

/* An object that pods or routes refer to and the stream does not have: it must exist in the cluster. */
typedef struct Expected {
    const char *kind;
    Str name;
    Str used_by; /* labels with commas */
    bool optional;
} Expected;

typedef LIST(Expected) ExpectedList;

/* What is read from the manifests before they are freed at the end of a batch. */
struct Findings {
    ExpectedList expected;
    Strs reachable;           /* what the internet reaches through Traefik, a line for each port and host */
    Strs no_longer_reachable; /* and what it used to reach past Traefik */
    Strs users_of_front;      /* workloads of others that name front's Service, by which they may send mail */
    Str certificate;          /* the Secret of Traefik's TCP routes; empty when they have none */
    Str entry_points;         /* on which they listen, with commas */
};

/* Keeps the findings of every Mailu of the batch. */
void find_findings(Model *model);

#endif
