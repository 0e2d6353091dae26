/* Who talks to whom in one Mailu: the catalogue's table, with what the stream and the config say about it. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "model/model.h"

typedef struct Flow {
    int from, to; /* ComponentId or Peer */
    int port;
    const char *purpose;
} Flow;

typedef LIST(Flow) Flows;

/* The rows of the table whose ends are there, with their ports. */
Flows flows_of(Model *model, Instance *instance);
/* The pods of a component or of a stranger of this Mailu; NULL when it has none. `*tree` is the labels' tree. */
Node *labels_of_end(Instance *instance, int end, Tree **tree);

#endif
