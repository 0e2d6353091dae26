/* Who talks to whom in one Mailu: the catalogue's table, with what the stream and the config say about it. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "model/model.h"

typedef struct Flow {
    int from, to; /* ComponentId or Peer */
    int port;
    Protocol protocol;
    const char *purpose;
    const ExternalPeer *server; /* `to`, when it came with the stream and is no component */
    Str host;                   /* `to`, when it did not: its name or address; empty for whoever has none */
} Flow;

typedef LIST(Flow) Flows;

/* The rows of the table whose ends are there, with their ports. */
Flows flows_of(Model *model, Instance *instance);
/* The host that a component asks for a server (PEER_REDIS, CLAMAV, ...), by the settings and the environment; empty
 * when there is none. */
Str server_host(const Instance *instance, int from, int server);
/* The networks that may relay through postfix as the config or RELAYNETS has them, with commas between; may be empty.
 */
Str relay_networks(Model *model, const Instance *instance);
/* SERVICE, SERVICE.NAMESPACE, [POD.]SERVICE.NAMESPACE.svc[.DOMAIN]: the parts of a host name that leads to a Service;
 * false for any other. An empty namespace is the Mailu's own. */
bool split_host(Str host, Str *service, Str *namespace);
/* The Service of the stream that a host name in an environment leads to; NULL when it has none of that name. */
Manifest *service_called(Model *model, const Instance *instance, Str host);

#endif
